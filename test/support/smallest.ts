import { parseConfig } from "./config";
import { configOf, problemsWith, SMALL } from "./plans";

/** Systems that require each other. */
const GROUPS = [
    ["lake", "events", "ai"],
    ["api", "identity", "edge"],
];

const systemOf = (override: string) => override.replace(/^ai-platform:/, "").split(".")[0] ?? "";

/**
 * Overrides that turn off the systems without which each variant of a stack is still valid: a plan takes as long as it has resources.
 *
 * @param needed sections of the configuration that stay as they are
 * @param variants overrides of each plan
 */
export function smallest(stack: string, needed: string[], variants: string[][]): string[] {
    const { own, aws } = configOf(stack);
    // A dr stack doesn't have all sections.
    const sections = Object.keys(parseConfig(own, aws, stack).values ?? {});
    const systems = SMALL.filter((it) => sections.includes(systemOf(it)) && !needed.includes(systemOf(it)));
    const attempts = [[], ...GROUPS, GROUPS.flat()].map((group) => systems.filter((it) => !group.includes(systemOf(it))));
    return attempts.find((off) => variants.every((overrides) => problemsWith(stack, [...off, ...overrides]).length === 0)) ?? [];
}
