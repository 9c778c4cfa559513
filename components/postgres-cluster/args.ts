import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type * as random from "@pulumi/random";
import { POSITIVE, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import type { LogArgs, LogParts } from "../building-blocks/logs";
import { placementOf, type VpcPlacementArgs } from "../building-blocks/placement";
import type { GrantParts, ServiceRole } from "../building-blocks/iam";
import type { Each, Transforms } from "../building-blocks/parts";
import type { ConnectionParts } from "../building-blocks/security-groups";
import type { ReplicatedSecret } from "../replicated-secret";
import type { ProxyArgs } from "./proxy";
import type { ReadReplicaArgs } from "./read-replicas";
import type { RestoreArgs } from "./restore";
import { STORAGE_DEFAULTS, type StorageArgs } from "./storage";

/** Arguments of primaries and replicas. */
export interface PostgresCommonArgs extends VpcPlacementArgs, LogArgs, StorageArgs {
    /** Identifier of the instance: up to 63 lower-case letters, digits, and single hyphens. Other regions use it to refer to the instance. */
    identifier: string;
    /**
     * KMS key in the instance's region for storage, backups, Database Insights, and the connection secret. AWS can't change the key of an
     * existing primary's storage, so a change doesn't affect it.
     */
    kmsKeyArn: pulumi.Input<string>;
    /** Physical name of the secret that contains the connection: `ai-platform/prod/database`. */
    secretName: string;
    /** Days during which the deleted secret can be restored; its name can't be reused until they have passed. 7 to 30, or 0 for none. @default 7 */
    secretRecoveryWindowDays?: number;
    /** Major version 15, 16, or 17 with automatic minor upgrades, or a fixed minor version. @default "17" */
    engineVersion?: string;
    /** Allows `engineVersion` to change to a new major version. Requires `applyImmediately`. @default false */
    allowMajorVersionUpgrade?: boolean;
    /** @default "db.r6g.xlarge" */
    instanceClass?: string;
    /** Keeps a standby in a second Availability Zone, with failover in one to two minutes. Doubles the price. @default true */
    multiAz?: boolean;
    /** Name of the application's database. A replica must use the name of its source. */
    dbName: string;
    /** SQL statements to log. `all` includes parameter values, so log readers can see data. @default "ddl" */
    logStatement?: "all" | "mod" | "ddl" | "none";
    /** Logs statements that take at least this many milliseconds, up to 2147483647; 0 logs all, -1 none. AWS: `log_min_duration_statement`. @default 1000 */
    logMinDurationMs?: number;
    /** Days of automated backups, 1 to 35. @default 7 */
    backupRetentionPeriod?: number;
    /** Daily window for backups, in UTC, at least 30 minutes. @default "03:00-04:00" */
    backupWindow?: string;
    /** Weekly maintenance window, in UTC, at least 30 minutes, without overlapping `backupWindow`. @default "sun:04:00-sun:05:00" */
    maintenanceWindow?: string;
    /** Seconds between samples of enhanced monitoring: 1, 5, 10, 15, 30, 60, or 0 to turn it off. @default 60 */
    monitoringInterval?: number;
    /** Prevents deletion of the instance through any tool. @default true */
    deletionProtection?: boolean;
    /** Skips the final snapshot when the instance is deleted. AWS takes no final snapshot of a replica. @default false */
    skipFinalSnapshot?: boolean;
    /** Applies changes immediately instead of in the maintenance window. @default false */
    applyImmediately?: boolean;
    /** @default "rds-ca-rsa2048-g1" */
    caCertIdentifier?: string;
    /**
     * Path of RDS's certificate bundle (https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem) in the application's image. It
     * becomes `Root Certificate` in the connection string. @default none: the image sets `PGSSLROOTCERT` or trusts the bundle
     */
    rootCertificate?: string;
    /** RDS Proxy, which pools connections. That of a replica has no target until the promotion. @default none */
    proxy?: ProxyArgs;
    /**
     * Read replicas in the same region by name: 1 to 20 lower-case letters, digits, and single hyphens. Up to 15. Removing one deletes the
     * instance. @default none
     */
    readReplicas?: Record<string, ReadReplicaArgs>;
    transform?: Transforms<PostgresClusterParts>;
}

export interface PostgresClusterParts extends GrantParts, ConnectionParts, LogParts {
    securityGroup: typeof aws.ec2.SecurityGroup;
    subnetGroup: typeof aws.rds.SubnetGroup;
    parameterGroup: typeof aws.rds.ParameterGroup;
    /** Master password. A replica uses its source's. */
    password?: typeof random.RandomPassword;
    /** `postgresql` and `upgrade`; of a read replica `<name>-postgresql` and `<name>-upgrade`; `proxy`. */
    logs: Each<typeof aws.cloudwatch.LogGroup>;
    monitoringRole?: typeof ServiceRole;
    monitoringPolicy?: typeof aws.iam.RolePolicyAttachment;
    finalSnapshotSuffix: typeof random.RandomId;
    instance: typeof aws.rds.Instance;
    connectionSecret: typeof ReplicatedSecret;
    proxySecurityGroup?: typeof aws.ec2.SecurityGroup;
    proxySecret?: typeof ReplicatedSecret;
    proxyRole?: typeof ServiceRole;
    proxy?: typeof aws.rds.Proxy;
    proxyTargetGroup?: typeof aws.rds.ProxyDefaultTargetGroup;
    proxyTarget?: typeof aws.rds.ProxyTarget;
    readReplicas?: Each<typeof aws.rds.Instance>;
    readReplicaParameters?: Each<typeof aws.rds.ParameterGroup>;
    readReplicaSecrets?: Each<typeof ReplicatedSecret>;
    backupReplication?: typeof aws.rds.InstanceAutomatedBackupsReplication;
}

/** Arguments of a primary. */
export interface PostgresPrimaryArgs extends RestoreArgs {
    replicaOf?: undefined;
    /** Name of the master user: a letter, then letters, digits, and _, up to 63 characters; not a reserved word of PostgreSQL or RDS. */
    username: string;
    /** Increase to generate a new password, in the database and in the secret. @default 1 */
    passwordVersion?: number;
    /** Initial storage in GiB, 20 to 65536. @default 100 */
    allocatedStorage?: number;
    /** Limit of storage autoscaling in GiB, up to 65536: at least 110% of `allocatedStorage`, or equal to it for no autoscaling. @default 200 */
    maxAllocatedStorage?: number;
    /** Database Insights: `standard` keeps 7 days and is free; `advanced` keeps 465 days and is priced per vCPU. @default "standard" */
    databaseInsightsMode?: "standard" | "advanced";
    /** Region of the replicas of the connection secret and, optionally, the automated backups, and the KMS key in that region. @default none */
    recovery?: {
        region: string;
        kmsKeyArn: pulumi.Input<string>;
        /**
         * Replicates the automated backups, for point-in-time recovery in the other region. The first deployment waits 10 to 40 minutes
         * for the first copy. `Backups` copies snapshots without that wait. @default false
         */
        continuousBackups?: boolean;
    };
}

/** Arguments of a read replica of an instance in another region. It can be promoted to a standalone instance. */
export interface PostgresReplicaArgs {
    /** ARN of the source: `arn:aws:rds:us-east-1:123456789012:db:ai-platform-prod`. Keep it set after promotion. */
    replicaOf: { sourceArn: pulumi.Input<string> };
    /** Promotes the replica permanently: it accepts writes and no longer follows its source. @default false */
    promoted?: boolean;
    /**
     * Limit of storage autoscaling in GiB, 20 to 65536, at least that of the source: a full replica stops replicating.
     * @default the limit that AWS gives the replica, which later deployments keep
     */
    maxAllocatedStorage?: number;
    /** Master user of the source. The replica has the same user before and after promotion. */
    credentials: { username: pulumi.Input<string>; password: pulumi.Input<string> };
}

export type PostgresClusterArgs = PostgresCommonArgs & (PostgresPrimaryArgs | PostgresReplicaArgs);

export const DEFAULTS = {
    engineVersion: "17",
    allowMajorVersionUpgrade: false,
    instanceClass: "db.r6g.xlarge",
    multiAz: true,
    logStatement: "ddl",
    logMinDurationMs: 1000,
    backupRetentionPeriod: 7,
    backupWindow: "03:00-04:00",
    maintenanceWindow: "sun:04:00-sun:05:00",
    monitoringInterval: 60,
    deletionProtection: true,
    skipFinalSnapshot: false,
    applyImmediately: false,
    caCertIdentifier: "rds-ca-rsa2048-g1",
    ...STORAGE_DEFAULTS,
    readReplicas: {},
    proxy: {},
} satisfies Partial<PostgresCommonArgs>;

export const PRIMARY_DEFAULTS = {
    passwordVersion: 1,
    allocatedStorage: 100,
    maxAllocatedStorage: 200,
    databaseInsightsMode: "standard",
} satisfies Partial<PostgresPrimaryArgs>;

/** Lowest and highest values. */
export const BOUNDS = {
    storage: [20, 65536],
    backupRetentionPeriod: [1, 35],
    logMinDurationMs: [-1, 2147483647],
    passwordVersion: POSITIVE,
} as const;
export const LOG_STATEMENTS = ["none", "ddl", "mod", "all"] as const satisfies PostgresCommonArgs["logStatement"][];
export const DATABASE_INSIGHTS_MODES = ["standard", "advanced"] as const satisfies PostgresPrimaryArgs["databaseInsightsMode"][];

export type ResolvedPrimary = WithDefaults<PostgresPrimaryArgs, typeof PRIMARY_DEFAULTS>;

/** The arguments, completed with defaults. */
export type Resolved = WithDefaults<PostgresCommonArgs, typeof DEFAULTS> & (ResolvedPrimary | PostgresReplicaArgs);

/** A replica takes its user and storage from its source, so it has no defaults for them. */
export const resolved = (args: PostgresClusterArgs): Resolved =>
    args.replicaOf ? withDefaults(args, DEFAULTS) : withDefaults(args, { ...DEFAULTS, ...PRIMARY_DEFAULTS });

/** Properties that replace the instance. The new instance needs another snapshot name, because the previous snapshot stays. */
export const keepersOf = (args: Resolved) => ({
    identifier: args.identifier,
    dbName: args.dbName,
    // The name of a replica's user can be secret, and comes from its source.
    username: args.replicaOf ? "" : args.username,
    kmsKeyArn: args.kmsKeyArn,
    vpcId: placementOf(args, "data").vpcId,
});
