import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { DEFAULTS, type DocumentClusterArgs, type Resolved, validated } from "./args";
import { documentAlarms } from "./alarms";
import { ReplicatedSecret } from "../replicated-secret";
import { withDefaults } from "../building-blocks/arguments";
import { logGroup } from "../building-blocks/logs";
import { allowConnection, type Connectable, securityGroup } from "../building-blocks/security-groups";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { transformed } from "../building-blocks/transform";

export type { DocumentClusterArgs };

/** Kinds of log that DocumentDB writes. */
const LOGS = ["audit", "profiler"];

/**
 * A DocumentDB 5.0 cluster, which speaks MongoDB's protocol: TLS only, encrypted, backed up, audited, its logs in encrypted log groups,
 * its connection in a secret. The storage is in three zones in any case; the instances are spread over the subnets' zones.
 *
 * With its defaults (2 x db.r6g.large) it costs about 384 USD a month, and 0.10 for each GB and 0.20 for each million requests.
 *
 * It refuses names, windows and numbers that AWS refuses, the reserved user `admin` among them. It is alone in its region: another
 * region has a cluster of its own.
 */
export class DocumentCluster extends pulumi.ComponentResource implements Connectable, Monitored {
    readonly logicalName: string;
    readonly title = "Document store (DocumentDB)";
    readonly securityGroupId: pulumi.Output<string>;
    readonly identifier: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** Host name of the primary, without the port; through it a driver finds the others. */
    readonly endpoint: pulumi.Output<string>;
    /** Host name that spreads connections over the replicas, for reading only. */
    readonly readerEndpoint: pulumi.Output<string>;
    readonly port = 27017;
    readonly databaseName: string;
    /** JSON with `host`, `port`, `database`, `username`, `password` and `connectionString` (a MongoDB URI). */
    readonly connectionSecret: ReplicatedSecret;
    private readonly args: Resolved;

    constructor(name: string, given: DocumentClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:DocumentCluster", name, validated(name, args), opts);
        this.logicalName = name;
        this.args = args;
        this.databaseName = args.databaseName;
        this.securityGroupId = securityGroup(`${name}-access`, `DocumentDB of ${name}`, args.vpcId, { parent: this }).id;
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

    /** Opens the database's port to a peer. */
    allowFrom(peer: Connectable): void {
        allowConnection(this, peer, this, this.port);
    }

    /** What is to be watched: the worst of the instances each time. */
    get alarms(): AlarmDefinition[] {
        const { instanceClass, instances } = this.args;
        return documentAlarms(this.identifier, instanceClass, instances);
    }

    private createPassword(): pulumi.Output<string> {
        // Letters and digits only: nothing to escape in a URI.
        return new random.RandomPassword(
            `${this.logicalName}-password`,
            { length: 48, special: false, keepers: { version: String(this.args.passwordVersion) } },
            // Not protected with the data: a new version replaces it.
            { parent: this, protect: false },
        ).result;
    }

    private createCluster(password: pulumi.Output<string>): aws.docdb.Cluster {
        const { args } = this;
        // DocumentDB makes the log groups itself where they are missing: unencrypted and for ever.
        const logGroups = LOGS.map((kind) =>
            logGroup(`${this.logicalName}-${kind}-log`, args, { parent: this }, `/aws/docdb/${args.identifier}/${kind}`),
        );
        const subnetGroup = new aws.docdb.SubnetGroup(`${this.logicalName}-subnets`, { subnetIds: args.subnetIds }, { parent: this });
        return new aws.docdb.Cluster(
            `${this.logicalName}-cluster`,
            transformed(args.transform?.cluster, {
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
                backupRetentionPeriod: args.backupRetentionDays,
                preferredBackupWindow: args.backupWindow,
                preferredMaintenanceWindow: this.maintenanceWindow(),
                deletionProtection: args.deletionProtection,
                ...this.whenDeleted(),
                // Of the cluster's changes that is the new password alone (ModifyDBCluster): the secret has it at once, and who reads that would be
                // locked out until the maintenance window.
                applyImmediately: true,
            }),
            { parent: this, dependsOn: logGroups },
        );
    }

    /** AWS refuses a final snapshot whose name is taken by an earlier cluster's. */
    private whenDeleted(): Pick<aws.docdb.ClusterArgs, "skipFinalSnapshot" | "finalSnapshotIdentifier"> {
        const suffix = new random.RandomId(`${this.logicalName}-final-snapshot`, { byteLength: 4 }, { parent: this });
        if (!this.args.finalSnapshot) return { skipFinalSnapshot: true };
        return { skipFinalSnapshot: false, finalSnapshotIdentifier: pulumi.interpolate`${this.args.identifier}-final-${suffix.hex}` };
    }

    private createParameterGroup(): aws.docdb.ClusterParameterGroup {
        const { args } = this;
        const parameters = [
            { name: "audit_logs", value: args.auditLogs },
            { name: "profiler", value: "enabled" },
            { name: "profiler_threshold_ms", value: String(args.profilerThresholdMs) },
            { name: "tls", value: "enabled" },
        ].map((parameter) => ({ ...parameter, applyMethod: "pending-reboot" }));
        return new aws.docdb.ClusterParameterGroup(
            `${this.logicalName}-parameters`,
            transformed(args.transform?.parameterGroup, {
                family: "docdb5.0",
                description: `DocumentDB of ${this.logicalName}`,
                parameters,
            }),
            { parent: this },
        );
    }

    private createInstances(cluster: aws.docdb.Cluster): void {
        const { args } = this;
        for (let number = 1; number <= args.instances; number++) {
            new aws.docdb.ClusterInstance(
                `${this.logicalName}-${number}`,
                transformed(args.transform?.instance, {
                    clusterIdentifier: cluster.id,
                    engine: "docdb",
                    instanceClass: args.instanceClass,
                    caCertIdentifier: args.caCertIdentifier,
                    preferredMaintenanceWindow: this.maintenanceWindow(),
                    copyTagsToSnapshot: true,
                    applyImmediately: args.applyImmediately,
                }),
                { parent: this },
            );
        }
    }

    /** DocumentDB answers in lower case; anything else would be a change for ever. */
    private maintenanceWindow(): string {
        return this.args.maintenanceWindow.toLowerCase();
    }

    private createConnectionSecret(password: pulumi.Output<string>): ReplicatedSecret {
        const { args, endpoint, port, databaseName: database } = this;
        const { username } = args;
        const options = "tls=true&replicaSet=rs0&readPreference=secondaryPreferred&retryWrites=false";
        const connectionString = pulumi.interpolate`mongodb://${username}:${password}@${endpoint}:${port}/?${options}`;
        return new ReplicatedSecret(
            `${this.logicalName}-connection`,
            {
                secretName: args.secretName,
                description: `Connection to the document store ${args.identifier}`,
                kmsKeyArn: args.kmsKeyArn,
                value: pulumi.jsonStringify({ host: endpoint, port, database, username, password, connectionString }),
                recoveryWindowDays: args.secretRecoveryWindowDays,
            },
            { parent: this },
        );
    }
}
