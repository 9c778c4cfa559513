import path from "node:path";
import { effectText } from "./effect";
import { labelOf } from "./label";
import type { RecordedVariant, Recording } from "./recording";
import { findingsOf } from "./resources";

export const PAGE = path.join(__dirname, "..", "..", "docs", "changing.md");

const MARKERS = /<!-- keys -->[^]*?<!-- \/keys -->/;

/** The page with up-to-date tables between the markers, one per section. Pure. */
export function withKeys(page: string, { provider, variants }: Recording): string {
    if (!MARKERS.test(page)) throw new Error("docs/changing.md must contain <!-- keys --> and <!-- /keys -->");
    const sections = new Map<string, RecordedVariant[]>();
    for (const variant of variants) {
        const section = sectionOf(variant.key);
        sections.set(section, [...(sections.get(section) ?? []), variant]);
    }
    const tables = [...sections].map(([section, list]) => [`### ${section}`, "", ...tableOf(list), ""]).flat();
    const generated = ["<!-- keys -->", "", `Recorded with @pulumi/aws ${provider}.`, "", ...tables, "<!-- /keys -->"];
    return page.replace(MARKERS, () => generated.join("\n"));
}

const sectionOf = (key: string): string => {
    if (key.startsWith("aws:")) return "Settings of the AWS provider";
    return key.includes(".") ? `\`${key.split(".")[0] ?? ""}\`` : "Keys without a section";
};

function tableOf(variants: readonly RecordedVariant[]): string[] {
    const rows = variants.map((variant) => {
        const key = variant.key.startsWith("aws:") ? variant.key : variant.key.split(".").slice(1).join(".") || variant.key;
        return [`\`${key}\``, labelOf(variant), effectText(variant, findingsOf(variant))];
    });
    const lines = rows.map((cells) => `| ${cells.join(" | ")} |`);
    return ["| Key | Change | Effect |", "| --- | --- | --- |", ...lines];
}
