import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { DEFAULTS, familyOf, type RedisClusterArgs, type RedisClusterParts, type Resolved, validated } from "./args";
import { redisAlarms } from "./alarms";
import { ReplicatedSecret } from "../replicated-secret";
import { withDefaults } from "../building-blocks/arguments";
import { forwardLogs, logGroupArgs } from "../building-blocks/logs";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { placementOf } from "../building-blocks/placement";
import { allowConnection, type Connectable, type Connection, securityGroupArgs } from "../building-blocks/security-groups";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";

export type { RedisClusterArgs, RedisClusterParts };

/**
 * An ElastiCache replication group (Valkey or Redis OSS) with a primary and replicas in other Availability Zones and automatic failover.
 * Connections require TLS and a generated token. Data is encrypted at rest, snapshots are taken daily, and the slow and engine logs go to
 * encrypted log groups. A secret contains the connection.
 *
 * With the defaults (3 x cache.r6g.large, Valkey), it costs about 361 USD a month; with Redis, 451 USD.
 *
 * Cluster mode (sharding) is off. Throws for engine versions, node types, and windows that ElastiCache doesn't accept.
 */
export class RedisCluster extends pulumi.ComponentResource implements Connectable, Monitored {
    readonly logicalName: string;
    readonly title = "Cache (Redis)";
    readonly securityGroupId: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    readonly replicationGroupId: pulumi.Output<string>;
    /** Host name of the current primary, without the port. */
    readonly endpoint: pulumi.Output<string>;
    /** Host name that distributes read-only connections across the replicas. */
    readonly readerEndpoint: pulumi.Output<string>;
    readonly port = 6379;
    /** JSON with `host`, `port`, `database`, `username`, `password`, and `connectionString` (in the format of StackExchange.Redis). */
    readonly connectionSecret: ReplicatedSecret;
    readonly nodes: Nodes<RedisClusterParts>;
    private readonly parts: PartFactory<RedisClusterParts>;
    private readonly args: Resolved;

    constructor(name: string, inputs: RedisClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:RedisCluster", name, validated(name, args), opts);
        this.logicalName = name;
        this.args = args;
        this.parts = new PartFactory<RedisClusterParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.securityGroupId = this.createSecurityGroup(args).id;
        const token = this.createToken(args);
        const group = this.createReplicationGroup(args, token);
        this.arn = group.arn;
        this.replicationGroupId = group.replicationGroupId;
        this.endpoint = group.primaryEndpointAddress;
        this.readerEndpoint = group.readerEndpointAddress;
        this.connectionSecret = this.createConnectionSecret(args, token);
        this.registerOutputs({ arn: this.arn, endpoint: this.endpoint, connectionSecretArn: this.connectionSecret.arn });
    }

    /** Allows connections from a component. */
    allowFrom(source: Connectable): Connection {
        return allowConnection(this.parts, source, this, this.port);
    }

    /** Alarms on each node, because every node has its own memory, connections, and engine thread. */
    get alarms(): AlarmDefinition[] {
        const { nodes, evictionPolicy } = this.args;
        return redisAlarms({ replicationGroupId: this.replicationGroupId, nodes, evictionPolicy });
    }

    private createSecurityGroup(args: Resolved): aws.ec2.SecurityGroup {
        const name = `${this.logicalName}-access`;
        return this.parts.create(
            "securityGroup",
            aws.ec2.SecurityGroup,
            name,
            securityGroupArgs(name, `Redis of ${this.logicalName}`, placementOf(args, "data").vpcId),
        );
    }

    private createToken(args: Resolved): pulumi.Output<string> {
        return this.parts.create(
            "token",
            random.RandomPassword,
            `${this.logicalName}-token`,
            // ElastiCache accepts few special characters, and a connection string would have to escape them.
            { length: 64, special: false, keepers: { version: String(args.tokenVersion) } },
            // A new version replaces the token, which `protect` would reject.
            { protect: false },
        ).result;
    }

    private createReplicationGroup(args: Resolved, token: pulumi.Output<string>): aws.elasticache.ReplicationGroup {
        const { engine, nodes, skipFinalSnapshot, tokenVersion } = args;
        const engineVersion = args.engineVersion ?? (engine === "valkey" ? "8.1" : "7.1");
        // Properties that replace the replication group. A replacement needs its own snapshot name, because the previous snapshot stays.
        const keepers = { engine, kmsKeyArn: args.kmsKeyArn, vpcId: placementOf(args, "data").vpcId };
        const suffix = this.parts.create("finalSnapshotSuffix", random.RandomId, `${this.logicalName}-final-snapshot`, {
            byteLength: 4,
            keepers,
        });
        const subnetGroup = this.parts.create("subnetGroup", aws.elasticache.SubnetGroup, `${this.logicalName}-subnets`, {
            subnetIds: placementOf(args, "data").subnetIds,
        });
        return this.parts.create("replicationGroup", aws.elasticache.ReplicationGroup, `${this.logicalName}-group`, {
            description: `Cache ${this.logicalName}`,
            engine,
            engineVersion,
            nodeType: args.nodeType,
            numCacheClusters: nodes,
            automaticFailoverEnabled: nodes > 1,
            multiAzEnabled: nodes > 1,
            port: this.port,
            subnetGroupName: subnetGroup.name,
            securityGroupIds: [this.securityGroupId],
            parameterGroupName: this.createParameterGroup(args, familyOf(engine, engineVersion)).name,
            transitEncryptionEnabled: true,
            transitEncryptionMode: "required",
            atRestEncryptionEnabled: true,
            kmsKeyId: args.kmsKeyArn,
            // The default update strategy (ROTATE) keeps the previous token valid.
            authTokenWo: token,
            authTokenWoVersion: tokenVersion,
            snapshotRetentionLimit: args.snapshotRetentionLimit,
            snapshotWindow: args.snapshotWindow,
            // ElastiCache returns lower case; any other spelling would show as a change on every run.
            maintenanceWindow: args.maintenanceWindow.toLowerCase(),
            finalSnapshotIdentifier: skipFinalSnapshot ? undefined : pulumi.interpolate`${this.logicalName}-final-${suffix.hex}`,
            logDeliveryConfigurations: this.createLogs(args),
            autoMinorVersionUpgrade: true,
            applyImmediately: args.applyImmediately,
        });
    }

    private createParameterGroup(args: Resolved, family: string): aws.elasticache.ParameterGroup {
        const parameters = [{ name: "maxmemory-policy", value: args.evictionPolicy }];
        return this.parts.create("parameterGroup", aws.elasticache.ParameterGroup, `${this.logicalName}-parameters`, {
            family,
            description: `Cache ${this.logicalName}`,
            parameters,
        });
    }

    private createLogs(args: Resolved) {
        return ["engine-log", "slow-log"].map((logType) => {
            const name = `${this.logicalName}-${logType}`;
            const logs = this.parts.createEach("logs", logType, aws.cloudwatch.LogGroup, name, logGroupArgs(args, "database"));
            forwardLogs(this.parts, name, logs, args);
            return { logType, logFormat: "json", destinationType: "cloudwatch-logs", destination: logs.name };
        });
    }

    private createConnectionSecret(args: Resolved, token: pulumi.Output<string>): ReplicatedSecret {
        const { endpoint, port } = this;
        const connectionString = pulumi.interpolate`${endpoint}:${port},password=${token},ssl=true,abortConnect=false`;
        return this.parts.create("connectionSecret", ReplicatedSecret, `${this.logicalName}-connection`, {
            secretName: args.secretName,
            description: `Connection to the cache ${this.logicalName}`,
            kmsKeyArn: args.kmsKeyArn,
            // The token is the password of the user "default"; clients open database 0 by default.
            value: pulumi.jsonStringify({
                host: endpoint,
                port,
                database: "0",
                username: "default",
                password: token,
                connectionString,
            }),
            recoveryWindowDays: args.secretRecoveryWindowDays,
        });
    }
}
