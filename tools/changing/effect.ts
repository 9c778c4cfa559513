import type { Finding } from "../changes/judge";
import { isHarmlessType } from "../changes/table";
import type { Loss } from "../changes/types";
import type { RecordedVariant } from "./recording";
import { isPart, titlesText, wholesOf } from "./resources";

/** The effect of a change in a few sentences: whether it is rejected, what is lost or interrupted, and what is updated in place. */
export function effectText({ refused, others }: RecordedVariant, findings: readonly Finding[]): string {
    const deletions = refused.flatMap((it) => it.split(": ")[1] ?? []);
    const isRefused = refused.length > deletions.length;
    return [
        ...(isRefused
            ? ["[**Rejected**](#rejected-changes)."]
            : deletions.map((it) => `[**Requires confirmation**](#changes-that-require-confirmation): \`${it}\`.`)),
        ...(isRefused ? [] : sentencesOf(findings)),
        ...(others.length > 0 ? [`Also change ${others.map(otherText).join(" and ")}.`] : []),
    ].join(" ");
}

function otherText(setting: string): string {
    const [stack = "", key = ""] = setting.split(": ");
    return `\`${key}\` in ${stack}`;
}

function sentencesOf(findings: readonly Finding[]): string[] {
    if (findings.length === 0) return ["No resource changes."];
    const having = (operation: Finding["operation"]) => findings.filter((it) => it.operation === operation);
    const [rejected, removed, updated] = [
        rejections(findings),
        [...removals("Deletes", having("delete")), ...removals("Replaces", having("replace"))],
        updates(having("update")),
    ];
    if (rejected.length > 0) return rejected;
    const isQuiet = removed.length + updated.length === 0;
    return [...removed, ...updated, ...(isQuiet ? inPlace(findings) : []), ...creations(having("create"), isQuiet)];
}

/** Changes that AWS rejects, although the preview shows them. */
const rejections = (findings: readonly Finding[]): string[] => {
    const refusals = findings.filter(({ verdict }) => verdict === "rejected").flatMap((it) => it.refusals);
    const texts = refusals.filter(({ certainty }) => certainty === "always").map(({ text }) => text);
    return [...new Set(texts)].map((text) => `**Rejected by AWS:** ${text}`);
};

const LASTING: readonly Loss[] = ["data", "identity", "address"];
const isLasting = ({ loses }: Finding): boolean => loses.some((loss) => LASTING.includes(loss));
const lossesOf = (findings: readonly Finding[]): string =>
    LASTING.filter((loss) => findings.some(({ loses }) => loses.includes(loss))).join(", ");

/** These values only make names unique. The resources with the names are listed themselves. */
const NAME_PARTS = "random:index/randomId:RandomId";

function removals(verb: string, all: readonly Finding[]): string[] {
    const findings = all.filter(({ type, loses }) => loses.length > 0 && type !== NAME_PARTS);
    const lasting = findings.filter(isLasting);
    const brief = findings.filter((finding) => !isLasting(finding) && (lasting.length === 0 || !isPart(finding)));
    const isFirst = ({ order }: Finding) => order?.startsWith("deleted first") === true;
    const [before, after] = [brief.filter(isFirst), brief.filter((it) => !isFirst(it))];
    return [
        ...(lasting.length > 0 ? [`**${verb}:** ${titlesText(lasting)} (lost: ${lossesOf(lasting)}).${explanation(lasting)}`] : []),
        ...(after.length > 0 ? [`${verb}: ${titlesText(after)}.`] : []),
        ...(before.length > 0 ? [`${verb}: ${titlesText(before)} (deleted first).`] : []),
    ];
}

/** The consequence of losing a single resource, as a sentence. */
function explanation(findings: readonly Finding[]): string {
    const [only, ...others] = wholesOf(findings);
    const [sentence = ""] = (only?.effects[0] ?? "").split(/[.:](?: |$)/);
    return others.length > 0 || sentence === "" ? "" : ` ${sentence}.`;
}

/** The new policy of a key contains more or fewer principals. Other principals are not affected. */
const UNREMARKABLE = "aws:kms/key:Key";

/** The effects of updates in the table, each with its resources. */
function updates(findings: readonly Finding[]): string[] {
    const groups = new Map<string, Finding[]>();
    for (const finding of findings.filter(({ type, effects }) => type !== UNREMARKABLE && effects.length > 0)) {
        // An upgrade reboots the instance anyway.
        const effects = finding.effects.filter((text, _, all) => all.length === 1 || !text.includes("apply only after a reboot"));
        const text = `${effects.join(" ").replace(/\.$/, "")}${interruptionText(finding)}.`;
        groups.set(text, [...(groups.get(text) ?? []), finding]);
    }
    return [...groups].map(([text, list]) => updateText(text, list));
}

const LATER = " Most changes wait for the maintenance window (applyImmediately isn't set).";
const isInterrupted = ({ interruption = "None." }: Finding): boolean => !interruption.startsWith("None");
const interruptionText = (finding: Finding): string =>
    isInterrupted(finding)
        ? ` (${lowered(
              (finding.interruption ?? "")
                  .replace(LATER, "")
                  .replace(/ None[^.]*\.$/, "")
                  .replace(/\.$/, ""),
          )})`
        : "";

const lowered = (text: string): string => text.replace(/^[A-Z](?![A-Z]|ulti-|ingle-)/, (letter) => letter.toLowerCase());

function updateText(text: string, findings: readonly Finding[]): string {
    const [first] = findings;
    if (!first) return text;
    const titles = titlesText(findings);
    if (isLasting(first)) return `**Loses ${lossesOf(findings)}:** ${lowered(text)}`;
    if (first.type === "aws:ecs/service:Service" && !isInterrupted(first)) return `Rolling restart: ${titles}.`;
    if (!isInterrupted(first)) return `Updates in place: ${titles}. ${text}`;
    return `**${/^aws:(rds|docdb|elasticache)/.test(first.type) ? "Restarts" : "Interrupts"}:** ${titles}. ${text}`;
}

/** Updates, and replacements and deletions of resources that contain no data and serve no requests. */
function inPlace(findings: readonly Finding[]): string[] {
    const changed = findings.filter(({ operation }) => operation !== "create" && operation !== "delete");
    const deleted = findings.filter(({ operation }) => operation === "delete");
    return [
        ...(changed.length > 0 ? [`Updates in place: ${titlesText(changed)}.`] : []),
        ...(deleted.length > 0 ? [`Deletes: ${titlesText(deleted)}.`] : []),
    ];
}

function creations(created: readonly Finding[], isQuiet: boolean): string[] {
    const shown = isQuiet ? created : created.filter(({ type }) => !isHarmlessType(type) && type !== NAME_PARTS);
    return shown.length > 0 ? [`Creates: ${titlesText(shown)}.`] : [];
}
