import type { Check } from "../building-blocks/arguments";

/** Whether interface endpoints are named as AWS names their services, each once. */
export function checkServices(check: Check, services: string[]): void {
    const isShort = (service: string) => /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$/.test(service) && !service.startsWith("com.amazonaws");
    check(services.every(isShort), "interfaceEndpoints", "must be short names of services, such as ecr.api");
    check(new Set(services).size === services.length, "interfaceEndpoints", "must be different from each other");
    check(!services.includes("s3"), "interfaceEndpoints", "must not name s3: its gateway endpoint is there, and free");
}
