import * as pulumi from "@pulumi/pulumi";

/** The class of a resource or component, such as `typeof aws.rds.Instance`. `never` for the arguments accepts every class. */
type ResourceClass = new (name: string, args: never, opts?: pulumi.CustomResourceOptions) => pulumi.Resource;
/** The class of a component whose arguments include `transform`. */
type ArgsOf<Class extends ResourceClass> = Exclude<ConstructorParameters<Class>[1], undefined>;

/**
 * Several resources of one class, by key: the rules of a route table, one per destination.
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
 * Changes one underlying resource of a component just before it is created: the way to set a property that the component has no
 * argument for.
 *
 * - An object replaces the properties that it names.
 * - A function receives the arguments, the resource options and the resource's name. It returns the properties to replace, or changes
 *   `args` in place. Changes to `opts` (`aliases`, `import`, `ignoreChanges`, `protect`, ...) take effect as well.
 *
 * ```ts
 * transform: { instance: { iops: 12000 } }
 * transform: { instance: (args, opts) => { opts.import = "ai-platform-prod"; } }
 * transform: { rule: (args) => ({ actions: append(args.actions, extra) }) } // `append` adds to a list, whether known or an output
 * ```
 */
export type Transform<Args> = Partial<Args> | TransformFunction<Args>;

/** The function form of a `Transform`. */
export type TransformFunction<Args> =
    | ((args: Args, opts: pulumi.CustomResourceOptions, name: string) => Partial<Args>)
    | ((args: Args, opts: pulumi.CustomResourceOptions, name: string) => void);

/** The `transform` argument of a component, from the interface that names its parts. */
export type Transforms<Parts> = { [Name in keyof Parts]?: Transform<ArgsOf<ClassOf<Exclude<Parts[Name], undefined>>>> };

type NodeOf<P> = P extends Each<infer Class> ? Readonly<Record<string, InstanceType<Class>>> : InstanceType<ClassOf<P>>;

/** The underlying resources of a component by part. A part that is optional in `Parts` is missing where the arguments don't ask for it. */
export type Nodes<Parts> = { readonly [Name in keyof Parts]: NodeOf<Exclude<Parts[Name], undefined>> | Extract<Parts[Name], undefined> };

/**
 * Creates the resources of a component. Every resource goes through `create` or `createEach`, so that all of them can be transformed and
 * are available as `nodes`.
 *
 * A part can be a component too; its transform changes the component's arguments, including its own `transform`.
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
    private readonly created: Record<string, pulumi.Resource | Record<string, pulumi.Resource>> = {};

    /** @param parent the component; it becomes the parent of every resource unless `opts` names another one */
    constructor(
        readonly parent: pulumi.Resource | undefined,
        private readonly transforms: Transforms<Parts> | undefined,
    ) {}

    /** Creates the only resource of a part. */
    create<Name extends keyof Parts & string, Class extends ClassOf<Exclude<Parts[Name], undefined>>>(
        part: Name,
        type: Class,
        name: string,
        args: ArgsOf<Class>,
        opts?: pulumi.CustomResourceOptions,
    ): InstanceType<Class> {
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
        const others = this.created[part] ?? {};
        this.created[part] = { ...(others as Record<string, pulumi.Resource>), [key]: resource };
        return resource;
    }

    /** The resources created so far. The object stays current: grants and rules that are added later appear in it. */
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
export function transformed<Args>(
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

/** A list property with more items, whether the list is known or an output. For `transform`, where every list is an input of either kind. */
export function append<T>(list: pulumi.Input<pulumi.Input<T>[]> | undefined, ...items: pulumi.Input<T>[]): pulumi.Input<pulumi.Input<T>[]> {
    if (list === undefined || Array.isArray(list)) return [...(list ?? []), ...items];
    return pulumi.all([list, pulumi.all(items)]).apply(([before, after]) => [...before, ...after] as T[]);
}

/** TEMPORARY, until every component creates its resources by a PartFactory. */
export const partsOf = <Parts extends { [Name in keyof Parts]: Part | undefined }>(
    parts: PartFactory<Parts> | pulumi.Resource,
): PartFactory<Parts> => (parts instanceof PartFactory ? parts : new PartFactory<Parts>(parts, undefined));
