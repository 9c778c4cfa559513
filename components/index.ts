export * from "./encryption-key";
export * from "./replicated-secret";
export * from "./private-bucket";
