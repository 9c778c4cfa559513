import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { expect } from "chai";
import { RedisCluster, type RedisClusterArgs } from "../../components";
import { parseJson, record, resolve } from "../../components/testing";
import { untransformable } from "../support/transforms";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-data";
const LOG_KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-logs";
const required: RedisClusterArgs = {
    vpcId: "vpc-1",
    subnetIds: ["subnet-1", "subnet-2"],
    secretName: "ai-platform/prod/cache",
    kmsKeyArn: KEY,
    logKeyArn: LOG_KEY,
};
const recorded = (more: Partial<RedisClusterArgs> = {}, use?: (cache: RedisCluster) => void) =>
    record(() => {
        const cache = new RedisCluster("cache", { ...required, ...more });
        use?.(cache);
    });
const groupOf = async (more: Partial<RedisClusterArgs> = {}) => (await recorded(more)).one(aws.elasticache.ReplicationGroup);

describe("RedisCluster", () => {
    it("has the defaults of the design: three nodes with failover and snapshots", async () => {
        const { inputs } = await groupOf();
        expect(inputs).to.include({
            engine: "valkey",
            engineVersion: "8.1",
            nodeType: "cache.r6g.large",
            numCacheClusters: 3,
            automaticFailoverEnabled: true,
            multiAzEnabled: true,
            port: 6379,
            snapshotRetentionLimit: 7,
            snapshotWindow: "03:00-04:00",
            maintenanceWindow: "sun:04:00-sun:05:00",
            autoMinorVersionUpgrade: true,
            applyImmediately: false,
        });
        expect(inputs.finalSnapshotIdentifier).to.match(/^cache-final-[0-9a-f]{8}$/);
    });

    it("names the final snapshot differently after a change that replaces it", async () => {
        const keepers = async (more: Parameters<typeof recorded>[0] = {}) => (await recorded(more)).one(random.RandomId).inputs.keepers;
        for (const change of [{ engine: "redis" as const }, { kmsKeyArn: LOG_KEY }, { vpcId: "vpc-2" }]) {
            expect(await keepers(change), JSON.stringify(change)).not.to.deep.equal(await keepers());
        }
        expect(await keepers({ applyImmediately: true })).to.deep.equal(await keepers());
    });

    it("is encrypted at rest and in transit with either engine", async () => {
        for (const engine of ["valkey", "redis"] as const) {
            expect((await groupOf({ engine })).inputs).to.include({
                transitEncryptionEnabled: true,
                transitEncryptionMode: "required",
                atRestEncryptionEnabled: true,
                kmsKeyId: KEY,
            });
        }
    });

    it("sets a generated token write-only, with characters that ElastiCache accepts", async () => {
        const recording = await recorded();
        const group = recording.one(aws.elasticache.ReplicationGroup);
        expect(group.inputs).to.include({ authTokenWo: "generated-secret-cache-token", authTokenWoVersion: 1 });
        expect(group.isSecret("authTokenWo")).to.be.true;
        expect(group.inputs).not.to.have.any.keys("authToken", "userGroupIds");
        expect(recording.one(random.RandomPassword).inputs).to.deep.include({ length: 64, special: false, keepers: { version: "1" } });
        expect(JSON.stringify(recording.deployment())).not.to.contain("generated-secret");
    });

    it("generates and sets a new token when the version increases", async () => {
        const recording = await recorded({ tokenVersion: 2 });
        expect(recording.one(random.RandomPassword).inputs.keepers).to.deep.equal({ version: "2" });
        expect(recording.one(aws.elasticache.ReplicationGroup).inputs.authTokenWoVersion).to.equal(2);
    });

    it("stores the connection in a secret, with a connection string for StackExchange.Redis", async () => {
        const recording = await recorded({ secretRecoveryWindowDays: 0 });
        const host = recording.one(aws.elasticache.ReplicationGroup).outputs.primaryEndpointAddress as string;
        const version = recording.one(aws.secretsmanager.SecretVersion);
        expect(parseJson(version.inputs.secretString)).to.deep.equal({
            host,
            port: 6379,
            database: "0",
            username: "default",
            password: "generated-secret-cache-token",
            connectionString: `${host}:6379,password=generated-secret-cache-token,ssl=true,abortConnect=false`,
        });
        expect(version.isSecret("secretString")).to.be.true;
        expect(recording.one(aws.secretsmanager.Secret).inputs).to.include({
            name: "ai-platform/prod/cache",
            kmsKeyId: KEY,
            recoveryWindowInDays: 0,
        });
    });

    it("sends slow and engine logs to encrypted groups with bounded retention", async () => {
        const recording = await recorded({ logRetentionDays: 90 });
        const groups = recording.all(aws.cloudwatch.LogGroup);
        for (const { inputs } of groups) expect(inputs).to.deep.equal({ kmsKeyId: LOG_KEY, retentionInDays: 90 });
        const logs = recording.one(aws.elasticache.ReplicationGroup).inputs.logDeliveryConfigurations;
        const [engine, slow] = groups.map(({ outputs }) => outputs.name);
        expect(logs).to.deep.equal([
            { logType: "engine-log", logFormat: "json", destinationType: "cloudwatch-logs", destination: engine },
            { logType: "slow-log", logFormat: "json", destinationType: "cloudwatch-logs", destination: slow },
        ]);
    });

    it("uses the parameter group family of the engine", async () => {
        const family = async (more: Partial<RedisClusterArgs>) => (await recorded(more)).one(aws.elasticache.ParameterGroup).inputs;
        expect(await family({})).to.deep.include({ family: "valkey8", parameters: [{ name: "maxmemory-policy", value: "allkeys-lru" }] });
        expect((await family({ engineVersion: "7.2" })).family).to.equal("valkey7");
        expect((await family({ engine: "redis", evictionPolicy: "noeviction" })).family).to.equal("redis7");
        expect((await family({ evictionPolicy: "noeviction" })).parameters).to.deep.equal([
            { name: "maxmemory-policy", value: "noeviction" },
        ]);
    });

    it("has no failover with a single node", async () => {
        const { inputs } = await groupOf({ nodes: 1, nodeType: "cache.t4g.small" });
        expect(inputs).to.include({ numCacheClusters: 1, automaticFailoverEnabled: false, multiAzEnabled: false });
    });

    it("passes other settings on", async () => {
        const recording = await recorded({
            engine: "redis",
            snapshotRetentionLimit: 0,
            snapshotWindow: "01:00-02:00",
            maintenanceWindow: "Mon:02:00-Mon:03:00",
            skipFinalSnapshot: true,
            applyImmediately: true,
        });
        const group = recording.one(aws.elasticache.ReplicationGroup);
        expect(group.inputs).to.include({
            engine: "redis",
            engineVersion: "7.1",
            snapshotRetentionLimit: 0,
            snapshotWindow: "01:00-02:00",
            maintenanceWindow: "mon:02:00-mon:03:00",
            applyImmediately: true,
            subnetGroupName: recording.one(aws.elasticache.SubnetGroup).outputs.name,
            parameterGroupName: recording.one(aws.elasticache.ParameterGroup).outputs.name,
        });
        expect(group.inputs).not.to.have.property("finalSnapshotIdentifier");
        expect(recording.one(aws.elasticache.SubnetGroup).inputs.subnetIds).to.deep.equal(["subnet-1", "subnet-2"]);
    });

    it("allows connections to port 6379 by security group reference only", async () => {
        const recording = await recorded({}, (cache) => {
            const { id } = new aws.ec2.SecurityGroup("api-tasks");
            cache.allowFrom({ logicalName: "api", securityGroupId: id });
        });
        const own = recording.one(aws.ec2.SecurityGroup, "cache-access");
        const api = recording.one(aws.ec2.SecurityGroup, "api-tasks");
        expect(own.inputs).to.include({ vpcId: "vpc-1" }).and.not.have.any.keys("ingress", "egress");
        expect(recording.one(aws.elasticache.ReplicationGroup).inputs.securityGroupIds).to.deep.equal([own.id]);
        const [rule, ...more] = recording.all(aws.vpc.SecurityGroupIngressRule);
        expect(more).to.be.empty;
        expect(rule?.inputs).to.include({ securityGroupId: own.id, referencedSecurityGroupId: api.id, fromPort: 6379, toPort: 6379 });
    });

    it("has alarms on each node, on replication lag only if there are replicas", async () => {
        let names: string[] = [];
        let dimension = "";
        const inspect = async (cache: RedisCluster) => {
            names = cache.alarms.map(({ name }) => name);
            dimension = (await resolve(cache.alarms.at(-1)?.dimensions.CacheClusterId)) ?? "";
        };
        await recorded({ nodes: 2 }, (cache) => void inspect(cache));
        expect(names).to.include.members(["hit-rate-001", "engine-cpu-001", "connections-001", "replication-lag-001"]);
        expect(names).to.include("replication-lag-002");
        expect(dimension).to.match(/^cache-group-\w+-002$/);
        await recorded({ nodes: 1 }, (cache) => void inspect(cache));
        expect(names).to.not.include("replication-lag-001").and.not.include("hit-rate-002");
    });

    it("pages about memory only if writes fail when it's full", async () => {
        const paging = async (evictionPolicy: RedisClusterArgs["evictionPolicy"]) => {
            let alarms: RedisCluster["alarms"] = [];
            await recorded({ nodes: 1, evictionPolicy }, (cache) => (alarms = cache.alarms));
            return alarms.filter(({ severity, metricName }) => severity === "page" && metricName === "DatabaseMemoryUsagePercentage");
        };
        for (const policy of ["allkeys-lru", "allkeys-lfu", "allkeys-random"] as const) expect(await paging(policy), policy).to.be.empty;
        for (const policy of ["noeviction", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"] as const) {
            expect(await paging(policy), policy).to.have.length(1);
        }
    });

    it("parents its resources, and applies transforms", async () => {
        const recording = await recorded({
            transform: {
                replicationGroup: () => ({ replicationGroupId: "ours" }),
                parameterGroup: { description: "ours" },
            },
        });
        const parts = recording.registered.filter(({ type }) => type.includes(":elasticache/"));
        for (const { parent } of parts) expect(parent).to.contain("ai-platform:components:RedisCluster::cache");
        expect(recording.one(aws.elasticache.ReplicationGroup, "cache-group").inputs.replicationGroupId).to.equal("ours");
        expect(recording.one(aws.elasticache.ParameterGroup).inputs.description).to.equal("ours");
    });

    it("can have every resource transformed", async () => {
        const create = (transform: never) => {
            const cache = new RedisCluster("cache", { ...required, transform });
            cache.allowFrom({ logicalName: "api", securityGroupId: pulumi.output("sg-api") });
            cache.connectionSecret.grantRead({ logicalName: "api", roleName: pulumi.output("api") });
        };
        expect(await untransformable(create)).to.deep.equal([]);
    });

    const rejected: [Partial<RedisClusterArgs>, string][] = [
        [{ engine: "redis", engineVersion: "7.2" }, "engineVersion must be one of 7.0, 7.1 for redis"],
        [{ engineVersion: "7.1" }, "engineVersion must be one of 7.2, 8.0, 8.1, 8.2, 9.0, 9.1 for valkey"],
        [{ nodeType: "db.r6g.large" }, "nodeType must be a node type such as cache.r6g.large"],
        [{ engine: "redis", nodeType: "cache.r8g.large" }, "nodeType must not be r8g, m8g, or c8gn with redis"],
        [{ nodeType: "cache.r6gd.xlarge" }, "nodeType must not be r6gd, which requires data tiering"],
        [{ nodes: 0 }, "nodes must be between 1 and 6"],
        [{ nodes: 7 }, "nodes must be between 1 and 6"],
        [{ tokenVersion: 0 }, "tokenVersion must be 1 or more"],
        [{ snapshotRetentionLimit: 36 }, "snapshotRetentionLimit must be between 0 and 35"],
        [{ snapshotWindow: "03:00-03:30" }, "snapshotWindow must be like 03:00-04:00 (UTC) and 60 minutes or longer"],
        [{ maintenanceWindow: "Sun:04:00-Sun:04:30" }, "maintenanceWindow must be like sun:04:00-sun:05:00 (UTC) and 60 minutes or longer"],
        [{ snapshotWindow: "04:00-05:00" }, "maintenanceWindow must not overlap snapshotWindow (04:00-05:00)"],
    ];
    for (const [args, message] of rejected) {
        it(`rejects ${JSON.stringify(args)}`, () => {
            expect(() => new RedisCluster("cache", { ...required, ...args })).to.throw(`RedisCluster "cache": ${message}`);
        });
    }
});
