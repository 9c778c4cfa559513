/**
 * Property values as Pulumi's engine sees them: plain JSON, with secrets, resource references and assets wrapped in an object that
 * carries a signature. The signatures are those of `@pulumi/pulumi/runtime/rpc`.
 */
import * as pulumi from "@pulumi/pulumi";

export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
export type Properties = Record<string, Value>;

const { specialSigKey: SIGNATURE, specialSecretSig: SECRET, specialResourceSig: RESOURCE } = pulumi.runtime;

/** Wraps a value so that the SDK and the engine treat it as secret. */
export function secret(value: Value): Value {
    return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

export function isSecret(value: Value | undefined): value is { value: Value } {
    return isObject(value) && value[SIGNATURE] === SECRET;
}

/** True for a secret, wrapped or masked, and for what has one inside. */
export function containsSecret(value: Value): boolean {
    if (isSecret(value)) return true;
    return typeof value === "object" && value !== null && Object.values(value).some(containsSecret);
}

/** A reference to a registered resource, which the SDK turns back into an object of its class. */
export function resourceReference(urn: string, id: string, packageVersion: string): Value {
    return { [SIGNATURE]: RESOURCE, urn, id, packageVersion };
}

export function isObject(value: unknown): value is Record<string, Value> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value without secret wrappers; a resource reference becomes the resource's id. */
export function plain(value: Value): Value {
    if (isSecret(value)) return plain(value.value);
    if (Array.isArray(value)) return value.map(plain);
    if (!isObject(value)) return value;
    if (value[SIGNATURE] === RESOURCE) return value.id ?? null;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** The value as a stack's export shows it: secrets keep their mark and lose their text. */
export function masked(value: Value): Value {
    if (isSecret(value)) return { [SIGNATURE]: SECRET, ciphertext: "" };
    if (Array.isArray(value)) return value.map(masked);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item)]));
}
