import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { expect } from "chai";
import { DocumentCluster, type DocumentClusterArgs } from "../../components";
import { parseJson, record } from "../../components/testing";
import { untransformable } from "../support/transforms";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-data";
const LOG_KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-logs";
const required: DocumentClusterArgs = {
    vpcId: "vpc-1",
    subnetIds: ["subnet-1", "subnet-2"],
    identifier: "ai-platform-prod",
    secretName: "ai-platform/prod/documents",
    kmsKeyArn: KEY,
    logKeyArn: LOG_KEY,
};
const recorded = (more: Partial<DocumentClusterArgs> = {}, use?: (documents: DocumentCluster) => void) =>
    record(() => {
        const documents = new DocumentCluster("documents", { ...required, ...more });
        use?.(documents);
    });
const clusterOf = async (more: Partial<DocumentClusterArgs> = {}) => (await recorded(more)).one(aws.docdb.Cluster);

describe("DocumentCluster", () => {
    it("names the final snapshot differently after a change that replaces it", async () => {
        const keepers = async (more: Parameters<typeof recorded>[0] = {}) => (await recorded(more)).one(random.RandomId).inputs.keepers;
        for (const change of [
            { identifier: "other" },
            { username: "other" },
            { kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/other" },
            { vpcId: "vpc-2" },
        ]) {
            expect(await keepers(change), JSON.stringify(change)).not.to.deep.equal(await keepers());
        }
        expect(await keepers({ applyImmediately: true })).to.deep.equal(await keepers());
    });

    it("is a DocumentDB 5.0 cluster with backups", async () => {
        expect((await clusterOf()).inputs).to.include({
            clusterIdentifier: "ai-platform-prod",
            engine: "docdb",
            engineVersion: "5.0.0",
            port: 27017,
            storageType: "standard",
            backupRetentionPeriod: 7,
            preferredBackupWindow: "03:00-04:00",
            preferredMaintenanceWindow: "sun:04:00-sun:05:00",
            applyImmediately: true,
        });
    });

    it("is encrypted at rest and in transit", async () => {
        const recording = await recorded();
        expect(recording.one(aws.docdb.Cluster).inputs).to.include({ storageEncrypted: true, kmsKeyId: KEY });
        const { inputs } = recording.one(aws.docdb.ClusterParameterGroup);
        expect(inputs.family).to.equal("docdb5.0");
        expect(inputs.parameters).to.deep.include({ name: "tls", value: "enabled", applyMethod: "pending-reboot" });
    });

    it("exports audit and profiler logs to encrypted groups, created before the cluster", async () => {
        const recording = await recorded({ auditLogs: "all", profilerThresholdMs: 250, logRetentionDays: 90 });
        const cluster = recording.one(aws.docdb.Cluster);
        expect(cluster.inputs.enabledCloudwatchLogsExports).to.deep.equal(["audit", "profiler"]);
        const values = Object.fromEntries(
            (recording.one(aws.docdb.ClusterParameterGroup).inputs.parameters ?? []).map(({ name, value }) => [name, value]),
        );
        expect(values).to.include({ audit_logs: "all", profiler: "enabled", profiler_threshold_ms: "250" });
        const groups = recording.all(aws.cloudwatch.LogGroup);
        expect(groups.map(({ inputs }) => inputs)).to.deep.equal([
            { name: "/aws/docdb/ai-platform-prod/audit", kmsKeyId: LOG_KEY, retentionInDays: 90 },
            { name: "/aws/docdb/ai-platform-prod/profiler", kmsKeyId: LOG_KEY, retentionInDays: 90 },
        ]);
        expect(cluster.dependencies).to.include.members(groups.map(({ urn }) => urn));
    });

    it("sets a generated password write-only, for a user that AWS doesn't reserve", async () => {
        const recording = await recorded({ passwordVersion: 3 });
        const cluster = recording.one(aws.docdb.Cluster);
        expect(cluster.inputs).to.include({
            masterUsername: "app",
            masterPasswordWo: "generated-secret-documents-password",
            masterPasswordWoVersion: 3,
        });
        expect(cluster.isSecret("masterPasswordWo")).to.be.true;
        expect(cluster.inputs).not.to.have.any.keys("masterPassword", "manageMasterUserPassword");
        expect(recording.one(random.RandomPassword).inputs).to.deep.include({ special: false, keepers: { version: "3" } });
        expect(JSON.stringify(recording.deployment())).not.to.contain("generated-secret");
    });

    it("stores the connection in a secret, with a URI for DocumentDB", async () => {
        const recording = await recorded({ username: "owner", databaseName: "orders", secretRecoveryWindowDays: 30 });
        const host = recording.one(aws.docdb.Cluster).outputs.endpoint as string;
        const version = recording.one(aws.secretsmanager.SecretVersion);
        const password = "generated-secret-documents-password";
        expect(parseJson(version.inputs.secretString)).to.deep.equal({
            host,
            port: 27017,
            database: "orders",
            username: "owner",
            password,
            connectionString:
                `mongodb://owner:${password}@${host}:27017/` +
                "?tls=true&replicaSet=rs0&readPreference=secondaryPreferred&retryWrites=false",
        });
        expect(version.isSecret("secretString")).to.be.true;
        expect(recording.one(aws.secretsmanager.Secret).inputs).to.include({
            name: "ai-platform/prod/documents",
            kmsKeyId: KEY,
            recoveryWindowInDays: 30,
        });
    });

    it("keeps its data when it is deleted, unless configured otherwise", async () => {
        const kept = (await clusterOf()).inputs;
        expect(kept).to.include({ deletionProtection: true, skipFinalSnapshot: false });
        expect(kept.finalSnapshotIdentifier).to.match(/^ai-platform-prod-final-[0-9a-f]{8}$/);
        const given = (await clusterOf({ deletionProtection: false, skipFinalSnapshot: true })).inputs;
        expect(given).to.include({ deletionProtection: false, skipFinalSnapshot: true }).and.not.have.property("finalSnapshotIdentifier");
    });

    it("has two instances, or the configured number", async () => {
        const recording = await recorded();
        const instances = recording.all(aws.docdb.ClusterInstance);
        expect(instances.map(({ name }) => name)).to.deep.equal(["documents-1", "documents-2"]);
        for (const { inputs } of instances) {
            expect(inputs).to.include({
                clusterIdentifier: recording.one(aws.docdb.Cluster).id,
                instanceClass: "db.r6g.large",
                caCertIdentifier: "rds-ca-rsa2048-g1",
                preferredMaintenanceWindow: "sun:04:00-sun:05:00",
                copyTagsToSnapshot: true,
            });
        }
        const one = await recorded({ instances: 1, instanceClass: "db.t4g.medium" });
        expect(one.one(aws.docdb.ClusterInstance).inputs.instanceClass).to.equal("db.t4g.medium");
    });

    it("distributes the instances across the zones, and never moves one", async () => {
        const zonesOf = async (more: Partial<DocumentClusterArgs>) => {
            const instances = (await recorded(more)).all(aws.docdb.ClusterInstance);
            for (const { ignoreChanges } of instances) expect(ignoreChanges).to.include("availabilityZone");
            return instances.map(({ inputs }) => inputs.availabilityZone);
        };
        const [subnets, zones] = [
            ["subnet-1", "subnet-2"],
            ["us-east-1a", "us-east-1c"],
        ];
        const vpc = { vpcId: "vpc-1", privateSubnetIds: subnets, dataSubnetIds: subnets, availabilityZoneNames: zones };
        const inVpc = { vpc, vpcId: undefined, subnetIds: undefined };
        expect(await zonesOf({ ...inVpc, instances: 3 })).to.deep.equal(["us-east-1a", "us-east-1c", "us-east-1a"]);
        expect(await zonesOf({ ...inVpc, availabilityZoneNames: ["us-east-1c", "us-east-1a"] })).to.deep.equal([
            "us-east-1c",
            "us-east-1a",
        ]);
        expect(await zonesOf({ availabilityZoneNames: zones })).to.deep.equal(zones);
        expect(await zonesOf({})).to.deep.equal([undefined, undefined]);
    });

    it("passes other settings on", async () => {
        const recording = await recorded({
            storageType: "iopt1",
            backupRetentionPeriod: 35,
            backupWindow: "01:00-01:30",
            maintenanceWindow: "Mon:02:00-Mon:02:30",
            applyImmediately: false,
            caCertIdentifier: "rds-ca-ecc384-g1",
        });
        expect(recording.one(aws.docdb.Cluster).inputs).to.include({
            storageType: "iopt1",
            backupRetentionPeriod: 35,
            preferredBackupWindow: "01:00-01:30",
            preferredMaintenanceWindow: "mon:02:00-mon:02:30",
            applyImmediately: true,
            dbSubnetGroupName: recording.one(aws.docdb.SubnetGroup).outputs.name,
            dbClusterParameterGroupName: recording.one(aws.docdb.ClusterParameterGroup).outputs.name,
        });
        expect(recording.one(aws.docdb.SubnetGroup).inputs.subnetIds).to.deep.equal(["subnet-1", "subnet-2"]);
        expect(recording.one(aws.docdb.ClusterInstance, "documents-1").inputs.caCertIdentifier).to.equal("rds-ca-ecc384-g1");
    });

    it("applies a new password immediately, and instance changes as configured", async () => {
        const applied = (recording: Awaited<ReturnType<typeof recorded>>) => [
            recording.one(aws.docdb.Cluster).inputs.applyImmediately,
            ...recording.all(aws.docdb.ClusterInstance).map(({ inputs }) => inputs.applyImmediately),
        ];
        expect(applied(await recorded())).to.deep.equal([true, false, false]);
        expect(applied(await recorded({ applyImmediately: true }))).to.deep.equal([true, true, true]);
        expect(applied(await recorded({ applyImmediately: false })), "the secret has the new password immediately").to.deep.equal([
            true,
            false,
            false,
        ]);
    });

    it("allows connections to port 27017 by security group reference only", async () => {
        const recording = await recorded({}, (documents) => {
            const { id } = new aws.ec2.SecurityGroup("ingest-function");
            documents.allowFrom({ logicalName: "ingest", securityGroupId: id });
        });
        const own = recording.one(aws.ec2.SecurityGroup, "documents-access");
        const peer = recording.one(aws.ec2.SecurityGroup, "ingest-function");
        expect(own.inputs).to.include({ vpcId: "vpc-1" }).and.not.have.any.keys("ingress", "egress");
        expect(recording.one(aws.docdb.Cluster).inputs.vpcSecurityGroupIds).to.deep.equal([own.id]);
        const [rule, ...more] = recording.all(aws.vpc.SecurityGroupIngressRule);
        expect(more).to.be.empty;
        expect(rule?.inputs).to.include({ securityGroupId: own.id, referencedSecurityGroupId: peer.id, fromPort: 27017, toPort: 27017 });
    });

    it("has alarms, on replica lag only if there are replicas", async () => {
        const thresholds: Record<string, number> = {};
        await recorded({}, ({ alarms }) => {
            for (const { name, threshold } of alarms) thresholds[name] = threshold;
        });
        expect(Object.keys(thresholds)).to.deep.equal(["cpu", "free-memory", "free-local-storage", "connections", "replica-lag"]);
        expect(thresholds).to.include({ connections: 1360, "free-memory": Math.round(0.8 * 2 ** 30) });
        await recorded({ instances: 1 }, ({ alarms }) => {
            expect(alarms.map(({ name }) => name)).not.to.include("replica-lag");
        });
    });

    it("parents its resources, and applies transforms", async () => {
        const recording = await recorded({
            transform: {
                cluster: { networkType: "DUAL" },
                instances: () => ({ promotionTier: 1 }),
                parameterGroup: { description: "ours" },
            },
        });
        const parts = recording.registered.filter(({ type }) => type.includes(":docdb/"));
        for (const { parent } of parts) expect(parent).to.contain("ai-platform:components:DocumentCluster::documents");
        expect(recording.one(aws.docdb.Cluster, "documents-cluster").inputs.networkType).to.equal("DUAL");
        expect(recording.one(aws.docdb.ClusterInstance, "documents-2").inputs.promotionTier).to.equal(1);
        expect(recording.one(aws.docdb.ClusterParameterGroup).inputs.description).to.equal("ours");
    });

    it("can have every resource transformed", async () => {
        const create = (transform: never) => {
            const documents = new DocumentCluster("documents", { ...required, transform });
            documents.allowFrom({ logicalName: "ingest", securityGroupId: pulumi.output("sg-ingest") });
            documents.connectionSecret.grantRead({ logicalName: "ingest", roleName: pulumi.output("ingest") });
        };
        expect(await untransformable(create)).to.deep.equal([]);
    });

    const rejected: [Partial<DocumentClusterArgs>, string][] = [
        [{ identifier: "9lives" }, "identifier must be up to 63 lower-case letters, digits, and single hyphens"],
        [{ identifier: "a".repeat(64) }, "identifier must be"],
        [{ instances: 0 }, "instances must be between 1 and 16"],
        [{ instances: 17 }, "instances must be between 1 and 16"],
        [{ instanceClass: "cache.r6g.large" }, "instanceClass must be a class such as db.r6g.large"],
        [{ username: "admin" }, "username must be a letter and up to 62 letters and digits, and not admin"],
        [{ username: "my_app" }, "username must be"],
        [{ passwordVersion: 1.5 }, "passwordVersion must be 1 or more"],
        [{ databaseName: "admin" }, "databaseName must be up to 63 letters, digits, _, and -, and not admin, config, or local"],
        [{ databaseName: "a.b" }, "databaseName must be"],
        [{ profilerThresholdMs: 10 }, "profilerThresholdMs must be 50 milliseconds or more"],
        [{ backupRetentionPeriod: 0 }, "backupRetentionPeriod must be between 1 and 35"],
        [{ availabilityZoneNames: ["us-east-1a", "us-east-1a"] }, "availabilityZoneNames must be different from each other"],
        [{ availabilityZoneNames: ["use1-az1"] }, "availabilityZoneNames must be names of Availability Zones, such as us-east-1a"],
        [{ backupWindow: "25:00-26:00" }, "backupWindow must be like 03:00-04:00 (UTC) and 30 minutes or longer"],
        [{ maintenanceWindow: "Sun:03:30-Sun:04:30" }, "maintenanceWindow must not overlap backupWindow (03:00-04:00)"],
    ];
    for (const [args, message] of rejected) {
        it(`rejects ${JSON.stringify(args)}`, () => {
            expect(() => new DocumentCluster("documents", { ...required, ...args })).to.throw(`DocumentCluster "documents": ${message}`);
        });
    }
});
