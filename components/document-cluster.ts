import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { documentSignals, validated } from "./document-cluster-rules";
import { ReplicatedSecret } from "./replicated-secret";
import { type LogArgs, logGroup } from "./shared/logs";
import { allow, type Peer, type Placement, securityGroup } from "./shared/network";
import type { Signal, Watched } from "./shared/signals";
import { type Transform, transformed } from "./shared/transform";

export interface DocumentClusterArgs extends Placement, LogArgs {
    /** Identifier of the cluster, which its log groups are named by. Up to 63 lower-case letters, digits and single hyphens. */
    identifier: string;
    /** KMS key of the storage, the backups and the connection secret. */
    kmsKeyArn: pulumi.Input<string>;
    /** Physical name of the secret with the connection: `ai-platform/prod/documents`. */
    secretName: string;
    /** Days in which the deleted secret can be restored and its name is taken: 7 to 30, or 0 for none. @default 7 */
    secretRecoveryWindowDays?: number;
    /** Instances, the primary included: 1 to 16. With one there is no failover. @default 2 */
    instances?: number;
    /** @default "db.r6g.large" */
    instanceClass?: string;
    /** Name of the master user: a letter, then letters and digits, up to 63; not `admin`, which AWS reserves. @default "app" */
    username?: string;
    /** A higher number makes a new password, in the database and in the secret. @default 1 */
    passwordVersion?: number;
    /** Database that the application uses; the first write creates it. @default "aiplatform" */
    databaseName?: string;
    /** `iopt1` costs more by the GB and nothing by the request. @default "standard" */
    storageType?: "standard" | "iopt1";
    /** What the audit log holds: `ddl` with sign-ins and changes of users, `all` every statement, which costs time and money. @default "ddl" */
    auditLogs?: "ddl" | "dml_read" | "dml_write" | "all";
    /** Operations that take this many milliseconds or longer go to the profiler's log: 50 or more. @default 100 */
    profilerThresholdMs?: number;
    /** Days of backups, 1 to 35. @default 7 */
    backupRetentionDays?: number;
    /** Daily, UTC, 30 minutes or longer. @default "03:00-04:00" */
    backupWindow?: string;
    /** Weekly, UTC, 30 minutes or longer, apart from `backupWindow`. @default "Sun:04:00-Sun:05:00" */
    maintenanceWindow?: string;
    /** AWS refuses to delete the cluster as long as this is on. @default true */
    deletionProtection?: boolean;
    /** Takes a last snapshot when the cluster is deleted. @default true */
    finalSnapshot?: boolean;
    /**
     * Makes changes at once that otherwise wait for the maintenance window. Of the cluster's that is the new password alone: the others are
     * immediate anyway (ModifyDBCluster, `ApplyImmediately`), and a password that waits locks out whoever reads the secret. Of the
     * instances' it is the class, which restarts them. @default true for the cluster, false for its instances
     */
    applyImmediately?: boolean;
    /** @default "rds-ca-rsa2048-g1" */
    caCertIdentifier?: string;
    transform?: {
        cluster?: Transform<aws.docdb.ClusterArgs>;
        instance?: Transform<aws.docdb.ClusterInstanceArgs>;
        parameterGroup?: Transform<aws.docdb.ClusterParameterGroupArgs>;
    };
}

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
export class DocumentCluster extends pulumi.ComponentResource implements Peer, Watched {
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
    private readonly args: DocumentClusterArgs;

    constructor(name: string, args: DocumentClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ai-platform:components:DocumentCluster", name, validated(name, args), opts);
        this.logicalName = name;
        this.args = args;
        this.databaseName = args.databaseName ?? "aiplatform";
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
    allowFrom(peer: Peer): void {
        allow(this, peer, this, this.port);
    }

    /** What is to be watched: the worst of the instances each time. */
    get signals(): Signal[] {
        const { instanceClass = "db.r6g.large", instances = 2 } = this.args;
        return documentSignals(this.identifier, instanceClass, instances);
    }

    private createPassword(): pulumi.Output<string> {
        // Letters and digits only: nothing to escape in a URI.
        return new random.RandomPassword(
            `${this.logicalName}-password`,
            { length: 48, special: false, keepers: { version: String(this.args.passwordVersion ?? 1) } },
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
                masterUsername: args.username ?? "app",
                masterPasswordWo: password,
                masterPasswordWoVersion: args.passwordVersion ?? 1,
                port: this.port,
                dbSubnetGroupName: subnetGroup.name,
                vpcSecurityGroupIds: [this.securityGroupId],
                dbClusterParameterGroupName: this.createParameterGroup().name,
                storageEncrypted: true,
                kmsKeyId: args.kmsKeyArn,
                storageType: args.storageType ?? "standard",
                enabledCloudwatchLogsExports: LOGS,
                backupRetentionPeriod: args.backupRetentionDays ?? 7,
                preferredBackupWindow: args.backupWindow ?? "03:00-04:00",
                preferredMaintenanceWindow: this.maintenanceWindow(),
                deletionProtection: args.deletionProtection ?? true,
                ...this.whenDeleted(),
                // The secret has the new password at once; so must the cluster.
                applyImmediately: args.applyImmediately ?? true,
            }),
            { parent: this, dependsOn: logGroups },
        );
    }

    /** AWS refuses a final snapshot whose name is taken by an earlier cluster's. */
    private whenDeleted(): Pick<aws.docdb.ClusterArgs, "skipFinalSnapshot" | "finalSnapshotIdentifier"> {
        const suffix = new random.RandomId(`${this.logicalName}-final-snapshot`, { byteLength: 4 }, { parent: this });
        if (this.args.finalSnapshot === false) return { skipFinalSnapshot: true };
        return { skipFinalSnapshot: false, finalSnapshotIdentifier: pulumi.interpolate`${this.args.identifier}-final-${suffix.hex}` };
    }

    private createParameterGroup(): aws.docdb.ClusterParameterGroup {
        const { args } = this;
        const parameters = [
            { name: "audit_logs", value: args.auditLogs ?? "ddl" },
            { name: "profiler", value: "enabled" },
            { name: "profiler_threshold_ms", value: String(args.profilerThresholdMs ?? 100) },
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
        for (let number = 1; number <= (args.instances ?? 2); number++) {
            new aws.docdb.ClusterInstance(
                `${this.logicalName}-${number}`,
                transformed(args.transform?.instance, {
                    clusterIdentifier: cluster.id,
                    engine: "docdb",
                    instanceClass: args.instanceClass ?? "db.r6g.large",
                    caCertIdentifier: args.caCertIdentifier ?? "rds-ca-rsa2048-g1",
                    preferredMaintenanceWindow: this.maintenanceWindow(),
                    copyTagsToSnapshot: true,
                    applyImmediately: args.applyImmediately ?? false,
                }),
                { parent: this },
            );
        }
    }

    /** DocumentDB answers in lower case; anything else would be a change for ever. */
    private maintenanceWindow(): string {
        return (this.args.maintenanceWindow ?? "Sun:04:00-Sun:05:00").toLowerCase();
    }

    private createConnectionSecret(password: pulumi.Output<string>): ReplicatedSecret {
        const { args, endpoint, port, databaseName: database } = this;
        const username = args.username ?? "app";
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
