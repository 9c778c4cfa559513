import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { messageOf } from "../../components/internal/unknown";
import { ACCOUNT, type DeployedResource, parseJson, type Recording } from "../../components/testing";
import { DATABASES } from "../../stacks/names";
import { type Difference, differences, identityOf } from "../../tools/plan/compare";
import { registeredBefore } from "../support/failures";
import { plan, planWith } from "../support/plans";

const DOMAIN = ["ai-platform:domain.name=app.example.com", "ai-platform:domain.zoneId=Z0123456789ABCDEFGHIJ"];
const ACTIVE = "ai-platform:active=true";
const resourcesIn = (recording: Recording): DeployedResource[] => recording.deployment().deployment.resources;
/** Alarms on the replicas of the cache. Without a replica, there is no lag either. */
const replicaAlarms = (recording: Recording): string[] =>
    recording
        .all(aws.cloudwatch.MetricAlarm, /^cache-.*-00[2-9]$|^cache-replication-lag-/)
        .map(({ name }) => `aws:cloudwatch/metricAlarm:MetricAlarm ${name}`);
/** Alarms that only the replica of a database has, including those of databases that aren't in the shared components. */
const lagAlarms = (database: string): string[] =>
    ["replica-lag", "replication-stopped"].map((name) => `aws:cloudwatch/metricAlarm:MetricAlarm ${database}-${name}`);
const nothing = (token: string) => ({
    [token]: () => {
        throw new Error("couldn't find resource");
    },
});
const failureOf = async (run: Promise<unknown>): Promise<string> => {
    try {
        await run;
    } catch (error) {
        return messageOf(error);
    }
    return "no error";
};

describe("the roles of the stacks", () => {
    describe("prod and dr side by side", () => {
        let prod: Recording;
        let dr: Recording;
        before(async () => {
            prod = await plan("prod");
            dr = await plan("dr");
        });

        it("have the same components, except for data and replicas, which dr looks up", () => {
            const components = (recording: Recording) => resourcesIn(recording).filter(({ type }) => type.startsWith("ai-platform:"));
            const short = (change: Difference["change"]) =>
                differences(components(prod), components(dr))
                    .filter((it) => it.change === change)
                    .map(({ what }) => what.replace("ai-platform:components:", ""));
            expect(short("only before")).to.have.members([
                "EncryptionKey data-encryption",
                "EncryptionKey logs-encryption",
                "EncryptionKey alerts-encryption",
                "ImageRepository images",
                "ReplicatedSecret jwt-secret",
                "ReplicatedSecret origin-secret",
                "Backups backups",
                "ReplicatedBucket lake-raw",
                "PrivateBucket lake-raw",
                "PrivateBucket lake-raw-copy",
                "ReplicatedBucket lake-curated",
                "PrivateBucket lake-curated",
                "PrivateBucket lake-curated-copy",
                "PrivateBucket edge-site",
                "PrivateBucket edge-site-copy",
                "LogBucket copy-access-logs",
                "PrivateBucket copy-access-logs",
            ]);
            expect(short("only after")).to.have.members([
                "ExistingBucket lake-raw",
                "ExistingBucket lake-curated",
                "ExistingBucket edge-site",
                // It measures both stacks, from the region that a failover moves to.
                "RecoveryMonitor recovery-monitor",
            ]);
        });

        it("have the same resources in shared components, except for those that depend on the role", () => {
            const shared = new Set(resourcesIn(prod).map(identityOf));
            const inShared = (recording: Recording) =>
                resourcesIn(recording).filter(
                    ({ parent, custom }) => custom && parent && shared.has(identityOf({ urn: parent } as DeployedResource)),
                );
            const drParents = new Set(resourcesIn(dr).map(identityOf));
            const both = (recording: Recording) =>
                inShared(recording).filter(({ parent }) => parent && drParents.has(identityOf({ urn: parent } as DeployedResource)));
            const found = differences(both(prod), both(dr));
            // Only prod has backups and replication, and only dr has the recovery monitor, and alarms on them.
            const names = (change: Difference["change"]) =>
                found
                    // Names of zones contain the region.
                    .filter(
                        (it) =>
                            it.change === change &&
                            !/ backups-| network-.*-us-\w+-\d[a-z]|-replication-(failed|latency)$|-us-west-2-alerts|recovery-monitor-/.test(
                                it.what,
                            ),
                    )
                    .map(({ what }) => what);
            expect(names("only before")).to.have.members([
                // The replica uses the primary's credentials and backups.
                "random:index/randomPassword:RandomPassword database-password",
                // Replication goes one way, and includes the placeholder page of the site.
                "aws:iam/role:Role edge-replication",
                "aws:iam/rolePolicy:RolePolicy edge-replication-copy",
                "aws:s3/bucketReplicationConfig:BucketReplicationConfig edge-replication",
                "aws:s3/bucketObjectv2:BucketObjectv2 edge-placeholder",
                // The stack file of dr has one DocumentDB instance and one cache node.
                ...replicaAlarms(prod),
                // The table is in the recovery region, and dr adds its own description.
                "aws:dynamodb/table:Table recovery-table",
                "aws:dynamodb/tableItem:TableItem recovery-stack-primary",
                "aws:docdb/clusterInstance:ClusterInstance documents-2",
                "aws:cloudwatch/metricAlarm:MetricAlarm documents-replica-lag",
            ]);
            expect(names("only after")).to.have.members([
                ...DATABASES.flatMap(lagAlarms),
                "aws:dynamodb/tableItem:TableItem recovery-stack-dr",
                // Alarms of the distribution are in us-east-1, and alarms can only notify topics in their own region.
                "aws:sns/topic:Topic observability-us-east-1-alerts",
                "aws:sns/topic:Topic observability-us-east-1-pages",
                "aws:sns/topicPolicy:TopicPolicy observability-us-east-1-alerts-policy",
                "aws:sns/topicPolicy:TopicPolicy observability-us-east-1-pages-policy",
                "aws:cloudwatch/compositeAlarm:CompositeAlarm observability-us-east-1-composite",
            ]);
        });

        it("have networks of the same structure that don't overlap", () => {
            const tierOf = (name: string) => name.replace(/-us-\w+-\d\w$/, "");
            const blocks = dr.all(aws.ec2.Subnet).map(({ name, inputs }) => [tierOf(name), inputs.cidrBlock]);
            expect(dr.one(aws.ec2.Vpc).inputs.cidrBlock).to.equal("10.1.0.0/16");
            const expected = prod
                .all(aws.ec2.Subnet)
                .map(({ name, inputs }) => [tierOf(name), inputs.cidrBlock?.replace("10.0.", "10.1.")]);
            expect(blocks).to.have.deep.members(expected);
            expect(dr.all(aws.ec2.Subnet).every(({ inputs }) => inputs.availabilityZone?.startsWith("us-west-2"))).to.be.true;
        });

        it("have a database that dr replicates by ARN, without its own name, user, and password", () => {
            const { inputs } = dr.one(aws.rds.Instance);
            expect(inputs).to.include({
                replicateSourceDb: `arn:aws:rds:us-east-1:${ACCOUNT}:db:ai-platform-prod`,
                identifier: "ai-platform-dr",
                instanceClass: "db.r6g.xlarge",
                multiAz: false,
                storageEncrypted: true,
                deletionProtection: true,
            });
            expect(inputs.kmsKeyId).to.match(/^arn:aws:kms:us-west-2:/);
            expect(inputs).to.not.have.any.keys("username", "dbName", "password", "passwordWo", "allocatedStorage", "maxAllocatedStorage");
            expect(prod.one(aws.rds.Instance).inputs).to.not.have.property("replicateSourceDb");
        });

        it("have a connection secret in dr with prod's credentials and its own host", () => {
            const version = dr.one(aws.secretsmanager.SecretVersion, "database-connection-version");
            expect(version.isSecret("secretString")).to.be.true;
            const connection = parseJson<Record<string, string>>(version.inputs.secretString);
            expect(connection).to.include({ username: "app", password: "replicated-secret-password" });
            expect(connection.host).to.equal(dr.one(aws.rds.Instance).outputs.address).and.to.contain("us-west-2");
        });

        it("differ in ownership: dr creates no data keys, images, or site", () => {
            const types = new Set(dr.registered.map(({ type }) => type));
            // The guardrail holds no data that must be readable in the other region.
            expect(dr.all(aws.kms.Key).map(({ name }) => name)).to.deep.equal(["guardrail-encryption-key"]);
            for (const made of ["aws:kms/replicaKey:ReplicaKey", "aws:ecr/repository:Repository"]) {
                expect(types, made).to.not.include(made);
            }
            for (const made of [
                "aws:ecr/replicationConfiguration:ReplicationConfiguration",
                "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
            ]) {
                expect(types, made).to.not.include(made);
            }
            const { inputs } = dr.one(aws.cloudfront.Distribution);
            expect(inputs.originGroups ?? []).to.be.empty;
            const site = inputs.origins.find(({ originId }) => originId === inputs.defaultCacheBehavior.targetOriginId);
            expect(site?.domainName).to.equal(`ai-platform-prod-site-${ACCOUNT}-us-west-2.s3.us-west-2.amazonaws.com`);
        });

        it("have the web ACL of CloudFront in us-east-1, regardless of the stack's region", () => {
            for (const recording of [prod, dr]) {
                const acl = recording.all(aws.wafv2.WebAcl).filter(({ inputs }) => inputs.scope === "CLOUDFRONT");
                expect(acl.map(({ inputs }) => inputs.region)).to.deep.equal(["us-east-1"]);
            }
        });

        it("encrypt with the same multi-region keys, each in its own region", () => {
            const logs = dr.all(aws.cloudwatch.LogGroup).filter(({ inputs }) => inputs.region === undefined);
            const keys = new Set(logs.map(({ inputs }) => String(inputs.kmsKeyId)));
            expect(keys.size).to.be.greaterThan(0);
            for (const key of keys) expect(key).to.match(/^arn:aws:kms:us-west-2:\d+:key\/mrk-/);
            const waf = dr.one(aws.cloudwatch.LogGroup, "aws-waf-logs-edge");
            expect(waf.inputs.kmsKeyId).to.match(/^arn:aws:kms:us-east-1:\d+:key\/mrk-/);
        });

        it("warn without a domain, which is needed to redirect clients, and about origins of the sign-in with one", async () => {
            expect(dr.warnings.join("\n")).to.contain("after a failover, clients must switch to the URL of dr");
            const source = "ai-platform:edge.connectSources[0]=https://cognito-idp.us-west-2.amazonaws.com";
            const signIn = "the site can't reach the sign-in of the dr stack";
            expect((await plan("prod", DOMAIN)).warnings.join()).to.contain(signIn);
            expect((await plan("prod", [...DOMAIN, source])).warnings.join()).not.to.contain(signIn);
            expect(prod.warnings.join("\n")).to.not.contain("failover");
        });
    });

    describe("dr standing by and active side by side", () => {
        /** Resources that a failover must not change: their control planes run in the region that may be unavailable. */
        const untouchable = ({ resource }: Difference) =>
            /^aws:(iam|route53|cloudfront)\//.test(resource.type) ||
            resource.inputs?.scope === "CLOUDFRONT" ||
            resource.inputs?.region === "us-east-1";

        const EXPECTED = [
            ["aws:rds/instance:Instance database-instance", "changed"],
            ["aws:ecs/service:Service api-service", "changed"],
            ["aws:appautoscaling/target:Target api-scaling", "changed"],
            ["aws:lambda/eventSourceMapping:EventSourceMapping ingest-mapping", "changed"],
            ["aws:cloudwatch/eventRule:EventRule ingest-created", "changed"],
            ...DATABASES.flatMap(lagAlarms).map((alarm) => [alarm, "changed"]),
        ];

        for (const [when, more, also] of [
            ["without a domain", [], []],
            [
                "with a domain",
                DOMAIN,
                [
                    ["aws:apigateway/stage:Stage gateway-stage", "changed"],
                    ["aws:cloudwatch/metricAlarm:MetricAlarm gateway-5xx", "changed"],
                ],
            ],
        ] as const) {
            describe(when, () => {
                let standby: Recording;
                let active: Recording;
                let found: Difference[];
                before(async () => {
                    standby = await plan("dr", [...more]);
                    active = await plan("dr", [ACTIVE, ...more]);
                    found = differences(resourcesIn(standby), resourcesIn(active));
                });

                it("differ only in what a failover changes", () => {
                    expect(found.map(({ what, change }) => [what, change])).to.have.deep.members([...EXPECTED, ...also]);
                });

                it("don't differ in IAM, Route 53, CloudFront, or us-east-1", () => {
                    expect(found.filter(untouchable).map(({ what }) => what)).to.deep.equal([]);
                    expect(resourcesIn(standby).filter((resource) => untouchable({ resource } as Difference)).length).to.be.greaterThan(20);
                });

                it("apply changes of the database immediately, because a failover can't wait for the maintenance window", () => {
                    const atOnce = [standby, active].map((it) => it.one(aws.rds.Instance).inputs.applyImmediately);
                    expect(atOnce).to.deep.equal([true, true]);
                });

                it("promote the database in place, and scale the service up to its minimum", () => {
                    const [before, after] = [standby, active].map((it) => it.one(aws.rds.Instance));
                    expect(after!.urn).to.equal(before!.urn);
                    expect(after!.inputs).to.not.have.any.keys("replicateSourceDb", "username", "passwordWo", "dbName");
                    expect(found.find(({ what }) => what.includes("rds/instance"))?.inputs).to.have.members(["replicateSourceDb"]);
                    const minimum = (it: Recording) => it.one(aws.appautoscaling.Target).inputs.minCapacity;
                    expect([minimum(standby), minimum(active)]).to.deep.equal([1, 2]);
                });
            });
        }

        it("detect a change of a protected resource", () => {
            const acl: DeployedResource = {
                urn: "urn:pulumi:dr::p::t::acl",
                type: "aws:wafv2/webAcl:WebAcl",
                custom: true,
                inputs: { scope: "CLOUDFRONT", a: 1 },
            };
            const [found] = differences([acl], [{ ...acl, inputs: { ...acl.inputs, a: 2 } }]);
            expect(found).to.deep.include({ what: "aws:wafv2/webAcl:WebAcl acl", change: "changed", inputs: ["a"] });
            expect(untouchable(found!)).to.be.true;
        });

        it("activate the API after the database", async () => {
            const stage = (await plan("dr", [ACTIVE, ...DOMAIN])).one(aws.apigateway.Stage);
            expect(stage.dependencies.some((urn) => urn.endsWith("::database-instance"))).to.be.true;
        });
    });

    describe("with a domain", () => {
        let prod: Recording;
        let dr: Recording;
        before(async () => {
            prod = await plan("prod", DOMAIN);
            dr = await plan("dr", DOMAIN);
        });
        const apiRecord = (recording: Recording) => recording.one(aws.route53.Record, "gateway-api-record").inputs;

        it("serve one API name, with prod as primary and dr as secondary", () => {
            for (const [recording, type] of [
                [prod, "PRIMARY"],
                [dr, "SECONDARY"],
            ] as const) {
                expect(apiRecord(recording)).to.deep.include({
                    name: "api.app.example.com",
                    type: "A",
                    zoneId: "Z0123456789ABCDEFGHIJ",
                    failoverRoutingPolicies: [{ type }],
                });
            }
            expect(apiRecord(prod).setIdentifier).to.not.equal(apiRecord(dr).setIdentifier);
        });

        it("switch with an inverted health check on a path of dr's API that returns 200 only while dr is active", async () => {
            const check = prod.one(aws.route53.HealthCheck);
            expect(check.inputs).to.include({ invertHealthcheck: true, fqdn: "api-us-west-2.app.example.com", type: "HTTPS", port: 443 });
            expect(apiRecord(prod).healthCheckId).to.equal(check.id);
            expect(dr.all(aws.route53.Record).map(({ inputs }) => inputs.name)).to.include(check.inputs.fqdn);
            const active = await plan("dr", [ACTIVE, ...DOMAIN]);
            const answers = [dr, active].map((it) => it.one(aws.apigateway.Stage).inputs.variables);
            expect(answers).to.deep.equal([{ failoverActive: "false" }, { failoverActive: "true" }]);
            const parts = check.inputs.resourcePath?.split("/").slice(1) ?? [];
            const paths = dr.all(aws.apigateway.Resource).map(({ inputs }) => inputs.pathPart);
            expect(paths).to.include.members(parts);
        });

        it("have one distribution, in prod, which keeps serving the site after a failover", () => {
            expect(prod.one(aws.cloudfront.Distribution).inputs.aliases).to.deep.equal(["app.example.com"]);
            expect(dr.registered.filter(({ type }) => type.startsWith("aws:cloudfront/"))).to.be.empty;
            expect(prod.outputs.url).to.equal("https://app.example.com");
            expect(dr.outputs.url).to.equal("https://app.example.com");
            expect(dr.one(aws.cognito.UserPoolClient).inputs.callbackUrls).to.deep.equal(["https://app.example.com/callback"]);
        });

        it("accept requests from the same distribution: dr's gateway accepts prod's origin secret", () => {
            expect(dr.all("random:index/randomPassword:RandomPassword", /origin/)).to.be.empty;
            expect(JSON.stringify(dr.one(aws.wafv2.WebAcl, "gateway-firewall").inputs)).to.contain("replicated-secret-origin");
            const shared = prod.one(aws.secretsmanager.SecretVersion, "origin-secret-version");
            expect(shared.isSecret("secretString")).to.be.true;
            const { secrets } = parseJson<{ secrets: string[] }>(shared.inputs.secretString);
            expect(secrets).to.deep.equal(["generated-secret-gateway-origin-secret-1"]);
        });
    });

    describe("a dr stack without its primary", () => {
        for (const [token, what] of [
            ["aws:kms/getAlias:getAlias", "KMS key alias/ai-platform-prod-"],
            ["aws:secretsmanager/getSecret:getSecret", "secret ai-platform/prod/"],
            ["aws:secretsmanager/getSecretVersion:getSecretVersion", "value of the secret ai-platform/prod/"],
            ["aws:s3/getBucket:getBucket", `bucket ai-platform-prod-raw-${ACCOUNT}-us-west-2`],
        ] as const) {
            it(`asks to deploy prod first if ${what}... is missing`, async () => {
                const message = await failureOf(planWith(nothing(token), "dr"));
                expect(message).to.contain(what).and.to.contain("doesn't exist in us-west-2. Deploy stack prod in us-east-1 first");
                expect(message).to.contain("ai-platform:recovery.region: us-west-2");
            });
        }

        it("looks for all buckets before it registers anything", async () => {
            const missing = (bucket: string) => ({
                "aws:s3/getBucket:getBucket": (inputs: Record<string, unknown>) => {
                    if (inputs.bucket === bucket) throw new Error("couldn't find resource");
                    return undefined;
                },
            });
            for (const purpose of ["raw", "curated", "site"]) {
                const bucket = `ai-platform-prod-${purpose}-${ACCOUNT}-us-west-2`;
                const attempt = planWith(missing(bucket), "dr");
                expect(await failureOf(attempt)).to.match(new RegExp(`^The bucket ${bucket} doesn't exist`));
                expect(await registeredBefore(attempt)).to.deep.equal([]);
            }
            // With a domain, the primary's distribution serves the site.
            expect(await failureOf(planWith(missing(`ai-platform-prod-site-${ACCOUNT}-us-west-2`), "dr", DOMAIN))).to.equal("no error");
        });

        it("doesn't take a denied request for a missing primary", async () => {
            const denied = {
                "aws:kms/getAlias:getAlias": () => {
                    throw new Error("AccessDeniedException: User is not authorized to perform: kms:ListAliases");
                },
            };
            const message = await failureOf(planWith(denied, "dr"));
            expect(message).to.match(
                /^The KMS key alias\/ai-platform-prod-\w+ in us-west-2 can't be looked up: access denied\. Allow kms:ListAliases/,
            );
            expect(message).not.to.contain("Deploy stack");
        });

        it("looks up the names of the configured primary", async () => {
            const message = await failureOf(planWith(nothing("aws:kms/getAlias:getAlias"), "dr", ["ai-platform:primary.environment=live"]));
            expect(message).to.contain("alias/ai-platform-live-").and.to.contain("stack live");
        });
    });

    describe("protection of data", () => {
        it("takes final snapshots of databases and cache, and keeps deleted secrets for 30 days", async () => {
            const prod = await plan("prod");
            expect(prod.one(aws.rds.Instance).inputs).to.include({ deletionProtection: true, skipFinalSnapshot: false });
            expect(prod.one(aws.docdb.Cluster).inputs).to.include({ deletionProtection: true, skipFinalSnapshot: false });
            for (const stack of ["prod", "dr"]) {
                const recording = await plan(stack);
                expect(recording.one(aws.elasticache.ReplicationGroup).inputs.finalSnapshotIdentifier, stack).to.match(/^cache-final-/);
                const secrets = recording.all(aws.secretsmanager.Secret);
                expect(secrets.map(({ name }) => name)).to.include.members([
                    "cache-connection-secret",
                    "database-connection-secret",
                    "documents-connection-secret",
                ]);
                const short = secrets.filter(({ inputs }) => inputs.recoveryWindowInDays !== 30).map(({ name }) => name);
                expect(short, stack).to.deep.equal([]);
            }
        });

        it("is off with protectData: false: everything is deleted with the stack", async () => {
            for (const recording of [await plan("dev"), await plan("prod", ["ai-platform:protectData=false"])]) {
                expect(recording.one(aws.rds.Instance).inputs).to.include({ deletionProtection: false, skipFinalSnapshot: true });
                expect(recording.one(aws.docdb.Cluster).inputs).to.include({ deletionProtection: false, skipFinalSnapshot: true });
                expect(recording.one(aws.elasticache.ReplicationGroup).inputs).to.not.have.property("finalSnapshotIdentifier");
                expect(recording.one(aws.cognito.UserPool).inputs.deletionProtection).to.equal("INACTIVE");
                expect(
                    recording
                        .all(aws.s3.Bucket)
                        .filter(({ inputs }) => !inputs.forceDestroy)
                        .map(({ name }) => name),
                ).to.deep.equal([]);
                expect(recording.all(aws.ecr.Repository).every(({ inputs }) => inputs.forceDelete)).to.be.true;
                expect(recording.all(aws.secretsmanager.Secret).every(({ inputs }) => inputs.recoveryWindowInDays === 0)).to.be.true;
            }
        });

        it("is off in dr, too", async () => {
            const dr = await plan("dr", ["ai-platform:protectData=false"]);
            expect(dr.one(aws.rds.Instance).inputs.deletionProtection).to.be.false;
            expect(dr.one(aws.elasticache.ReplicationGroup).inputs).to.not.have.property("finalSnapshotIdentifier");
            expect(new Set(dr.all(aws.secretsmanager.Secret).map(({ inputs }) => inputs.recoveryWindowInDays))).to.deep.equal(new Set([0]));
            expect(
                dr
                    .all(aws.s3.Bucket)
                    .filter(({ inputs }) => !inputs.forceDestroy)
                    .map(({ name }) => name),
            ).to.deep.equal([]);
        });
    });

    describe("logical names of resources with data", () => {
        // A resource whose name or parent type changes is deleted and recreated. If you rename one of these, add an alias
        // (resource option `aliases`), so that Pulumi finds it under its previous name.
        const STABLE = [
            "DataLake$ReplicatedBucket$PrivateBucket$aws:s3/bucket:Bucket::lake-curated-bucket",
            "DataLake$ReplicatedBucket$PrivateBucket$aws:s3/bucket:Bucket::lake-curated-copy-bucket",
            "DataLake$ReplicatedBucket$PrivateBucket$aws:s3/bucket:Bucket::lake-raw-bucket",
            "DataLake$ReplicatedBucket$PrivateBucket$aws:s3/bucket:Bucket::lake-raw-copy-bucket",
            "DocumentCluster$ReplicatedSecret$aws:secretsmanager/secret:Secret::documents-connection-secret",
            "DocumentCluster$aws:docdb/cluster:Cluster::documents-cluster",
            "DocumentCluster$random:index/randomPassword:RandomPassword::documents-password",
            "Edge$PrivateBucket$aws:s3/bucket:Bucket::edge-site-bucket",
            "Edge$PrivateBucket$aws:s3/bucket:Bucket::edge-site-copy-bucket",
            "EncryptionKey$aws:kms/key:Key::alerts-encryption-key",
            "EncryptionKey$aws:kms/key:Key::data-encryption-key",
            "EncryptionKey$aws:kms/key:Key::guardrail-encryption-key",
            "EncryptionKey$aws:kms/key:Key::logs-encryption-key",
            "EncryptionKey$aws:kms/replicaKey:ReplicaKey::alerts-encryption-replica-us-west-2",
            "EncryptionKey$aws:kms/replicaKey:ReplicaKey::data-encryption-replica-us-west-2",
            "EncryptionKey$aws:kms/replicaKey:ReplicaKey::logs-encryption-replica-us-west-2",
            "EncryptionKey$random:index/randomPassword:RandomPassword::jwt-signing-key",
            "Identity$aws:cognito/userPool:UserPool::identity-users",
            "ImageRepository$aws:ecr/repository:Repository::images-repository",
            "ImageRepository$aws:ecr/repository:Repository::images-repository-recovery",
            "PostgresCluster$ReplicatedSecret$aws:secretsmanager/secret:Secret::database-connection-secret",
            "PostgresCluster$aws:rds/instance:Instance::database-instance",
            "PostgresCluster$random:index/randomPassword:RandomPassword::database-password",
            "RedisCluster$ReplicatedSecret$aws:secretsmanager/secret:Secret::cache-connection-secret",
            "RedisCluster$aws:elasticache/replicationGroup:ReplicationGroup::cache-group",
            "RedisCluster$random:index/randomPassword:RandomPassword::cache-token",
            "ReplicatedSecret$aws:secretsmanager/secret:Secret::jwt-secret-secret",
            "ReplicatedSecret$aws:secretsmanager/secret:Secret::origin-secret-secret",
        ];

        for (const stack of ["prod", "dr"]) {
            it(`are the same as in previous deployments of ${stack}`, async () => {
                const names = resourcesIn(await plan(stack)).map((it) => identityOf(it).replaceAll("ai-platform:components:", ""));
                const kinds = new Set(STABLE.map((name) => name.split("::")[0]));
                // dr creates only what it doesn't look up.
                const wanted =
                    stack === "prod"
                        ? STABLE
                        : STABLE.filter((name) => /^(Document|Redis|Postgres|Identity|.*guardrail)(?!.*database-password)/.test(name));
                const lost = wanted.filter((name) => !names.includes(name));
                const added = names.filter((name) => kinds.has(name.split("::")[0]) && !STABLE.includes(name));
                const advice = "a rename deletes the data: give the resource an alias with its old name";
                expect(lost, advice).to.deep.equal([]);
                expect(added, "something new holds data: add it to the list").to.deep.equal([]);
            });
        }
    });
});
