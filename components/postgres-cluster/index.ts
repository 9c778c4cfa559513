import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { type PostgresClusterArgs, type PostgresReplicaArgs, type Resolved, resolved, type ResolvedPrimary, validated } from "./args";
import { postgresAlarms } from "./alarms";
import { ReplicatedSecret } from "../replicated-secret";
import { logGroup } from "../building-blocks/logs";
import { allowConnection, type Connectable, securityGroup } from "../building-blocks/security-groups";
import { grant, type Grantee, trustPolicy } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf, regionOf } from "../building-blocks/provider";
import { transformed } from "../building-blocks/transform";

export type { PostgresClusterArgs, PostgresCommonArgs, PostgresPrimaryArgs, PostgresReplicaArgs } from "./args";

/** Kinds of log that RDS for PostgreSQL writes. */
const LOGS = ["postgresql", "upgrade"];

interface Credentials {
    username: pulumi.Input<string>;
    password: pulumi.Output<string>;
}

/**
 * A PostgreSQL instance of RDS that nobody reaches without TLS, a password or an IAM token, and a security group's rule: encrypted,
 * backed up, monitored, its logs in encrypted log groups, its connection in a secret. As a primary it has data of its own; as a replica
 * it follows an instance in another region until `promoted`.
 *
 * With its defaults (db.r6g.xlarge in two zones, 100 GB) it costs about 680 USD a month, a replica in one zone 340.
 *
 * It refuses versions that AWS no longer offers, storage and windows out of AWS's bounds, and names that PostgreSQL reserves. It never
 * uses a password managed by RDS: AWS refuses read replicas of such an instance.
 */
export class PostgresCluster extends pulumi.ComponentResource implements Connectable, Monitored {
    readonly logicalName: string;
    readonly title = "Database (PostgreSQL)";
    readonly securityGroupId: pulumi.Output<string>;
    readonly identifier: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** `db-ABC...`, which IAM authentication names; a replica has one of its own. */
    readonly resourceId: pulumi.Output<string>;
    /** Host name, without the port. */
    readonly endpoint: pulumi.Output<string>;
    readonly port = 5432;
    readonly databaseName: string;
    /** JSON with `host`, `port`, `database`, `username`, `password` and `connectionString` (Npgsql's). */
    readonly connectionSecret: ReplicatedSecret;
    private readonly args: Resolved;

    constructor(name: string, given: PostgresClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = resolved(given);
        super("ai-platform:components:PostgresCluster", name, validated(name, args), opts);
        this.logicalName = name;
        this.args = args;
        this.databaseName = args.databaseName;
        this.securityGroupId = securityGroup(`${name}-access`, `PostgreSQL of ${name}`, args.vpcId, { parent: this }).id;
        const credentials = this.credentials();
        const instance = this.createInstance(credentials);
        this.identifier = instance.identifier;
        this.arn = instance.arn;
        this.resourceId = instance.resourceId;
        this.endpoint = instance.address;
        this.connectionSecret = this.createConnectionSecret(credentials);
        if (!args.replicaOf) this.copyBackups(args.recovery);
        this.registerOutputs({ arn: this.arn, endpoint: this.endpoint, connectionSecretArn: this.connectionSecret.arn });
    }

    /** Opens the database's port to a peer. */
    allowFrom(peer: Connectable): void {
        allowConnection(this, peer, this, this.port);
    }

    /**
     * Lets a role connect as a database user with an IAM token in place of a password. The user must exist and have PostgreSQL's role
     * `rds_iam`; the connection secret is not needed then.
     */
    grantConnect(grantee: Grantee, user: string): void {
        const users = pulumi.interpolate`arn:aws:rds-db:${regionOf(this)}:${accountOf(this)}:dbuser:${this.resourceId}/${user}`;
        grant(this, this.logicalName, grantee, "connect", [{ Effect: "Allow", Action: "rds-db:connect", Resource: users }]);
    }

    /** What is to be watched; a replica's lag as long as it is one. */
    get alarms(): AlarmDefinition[] {
        const { instanceClass, maxAllocatedStorage } = this.args;
        return postgresAlarms({ identifier: this.identifier, instanceClass, maxAllocatedStorage, isReplica: isReplica(this.args) });
    }

    /** A replica has its source's credentials; a primary's are made here. */
    private credentials(): Credentials {
        const { args } = this;
        if (args.replicaOf) return { username: args.credentials.username, password: pulumi.secret(args.credentials.password) };
        // Letters and digits only: nothing to escape in a connection string, and 285 bits all the same.
        const password = new random.RandomPassword(
            `${this.logicalName}-password`,
            { length: 48, special: false, keepers: { version: String(args.passwordVersion) } },
            // Not protected with the data: a new version replaces it.
            { parent: this, protect: false },
        );
        return { username: args.username, password: password.result };
    }

    private createInstance(credentials: Credentials): aws.rds.Instance {
        const { args } = this;
        // RDS makes the log groups itself where they are missing: unencrypted and for ever.
        const logGroups = LOGS.map((kind) => {
            const logGroupName = `/aws/rds/instance/${args.identifier}/${kind}`;
            return logGroup(`${this.logicalName}-${kind}-log`, args, { parent: this }, logGroupName);
        });
        const monitoring = this.createMonitoring();
        return new aws.rds.Instance(
            `${this.logicalName}-instance`,
            transformed(args.transform?.instance, {
                ...this.settings(),
                ...monitoring?.settings,
                ...this.whenDeleted(),
                ...(args.replicaOf ? ofReplica(args) : ofPrimary(args, credentials, this.databaseName)),
            }),
            {
                parent: this,
                dependsOn: [...logGroups, ...(monitoring ? [monitoring.permission] : [])],
                // A replica begins with a copy of the whole database from another region.
                customTimeouts: { create: "3h", update: "3h" },
            },
        );
    }

    /** What primaries and replicas have in common, and what must not change when one becomes the other. */
    private settings(): Omit<aws.rds.InstanceArgs, "instanceClass"> & { instanceClass: string } {
        const { args } = this;
        const { engineVersion } = args;
        const subnetGroup = new aws.rds.SubnetGroup(`${this.logicalName}-subnets`, { subnetIds: args.subnetIds }, { parent: this });
        return {
            identifier: args.identifier,
            engine: "postgres",
            engineVersion,
            // A version with a minor number is one to stay at.
            autoMinorVersionUpgrade: !engineVersion.includes("."),
            allowMajorVersionUpgrade: args.allowMajorVersionUpgrade,
            applyImmediately: args.applyImmediately,
            instanceClass: args.instanceClass,
            storageType: "gp3",
            maxAllocatedStorage: args.maxAllocatedStorage,
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
            // On a replica too: promotion must not wait for its first backup.
            backupRetentionPeriod: args.backupRetentionDays,
            backupWindow: args.backupWindow,
            maintenanceWindow: args.maintenanceWindow,
            copyTagsToSnapshot: true,
            deletionProtection: args.deletionProtection,
        };
    }

    private createParameterGroup(engineVersion: string): aws.rds.ParameterGroup {
        const { args } = this;
        const family = `postgres${engineVersion.split(".")[0]}`;
        const slow = { name: "log_min_duration_statement", value: String(args.logMinDurationMs), applyMethod: "immediate" };
        const parameters = [
            { name: "log_statement", value: args.logStatements, applyMethod: "immediate" },
            { name: "rds.force_ssl", value: "1", applyMethod: "pending-reboot" },
            ...(args.logMinDurationMs === undefined ? [] : [slow]),
        ];
        return new aws.rds.ParameterGroup(
            `${this.logicalName}-parameters`,
            transformed(args.transform?.parameterGroup, { family, description: `PostgreSQL of ${this.logicalName}`, parameters }),
            { parent: this },
        );
    }

    /** Enhanced monitoring: the role by which RDS writes to the log group `RDSOSMetrics`, and what the instance is told of it. */
    private createMonitoring() {
        const { monitoringInterval, identifier } = this.args;
        if (monitoringInterval === 0) return undefined;
        const account = accountOf(this);
        const sourceArn = pulumi.interpolate`arn:aws:rds:${regionOf(this)}:${account}:db:${identifier}`;
        const assumeRolePolicy = trustPolicy("monitoring.rds.amazonaws.com", {
            StringEquals: { "aws:SourceAccount": account },
            ArnEquals: { "aws:SourceArn": sourceArn },
        });
        const description = `Enhanced monitoring of ${this.logicalName}`;
        const role = new aws.iam.Role(`${this.logicalName}-monitoring`, { assumeRolePolicy, description }, { parent: this });
        const permission = new aws.iam.RolePolicyAttachment(
            `${this.logicalName}-monitoring-policy`,
            { role: role.name, policyArn: "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole" },
            { parent: this },
        );
        return { permission, settings: { monitoringInterval, monitoringRoleArn: role.arn } };
    }

    /** AWS refuses a final snapshot of a replica, and one whose name is taken by an earlier instance's. */
    private whenDeleted(): Partial<aws.rds.InstanceArgs> {
        const { args } = this;
        const suffix = new random.RandomId(`${this.logicalName}-final-snapshot`, { byteLength: 4 }, { parent: this });
        if (isReplica(args) || !args.finalSnapshot) return { skipFinalSnapshot: true, deleteAutomatedBackups: true };
        const finalSnapshotIdentifier = pulumi.interpolate`${args.identifier}-final-${suffix.hex}`;
        return { skipFinalSnapshot: false, finalSnapshotIdentifier, deleteAutomatedBackups: false };
    }

    private createConnectionSecret({ username, password }: Credentials): ReplicatedSecret {
        const { args, endpoint, port, databaseName } = this;
        const certificate = args.rootCertificate ? `;Root Certificate=${args.rootCertificate}` : "";
        const server = pulumi.interpolate`Host=${endpoint};Port=${port};Database=${databaseName}`;
        const connectionString = pulumi.interpolate`${server};Username=${username};Password=${password};SSL Mode=VerifyFull${certificate}`;
        const value = pulumi.jsonStringify({ host: endpoint, port, database: databaseName, username, password, connectionString });
        return new ReplicatedSecret(
            `${this.logicalName}-connection`,
            {
                secretName: args.secretName,
                description: `Connection to the PostgreSQL database ${args.identifier}`,
                kmsKeyArn: args.kmsKeyArn,
                value,
                recovery: args.replicaOf ? undefined : args.recovery,
                recoveryWindowDays: args.secretRecoveryWindowDays,
            },
            { parent: this },
        );
    }

    private copyBackups(recovery: ResolvedPrimary["recovery"]): void {
        if (!recovery || recovery.copyBackups === false) return;
        // Made in the region that receives the copies, not in the one that sends them.
        new aws.rds.InstanceAutomatedBackupsReplication(
            `${this.logicalName}-backup-copies`,
            {
                region: recovery.region,
                sourceDbInstanceArn: this.arn,
                kmsKeyId: recovery.kmsKeyArn,
                retentionPeriod: this.args.backupRetentionDays,
            },
            { parent: this },
        );
    }
}

const isReplica = (args: Resolved): boolean => args.replicaOf !== undefined && args.promoted !== true;

function ofPrimary(args: ResolvedPrimary, { username, password }: Credentials, dbName: string): Partial<aws.rds.InstanceArgs> {
    const { allocatedStorage, insights, passwordVersion } = args;
    return {
        allocatedStorage,
        dbName,
        username,
        passwordWo: password,
        passwordWoVersion: passwordVersion,
        databaseInsightsMode: insights,
        performanceInsightsRetentionPeriod: insights === "advanced" ? 465 : 7,
        engineLifecycleSupport: "open-source-rds-extended-support-disabled",
    };
}

/**
 * AWS takes user, password, database, storage and life cycle from the source and refuses them here, and an insights mode too. What is
 * not said at creation stays unsaid after promotion: then the source's removal is the only change.
 */
function ofReplica(args: PostgresReplicaArgs): Partial<aws.rds.InstanceArgs> {
    return { replicateSourceDb: args.promoted ? undefined : args.replicaOf.sourceArn, performanceInsightsRetentionPeriod: 7 };
}
