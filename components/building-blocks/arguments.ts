/**
 * Collects what is wrong with a component's arguments and reports all of it at once, before the component or any child is registered.
 *
 * ```ts
 * super("ai-platform:components:Vpc", name, checked("Vpc", name, args, (check) => {
 *     check(args.zones >= 2, "zones", "must be 2 or more");
 * }), opts);
 * ```
 *
 * @param component the class, as in `new Vpc(...)`
 * @throws Error `Vpc "network": zones must be 2 or more`, one line for each problem
 * @returns an empty property bag for `super`: arguments of a component are not stored in the state, where secrets could show
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

/** What rules find wrong: the argument's name and what is allowed. */
export function problemsOf(rules: (check: Check) => void): [argument: string, allowed: string][] {
    const problems: [string, string][] = [];
    rules((ok, argument, allowed) => {
        if (!ok) problems.push([argument, allowed]);
    });
    return problems;
}

/** Notes a problem unless `ok`. `allowed` says what is allowed, as the rest of a sentence: `must be between 20 and 65536 GiB`. */
export type Check = (ok: boolean, argument: string, allowed: string) => void;

/** True for a whole number from `low` to `high`, both included. */
export const isBetween = (value: number, low: number, high: number): boolean => Number.isInteger(value) && value >= low && value <= high;

/**
 * The arguments, with defaults where nothing is given: each default stands in one place, and what checks arguments and what uses them
 * see the same. `undefined` is nothing given.
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

/** `Args` in which every argument that has a default is there. */
export type WithDefaults<Args, Defaults> = Args & { [Key in keyof Defaults & keyof Args]-?: Exclude<Args[Key], undefined> };
