export * from "./record";
export { ACCOUNT, type Registered } from "./recorder";
export { plain, type Properties, type Value } from "./values";
export type { DataSources, Lookup } from "./data-sources";
