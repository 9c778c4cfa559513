import type { Left, Matching } from "./match";
import type { Kind } from "./types";

export interface ReportOptions {
    /** File of the state. */
    state: string;
    stack: string;
    /** The account that was planned with; undefined for a state without AWS. */
    account?: string;
    /** Resources in the state. */
    count: number;
    out: string;
}

/** Headings in the order of what asks for attention. */
export const HEADINGS: [kind: Kind, heading: string][] = [
    ["attached", "Part of what is adopted: out of Terraform's state with it"],
    ["data", "Holds data, not taken over"],
    ["address", "Known by its address, not taken over"],
    ["unknown", "Not known to this program"],
    ["setting", "Settings, which go with what they belong to"],
    ["anew", "Made anew"],
];

/** Text for a person: what is adopted and why, what becomes of the rest, and the commands that follow. */
export function report({ adopted, left, file }: Matching, options: ReportOptions): string {
    const { state, stack, account, count, out } = options;
    const sections = HEADINGS.map(([kind, heading]) => section(heading, grouped(left.filter((it) => it.kind === kind))));
    const taken = adopted.flatMap(({ address, logicalName, why, note }) => [
        `${address} -> ${logicalName}`,
        `  matched: ${why}`,
        ...(note ? [`  mind: ${note}`] : []),
    ]);
    const attached = left.filter(({ kind }) => kind === "attached");
    const removed = [...adopted, ...attached].map(({ address }) => address);
    const [provider] = Object.values(file.nameTable);
    return [
        `${count} resources in ${state}, ${adopted.length} of them to adopt in ${stack}${account ? `, account ${account}` : ""}`,
        ...section("Adopted", taken),
        ...sections.flat(),
        ...(adopted.length > 0
            ? section(`Next (${out} is written)`, steps({ stack, out, provider, removed }))
            : ["", `Nothing to adopt: ${out} is not written.`]),
        ...section("Mind `terraform destroy`", destroyWarning(adopted.length > 0)),
    ].join("\n");
}

const section = (title: string, lines: string[]): string[] => (lines.length > 0 ? ["", title, ...lines.map((line) => `  ${line}`)] : []);

/** One line for a reason of one address, a list for a reason of several. */
function grouped(left: Left[]): string[] {
    const byReason = new Map<string, string[]>();
    for (const { address, reason } of left) byReason.set(reason, [...(byReason.get(reason) ?? []), address]);
    return [...byReason].flatMap(([reason, [first = "", ...more]]) =>
        more.length === 0 ? [`${first}: ${reason}`] : [`${reason}:`, ...[first, ...more].map((address) => `  ${address}`)],
    );
}

interface Steps {
    stack: string;
    out: string;
    /** Urn. */
    provider?: string;
    /** Addresses that Terraform must forget. */
    removed: string[];
}

function steps({ stack, out, provider, removed }: Steps): string[] {
    return [
        `pulumi stack init ${stack}        # where there is none yet; the README says with which secrets provider`,
        ...(provider ? [`pulumi up --stack ${stack} --target '${provider}'        # the provider, by which the others are imported`] : []),
        `pulumi import --stack ${stack} --file ${quoted(out)} --generate-code=false`,
        `pulumi preview --stack ${stack} --diff        # nothing adopted may be replaced: change the configuration until that is so`,
        `terraform state rm ${removed.map(quoted).join(" ")}        # and take the same out of its configuration`,
        `pulumi up --stack ${stack}`,
    ];
}

const destroyWarning = (adopted: boolean): string[] => [
    `It deletes all that Terraform's state still has${adopted ? ", what was adopted too where `terraform state rm` was forgotten" : ""}.`,
    'Only what stands below "Made anew" may go. Take what you keep out of the state first, by `terraform state rm ADDRESS`, look at',
    "`terraform plan -destroy`, and destroy nothing before what takes its place runs.",
];

/** For a POSIX shell: addresses have quotes and brackets. */
const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
