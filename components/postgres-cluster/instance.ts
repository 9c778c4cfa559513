/** The parts of an instance that primaries, replicas in other regions, and read replicas share. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { forwardLogs, type LogArgs, logGroupArgs } from "../building-blocks/logs";
import { accountOf, regionOf } from "../building-blocks/provider";
import type { PartFactory } from "../building-blocks/parts";
import { ServiceRole } from "../building-blocks/iam";
import type { PostgresClusterParts, PostgresReplicaArgs, Resolved, ResolvedPrimary } from "./args";
import { isRestored, ofRestore } from "./restore";

export const PORT = 5432;
/** Log types of RDS for PostgreSQL. */
const LOGS = ["postgresql", "upgrade"];
/** Creating or changing an instance can copy the whole database. */
export const TIMEOUTS = { create: "3h", update: "3h" };

export interface Credentials {
    username: pulumi.Input<string>;
    password: pulumi.Output<string>;
}

/** Names of the resources that an instance is connected to. */
export interface Surroundings {
    dbSubnetGroupName: pulumi.Input<string>;
    securityGroupId: pulumi.Input<string>;
    parameterGroupName: pulumi.Input<string>;
}

/** Settings of primaries and replicas, which don't change with a promotion. */
export function settingsOf(args: Resolved, { securityGroupId, dbSubnetGroupName, parameterGroupName }: Surroundings) {
    const { engineVersion } = args;
    return {
        engine: "postgres",
        engineVersion,
        // A version with a minor number is pinned.
        autoMinorVersionUpgrade: !engineVersion.includes("."),
        allowMajorVersionUpgrade: args.allowMajorVersionUpgrade,
        applyImmediately: args.applyImmediately,
        storageEncrypted: true,
        port: PORT,
        publiclyAccessible: false,
        dbSubnetGroupName,
        parameterGroupName,
        vpcSecurityGroupIds: [securityGroupId],
        caCertIdentifier: args.caCertIdentifier,
        iamDatabaseAuthenticationEnabled: true,
        enabledCloudwatchLogsExports: LOGS,
        performanceInsightsEnabled: true,
        performanceInsightsKmsKeyId: args.kmsKeyArn,
        // RDS returns lower case; any other spelling would show as a change on every run.
        maintenanceWindow: args.maintenanceWindow.toLowerCase(),
        copyTagsToSnapshot: true,
    } satisfies Partial<aws.rds.InstanceArgs>;
}

/** Settings of a primary, and of a replica in another region. */
export const ownSettingsOf = (args: Resolved) =>
    ({
        identifier: args.identifier,
        instanceClass: args.instanceClass,
        storageType: args.storageType,
        iops: args.iops,
        storageThroughput: args.storageThroughput,
        kmsKeyId: args.kmsKeyArn,
        multiAz: args.multiAz,
        // Also on a replica, so that a promotion doesn't wait for its first backup.
        backupRetentionPeriod: args.backupRetentionPeriod,
        backupWindow: args.backupWindow,
        deletionProtection: args.deletionProtection,
    }) satisfies Partial<aws.rds.InstanceArgs>;

export function ofPrimary(args: ResolvedPrimary, { username, password }: Credentials, dbName: string): Partial<aws.rds.InstanceArgs> {
    const { allocatedStorage, maxAllocatedStorage, databaseInsightsMode, passwordVersion } = args;
    return {
        allocatedStorage,
        // RDS rejects a limit equal to the storage. Without a limit, the provider turns autoscaling off.
        maxAllocatedStorage: maxAllocatedStorage === allocatedStorage ? undefined : maxAllocatedStorage,
        dbName,
        username,
        passwordWo: password,
        passwordWoVersion: passwordVersion,
        databaseInsightsMode,
        performanceInsightsRetentionPeriod: databaseInsightsMode === "advanced" ? 465 : 7,
        engineLifecycleSupport: "open-source-rds-extended-support-disabled",
        ...(isRestored(args) ? ofRestore(args) : {}),
    };
}

/**
 * A replica takes its user, password, database, storage, and life cycle support from its source. AWS rejects these properties, and the
 * Database Insights mode, on creation. They stay unset after a promotion, so that removing the source is the only change.
 */
export function ofReplica({ promoted, replicaOf, maxAllocatedStorage }: PostgresReplicaArgs): Partial<aws.rds.InstanceArgs> {
    const replicateSourceDb = promoted ? undefined : replicaOf.sourceArn;
    return { replicateSourceDb, maxAllocatedStorage, performanceInsightsRetentionPeriod: 7 };
}

/** If the log groups of an instance don't exist, RDS creates them without encryption and retention. */
export function createLogs(
    parts: PartFactory<PostgresClusterParts>,
    args: LogArgs,
    { name, identifier, key = "" }: { name: string; identifier: string; key?: string },
): aws.cloudwatch.LogGroup[] {
    return LOGS.map((kind) => {
        const logName = `${name}-${kind}-log`;
        const groupArgs = logGroupArgs(args, "database", `/aws/rds/instance/${identifier}/${kind}`);
        const logs = parts.createEach("logs", `${key}${kind}`, aws.cloudwatch.LogGroup, logName, groupArgs);
        forwardLogs(parts, logName, logs, args);
        return logs;
    });
}

/** Parameters that a primary and its replicas share. */
export const parametersOf = (args: Resolved) => ({
    family: `postgres${args.engineVersion.split(".")[0]}`,
    parameters: [
        { name: "log_statement", value: args.logStatement, applyMethod: "immediate" },
        { name: "log_min_duration_statement", value: String(args.logMinDurationMs), applyMethod: "immediate" },
        { name: "rds.force_ssl", value: "1", applyMethod: "pending-reboot" },
    ],
});

/** Enhanced monitoring, and the permission that it depends on. */
export interface Monitoring {
    permission: pulumi.Resource;
    settings: Pick<aws.rds.InstanceArgs, "monitoringInterval" | "monitoringRoleArn">;
}

/** Names of an instance while another one replaces it (`npm run failback`): the new one before, and the old one afterward. */
const SUCCESSION = ["-next", "-retired-*"];

interface MonitoredInstances {
    name: string;
    monitoringInterval: number;
    identifiers: string[];
    /** Whether the first instance has a counterpart in another region, with which it can change roles. */
    hasCounterpart: boolean;
}

/** Enhanced monitoring of all instances: a role that writes to the log group `RDSOSMetrics`, and the settings. */
export function createMonitoring(
    parts: PartFactory<PostgresClusterParts>,
    owner: pulumi.ComponentResource,
    { name, monitoringInterval, identifiers, hasCounterpart }: MonitoredInstances,
): Monitoring | undefined {
    if (monitoringInterval === 0) return undefined;
    const account = accountOf(owner);
    const [own = ""] = identifiers;
    const names = [...identifiers, ...(hasCounterpart ? SUCCESSION.map((suffix) => own + suffix) : [])];
    const arns = names.map((identifier) => pulumi.interpolate`arn:aws:rds:${regionOf(owner)}:${account}:db:${identifier}`);
    const [first = "", ...others] = arns;
    const role = parts.create("monitoringRole", ServiceRole, `${name}-monitoring`, {
        service: "monitoring.rds.amazonaws.com",
        description: `Enhanced monitoring of ${name}`,
        condition: {
            StringEquals: { "aws:SourceAccount": account },
            ArnLike: { "aws:SourceArn": others.length === 0 ? first : arns },
        },
    });
    const permission = parts.create("monitoringPolicy", aws.iam.RolePolicyAttachment, `${name}-monitoring-policy`, {
        role: role.roleName,
        policyArn: "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
    });
    return { permission, settings: { monitoringInterval, monitoringRoleArn: role.arn } };
}
