import * as pulumi from "@pulumi/pulumi";

/** The class of a resource, component, or `ServiceRole`, such as `typeof aws.rds.Instance`. `never` for the arguments accepts every class. */
type ResourceClass = new (name: string, args: never, opts?: pulumi.CustomResourceOptions) => object;
/** The class of a component whose arguments include `transform`. */
type ArgsOf<Class extends ResourceClass> = Exclude<ConstructorParameters<Class>[1], undefined>;

/**
 * Several resources of one class by key, such as the rules of an event bus by name.
 *
 * ```ts
 * interface Parts { queue: typeof aws.sqs.Queue; rules: Each<typeof aws.cloudwatch.EventRule> }
 * ```
 */
export interface Each<Class extends ResourceClass> {
    each: Class;
}

type Part = ResourceClass | Each<ResourceClass>;
type ClassOf<P> = P extends Each<infer Class> ? Class : P extends ResourceClass ? P : never;

/**
 * Changes an underlying resource of a component before it is created. Use it to set a property for which the component has no
 * argument.
 *
 * - An object replaces the properties that it contains.
 * - A function receives the arguments, the resource options, and the resource's name. It returns the properties to replace, or changes
 *   `args` in place. Changes to `opts` (`aliases`, `import`, `ignoreChanges`, `protect`, ...) take effect as well.
 *
 * ```ts
 * transform: { instance: { iops: 12000 } }
 * transform: { instance: (args, opts) => { opts.import = "ai-platform-prod"; } }
 * transform: { rule: (args) => ({ actions: append(args.actions, extra) }) } // `append` adds to a list or to an output
 * ```
 */
export type Transform<Args> = Partial<Args> | TransformFunction<Args>;

/** The function form of a `Transform`. */
export type TransformFunction<Args> =
    | ((args: Args, opts: pulumi.CustomResourceOptions, name: string) => Partial<Args>)
    | ((args: Args, opts: pulumi.CustomResourceOptions, name: string) => void);

/** The `transform` argument of a component, derived from the interface of its parts. */
export type Transforms<Parts> = { [Name in keyof Parts]?: Transform<ArgsOf<ClassOf<Exclude<Parts[Name], undefined>>>> };

type NodeOf<P> = P extends Each<infer Class> ? Readonly<Record<string, InstanceType<Class>>> : InstanceType<ClassOf<P>>;

/** The underlying resources of a component by part. Optional parts can be missing, depending on the arguments. */
export type Nodes<Parts> = { readonly [Name in keyof Parts]: NodeOf<Exclude<Parts[Name], undefined>> | Extract<Parts[Name], undefined> };

/**
 * Creates the resources of a component. Create every resource with `create` or `createEach`, so that it can be transformed and is
 * available in `nodes`.
 *
 * A part can also be a component or a `ServiceRole`. Its transform changes the arguments of the component, including its `transform`.
 *
 * ```ts
 * interface QueueParts { queue: typeof aws.sqs.Queue; policy?: typeof aws.sqs.QueuePolicy }
 *
 * const parts = new PartFactory<QueueParts>(this, args.transform);
 * const queue = parts.create("queue", aws.sqs.Queue, name, { fifoQueue: true });
 * this.nodes = parts.nodes;
 * ```
 */
export class PartFactory<Parts extends { [Name in keyof Parts]: Part | undefined }> {
    private readonly created: Record<string, object> = {};

    /** @param parent the component, which is the default parent of its resources */
    constructor(
        readonly parent: pulumi.Resource | undefined,
        private readonly transforms: Transforms<Parts> | undefined,
    ) {}

    /**
     * Creates the only resource of a part.
     *
     * @throws Error if the part exists already
     */
    create<Name extends keyof Parts & string, Class extends ClassOf<Exclude<Parts[Name], undefined>>>(
        part: Name,
        type: Class,
        name: string,
        args: ArgsOf<Class>,
        opts?: pulumi.CustomResourceOptions,
    ): InstanceType<Class> {
        if (part in this.created)
            throw new Error(`the part ${part} of ${name} exists already: use createEach for several resources of a part`);
        const resource = this.construct(part, type, name, args, opts);
        this.created[part] = resource;
        return resource;
    }

    /** Creates one of several resources of a part; `key` is its key in `nodes`. */
    createEach<Name extends keyof Parts & string, Class extends ClassOf<Exclude<Parts[Name], undefined>>>(
        part: Name,
        key: string,
        type: Class,
        name: string,
        args: ArgsOf<Class>,
        opts?: pulumi.CustomResourceOptions,
    ): InstanceType<Class> {
        const resource = this.construct(part, type, name, args, opts);
        Object.assign((this.created[part] ??= {}), { [key]: resource });
        return resource;
    }

    /**
     * The arguments that `create` would pass to a resource, for hashes of them. Calls the transform function once more, so its result must
     * not depend on the number of calls.
     */
    argsOf<Name extends keyof Parts & string, Class extends ClassOf<Exclude<Parts[Name], undefined>>>(
        part: Name,
        _type: Class,
        name: string,
        args: ArgsOf<Class>,
    ): ArgsOf<Class> {
        return transformed(this.transforms?.[part], name, args, {})[0];
    }

    /** The resources created so far. Grants and rules that are added later appear in the same object. */
    get nodes(): Nodes<Parts> {
        return this.created as Nodes<Parts>;
    }

    private construct<Class extends ResourceClass>(
        part: keyof Parts & string,
        type: Class,
        name: string,
        args: ArgsOf<Class>,
        opts: pulumi.CustomResourceOptions = {},
    ): InstanceType<Class> {
        const transform = this.transforms?.[part];
        const [newArgs, newOpts] = transformed(transform, name, args, { parent: this.parent, ...opts });
        return new type(name, newArgs, newOpts) as InstanceType<Class>;
    }
}

/** The arguments and options of a resource after its transform. The originals are not modified. */
function transformed<Args>(
    transform: Transform<Args> | undefined,
    name: string,
    args: Args,
    opts: pulumi.CustomResourceOptions,
): [args: Args, opts: pulumi.CustomResourceOptions] {
    if (transform === undefined) return [args, opts];
    const [newArgs, newOpts] = [{ ...args }, { ...opts }];
    const changes = typeof transform === "function" ? transform(newArgs, newOpts, name) : transform;
    return [{ ...newArgs, ...(changes ?? {}) }, newOpts];
}

/** A list property with additional items. For `transform`, where a list can be an array or an output. */
export function append<T>(
    list: pulumi.Input<pulumi.Input<T>[] | undefined> | undefined,
    ...items: pulumi.Input<T>[]
): pulumi.Input<pulumi.Input<T>[]> {
    if (list === undefined || Array.isArray(list)) return [...(list ?? []), ...items];
    return pulumi.all([list, pulumi.all(items)]).apply(([before, after]) => [...(before ?? []), ...after] as T[]);
}
