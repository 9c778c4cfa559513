import type { Check } from "../building-blocks/arguments";

/** Checks the service names of interface endpoints. */
export function checkServices(check: Check, services: string[]): void {
    const isShort = (service: string) => /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$/.test(service) && !service.startsWith("com.amazonaws");
    check(services.every(isShort), "interfaceEndpoints", "must be short names of services, such as ecr.api");
    check(new Set(services).size === services.length, "interfaceEndpoints", "must be different from each other");
    check(!services.includes("s3"), "interfaceEndpoints", "must not contain s3, which has a free gateway endpoint");
}
