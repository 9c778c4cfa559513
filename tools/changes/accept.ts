import { type Finding, needsAcceptance } from "./judge";

/**
 * Marks accepted changes, by logical name or by `TYPE::NAME`.
 *
 * @throws Error for a name that no finding requires, because it is misspelled or outdated
 */
export function accept(findings: Finding[], names: readonly string[]): void {
    const needing = findings.filter(needsAcceptance);
    for (const name of names) {
        const matching = needing.filter((it) => it.name === name || `${it.type}::${it.name}` === name);
        if (matching.length === 0) throw new Error(`--accept ${name}: ${reason(findings, needing, name)}`);
        for (const finding of matching) finding.accepted = true;
    }
}

function reason(findings: Finding[], needing: Finding[], name: string): string {
    if (findings.some((finding) => finding.name === name)) return "the change of this resource needs no acceptance";
    const names = [...new Set(needing.map((finding) => finding.name))].sort();
    return `no change has this name; changes to accept: ${names.join(", ") || "none"}`;
}
