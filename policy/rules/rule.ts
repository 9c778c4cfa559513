import type { DeployedResource } from "../../components/testing";

/** A resource that breaks a rule, and a message that continues the resource's name: `is publicly accessible`. */
export interface Violation {
    urn: string;
    message: string;
}

/** A rule for the resources of a plan, a preview, or a live stack. */
export interface Rule {
    name: string;
    description: string;
    check: (resources: readonly DeployedResource[]) => Violation[] | Promise<Violation[]>;
}

/** The inputs of a resource. Any of them can be missing or of any type. */
export type Inputs = Record<string, unknown>;

/** Replaces a value that a preview doesn't know yet. Rules accept it. */
export const UNKNOWN = "(not known before the deployment)";

/** A rule that checks each resource separately. `check` returns the messages for one resource. */
export function perResource(name: string, description: string, check: (resource: DeployedResource) => string[]): Rule {
    return { name, description, check: (resources) => resources.flatMap((it) => check(it).map((message) => ({ urn: it.urn, message }))) };
}

export const inputsOf = (resource: DeployedResource): Inputs => resource.inputs ?? {};

export const isAws = ({ type }: DeployedResource): boolean => type.startsWith("aws:");

/** Whether an input is set. */
export const has = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

/** Messages for inputs that must be true. */
export const truthy = (inputs: Inputs, ...keys: string[]): string[] =>
    keys.filter((key) => !["true", UNKNOWN].includes(String(inputs[key]))).map((key) => `${key} is not true`);

/** Messages for inputs that must be set. */
export const given = (inputs: Inputs, ...keys: string[]): string[] => keys.filter((key) => !has(inputs[key])).map((key) => `has no ${key}`);

/** A nested value, or undefined. */
export const valueAt = (value: unknown, ...path: (string | number)[]): unknown =>
    path.reduce<unknown>(
        (it, key) => (typeof it === "object" && it !== null ? (it as Record<string | number, unknown>)[key] : undefined),
        value,
    );
