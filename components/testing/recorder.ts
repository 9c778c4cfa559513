import { createHash } from "node:crypto";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import {
    type ReadResourceRequest,
    ReadResourceResponse,
    type RegisterResourceOutputsRequest,
    type RegisterResourceRequest,
    RegisterResourceResponse,
    type ResourceInvokeRequest,
} from "@pulumi/pulumi/proto/resource_pb";
import { InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { expandVpc } from "./awsx-vpc";
import { answer, type DataSources } from "./data-sources";
import { text } from "./computed";
import { computedOutputs } from "./outputs";
import { plain, type Properties, secret } from "./values";

/** One registered resource, in the words of Pulumi's deployment format. */
export interface Registered {
    urn: string;
    type: string;
    name: string;
    custom: boolean;
    id?: string;
    parent?: string;
    /** As the program gave them, secrets wrapped. */
    inputs: Properties;
    outputs: Properties;
    dependencies: string[];
    propertyDependencies: Record<string, string[]>;
    /** `urn::id` of an explicit provider; empty for a default one. */
    provider: string;
    protect: boolean;
    retainOnDelete: boolean;
    /** What AWS has room for once only must go before its successor comes. */
    deleteBeforeReplace: boolean;
    ignoreChanges: string[];
    /** Outputs that the program wants kept secret, whatever their inputs are. */
    additionalSecretOutputs: string[];
    /** How long the engine waits, by what it does: `create`, `update`, `delete`. */
    customTimeouts: Record<string, string>;
    /** True for a resource that a remote component made, not the program itself. */
    expanded?: boolean;
}

export interface RecorderOptions {
    project: string;
    stack: string;
    /** Region of resources without an explicit provider. */
    region: string;
    /** Answers of data sources, by token or as one function; what it leaves out gets this library's defaults. */
    dataSources?: DataSources;
    /** Outputs that AWS would compute, by type; they replace this library's defaults. */
    outputs?: Record<string, (resource: { name: string; inputs: Record<string, unknown> }) => Record<string, unknown>>;
}

/** The account that every made-up ARN names. */
export const ACCOUNT = "123456789012";

type Callback<T> = (error: Error | null, response?: T) => void;

/** Pulumi's mock monitor, which also records every registration whole: parent, dependencies, provider and secrets included. */
export class Recorder extends MockMonitor {
    readonly registered: Registered[] = [];
    private readonly byUrn = new Map<string, Registered>();
    /** Providers of each component, by package. */
    private readonly providers = new Map<string, Map<string, string>>();

    constructor(private readonly options: RecorderOptions) {
        super({
            newResource: () => {
                throw new Error("the recorder answers registrations itself");
            },
            call: () => {
                throw new Error("the recorder answers calls itself");
            },
        });
    }

    override supportsFeature(request: { getId(): string }, callback: Callback<{ getHassupport(): boolean }>): void {
        // Output values would show up as wrapped outputs in inputs; transforms need a callback server.
        const unsupported = ["outputValues", "transforms", "invokeTransforms"];
        callback(null, { getHassupport: () => !unsupported.includes(request.getId()) });
    }

    override registerResource(request: RegisterResourceRequest, callback: Callback<RegisterResourceResponse>): Promise<void> {
        return answering(callback, () => {
            const resource = this.record({
                type: request.getType(),
                name: request.getName(),
                custom: request.getCustom(),
                parent: request.getParent(),
                inputs: properties(request.getObject()),
                dependencies: request.getDependenciesList(),
                propertyDependencies: Object.fromEntries(
                    [...request.getPropertydependenciesMap().entries()].map(([key, value]) => [key, value.getUrnsList()]),
                ),
                provider: request.getProvider() || (request.getRemote() ? (this.providersOf(request).get("aws") ?? "") : ""),
                additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
                customTimeouts: timeoutsOf(request),
                protect: request.getProtect() ?? false,
                retainOnDelete: request.getRetainondelete() ?? false,
                deleteBeforeReplace: request.getDeletebeforereplace(),
                ignoreChanges: request.getIgnorechangesList(),
                importId: request.getImportid(),
            });
            if (!request.getCustom()) this.providers.set(resource.urn, this.providersOf(request));
            if (request.getRemote()) this.expand(resource);
            return new RegisterResourceResponse()
                .setUrn(resource.urn)
                .setId(resource.id ?? "")
                .setObject(Struct.fromJavaScript(resource.outputs));
        });
    }

    override readResource(request: ReadResourceRequest, callback: Callback<ReadResourceResponse>): Promise<void> {
        return answering(callback, () => {
            const resource = this.record({
                type: request.getType(),
                name: request.getName(),
                custom: true,
                parent: request.getParent(),
                inputs: properties(request.getProperties()),
                dependencies: request.getDependenciesList(),
                propertyDependencies: {},
                provider: request.getProvider(),
                additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
                importId: request.getId(),
            });
            return new ReadResourceResponse().setUrn(resource.urn).setProperties(Struct.fromJavaScript(resource.outputs));
        });
    }

    override registerResourceOutputs(request: RegisterResourceOutputsRequest, callback: Callback<object>): void {
        const resource = this.byUrn.get(request.getUrn());
        if (resource) resource.outputs = properties(request.getOutputs());
        callback(null, {});
    }

    override invoke(request: ResourceInvokeRequest, callback: Callback<InvokeResponse>): Promise<void> {
        return answering(callback, () => {
            const inputs = properties(request.getArgs());
            const token = request.getTok();
            return new InvokeResponse().setReturn(Struct.fromJavaScript(this.call(token, inputs, request.getProvider())));
        });
    }

    private call(token: string, inputs: Properties, provider: string): Properties {
        if (token === "pulumi:pulumi:getResource") {
            const resource = this.byUrn.get(inputs.urn as string);
            if (!resource) throw new Error(`unknown resource ${inputs.urn as string}`);
            return { urn: resource.urn, id: resource.id ?? null, state: resource.outputs };
        }
        const region = typeof inputs.region === "string" ? inputs.region : this.regionOf(provider);
        return answer(token, inputs, { region, account: ACCOUNT, dataSources: this.options.dataSources });
    }

    private record(made: Omit<NewResource, "urn">): Registered {
        const { importId, ...rest } = made;
        const urn = this.urnOf(made);
        if (this.byUrn.has(urn)) throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
        const resource: Registered = { ...UNMARKED, ...rest, urn, outputs: made.inputs };
        if (made.custom) {
            const { id, ...outputs } = this.outputsOf(resource);
            resource.id = importId === undefined || importId === "" ? text(id) : importId;
            resource.outputs = { ...made.inputs, ...outputs };
            for (const key of resource.additionalSecretOutputs) {
                const value = resource.outputs[key];
                if (value !== undefined) resource.outputs[key] = secret(value);
            }
        }
        if (!resource.parent) delete resource.parent;
        this.registered.push(resource);
        this.byUrn.set(urn, resource);
        return resource;
    }

    private outputsOf(resource: Registered): Properties {
        const inputs = plain(resource.inputs) as Properties;
        const region = typeof inputs.region === "string" ? inputs.region : this.regionOf(resource.provider);
        const hash = createHash("sha256").update(resource.urn).digest("hex");
        const computed = computedOutputs({ type: resource.type, name: resource.name, inputs, region, account: ACCOUNT, hash });
        const given = this.options.outputs?.[resource.type]?.({ name: resource.name, inputs });
        // Not from the plain inputs: a tag's secret stays one.
        const tagged: Properties = resource.type.startsWith("aws:") ? { tagsAll: resource.inputs.tags ?? {} } : {};
        return { ...computed, ...tagged, ...(given as Properties | undefined) };
    }

    /** Adds the children that a remote component's provider would make, and the component's outputs. */
    private expand(component: Registered): void {
        if (component.type !== "awsx:ec2:Vpc") throw new Error(`${component.type} is a remote component that this library cannot expand`);
        component.outputs = expandVpc(component.name, plain(component.inputs), (child) => {
            const { sources = {}, ...described } = child;
            const made = this.record({
                ...described,
                custom: true,
                parent: child.parent ?? component.urn,
                dependencies: [...new Set([...(child.parent ? [child.parent] : []), ...Object.values(sources)])].sort(),
                propertyDependencies: Object.fromEntries(Object.entries(sources).map(([input, urn]) => [input, [urn]])),
                provider: component.provider,
                expanded: true,
            });
            return { urn: made.urn, id: made.id ?? "" };
        });
    }

    /** The urn as the engine writes it: `urn:pulumi:STACK::PROJECT::PARENT_TYPES$TYPE::NAME`, the stack's own type left out. */
    private urnOf({ type, name, parent }: { type: string; name: string; parent?: string }): string {
        const parentTypes = parent?.split("::")[2];
        const prefix = parentTypes && parentTypes !== "pulumi:pulumi:Stack" ? `${parentTypes}$` : "";
        return `urn:pulumi:${this.options.stack}::${this.options.project}::${prefix}${type}::${name}`;
    }

    /** A component's providers by package: its parent's, and over them those it was given, as the engine has it. */
    private providersOf(request: RegisterResourceRequest): Map<string, string> {
        return new Map([...(this.providers.get(request.getParent()) ?? []), ...request.getProvidersMap().entries()]);
    }

    private regionOf(provider: string): string {
        const resource = this.byUrn.get(provider.split("::").slice(0, -1).join("::"));
        const region = resource?.inputs.region;
        return typeof region === "string" ? region : this.options.region;
    }
}

const UNMARKED = {
    protect: false,
    retainOnDelete: false,
    deleteBeforeReplace: false,
    ignoreChanges: [],
    additionalSecretOutputs: [],
    customTimeouts: {},
};

interface NewResource extends Pick<
    Registered,
    "urn" | "type" | "name" | "custom" | "inputs" | "dependencies" | "propertyDependencies" | "provider"
> {
    parent?: string;
    importId?: string;
    protect?: boolean;
    retainOnDelete?: boolean;
    deleteBeforeReplace?: boolean;
    ignoreChanges?: string[];
    additionalSecretOutputs?: string[];
    customTimeouts?: Record<string, string>;
    expanded?: boolean;
}

const properties = (struct: { toJavaScript(): Record<string, unknown> } | undefined): Properties =>
    (struct?.toJavaScript() ?? {}) as Properties;

function timeoutsOf(request: RegisterResourceRequest): Record<string, string> {
    const given = Object.entries(request.getCustomtimeouts()?.toObject() ?? {});
    return Object.fromEntries(given.filter(([, time]) => time !== ""));
}

function answering<T>(callback: Callback<T>, make: () => T): Promise<void> {
    try {
        callback(null, make());
    } catch (error) {
        const failure = error instanceof Error ? error : new Error(String(error));
        // The SDK shows what gRPC calls `details`.
        callback(Object.assign(failure, { details: failure.message }));
    }
    return Promise.resolve();
}
