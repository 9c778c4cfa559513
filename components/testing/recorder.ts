import { createHash } from "node:crypto";
import { expandVpc } from "./awsx-vpc";
import { type DataSources, dataSourceResult, type Lookup } from "./data-sources";
import { text } from "./computed";
import { computedOutputs } from "./outputs";
import {
    InvokeResponse,
    MockMonitor,
    type ReadResourceRequest,
    ReadResourceResponse,
    type RegisterResourceOutputsRequest,
    type RegisterResourceRequest,
    RegisterResourceResponse,
    type ResourceInvokeRequest,
    Struct,
} from "./pulumi-runtime";
import { providerUrnOf, qualifiedTypeOf } from "./urn";
import { plain, type Properties, secret } from "./values";

/** A registered resource. Properties are named as in Pulumi's deployment format. */
export interface Registered {
    urn: string;
    type: string;
    name: string;
    custom: boolean;
    id?: string;
    parent?: string;
    /** As in the program, with secrets wrapped. */
    inputs: Properties;
    outputs: Properties;
    dependencies: string[];
    propertyDependencies: Record<string, string[]>;
    /** `urn::id` of an explicit provider, or empty for the default one. */
    provider: string;
    protect: boolean;
    retainOnDelete: boolean;
    deleteBeforeReplace: boolean;
    ignoreChanges: string[];
    /** Outputs that are secret even if their inputs aren't. */
    additionalSecretOutputs: string[];
    /** Timeouts by operation: `create`, `update`, `delete`. */
    customTimeouts: Record<string, string>;
    /** True if a remote component created the resource. */
    expanded?: boolean;
}

export interface RecorderOptions {
    project: string;
    stack: string;
    /** Region of resources without an explicit provider. */
    region: string;
    /** Results of data sources by token, instead of the defaults. */
    dataSources?: DataSources;
    /** Outputs of other stacks, as a `StackReference` reads them, by full name. */
    stackOutputs?: Record<string, Record<string, unknown>>;
    /** Outputs that AWS would compute, by type, added to the defaults. */
    outputs?: Record<string, (resource: { name: string; inputs: Record<string, unknown> }) => Record<string, unknown>>;
}

/** The account in generated ARNs. */
export const ACCOUNT = "123456789012";

type Callback<T> = (error: Error | null, response?: T) => void;

/** A mock monitor that records registrations completely, including parents, dependencies, providers, and secrets. */
export class Recorder extends MockMonitor {
    readonly registered: Registered[] = [];
    readonly lookups: Lookup[] = [];
    private readonly byUrn = new Map<string, Registered>();
    /** Providers of each component, by package. */
    private readonly providers = new Map<string, Map<string, string>>();

    constructor(private readonly options: RecorderOptions) {
        super({
            newResource: () => {
                throw new Error("the recorder handles registrations itself");
            },
            call: () => {
                throw new Error("the recorder handles calls itself");
            },
        });
    }

    override supportsFeature(request: { getId(): string }, callback: Callback<{ getHassupport(): boolean }>): void {
        // Output values would wrap inputs, and transforms need a callback server.
        const unsupported = ["outputValues", "transforms", "invokeTransforms"];
        callback(null, { getHassupport: () => !unsupported.includes(request.getId()) });
    }

    override registerResource(request: RegisterResourceRequest, callback: Callback<RegisterResourceResponse>): Promise<void> {
        return respond(callback, () => {
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
        return respond(callback, () => {
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
        return respond(callback, () => {
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
        this.lookups.push({ token, inputs });
        const region = typeof inputs.region === "string" ? inputs.region : this.regionOf(provider);
        const { dataSources } = this.options;
        return dataSourceResult(token, inputs, { region, account: ACCOUNT, dataSources, lookups: this.lookups });
    }

    private record(registration: Omit<NewResource, "urn">): Registered {
        const { importId, parent, ...rest } = registration;
        const urn = this.urnOf(registration);
        if (this.byUrn.has(urn)) throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
        // `Object.assign`, because V8 takes twenty times as long for the second spread in an object.
        const resource: Registered = Object.assign({ urn, outputs: registration.inputs }, UNMARKED, rest, parent ? { parent } : {});
        if (registration.custom) {
            const { id, ...outputs } = this.outputsOf(resource);
            resource.id = importId === undefined || importId === "" ? text(id) : importId;
            resource.outputs = Object.assign({ ...registration.inputs }, outputs);
            for (const key of resource.additionalSecretOutputs) {
                const value = resource.outputs[key];
                if (value !== undefined) resource.outputs[key] = secret(value);
            }
        }
        this.registered.push(resource);
        this.byUrn.set(urn, resource);
        return resource;
    }

    private outputsOf(resource: Registered): Properties {
        const inputs = plain(resource.inputs) as Properties;
        const region = typeof inputs.region === "string" ? inputs.region : this.regionOf(resource.provider);
        const hash = createHash("sha256").update(resource.urn).digest("hex");
        const computed = computedOutputs({ type: resource.type, name: resource.name, inputs, region, account: ACCOUNT, hash });
        if (resource.type === "pulumi:pulumi:StackReference") {
            const outputs = (this.options.stackOutputs?.[text(inputs.name)] ?? {}) as Properties;
            return { id: text(inputs.name), outputs, secretOutputNames: [] };
        }
        const custom = this.options.outputs?.[resource.type]?.({ name: resource.name, inputs });
        // Not from the plain inputs, so that secrets in tags stay secret.
        const tagged: Properties = resource.type.startsWith("aws:") ? { tagsAll: resource.inputs.tags ?? {} } : {};
        return Object.assign({ ...computed }, tagged, custom);
    }

    /** Adds the children and outputs that the provider of a remote component would create. */
    private expand(component: Registered): void {
        if (component.type !== "awsx:ec2:Vpc")
            throw new Error(`${component.type} is a remote component, which the recorder doesn't support`);
        component.outputs = expandVpc(component.name, plain(component.inputs), (child) => {
            const { sources = {}, ...described } = child;
            const resource = this.record({
                ...described,
                custom: true,
                parent: child.parent ?? component.urn,
                dependencies: [...new Set([...(child.parent ? [child.parent] : []), ...Object.values(sources)])].sort(),
                propertyDependencies: Object.fromEntries(Object.entries(sources).map(([input, urn]) => [input, [urn]])),
                provider: component.provider,
                expanded: true,
            });
            return { urn: resource.urn, id: resource.id ?? "" };
        });
    }

    /** The URN, as the engine creates it: `urn:pulumi:STACK::PROJECT::PARENT_TYPES$TYPE::NAME`, without the stack's own type. */
    private urnOf({ type, name, parent }: { type: string; name: string; parent?: string }): string {
        const parentTypes = qualifiedTypeOf(parent ?? "");
        const prefix = parentTypes && parentTypes !== "pulumi:pulumi:Stack" ? `${parentTypes}$` : "";
        return `urn:pulumi:${this.options.stack}::${this.options.project}::${prefix}${type}::${name}`;
    }

    /** A component's providers by package. Like the engine, adds its own to those of its parent. */
    private providersOf(request: RegisterResourceRequest): Map<string, string> {
        return new Map([...(this.providers.get(request.getParent()) ?? []), ...request.getProvidersMap().entries()]);
    }

    private regionOf(provider: string): string {
        const resource = this.byUrn.get(providerUrnOf(provider));
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
    const timeouts = Object.entries(request.getCustomtimeouts()?.toObject() ?? {});
    // The generated code calls the field pb_delete, because delete is a reserved word.
    return Object.fromEntries(timeouts.filter(([, time]) => time !== "").map(([operation, time]) => [operation.replace(/^pb_/, ""), time]));
}

function respond<T>(callback: Callback<T>, create: () => T): Promise<void> {
    try {
        // The SDK formats each response for its debug log, which nobody reads.
        callback(null, Object.assign(create() as object, { toString: () => "" }) as T);
    } catch (error) {
        const failure = error instanceof Error ? error : new Error(String(error));
        // The SDK prints the `details` of gRPC errors.
        callback(Object.assign(failure, { details: failure.message }));
    }
    return Promise.resolve();
}
