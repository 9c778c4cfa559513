import type { DeployedResource } from "../../components/testing";
import { nameOf } from "../../components/testing/urn";
import { containsSecret } from "../../components/testing/values";
import type { Difference } from "./compare";
import { shortType } from "./render";

/** The differences between two plans as text: added, removed, and changed resources. */
export function renderDiff(stack: string, config: readonly string[], differences: readonly Difference[]): string {
    const of = (change: Difference["change"]) => differences.filter((it) => it.change === change && it.resource.custom);
    const [added, removed, changed] = [of("only after"), of("only before"), of("changed")];
    return [
        `Changes in the plan of ${stack} with ${config.join(", ")}\n`,
        ...added.map(({ resource }) => `+ ${titleOf(resource)}`),
        ...removed.map(({ resource }) => `- ${titleOf(resource)}`),
        ...changed.flatMap(({ resource, after, inputs }) => [
            `~ ${titleOf(resource)}`,
            ...inputs.map((input) => `    ${input}: ${change(textOf(resource, input), textOf(after, input))}`),
        ]),
        `${added.length} added, ${removed.length} removed, ${changed.length} changed`,
    ].join("\n");
}

const titleOf = ({ urn, type }: DeployedResource): string => `${nameOf(urn)}  ${shortType(type)}`;

function textOf(resource: DeployedResource | undefined, input: string): string {
    const value = resource?.inputs?.[input];
    if (value === undefined) return "unset";
    return containsSecret(value) ? "[secret]" : JSON.stringify(value);
}

const LONGEST = 100;
/** Characters to show before the first difference. */
const BEFORE = 30;

/** The change of a value. Long values are cut to the part that differs. */
function change(before: string, after: string): string {
    let same = 0;
    while (same < before.length && before[same] === after[same]) same++;
    const from = Math.max(0, same - BEFORE);
    const cut = (text: string) => {
        if (text.length <= LONGEST) return text;
        return `${from > 0 ? "..." : ""}${text.slice(from, from + LONGEST)}${from + LONGEST < text.length ? "..." : ""}`;
    };
    return `${cut(before)} -> ${cut(after)}`;
}
