import * as pulumi from "@pulumi/pulumi";
import { type DataSources, type Lookup } from "./data-sources";
import { awaitFeatureSupport, redirectWarnings, withoutOverhead } from "./pulumi-runtime";
import { Recorder, type RecorderOptions, type Registered } from "./recorder";
import { containsSecret, masked, plain, type Properties, type Value } from "./values";

export interface RecordOptions {
    /** @default "project" */
    project?: string;
    /** @default "stack" */
    stack?: string;
    /** Region of the default AWS provider. @default "us-east-1" */
    region?: string;
    /** Configuration values by full key, `project:key`. Objects are JSON text. `undefined` unsets `aws:region`. @default none */
    config?: Record<string, string | undefined>;
    /** Keys of `config` that are secret. @default none */
    secretKeys?: string[];
    /** Results of data sources by token, instead of the defaults. @default none */
    dataSources?: DataSources;
    /** Outputs of other stacks, as a `StackReference` reads them, by full name: `organization/project/stack`. @default none */
    stackOutputs?: RecorderOptions["stackOutputs"];
    /** Outputs that AWS would compute, by type, added to the defaults. @default none */
    outputs?: RecorderOptions["outputs"];
}

/** A resource class, with the arguments that its constructor takes. */
export type ResourceClass<Args> = (abstract new (name: string, args: Args, opts?: never) => pulumi.Resource) & {
    prototype: pulumi.Resource;
};

/** A registered resource with the inputs of its class. Outputs are resolved, and secrets unwrapped. */
export interface Recorded<Args = Record<string, unknown>> extends Omit<Registered, "inputs" | "outputs"> {
    inputs: pulumi.Unwrap<NonNullable<Args>>;
    outputs: Record<string, unknown>;
    /** Whether an input, or any part of it, is secret. */
    isSecret(input: string): boolean;
}

/** The resources that a program registered, its outputs, and its warnings. */
export class Recording {
    private deployed?: Deployment;

    constructor(
        /** In the order of registration. */
        readonly registered: readonly Registered[],
        /** The program's outputs, secrets unwrapped. */
        readonly outputs: Record<string, unknown>,
        /** Messages of `pulumi.log.warn`. */
        readonly warnings: readonly string[],
        private readonly options: Required<Pick<RecordOptions, "project" | "stack" | "region">>,
        /** Data sources that the program read, in the order of the calls. */
        readonly lookups: readonly Lookup[] = [],
    ) {}

    /** All resources of a class or type token, optionally with a logical name that equals or matches `name`. */
    all<Args>(type: ResourceClass<Args> | string, name?: string | RegExp): Recorded<Args>[] {
        const token = typeof type === "string" ? type : tokenOf(type);
        const named = (it: Registered) => name === undefined || (typeof name === "string" ? it.name === name : name.test(it.name));
        return this.registered.filter((it) => it.type === token && named(it)).map((it) => view<Args>(it));
    }

    /** The only resource of a class or type token (and name). Throws if there is none or more than one, and lists the candidates. */
    one<Args>(type: ResourceClass<Args> | string, name?: string | RegExp): Recorded<Args> {
        const [resource, ...others] = this.all<Args>(type, name);
        if (resource && others.length === 0) return resource;
        const token = typeof type === "string" ? type : tokenOf(type);
        const wanted = `one ${token}${name === undefined ? "" : ` named ${String(name)}`}`;
        throw new Error(`expected ${wanted}, found ${resource ? others.length + 1 : 0}; ${this.candidates(token)}`);
    }

    /** The deployment in the format of `pulumi stack export`. Secrets are masked. All calls return the same object: copy it to change it. */
    deployment(): { version: 3; deployment: Deployment } {
        return { version: 3, deployment: (this.deployed ??= toDeployment(this.registered, this.options)) };
    }

    /** The names of resources of a type, or all registered types if there are none. */
    private candidates(token: string): string {
        const names = this.all(token).map(({ name }) => name);
        if (names.length > 0) return `registered: ${names.join(", ")}`;
        // Every program has a stack.
        const types = this.registered.map(({ type }) => type).filter((type) => type !== "pulumi:pulumi:Stack");
        return `none of this type is registered; registered types: ${[...new Set(types)].sort().join(", ") || "none"}`;
    }
}

export interface Deployment {
    manifest: { time: string; magic: string; version: string };
    resources: DeployedResource[];
}

/** A resource of `pulumi stack export`. */
export interface DeployedResource {
    urn: string;
    custom: boolean;
    id?: string;
    type: string;
    inputs?: Properties;
    outputs?: Properties;
    parent?: string;
    dependencies?: string[];
    propertyDependencies?: Record<string, string[]>;
    provider?: string;
    protect?: boolean;
    retainOnDelete?: boolean;
    ignoreChanges?: string[];
}

/**
 * Runs a program on Pulumi's mock monitor, in process, and records the resources that it registers. Needs no CLI, network, or credentials.
 * Only one program can run at a time, because Pulumi's settings are global.
 *
 * @param program registers resources and returns the stack's outputs
 * @throws Error that the program throws, also inside `apply`. Its property `registered` lists the resources registered until then
 */
export async function record(program: () => unknown, options: RecordOptions = {}): Promise<Recording> {
    const { project = "project", stack = "stack", region = "us-east-1" } = options;
    const recorder = new Recorder({
        project,
        stack,
        region,
        dataSources: options.dataSources,
        outputs: options.outputs,
        stackOutputs: options.stackOutputs,
    });
    const config: Record<string, string | undefined> = { "aws:region": region, ...options.config };
    const settings = Object.entries(config).filter((it): it is [string, string] => it[1] !== undefined);
    pulumi.runtime.setAllConfig(Object.fromEntries(settings), options.secretKeys);
    pulumi.runtime.setMockOptions(recorder, project, stack, false, "organization");
    await awaitFeatureSupport();

    const warnings: string[] = [];
    const undo = [
        withoutOverhead(),
        redirectWarnings((message) => {
            warnings.push(message);
        }),
    ];
    let fail: (reason: unknown) => void = () => undefined;
    const failure = new Promise<never>((_, reject) => {
        fail = (reason) => {
            reject(reason instanceof Error ? reason : new Error(JSON.stringify(reason)));
        };
    });
    // If a registration or an `apply` fails, the SDK rejects a promise that can't be awaited, and dependent promises never settle.
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", fail);
    const run = async () => {
        const outputs: unknown = await pulumi.runtime.runInPulumiStack(async () => {
            const returned = await program();
            return pulumi.Resource.isInstance(returned) ? {} : returned;
        });
        await pulumi.runtime.disconnect();
        await new Promise(setImmediate);
        return (await resolve(outputs)) as Value | undefined;
    };
    try {
        const outputs = plain((await Promise.race([failure, run()])) ?? {}) as Record<string, unknown>;
        return new Recording(recorder.registered, outputs, warnings, { project, stack, region }, recorder.lookups);
    } catch (error) {
        if (error instanceof Error) Object.assign(error, { registered: recorder.registered });
        throw error;
    } finally {
        // More rejections of the same failure can arrive: wait before restoring the listeners.
        await new Promise(setImmediate);
        for (const each of undo) each();
        process.removeListener("unhandledRejection", fail);
        for (const listener of others) process.on("unhandledRejection", listener);
    }
}

/** A policy document whose actions, resources, and principals are always lists. */
export interface Policy {
    Statement: {
        Sid?: string;
        Effect: string;
        Action: string[];
        Resource: string[];
        Principal: string[];
        Condition?: Record<string, Record<string, string | string[]>>;
    }[];
}

/** Parses a policy document from a recorded input. */
export function parsePolicy(text: unknown): Policy {
    const { Statement } = parseJson<{ Statement: Record<string, unknown>[] }>(text);
    const list = (value: unknown) => (value === undefined ? [] : [value].flat().map(String));
    return {
        Statement: Statement.map((it) => ({
            ...(it as unknown as Policy["Statement"][number]),
            Action: list(it.Action),
            Resource: list(it.Resource),
            Principal:
                typeof it.Principal === "object" && it.Principal !== null ? Object.values(it.Principal).flatMap(list) : list(it.Principal),
        })),
    };
}

/** Parses a recorded input that is JSON text, such as container definitions or event patterns. Throws if it isn't text. */
export function parseJson<T>(text: unknown): T {
    if (typeof text !== "string") throw new Error(`expected JSON text, got ${typeof text}`);
    return JSON.parse(text) as T;
}

/** The value of an output. */
export function resolve<T>(value: T): Promise<pulumi.Unwrap<T>> {
    return new Promise((done) => {
        pulumi.unsecret(pulumi.output(value)).apply((plainValue) => {
            done(plainValue);
        });
    });
}

function tokenOf(type: ResourceClass<never> | { name: string }): string {
    const token: unknown = Reflect.get(type, "__pulumiType");
    if (typeof token !== "string") throw new Error(`${type.name} has no type token: pass the token as a string`);
    return token;
}

function view<Args>(registered: Registered): Recorded<Args> {
    return {
        ...registered,
        inputs: plain(registered.inputs) as pulumi.Unwrap<NonNullable<Args>>,
        outputs: plain(registered.outputs) as Record<string, unknown>,
        isSecret: (input) => containsSecret(registered.inputs[input] ?? null),
    };
}

const UNKNOWN_ID = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function toDeployment(registered: readonly Registered[], options: { project: string; stack: string; region: string }): Deployment {
    const defaults = new Map<string, DeployedResource>();
    const providerFor = (type: string): string => {
        const pkg = type.split(":")[0] ?? "";
        const providerType = `pulumi:providers:${pkg}`;
        const urn = `urn:pulumi:${options.stack}::${options.project}::${providerType}::default`;
        if (!defaults.has(pkg)) {
            defaults.set(pkg, {
                urn,
                custom: true,
                id: UNKNOWN_ID,
                type: providerType,
                inputs: pkg === "aws" ? { region: options.region } : {},
            });
        }
        return `${urn}::${UNKNOWN_ID}`;
    };
    const resources = registered.map((it): DeployedResource => {
        const isProvider = it.type.startsWith("pulumi:");
        return {
            urn: it.urn,
            custom: it.custom,
            ...(it.id === undefined ? {} : { id: it.id }),
            type: it.type,
            inputs: masked(it.inputs) as Properties,
            outputs: masked(it.outputs) as Properties,
            ...(it.parent ? { parent: it.parent } : {}),
            dependencies: it.dependencies,
            propertyDependencies: it.propertyDependencies,
            ...(it.custom && !isProvider ? { provider: it.provider || providerFor(it.type) } : {}),
            ...(it.protect ? { protect: true } : {}),
            ...(it.retainOnDelete ? { retainOnDelete: true } : {}),
            ...(it.ignoreChanges.length > 0 ? { ignoreChanges: it.ignoreChanges } : {}),
        };
    });
    const manifest = { time: new Date(0).toISOString(), magic: "", version: "" };
    return { manifest, resources: [...defaults.values(), ...resources] };
}
