import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ObjectStore } from "../existing-bucket";
import { PrivateBucket } from "../private-bucket";
import { type Check, checked, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { readObjects, writeObjects } from "../internal/bucket-permissions";
import { grant, type Grantee, type Statement } from "../building-blocks/iam";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Transform, transformed } from "../building-blocks/transform";
import { glueTable, type LakeTable, tableProblems } from "./tables";

export interface LakeQueriesArgs {
    buckets: Record<"raw" | "curated", ObjectStore>;
    /** Physical name of the Glue database, as queries write it: lower-case letters, digits and _. */
    databaseName: string;
    /** Tables by name. */
    tables: Record<string, LakeTable>;
    /** KMS key of the buckets and of the results. */
    kmsKeyArn: pulumi.Input<string>;
    /** Physical name of the Athena workgroup. @default one that Pulumi generates */
    workgroupName?: string;
    /** Gigabytes that one query may scan before Athena stops it, at least 0.011. A terabyte costs 5 USD. @default 10 */
    scanLimitGigabytes?: number;
    /** Days after which results are deleted. @default 14 */
    resultDays?: number;
    /** Bucket that receives the access logs of the results' bucket. @default none */
    accessLogBucket?: pulumi.Input<string>;
    /** Deletes results and saved queries with the lake. @default false */
    forceDestroy?: boolean;
    transform?: {
        database?: Transform<aws.glue.CatalogDatabaseArgs>;
        workgroup?: Transform<aws.athena.WorkgroupArgs>;
        table?: Transform<aws.glue.CatalogTableArgs>;
    };
}

const DEFAULTS = { scanLimitGigabytes: 10, resultDays: 14, forceDestroy: false } satisfies Partial<LakeQueriesArgs>;
type Resolved = WithDefaults<LakeQueriesArgs, typeof DEFAULTS>;

/** The part of a `DataLake` that answers SQL: a Glue database with its tables, an Athena workgroup, and a bucket for results. */
export class LakeQueries extends pulumi.ComponentResource {
    readonly logicalName: string;
    readonly databaseName: pulumi.Output<string>;
    readonly workgroupName: pulumi.Output<string>;
    readonly results: PrivateBucket;
    private readonly workgroupArn: pulumi.Output<string>;
    private readonly args: Resolved;

    constructor(name: string, given: LakeQueriesArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:LakeQueries", name, validated(name, args), opts);
        this.logicalName = name;
        this.args = args;
        this.results = this.createResults();
        const workgroup = this.createWorkgroup();
        this.workgroupName = workgroup.name;
        this.workgroupArn = workgroup.arn;
        this.databaseName = this.createCatalog().name;
        this.registerOutputs({ databaseName: this.databaseName, workgroupName: this.workgroupName });
    }

    /** Lets a role query the tables in the workgroup and read the results. Nothing else of the buckets can be read by it. */
    grantQuery(grantee: Grantee): void {
        grant(this, this.logicalName, grantee, "query", [this.athena(), this.glue(), ...this.data(), ...this.resultObjects()]);
    }

    private athena(): Statement {
        return {
            Effect: "Allow",
            Action: [
                "athena:BatchGetQueryExecution",
                "athena:GetQueryExecution",
                "athena:GetQueryResults",
                "athena:GetWorkGroup",
                "athena:ListQueryExecutions",
                "athena:StartQueryExecution",
                "athena:StopQueryExecution",
            ],
            Resource: this.workgroupArn,
        };
    }

    private glue(): Statement {
        const catalog = pulumi.interpolate`arn:aws:glue:${regionOf(this)}:${accountOf(this)}`;
        return {
            Effect: "Allow",
            Action: ["glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"],
            Resource: [
                pulumi.interpolate`${catalog}:catalog`,
                pulumi.interpolate`${catalog}:database/${this.databaseName}`,
                ...Object.keys(this.args.tables).map((table) => pulumi.interpolate`${catalog}:table/${this.databaseName}/${table}`),
            ],
        };
    }

    private data(): Statement[] {
        const { buckets, kmsKeyArn, tables } = this.args;
        return Object.values(tables).flatMap(({ bucket, prefix }) =>
            readObjects({ arn: buckets[bucket].arn, region: regionOf(this), kmsKeyArn }, `${prefix}/`),
        );
    }

    private resultObjects(): Statement[] {
        const bucket = { arn: this.results.arn, region: regionOf(this), kmsKeyArn: this.args.kmsKeyArn };
        const uploads = ["s3:ListBucketMultipartUploads"];
        const parts = ["s3:ListMultipartUploadParts"];
        return [
            ...readObjects(bucket),
            ...writeObjects(bucket),
            { Effect: "Allow", Action: uploads, Resource: bucket.arn },
            { Effect: "Allow", Action: parts, Resource: pulumi.interpolate`${bucket.arn}/*` },
        ];
    }

    private createResults(): PrivateBucket {
        const { kmsKeyArn, accessLogBucket, forceDestroy, resultDays } = this.args;
        const expiry = { id: "results", status: "Enabled", filter: { prefix: "" }, expiration: { days: resultDays } };
        return new PrivateBucket(
            `${this.logicalName}-results`,
            { kmsKeyArn, versioned: false, lifecycleRules: [expiry], accessLogBucket, forceDestroy },
            { parent: this },
        );
    }

    private createWorkgroup(): aws.athena.Workgroup {
        const { kmsKeyArn, scanLimitGigabytes, transform } = this.args;
        return new aws.athena.Workgroup(
            `${this.logicalName}-workgroup`,
            transformed(transform?.workgroup, {
                name: this.args.workgroupName,
                description: "Queries over the data lake",
                forceDestroy: this.args.forceDestroy,
                configuration: {
                    // Whatever a client asks for, results go to the encrypted bucket and the limit holds.
                    enforceWorkgroupConfiguration: true,
                    publishCloudwatchMetricsEnabled: true,
                    bytesScannedCutoffPerQuery: Math.round(scanLimitGigabytes * 1e9),
                    resultConfiguration: {
                        outputLocation: pulumi.interpolate`s3://${this.results.bucketName}/results/`,
                        expectedBucketOwner: accountOf(this),
                        encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn },
                    },
                },
            }),
            { parent: this },
        );
    }

    private createCatalog(): aws.glue.CatalogDatabase {
        const { buckets, tables, databaseName, transform } = this.args;
        const databaseArgs = { name: databaseName, description: "Tables of the data lake" };
        const database = new aws.glue.CatalogDatabase(`${this.logicalName}-database`, transformed(transform?.database, databaseArgs), {
            parent: this,
        });
        for (const [table, described] of Object.entries(tables)) {
            const tableArgs = glueTable(table, database.name, buckets[described.bucket].bucketName, described);
            new aws.glue.CatalogTable(`${this.logicalName}-${table}`, transformed(transform?.table, tableArgs), { parent: this });
        }
        return database;
    }
}

function validated(name: string, args: LakeQueriesArgs) {
    return checked("LakeQueries", name, args, (check) => {
        checkQueries(check, args);
    });
}

/** The rules for what the queries take; the lake knows them too, so that its own arguments are refused before it makes anything. */
export function checkQueries(
    check: Check,
    args: Pick<LakeQueriesArgs, "databaseName" | "workgroupName" | "scanLimitGigabytes" | "resultDays"> & {
        tables?: Record<string, LakeTable>;
    },
): void {
    const { databaseName, workgroupName = "lake", scanLimitGigabytes, resultDays, tables = {} } = withDefaults(args, DEFAULTS);
    check(/^[a-z0-9_]{1,255}$/.test(databaseName), "databaseName", "must be 1 to 255 lower-case letters, digits and _");
    check(/^[\w.-]{1,128}$/.test(workgroupName), "workgroupName", "must be 1 to 128 letters, digits and . _ -");
    check(scanLimitGigabytes >= 0.011, "scanLimitGigabytes", "must be 0.011 or more: Athena takes no less than 10 MiB");
    check(isBetween(resultDays, 1, 3650), "resultDays", "must be between 1 and 3650");
    for (const [table, described] of Object.entries(tables)) {
        for (const problem of tableProblems(table, described)) check(false, `tables.${table}`, problem);
    }
}
