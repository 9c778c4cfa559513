import * as z from "zod";
import { DocumentCluster, type Network } from "../components";
import { BOUNDS, DEFAULTS } from "../components/document-cluster/args";
import { applyImmediately, instanceClass, optionalSystem, version, whole } from "./config/values";
import { dataStoreArgs, type Platform } from "./context";

export const documentsSection = z
    .strictObject({
        enabled: optionalSystem("a DocumentDB cluster", "Document ingest requires it."),
        instanceClass: instanceClass("docdb").default(DEFAULTS.instanceClass).describe("Instance class."),
        instances: whole(BOUNDS.instances).default(DEFAULTS.instances).describe("Number of instances: a writer and its readers."),
        passwordVersion: version().default(DEFAULTS.passwordVersion).describe("Increase by one to generate a new master password."),
        backupRetentionPeriod: whole(BOUNDS.backupRetentionPeriod, "days")
            .default(DEFAULTS.backupRetentionPeriod)
            .describe("Days of point-in-time recovery."),
        applyImmediately: applyImmediately(),
    })
    .prefault({});

export function createDocuments(platform: Platform, { network }: { network: Network }): DocumentCluster | undefined {
    const { config, names, opts } = platform;
    const { enabled, ...documents } = config.documents;
    if (!enabled) return undefined;
    return new DocumentCluster(
        "documents",
        {
            ...dataStoreArgs(platform, network),
            ...documents,
            identifier: names.documents,
            databaseName: "aiplatform",
            secretName: names.secret("documents"),
            deletionProtection: config.protectData,
        },
        opts,
    );
}
