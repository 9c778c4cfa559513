import { type Properties, type Value } from "./values";

/** A resource whose outputs are computed. */
export interface Creation {
    type: string;
    name: string;
    inputs: Properties;
    region: string;
    account: string;
    /** Hexadecimal text for generated IDs, equal in every run. */
    hash: string;
}

export type Compute = (resource: Creation & { physical: string; arn: (resource: string, service?: string) => string }) => Properties;

export const text = (value: Value | undefined): string => (typeof value === "object" ? JSON.stringify(value) : String(value));
export const short = (hash: string, length = 17) => hash.slice(0, length);
export const dashed = (hash: string) =>
    [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20), hash.slice(20, 32)].join("-");
export const upper = (hash: string, length = 13) => hash.slice(0, length).toUpperCase();

/** Outputs of a resource whose ID is a prefix and hexadecimal digits. */
export const prefixed =
    (prefix: string, kind: string): Compute =>
    ({ hash, arn }) => {
        const id = `${prefix}-${short(hash)}`;
        return { id, arn: arn(`${kind}/${id}`) };
    };

export const iam =
    (kind: string): Compute =>
    ({ physical, account, hash }) => ({ id: physical, arn: `arn:aws:iam::${account}:${kind}/${physical}`, uniqueId: `AROA${upper(hash)}` });

export const byName =
    (kind: string, separator = "/"): Compute =>
    ({ physical, arn }) => ({ id: physical, arn: arn(kind + separator + physical) });
