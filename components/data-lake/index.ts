import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ExistingBucket, type ObjectStore } from "../existing-bucket";
import { type DataLakeArgs, type DataLakeParts, BUCKET_DEFAULTS, type LakeBucketArgs, validated } from "./args";
import { onlyThroughEndpoint } from "./endpoint-policy";
import { LakeQueries } from "./queries";
import { DOCUMENTS_TABLE, EVENTS_TABLE } from "./tables";
import { ReplicatedBucket } from "../replicated-bucket";
import type { Grantee } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf } from "../building-blocks/provider";
import { type Nodes, PartFactory } from "../building-blocks/parts";

export type { DataLakeArgs, DataLakeParts, LakeBucketArgs };

/**
 * A data lake: buckets for incoming objects (`raw`) and for results (`curated`), replicas of both in the recovery region, and SQL queries with
 * Athena. Tables project their partitions from the date, so there is no crawler.
 *
 * Objects are encrypted, versioned, accessible over TLS only, and move to Intelligent-Tiering. The raw bucket sends its events to EventBridge's
 * default bus. A bucket has one notification configuration, so don't add another. `EventHub` delivers events below `events/`: exclude that prefix
 * from rules on the bucket's objects, or they trigger themselves.
 *
 * Costs 0.023 USD per GB-month in each region (less as tiers go down), 0.02 USD per GB copied, 5 USD per terabyte queried.
 */
export class DataLake extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title = "Data lake";
    readonly raw: ObjectStore;
    readonly curated: ObjectStore;
    readonly databaseName: pulumi.Output<string>;
    readonly workgroupName: pulumi.Output<string>;
    readonly resultsBucketName: pulumi.Output<string>;
    private readonly queries: LakeQueries;

    readonly nodes: Nodes<DataLakeParts>;
    private readonly parts: PartFactory<DataLakeParts>;

    constructor(name: string, args: DataLakeArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ai-platform:components:DataLake", name, validated(name, args), opts);
        this.parts = new PartFactory<DataLakeParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.raw = this.bucket("raw", args);
        this.curated = this.bucket("curated", args);
        if (args.notifications ?? true) this.notifyEventBridge();
        this.queries = this.createQueries(args);
        this.databaseName = this.queries.databaseName;
        this.workgroupName = this.queries.workgroupName;
        this.resultsBucketName = this.queries.results.bucketName;
        this.registerOutputs({
            rawBucketName: this.raw.bucketName,
            curatedBucketName: this.curated.bucketName,
            databaseName: this.databaseName,
            workgroupName: this.workgroupName,
        });
    }

    /** Lets a role query the tables in the workgroup, and read the objects that they are based on. */
    grantQuery(grantee: Grantee): aws.iam.RolePolicy {
        return this.queries.grantQuery(grantee);
    }

    /** Alarms on the replication of the buckets, in the region of the metric. */
    get alarms(): AlarmDefinition[] {
        return (
            [
                ["raw", this.raw],
                ["curated", this.curated],
            ] as const
        ).flatMap(([kind, bucket]) =>
            bucket instanceof ReplicatedBucket ? bucket.alarms.map((alarm) => ({ ...alarm, name: `${kind}-${alarm.name}` })) : [],
        );
    }

    private bucket(kind: "raw" | "curated", args: DataLakeArgs): ObjectStore {
        const { kmsKeyArn } = args;
        if (!args.existing) return this.createBucket(kind, args);
        return this.parts.createEach("existingBuckets", kind, ExistingBucket, `${this.logicalName}-${kind}`, {
            bucketName: args.existing[kind],
            kmsKeyArn,
        });
    }

    private createBucket(kind: "raw" | "curated", args: DataLakeArgs): ReplicatedBucket {
        const { onlyThroughEndpoint: restriction } = args;
        const {
            bucketName,
            replicaBucketName,
            oldVersionDays,
            archiveDays,
            tieringAfterDays = BUCKET_DEFAULTS.tieringAfterDays,
        } = args[kind] ?? {};
        const bucket = this.parts.createEach("buckets", kind, ReplicatedBucket, `${this.logicalName}-${kind}`, {
            bucketName,
            replicaBucketName,
            kmsKeyArn: args.kmsKeyArn,
            recovery: args.recovery,
            timeControl: args.timeControl,
            twoWay: args.twoWay,
            accessLogBucket: args.accessLogBucket,
            replicaAccessLogBucket: args.replicaAccessLogBucket,
            oldVersionDays,
            lifecycleRules: [tiering(tieringAfterDays)],
            policy: (arn) => (restriction ? [onlyThroughEndpoint(arn, restriction, accountOf(this))] : []),
            // The endpoint is in this region, the replica isn't.
            replicaPolicy: () => [],
            forceDestroy: args.forceDestroy,
        });
        if (archiveDays) this.archive(kind, bucket.bucketName, archiveDays);
        return bucket;
    }

    private archive(
        kind: string,
        bucket: pulumi.Output<string>,
        { archive, deepArchive }: NonNullable<LakeBucketArgs["archiveDays"]>,
    ): void {
        const tierings = [
            ...(archive === undefined ? [] : [{ accessTier: "ARCHIVE_ACCESS", days: archive }]),
            ...(deepArchive === undefined ? [] : [{ accessTier: "DEEP_ARCHIVE_ACCESS", days: deepArchive }]),
        ];
        this.parts.createEach("archives", kind, aws.s3.BucketIntelligentTieringConfiguration, `${this.logicalName}-${kind}-archive`, {
            bucket,
            name: "archive",
            tierings,
        });
    }

    private notifyEventBridge(): void {
        this.parts.create("notification", aws.s3.BucketNotification, `${this.logicalName}-raw-events`, {
            bucket: this.raw.bucketName,
            eventbridge: true,
        });
    }

    private createQueries(args: DataLakeArgs): LakeQueries {
        const { kmsKeyArn, databaseName, workgroupName, queryScanLimit, resultDays, accessLogBucket, forceDestroy } = args;
        return this.parts.create("queries", LakeQueries, this.logicalName, {
            buckets: { raw: this.raw, curated: this.curated },
            tables: args.tables ?? { documents: DOCUMENTS_TABLE, events: EVENTS_TABLE },
            kmsKeyArn,
            databaseName,
            workgroupName,
            queryScanLimit,
            resultDays,
            accessLogBucket,
            forceDestroy,
        });
    }
}

function tiering(days: number): aws.types.input.s3.BucketLifecycleConfigurationRule {
    return {
        id: "intelligent-tiering",
        status: "Enabled",
        filter: { prefix: "" },
        transitions: [{ days, storageClass: "INTELLIGENT_TIERING" }],
    };
}
