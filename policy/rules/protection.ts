import type { DeployedResource } from "../../components/testing";
import { inputsOf, perResource, type Rule, UNKNOWN } from "./rule";

type Inputs = Record<string, unknown>;

const has = (value: unknown): boolean => value !== undefined && value !== null && value !== "";
const truthy = (inputs: Inputs, ...keys: string[]): string[] =>
    keys.filter((key) => !["true", UNKNOWN].includes(String(inputs[key]))).map((key) => `${key} is not true`);
const given = (inputs: Inputs, ...keys: string[]): string[] => keys.filter((key) => !has(inputs[key])).map((key) => `has no ${key}`);
const at = (value: unknown, ...path: (string | number)[]): unknown =>
    path.reduce<unknown>(
        (it, key) => (typeof it === "object" && it !== null ? (it as Record<string | number, unknown>)[key] : undefined),
        value,
    );

/** What encryption means, by type of resource: what is wrong with its inputs. */
const ENCRYPTION: Record<string, (inputs: Inputs) => string[]> = {
    // A replica in another region without a key of its own is refused by AWS; a primary has its key from the start.
    "aws:rds/instance:Instance": (it) => [...truthy(it, "storageEncrypted"), ...given(it, "kmsKeyId")],
    "aws:backup/vault:Vault": (it) => given(it, "kmsKeyArn"),
    "aws:docdb/cluster:Cluster": (it) => [...truthy(it, "storageEncrypted"), ...given(it, "kmsKeyId")],
    "aws:elasticache/replicationGroup:ReplicationGroup": (it) => [
        ...truthy(it, "atRestEncryptionEnabled", "transitEncryptionEnabled"),
        ...given(it, "kmsKeyId"),
        ...(it.transitEncryptionMode === "preferred" ? ["takes connections without TLS"] : []),
    ],
    "aws:cloudwatch/logGroup:LogGroup": (it) => [...given(it, "kmsKeyId"), ...(it.retentionInDays ? [] : ["keeps its events for ever"])],
    "aws:secretsmanager/secret:Secret": (it) => given(it, "kmsKeyId"),
    "aws:sqs/queue:Queue": (it) => (it.sqsManagedSseEnabled === true ? [] : given(it, "kmsMasterKeyId")),
    "aws:sns/topic:Topic": (it) => given(it, "kmsMasterKeyId"),
    "aws:kinesis/stream:Stream": (it) => [...(it.encryptionType === "KMS" ? [] : ["encryptionType is not KMS"]), ...given(it, "kmsKeyId")],
    "aws:ecr/repository:Repository": (it) => [
        ...(at(it, "encryptionConfigurations", 0, "encryptionType") === "KMS" ? [] : ["is not encrypted with KMS"]),
        ...(it.imageTagMutability === "MUTABLE" || !has(it.imageTagMutability) ? ["has tags that can be moved"] : []),
    ],
    "aws:kms/key:Key": (it) => truthy(it, "enableKeyRotation", "multiRegion"),
    "aws:codebuild/project:Project": (it) => given(it, "encryptionKey"),
    "aws:codepipeline/pipeline:Pipeline": (it) =>
        [at(it, "artifactStores")]
            .flat()
            .flatMap((store) => (has(at(store, "encryptionKey", "id")) ? [] : ["has an artifact store without a key"])),
    "aws:cloudwatch/eventBus:EventBus": (it) => given(it, "kmsKeyIdentifier"),
    "aws:lambda/function:Function": (it) => [
        ...given(it, "kmsKeyArn"),
        ...(at(it, "tracingConfig", "mode") === "Active" ? [] : ["is not traced"]),
    ],
    "aws:lb/listener:Listener": (it) => (it.protocol === "HTTPS" && !has(it.sslPolicy) ? ["has no TLS policy"] : []),
    "aws:bedrock/guardrail:Guardrail": (it) => given(it, "kmsKeyArn"),
    "aws:athena/workgroup:Workgroup": (it) =>
        has(at(it, "configuration", "resultConfiguration", "encryptionConfiguration", "encryptionOption"))
            ? []
            : ["writes results unencrypted"],
};

export const everythingEncrypted: Rule = {
    name: "everything-encrypted",
    description: "What holds data is encrypted with a key of this account, in transit too, and logs end some day.",
    check: (resources) => {
        // EventBridge discovers schemas only on a bus without a key of the account (User Guide, "Encrypting EventBridge buses").
        const discovered = resources.filter(({ type }) => type === "aws:schemas/discoverer:Discoverer").map(({ parent }) => parent);
        return resources
            .filter(({ type, parent }) => type !== "aws:cloudwatch/eventBus:EventBus" || !discovered.includes(parent))
            .flatMap((it) => (ENCRYPTION[it.type]?.(inputsOf(it)) ?? []).map((message) => ({ urn: it.urn, message })));
    },
};

/** Types that `everything-encrypted` knows. */
export const ENCRYPTED_TYPES = Object.keys(ENCRYPTION);

/** Parts of a bucket that are resources of their own, and must all be there. */
const BUCKET_PARTS = [
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
];

export const bucketsAreComplete: Rule = {
    name: "buckets-are-complete",
    description: "Every bucket has its encryption, its public access block, its ownership and a policy that refuses plain HTTP.",
    check: (resources) => {
        const parts = resources.filter(({ type }) => type.startsWith("aws:s3/bucket"));
        return resources
            .filter(({ type }) => type === "aws:s3/bucket:Bucket")
            .flatMap((bucket) => {
                const name = bucket.outputs?.bucket ?? bucket.inputs?.bucket;
                const own = (type: string) => parts.find((it) => it.type === type && isPartOf(it, bucket, name));
                const missing = BUCKET_PARTS.filter((type) => !own(type)).map((type) => `has no ${type.split(":")[2] ?? type}`);
                return [...missing, ...openBlock(own(BUCKET_PARTS[0] ?? "")), ...plainHttp(own(BUCKET_PARTS[3] ?? ""))].map((message) => ({
                    urn: bucket.urn,
                    message,
                }));
            });
    },
};

/** By the bucket's name; by the component that both belong to, where the name is not known. */
const isPartOf = (part: DeployedResource, bucket: DeployedResource, name: unknown): boolean => {
    const of: unknown = part.inputs?.bucket;
    return of === UNKNOWN ? part.parent === bucket.parent : of === name;
};

const openBlock = (block: DeployedResource | undefined): string[] =>
    block ? truthy(inputsOf(block), "blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets") : [];

const plainHttp = (policy: DeployedResource | undefined): string[] =>
    policy && inputsOf(policy).policy !== UNKNOWN && !String(inputsOf(policy).policy).includes('"aws:SecureTransport":"false"')
        ? ["has a policy that takes plain HTTP"]
        : [];

/** What would make a resource reachable from the internet, by type. */
const PUBLIC: Record<string, (inputs: Inputs) => string[]> = {
    "aws:rds/instance:Instance": (it) => (it.publiclyAccessible === true ? ["is publicly accessible"] : []),
    "aws:docdb/clusterInstance:ClusterInstance": (it) => (it.publiclyAccessible === true ? ["is publicly accessible"] : []),
    "aws:lb/loadBalancer:LoadBalancer": (it) => (it.internal === true ? [] : ["faces the internet"]),
    "aws:ecs/service:Service": (it) =>
        at(it, "networkConfiguration", "assignPublicIp") === true ? ["gives its tasks public addresses"] : [],
    "aws:lambda/functionUrl:FunctionUrl": () => ["is a public address of a function"],
    "aws:ec2/instance:Instance": () => ["is a server that nobody asked for"],
    "aws:apigateway/method:Method": (it) =>
        it.authorization === "NONE" && !["GET", "HEAD", "OPTIONS"].includes(String(it.httpMethod))
            ? [`lets anybody ${String(it.httpMethod)}`]
            : [],
};

export const nothingPublic: Rule = perResource(
    "nothing-public",
    "Nothing can be reached from the internet but by the edge and the API's gateway.",
    (resource) => PUBLIC[resource.type]?.(inputsOf(resource)) ?? [],
);

/** Types that `nothing-public` knows. */
export const PUBLIC_TYPES = Object.keys(PUBLIC);

export const onlyNatInPublicSubnets: Rule = {
    name: "only-nat-in-public-subnets",
    description: "Nothing but NAT gateways stands in a public subnet.",
    check: (resources) => {
        const subnets = resources
            .filter((it) => it.type === "aws:ec2/subnet:Subnet" && inputsOf(it).mapPublicIpOnLaunch === true)
            .map(({ id }) => id ?? "");
        const allowed = /^aws:ec2\/(natGateway:NatGateway|routeTableAssociation:RouteTableAssociation|subnet:Subnet)$|^awsx:|^ai-platform:/;
        return resources
            .filter(({ type }) => !allowed.test(type))
            .filter((it) => subnets.some((id) => id && JSON.stringify(inputsOf(it)).includes(`"${id}"`)))
            .map(({ urn }) => ({ urn, message: "stands in a public subnet" }));
    },
};

const WORLD = ["0.0.0.0/0", "::/0"];

export const closedSecurityGroups: Rule = perResource(
    "closed-security-groups",
    "No security group takes anything from the world; rules are resources that name other groups; out to the world goes HTTPS alone.",
    (resource) => {
        const it = inputsOf(resource);
        switch (resource.type) {
            case "aws:ec2/securityGroup:SecurityGroup":
                return has(it.ingress) || has(it.egress) ? ["has inline rules"] : [];
            case "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":
                return [it.ingress, it.egress].flat().filter(has).length > 0 ? ["lets something through the default group"] : [];
            case "aws:ec2/securityGroupRule:SecurityGroupRule":
                return ["is a rule of the older kind, which clashes with the newer"];
            case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
                const open = WORLD.includes(String(it.cidrIpv4)) || WORLD.includes(String(it.cidrIpv6));
                return [...(open ? ["is open to the world"] : []), ...(it.ipProtocol === "-1" ? ["lets in every protocol"] : [])];
            }
            case "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
                const open = WORLD.includes(String(it.cidrIpv4)) || WORLD.includes(String(it.cidrIpv6));
                return open && !(it.fromPort === 443 && it.toPort === 443 && it.ipProtocol === "tcp")
                    ? ["lets more than HTTPS out to the world"]
                    : [];
            }
            default:
                return [];
        }
    },
);
