import type { DeployedResource } from "../../components/testing";
import { isObject } from "../../components/internal/unknown";
import { EXPECTED, parseExport, type StateResource } from "../changes/export";

export interface State {
    resources: StateResource[];
    /** Resources whose creation had started when the update ended. */
    pending: DeployedResource[];
}

interface Operation {
    type?: unknown;
    resource: DeployedResource;
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
    const operations: unknown = deployment.pending_operations ?? [];
    if (!Array.isArray(operations) || !operations.every(isOperation))
        throw new Error(`its pending operations have no resource with urn and type; ${EXPECTED}`);
    return { resources, pending: operations.filter(isCreation).map(({ resource }) => resource) };
}

const isOperation = (value: unknown): value is Operation =>
    isObject(value) && isObject(value.resource) && typeof value.resource.urn === "string" && typeof value.resource.type === "string";

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
        const id = ids.get(resource.urn);
        return id === undefined ? [] : [{ ...resource, id, outputs: resource.inputs }];
    });
    const deployment = {
        ...content.deployment,
        resources: [...resources, ...imported],
        pending_operations: pending_operations.filter((operation) => !isCreation(operation)),
    };
    return JSON.stringify({ ...content, deployment });
}
