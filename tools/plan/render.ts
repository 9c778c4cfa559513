import type { DeployedResource } from "../../components/testing";
import { nameOf } from "../../components/testing/urn";
import { longestChain } from "./chain";

export interface Plan {
    stack: string;
    resources: DeployedResource[];
    outputs: Record<string, unknown>;
    warnings: readonly string[];
}

/** The plan as text: resource tree, resources per service, longest chain, warnings, and outputs. */
export function render(plan: Plan): string {
    const resources = plan.resources.filter(
        ({ type, urn }) => type !== "pulumi:pulumi:StackReference" && (!type.startsWith("pulumi:providers:") || urn.endsWith("::aws")),
    );
    return [
        `Plan of ${plan.stack} (offline, from an empty state)\n`,
        ...tree(resources),
        "",
        ...counts(resources),
        "",
        ...chain(resources),
        ...section("Warnings", plan.warnings),
        ...section("Outputs", outputLines(plan.outputs)),
        "",
        `${resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:")).length} resources to create`,
    ].join("\n");
}

/** `aws:rds/instance:Instance` -> `aws:rds:Instance` */
export const shortType = (type: string): string => type.replace(/\/\w+:/, ":").replace(/^ai-platform:components:/, "");

function tree(resources: DeployedResource[]): string[] {
    const children = new Map<string | undefined, DeployedResource[]>();
    for (const it of resources) children.set(it.parent, [...(children.get(it.parent) ?? []), it]);
    const lines = (parent: string | undefined, indent: string): string[] => {
        const all = children.get(parent) ?? [];
        return all.flatMap((it, i) => {
            const last = i === all.length - 1;
            const root = parent === undefined;
            const region = typeof it.inputs?.region === "string" && !it.type.startsWith("pulumi:") ? `  (${it.inputs.region})` : "";
            const line = `${indent}${root ? "" : last ? "└─ " : "├─ "}${nameOf(it.urn)}  ${shortType(it.type)}${region}`;
            return [line, ...lines(it.urn, root ? indent : indent + (last ? "   " : "│  "))];
        });
    };
    return lines(undefined, "");
}

function counts(resources: DeployedResource[]): string[] {
    const services = new Map<string, number>();
    for (const { custom, type } of resources) {
        const service = type.replace(/^aws:/, "").split(/[/:]/)[0] ?? type;
        if (custom && !type.startsWith("pulumi:")) services.set(service, (services.get(service) ?? 0) + 1);
    }
    const cells = [...services]
        .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
        .map(([service, count]) => `${service} ${count}`.padEnd(22));
    const rows = Array.from(
        { length: Math.ceil(cells.length / 5) },
        (_, i) =>
            `  ${cells
                .slice(i * 5, i * 5 + 5)
                .join("")
                .trimEnd()}`,
    );
    return ["Resources per service", ...rows];
}

function chain(resources: DeployedResource[]): string[] {
    const links = longestChain(resources);
    const total = links.at(-1)?.end ?? 0;
    const slow = links.filter(({ minutes }) => minutes >= 0.5);
    const shown = slow.map(({ name, type, minutes }) => `  ${minutes.toFixed(1).padStart(5)} min  ${name}  ${shortType(type)}`);
    const rest = links.length - slow.length;
    return [
        `Longest chain of dependencies: ${links.length} resources, about ${Math.round(total)} minutes`,
        ...shown,
        ...(rest > 0 ? [`         and ${rest} that take seconds`] : []),
    ];
}

const section = (title: string, lines: readonly string[]): string[] =>
    lines.length > 0 ? ["", title, ...lines.map((line) => `  ${line}`)] : [];

function outputLines(outputs: Record<string, unknown>, prefix = ""): string[] {
    return Object.entries(outputs).flatMap(([key, value]) => {
        if (typeof value === "object" && value !== null && !Array.isArray(value))
            return outputLines(value as Record<string, unknown>, `${prefix}${key}.`);
        return [`${prefix}${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`];
    });
}
