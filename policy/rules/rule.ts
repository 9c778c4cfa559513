import type { DeployedResource } from "../../components/testing";

/** Something that a rule found wrong: the resource's urn and what is wrong, as a sentence. */
export interface Violation {
    urn: string;
    message: string;
}

/** A property of every deployment, checked over its resources: those of a plan, of a preview, or of a live stack. */
export interface Rule {
    name: string;
    description: string;
    check: (resources: readonly DeployedResource[]) => Violation[] | Promise<Violation[]>;
}

/** Stands for a value that a preview does not know: no rule holds that against a resource. */
export const UNKNOWN = "(not known before the deployment)";

/** A rule about single resources: what is wrong with one, nothing where it is fine. */
export function perResource(name: string, description: string, wrong: (resource: DeployedResource) => string[]): Rule {
    return { name, description, check: (resources) => resources.flatMap((it) => wrong(it).map((message) => ({ urn: it.urn, message }))) };
}

/** The inputs of a resource, as a rule reads them: any property may be missing or of any kind. */
export const inputsOf = (resource: DeployedResource): Record<string, unknown> => resource.inputs ?? {};

export const isAws = ({ type }: DeployedResource): boolean => type.startsWith("aws:");
