import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { DEFAULTS, type DocumentClusterArgs, type DocumentClusterParts, type Resolved, validated } from "./args";
import { documentAlarms } from "./alarms";
import { ReplicatedSecret } from "../replicated-secret";
import { withDefaults } from "../building-blocks/arguments";
import { forwardLogs, logGroupArgs } from "../building-blocks/logs";
import { allowConnection, type Connectable, type Connection, securityGroupArgs } from "../building-blocks/security-groups";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { placementOf } from "../building-blocks/placement";

export type { DocumentClusterArgs, DocumentClusterParts };

/** Log types of DocumentDB. */
const LOGS = ["audit", "profiler"];

/**
 * A DocumentDB 5.0 cluster, compatible with MongoDB: TLS only, encrypted, backed up, and audited, with its logs in encrypted log groups and its
 * connection in a secret. Storage is replicated across three Availability Zones; the instances are distributed across the subnets' zones.
 *
 * With the defaults (2 x db.r6g.large), it costs about 384 USD a month, plus 0.10 USD per GB and 0.20 USD per million requests.
 *
 * Throws for names, windows, and numbers that AWS rejects. A cluster isn't replicated to other regions.
 */
export class DocumentCluster extends pulumi.ComponentResource implements Connectable, Monitored {
    readonly logicalName: string;
    readonly title = "Document store (DocumentDB)";
    readonly securityGroupId: pulumi.Output<string>;
    readonly identifier: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** Host name of the primary, without the port. Drivers discover the other instances through it. */
    readonly endpoint: pulumi.Output<string>;
    /** Host name that distributes read-only connections across the replicas. */
    readonly readerEndpoint: pulumi.Output<string>;
    readonly port = 27017;
    readonly databaseName: string;
    /** JSON with `host`, `port`, `database`, `username`, `password`, and `connectionString` (a MongoDB URI). */
    readonly connectionSecret: ReplicatedSecret;
    private readonly args: Resolved;

    readonly nodes: Nodes<DocumentClusterParts>;
    private readonly parts: PartFactory<DocumentClusterParts>;

    constructor(name: string, inputs: DocumentClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:DocumentCluster", name, validated(name, args), opts);
        this.parts = new PartFactory<DocumentClusterParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.args = args;
        this.databaseName = args.databaseName;
        this.securityGroupId = this.parts.create(
            "securityGroup",
            aws.ec2.SecurityGroup,
            `${name}-access`,
            securityGroupArgs(`${name}-access`, `DocumentDB of ${name}`, placementOf(args, "data").vpcId),
        ).id;
        const password = this.createPassword();
        const cluster = this.createCluster(password);
        this.createInstances(cluster);
        this.identifier = cluster.clusterIdentifier;
        this.arn = cluster.arn;
        this.endpoint = cluster.endpoint;
        this.readerEndpoint = cluster.readerEndpoint;
        this.connectionSecret = this.createConnectionSecret(password);
        this.registerOutputs({ arn: this.arn, endpoint: this.endpoint, connectionSecretArn: this.connectionSecret.arn });
    }

    /** Allows connections from a component. */
    allowFrom(source: Connectable): Connection {
        return allowConnection(this.parts, source, this, this.port);
    }

    /** Alarms on the worst value across the instances. */
    get alarms(): AlarmDefinition[] {
        const { instanceClass, instances } = this.args;
        return documentAlarms(this.identifier, instanceClass, instances);
    }

    private createPassword(): pulumi.Output<string> {
        // Letters and digits need no escaping in a URI.
        return this.parts.create(
            "password",
            random.RandomPassword,
            `${this.logicalName}-password`,
            { length: 48, special: false, keepers: { version: String(this.args.passwordVersion) } },
            { protect: false },
        ).result;
    }

    private createCluster(password: pulumi.Output<string>): aws.docdb.Cluster {
        const { args } = this;
        // If the log groups don't exist, DocumentDB creates them without encryption and retention.
        const logGroups = LOGS.map((kind) => {
            const name = `${this.logicalName}-${kind}-log`;
            const groupArgs = logGroupArgs(args, kind === "audit" ? "audit" : "database", `/aws/docdb/${args.identifier}/${kind}`);
            const logs = this.parts.createEach("logs", kind, aws.cloudwatch.LogGroup, name, groupArgs);
            forwardLogs(this.parts, name, logs, args);
            return logs;
        });
        const subnetGroup = this.parts.create("subnetGroup", aws.docdb.SubnetGroup, `${this.logicalName}-subnets`, {
            subnetIds: placementOf(args, "data").subnetIds,
        });
        return this.parts.create(
            "cluster",
            aws.docdb.Cluster,
            `${this.logicalName}-cluster`,
            {
                clusterIdentifier: args.identifier,
                engine: "docdb",
                engineVersion: "5.0.0",
                masterUsername: args.username,
                masterPasswordWo: password,
                masterPasswordWoVersion: args.passwordVersion,
                port: this.port,
                dbSubnetGroupName: subnetGroup.name,
                vpcSecurityGroupIds: [this.securityGroupId],
                dbClusterParameterGroupName: this.createParameterGroup().name,
                storageEncrypted: true,
                kmsKeyId: args.kmsKeyArn,
                storageType: args.storageType,
                enabledCloudwatchLogsExports: LOGS,
                backupRetentionPeriod: args.backupRetentionPeriod,
                preferredBackupWindow: args.backupWindow,
                preferredMaintenanceWindow: this.maintenanceWindow(),
                deletionProtection: args.deletionProtection,
                ...this.whenDeleted(),
                // A new password is in the secret immediately, so the cluster must accept it immediately too.
                applyImmediately: true,
            },
            { dependsOn: logGroups },
        );
    }

    /** AWS rejects names of existing snapshots. */
    private whenDeleted(): Pick<aws.docdb.ClusterArgs, "skipFinalSnapshot" | "finalSnapshotIdentifier"> {
        const { args } = this;
        // Properties that replace the cluster. A replacement needs its own snapshot name, because the previous snapshot stays.
        const keepers = {
            identifier: args.identifier,
            username: args.username,
            kmsKeyArn: args.kmsKeyArn,
            vpcId: placementOf(args, "data").vpcId,
        };
        const suffix = this.parts.create("finalSnapshotSuffix", random.RandomId, `${this.logicalName}-final-snapshot`, {
            byteLength: 4,
            keepers,
        });
        if (args.skipFinalSnapshot) return { skipFinalSnapshot: true };
        return { skipFinalSnapshot: false, finalSnapshotIdentifier: pulumi.interpolate`${args.identifier}-final-${suffix.hex}` };
    }

    private createParameterGroup(): aws.docdb.ClusterParameterGroup {
        const { args } = this;
        const parameters = [
            { name: "audit_logs", value: args.auditLogs },
            { name: "profiler", value: "enabled" },
            { name: "profiler_threshold_ms", value: String(args.profilerThresholdMs) },
            { name: "tls", value: "enabled" },
        ].map((parameter) => ({ ...parameter, applyMethod: "pending-reboot" }));
        return this.parts.create("parameterGroup", aws.docdb.ClusterParameterGroup, `${this.logicalName}-parameters`, {
            family: "docdb5.0",
            description: `DocumentDB of ${this.logicalName}`,
            parameters,
        });
    }

    private createInstances(cluster: aws.docdb.Cluster): void {
        const { args } = this;
        const zones = args.availabilityZoneNames ?? args.vpc?.availabilityZoneNames ?? [];
        for (let number = 1; number <= args.instances; number++) {
            this.parts.createEach(
                "instances",
                String(number),
                aws.docdb.ClusterInstance,
                `${this.logicalName}-${number}`,
                {
                    clusterIdentifier: cluster.id,
                    engine: "docdb",
                    instanceClass: args.instanceClass,
                    // By default, AWS chooses a random zone, which can be that of another instance (CreateDBInstance).
                    availabilityZone: zones[(number - 1) % zones.length],
                    caCertIdentifier: args.caCertIdentifier,
                    preferredMaintenanceWindow: this.maintenanceWindow(),
                    copyTagsToSnapshot: true,
                    applyImmediately: args.applyImmediately,
                },
                // Another zone would replace the instance, also if the list of zones changes.
                { ignoreChanges: ["availabilityZone"] },
            );
        }
    }

    /** DocumentDB returns lower case; any other spelling would show as a change on every run. */
    private maintenanceWindow(): string {
        return this.args.maintenanceWindow.toLowerCase();
    }

    private createConnectionSecret(password: pulumi.Output<string>): ReplicatedSecret {
        const { args, endpoint, port, databaseName: database } = this;
        const { username } = args;
        const options = "tls=true&replicaSet=rs0&readPreference=secondaryPreferred&retryWrites=false";
        const connectionString = pulumi.interpolate`mongodb://${username}:${password}@${endpoint}:${port}/?${options}`;
        return this.parts.create("connectionSecret", ReplicatedSecret, `${this.logicalName}-connection`, {
            secretName: args.secretName,
            description: `Connection to the document store ${args.identifier}`,
            kmsKeyArn: args.kmsKeyArn,
            value: pulumi.jsonStringify({ host: endpoint, port, database, username, password, connectionString }),
            recoveryWindowDays: args.secretRecoveryWindowDays,
        });
    }
}
