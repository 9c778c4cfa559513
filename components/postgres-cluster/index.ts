import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
    keepersOf,
    type PostgresClusterArgs,
    type PostgresClusterParts,
    PRIMARY_DEFAULTS,
    type Resolved,
    resolved,
    type ResolvedPrimary,
} from "./args";
import { postgresAlarms, readReplicaAlarms } from "./alarms";
import { validated } from "./checks";
import { connectionOf } from "./connection-string";
import {
    createLogs,
    createMonitoring,
    type Credentials,
    ofPrimary,
    ofReplica,
    ownSettingsOf,
    parametersOf,
    PORT,
    settingsOf,
    TIMEOUTS,
} from "./instance";
import { Proxy, resolvedProxy } from "./proxy";
import { createReadReplica, type ReadReplica, replicaIdentifier } from "./read-replicas";
import { checkRestored, IGNORED, isRestored } from "./restore";
import { ReplicatedSecret } from "../replicated-secret";
import { allowConnection, type Connectable, type Connection, securityGroupArgs } from "../building-blocks/security-groups";
import { grant, type Grantee, grantName } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { placementOf } from "../building-blocks/placement";
import { sortedEntries } from "../internal/unknown";

export type { Proxy, ProxyArgs } from "./proxy";
export type { ReadReplica, ReadReplicaArgs } from "./read-replicas";
export type { PointInTimeArgs, RestoreArgs } from "./restore";
export type { PostgresClusterArgs, PostgresClusterParts, PostgresCommonArgs, PostgresPrimaryArgs, PostgresReplicaArgs } from "./args";

type Shared = Parameters<typeof createReadReplica>[0];

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
    readonly port = PORT;
    readonly dbName: string;
    /** Path of the certificate bundle in the application's image, as in the connection string. */
    readonly rootCertificate?: string;
    /** Of the proxy, if it's enabled, and otherwise of the instance. JSON with `host`, `port`, `database`, `username`, `password`, and `connectionString` (in the format of Npgsql). */
    readonly connectionSecret: ReplicatedSecret;
    /** RDS Proxy, if enabled. */
    readonly proxy?: Proxy;
    /** Read replicas by name. */
    readonly readReplicas: Readonly<Record<string, ReadReplica>>;
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
        this.rootCertificate = args.rootCertificate;
        this.securityGroupId = this.parts.create(
            "securityGroup",
            aws.ec2.SecurityGroup,
            `${name}-access`,
            securityGroupArgs(`${name}-access`, `PostgreSQL of ${name}`, placementOf(args, "data").vpcId),
        ).id;
        const generated = this.credentials();
        const shared = this.createShared();
        const instance = this.createInstance(shared, generated);
        const credentials = this.confirmed(generated, instance);
        this.identifier = instance.identifier;
        this.arn = instance.arn;
        this.resourceId = instance.resourceId;
        this.endpoint = instance.address;
        this.proxy = this.createProxy(instance, credentials);
        this.connectionSecret = this.createConnectionSecret(credentials);
        const replicas = sortedEntries(args.readReplicas);
        this.readReplicas = Object.fromEntries(
            replicas.map(([key, it]) => [key, createReadReplica({ ...shared, credentials, source: instance }, key, it)]),
        );
        if (!args.replicaOf) this.replicateBackups(args.recovery);
        this.registerOutputs({ arn: this.arn, endpoint: this.endpoint, connectionSecretArn: this.connectionSecret.arn });
    }

    /** Allows connections from a component: to the instance, to the read replicas, which share its security group, and to the proxy. */
    allowFrom(source: Connectable): Connection {
        const toProxy = this.proxy && allowConnection(this.parts, source, this.proxy, this.port);
        const toInstance = allowConnection(this.parts, source, this, this.port);
        return toProxy ?? toInstance;
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

    /** Alarms of the instance and its read replicas. Replicas also have alarms on their lag. */
    get alarms(): AlarmDefinition[] {
        const { args, identifier } = this;
        const { allocatedStorage } = args.replicaOf ? PRIMARY_DEFAULTS : args;
        const { instanceClass } = args;
        const ofReplicas = Object.entries(this.readReplicas).flatMap(([key, replica]) =>
            readReplicaAlarms(key, {
                instanceClass: args.readReplicas[key]?.instanceClass ?? instanceClass,
                identifier: replica.identifier,
                allocatedStorage,
            }),
        );
        const own = postgresAlarms({ identifier, instanceClass, allocatedStorage, isReplica: args.replicaOf !== undefined });
        return [...own, ...ofReplicas, ...(this.proxy?.alarms ?? [])];
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

    /** The credentials of a restored instance are known to be valid only when it exists. */
    private confirmed(credentials: Credentials, instance: aws.rds.Instance): Credentials {
        const { args, logicalName, dbName } = this;
        if (args.replicaOf || !isRestored(args)) return credentials;
        return { ...credentials, username: checkRestored({ logicalName, dbName, username: args.username }, instance) };
    }

    /** What the instance and its read replicas have in common. */
    private createShared(): Omit<Shared, "source" | "credentials"> {
        const { parts, args, logicalName: name, securityGroupId } = this;
        const { identifier, monitoringInterval } = args;
        const identifiers = [identifier, ...sortedEntries(args.readReplicas).map(([key]) => replicaIdentifier(identifier, key))];
        const subnetGroup = parts.create("subnetGroup", aws.rds.SubnetGroup, `${name}-subnets`, {
            subnetIds: placementOf(args, "data").subnetIds,
        });
        const hasCounterpart = args.replicaOf !== undefined || args.recovery !== undefined;
        const monitoring = createMonitoring(parts, this, { name, monitoringInterval, identifiers, hasCounterpart });
        return { parts, name, args, dbSubnetGroupName: subnetGroup.name, securityGroupId, monitoring };
    }

    private createInstance(shared: Omit<Shared, "source" | "credentials">, credentials: Credentials): aws.rds.Instance {
        const { args, logicalName: name } = this;
        const { monitoring, securityGroupId, dbSubnetGroupName } = shared;
        const { identifier } = args;
        const logGroups = createLogs(this.parts, args, { name, identifier });
        const parameterGroup = this.parts.create("parameterGroup", aws.rds.ParameterGroup, `${name}-parameters`, {
            description: `PostgreSQL of ${name}`,
            ...parametersOf(args),
        });
        return this.parts.create(
            "instance",
            aws.rds.Instance,
            `${name}-instance`,
            {
                ...settingsOf(args, { securityGroupId, dbSubnetGroupName, parameterGroupName: parameterGroup.name }),
                ...ownSettingsOf(args),
                ...monitoring?.settings,
                ...this.whenDeleted(),
                ...(args.replicaOf ? ofReplica(args) : ofPrimary(args, credentials, this.dbName)),
            },
            {
                dependsOn: [...logGroups, ...(monitoring ? [monitoring.permission] : [])],
                customTimeouts: TIMEOUTS,
                ignoreChanges: [
                    ...(args.replicaOf ? [] : IGNORED),
                    // Without an argument, the limit of a replica is the one that AWS set. The provider would turn autoscaling off.
                    ...(args.maxAllocatedStorage === undefined ? ["maxAllocatedStorage"] : []),
                ],
            },
        );
    }

    /** The same before and after a promotion, so that a promotion changes nothing else. AWS rejects names of existing snapshots. */
    private whenDeleted(): Partial<aws.rds.InstanceArgs> {
        const { args } = this;
        const name = `${this.logicalName}-final-snapshot`;
        const suffix = this.parts.create("finalSnapshotSuffix", random.RandomId, name, { byteLength: 4, keepers: keepersOf(args) });
        if (args.skipFinalSnapshot) return { skipFinalSnapshot: true, deleteAutomatedBackups: true };
        const finalSnapshotIdentifier = pulumi.interpolate`${args.identifier}-final-${suffix.hex}`;
        return { skipFinalSnapshot: false, finalSnapshotIdentifier, deleteAutomatedBackups: false };
    }

    private createProxy(instance: aws.rds.Instance, credentials: Credentials): Proxy | undefined {
        const { args, parts, logicalName: name } = this;
        const proxy = resolvedProxy(args.proxy);
        if (!proxy.enabled) return undefined;
        return new Proxy({ parts, owner: this, name, args, proxy, database: this, instance, credentials, isReplica: isReplica(args) });
    }

    /** The connection to the proxy, if it has a target, and otherwise to the instance. */
    private createConnectionSecret({ username, password }: Credentials): ReplicatedSecret {
        const { args, port, dbName: database, proxy } = this;
        const pooled = proxy?.hasTarget ?? false;
        const host = proxy && pooled ? proxy.endpoint : this.endpoint;
        return this.parts.create("connectionSecret", ReplicatedSecret, `${this.logicalName}-connection`, {
            secretName: args.secretName,
            description: `Connection to the PostgreSQL database ${args.identifier}`,
            kmsKeyArn: args.kmsKeyArn,
            value: connectionOf({ host, port, database, username, password, pooled, rootCertificate: args.rootCertificate }),
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
