import type { DeployedResource } from "../../components/testing";
import { nameOf, providerUrnOf } from "../../components/testing/urn";

/** An entry of the file for `pulumi import --file`. */
export interface ImportSpec {
    type: string;
    /** Unique in the file. Also the logical name, unless `logicalName` is set. */
    name: string;
    logicalName?: string;
    id?: string;
    /** Name of another entry. */
    parent?: string;
    /** Name in the table of names. */
    provider?: string;
    /** A component, which has no resource in AWS. */
    component?: boolean;
}

export interface ImportFile {
    /** URNs of existing resources by name: the provider. */
    nameTable: Record<string, string>;
    resources: ImportSpec[];
}

/** Writes the entries of a file. Parent components come first. */
export class Entries {
    readonly file: ImportFile = { nameTable: {}, resources: [] };
    private readonly names = new Map<string, string>();
    private readonly byUrn: Map<string, DeployedResource>;

    constructor(planned: readonly DeployedResource[]) {
        this.byUrn = new Map(planned.map((it) => [it.urn, it]));
    }

    add(resource: DeployedResource, id: string): void {
        const spec = this.specOf(resource);
        const provider = resource.provider && providerUrnOf(resource.provider);
        // The engine manages default providers.
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

    /** The logical name, with a number if it is used already. */
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
