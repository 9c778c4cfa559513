import type { DeployedResource } from "../../components/testing";
import { nameOf, providerUrnOf } from "../../components/testing/urn";
import { creationMinutes } from "./creation-times";

export interface Link {
    urn: string;
    type: string;
    name: string;
    minutes: number;
    /** Minutes from the start of the deployment until the resource is created. */
    end: number;
}

/**
 * The critical path of a deployment: the chain of dependent resources with the longest estimated creation time. Components take no time
 * themselves. A dependency on a component is a dependency on all its children.
 */
export function longestChain(resources: readonly DeployedResource[]): Link[] {
    const byUrn = new Map(resources.map((it) => [it.urn, it]));
    const children = new Map<string, string[]>();
    for (const { urn, parent } of resources) if (parent) children.set(parent, [...(children.get(parent) ?? []), urn]);
    const links = new Map<string, { link: Link; after?: string }>();
    const leaves = (urn: string): string[] => (byUrn.get(urn)?.custom ? [urn] : (children.get(urn) ?? []).flatMap(leaves));

    const visit = (urn: string): { link: Link; after?: string } | undefined => {
        const known = links.get(urn);
        const resource = byUrn.get(urn);
        if (known || !resource?.custom) return known;
        const waited = [...(resource.dependencies ?? []), ...(resource.provider ? [providerUrnOf(resource.provider)] : [])]
            .flatMap(leaves)
            .filter((other) => other !== urn)
            .map((other) => ({ other, end: visit(other)?.link.end ?? 0 }));
        const last = waited.reduce((max, it) => (it.end > max.end ? it : max), { other: "", end: 0 });
        const minutes = creationMinutes(resource);
        const link = { urn, type: resource.type, name: nameOf(urn), minutes, end: last.end + minutes };
        const found = { link, after: last.other || undefined };
        links.set(urn, found);
        return found;
    };

    for (const { urn } of resources) visit(urn);
    let current = [...links.values()].reduce<{ link: Link; after?: string } | undefined>(
        (max, it) => (it.link.end > (max?.link.end ?? 0) ? it : max),
        undefined,
    );
    const chain: Link[] = [];
    while (current) {
        chain.unshift(current.link);
        current = current.after ? links.get(current.after) : undefined;
    }
    return chain;
}
