/** Stacks with their configurations, for comparisons. */
import { PROJECT } from "../names";
import type { DrConfig, PlatformConfig, PrimaryConfig } from "./schema";

/** A stack with its validated configuration. */
export interface ConfiguredStack<Config extends PlatformConfig = PlatformConfig> {
    stack: string;
    region: string;
    /** `aws:allowedAccountIds`. Empty if the stack file doesn't contain this key. */
    accounts: string[];
    values: Config;
}

/** The value of a full key in a stack, such as `ai-platform:database.dbName`. Undefined if it isn't set. */
export interface Setting {
    stack: string;
    key: string;
    value: unknown;
}

export interface Disagreement {
    /** An error makes an `up` fail or loses data. A warning depends on facts that the stack files don't contain, such as the account. */
    severity: "error" | "warning";
    problem: string;
    settings: Setting[];
}

export type Primary = ConfiguredStack<PrimaryConfig>;
export type Dr = ConfiguredStack<DrConfig>;

export const isPrimary = (it: ConfiguredStack): it is Primary => it.values.role === "primary";
export const isDr = (it: ConfiguredStack): it is Dr => it.values.role === "dr";

/** Whether this primary stack is the source of the dr stack's data. */
export const isPair = (primary: Primary, { values }: Dr): boolean =>
    values.primary.environment === primary.values.environment && values.primary.region === primary.region;

/** The setting of a key of the project, by its path. `aws:region` is the region. */
export function settingOf({ stack, region, values }: ConfiguredStack, key: string): Setting {
    if (key === "aws:region") return { stack, key, value: region };
    const value = key.split(".").reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], values);
    return { stack, key: `${PROJECT}:${key}`, value };
}

export const error = (problem: string, ...settings: Setting[]): Disagreement => ({ severity: "error", problem, settings });

/** Whether two stacks can be in the same account: unless their files list different accounts. */
export const canShareAccount = (a: ConfiguredStack, b: ConfiguredStack): boolean =>
    a.accounts.length === 0 || b.accounts.length === 0 || a.accounts.some((account) => b.accounts.includes(account));

/** Each pair of stacks once. */
export const pairsOf = <T>(items: T[]): [T, T][] => items.flatMap((a, i) => items.slice(i + 1).map((b): [T, T] => [a, b]));
