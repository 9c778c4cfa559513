/**
 * Checks the arguments of a component and reports all problems at once, before the component or any child is registered.
 *
 * ```ts
 * super("ai-platform:components:RedisCluster", name, checked("RedisCluster", name, args, (check) => {
 *     check(args.nodes >= 2, "nodes", "must be 2 or more");
 * }), opts);
 * ```
 *
 * @param component name of the class, as in `new RedisCluster(...)`
 * @throws Error `RedisCluster "cache": nodes must be 2 or more`, one line for each problem
 * @returns an empty object for `super`: the arguments aren't stored in the state, because they can contain secrets
 */
export function checked<Args>(
    component: string,
    name: string,
    args: Args,
    rules: (check: Check, args: Args) => void,
): Record<string, never> {
    const problems = problemsOf((check) => {
        rules(check, args);
    }).map(([argument, allowed]) => `${component} "${name}": ${argument} ${allowed}`);
    if (problems.length > 0) throw new Error(problems.join("\n"));
    return {};
}

/** Problems that the rules report: the name of the argument and what is allowed. */
export function problemsOf(rules: (check: Check) => void): [argument: string, allowed: string][] {
    const problems: [string, string][] = [];
    rules((ok, argument, allowed) => {
        if (!ok) problems.push([argument, allowed]);
    });
    return problems;
}

/** Reports a problem unless `ok`. `allowed` follows the name of the argument: `must be between 20 and 65536 GiB`. */
export type Check = (ok: boolean, argument: string, allowed: string) => void;

/** True for an integer from `low` to `high`, inclusive. */
export const isBetween = (value: number, low: number, high: number): boolean => Number.isInteger(value) && value >= low && value <= high;

/** Lowest and highest value. `Infinity` for no limit. */
export type Bounds = readonly [low: number, high: number];

/** Bounds of a version or a number of days. */
export const POSITIVE: Bounds = [1, Infinity];

/**
 * Checks that a number is an integer within bounds. Skips undefined.
 *
 * @param suffix continues the message `must be between 20 and 65536`: ` GiB`, `: a primary and its replicas`
 */
export function checkBetween(check: Check, argument: string, value: number | undefined, [low, high]: Bounds, suffix = ""): void {
    const allowed = high === Infinity ? `must be ${low} or more` : `must be between ${low} and ${high}`;
    check(value === undefined || isBetween(value, low, high), argument, allowed + suffix);
}

/** Checks that a value is one of a list. Skips undefined. */
export function checkOneOf<T>(check: Check, argument: string, value: T | undefined, values: readonly T[]): void {
    check(value === undefined || values.includes(value), argument, `must be one of ${values.join(", ")}`);
}

/**
 * The arguments, completed with defaults, so that checks and resources use the same values. An argument that is `undefined` gets its
 * default.
 *
 * ```ts
 * const DEFAULTS = { nodes: 3, engine: "valkey" } satisfies Partial<RedisClusterArgs>;
 * const { nodes, engine } = withDefaults(args, DEFAULTS); // nodes: number
 * ```
 */
export function withDefaults<Args extends object, Defaults extends Partial<Args>>(
    args: Args,
    defaults: Defaults,
): WithDefaults<Args, Defaults> {
    const given = Object.entries(args).filter(([, value]) => value !== undefined);
    const all: object = { ...defaults, ...Object.fromEntries(given) };
    return all as WithDefaults<Args, Defaults>;
}

/** `Args`, in which arguments with a default are required. */
export type WithDefaults<Args, Defaults> = Args & { [Key in keyof Defaults & keyof Args]-?: Exclude<Args[Key], undefined> };
