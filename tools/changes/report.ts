import { type Finding, needsAcceptance, type Refusal, type Verdict } from "./judge";
import type { ChangeSet } from "./types";

export interface Report {
    source: string;
    summary: Summary;
    findings: Finding[];
    errors: string[];
    notes: string[];
}

export interface Summary {
    destructive: number;
    rejected: number;
    unknown: number;
    interrupts: number;
    harmless: number;
    unchanged: number;
    accepted: number;
    /** Findings that still need acceptance. */
    unaccepted: number;
}

const ORDER: Verdict[] = ["destructive", "rejected", "unknown", "interrupts", "harmless"];
const HEADINGS: Record<Verdict, string> = {
    destructive: "Lost",
    rejected: "Rejected by AWS",
    unknown: "Unknown",
    interrupts: "Restarted or interrupted",
    harmless: "Without loss",
};

export function reportOf({ source, unchanged, errors, notes }: ChangeSet, all: Finding[]): Report {
    const findings = [...all].sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) || b.loses.length - a.loses.length);
    const count = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict).length;
    const summary = {
        destructive: count("destructive"),
        rejected: count("rejected"),
        unknown: count("unknown"),
        interrupts: count("interrupts"),
        harmless: count("harmless"),
        unchanged,
        accepted: findings.filter(({ accepted }) => accepted).length,
        unaccepted: findings.filter((finding) => needsAcceptance(finding) && !finding.accepted).length,
    };
    return { source, summary, findings, errors, notes };
}

/** 0 if nothing is lost or every loss is accepted; 1 otherwise, and if the preview failed. */
export const exitCodeOf = ({ summary, errors }: Report): 0 | 1 => (summary.unaccepted > 0 || errors.length > 0 ? 1 : 0);

/** The report as text. Changes without loss are counted, and listed only if they have an effect. */
export function render(report: Report): string {
    const { findings, summary, errors, notes } = report;
    const listed = findings.filter(
        (finding) => finding.verdict !== "harmless" || finding.effects.length > 0 || finding.refusals.length > 0,
    );
    const sections = ORDER.flatMap((verdict) => {
        const section = listed.filter((finding) => finding.verdict === verdict);
        return section.length > 0 ? ["", `${HEADINGS[verdict]} (${section.length})`, ...alike(section).flatMap(entry)] : [];
    });
    return [
        `Changes: ${report.source}`,
        ...sections,
        ...list("Errors: the update would stop, and this list of changes might be incomplete", errors),
        ...list("Notes", notes),
        "",
        ...verdictLines(report, summary),
    ].join("\n");
}

/** Findings that differ only in the resource, such as the Elastic IPs of each zone. */
function alike(findings: Finding[]): Finding[][] {
    const groups = new Map<string, Finding[]>();
    for (const finding of findings) {
        const key = JSON.stringify({ ...finding, urn: "", name: "", properties: [] });
        groups.set(key, [...(groups.get(key) ?? []), finding]);
    }
    return [...groups.values()];
}

function entry([finding, ...others]: Finding[]): string[] {
    if (finding === undefined) return [];
    const { title, operation, order, because, following, loses, effects, interruption, recover, refusals } = finding;
    const names = [finding, ...others].map(({ name }) => name);
    const what = `${title} ${VERBS[operation]}${order ? `, ${order}` : ""}${finding.accepted ? "  [accepted]" : ""}`;
    const line = (label: string, text: string | undefined) => (text ? [`      ${label.padEnd(9)} ${text}`] : []);
    return [
        "",
        `  ${SIGNS[operation]} ${others.length > 0 ? `${names.length} resources` : finding.name}  ${what}`,
        ...(others.length > 0 ? line("names", names.join(", ")) : []),
        ...line(
            "because",
            [because.join(", "), following.length > 0 ? `${following.join(", ")} is replaced` : ""].filter(Boolean).join("; "),
        ),
        ...line("loses", loses.join(", ")),
        ...effects.flatMap((text, index) => line(index === 0 ? "effect" : "", text)),
        ...line("outage", interruption),
        ...line("recovery", recover),
        ...(finding.protected ? line("protect", PROTECTED) : []),
        ...line("ignored", finding.ignoreChanges.join(", ")),
        ...refusals.flatMap((refusal) => [...line(refusalLabel(refusal), refusal.text), ...line("instead", refusal.procedure)]),
        ...finding.sources.flatMap((source, index) => line(index === 0 ? "sources" : "", source)),
    ];
}

const SIGNS = { create: "+ ", update: "~ ", replace: "+-", delete: "- ", unknown: "? " } as const;
const VERBS = { create: "is created", update: "is updated", replace: "is replaced", delete: "is deleted", unknown: "changes" } as const;
const PROTECTED =
    "Pulumi rejects this change while the resource is protected. If you remove the protection and update, you lose everything listed here.";

const refusalLabel = ({ certainty }: Refusal): string => (certainty === "always" ? "rejected" : "may fail");

const list = (heading: string, lines: string[]): string[] =>
    lines.length > 0 ? ["", heading, ...lines.map((text) => `  ${text.replace(/\n/g, "\n  ")}`)] : [];

function verdictLines(report: Report, summary: Summary): string[] {
    const { destructive, rejected, unknown, interrupts, harmless, unchanged } = summary;
    const counts = `${destructive} destructive, ${rejected} rejected by AWS, ${unknown} unknown, ${interrupts} interrupting, ${harmless} without loss, ${unchanged} unchanged`;
    const open = report.findings.filter((finding) => needsAcceptance(finding) && !finding.accepted);
    if (open.length === 0)
        return [counts, summary.accepted > 0 ? "All losses are accepted." : "Nothing is lost."].slice(0, report.errors.length > 0 ? 1 : 2);
    const names = [...new Set(open.map(({ name }) => name))];
    return [counts, `Not accepted: ${names.join(", ")}`, "To accept a change, add --accept NAME for each."];
}
