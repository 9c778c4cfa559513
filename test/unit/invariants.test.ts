import { expect } from "chai";
import type { DeployedResource, Properties } from "../../components/testing";
import { nameOf } from "../../components/testing/urn";
import { ENCRYPTED_TYPES, explicitNames, PUBLIC_TYPES, rules, type Rule } from "../../policy/rules";
import { UNKNOWN } from "../../policy/rules/rule";
import { PLANS, resourcesOf } from "../support/plans";

const rule = (name: string): Rule => {
    const found = rules.find((it) => it.name === name);
    if (!found) throw new Error(`no rule ${name}`);
    return found;
};

/** A change of a plan that a rule must detect. */
interface Break {
    rule: string;
    when: string;
    /** @default "prod" */
    plan?: string;
    type: string;
    /** New type of the resource, one that no plan has. */
    as?: string;
    /** Inputs that override the resource's own; undefined removes one. */
    inputs?: Record<string, unknown>;
    change?: (resource: DeployedResource) => DeployedResource | undefined;
    /** Logical name of the reported resource, if it isn't the changed one. */
    blames?: RegExp;
}

const statement = (more: object) =>
    JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*", ...more }],
    });

const NAT = "prod with a NAT instance, a transit gateway, and database users";

const BREAKS: Break[] = [
    {
        rule: "keys-are-of-their-region",
        when: "a database has another region's key",
        type: "aws:rds/instance:Instance",
        inputs: { kmsKeyId: "arn:aws:kms:us-west-2:123456789012:key/mrk-1" },
    },
    {
        rule: "keys-are-of-their-region",
        when: "a copy of a secret has the key of its source's region",
        type: "aws:secretsmanager/secret:Secret",
        inputs: { replicas: [{ region: "us-west-2", kmsKeyId: "arn:aws:kms:us-east-1:123456789012:key/mrk-1" }] },
    },
    {
        rule: "every-resource-has-a-parent",
        when: "a resource has no parent",
        type: "aws:rds/instance:Instance",
        change: (it) => ({ ...it, parent: undefined }),
    },
    {
        rule: "every-resource-has-a-parent",
        when: "a resource stands below the stack itself",
        type: "aws:rds/instance:Instance",
        change: (it) => ({ ...it, parent: "urn:pulumi:prod::ai-platform::pulumi:pulumi:Stack::ai-platform-prod" }),
    },
    {
        rule: "tagged-by-the-provider",
        when: "a resource has the default provider",
        type: "aws:s3/bucket:Bucket",
        change: (it) => ({ ...it, provider: "urn:pulumi:prod::ai-platform::pulumi:providers:aws::default::id" }),
    },
    {
        rule: "no-unresolved-text",
        when: "a name was made of nothing",
        type: "aws:lb/targetGroup:TargetGroup",
        inputs: { vpcId: "arn:undefined" },
    },
    {
        rule: "names-fit",
        when: "a load balancer's name is too long",
        type: "aws:lb/loadBalancer:LoadBalancer",
        inputs: { name: "a-load-balancer-with-a-very-long-name" },
    },
    { rule: "names-fit", when: "a bucket's name has capitals", type: "aws:s3/bucket:Bucket", inputs: { bucket: "AiPlatform" } },
    { rule: "no-plain-secrets", when: "a password is plain text", type: "aws:rds/instance:Instance", inputs: { passwordWo: "hunter2" } },
    {
        rule: "no-plain-secrets",
        when: "a generated secret shows in a container's environment",
        type: "aws:ecs/taskDefinition:TaskDefinition",
        inputs: { containerDefinitions: '[{"environment":[{"name":"A","value":"generated-secret-database"}]}]' },
    },
    {
        rule: "iam-actions-exist",
        when: "an action does not exist",
        type: "aws:iam/rolePolicy:RolePolicy",
        inputs: { policy: statement({ Action: "bedrock:ListModels" }) },
    },
    {
        rule: "iam-actions-exist",
        when: "an action is a wildcard",
        type: "aws:iam/rolePolicy:RolePolicy",
        inputs: { policy: statement({ Action: "s3:*" }) },
    },
    {
        rule: "iam-conditions-exist",
        when: "a condition key does not exist",
        type: "aws:iam/rolePolicy:RolePolicy",
        inputs: { policy: statement({ Condition: { StringEquals: { "s3:NoSuchKey": "x" } } }) },
    },
    {
        rule: "iam-resources-are-narrow",
        when: "a resource is *",
        type: "aws:iam/rolePolicy:RolePolicy",
        inputs: { policy: statement({ Resource: "*" }) },
    },
    {
        rule: "roles-are-assumed-by-services",
        when: "an account may assume a role",
        type: "aws:iam/role:Role",
        inputs: { assumeRolePolicy: statement({ Action: "sts:AssumeRole", Principal: { AWS: "arn:aws:iam::111111111111:root" } }) },
    },
    {
        rule: "resource-policies-are-closed",
        when: "a bucket lets in everybody",
        type: "aws:s3/bucketPolicy:BucketPolicy",
        inputs: { policy: statement({ Principal: "*" }) },
    },
    {
        rule: "resource-policies-are-closed",
        when: "a service comes in without a condition",
        type: "aws:sqs/queuePolicy:QueuePolicy",
        inputs: { policy: statement({ Action: "sqs:SendMessage", Principal: { Service: "events.amazonaws.com" } }) },
    },
    {
        rule: "everything-encrypted",
        when: "the database is not encrypted",
        type: "aws:rds/instance:Instance",
        inputs: { storageEncrypted: false },
    },
    {
        rule: "everything-encrypted",
        when: "the database has no key of this account",
        type: "aws:rds/instance:Instance",
        inputs: { kmsKeyId: undefined },
    },
    {
        rule: "everything-encrypted",
        when: "the cache takes plain connections",
        type: "aws:elasticache/replicationGroup:ReplicationGroup",
        inputs: { transitEncryptionEnabled: false },
    },
    {
        rule: "everything-encrypted",
        when: "the document store is not encrypted",
        type: "aws:docdb/cluster:Cluster",
        inputs: { storageEncrypted: undefined },
    },
    {
        rule: "everything-encrypted",
        when: "a backup vault has no key of this account",
        type: "aws:backup/vault:Vault",
        inputs: { kmsKeyArn: undefined },
    },
    {
        rule: "everything-encrypted",
        when: "a log group has no key",
        type: "aws:cloudwatch/logGroup:LogGroup",
        inputs: { kmsKeyId: undefined },
    },
    {
        rule: "everything-encrypted",
        when: "a log group keeps logs for ever",
        type: "aws:cloudwatch/logGroup:LogGroup",
        inputs: { retentionInDays: undefined },
    },
    {
        rule: "everything-encrypted",
        when: "RDS Proxy accepts connections without TLS",
        type: "aws:rds/proxy:Proxy",
        inputs: { requireTls: false },
        plan: "prod, everything on",
    },
    { rule: "everything-encrypted", when: "a topic has no key", type: "aws:sns/topic:Topic", inputs: { kmsMasterKeyId: undefined } },
    {
        rule: "everything-encrypted",
        when: "a queue has no key",
        type: "aws:sqs/queue:Queue",
        inputs: { kmsMasterKeyId: undefined, sqsManagedSseEnabled: undefined },
    },
    {
        rule: "everything-encrypted",
        when: "the stream is not encrypted",
        type: "aws:kinesis/stream:Stream",
        inputs: { encryptionType: "NONE" },
    },
    {
        rule: "everything-encrypted",
        when: "image tags can be moved",
        type: "aws:ecr/repository:Repository",
        inputs: { imageTagMutability: "MUTABLE" },
    },
    { rule: "everything-encrypted", when: "a key does not rotate", type: "aws:kms/key:Key", inputs: { enableKeyRotation: false } },
    {
        rule: "everything-encrypted",
        when: "a secret has no key of this account",
        type: "aws:secretsmanager/secret:Secret",
        inputs: { kmsKeyId: undefined },
    },
    {
        rule: "buckets-are-complete",
        when: "a bucket has no public access block",
        type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        change: () => undefined,
        blames: /-bucket$/,
    },
    {
        rule: "buckets-are-complete",
        when: "public policies are possible",
        type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        inputs: { blockPublicPolicy: false },
        blames: /-bucket$/,
    },
    {
        rule: "buckets-are-complete",
        when: "a bucket has no encryption",
        type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        change: () => undefined,
        blames: /-bucket$/,
    },
    {
        rule: "buckets-are-complete",
        when: "a bucket takes plain HTTP",
        type: "aws:s3/bucketPolicy:BucketPolicy",
        inputs: { policy: statement({ Effect: "Deny" }) },
        blames: /-bucket$/,
    },
    {
        rule: "everything-encrypted",
        when: "a table is not encrypted with KMS",
        type: "aws:dynamodb/table:Table",
        inputs: { serverSideEncryption: { enabled: false } },
    },
    {
        rule: "everything-encrypted",
        when: "image layers have no key of this account",
        type: "aws:ecr/repository:Repository",
        inputs: { encryptionConfigurations: [{ encryptionType: "AES256" }] },
    },
    {
        rule: "everything-encrypted",
        when: "builds have no key of this account",
        plan: "prod, everything on",
        type: "aws:codebuild/project:Project",
        inputs: { encryptionKey: undefined },
    },
    {
        rule: "everything-encrypted",
        when: "artifacts have no key of this account",
        plan: "prod, everything on",
        type: "aws:codepipeline/pipeline:Pipeline",
        inputs: { artifactStores: [{ location: "b", type: "S3" }] },
    },
    {
        rule: "everything-encrypted",
        when: "the bus has no key of this account",
        type: "aws:cloudwatch/eventBus:EventBus",
        inputs: { kmsKeyIdentifier: undefined },
    },
    {
        rule: "everything-encrypted",
        when: "a function's environment has no key of this account",
        type: "aws:lambda/function:Function",
        inputs: { kmsKeyArn: undefined },
    },
    {
        rule: "everything-encrypted",
        when: "a function is not traced",
        type: "aws:lambda/function:Function",
        inputs: { tracingConfig: undefined },
    },
    {
        rule: "everything-encrypted",
        when: "a listener with TLS takes what AWS's default takes",
        type: "aws:lb/listener:Listener",
        inputs: { protocol: "HTTPS", sslPolicy: undefined },
    },
    {
        rule: "everything-encrypted",
        when: "the guardrail has no key of this account",
        type: "aws:bedrock/guardrail:Guardrail",
        inputs: { kmsKeyArn: undefined },
    },
    {
        rule: "everything-encrypted",
        when: "results of queries are not encrypted",
        type: "aws:athena/workgroup:Workgroup",
        inputs: { configuration: {} },
    },
    {
        rule: "everything-encrypted",
        when: "the volume of the NAT instance has the encryption of the image",
        plan: NAT,
        type: "aws:ec2/launchTemplate:LaunchTemplate",
        inputs: { blockDeviceMappings: undefined },
    },
    {
        rule: "everything-encrypted",
        when: "the volume of the NAT instance is not encrypted",
        plan: NAT,
        type: "aws:ec2/launchTemplate:LaunchTemplate",
        inputs: { blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { volumeSize: 8 } }] },
    },
    {
        rule: "nothing-public",
        when: "an instance accepts version 1 of the metadata service",
        plan: NAT,
        type: "aws:ec2/launchTemplate:LaunchTemplate",
        inputs: { metadataOptions: { httpTokens: "optional" } },
    },
    {
        rule: "nothing-public",
        when: "an instance has a key pair",
        plan: NAT,
        type: "aws:ec2/launchTemplate:LaunchTemplate",
        inputs: { keyName: "ops" },
    },
    {
        rule: "nothing-public",
        when: "an instance gets a public address",
        plan: NAT,
        type: "aws:ec2/launchTemplate:LaunchTemplate",
        inputs: { networkInterfaces: [{ associatePublicIpAddress: "true" }] },
    },
    {
        rule: "nothing-public",
        when: "a group runs several instances",
        plan: NAT,
        type: "aws:autoscaling/group:Group",
        inputs: { maxSize: 3 },
    },
    {
        rule: "only-nat-in-public-subnets",
        when: "a network interface in one doesn't forward packets",
        plan: NAT,
        type: "aws:ec2/networkInterface:NetworkInterface",
        inputs: { sourceDestCheck: true },
    },
    {
        rule: "nothing-public",
        when: "an instance of the document store is public",
        type: "aws:docdb/clusterInstance:ClusterInstance",
        inputs: { publiclyAccessible: true },
    },
    {
        rule: "nothing-public",
        when: "a function has an address of its own",
        type: "aws:lambda/function:Function",
        as: "aws:lambda/functionUrl:FunctionUrl",
    },
    {
        rule: "nothing-public",
        when: "somebody starts a server",
        type: "aws:lambda/function:Function",
        as: "aws:ec2/instance:Instance",
    },
    {
        rule: "iam-resources-are-narrow",
        when: "tasks are listed in any cluster",
        type: "aws:iam/rolePolicy:RolePolicy",
        inputs: { policy: statement({ Action: "ecs:ListTasks", Resource: "*", Condition: { ArnEquals: { "ecs:cluster": "*" } } }) },
    },
    { rule: "nothing-public", when: "the database is public", type: "aws:rds/instance:Instance", inputs: { publiclyAccessible: true } },
    {
        rule: "nothing-public",
        when: "the load balancer faces the internet",
        type: "aws:lb/loadBalancer:LoadBalancer",
        inputs: { internal: false },
    },
    {
        rule: "nothing-public",
        when: "tasks have public addresses",
        type: "aws:ecs/service:Service",
        inputs: { networkConfiguration: { subnets: [], assignPublicIp: true } },
    },
    {
        rule: "nothing-public",
        when: "anybody may call any method",
        type: "aws:apigateway/method:Method",
        inputs: { httpMethod: "ANY", authorization: "NONE" },
    },
    {
        rule: "closed-security-groups",
        when: "a port is open to the world",
        type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        inputs: { cidrIpv4: "0.0.0.0/0" },
    },
    {
        rule: "closed-security-groups",
        when: "more than HTTPS goes out",
        type: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        inputs: { cidrIpv4: "0.0.0.0/0", fromPort: 0, toPort: 65535 },
    },
    {
        rule: "closed-security-groups",
        when: "more goes out from HTTPS's port down",
        type: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        inputs: { cidrIpv4: "0.0.0.0/0", cidrIpv6: undefined, fromPort: 80, toPort: 443, ipProtocol: "tcp" },
    },
    {
        rule: "closed-security-groups",
        when: "more goes out from HTTPS's port up",
        type: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        inputs: { cidrIpv4: "0.0.0.0/0", cidrIpv6: undefined, fromPort: 443, toPort: 8443, ipProtocol: "tcp" },
    },
    {
        rule: "closed-security-groups",
        when: "HTTPS's port goes out by another protocol",
        type: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        inputs: { cidrIpv4: "0.0.0.0/0", cidrIpv6: undefined, fromPort: 443, toPort: 443, ipProtocol: "udp" },
    },
    {
        rule: "closed-security-groups",
        when: "more than HTTPS goes out by IPv6",
        type: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        inputs: { cidrIpv4: undefined, cidrIpv6: "::/0", fromPort: 443, toPort: 8443, ipProtocol: "tcp" },
    },
    {
        rule: "closed-security-groups",
        when: "a group has inline rules",
        type: "aws:ec2/securityGroup:SecurityGroup",
        inputs: { ingress: [{ protocol: "tcp" }] },
    },
];

/** The plan with one changed resource, and the URN of that resource. */
function broken(resources: DeployedResource[], { type, as = type, inputs, change }: Break): { resources: DeployedResource[]; urn: string } {
    const target = resources.find((it) => it.type === type);
    if (!target) throw new Error(`the plan has no ${type}`);
    const changed = change ? change(target) : { ...target, type: as, inputs: withInputs(target.inputs, inputs ?? {}) };
    return { resources: resources.flatMap((it) => (it === target ? (changed ?? []) : it)), urn: target.urn };
}

const withInputs = (own: Properties | undefined, over: Record<string, unknown>): Properties =>
    Object.fromEntries(Object.entries({ ...own, ...over }).filter(([, value]) => value !== undefined)) as Properties;

/** Inputs as in a preview: keys, names, and policies of resources that don't exist yet are unknown. */
const unless = (key: string, value: unknown): unknown =>
    typeof value === "string" && /kms|key|policy$|arn$|id$|^name$|^bucket$/i.test(key) ? UNKNOWN : value;

describe("invariants", () => {
    for (const name of Object.keys(PLANS)) {
        describe(`of ${name}`, () => {
            for (const { name: ruleName, description, check } of rules) {
                it(`${ruleName}: ${description}`, async () => {
                    const violations = await check(await resourcesOf(name));
                    expect(violations.map(({ urn, message }) => `${nameOf(urn)} ${message}`)).to.deep.equal([]);
                });
            }
        });
    }

    describe("report a violation", () => {
        for (const it_ of BREAKS) {
            it(`${it_.rule}: when ${it_.when}`, async () => {
                const { resources, urn } = broken(await resourcesOf(it_.plan ?? "prod"), it_);
                const blamed = (await rule(it_.rule).check(resources)).map((violation) => violation.urn);
                expect(blamed).not.to.be.empty;
                if (it_.blames) for (const it of blamed) expect(nameOf(it)).to.match(it_.blames);
                else expect(blamed).to.deep.equal(blamed.map(() => urn));
            });
        }

        it("only-nat-in-public-subnets: when a load balancer is in one", async () => {
            const resources = await resourcesOf("prod");
            const subnet = resources.find((it) => it.urn.endsWith("Subnet::network-public-us-east-1a"));
            const { resources: changed, urn } = broken(resources, {
                rule: "",
                when: "",
                type: "aws:lb/loadBalancer:LoadBalancer",
                inputs: { subnets: [subnet?.id] },
            });
            expect(await rule("only-nat-in-public-subnets").check(changed)).to.deep.include({ urn, message: "is in a public subnet" });
        });

        for (const [ruleName, types] of [
            ["everything-encrypted", ENCRYPTED_TYPES],
            ["nothing-public", PUBLIC_TYPES],
        ] as const) {
            it(`${ruleName}, for each of its types`, () => {
                const shown = new Set(BREAKS.filter((it) => it.rule === ruleName).map(({ type, as }) => as ?? type));
                expect(types.filter((type) => !shown.has(type))).to.deep.equal([]);
            });
        }

        it("everything-encrypted allows a bus without a key only with schema discovery", async () => {
            const resources = await resourcesOf("prod, everything on");
            const bus = resources.find(({ type }) => type === "aws:cloudwatch/eventBus:EventBus");
            expect(bus?.inputs).to.not.have.property("kmsKeyIdentifier");
            const without = resources.filter(({ type }) => type !== "aws:schemas/discoverer:Discoverer");
            expect(await rule("everything-encrypted").check(without)).to.deep.include({
                urn: bus?.urn,
                message: "has no kmsKeyIdentifier",
            });
        });

        it("not for unknown values", async () => {
            const resources = await resourcesOf("prod, everything on");
            const hidden = resources.map((it) => ({
                ...it,
                id: "",
                inputs: Object.fromEntries(Object.entries(it.inputs ?? {}).map(([key, value]) => [key, unless(key, value)])) as Properties,
            }));
            for (const { name, check } of rules) expect(await check(hidden), name).to.deep.equal([]);
        });

        it("for every rule in at least one case", () => {
            const shown = new Set([...BREAKS.map((it) => it.rule), "only-nat-in-public-subnets"]);
            expect(rules.map(({ name }) => name).filter((name) => !shown.has(name))).to.deep.equal([]);
        });
    });

    it("compare the names of ECS services within their cluster", () => {
        const service = (cluster: string) => ({
            urn: `urn:pulumi:s::p::aws:ecs/service:Service::${cluster}`,
            type: "aws:ecs/service:Service",
            custom: true,
            inputs: { name: "api", cluster },
        });
        const named = explicitNames([service("a"), service("b"), service("a")] as DeployedResource[], "us-east-1");
        expect(named).to.have.length(3);
        expect(new Set(named).size).to.equal(2);
    });

    it("are unique physical names across stacks", async () => {
        const of = async (name: string, region: string) => explicitNames(await resourcesOf(name), region);
        const all = [...(await of("prod", "us-east-1")), ...(await of("dr, standing by", "us-west-2")), ...(await of("dev", "us-east-1"))];
        expect(all.length).to.be.greaterThan(30);
        expect(all.filter((name, i) => all.indexOf(name) !== i)).to.deep.equal([]);
    });
});
