import type { DeployedResource } from "../../components/testing";
import { parseExport, type StateResource } from "../changes/export";

export interface State {
    resources: StateResource[];
    /** Resources whose creation had started when the update ended. */
    pending: DeployedResource[];
}

interface Operation {
    type?: unknown;
    resource?: DeployedResource;
}

interface Export {
    deployment: { resources?: unknown[]; pending_operations?: Operation[] };
}

/**
 * Reads the output of `pulumi stack export`.
 *
 * @throws Error if the text isn't an export
 */
export function parseState(text: string): State {
    const resources = parseExport(text);
    const { deployment } = JSON.parse(text) as Export;
    const pending = (deployment.pending_operations ?? []).filter(isCreation).flatMap(({ resource }) => resource ?? []);
    return { resources, pending };
}

const isCreation = ({ type }: Operation) => type === "creating";

/**
 * The export with resources instead of pending creations: those with an ID become part of the state, the others are dropped. Their outputs are
 * read by a refresh.
 *
 * @param ids import ID by URN
 */
export function repairedState(text: string, ids: ReadonlyMap<string, string>): string {
    const content = JSON.parse(text) as Export;
    const { resources = [], pending_operations = [] } = content.deployment;
    const imported = pending_operations.filter(isCreation).flatMap(({ resource }) => {
        const id = resource && ids.get(resource.urn);
        return id === undefined ? [] : [{ ...resource, id, outputs: resource?.inputs }];
    });
    const deployment = {
        ...content.deployment,
        resources: [...resources, ...imported],
        pending_operations: pending_operations.filter((operation) => !isCreation(operation)),
    };
    return JSON.stringify({ ...content, deployment });
}
