/** Keys of earlier versions and their new names; `*` is for any name. An old key fails validation with the new name as the suggestion. */
export const RENAMED: Record<string, string> = {
    "ai.functionRuntime": "ingest.runtime",
    "ai.ingestConcurrency": "ingest.maximumConcurrency",
    "ai.endpoint.memory": "ai.endpoint.memorySizeInMb",
    "api.accountLogging": "api.manageAccountLogging",
    "api.burstLimit": "api.throttlingBurstLimit",
    "api.rateLimit": "api.throttlingRateLimit",
    "cache.snapshotRetentionDays": "cache.snapshotRetentionLimit",
    "database.backupRetentionDays": "database.backupRetentionPeriod",
    "database.insights": "database.databaseInsightsMode",
    "database.name": "database.dbName",
    "delivery.branch": "delivery.service.branch",
    "delivery.repository": "delivery.service.repositoryId",
    "delivery.siteOutputDirectory": "delivery.site.outputDirectory",
    "delivery.siteRepository": "delivery.site.repositoryId",
    "documents.backupRetentionDays": "documents.backupRetentionPeriod",
    "events.archiveDays": "events.archiveRetentionDays",
    "identity.mfa": "identity.mfaConfiguration",
    "identity.selfSignUp": "identity.allowAdminCreateUserOnly",
    "network.zoneNames": "network.availabilityZoneNames",
    "network.zones": "network.numberOfAvailabilityZones",
    "observability.anomalyDetection": "observability.costAnomalies",
    "observability.pagers": "observability.pagingWebhooks",
    "recovery.imagesOf": "recovery.additionalEnvironments",
    service: "services.api",
    "services.*.architecture": "services.*.cpuArchitecture",
    "services.*.cpuTarget": "services.*.scaling.cpuTarget",
    "services.*.exec": "services.*.enableExecuteCommand",
    "services.*.maxCount": "services.*.scaling.maxCapacity",
    "services.*.memoryTarget": "services.*.scaling.memoryTarget",
    "services.*.minCount": "services.*.scaling.minCapacity",
    "services.*.requestsPerTarget": "services.*.scaling.requestsPerTarget",
    "services.*.waitUntilSteady": "services.*.waitForSteadyState",
};

/** The new name of a key of an earlier version. */
export function newNameOf(path: PropertyKey[]): string | undefined {
    const [first, name = "", ...rest] = path.map(String);
    const renamed = RENAMED[path.join(".")] ?? RENAMED[[first, "*", ...rest].join(".")];
    return renamed?.replace("*", name);
}

/** New keys whose value is the opposite of the old key's. */
export const OPPOSITE = ["identity.allowAdminCreateUserOnly"];
