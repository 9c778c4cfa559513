import { type DeployedResource } from "../../components/testing";
import { isObject } from "../../components/internal/unknown";

export const EXPECTED = "expected the output of `pulumi stack export`";

/** A resource in a state. `delete`: it is still to be deleted after a failed update. `external`: the stack only reads it. */
export type StateResource = DeployedResource & { delete?: boolean; external?: boolean };

/** @throws Error with the expected format */
export function parseExport(text: string): StateResource[] {
    let document: unknown;
    try {
        document = JSON.parse(text);
    } catch {
        throw new Error(`it isn't JSON; ${EXPECTED}`);
    }
    if (!isObject(document) || !isObject(document.deployment)) throw new Error(`it has no deployment; ${EXPECTED}`);
    if (document.version !== 3 && document.version !== 4)
        throw new Error(`it has version ${String(document.version)}; ${EXPECTED} of version 3 or 4`);
    const resources: unknown = document.deployment.resources ?? [];
    if (!Array.isArray(resources)) throw new Error(`its resources aren't a list; ${EXPECTED}`);
    return resources.map((resource: unknown, index) => {
        if (!isObject(resource) || typeof resource.urn !== "string" || typeof resource.type !== "string") {
            throw new Error(`resources[${index}] has no urn and type; ${EXPECTED}`);
        }
        return resource as unknown as StateResource;
    });
}

/** Name of the exported stack, or undefined for an empty one. */
export const stackOf = (resources: readonly StateResource[]): string | undefined =>
    /^urn:pulumi:([^:]+)::/.exec(resources[0]?.urn ?? "")?.[1];

/** The stack's outputs in the export, without those that are encrypted. */
export function lastOutputsOf(resources: readonly StateResource[]): Record<string, unknown> {
    const { outputs = {} } = resources.find(({ type }) => type === "pulumi:pulumi:Stack") ?? {};
    // The SDK's signature of a secret.
    const isSecret = (value: unknown) => isObject(value) && "4dabf18193072939515e22adb298388d" in value;
    return Object.fromEntries(Object.entries(outputs).filter(([, value]) => !isSecret(value)));
}

/** The most frequent account in the state's ARNs, or undefined if they contain none. */
export function accountOf(resources: readonly StateResource[]): string | undefined {
    const counts = new Map<string, number>();
    for (const { outputs } of resources) {
        const [, account] = /^arn:[\w-]+:[\w-]+:[\w-]*:(\d{12}):/.exec(typeof outputs?.arn === "string" ? outputs.arn : "") ?? [];
        if (account) counts.set(account, (counts.get(account) ?? 0) + 1);
    }
    return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** The zones of the state's subnets by region: results for the program's data sources. */
export function zonesOf(resources: readonly StateResource[]): Map<string, { name: string; id: string }[]> {
    const zones = new Map<string, Map<string, string>>();
    for (const { type, outputs, inputs } of resources) {
        const zone = outputs?.availabilityZone ?? inputs?.availabilityZone;
        if (type !== "aws:ec2/subnet:Subnet" || typeof zone !== "string") continue;
        const region = zone.replace(/[a-z]$/, "");
        const id = outputs?.availabilityZoneId;
        zones.set(region, (zones.get(region) ?? new Map<string, string>()).set(zone, typeof id === "string" ? id : ""));
    }
    const sorted = (names: Map<string, string>) =>
        [...names].map(([name, id]) => ({ name, id })).sort((a, b) => (a.name < b.name ? -1 : 1));
    return new Map([...zones].map(([region, names]) => [region, sorted(names)]));
}
