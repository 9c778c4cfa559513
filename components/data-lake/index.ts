import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ExistingBucket, type ObjectStore } from "../existing-bucket";
import { type EndpointRestriction, onlyThroughEndpoint } from "./endpoint-policy";
import { checkQueries, LakeQueries, type LakeQueriesArgs } from "./queries";
import { DOCUMENTS_TABLE, EVENTS_TABLE, type LakeTable } from "./tables";
import { ReplicatedBucket } from "../replicated-bucket";
import { checked, isBetween } from "../building-blocks/arguments";
import type { Grantee } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf } from "../building-blocks/provider";
import { type Transform } from "../building-blocks/transform";

/** One of the lake's buckets. */
export interface LakeBucketArgs {
    /** Physical name. @default one that Pulumi generates */
    bucketName?: pulumi.Input<string>;
    /** Physical name of the copy. Needed with `recovery`. @default none */
    copyBucketName?: pulumi.Input<string>;
    /**
     * Days after which objects of 128 KB and more move to S3 Intelligent-Tiering, which keeps what is not read cheap (0.0025 USD per 1,000
     * objects and month). @default 30 for raw, 0 (at once) for curated
     */
    tieringDays?: number;
    /**
     * Days without access after which Intelligent-Tiering archives an object: `archive` 90 to 730, `deepArchive` 180 to 730. What is archived must be
     * restored, in hours, before anyone can read it, Athena included. @default never
     */
    archiveDays?: { archive?: number; deepArchive?: number };
    /** Days after which old versions go. @default 30 */
    oldVersionDays?: number;
}

export interface DataLakeArgs {
    raw?: LakeBucketArgs;
    curated?: LakeBucketArgs;
    /**
     * Names of buckets that another stack made, in place of own ones: the copies, as the recovery region uses them. Refused together with
     * what only the maker of buckets can say. @default the lake makes its buckets
     */
    existing?: { raw: pulumi.Input<string>; curated: pulumi.Input<string> };
    /** KMS key of everything in the lake. */
    kmsKeyArn: pulumi.Input<string>;
    /** Region that gets copies of both buckets, and the KMS key there. @default none */
    recovery?: { region: string; kmsKeyArn: pulumi.Input<string> };
    /** Copies within 15 minutes, measured; see `ReplicatedBucketArgs.timeControl`. @default false */
    timeControl?: boolean;
    /** Bucket that receives the access logs of all buckets, in the same region. @default none */
    accessLogBucket?: pulumi.Input<string>;
    /** The same in the recovery region, for the copies. @default none */
    copyAccessLogBucket?: pulumi.Input<string>;
    /** Roles of the VPC that reach the objects of raw and curated through its S3 endpoint only. @default none */
    onlyThroughEndpoint?: EndpointRestriction;
    /**
     * Sends the events of the raw bucket to the region's default bus (`source` `aws.s3`). In a recovery region that stands by, false keeps
     * replicas from being taken for new objects. @default true
     */
    notifications?: boolean;
    /** Physical name of the Glue database, as queries write it: lower-case letters, digits and _. */
    databaseName: string;
    /** Tables by name. @default `documents` over curated and `events` over raw */
    tables?: Record<string, LakeTable>;
    /** Physical name of the Athena workgroup. @default one that Pulumi generates */
    workgroupName?: string;
    /** Gigabytes that one query may scan before Athena stops it, at least 0.011. @default 10 */
    scanLimitGigabytes?: number;
    /** Days after which query results are deleted. @default 14 */
    resultDays?: number;
    /** Deletes the objects with the buckets. For environments without data of value. @default false */
    forceDestroy?: boolean;
    transform?: LakeQueriesArgs["transform"] & { raw?: Transform<aws.s3.BucketArgs>; curated?: Transform<aws.s3.BucketArgs> };
}

/**
 * A data lake: a bucket for what comes in (`raw`), one for what was made of it (`curated`), copies of both in the recovery region, and SQL over
 * them by Athena, whose tables compute their partitions from the day (no crawler).
 *
 * Objects are encrypted with the key given, versioned, TLS only, and move to Intelligent-Tiering. The raw bucket tells EventBridge's default bus of
 * each object; it has no other notifications, and nobody else may configure them: a bucket has one configuration. Below `events/` it receives
 * what `EventHub` delivers, so a rule on its objects must leave that prefix out, or it feeds itself.
 *
 * Costs 0.023 USD per GB and month in each region (less as tiers go down), 0.02 USD per GB copied, 5 USD per terabyte queried.
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

    constructor(name: string, args: DataLakeArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ai-platform:components:DataLake", name, validated(name, args), opts);
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

    /** Lets a role query the tables through the workgroup, and read what they are made of. */
    grantQuery(grantee: Grantee): void {
        this.queries.grantQuery(grantee);
    }

    /** What replication of the buckets reports; nothing without time control. */
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
        return new ExistingBucket(`${this.logicalName}-${kind}`, { bucketName: args.existing[kind], kmsKeyArn }, { parent: this });
    }

    private createBucket(kind: "raw" | "curated", args: DataLakeArgs): ReplicatedBucket {
        const { onlyThroughEndpoint: restriction, transform } = args;
        const { bucketName, copyBucketName, oldVersionDays, archiveDays, tieringDays = DEFAULT_TIERING_DAYS[kind] } = args[kind] ?? {};
        const bucket = new ReplicatedBucket(
            `${this.logicalName}-${kind}`,
            {
                bucketName,
                copyBucketName,
                kmsKeyArn: args.kmsKeyArn,
                recovery: args.recovery,
                timeControl: args.timeControl,
                accessLogBucket: args.accessLogBucket,
                copyAccessLogBucket: args.copyAccessLogBucket,
                oldVersionDays,
                lifecycleRules: [tiering(tieringDays)],
                policy: (arn) => (restriction ? [onlyThroughEndpoint(arn, restriction, accountOf(this))] : []),
                // The endpoint is of this region; the copy is another's.
                copyPolicy: () => [],
                forceDestroy: args.forceDestroy,
                transform: { bucket: transform?.[kind] },
            },
            { parent: this },
        );
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
        new aws.s3.BucketIntelligentTieringConfiguration(
            `${this.logicalName}-${kind}-archive`,
            { bucket, name: "archive", tierings },
            { parent: this },
        );
    }

    private notifyEventBridge(): void {
        new aws.s3.BucketNotification(
            `${this.logicalName}-raw-events`,
            { bucket: this.raw.bucketName, eventbridge: true },
            { parent: this },
        );
    }

    private createQueries(args: DataLakeArgs): LakeQueries {
        const { kmsKeyArn, databaseName, workgroupName, scanLimitGigabytes, resultDays, accessLogBucket, forceDestroy, transform } = args;
        const { database, workgroup, table } = transform ?? {};
        return new LakeQueries(
            this.logicalName,
            {
                buckets: { raw: this.raw, curated: this.curated },
                tables: args.tables ?? { documents: DOCUMENTS_TABLE, events: EVENTS_TABLE },
                kmsKeyArn,
                databaseName,
                workgroupName,
                scanLimitGigabytes,
                resultDays,
                accessLogBucket,
                forceDestroy,
                transform: { database, workgroup, table },
            },
            { parent: this },
        );
    }
}

const DEFAULT_TIERING_DAYS = { raw: 30, curated: 0 };

function tiering(days: number): aws.types.input.s3.BucketLifecycleConfigurationRule {
    return {
        id: "intelligent-tiering",
        status: "Enabled",
        filter: { prefix: "" },
        transitions: [{ days, storageClass: "INTELLIGENT_TIERING" }],
    };
}

function validated(name: string, args: DataLakeArgs) {
    return checked("DataLake", name, args, (check) => {
        const { existing, recovery, onlyThroughEndpoint } = args;
        checkQueries(check, args);
        for (const argument of MAKERS_ARGUMENTS) {
            check(!existing || args[argument] === undefined, argument, "must be left out with existing: who made the buckets says it");
        }
        check(recovery !== undefined || !args.timeControl, "timeControl", "must be left out without recovery");
        check(recovery !== undefined || args.copyAccessLogBucket === undefined, "copyAccessLogBucket", "must be left out without recovery");
        check(!onlyThroughEndpoint || onlyThroughEndpoint.roles.length > 0, "onlyThroughEndpoint.roles", "must name a role or more");
        for (const kind of ["raw", "curated"] as const) {
            const { copyBucketName, tieringDays = DEFAULT_TIERING_DAYS[kind], archiveDays } = args[kind] ?? {};
            const { archive, deepArchive } = archiveDays ?? {};
            const named = copyBucketName !== undefined;
            check(
                existing !== undefined || named === (recovery !== undefined),
                `${kind}.copyBucketName`,
                "must be given with recovery, and only then",
            );
            check(isBetween(tieringDays, 0, 3650), `${kind}.tieringDays`, "must be between 0 and 3650");
            const empty = archiveDays && archiveDays.archive === undefined && archiveDays.deepArchive === undefined;
            check(!empty, `${kind}.archiveDays`, "must have archive or deepArchive");
            check(isBetween(archive ?? 90, 90, 730), `${kind}.archiveDays.archive`, "must be between 90 and 730");
            check(isBetween(deepArchive ?? 180, 180, 730), `${kind}.archiveDays.deepArchive`, "must be between 180 and 730");
            check(
                archive === undefined || deepArchive === undefined || archive < deepArchive,
                `${kind}.archiveDays.deepArchive`,
                "must be more than archive",
            );
        }
    });
}

const MAKERS_ARGUMENTS = ["raw", "curated", "recovery", "timeControl", "copyAccessLogBucket", "onlyThroughEndpoint"] as const;
