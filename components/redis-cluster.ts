import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { DEFAULTS, familyOf, type RedisClusterArgs, type Resolved, validated } from "./redis/args";
import { redisSignals } from "./redis/signals";
import { ReplicatedSecret } from "./replicated-secret";
import { withDefaults } from "./shared/arguments";
import { logGroup } from "./shared/logs";
import { allow, type Peer, securityGroup } from "./shared/network";
import type { Signal, Watched } from "./shared/signals";
import { transformed } from "./shared/transform";

export type { RedisClusterArgs };

/**
 * A cache of ElastiCache with one primary and replicas in other zones, failing over by itself: TLS only, behind a generated token,
 * encrypted at rest, with snapshots, its slow and engine logs in encrypted log groups, its connection in a secret.
 *
 * With its defaults (3 x cache.r6g.large, Valkey) it costs about 361 USD a month, with Redis 451.
 *
 * It refuses versions and node types that the engine does not have, and windows that AWS refuses. It does not shard: cluster mode is off.
 */
export class RedisCluster extends pulumi.ComponentResource implements Peer, Watched {
    readonly logicalName: string;
    readonly title = "Cache (Redis)";
    readonly securityGroupId: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    readonly replicationGroupId: pulumi.Output<string>;
    /** Host name of whichever node is the primary, without the port. */
    readonly endpoint: pulumi.Output<string>;
    /** Host name that spreads connections over the replicas, for reading only. */
    readonly readerEndpoint: pulumi.Output<string>;
    readonly port = 6379;
    /** JSON with `host`, `port`, `database`, `username`, `password` and `connectionString` (StackExchange.Redis's). */
    readonly connectionSecret: ReplicatedSecret;
    private readonly nodes: number;

    constructor(name: string, given: RedisClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:RedisCluster", name, validated(name, args), opts);
        this.logicalName = name;
        this.nodes = args.nodes;
        this.securityGroupId = securityGroup(`${name}-access`, `Redis of ${name}`, args.vpcId, { parent: this }).id;
        const token = this.createToken(args);
        const group = this.createReplicationGroup(args, token);
        this.arn = group.arn;
        this.replicationGroupId = group.replicationGroupId;
        this.endpoint = group.primaryEndpointAddress;
        this.readerEndpoint = group.readerEndpointAddress;
        this.connectionSecret = this.createConnectionSecret(args, token);
        this.registerOutputs({ arn: this.arn, endpoint: this.endpoint, connectionSecretArn: this.connectionSecret.arn });
    }

    /** Opens the cache's port to a peer. */
    allowFrom(peer: Peer): void {
        allow(this, peer, this, this.port);
    }

    /** What is to be watched, node by node: each has memory, clients and an engine of its own. */
    get signals(): Signal[] {
        return redisSignals(this.replicationGroupId, this.nodes);
    }

    private createToken(args: Resolved): pulumi.Output<string> {
        // Letters and digits only: ElastiCache takes few other characters, and a connection string would need them escaped.
        return new random.RandomPassword(
            `${this.logicalName}-token`,
            { length: 64, special: false, keepers: { version: String(args.tokenVersion) } },
            // Not protected with the data: a new version replaces it.
            { parent: this, protect: false },
        ).result;
    }

    private createReplicationGroup(args: Resolved, token: pulumi.Output<string>): aws.elasticache.ReplicationGroup {
        const { engine, nodes, finalSnapshot, tokenVersion } = args;
        const engineVersion = args.engineVersion ?? (engine === "valkey" ? "8.1" : "7.1");
        const suffix = new random.RandomId(`${this.logicalName}-final-snapshot`, { byteLength: 4 }, { parent: this });
        const subnetGroup = new aws.elasticache.SubnetGroup(`${this.logicalName}-subnets`, { subnetIds: args.subnetIds }, { parent: this });
        return new aws.elasticache.ReplicationGroup(
            `${this.logicalName}-group`,
            transformed(args.transform?.replicationGroup, {
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
                // A new token is rotated in: AWS's default, which accepts the one before it as well.
                authTokenWo: token,
                authTokenWoVersion: tokenVersion,
                snapshotRetentionLimit: args.snapshotRetentionDays,
                snapshotWindow: args.snapshotWindow,
                // ElastiCache answers in lower case; anything else would be a change for ever.
                maintenanceWindow: args.maintenanceWindow.toLowerCase(),
                finalSnapshotIdentifier: finalSnapshot ? pulumi.interpolate`${this.logicalName}-final-${suffix.hex}` : undefined,
                logDeliveryConfigurations: this.createLogs(args),
                autoMinorVersionUpgrade: true,
                applyImmediately: args.applyImmediately,
            }),
            { parent: this },
        );
    }

    private createParameterGroup(args: Resolved, family: string): aws.elasticache.ParameterGroup {
        const parameters = [{ name: "maxmemory-policy", value: args.evictionPolicy }];
        return new aws.elasticache.ParameterGroup(
            `${this.logicalName}-parameters`,
            transformed(args.transform?.parameterGroup, { family, description: `Cache ${this.logicalName}`, parameters }),
            { parent: this },
        );
    }

    private createLogs(args: Resolved) {
        return ["engine-log", "slow-log"].map((logType) => ({
            logType,
            logFormat: "json",
            destinationType: "cloudwatch-logs",
            destination: logGroup(`${this.logicalName}-${logType}`, args, { parent: this }).name,
        }));
    }

    private createConnectionSecret(args: Resolved, token: pulumi.Output<string>): ReplicatedSecret {
        const { endpoint, port } = this;
        const connectionString = pulumi.interpolate`${endpoint}:${port},password=${token},ssl=true,abortConnect=false`;
        return new ReplicatedSecret(
            `${this.logicalName}-connection`,
            {
                secretName: args.secretName,
                description: `Connection to the cache ${this.logicalName}`,
                kmsKeyArn: args.kmsKeyArn,
                // A token is the password of the user "default"; database 0 is the one that every client opens.
                value: pulumi.jsonStringify({
                    host: endpoint,
                    port,
                    database: "0",
                    username: "default",
                    password: token,
                    connectionString,
                }),
                recoveryWindowDays: args.secretRecoveryWindowDays,
            },
            { parent: this },
        );
    }
}
