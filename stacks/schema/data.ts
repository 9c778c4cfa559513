import * as z from "zod";
import { parseModelId } from "../../components/ai-services/models";
import { checkEngine, checkUser, checkWindows } from "../../components/postgres-cluster/args";
import { checkNode } from "../../components/redis-cluster/args";
import type { Check } from "../../components/building-blocks/arguments";
import { follows, together } from "./rules";
import { arn, cacheNode, dailyWindow, email, instanceClass, text, weeklyWindow, whole } from "./values";

const applyImmediately = () =>
    z
        .boolean()
        .default(false)
        .describe("Makes changes at once that otherwise wait for the maintenance window; some of them interrupt connections.");

/** What every database has, a replica too. */
const databaseKeys = {
    engineVersion: text(/^1[5-7](\.\d+)?$/, "15, 16 or 17, or a minor version such as 17.6")
        .superRefine(
            follows((check, engineVersion: string) => {
                checkEngine(check, { engineVersion });
            }),
        )
        .default("17")
        .describe("PostgreSQL version; with the major alone AWS takes and keeps the newest minor."),
    allowMajorVersionUpgrade: z
        .boolean()
        .default(false)
        .describe("Lets a new major version of engineVersion through; AWS refuses it otherwise. See docs/operations.md."),
    instanceClass: instanceClass().default("db.r6g.xlarge").describe("Instance class."),
    maxAllocatedStorage: whole(20, 65_536, "GiB").default(200).describe("Storage that it may grow to by itself."),
    multiAz: z.boolean().default(true).describe("A standby in a second zone; doubles the price of the instance and its storage."),
    name: text(/^[a-z][a-z0-9_]{0,62}$/, "1 to 63 lower-case letters, digits and _, beginning with a letter")
        .superRefine(
            follows((check, databaseName: string) => {
                checkEngine(check, { databaseName });
            }),
        )
        .default("aiplatform")
        .describe("Name of the database."),
    logStatement: z
        .enum(["none", "ddl", "mod", "all"])
        .default("all")
        .describe("Statements that go to the log; all shows parameters' values too."),
    backupRetentionDays: whole(1, 35, "days").default(7).describe("Days of point-in-time recovery."),
    backupWindow: dailyWindow().default("03:00-04:00").describe("When the daily snapshot is taken, UTC."),
    maintenanceWindow: weeklyWindow().default("sun:04:00-sun:05:00").describe("When AWS may patch, UTC."),
    applyImmediately: applyImmediately(),
};

interface Storage {
    allocatedStorage: number;
    maxAllocatedStorage: number;
}

function checkStorage(check: Check, { allocatedStorage, maxAllocatedStorage }: Storage): void {
    const below = `${maxAllocatedStorage} is below database.allocatedStorage ${allocatedStorage}`;
    check(maxAllocatedStorage >= allocatedStorage, "maxAllocatedStorage", below);
}

export const database = z
    .strictObject({
        ...databaseKeys,
        allocatedStorage: whole(20, 65_536, "GiB").default(100).describe("Storage at the start."),
        username: text(/^[a-z][a-z0-9_]{0,62}$/, "1 to 63 lower-case letters, digits and _, beginning with a letter")
            .superRefine(
                follows((check, username: string) => {
                    checkUser(check, { username });
                }),
            )
            .default("aiplatform")
            .describe("Name of the master user."),
        passwordVersion: whole(1, 1_000_000).default(1).describe("Raised by one to make a new master password."),
        insights: z
            .enum(["standard", "advanced"])
            .default("standard")
            .describe("Database Insights: standard keeps 7 days and is free, advanced 15 months."),
    })
    .prefault({})
    .superRefine(together(checkWindows))
    .superRefine(together(checkStorage));

/** A replica has its source's storage, user and password; what it has of its own stays as RDS made it. */
export const replica = z.strictObject(databaseKeys).prefault({}).superRefine(together(checkWindows));

export const cache = z
    .strictObject({
        engine: z.enum(["valkey", "redis"]).default("valkey").describe("Valkey is the open-source successor of Redis and a fifth cheaper."),
        nodeType: cacheNode().default("cache.r6g.large").describe("Node type."),
        nodes: whole(1, 6).default(3).describe("Nodes: a primary and its replicas; failover needs two."),
        tokenVersion: whole(1, 1_000_000).default(1).describe("Raised by one to make a new token; the last one stays valid beside it."),
        snapshotRetentionDays: whole(0, 35, "days").default(7).describe("Days that daily snapshots are kept."),
        applyImmediately: applyImmediately(),
    })
    .prefault({})
    .superRefine(together(checkNode));

export const documents = z
    .strictObject({
        enabled: z.boolean().default(true).describe("Whether there is a DocumentDB cluster; document ingest needs it."),
        instanceClass: instanceClass().default("db.r6g.large").describe("Instance class."),
        instances: whole(1, 16).default(2).describe("Instances: a writer and its readers."),
        passwordVersion: whole(1, 1_000_000).default(1).describe("Raised by one to make a new master password."),
        backupRetentionDays: whole(1, 35, "days").default(7).describe("Days of point-in-time recovery."),
        applyImmediately: applyImmediately(),
    })
    .prefault({});

const queryScanLimit = whole(1, 100_000, "GB").default(10).describe("Gigabytes that one Athena query may scan.");

export const lake = z
    .strictObject({
        tieringAfterDays: whole(0, 3650, "days").default(0).describe("Days before objects move to Intelligent-Tiering."),
        queryScanLimit,
        onlyThroughEndpoint: z
            .boolean()
            .default(true)
            .describe(
                "Refuses the lake's objects to the roles of the service and of ingest but through the network's S3 endpoint. Off where browsers use presigned URLs of the service.",
            ),
    })
    .prefault({});

/** A lake of copies, whose life follows that of what they are copies of. */
export const lakeOfCopies = z.strictObject({ queryScanLimit }).prefault({});

export const events = z
    .strictObject({
        archiveDays: whole(1, 3650, "days").default(30).describe("Days that the bus's archive can replay."),
        schemaDiscovery: z.boolean().default(false).describe("Lets EventBridge write down the schemas of events."),
        notificationEmails: z.array(email()).default([]).describe("Who gets the platform's notifications."),
    })
    .prefault({});

function checkModels(check: Check, models: string[]): void {
    check(
        models.every((model) => parseModelId(model)),
        "models",
        "must be model ids such as amazon.nova-lite-v1:0 or profile ids such as us.amazon.nova-lite-v1:0",
    );
    check(new Set(models).size === models.length, "models", "must name each model once");
}

export const ai = z
    .strictObject({
        models: z
            .array(text(/^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?$/, "a Bedrock model or inference profile, such as us.amazon.nova-lite-v1:0"))
            .min(1)
            .superRefine(follows(checkModels))
            .default(["us.amazon.nova-lite-v1:0"])
            .describe("Bedrock models and inference profiles that the platform may invoke; the first one serves document ingest."),
        invocationLogging: z
            .boolean()
            .default(false)
            .describe("Logs prompts and answers of every Bedrock call of this account and region: a setting that only one stack may own."),
        ingestConcurrency: whole(2, 1000).default(5).describe("Documents read at the same time."),
        functionRuntime: z
            .enum(["nodejs24.x", "nodejs22.x"])
            .default("nodejs24.x")
            .describe("Runtime of the functions; Lambda supports Node.js 24 until April 2028, 22 until April 2027."),
        endpoint: z
            .strictObject({
                image: text(/^[\w.-]+\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/.+$/, "an image in ECR").describe("Inference image in ECR."),
                modelDataUrl: text(/^s3:\/\/[a-z0-9.-]+\/.+$/, "an object in S3, such as s3://bucket/model.tar.gz").describe("Model data."),
                modelDataKeyArn: arn("kms")
                    .optional()
                    .describe("KMS key of the model data. Default: the platform's own in a bucket of its lake, none elsewhere."),
                memory: z
                    .literal([1024, 2048, 3072, 4096, 5120, 6144])
                    .default(2048)
                    .meta({ unit: "MiB" })
                    .describe("Memory of the serverless endpoint."),
                maxConcurrency: whole(1, 200).default(5).describe("Invocations at the same time."),
            })
            .optional()
            .describe("SageMaker serverless endpoint. Default: none."),
    })
    .prefault({});

export const delivery = z
    .strictObject({
        repository: text(/^[\w.-]+\/[\w.-]+$/, "owner/name").describe("Repository of the .NET service."),
        branch: text(/^[\w./-]+$/, "a branch")
            .default("main")
            .describe("Branch that is deployed."),
        siteRepository: text(/^[\w.-]+\/[\w.-]+$/, "owner/name")
            .optional()
            .describe("Repository of the Angular site. Default: no pipeline for the site."),
        siteOutputDirectory: text(/^(?!\/)(?!.*\.\.)[\w./-]+$/, "a directory of the repository, without ..")
            .default("dist/app/browser")
            .describe("Directory with index.html after the site's build."),
        connectionArn: arn("codeconnections")
            .optional()
            .describe("An existing code connection. Default: a new one, to be confirmed once in the console."),
        approval: z.boolean().default(true).describe("Asks a person before the dr region is deployed."),
    })
    .optional()
    .describe("Build and deployment pipelines. Default: none; images are pushed and deployed by other means.");
