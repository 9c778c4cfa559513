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

/** Headings, in order of importance. */
export const HEADINGS: [kind: Kind, heading: string][] = [
    ["attached", "Parts of adopted resources: remove them from Terraform's state, too"],
    ["data", "Holds data, not adopted"],
    ["address", "Addresses in use, not adopted"],
    ["unknown", "Unknown types"],
    ["setting", "Settings of other resources"],
    ["recreated", "Recreated by the program"],
];

/** The report as text: adopted resources with reasons, other resources, and the next commands. */
export function report({ adopted, left, file }: Matching, options: ReportOptions): string {
    const { state, stack, account, count, out } = options;
    const sections = HEADINGS.map(([kind, heading]) => section(heading, grouped(left.filter((it) => it.kind === kind))));
    const taken = adopted.flatMap(({ address, logicalName, why, note }) => [
        `${address} -> ${logicalName}`,
        `  matched: ${why}`,
        ...(note ? [`  note: ${note}`] : []),
    ]);
    const attached = left.filter(({ kind }) => kind === "attached");
    const removed = [...adopted, ...attached].map(({ address }) => address);
    const [provider] = Object.values(file.nameTable);
    return [
        `${count} resources in ${state}, ${adopted.length} of them to adopt in ${stack}${account ? `, account ${account}` : ""}`,
        ...section("Adopted", taken),
        ...sections.flat(),
        ...(adopted.length > 0
            ? section(`Next steps (wrote ${out})`, steps({ stack, out, provider, removed }))
            : ["", `Nothing to adopt: ${out} is not written.`]),
        ...section("Before `terraform destroy`", destroyWarning(adopted.length > 0)),
    ].join("\n");
}

const section = (title: string, lines: string[]): string[] => (lines.length > 0 ? ["", title, ...lines.map((line) => `  ${line}`)] : []);

/** A line per reason with one address, and a list per reason with several. */
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
        `pulumi stack init ${stack}        # if the stack doesn't exist; the README describes secrets providers`,
        ...(provider ? [`pulumi up --stack ${stack} --target '${provider}'        # creates the provider that the import uses`] : []),
        `pulumi import --stack ${stack} --file ${quoted(out)} --generate-code=false`,
        `pulumi preview --stack ${stack} --diff        # if it replaces an adopted resource, change the configuration`,
        `terraform state rm ${removed.map(quoted).join(" ")}        # also remove these from the Terraform configuration`,
        `pulumi up --stack ${stack}`,
    ];
}

const destroyWarning = (adopted: boolean): string[] => [
    `It deletes everything in Terraform's state${adopted ? ", including adopted resources that you didn't remove from it" : ""}.`,
    'Destroy only resources under "Recreated by the program", after their replacements run. Remove the others from the state with',
    "`terraform state rm ADDRESS`, and check `terraform plan -destroy`.",
];

/** For a POSIX shell: addresses have quotes and brackets. */
const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
