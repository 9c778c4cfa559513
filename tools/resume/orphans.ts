import { paginateGetResources } from "@aws-sdk/client-resource-groups-tagging-api";
import type { DeployedResource } from "../../components/testing";
import { unanswered } from "../preflight/ask";
import { PlannedStack } from "../preflight/planned";
import type { Lookup } from "./identify";

/** Resources that AWS creates with the tags of others, or that updates keep on purpose. They are never in the state. */
const DERIVED = /:(snapshot|cluster-snapshot|auto-backup|recovery-point|task-definition|task|network-interface|log-stream)[:/]/;

/** The same resource in another region, such as a secret's replica, has the same ARN except for the region. */
const withoutRegion = (arn: string) => arn.replace(/^(arn:[\w-]+:[\w-]+):[\w-]*:/, "$1::");

const lastPart = (arn: string) => arn.split(/[:/]/).pop() ?? arn;

/** ARNs, and the regions that gave no answer, with the reason. */
export interface Orphans {
    orphans: string[];
    unanswered: string[];
}

/**
 * ARNs of resources that have the stack's tags but aren't in its state. They remain if an update is killed while it creates a resource that has
 * a generated name or can't be found by name. Only types that the Resource Groups Tagging API supports are listed.
 *
 * @param importIds IDs of resources that are going to be imported
 */
export async function orphansOf(state: DeployedResource[], importIds: string[], { clients }: Lookup): Promise<Orphans> {
    const stack = new PlannedStack(state);
    const TagFilters = ["Project", "Environment"].flatMap((Key) =>
        stack.tags[Key] === undefined ? [] : [{ Key, Values: [stack.tags[Key]] }],
    );
    if (TagFilters.length < 2) return { orphans: [], unanswered: [] };
    const ids = state.flatMap(({ id, outputs }) => [id, outputs?.arn]);
    const known = new Set([...ids, ...importIds.map((id) => id.replace(/@[\w-]+$/, ""))].filter((it) => typeof it === "string"));
    const knownArns = new Set([...known].map(withoutRegion));
    const isKnown = (arn: string) => knownArns.has(withoutRegion(arn)) || known.has(lastPart(arn)) || DERIVED.test(arn);
    const orphans = new Set<string>();
    const failures: string[] = [];
    for (const region of stack.regions) {
        try {
            for await (const page of paginateGetResources({ client: clients.tagging(region) }, { TagFilters })) {
                for (const { ResourceARN } of page.ResourceTagMappingList ?? []) {
                    if (ResourceARN !== undefined && !isKnown(ResourceARN)) orphans.add(ResourceARN);
                }
            }
        } catch (error) {
            const { found, action = "" } = unanswered(region, "tag:GetResources", error);
            failures.push(`${region}: ${found}. ${action}`);
        }
    }
    return { orphans: [...orphans].sort(), unanswered: failures };
}
