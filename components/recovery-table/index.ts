import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checked } from "../building-blocks/arguments";
import { type Each, type Nodes, PartFactory, type Transforms } from "../building-blocks/parts";

export interface RecoveryTableArgs {
    /** Physical name: 3 to 255 letters, digits, `_`, `.`, and `-`. A failover looks the table up by name. */
    tableName: string;
    /** Settings of a new table. Without it, the table exists, and only the descriptions are written. @default none */
    create?: {
        /** ARN of the KMS key in the region of the table. */
        kmsKeyArn: pulumi.Input<string>;
        /** Prevents deletion of the table through any tool. @default true */
        deletionProtectionEnabled?: boolean;
    };
    /** Region of the table: the one that a failover moves to. @default the provider's */
    region?: string;
    /** What a failover switches in a stack, by the name of its item. Values become JSON. They must not contain secrets. @default none */
    descriptions?: Record<string, pulumi.Input<unknown>>;
    transform?: Transforms<RecoveryTableParts>;
}

export interface RecoveryTableParts {
    /** Missing without `create`. */
    table?: typeof aws.dynamodb.Table;
    /** By the name of the item. */
    descriptions: Each<typeof aws.dynamodb.TableItem>;
}

/** Attribute that identifies an item. */
const HASH_KEY = "id";

/**
 * A DynamoDB table that records which of two stacks is active, the progress of failovers, and what a failover switches in each stack. `npm run
 * failover` reads and writes it, so it's in the region that must work during a failover.
 *
 * The table is encrypted, has point-in-time recovery, and costs less than 0.01 USD a month.
 */
export class RecoveryTable extends pulumi.ComponentResource {
    readonly logicalName: string;
    readonly tableName: pulumi.Output<string>;

    readonly nodes: Nodes<RecoveryTableParts>;
    private readonly parts: PartFactory<RecoveryTableParts>;

    constructor(name: string, args: RecoveryTableArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ai-platform:components:RecoveryTable", name, validated(name, args), opts);
        this.parts = new PartFactory<RecoveryTableParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        const { region, descriptions = {} } = args;
        this.tableName = this.createTable(args);
        for (const [item, description] of Object.entries(descriptions)) {
            this.parts.createEach("descriptions", item, aws.dynamodb.TableItem, `${name}-${item.replaceAll("/", "-")}`, {
                region,
                tableName: this.tableName,
                hashKey: HASH_KEY,
                item: pulumi.jsonStringify({ [HASH_KEY]: { S: item }, description: { S: pulumi.jsonStringify(description) } }),
            });
        }
        this.registerOutputs({ tableName: this.tableName });
    }

    private createTable({ tableName, create, region }: RecoveryTableArgs): pulumi.Output<string> {
        if (!create) return pulumi.output(tableName);
        const { kmsKeyArn, deletionProtectionEnabled = true } = create;
        return this.parts.create("table", aws.dynamodb.Table, `${this.logicalName}-table`, {
            region,
            name: tableName,
            billingMode: "PAY_PER_REQUEST",
            hashKey: HASH_KEY,
            attributes: [{ name: HASH_KEY, type: "S" }],
            serverSideEncryption: { enabled: true, kmsKeyArn },
            pointInTimeRecovery: { enabled: true },
            deletionProtectionEnabled,
        }).name;
    }
}

function validated(name: string, args: RecoveryTableArgs) {
    return checked("RecoveryTable", name, args, (check) => {
        check(/^[\w.-]{3,255}$/.test(args.tableName), "tableName", "must be 3 to 255 letters, digits, _, ., and -");
        for (const item of Object.keys(args.descriptions ?? {})) {
            check(/^[a-z]+(\/[a-z0-9-]+)*$/.test(item), `descriptions["${item}"]`, "must be lower-case words, separated by /");
        }
    });
}
