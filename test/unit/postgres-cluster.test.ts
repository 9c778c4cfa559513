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
                "finalSnapshotIdentifier",
            );
            expect(inputs).to.include({ skipFinalSnapshot: true, backupRetentionPeriod: 7, performanceInsightsEnabled: true });
        });

        it("keeps the storage limit that AWS gave it, unless one is configured", async () => {
            const instance = async (more: Parameters<typeof replica>[0]) => (await replica(more)).one(aws.rds.Instance);
            expect((await instance({})).ignoreChanges).to.deep.equal(["maxAllocatedStorage"]);
            const limited = await instance({ maxAllocatedStorage: 500 });
            expect(limited.inputs.maxAllocatedStorage).to.equal(500);
            expect(limited.ignoreChanges).to.be.empty;
            expect((await primary()).one(aws.rds.Instance).ignoreChanges).to.be.empty;
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

        it("is promoted by removing the source; otherwise only its deletion settings change", async () => {
            const standby = await replica();
            const active = await replica({ promoted: true });
            const { replicateSourceDb, skipFinalSnapshot, deleteAutomatedBackups, ...before } = standby.one(aws.rds.Instance).inputs;
            const { finalSnapshotIdentifier, ...after } = active.one(aws.rds.Instance).inputs;
            expect(after).to.deep.equal({ ...before, skipFinalSnapshot: false, deleteAutomatedBackups: false });
            expect(finalSnapshotIdentifier).to.match(/^ai-platform-dr-final-[0-9a-f]{8}$/);
            expect([replicateSourceDb, skipFinalSnapshot, deleteAutomatedBackups]).to.deep.equal([SOURCE, true, true]);
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
            ArnEquals: { "aws:SourceArn": "arn:aws:rds:us-east-1:123456789012:db:ai-platform-prod" },
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

    it("has alarms, including replication alarms until it is promoted", async () => {
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
        expect(await names((use) => replica({ promoted: true }, use))).to.deep.equal(usual);
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
        const primaries = (transform: never) => {
            use(new PostgresCluster("database", { ...common, username: "app", recovery, transform }));
        };
        expect(await untransformable(primaries)).to.deep.equal([]);
        const replicas = (transform: never) => {
            use(new PostgresCluster("database", { ...common, ...ofSource, transform }));
        };
        expect(await untransformable(replicas)).to.deep.equal([]);
    });

    const rejected: [Primary, string][] = [
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
