import type { Transform } from "./parts";

export type { Transform };

/** TEMPORARY, until every component creates its resources by a PartFactory. */
export function transformed<Args>(transform: Transform<Args> | undefined, args: Args): Args {
    if (transform === undefined) return args;
    const changes =
        typeof transform === "function"
            ? (transform as (args: Args, opts: object, name: string) => Partial<Args> | undefined)(args, {}, "")
            : transform;
    return { ...args, ...(changes ?? {}) };
}
