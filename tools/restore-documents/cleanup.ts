/** `--cleanup`: deletes the clusters that were replaced. A restore itself deletes nothing. */
import { type Action, minutes, type Stages } from "../failover/actions";
import { Refused } from "../failover/errors";
import { shortened } from "../failover/names";
import type { Cluster, Documents } from "./ports";
import { retiredIn, unfinishedIn } from "./state";

export interface Deletion {
    identifier: string;
    instances: string[];
    /** Name of the final snapshot. */
    snapshot: string;
}

/** @throws Refused during a restore, which needs the old cluster */
export async function deletionsIn(documents: Documents, identifier: string): Promise<Deletion[]> {
    if (await unfinishedIn(documents, identifier)) throw new Refused("the restore isn't complete. Nothing was changed");
    const retired = await retiredIn(documents, identifier);
    return retired.map(({ cluster }) => deletionOf(cluster));
}

const deletionOf = ({ identifier, members }: Cluster): Deletion => ({
    ...{ identifier, instances: members },
    snapshot: shortened(identifier, "-final"),
});

/** The final snapshot contains the data, so the instances are deleted first: a cluster with instances can't be. */
export const deletionStages = (documents: Documents, deletions: Deletion[]): Stages => [
    deletions.flatMap(({ instances }) => instances.map((instance) => deletingInstance(documents, instance))),
    deletions.map((deletion) => deletingCluster(documents, deletion)),
];

const isGone = (found?: { status: string }): true | string => found === undefined || found.status === "deleting" || found.status;

const deletingInstance = (documents: Documents, identifier: string): Action => ({
    text: `Delete ${identifier}`,
    irreversible: true,
    timeout: minutes(30),
    check: async () => isGone(await documents.instance(identifier)),
    act: () => documents.deleteInstance(identifier),
});

const deletingCluster = (documents: Documents, { identifier, snapshot }: Deletion): Action => ({
    text: `Delete ${identifier} with the final snapshot ${snapshot}`,
    irreversible: true,
    timeout: minutes(30),
    check: async () => isGone(await documents.cluster(identifier)),
    act: () => documents.deleteCluster(identifier, snapshot),
});
