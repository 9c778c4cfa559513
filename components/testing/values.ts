/** Property values in the engine's format: JSON, where secrets, resource references, and assets are objects with a signature. */
import * as pulumi from "@pulumi/pulumi";
import { isObject, mapValues } from "../internal/unknown";

export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
export type Properties = Record<string, Value>;

const { specialSigKey: SIGNATURE, specialSecretSig: SECRET, specialResourceSig: RESOURCE } = pulumi.runtime;

/** Marks a value as secret. */
export function secret(value: Value): Value {
    return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

function isSecret(value: Value | undefined): value is { value: Value } {
    return isObject(value) && value[SIGNATURE] === SECRET;
}

/** Whether a value is or contains a secret, wrapped or masked. */
export function containsSecret(value: Value): boolean {
    if (isSecret(value)) return true;
    return typeof value === "object" && value !== null && Object.values(value).some(containsSecret);
}

/** A reference to a registered resource. The SDK creates an instance of its class from it. */
export function resourceReference(urn: string, id: string, packageVersion: string): Value {
    return { [SIGNATURE]: RESOURCE, urn, id, packageVersion };
}

/** The value without secret wrappers. Resource references become IDs. */
export function plain(value: Value): Value {
    if (isSecret(value)) return plain(value.value);
    if (Array.isArray(value)) return value.map(plain);
    if (!isObject(value)) return value;
    if (value[SIGNATURE] === RESOURCE) return value.id ?? null;
    return mapValues(value, plain);
}

/** The value as in the export of a stack, with masked secrets. */
export function masked(value: Value): Value {
    if (isSecret(value)) return { [SIGNATURE]: SECRET, ciphertext: "" };
    if (Array.isArray(value)) return value.map(masked);
    if (!isObject(value)) return value;
    return mapValues(value, masked);
}
