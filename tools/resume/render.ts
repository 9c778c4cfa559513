import type { Report } from "./command";
import type { Identified } from "./identify";

const STATUS: Record<Identified["status"], (it: Identified, repaired: boolean) => string> = {
    exists: ({ id = "" }, repaired) => `exists: ${repaired ? "imported" : "would be imported"} as ${id}`,
    missing: (_, repaired) => `doesn't exist: ${repaired ? "dropped" : "would be dropped"} from the state`,
    foreign: ({ detail = "" }) => `is in use: ${detail}. Free the name or choose another one before the next update`,
    unknown: ({ detail = "" }) => `unknown: ${detail}`,
    replacement: (_, repaired) =>
        `replaces a resource: ${repaired ? "dropped" : "would be dropped"} from the state. If it exists, it is listed below`,
    unnamed: (_, repaired) =>
        `can't be found by name: ${repaired ? "dropped" : "would be dropped"} from the state. If it exists, it is listed below`,
};

/** The report as text. */
export function render({ stack, repaired, pending, orphans, unanswered }: Report): string {
    const lines = pending.map((it) => {
        const physicalName = it.physicalName === undefined ? "" : ` (${it.physicalName})`;
        return `  ${it.name}  ${it.type}${physicalName} ${STATUS[it.status](it, repaired)}`;
    });
    return [
        pending.length === 0 ? `${stack} has no pending creations.` : `Pending creations of ${stack}:\n${lines.join("\n")}`,
        ...(orphans.length === 0
            ? []
            : [
                  `Resources with the tags of ${stack} that aren't in its state:\n${orphans.map((arn) => `  ${arn}`).join("\n")}\n` +
                      "Delete them if no other program created them.",
              ]),
        ...(unanswered.length === 0
            ? []
            : [`Resources with the tags of ${stack} couldn't be listed:\n${unanswered.map((reason) => `  ${reason}`).join("\n")}`]),
        next(stack, repaired, pending),
    ].join("\n\n");
}

function next(stack: string, repaired: boolean, pending: Identified[]): string {
    if (pending.some(({ status }) => status === "unknown"))
        return "Nothing was changed: the names marked as unknown must be checked first.";
    if (pending.length > 0 && !repaired) return `Run \`npm run resume -- ${stack} --yes\` to repair the state.`;
    return `Run \`pulumi up --stack ${stack}\` to complete the update.`;
}
