import type * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { DataLake, LogBucket, type Network } from "../components";
import { BOUNDS, BUCKET_DEFAULTS, DEFAULTS } from "../components/data-lake/args";
import type { PlatformConfig } from "./config";
import { optionalSystem, whole } from "./config/values";
import type { Platform } from "./context";

const queryScanLimit = z
    .number()
    .min(BOUNDS.queryScanLimit[0])
    .meta({ unit: "GB" })
    .default(DEFAULTS.queryScanLimit)
    .describe("Maximum amount of data that one Athena query can scan.");

const lakeEnabled = optionalSystem("the data lake", "Document ingest and the event stream require it.");

export const lakeSection = z
    .strictObject({
        enabled: lakeEnabled,
        tieringAfterDays: whole(BOUNDS.tieringAfterDays, "days")
            .default(BUCKET_DEFAULTS.tieringAfterDays)
            .describe("Days before objects move to S3 Intelligent-Tiering."),
        queryScanLimit,
        recovery: z
            .strictObject({
                timeControl: z
                    .boolean()
                    .default(false)
                    .describe(
                        "S3 Replication Time Control: replicates 99.99% of new objects to the other region within 15 minutes. Requires recovery. Costs 0.015 USD per GB.",
                    ),
                twoWay: z
                    .boolean()
                    .default(false)
                    .describe(
                        "Also replicates objects that are written in the recovery region, so that a failback doesn't have to copy them. Requires recovery.",
                    ),
            })
            .prefault({}),
        // Not the component's argument, which contains the endpoint and the roles.
        onlyThroughEndpoint: z
            .boolean()
            .default(true)
            .describe(
                "Requires the roles of the service and of document ingest to use the VPC's S3 endpoint for objects of the lake. Turn it off if browsers use presigned URLs from the service.",
            ),
    })
    .prefault({});

/** A lake of replicas: the primary stack configures the life cycle of the objects. */
export const replicatedLakeSection = z.strictObject({ enabled: lakeEnabled, queryScanLimit }).prefault({});

export function createLake(platform: Platform, { network, accessLogs }: { network: Network; accessLogs: LogBucket }): DataLake | undefined {
    const { config, data, names, opts } = platform;
    if (!config.lake.enabled) return undefined;
    const { endpointOnlyRoles, ...buckets } = data.lake;
    const forceDestroy = !config.protectData;
    const replicaLogs =
        data.recovery && new LogBucket("copy-access-logs", { ...logBucketArgs(config), region: data.recovery.region }, opts);
    return new DataLake(
        "lake",
        {
            ...buckets,
            kmsKeyArn: data.keys.data,
            databaseName: names.catalog,
            queryScanLimit: config.lake.queryScanLimit,
            recovery: data.recovery,
            onlyThroughEndpoint: endpointOnlyRoles && { vpcEndpointId: s3EndpointOf(network), roles: endpointOnlyRoles },
            accessLogBucket: accessLogs.bucketName,
            replicaAccessLogBucket: replicaLogs?.bucketName,
            forceDestroy,
        },
        opts,
    );
}

function s3EndpointOf({ s3EndpointId }: Network): pulumi.Output<string> {
    if (s3EndpointId) return s3EndpointId;
    // The configuration rejects this combination: stacks/config/existing-network.ts.
    throw new Error("lake.onlyThroughEndpoint requires an S3 endpoint");
}

/** Bucket for the access logs of the load balancer, the site, and the lake. */
export function createLogBucket({ config, opts }: Platform): LogBucket {
    return new LogBucket("access-logs", logBucketArgs(config), opts);
}

const logBucketArgs = ({ logRetention, protectData }: PlatformConfig) => ({
    expirationDays: logRetention.access,
    forceDestroy: !protectData,
});
