import { expect } from "chai";
import type { DeployedResource, Properties } from "../../components/testing";
import { explicitNames, rules, type Rule } from "../../policy/rules";
import { PLANS, resourcesOf } from "../support/plans";

const rule = (name: string): Rule => {
    const found = rules.find((it) => it.name === name);
    if (!found) throw new Error(`no rule ${name}`);
    return found;
};

/** A change that a rule must notice, made to the plan of prod. */
interface Break {
    rule: string;
    when: string;
    type: string;
    /** Inputs to put over the resource's own; undefined takes one away. */
    inputs?: Record<string, unknown>;
    change?: (resource: DeployedResource) => DeployedResource | undefined;
    /** Logical name of the resource that is blamed, where it is not the changed one. */
    blames?: RegExp;
}

const statement = (more: object) =>
    JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*", ...more }],
    });

const BREAKS: Break[] = [
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
        blames: /./,
    },
    {
        rule: "buckets-are-complete",
        when: "public policies are possible",
        type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        inputs: { blockPublicPolicy: false },
        blames: /./,
    },
    {
        rule: "buckets-are-complete",
        when: "a bucket has no encryption",
        type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        change: () => undefined,
        blames: /./,
    },
    {
        rule: "buckets-are-complete",
        when: "a bucket takes plain HTTP",
        type: "aws:s3/bucketPolicy:BucketPolicy",
        inputs: { policy: statement({ Effect: "Deny" }) },
        blames: /./,
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
        when: "a group has inline rules",
        type: "aws:ec2/securityGroup:SecurityGroup",
        inputs: { ingress: [{ protocol: "tcp" }] },
    },
];

/** The plan with one resource changed, and that resource's urn. */
function broken(resources: DeployedResource[], { type, inputs, change }: Break): { resources: DeployedResource[]; urn: string } {
    const target = resources.find((it) => it.type === type);
    if (!target) throw new Error(`prod has no ${type}`);
    const changed = change ? change(target) : { ...target, inputs: withInputs(target.inputs, inputs ?? {}) };
    return { resources: resources.flatMap((it) => (it === target ? (changed ?? []) : it)), urn: target.urn };
}

const withInputs = (own: Properties | undefined, over: Record<string, unknown>): Properties =>
    Object.fromEntries(Object.entries({ ...own, ...over }).filter(([, value]) => value !== undefined)) as Properties;

describe("invariants", () => {
    for (const name of Object.keys(PLANS)) {
        describe(`of ${name}`, () => {
            for (const { name: ruleName, description, check } of rules) {
                it(`${ruleName}: ${description}`, async () => {
                    const violations = await check(await resourcesOf(name));
                    expect(violations.map(({ urn, message }) => `${urn.split("::").pop() ?? urn} ${message}`)).to.deep.equal([]);
                });
            }
        });
    }

    describe("are seen to break", () => {
        for (const it_ of BREAKS) {
            it(`${it_.rule}: when ${it_.when}`, async () => {
                const { resources, urn } = broken(await resourcesOf("prod"), it_);
                const violations = await rule(it_.rule).check(resources);
                expect(violations).not.to.be.empty;
                if (!it_.blames) expect(violations.map((violation) => violation.urn)).to.include(urn);
            });
        }

        it("only-nat-in-public-subnets: when a load balancer stands in one", async () => {
            const resources = await resourcesOf("prod");
            const subnet = resources.find((it) => it.type === "aws:ec2/subnet:Subnet" && it.inputs?.mapPublicIpOnLaunch === true);
            const { resources: changed, urn } = broken(resources, {
                rule: "",
                when: "",
                type: "aws:lb/loadBalancer:LoadBalancer",
                inputs: { subnets: [subnet?.id] },
            });
            expect(await rule("only-nat-in-public-subnets").check(changed)).to.deep.include({ urn, message: "stands in a public subnet" });
        });

        it("every rule has a break that shows it", () => {
            const shown = new Set([...BREAKS.map((it) => it.rule), "only-nat-in-public-subnets"]);
            expect(rules.map(({ name }) => name).filter((name) => !shown.has(name))).to.deep.equal([]);
        });
    });

    it("give no two stacks an explicit physical name in common", async () => {
        const of = async (name: string, region: string) => explicitNames(await resourcesOf(name), region);
        const all = [...(await of("prod", "us-east-1")), ...(await of("dr, standing by", "us-west-2")), ...(await of("dev", "us-east-1"))];
        expect(all.length).to.be.greaterThan(30);
        expect(all.filter((name, i) => all.indexOf(name) !== i)).to.deep.equal([]);
    });
});
