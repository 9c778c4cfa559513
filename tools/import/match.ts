import { plain, type DeployedResource } from "../../components/testing";
import type { StateResource } from "./state";
import { ADOPTIONS, LEFT_OUT, STATELESS, type Adoption } from "./table";

/** An entry of the file for `pulumi import --file`. */
export interface ImportSpec {
    type: string;
    /** Unique in the file; also the logical name, where `logicalName` does not say another. */
    name: string;
    logicalName?: string;
    id?: string;
    /** Name of another entry. */
    parent?: string;
    /** Name in the table of names. */
    provider?: string;
    /** An entry without a resource of its own in AWS. */
    component?: boolean;
}

export interface ImportFile {
    /** Urns by name, of what the stack has already: the provider. */
    nameTable: Record<string, string>;
    resources: ImportSpec[];
}

export interface Matching {
    file: ImportFile;
    adopted: { address: string; logicalName: string }[];
    left: { address: string; reason: string }[];
}

/** Finds what stands in this program for the resources of a Terraform state. Pure. */
export function match(state: readonly StateResource[], planned: readonly DeployedResource[]): Matching {
    const matching: Matching = { file: { nameTable: {}, resources: [] }, adopted: [], left: [] };
    const entries = new Entries(planned, matching.file);
    const taken = new Set<string>();
    for (const resource of state) {
        const { address } = resource;
        const leave = (reason: string) => matching.left.push({ address, reason });
        const adoption = ADOPTIONS.find((it) => fits(it, resource));
        const target = adoption && planned.find((it) => it.type === adoption.pulumi && nameOf(it.urn) === adoption.logicalName);
        if (!adoption || !target) {
            leave(adoption ? "this stack has nothing that stands for it" : reasonFor(resource.type));
            continue;
        }
        const id = resource.attributes[adoption.id ?? "id"];
        const difference = differenceOf(adoption, resource, target);
        if (taken.has(target.urn)) leave(`${adoption.logicalName} has been found already: one of two`);
        else if (difference) leave(`${difference}: ${adoption.otherwise}`);
        else if (typeof id !== "string" || id === "") leave(`has no ${adoption.id ?? "id"} in the state`);
        else {
            taken.add(target.urn);
            entries.add(target, id);
            matching.adopted.push({ address, logicalName: adoption.logicalName });
        }
    }
    return matching;
}

const nameOf = (urn: string): string => urn.split("::").pop() ?? urn;

const fits = ({ terraform, named, without }: Adoption, { type, name, attributes }: StateResource): boolean =>
    type === terraform && (named?.test(name) ?? true) && (without === undefined || isEmpty(attributes[without]));

const isEmpty = (value: unknown): boolean =>
    value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

const reasonFor = (type: string): string => LEFT_OUT.find(([prefix]) => type.startsWith(prefix))?.[1] ?? STATELESS;

/** What is fixed at creation and differs, as the beginning of a sentence; undefined where the resource can be adopted. */
function differenceOf({ fixed }: Adoption, { attributes }: StateResource, target: DeployedResource): string | undefined {
    const inputs = plain(target.inputs ?? {}) as Record<string, unknown>;
    const differences = Object.entries(fixed).flatMap(([attribute, wanted]) => {
        const here = "input" in wanted ? inputs[wanted.input] : wanted.value;
        const there = attributes[attribute];
        if (isEmpty(here) && isEmpty(there)) return [];
        return sorted(here) === sorted(there) ? [] : [`${attribute} is ${shown(there)}, here ${shown(here)}`];
    });
    return differences.length > 0 ? differences.join("; ") : undefined;
}

const sorted = (value: unknown): string => JSON.stringify(Array.isArray(value) ? value.map(String).sort() : value);
const shown = (value: unknown): string => (isEmpty(value) ? "not set" : JSON.stringify(value));

/** Writes entries, with the components above them first. */
class Entries {
    private readonly names = new Map<string, string>();
    private readonly byUrn: Map<string, DeployedResource>;

    constructor(
        planned: readonly DeployedResource[],
        private readonly file: ImportFile,
    ) {
        this.byUrn = new Map(planned.map((it) => [it.urn, it]));
    }

    add(resource: DeployedResource, id: string): void {
        const spec = this.specOf(resource);
        const provider = resource.provider?.replace(/::[^:]*$/, "");
        // A default provider is the engine's affair.
        if (provider && this.byUrn.has(provider) && nameOf(provider) !== "default") {
            const name = this.nameFor(provider);
            this.file.nameTable[name] = provider;
            spec.provider = name;
        }
        this.file.resources.push({ ...spec, id });
    }

    private specOf({ urn, type, parent }: DeployedResource): ImportSpec {
        const above = parent && this.byUrn.get(parent);
        const parentName = above && above.type !== "pulumi:pulumi:Stack" ? this.component(above) : undefined;
        const name = this.nameFor(urn);
        return { type, name, ...(name === nameOf(urn) ? {} : { logicalName: nameOf(urn) }), ...(parentName ? { parent: parentName } : {}) };
    }

    /** The entry of a component, once. */
    private component(resource: DeployedResource): string {
        const known = this.names.get(resource.urn);
        if (known !== undefined) return known;
        const spec = this.specOf(resource);
        this.file.resources.push({ ...spec, component: true });
        return spec.name;
    }

    /** The logical name where it is free, otherwise with a number. */
    private nameFor(urn: string): string {
        const known = this.names.get(urn);
        if (known !== undefined) return known;
        const used = new Set(this.names.values());
        const base = nameOf(urn);
        let name = base;
        for (let i = 2; used.has(name); i++) name = `${base}-${i}`;
        this.names.set(urn, name);
        return name;
    }
}
