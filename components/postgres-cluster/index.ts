import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
    keepersOf,
    type PostgresClusterArgs,
    type PostgresClusterParts,
    type PostgresReplicaArgs,
    PRIMARY_DEFAULTS,
    type Resolved,
    resolved,
    type ResolvedPrimary,
    validated,
} from "./args";
import { postgresAlarms } from "./alarms";
import { connectionStringOf } from "./connection-string";
import { ReplicatedSecret } from "../replicated-secret";
import { forwardLogs, logGroupArgs } from "../building-blocks/logs";
import { allowConnection, type Connectable, type Connection, securityGroupArgs } from "../building-blocks/security-groups";
import { grant, type Grantee, grantName, ServiceRole } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { placementOf } from "../building-blocks/placement";

export type { PostgresClusterArgs, PostgresClusterParts, PostgresCommonArgs, PostgresPrimaryArgs, PostgresReplicaArgs } from "./args";

/** Log types of RDS for PostgreSQL. */
const LOGS = ["postgresql", "upgrade"];

interface Credentials {
    username: pulumi.Input<string>;
    password: pulumi.Output<string>;
}

/**
 * A PostgreSQL instance on RDS: encrypted, backed up, and monitored, with its logs in encrypted log groups and its connection in a secret.
 * Connections require TLS, a password or an IAM token, and a security group rule. An instance is either a primary, or a replica of an
 * instance in another region until it is `promoted`.
 *
 * With the defaults (db.r6g.xlarge Multi-AZ, 100 GB), it costs about 680 USD a month; a Single-AZ replica costs 340 USD.
 *
 * Throws for versions that AWS no longer offers, invalid storage and windows, and reserved names. Doesn't use passwords managed by RDS,
 * because AWS doesn't support read replicas of such instances.
 */
export class PostgresCluster extends pulumi.ComponentResource implements Connectable, Monitored {
    readonly logicalName: string;
    readonly title: string;
    readonly securityGroupId: pulumi.Output<string>;
    readonly identifier: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** `db-ABC...`, for IAM authentication. A replica has its own. */
    readonly resourceId: pulumi.Output<string>;
    /** Host name, without the port. */
    readonly endpoint: pulumi.Output<string>;
    readonly port = 5432;
    readonly dbName: string;
    /** JSON with `host`, `port`, `database`, `username`, `password`, and `connectionString` (in the format of Npgsql). */
    readonly connectionSecret: ReplicatedSecret;
    private readonly args: Resolved;

    readonly nodes: Nodes<PostgresClusterParts>;
    private readonly parts: PartFactory<PostgresClusterParts>;

    constructor(name: string, inputs: PostgresClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = resolved(inputs);
        super("ai-platform:components:PostgresCluster", name, validated(name, args), opts);
        this.parts = new PartFactory<PostgresClusterParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.title = `PostgreSQL ${name}`;
        this.args = args;
        this.dbName = args.dbName;
        this.securityGroupId = this.parts.create(
            "securityGroup",
            aws.ec2.SecurityGroup,
            `${name}-access`,
            securityGroupArgs(`${name}-access`, `PostgreSQL of ${name}`, placementOf(args, "data").vpcId),
        ).id;
        const credentials = this.credentials();
        const instance = this.createInstance(credentials);
        this.identifier = instance.identifier;
        this.arn = instance.arn;
        this.resourceId = instance.resourceId;
        this.endpoint = instance.address;
        this.connectionSecret = this.createConnectionSecret(credentials);
        if (!args.replicaOf) this.replicateBackups(args.recovery);
        this.registerOutputs({ arn: this.arn, endpoint: this.endpoint, connectionSecretArn: this.connectionSecret.arn });
    }

    /** Allows connections from a component. */
    allowFrom(source: Connectable): Connection {
        return allowConnection(this.parts, source, this, this.port);
    }

    /**
     * Lets a role connect as a database user with an IAM token instead of a password. The user must exist and be a member of the
     * PostgreSQL role `rds_iam`.
     *
     * @throws Error if the name contains other characters than letters, digits, `_`, `.`, and `-`: `*` would allow all users
     */
    grantConnect(grantee: Grantee, user: string): aws.iam.RolePolicy {
        if (!/^[\w.-]{1,63}$/.test(user)) throw new Error(`grantConnect: user ${user} must be 1 to 63 letters, digits, and _ . -`);
        const users = pulumi.interpolate`arn:aws:rds-db:${regionOf(this)}:${accountOf(this)}:dbuser:${this.resourceId}/${user}`;
        return grant(this.parts, this.logicalName, grantee, grantName("connect", user), [
            { Effect: "Allow", Action: "rds-db:connect", Resource: users },
        ]);
    }

    /** Alarms of the instance. A replica also has alarms on its lag. */
    get alarms(): AlarmDefinition[] {
        const { args, identifier } = this;
        const { allocatedStorage } = args.replicaOf ? PRIMARY_DEFAULTS : args;
        return postgresAlarms({ identifier, instanceClass: args.instanceClass, allocatedStorage, isReplica: isReplica(args) });
    }

    /** Generated for a primary; a replica has its source's credentials. */
    private credentials(): Credentials {
        const { args } = this;
        if (args.replicaOf) return { username: args.credentials.username, password: pulumi.secret(args.credentials.password) };
        // Letters and digits need no escaping in a connection string; 48 of them have 285 bits.
        const password = this.parts.create(
            "password",
            random.RandomPassword,
            `${this.logicalName}-password`,
            { length: 48, special: false, keepers: { version: String(args.passwordVersion) } },
            { protect: false },
        );
        return { username: args.username, password: password.result };
    }

    private createInstance(credentials: Credentials): aws.rds.Instance {
        const { args } = this;
        // If the log groups don't exist, RDS creates them without encryption and retention.
        const logGroups = LOGS.map((kind) => {
            const logGroupName = `/aws/rds/instance/${args.identifier}/${kind}`;
            const name = `${this.logicalName}-${kind}-log`;
            const groupArgs = logGroupArgs(args, "database", logGroupName);
            const logs = this.parts.createEach("logs", kind, aws.cloudwatch.LogGroup, name, groupArgs);
            forwardLogs(this.parts, name, logs, args);
            return logs;
        });
        const monitoring = this.createMonitoring();
        return this.parts.create(
            "instance",
            aws.rds.Instance,
            `${this.logicalName}-instance`,
            {
                ...this.settings(),
                ...monitoring?.settings,
                ...this.whenDeleted(),
                ...(args.replicaOf ? ofReplica(args) : ofPrimary(args, credentials, this.dbName)),
            },
            {
                dependsOn: [...logGroups, ...(monitoring ? [monitoring.permission] : [])],
                customTimeouts: { create: "3h", update: "3h" },
                // Without an argument, the limit of a replica is the one that AWS set. The provider would turn autoscaling off.
                ...(args.maxAllocatedStorage === undefined ? { ignoreChanges: ["maxAllocatedStorage"] } : {}),
            },
        );
    }

    /** Settings of primaries and replicas, which don't change with a promotion. */
    private settings(): Omit<aws.rds.InstanceArgs, "instanceClass"> & { instanceClass: string } {
        const { args } = this;
        const { engineVersion } = args;
        const subnetGroup = this.parts.create("subnetGroup", aws.rds.SubnetGroup, `${this.logicalName}-subnets`, {
            subnetIds: placementOf(args, "data").subnetIds,
        });
        return {
            identifier: args.identifier,
            engine: "postgres",
            engineVersion,
            // A version with a minor number is pinned.
            autoMinorVersionUpgrade: !engineVersion.includes("."),
            allowMajorVersionUpgrade: args.allowMajorVersionUpgrade,
            applyImmediately: args.applyImmediately,
            instanceClass: args.instanceClass,
            storageType: "gp3",
            storageEncrypted: true,
            kmsKeyId: args.kmsKeyArn,
            multiAz: args.multiAz,
            port: this.port,
            publiclyAccessible: false,
            dbSubnetGroupName: subnetGroup.name,
            vpcSecurityGroupIds: [this.securityGroupId],
            parameterGroupName: this.createParameterGroup(engineVersion).name,
            caCertIdentifier: args.caCertIdentifier,
            iamDatabaseAuthenticationEnabled: true,
            enabledCloudwatchLogsExports: LOGS,
            performanceInsightsEnabled: true,
            performanceInsightsKmsKeyId: args.kmsKeyArn,
            // Also on a replica, so that a promotion doesn't wait for its first backup.
            backupRetentionPeriod: args.backupRetentionPeriod,
            backupWindow: args.backupWindow,
            // RDS returns lower case; any other spelling would show as a change on every run.
            maintenanceWindow: args.maintenanceWindow.toLowerCase(),
            copyTagsToSnapshot: true,
            deletionProtection: args.deletionProtection,
        };
    }

    private createParameterGroup(engineVersion: string): aws.rds.ParameterGroup {
        const { args } = this;
        const family = `postgres${engineVersion.split(".")[0]}`;
        const parameters = [
            { name: "log_statement", value: args.logStatement, applyMethod: "immediate" },
            { name: "log_min_duration_statement", value: String(args.logMinDurationMs), applyMethod: "immediate" },
            { name: "rds.force_ssl", value: "1", applyMethod: "pending-reboot" },
        ];
        return this.parts.create("parameterGroup", aws.rds.ParameterGroup, `${this.logicalName}-parameters`, {
            family,
            description: `PostgreSQL of ${this.logicalName}`,
            parameters,
        });
    }

    /** Enhanced monitoring: a role that writes to the log group `RDSOSMetrics`, and the settings of the instance. */
    private createMonitoring() {
        const { monitoringInterval, identifier } = this.args;
        if (monitoringInterval === 0) return undefined;
        const account = accountOf(this);
        const sourceArn = pulumi.interpolate`arn:aws:rds:${regionOf(this)}:${account}:db:${identifier}`;
        const role = this.parts.create("monitoringRole", ServiceRole, `${this.logicalName}-monitoring`, {
            service: "monitoring.rds.amazonaws.com",
            description: `Enhanced monitoring of ${this.logicalName}`,
            condition: { StringEquals: { "aws:SourceAccount": account }, ArnEquals: { "aws:SourceArn": sourceArn } },
        });
        const permission = this.parts.create("monitoringPolicy", aws.iam.RolePolicyAttachment, `${this.logicalName}-monitoring-policy`, {
            role: role.roleName,
            policyArn: "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
        });
        return { permission, settings: { monitoringInterval, monitoringRoleArn: role.arn } };
    }

    /** AWS rejects final snapshots of replicas, and names of existing snapshots. */
    private whenDeleted(): Partial<aws.rds.InstanceArgs> {
        const { args } = this;
        const name = `${this.logicalName}-final-snapshot`;
        const suffix = this.parts.create("finalSnapshotSuffix", random.RandomId, name, { byteLength: 4, keepers: keepersOf(args) });
        if (isReplica(args) || args.skipFinalSnapshot) return { skipFinalSnapshot: true, deleteAutomatedBackups: true };
        const finalSnapshotIdentifier = pulumi.interpolate`${args.identifier}-final-${suffix.hex}`;
        return { skipFinalSnapshot: false, finalSnapshotIdentifier, deleteAutomatedBackups: false };
    }

    private createConnectionSecret({ username, password }: Credentials): ReplicatedSecret {
        const { args, endpoint, port, dbName } = this;
        const connection = { host: endpoint, port, database: dbName, username, password };
        const connectionString = pulumi.output({ ...connection, rootCertificate: args.rootCertificate }).apply(connectionStringOf);
        const value = pulumi.jsonStringify({ ...connection, connectionString });
        return this.parts.create("connectionSecret", ReplicatedSecret, `${this.logicalName}-connection`, {
            secretName: args.secretName,
            description: `Connection to the PostgreSQL database ${args.identifier}`,
            kmsKeyArn: args.kmsKeyArn,
            value,
            recovery: args.replicaOf ? undefined : args.recovery,
            recoveryWindowDays: args.secretRecoveryWindowDays,
        });
    }

    private replicateBackups(recovery: ResolvedPrimary["recovery"]): void {
        if (!recovery?.continuousBackups) return;
        // This resource belongs to the destination region.
        this.parts.create("backupReplication", aws.rds.InstanceAutomatedBackupsReplication, `${this.logicalName}-backup-copies`, {
            region: recovery.region,
            sourceDbInstanceArn: this.arn,
            kmsKeyId: recovery.kmsKeyArn,
            retentionPeriod: this.args.backupRetentionPeriod,
        });
    }
}

const isReplica = (args: Resolved): boolean => args.replicaOf !== undefined && args.promoted !== true;

function ofPrimary(args: ResolvedPrimary, { username, password }: Credentials, dbName: string): Partial<aws.rds.InstanceArgs> {
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
    };
}

/**
 * A replica takes its user, password, database, storage, and life cycle support from its source. AWS rejects these properties, and the
 * Database Insights mode, on creation. They stay unset after a promotion, so that removing the source is the only change.
 */
function ofReplica({ promoted, replicaOf, maxAllocatedStorage }: PostgresReplicaArgs): Partial<aws.rds.InstanceArgs> {
    const replicateSourceDb = promoted ? undefined : replicaOf.sourceArn;
    return { replicateSourceDb, maxAllocatedStorage, performanceInsightsRetentionPeriod: 7 };
}
