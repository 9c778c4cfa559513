/**
 * The escape hatch of every component: a function that changes the arguments of one underlying resource just before it is made.
 *
 * ```ts
 * new PostgresCluster("database", { ..., transform: { instance: (args) => ({ ...args, iops: 12000 }) } });
 * ```
 */
export type Transform<Args> = (args: Args) => Args;

/** The arguments, transformed where a transform is given. */
export function transformed<Args>(transform: Transform<Args> | undefined, args: Args): Args {
    return transform ? transform(args) : args;
}
