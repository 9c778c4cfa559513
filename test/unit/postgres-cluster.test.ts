import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { expect } from "chai";
import { PostgresCluster, type PostgresClusterArgs } from "../../components";
import type { PostgresCommonArgs, PostgresPrimaryArgs, PostgresReplicaArgs } from "../../components/postgres-cluster";
import { parseJson, parsePolicy, record, type RecordOptions } from "../../components/testing";
import { untransformable } from "../support/transforms";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-data";
const LOG_KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-logs";
const RECOVERY = { region: "us-west-2", kmsKeyArn: "arn:aws:kms:us-west-2:123456789012:key/mrk-data" };
const SOURCE = "arn:aws:rds:us-east-1:123456789012:db:ai-platform-prod";

const common = {
    vpcId: "vpc-1",
    subnetIds: ["subnet-1", "subnet-2"],
    identifier: "ai-platform-prod",
    secretName: "ai-platform/prod/database",
    kmsKeyArn: KEY,
    logKeyArn: LOG_KEY,
    dbName: "app",
};
const ofSource: PostgresReplicaArgs = {
    replicaOf: { sourceArn: SOURCE },
    credentials: { username: "app", password: "the-source's-password" },
};
/** Storage of a size that allows provisioned IOPS. */
const LARGE = { allocatedStorage: 400, maxAllocatedStorage: 4000 };
type Common = Partial<PostgresCommonArgs>;
type Primary = Common & Partial<PostgresPrimaryArgs>;

const make = (args: PostgresClusterArgs, options?: RecordOptions, use?: (database: PostgresCluster) => void) =>
    record(() => {
        const database = new PostgresCluster("database", args);
        use?.(database);
    }, options);
const primary = (more: Primary = {}, use?: (database: PostgresCluster) => void) =>
    make({ ...common, username: "app", ...more }, undefined, use);
const replica = (more: Common & Partial<PostgresReplicaArgs> = {}, use?: (database: PostgresCluster) => void) =>
    make({ ...common, identifier: "ai-platform-dr", ...ofSource, ...more }, { region: "us-west-2" }, use);
const refusal = (more: Primary) => () => new PostgresCluster("database", { ...common, username: "app", ...more });

describe("PostgresCluster", () => {
    it("names the final snapshot differently after a change that replaces it", async () => {
        const keepers = async (more: Parameters<typeof primary>[0] = {}) => (await primary(more)).one(random.RandomId).inputs.keepers;
        for (const change of [
            { identifier: "other" },
            { username: "other" },
            { dbName: "other" },
            { kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/other" },
            { vpcId: "vpc-2" },
        ]) {
            expect(await keepers(change), JSON.stringify(change)).not.to.deep.equal(await keepers());
        }
        expect(await keepers({ applyImmediately: true })).to.deep.equal(await keepers());
    });

    describe("as a primary", () => {
        it("has the defaults of the design", async () => {
            const { inputs } = (await primary()).one(aws.rds.Instance);
            expect(inputs).to.include({
                identifier: "ai-platform-prod",
                engine: "postgres",
                engineVersion: "17",
                instanceClass: "db.r6g.xlarge",
                allocatedStorage: 100,
                maxAllocatedStorage: 200,
                storageType: "gp3",
                multiAz: true,
                port: 5432,
                dbName: "app",
                backupRetentionPeriod: 7,
                backupWindow: "03:00-04:00",
                maintenanceWindow: "sun:04:00-sun:05:00",
                databaseInsightsMode: "standard",
                performanceInsightsEnabled: true,
                performanceInsightsRetentionPeriod: 7,
                monitoringInterval: 60,
                autoMinorVersionUpgrade: true,
                allowMajorVersionUpgrade: false,
                applyImmediately: false,
                copyTagsToSnapshot: true,
                engineLifecycleSupport: "open-source-rds-extended-support-disabled",
                caCertIdentifier: "rds-ca-rsa2048-g1",
            });
        });

        it("has timeouts that cover a copy of the whole database", async () => {
            for (const recording of [await primary(), await replica()]) {
                expect(recording.one(aws.rds.Instance).customTimeouts).to.deep.equal({ create: "3h", update: "3h" });
            }
        });

        it("is encrypted and private, and requires TLS", async () => {
            const recording = await primary();
            const { inputs } = recording.one(aws.rds.Instance);
            expect(inputs).to.include({
                storageEncrypted: true,
                kmsKeyId: KEY,
                performanceInsightsKmsKeyId: KEY,
                publiclyAccessible: false,
                iamDatabaseAuthenticationEnabled: true,
            });
            expect(inputs.vpcSecurityGroupIds).to.deep.equal([recording.one(aws.ec2.SecurityGroup).id]);
            expect(inputs.dbSubnetGroupName).to.equal(recording.one(aws.rds.SubnetGroup).outputs.name);
            expect(recording.one(aws.rds.SubnetGroup).inputs.subnetIds).to.deep.equal(["subnet-1", "subnet-2"]);
            expect(recording.one(aws.rds.ParameterGroup).inputs.parameters).to.deep.include({
                name: "rds.force_ssl",
                value: "1",
                applyMethod: "pending-reboot",
            });
        });

        it("sets a generated password write-only, not one managed by RDS", async () => {
            const recording = await primary();
            const instance = recording.one(aws.rds.Instance);
            expect(instance.inputs).to.include({
                username: "app",
                passwordWo: "generated-secret-database-password",
                passwordWoVersion: 1,
            });
            expect(instance.isSecret("passwordWo")).to.be.true;
            expect(instance.inputs).not.to.have.any.keys("manageMasterUserPassword", "password");
            expect(recording.one(random.RandomPassword).inputs).to.deep.include({ length: 48, special: false, keepers: { version: "1" } });
            expect(JSON.stringify(recording.deployment())).not.to.contain("generated-secret");
        });

        it("generates and sets a new password when the version increases", async () => {
            const recording = await primary({ passwordVersion: 2 });
            expect(recording.one(random.RandomPassword).inputs.keepers).to.deep.equal({ version: "2" });
            expect(recording.one(aws.rds.Instance).inputs.passwordWoVersion).to.equal(2);
        });

        it("stores the connection in a secret, with a connection string for Npgsql", async () => {
            const recording = await primary({ username: "owner", dbName: "orders", rootCertificate: "/etc/rds.pem" });
            const version = recording.one(aws.secretsmanager.SecretVersion);
            const host = recording.one(aws.rds.Instance).outputs.address as string;
            const password = "generated-secret-database-password";
            expect(parseJson(version.inputs.secretString)).to.deep.equal({
                host,
                port: 5432,
                database: "orders",
                username: "owner",
                password,
                connectionString:
                    `Host=${host};Port=5432;Database=orders;Username=owner;Password=${password};` +
                    "SSL Mode=VerifyFull;Root Certificate=/etc/rds.pem",
            });
            expect(version.isSecret("secretString")).to.be.true;
            const secret = recording.one(aws.secretsmanager.Secret);
            expect(secret.inputs).to.include({ name: "ai-platform/prod/database", kmsKeyId: KEY, recoveryWindowInDays: 7 });
            expect(secret.inputs.replicas).to.equal(undefined);
        });

        it("omits the root certificate from the connection string without a path", async () => {
            const { inputs } = (await primary({ secretRecoveryWindowDays: 0 })).one(aws.secretsmanager.SecretVersion);
            expect(parseJson<{ connectionString: string }>(inputs.secretString).connectionString).to.match(/;SSL Mode=VerifyFull$/);
        });

        it("replicates backups and secret to the recovery region, with the key of that region", async () => {
            const recording = await primary({ recovery: { ...RECOVERY, continuousBackups: true }, backupRetentionPeriod: 14 });
            expect(recording.one(aws.rds.InstanceAutomatedBackupsReplication).inputs).to.deep.equal({
                region: "us-west-2",
                sourceDbInstanceArn: recording.one(aws.rds.Instance).outputs.arn,
                kmsKeyId: RECOVERY.kmsKeyArn,
                retentionPeriod: 14,
            });
            const replicas = recording.one(aws.secretsmanager.Secret).inputs.replicas;
            expect(replicas).to.deep.equal([{ region: "us-west-2", kmsKeyId: RECOVERY.kmsKeyArn }]);
            expect((await primary()).all(aws.rds.InstanceAutomatedBackupsReplication)).to.be.empty;
        });

        it("replicates the secret without the backups by default", async () => {
            for (const recovery of [RECOVERY, { ...RECOVERY, continuousBackups: false }]) {
                const recording = await primary({ recovery });
                expect(recording.all(aws.rds.InstanceAutomatedBackupsReplication)).to.be.empty;
                const replicas = recording.one(aws.secretsmanager.Secret).inputs.replicas;
                expect(replicas).to.deep.equal([{ region: "us-west-2", kmsKeyId: RECOVERY.kmsKeyArn }]);
            }
        });

        it("keeps its data when it is deleted, unless configured otherwise", async () => {
            const kept = (await primary()).one(aws.rds.Instance).inputs;
            expect(kept).to.include({ deletionProtection: true, skipFinalSnapshot: false, deleteAutomatedBackups: false });
            expect(kept.finalSnapshotIdentifier).to.match(/^ai-platform-prod-final-[0-9a-f]{8}$/);
            const given = (await primary({ deletionProtection: false, skipFinalSnapshot: true })).one(aws.rds.Instance).inputs;
            expect(given).to.include({ deletionProtection: false, skipFinalSnapshot: true, deleteAutomatedBackups: true });
            expect(given).not.to.have.property("finalSnapshotIdentifier");
        });

        it("keeps insights for 465 days in advanced mode, as AWS requires", async () => {
            const { inputs } = (await primary({ databaseInsightsMode: "advanced" })).one(aws.rds.Instance);
            expect(inputs).to.include({ databaseInsightsMode: "advanced", performanceInsightsRetentionPeriod: 465 });
        });
    });

    describe("storage", () => {
        const storage = async (recording: ReturnType<typeof primary>) => {
            const { storageType, iops, storageThroughput } = (await recording).one(aws.rds.Instance).inputs;
            return { storageType, iops, storageThroughput };
        };

        it("provisions IOPS and throughput of gp3 and io2", async () => {
            const gp3 = { storageType: "gp3", iops: 16000, storageThroughput: 4000 } as const;
            expect(await storage(primary({ ...LARGE, ...gp3 }))).to.deep.equal(gp3);
            const io2 = { storageType: "io2", iops: 20000 } as const;
            expect(await storage(primary({ ...io2 }))).to.deep.equal({ ...io2, storageThroughput: undefined });
        });

        it("of a replica can have IOPS of its own, although the size is that of its source", async () => {
            expect(await storage(replica({ iops: 13000, storageThroughput: 600 }))).to.deep.equal({
                storageType: "gp3",
                iops: 13000,
                storageThroughput: 600,
            });
        });
    });

    describe("restored", () => {
        const pointInTime = { sourceDbInstanceIdentifier: "shop-prod", restoreTime: "2026-11-24T09:30:00Z" };
        /** What AWS takes from the source. The test monitor returns it as the properties of the instance. */
        const restored = (actual: Record<string, unknown>) =>
            make({ ...common, username: "app", snapshotIdentifier: "shop" }, { outputs: { "aws:rds/instance:Instance": () => actual } });

        it("starts from the snapshot or point in time, with the database, user, and key of the source, and a new password", async () => {
            for (const source of [{ snapshotIdentifier: "rds:shop-prod-2026-11-24-03-05" }, { restoreToPointInTime: pointInTime }]) {
                const { inputs } = (await primary(source)).one(aws.rds.Instance);
                expect(inputs).to.deep.include(source);
                expect(inputs).not.to.have.any.keys("dbName", "username", "kmsKeyId");
                expect(inputs).to.include({ passwordWo: "generated-secret-database-password", storageEncrypted: true });
            }
        });

        it("is never replaced when a source is added, changed, or removed, or if it has the key of its source", async () => {
            for (const source of [{}, { snapshotIdentifier: "shop" }, { restoreToPointInTime: pointInTime }]) {
                const { ignoreChanges } = (await primary(source)).one(aws.rds.Instance);
                expect(ignoreChanges).to.include.members(["snapshotIdentifier", "restoreToPointInTime", "kmsKeyId"]);
            }
            // A replica in another region can have another key only as another instance.
            expect((await replica()).one(aws.rds.Instance).ignoreChanges).not.to.include("kmsKeyId");
        });

        it("must have the names that the connection secret contains, and encrypted storage", async () => {
            const message = async (actual: Record<string, unknown>) =>
                restored(actual).then(
                    () => "",
                    (error: unknown) => String(error),
                );
            expect(await message({ dbName: "app", username: "app", storageEncrypted: true })).to.equal("");
            expect(await message({ username: "shop" })).to.contain("username must be shop, the master user of the restored instance");
            expect(await message({ dbName: "shop" })).to.contain("dbName must be shop, the database of the restored instance");
            expect(await message({ storageEncrypted: false })).to.contain("snapshotIdentifier must be encrypted");
        });

        it("fails if the instance exists already without the data, because the first update was canceled before the source was set", async () => {
            // The engine ignores the new source, so the properties of the instance lack it.
            const attempt = restored({ snapshotIdentifier: null }).then(String, String);
            expect(await attempt).to.contain("snapshotIdentifier or restoreToPointInTime must not be set: the instance exists");
        });
    });

    describe("as a replica", () => {
        it("replicates the source with the key, subnets and parameters of its own region", async () => {
            const recording = await replica({ kmsKeyArn: RECOVERY.kmsKeyArn });
            const { inputs } = recording.one(aws.rds.Instance);
            expect(inputs).to.include({
                identifier: "ai-platform-dr",
                replicateSourceDb: SOURCE,
                kmsKeyId: RECOVERY.kmsKeyArn,
                storageEncrypted: true,
                dbSubnetGroupName: recording.one(aws.rds.SubnetGroup).outputs.name,
                parameterGroupName: recording.one(aws.rds.ParameterGroup).outputs.name,
            });
        });

        it("omits the properties that AWS takes from the source", async () => {
            const { inputs } = (await replica()).one(aws.rds.Instance);
            expect(inputs).not.to.have.any.keys(
                "username",
                "dbName",
                "password",
                "passwordWo",
                "passwordWoVersion",
                "manageMasterUserPassword",
                "allocatedStorage",
                "maxAllocatedStorage",
                "databaseInsightsMode",
                "engineLifecycleSupport",
            );
            expect(inputs).to.include({ backupRetentionPeriod: 7, performanceInsightsEnabled: true });
        });

        it("keeps the storage limit that AWS gave it, unless one is configured", async () => {
            const instance = async (more: Parameters<typeof replica>[0]) => (await replica(more)).one(aws.rds.Instance);
            expect((await instance({})).ignoreChanges).to.deep.equal(["maxAllocatedStorage"]);
            const limited = await instance({ maxAllocatedStorage: 500 });
            expect(limited.inputs.maxAllocatedStorage).to.equal(500);
            expect(limited.ignoreChanges).to.be.empty;
            expect((await primary()).one(aws.rds.Instance).ignoreChanges).not.to.include("maxAllocatedStorage");
        });

        it("stores the credentials of the source and its own host in its own secret", async () => {
            const recording = await replica({ secretName: "ai-platform/dr/database" });
            const version = recording.one(aws.secretsmanager.SecretVersion);
            const value = parseJson<Record<string, string>>(version.inputs.secretString);
            expect(value).to.include({ username: "app", password: "the-source's-password", database: "app" });
            expect(value.host).to.match(/^ai-platform-dr\..*\.us-west-2\.rds\.amazonaws\.com$/);
            expect(value.connectionString).to.contain(`Host=${value.host}`).and.contain('Password="the-source\'s-password";');
            expect(recording.one(aws.secretsmanager.Secret).inputs.name).to.equal("ai-platform/dr/database");
            expect(JSON.stringify(recording.deployment())).not.to.contain("the-source's-password");
            expect(recording.all(random.RandomPassword)).to.be.empty;
            expect(recording.all(aws.rds.InstanceAutomatedBackupsReplication)).to.be.empty;
        });

        it("quotes credentials in the connection string that contain separators", async () => {
            const recording = await replica({ credentials: { username: "app", password: 'a;Host=evil"x' } });
            const value = parseJson<Record<string, string>>(recording.one(aws.secretsmanager.SecretVersion).inputs.secretString);
            expect(value.connectionString).to.contain(';Password="a;Host=evil""x";SSL Mode');
            expect(value.password).to.equal('a;Host=evil"x');
        });

        it("is promoted by removing the source, and nothing else changes, so that a promotion by another tool needs no update", async () => {
            const standby = await replica();
            const active = await replica({ promoted: true });
            const { replicateSourceDb, ...before } = standby.one(aws.rds.Instance).inputs;
            expect(active.one(aws.rds.Instance).inputs).to.deep.equal(before);
            expect(replicateSourceDb).to.equal(SOURCE);
            expect(before).to.include({ skipFinalSnapshot: false, deleteAutomatedBackups: false });
            expect(before.finalSnapshotIdentifier).to.match(/^ai-platform-dr-final-[0-9a-f]{8}$/);
            const others = (recording: typeof standby) => recording.registered.filter(({ type }) => type !== "aws:rds/instance:Instance");
            expect(others(active)).to.deep.equal(others(standby));
        });

        it("rejects a source name, because another region requires an ARN", () => {
            const named = { ...common, ...ofSource, replicaOf: { sourceArn: "ai-platform-prod" } };
            expect(() => new PostgresCluster("database", named)).to.throw(
                'PostgresCluster "database": replicaOf.sourceArn must be the ARN of a database instance in the other region',
            );
        });
    });

    it("logs DDL and slow statements by default, or the configured ones", async () => {
        const parameters = async (more: Common) => (await primary(more)).one(aws.rds.ParameterGroup).inputs.parameters;
        expect(await parameters({})).to.deep.equal([
            { name: "log_statement", value: "ddl", applyMethod: "immediate" },
            { name: "log_min_duration_statement", value: "1000", applyMethod: "immediate" },
            { name: "rds.force_ssl", value: "1", applyMethod: "pending-reboot" },
        ]);
        expect(await parameters({ logStatement: "all", logMinDurationMs: 500 })).to.deep.include.members([
            { name: "log_statement", value: "all", applyMethod: "immediate" },
            { name: "log_min_duration_statement", value: "500", applyMethod: "immediate" },
        ]);
    });

    it("exports logs to encrypted groups with limited retention, created before the instance", async () => {
        const recording = await primary({ logRetentionDays: 90 });
        const groups = recording.all(aws.cloudwatch.LogGroup);
        expect(groups.map(({ inputs }) => inputs)).to.deep.equal([
            { name: "/aws/rds/instance/ai-platform-prod/postgresql", kmsKeyId: LOG_KEY, retentionInDays: 90 },
            { name: "/aws/rds/instance/ai-platform-prod/upgrade", kmsKeyId: LOG_KEY, retentionInDays: 90 },
        ]);
        const instance = recording.one(aws.rds.Instance);
        expect(instance.inputs.enabledCloudwatchLogsExports).to.deep.equal(["postgresql", "upgrade"]);
        expect(instance.dependencies).to.include.members(groups.map(({ urn }) => urn));
    });

    it("restricts the monitoring role to this instance, and waits for its permission", async () => {
        const recording = await primary();
        const role = recording.one(aws.iam.Role);
        const [trust] = parsePolicy(role.inputs.assumeRolePolicy).Statement;
        expect(trust?.Principal).to.deep.equal(["monitoring.rds.amazonaws.com"]);
        expect(trust?.Condition).to.deep.equal({
            StringEquals: { "aws:SourceAccount": "123456789012" },
            ArnLike: { "aws:SourceArn": "arn:aws:rds:us-east-1:123456789012:db:ai-platform-prod" },
        });
        const permission = recording.one(aws.iam.RolePolicyAttachment);
        expect(permission.inputs.policyArn).to.match(/AmazonRDSEnhancedMonitoringRole$/);
        const instance = recording.one(aws.rds.Instance);
        expect(instance.inputs.monitoringRoleArn).to.equal(role.outputs.arn);
        expect(instance.dependencies).to.include(permission.urn);
        const without = await primary({ monitoringInterval: 0 });
        expect(without.all(aws.iam.Role)).to.be.empty;
        expect(without.one(aws.rds.Instance).inputs).not.to.have.any.keys("monitoringInterval", "monitoringRoleArn");
    });

    it("pins a minor version and uses the parameter family of its major version", async () => {
        const recording = await primary({ engineVersion: "16.9", allowMajorVersionUpgrade: true, applyImmediately: true });
        const { inputs } = recording.one(aws.rds.Instance);
        expect(inputs).to.include({ engineVersion: "16.9", autoMinorVersionUpgrade: false, allowMajorVersionUpgrade: true });
        expect(recording.one(aws.rds.ParameterGroup).inputs.family).to.equal("postgres16");
    });

    it("passes sizes, windows and other settings on", async () => {
        const given = {
            instanceClass: "db.t4g.small",
            allocatedStorage: 20,
            maxAllocatedStorage: 40,
            multiAz: false,
            backupWindow: "01:00-01:30",
            maintenanceWindow: "mon:02:00-mon:02:30",
            monitoringInterval: 15,
            applyImmediately: true,
            caCertIdentifier: "rds-ca-ecc384-g1",
        };
        const { inputs } = (await primary({ ...given, backupRetentionPeriod: 1 })).one(aws.rds.Instance);
        expect(inputs).to.include({ ...given, backupRetentionPeriod: 1 });
    });

    it("limits storage autoscaling to at least 110% of the storage, or has none", async () => {
        const limit = async (allocatedStorage: number, maxAllocatedStorage: number) =>
            (await primary({ allocatedStorage, maxAllocatedStorage })).one(aws.rds.Instance).inputs.maxAllocatedStorage;
        expect(await limit(100, 110)).to.equal(110);
        expect(await limit(101, 112)).to.equal(112);
        expect(await limit(100, 100)).to.equal(undefined);
    });

    it("passes the maintenance window in lower case, as AWS returns it", async () => {
        const recording = await primary({ maintenanceWindow: "Mon:02:00-Mon:02:30" });
        expect(recording.one(aws.rds.Instance).inputs.maintenanceWindow).to.equal("mon:02:00-mon:02:30");
    });

    it("allows connections to port 5432 by security group reference only", async () => {
        const recording = await primary({}, (database) => {
            const { id } = new aws.ec2.SecurityGroup("api-tasks");
            database.allowFrom({ logicalName: "api", securityGroupId: id });
        });
        const own = recording.one(aws.ec2.SecurityGroup, "database-access");
        const api = recording.one(aws.ec2.SecurityGroup, "api-tasks");
        expect(own.inputs).to.include({ vpcId: "vpc-1" }).and.not.have.any.keys("ingress", "egress");
        expect(recording.one(aws.vpc.SecurityGroupIngressRule).inputs).to.include({
            securityGroupId: own.id,
            referencedSecurityGroupId: api.id,
            ipProtocol: "tcp",
            fromPort: 5432,
            toPort: 5432,
        });
        expect(recording.one(aws.vpc.SecurityGroupEgressRule).inputs).to.include({ securityGroupId: api.id, fromPort: 5432 });
    });

    for (const user of ["*", "a/b", ""]) {
        it(`rejects "${user}" as the user of a grant`, async () => {
            const granted = replica({}, (database) => database.grantConnect({ logicalName: "api", roleName: database.identifier }, user));
            expect(await granted.catch(String)).to.contain("must be 1 to 63 letters, digits, and _ . -");
        });
    }

    it("grants connections as one database user of this instance", async () => {
        const recording = await replica({}, (database) => {
            const { name } = new aws.iam.Role("task", { assumeRolePolicy: "{}" });
            database.grantConnect({ logicalName: "api", roleName: name }, "reporting");
        });
        const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy, "api-database-connect-reporting").inputs.policy);
        const id = recording.one(aws.rds.Instance).outputs.resourceId as string;
        expect(Statement).to.have.length(1);
        expect(Statement[0]?.Action).to.deep.equal(["rds-db:connect"]);
        expect(Statement[0]?.Resource).to.deep.equal([`arn:aws:rds-db:us-west-2:123456789012:dbuser:${id}/reporting`]);
    });

    it("has alarms, and those of a replica also have its lag", async () => {
        const names = async (run: (use: (database: PostgresCluster) => void) => Promise<unknown>) => {
            let found: string[] = [];
            await run((database) => {
                found = database.alarms.map(({ name }) => name);
            });
            return found;
        };
        const usual = ["cpu", "free-storage", "connections", "free-memory", "disk-queue"];
        expect(await names((use) => primary({}, use))).to.deep.equal(usual);
        expect(await names((use) => replica({}, use))).to.deep.equal([...usual, "replica-lag", "replication-stopped"]);
        expect(await names((use) => replica({ promoted: true }, use))).to.deep.equal([...usual, "replica-lag", "replication-stopped"]);
    });

    it("derives thresholds from memory and storage of the instance, below the 10% at which RDS increases its storage", async () => {
        const thresholds: Record<string, number> = {};
        await primary({ instanceClass: "db.r6g.large", allocatedStorage: 200, maxAllocatedStorage: 4000 }, (database) => {
            for (const { name, threshold } of database.alarms) thresholds[name] = threshold;
        });
        const gib = 2 ** 30;
        expect(thresholds).to.include({ "free-storage": 10 * gib, connections: 1264, "free-memory": Math.round(0.8 * gib), cpu: 85 });
    });

    it("parents its resources, and applies transforms", async () => {
        const recording = await primary({
            transform: {
                instance: () => ({ iops: 12000 }),
                parameterGroup: { description: "ours" },
            },
        });
        const orphans = recording.registered.filter(({ type, parent }) => type.includes(":rds/") && !parent?.includes("PostgresCluster"));
        expect(orphans).to.be.empty;
        expect(recording.one(aws.rds.Instance, "database-instance").inputs.iops).to.equal(12000);
        expect(recording.one(aws.rds.ParameterGroup).inputs.description).to.equal("ours");
    });

    it("can have every resource transformed", async () => {
        const api = { logicalName: "api", securityGroupId: pulumi.output("sg-api"), roleName: pulumi.output("api") };
        const use = (database: PostgresCluster) => {
            database.allowFrom(api);
            database.grantConnect(api, "reporting");
            database.connectionSecret.grantRead(api);
        };
        const recovery = { ...RECOVERY, continuousBackups: true };
        const readReplicas = { reports: {} };
        const proxy = { enabled: true };
        const primaries = (transform: never) => {
            use(new PostgresCluster("database", { ...common, username: "app", recovery, readReplicas, proxy, transform }));
        };
        expect(await untransformable(primaries)).to.deep.equal([]);
        const replicas = (transform: never) => {
            use(new PostgresCluster("database", { ...common, ...ofSource, transform }));
        };
        expect(await untransformable(replicas)).to.deep.equal([]);
    });

    describe("proxy", () => {
        const proxy = { enabled: true };
        const api = { logicalName: "api", securityGroupId: pulumi.output("sg-api"), roleName: pulumi.output("api") };
        const connection = (recording: Awaited<ReturnType<typeof primary>>) =>
            parseJson<Record<string, string>>(
                recording.one(aws.secretsmanager.SecretVersion, "database-connection-version").inputs.secretString,
            );

        it("doesn't exist by default", async () => {
            const recording = await primary({ proxy: { idleClientTimeout: 60 } });
            expect(recording.registered.filter(({ name }) => name.includes("proxy"))).to.be.empty;
        });

        it("requires TLS and the password of a user in its secrets", async () => {
            const more = {
                arn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:reader",
                kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/b",
            };
            const recording = await primary({ proxy: { ...proxy, secrets: [more], idleClientTimeout: 60 } });
            const secret = recording.one(aws.secretsmanager.Secret, "database-proxy-credentials-secret");
            const { inputs } = recording.one(aws.rds.Proxy);
            expect(inputs).to.include({
                name: "ai-platform-prod",
                engineFamily: "POSTGRESQL",
                requireTls: true,
                idleClientTimeout: 60,
                roleArn: recording.one(aws.iam.Role, "database-proxy").outputs.arn,
            });
            expect(inputs.vpcSubnetIds).to.deep.equal(["subnet-1", "subnet-2"]);
            const auth = { authScheme: "SECRETS", iamAuth: "DISABLED", clientPasswordAuthType: "POSTGRES_SCRAM_SHA_256" };
            expect(inputs.auths).to.deep.equal([
                { ...auth, secretArn: secret.outputs.arn },
                { ...auth, secretArn: more.arn },
            ]);
            const version = recording.one(aws.secretsmanager.SecretVersion, "database-proxy-credentials-version");
            expect(parseJson(version.inputs.secretString)).to.deep.equal({
                username: "app",
                password: "generated-secret-database-password",
            });
            expect(version.isSecret("secretString")).to.be.true;
            expect(secret.inputs).to.include({ name: "ai-platform/prod/database/proxy", kmsKeyId: KEY, recoveryWindowInDays: 0 });
        });

        it("may read only its secrets, and decrypt them only through Secrets Manager", async () => {
            const recording = await primary({ proxy });
            const { policy } = recording.one(aws.iam.RolePolicy, "database-proxy-read-credentials").inputs;
            const secret = recording.one(aws.secretsmanager.Secret, "database-proxy-credentials-secret").outputs.arn as string;
            const [read, decrypt, ...others] = parsePolicy(policy).Statement;
            expect(read).to.deep.include({
                Action: ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
                Resource: [secret],
            });
            expect(decrypt).to.deep.include({
                Action: ["kms:Decrypt", "kms:DescribeKey"],
                Resource: [KEY],
                Condition: { StringEquals: { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" } },
            });
            expect(others).to.be.empty;
            const trust = parsePolicy(recording.one(aws.iam.Role, "database-proxy").inputs.assumeRolePolicy).Statement;
            expect(trust.map(({ Principal }) => Principal)).to.deep.equal([["rds.amazonaws.com"]]);
        });

        it("connects to the instance, with the configured pool", async () => {
            const pool = { maxConnectionsPercent: 80, maxIdleConnectionsPercent: 20, connectionBorrowTimeout: 30 };
            const recording = await primary({ proxy: { ...proxy, ...pool } });
            expect(recording.one(aws.rds.ProxyDefaultTargetGroup).inputs).to.deep.equal({
                dbProxyName: "ai-platform-prod",
                connectionPoolConfig: pool,
            });
            expect(recording.one(aws.rds.ProxyTarget).inputs).to.deep.equal({
                dbProxyName: "ai-platform-prod",
                targetGroupName: "default",
                dbInstanceIdentifier: "ai-platform-prod",
            });
            const rule = recording.one(aws.vpc.SecurityGroupIngressRule, "database-from-database-proxy-5432");
            expect(rule.inputs).to.include({
                fromPort: 5432,
                toPort: 5432,
                securityGroupId: recording.one(aws.ec2.SecurityGroup, "database-access").id,
                referencedSecurityGroupId: recording.one(aws.ec2.SecurityGroup, "database-proxy-access").id,
            });
            expect(recording.one(aws.rds.Proxy).inputs.vpcSecurityGroupIds).to.deep.equal([
                recording.one(aws.ec2.SecurityGroup, "database-proxy-access").id,
            ]);
        });

        it("is the host of the connection secret, with the certificates that images trust, and without resets that pin a session", async () => {
            const recording = await primary({ proxy, rootCertificate: "/etc/rds.pem" });
            const { host, connectionString } = connection(recording);
            expect(host).to.equal(recording.one(aws.rds.Proxy).outputs.endpoint);
            expect(connectionString)
                .to.contain(`Host=${host};`)
                .and.match(/;SSL Mode=VerifyFull;No Reset On Close=true$/);
            const version = recording.one(aws.secretsmanager.SecretVersion, "database-connection-version");
            expect(version.dependencies, "clients get the host when it works").to.include(recording.one(aws.rds.ProxyTarget).urn);
        });

        it("accepts connections from the components that can connect to the database", async () => {
            const recording = await primary({ proxy }, (database) => database.allowFrom(api));
            const from = recording.one(aws.vpc.SecurityGroupIngressRule, "database-proxy-from-api-5432").inputs;
            expect(from).to.include({ fromPort: 5432, referencedSecurityGroupId: "sg-api" });
            expect(from.securityGroupId).to.equal(recording.one(aws.ec2.SecurityGroup, "database-proxy-access").id);
            expect(recording.one(aws.vpc.SecurityGroupIngressRule, "database-from-api-5432").inputs.fromPort).to.equal(5432);
        });

        it("has an encrypted log group before it logs, and alarms", async () => {
            let names: string[] = [];
            const recording = await primary({ proxy }, (database) => {
                names = database.alarms.map(({ name }) => name);
            });
            const log = recording.one(aws.cloudwatch.LogGroup, "database-proxy-log");
            expect(log.inputs).to.include({ name: "/aws/rds/proxy/ai-platform-prod", kmsKeyId: LOG_KEY, retentionInDays: 30 });
            expect(recording.one(aws.rds.Proxy).dependencies).to.include(log.urn);
            expect(names).to.include.members(["proxy-connections-failed", "proxy-logins-failed", "proxy-borrow-latency"]);
        });

        it("of a replica exists without a target, which RDS allows only after the promotion", async () => {
            const standby = await replica({ proxy });
            expect(standby.all(aws.rds.Proxy)).to.have.length(1);
            expect(standby.all(aws.rds.ProxyTarget)).to.be.empty;
            expect(connection(standby).host).to.equal(standby.one(aws.rds.Instance).outputs.address);
            const active = await replica({ proxy, promoted: true });
            expect(active.one(aws.rds.ProxyTarget).inputs.dbInstanceIdentifier).to.equal("ai-platform-dr");
            expect(connection(active).host).to.equal(active.one(aws.rds.Proxy).outputs.endpoint);
        });
    });

    describe("read replicas", () => {
        const reports = { instanceClass: "db.r6g.large" };
        const instanceOf = (recording: Awaited<ReturnType<typeof primary>>, name: string) =>
            recording.one(aws.rds.Instance, `database-replica-${name}-instance`);

        it("follow the instance, in its network, without backups and protection", async () => {
            const recording = await primary({ readReplicas: { reports } });
            const source = recording.one(aws.rds.Instance, "database-instance");
            const it = instanceOf(recording, "reports");
            expect(it.inputs).to.include({
                identifier: "ai-platform-prod-replica-reports",
                replicateSourceDb: source.outputs.arn,
                instanceClass: "db.r6g.large",
                multiAz: false,
                engineVersion: "17",
                storageEncrypted: true,
                publiclyAccessible: false,
                iamDatabaseAuthenticationEnabled: true,
                dbSubnetGroupName: source.inputs.dbSubnetGroupName,
                performanceInsightsKmsKeyId: KEY,
                monitoringRoleArn: source.inputs.monitoringRoleArn,
                backupRetentionPeriod: 0,
                deletionProtection: false,
                skipFinalSnapshot: true,
            });
            expect(it.inputs.vpcSecurityGroupIds).to.deep.equal(source.inputs.vpcSecurityGroupIds);
            expect(it.inputs).not.to.have.any.keys(
                "username",
                "dbName",
                "passwordWo",
                "allocatedStorage",
                "kmsKeyId",
                "databaseInsightsMode",
            );
            expect(it.ignoreChanges).to.deep.equal(["maxAllocatedStorage"]);
        });

        it("have the class of the source by default, and storage settings of their own", async () => {
            const storage = { storageType: "io2", iops: 3000, maxAllocatedStorage: 500, multiAz: true } as const;
            const recording = await primary({ instanceClass: "db.r6g.2xlarge", readReplicas: { a: {}, b: storage } });
            expect(instanceOf(recording, "a").inputs.instanceClass).to.equal("db.r6g.2xlarge");
            expect(instanceOf(recording, "a").inputs).not.to.have.any.keys("storageType", "iops", "storageThroughput");
            expect(instanceOf(recording, "b").inputs).to.include(storage);
            expect(instanceOf(recording, "b").ignoreChanges).to.be.empty;
        });

        it("have the parameters of the source, and allow longer queries", async () => {
            const recording = await primary({ logStatement: "mod", readReplicas: { reports: { maxStandbyStreamingDelayMs: -1 } } });
            const group = recording.one(aws.rds.ParameterGroup, "database-replica-reports-parameters");
            expect(instanceOf(recording, "reports").inputs.parameterGroupName).to.equal(group.outputs.name);
            expect(group.inputs.family).to.equal("postgres17");
            expect(group.inputs.parameters).to.deep.equal([
                ...(recording.one(aws.rds.ParameterGroup, "database-parameters").inputs.parameters as object[]),
                { name: "max_standby_streaming_delay", value: "-1", applyMethod: "immediate" },
            ]);
        });

        it("have encrypted logs, and may write enhanced monitoring", async () => {
            const recording = await primary({ readReplicas: { reports } });
            for (const kind of ["postgresql", "upgrade"]) {
                const log = recording.one(aws.cloudwatch.LogGroup, `database-replica-reports-${kind}-log`);
                expect(log.inputs).to.include({ name: `/aws/rds/instance/ai-platform-prod-replica-reports/${kind}`, kmsKeyId: LOG_KEY });
            }
            const { Statement } = parsePolicy(recording.one(aws.iam.Role).inputs.assumeRolePolicy);
            expect(Statement[0]?.Condition?.ArnLike).to.deep.equal({
                "aws:SourceArn": [SOURCE, `${SOURCE}-replica-reports`],
            });
        });

        it("have a secret with their own host and the credentials of the source, whose name can be used again", async () => {
            const recording = await primary({ readReplicas: { reports } });
            const host = instanceOf(recording, "reports").outputs.address as string;
            const version = recording.one(aws.secretsmanager.SecretVersion, "database-replica-reports-connection-version");
            expect(parseJson(version.inputs.secretString)).to.deep.include({ host, database: "app", username: "app" });
            expect(parseJson<Record<string, string>>(version.inputs.secretString).connectionString).to.contain(`Host=${host};Port=5432;`);
            expect(version.isSecret("secretString")).to.be.true;
            const secret = recording.one(aws.secretsmanager.Secret, "database-replica-reports-connection-secret");
            expect(secret.inputs).to.include({ name: "ai-platform/prod/database/reports", kmsKeyId: KEY, recoveryWindowInDays: 0 });
        });

        it("can be removed from a protected component, unlike the instance", async () => {
            const recording = await record(() => {
                new PostgresCluster("database", { ...common, username: "app", readReplicas: { reports } }, { protect: true });
            });
            expect(recording.one(aws.rds.Instance, "database-instance").protect).to.be.true;
            expect(instanceOf(recording, "reports").protect).to.be.false;
            expect(recording.one(aws.secretsmanager.Secret, "database-replica-reports-connection-secret").protect).to.be.false;
        });

        it("of a replica in another region follow that replica, also after its promotion", async () => {
            for (const promoted of [false, true]) {
                const recording = await replica({ promoted, readReplicas: { reports } });
                const source = recording.one(aws.rds.Instance, "database-instance");
                expect(instanceOf(recording, "reports").inputs.replicateSourceDb).to.equal(source.outputs.arn);
            }
        });

        it("have alarms for their own size, of which none on replication pages", async () => {
            let alarms: PostgresCluster["alarms"] = [];
            await primary({ readReplicas: { reports } }, (database) => ({ alarms } = database));
            const own = alarms.filter(({ name }) => name.startsWith("reports-"));
            expect(own.map(({ name }) => name)).to.include.members(["reports-cpu", "reports-free-storage", "reports-replica-lag"]);
            expect(own.find(({ name }) => name === "reports-connections")?.threshold).to.equal(1264);
            for (const name of ["reports-replica-lag", "reports-replication-stopped"]) {
                expect(own.find((alarm) => alarm.name === name)?.severity).to.equal("ticket");
            }
        });
    });

    const rejected: [Primary, string][] = [
        [{ proxy: { maxConnectionsPercent: 0 } }, "proxy.maxConnectionsPercent must be between 1 and 100 percent"],
        [{ proxy: { maxIdleConnectionsPercent: -1 } }, "proxy.maxIdleConnectionsPercent must be between 0 and 100 percent"],
        [{ proxy: { maxConnectionsPercent: 49 } }, "proxy.maxIdleConnectionsPercent is above maxConnectionsPercent (49)"],
        [{ proxy: { connectionBorrowTimeout: 3601 } }, "proxy.connectionBorrowTimeout must be between 1 and 3600 seconds"],
        [{ proxy: { idleClientTimeout: 28801 } }, "proxy.idleClientTimeout must be between 1 and 28800 seconds"],
        [{ readReplicas: { proxy: {} } }, "readReplicas.proxy must have another name"],
        [{ readReplicas: { Reports: {} } }, "readReplicas.Reports must have a name of 1 to 20 lower-case letters"],
        [{ identifier: "a".repeat(50), readReplicas: { reports: {} } }, "readReplicas.reports must have a shorter name: its identifier"],
        [{ readReplicas: { reports: { instanceClass: "large" } } }, "readReplicas.reports.instanceClass must be a class such as"],
        [{ readReplicas: { reports: { iops: 12000 } } }, "readReplicas.reports.iops requires allocatedStorage of 400 GiB or more"],
        [{ readReplicas: { reports: { storageType: "io2" } } }, "readReplicas.reports.iops is required with io2"],
        [
            { readReplicas: { reports: { maxAllocatedStorage: 199 } } },
            "readReplicas.reports.maxAllocatedStorage must be at least the limit of the source, 200 GiB",
        ],
        [
            { readReplicas: { reports: { maxStandbyStreamingDelayMs: -2 } } },
            "readReplicas.reports.maxStandbyStreamingDelayMs must be between -1 and 2147483647 milliseconds",
        ],
        [
            { readReplicas: Object.fromEntries(Array.from("abcdefghijklmnop").map((name) => [name, {}])) },
            "readReplicas must have at most 15 entries",
        ],
        [{ snapshotIdentifier: "a snapshot" }, "snapshotIdentifier must be the name or ARN of a snapshot"],
        [
            { snapshotIdentifier: "shop", restoreToPointInTime: { sourceDbInstanceIdentifier: "shop", useLatestRestorableTime: true } },
            "restoreToPointInTime must not be set with snapshotIdentifier",
        ],
        [
            { restoreToPointInTime: { useLatestRestorableTime: true } },
            "restoreToPointInTime must have exactly one of sourceDbInstanceIdentifier, sourceDbiResourceId, sourceDbInstanceAutomatedBackupsArn",
        ],
        [
            { restoreToPointInTime: { sourceDbInstanceIdentifier: "shop", sourceDbiResourceId: "db-A", useLatestRestorableTime: true } },
            "restoreToPointInTime must have exactly one of",
        ],
        [
            { restoreToPointInTime: { sourceDbInstanceIdentifier: "shop" } },
            "restoreToPointInTime must have either restoreTime or useLatestRestorableTime: true",
        ],
        [
            { restoreToPointInTime: { sourceDbiResourceId: "db-A", restoreTime: "2026-11-24T09:30:00Z", useLatestRestorableTime: true } },
            "restoreToPointInTime must have either restoreTime or useLatestRestorableTime: true",
        ],
        [
            { restoreToPointInTime: { sourceDbiResourceId: "db-A", restoreTime: "2026-13-24T09:30:00Z" } },
            "restoreToPointInTime.restoreTime must be a time in UTC such as",
        ],
        [
            { restoreToPointInTime: { sourceDbInstanceIdentifier: "Shop", useLatestRestorableTime: true } },
            "restoreToPointInTime.sourceDbInstanceIdentifier must be the identifier of an instance",
        ],
        [
            { restoreToPointInTime: { sourceDbiResourceId: "shop", useLatestRestorableTime: true } },
            "restoreToPointInTime.sourceDbiResourceId must be a resource ID such as",
        ],
        [
            { restoreToPointInTime: { sourceDbInstanceAutomatedBackupsArn: "ab-zeta", useLatestRestorableTime: true } },
            "restoreToPointInTime.sourceDbInstanceAutomatedBackupsArn must be an ARN such as",
        ],
        [{ identifier: "Prod" }, "identifier must be up to 63 lower-case letters, digits, and single hyphens"],
        [{ identifier: "a--b" }, "identifier must be"],
        [{ identifier: "prod-" }, "identifier must be"],
        [{ identifier: "a".repeat(64) }, "identifier must be"],
        [
            { engineVersion: "15.3" },
            "engineVersion must be 15, 16, or 17, or a minor version that AWS still offers: 15.13, 16.9, 17.5, or later",
        ],
        [{ engineVersion: "14" }, "engineVersion must be 15, 16, or 17"],
        [{ engineVersion: "17.4" }, "engineVersion must be 15, 16, or 17"],
        [{ instanceClass: "r6g.xlarge" }, "instanceClass must be a class such as db.r6g.xlarge"],
        [{ dbName: "1st" }, "dbName must be a letter and up to 62 letters, digits, and _"],
        [{ dbName: "template1" }, "dbName must be"],
        [{ allocatedStorage: 5 }, "allocatedStorage must be between 20 and 65536 GiB"],
        [{ allocatedStorage: 20.5 }, "allocatedStorage must be between 20 and 65536 GiB"],
        [{ maxAllocatedStorage: 70000 }, "maxAllocatedStorage must be between 20 and 65536 GiB"],
        [
            { allocatedStorage: 300 },
            "maxAllocatedStorage must be 330 GiB (110% of allocatedStorage) or more, or equal to allocatedStorage (300 GiB)",
        ],
        [{ allocatedStorage: 190 }, "maxAllocatedStorage must be 209 GiB (110% of allocatedStorage) or more"],
        [{ allocatedStorage: 101, maxAllocatedStorage: 111 }, "maxAllocatedStorage must be 112 GiB"],
        [{ iops: 12000 }, "iops requires allocatedStorage of 400 GiB or more with gp3 (it is 100), or storageType io2"],
        [{ storageThroughput: 500 }, "storageThroughput requires allocatedStorage of 400 GiB or more with gp3 (it is 100)"],
        [{ ...LARGE, iops: 11999 }, "iops must be between 12000 and 64000 with gp3"],
        [{ ...LARGE, iops: 64001 }, "iops must be between 12000 and 64000 with gp3"],
        [{ ...LARGE, iops: 999 }, "iops must be between 1000 and 256000"],
        [{ ...LARGE, storageThroughput: 499 }, "storageThroughput must be between 500 and 4000 MiB/s"],
        [{ ...LARGE, storageThroughput: 3001 }, "storageThroughput must be at most 3000 MiB/s, a quarter of the IOPS (12000)"],
        [{ ...LARGE, iops: 14000, storageThroughput: 3501 }, "storageThroughput must be at most 3500 MiB/s"],
        [{ storageType: "io2" }, "iops is required with io2"],
        [{ storageType: "io2", iops: 2000, storageThroughput: 500 }, "storageThroughput must not be set with io2"],
        [{ storageType: "io2", iops: 1000, allocatedStorage: 99 }, "allocatedStorage must be 100 GiB or more with io2"],
        [{ storageType: "io2", iops: 100001 }, "iops must be between 50 and 100000 with io2: 0.5 to 1000 per GiB"],
        [{ ...LARGE, storageType: "io2", iops: 1000, allocatedStorage: 3000 }, "iops must be between 1500 and 3000000 with io2"],
        [{ username: "admin" }, "username must be a letter and up to 62 letters, digits, and _, not start with pg_ or rds_"],
        [{ username: "rds_app" }, "username must be"],
        [{ username: "my-app" }, "username must be"],
        [{ allowMajorVersionUpgrade: true }, "applyImmediately must be true with allowMajorVersionUpgrade"],
        [{ passwordVersion: 0 }, "passwordVersion must be 1 or more"],
        [{ backupRetentionPeriod: 0 }, "backupRetentionPeriod must be between 1 and 35"],
        [{ backupRetentionPeriod: 36 }, "backupRetentionPeriod must be between 1 and 35"],
        [{ backupWindow: "3-4" }, "backupWindow must be like 03:00-04:00 (UTC) and 30 minutes or longer"],
        [{ maintenanceWindow: "04:00-05:00" }, "maintenanceWindow must be like sun:04:00-sun:05:00 (UTC) and 30 minutes or longer"],
        [{ backupWindow: "04:30-05:30" }, "maintenanceWindow must not overlap backupWindow (04:30-05:30)"],
        [{ monitoringInterval: 20 }, "monitoringInterval must be 0, 1, 5, 10, 15, 30, or 60 seconds"],
        [{ logMinDurationMs: -2 }, "logMinDurationMs must be between -1 and 2147483647 milliseconds"],
        [{ rootCertificate: "/a;b" }, "rootCertificate must be a path without semicolons and quotes"],
    ];
    for (const [args, message] of rejected) {
        it(`rejects ${JSON.stringify(args)}`, () => {
            expect(refusal(args)).to.throw(`PostgresCluster "database": ${message}`);
        });
    }

    it("reports all problems at once", () => {
        expect(refusal({ engineVersion: "12", allocatedStorage: 1, username: "user" })).to.throw(
            /engineVersion.*\n.*allocatedStorage.*\n.*username/,
        );
    });
});
