import type { DeployedResource } from "../../components/testing";
import { ENCRYPTION, isKnown, MORE_ENCRYPTION, unknownType } from "./resource-types";
import { has, type Inputs, inputsOf, perResource, type Rule, truthy, UNKNOWN, valueAt } from "./rule";

export const everythingEncrypted: Rule = {
    name: "everything-encrypted",
    description: "Data is encrypted with a key of this account, at rest and in transit, and logs expire.",
    check: (resources) => {
        // EventBridge discovers schemas only on a bus without a customer managed key (User Guide, "Encrypting EventBridge buses").
        const discovered = resources.filter(({ type }) => type === "aws:schemas/discoverer:Discoverer").map(({ parent }) => parent);
        return resources
            .filter(({ type, parent }) => type !== "aws:cloudwatch/eventBus:EventBus" || !discovered.includes(parent))
            .flatMap((it) => unencrypted(withKeyOfSource(it, resources)).map((message) => ({ urn: it.urn, message })));
    },
};

const INSTANCE = "aws:rds/instance:Instance";

/** A restored instance has the key of its snapshot or source: the API has no argument for it. `PostgresCluster` rejects an unencrypted source. */
const isRestored = (inputs: Inputs): boolean => has(inputs.snapshotIdentifier) || has(inputs.restoreToPointInTime);

/** A read replica in the region of its source has the source's key, and AWS rejects the argument (RDS API, `CreateDBInstanceReadReplica`). */
function withKeyOfSource(resource: DeployedResource, resources: readonly DeployedResource[]): DeployedResource {
    const inputs = inputsOf(resource);
    if (resource.type !== INSTANCE || has(inputs.kmsKeyId)) return resource;
    const withKey = { ...resource, inputs: { ...resource.inputs, kmsKeyId: "that of the source" } };
    if (isRestored(inputs)) return withKey;
    if (!has(inputs.replicateSourceDb)) return resource;
    const { replicateSourceDb: source } = inputs;
    // If the ARN isn't known yet, the source is another instance of the component.
    const isSource = (it: DeployedResource) =>
        it.type === INSTANCE &&
        (source === UNKNOWN ? it.urn !== resource.urn && it.parent === resource.parent : it.outputs?.arn === source);
    const found = resources.filter(isSource).find((it) => has(inputsOf(it).kmsKeyId) || isRestored(inputsOf(it)));
    return found ? withKey : resource;
}

function unencrypted(resource: DeployedResource): string[] {
    const { type, custom } = resource;
    if (custom && !isKnown(type)) return [unknownType(type)];
    return (ENCRYPTION[type] ?? MORE_ENCRYPTION[type])?.(inputsOf(resource)) ?? [];
}

/** Types of the platform that `everything-encrypted` checks. */
export const ENCRYPTED_TYPES = Object.keys(ENCRYPTION);

/** Resources that every bucket needs. */
const BUCKET_PARTS = [
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
];

export const bucketsAreComplete: Rule = {
    name: "buckets-are-complete",
    description: "Every bucket has encryption, a public access block, ownership controls, and a policy that denies plain HTTP.",
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

/** Compares the bucket's name, or the parent component if the name isn't known yet. */
const isPartOf = (part: DeployedResource, bucket: DeployedResource, name: unknown): boolean => {
    const of: unknown = part.inputs?.bucket;
    return of === UNKNOWN ? part.parent === bucket.parent : of === name;
};

const openBlock = (block: DeployedResource | undefined): string[] =>
    block ? truthy(inputsOf(block), "blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets") : [];

const plainHttp = (policy: DeployedResource | undefined): string[] =>
    policy && inputsOf(policy).policy !== UNKNOWN && !String(inputsOf(policy).policy).includes('"aws:SecureTransport":"false"')
        ? ["has a policy that allows plain HTTP"]
        : [];

/** Types of the platform that can be public: checks that they aren't. */
const PUBLIC: Record<string, (inputs: Inputs) => string[]> = {
    "aws:rds/instance:Instance": (it) => (it.publiclyAccessible === true ? ["is publicly accessible"] : []),
    "aws:docdb/clusterInstance:ClusterInstance": (it) => (it.publiclyAccessible === true ? ["is publicly accessible"] : []),
    "aws:lb/loadBalancer:LoadBalancer": (it) => (it.internal === true ? [] : ["is internet-facing"]),
    "aws:ecs/service:Service": (it) =>
        valueAt(it, "networkConfiguration", "assignPublicIp") === true ? ["assigns public IP addresses to its tasks"] : [],
    "aws:lambda/functionUrl:FunctionUrl": () => ["makes a function public"],
    "aws:ec2/launchTemplate:LaunchTemplate": (it) => [
        ...(valueAt(it, "metadataOptions", "httpTokens") === "required" ? [] : ["accepts version 1 of the instance metadata service"]),
        ...(has(it.keyName) ? ["has a key pair for SSH"] : []),
        ...[it.networkInterfaces ?? []]
            .flat()
            .filter((card) => String(valueAt(card, "associatePublicIpAddress")) === "true")
            .map(() => "assigns public IP addresses to its instances"),
    ],
    // A NAT instance is the only use of a group.
    "aws:autoscaling/group:Group": (it) => (it.maxSize === 1 ? [] : ["is a group of EC2 instances: workloads run on Fargate or Lambda"]),
    "aws:ec2/instance:Instance": () => ["is an EC2 instance: workloads run on Fargate or Lambda"],
    "aws:apigateway/method:Method": (it) =>
        it.authorization === "NONE" && !["GET", "HEAD", "OPTIONS"].includes(String(it.httpMethod))
            ? [`allows ${String(it.httpMethod)} without authorization`]
            : [],
};

/** The same for types that the platform doesn't create. */
const MORE_PUBLIC: Record<string, (inputs: Inputs) => string[]> = {
    "aws:rds/clusterInstance:ClusterInstance": (it) => (it.publiclyAccessible === true ? ["is publicly accessible"] : []),
    "aws:redshift/cluster:Cluster": (it) => (it.publiclyAccessible === false ? [] : ["is publicly accessible"]),
    "aws:opensearch/domain:Domain": (it) => (it.vpcOptions === undefined ? ["has a public endpoint: set vpcOptions"] : []),
};

export const nothingPublic: Rule = perResource(
    "nothing-public",
    "Only the edge and the API gateway can be reached from the internet.",
    (resource) => {
        if (resource.custom && !isKnown(resource.type)) return [unknownType(resource.type)];
        return (PUBLIC[resource.type] ?? MORE_PUBLIC[resource.type])?.(inputsOf(resource)) ?? [];
    },
);

/** Types of the platform that `nothing-public` checks. */
export const PUBLIC_TYPES = Object.keys(PUBLIC);

export const onlyNatInPublicSubnets: Rule = {
    name: "only-nat-in-public-subnets",
    description: "Public subnets contain only NAT gateways, and the network interfaces of NAT instances.",
    check: (resources) => {
        const ofType = (type: string) => resources.filter((it) => it.type === type);
        const withGateway = ofType("aws:ec2/route:Route").filter((it) => has(inputsOf(it).gatewayId));
        const tables = withGateway.map((it) => inputsOf(it).routeTableId).filter((id) => id !== UNKNOWN);
        const routed = ofType("aws:ec2/routeTableAssociation:RouteTableAssociation").filter((it) =>
            tables.includes(inputsOf(it).routeTableId),
        );
        const assigning = ofType("aws:ec2/subnet:Subnet").filter((it) => inputsOf(it).mapPublicIpOnLaunch === true);
        const subnets = [...routed.map((it) => inputsOf(it).subnetId), ...assigning.map(({ id }) => id)];
        const allowed = /^aws:ec2\/(natGateway:NatGateway|routeTableAssociation:RouteTableAssociation|subnet:Subnet)$|^awsx:|^ai-platform:/;
        return resources
            .filter((it) => !allowed.test(it.type) && !forwards(it))
            .filter((it) =>
                subnets.some(
                    (id) => typeof id === "string" && !["", UNKNOWN].includes(id) && JSON.stringify(inputsOf(it)).includes(`"${id}"`),
                ),
            )
            .map(({ urn }) => ({ urn, message: "is in a public subnet" }));
    },
};

/** A network interface that forwards packets of others, as only a NAT instance needs. */
const forwards = (resource: DeployedResource): boolean =>
    resource.type === "aws:ec2/networkInterface:NetworkInterface" && inputsOf(resource).sourceDestCheck === false;

const WORLD = ["0.0.0.0/0", "::/0"];

export const closedSecurityGroups: Rule = perResource(
    "closed-security-groups",
    "Security group rules are separate resources. No rule allows inbound traffic from any address, and only HTTPS is allowed to any address.",
    (resource) => {
        const it = inputsOf(resource);
        switch (resource.type) {
            case "aws:ec2/securityGroup:SecurityGroup":
                return has(it.ingress) || has(it.egress) ? ["has inline rules"] : [];
            case "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":
                return [it.ingress, it.egress].flat().filter(has).length > 0 ? ["allows traffic in the default security group"] : [];
            case "aws:ec2/securityGroupRule:SecurityGroupRule":
                return ["conflicts with the rule resources of aws.vpc: use SecurityGroupIngressRule or SecurityGroupEgressRule"];
            case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
                const open = WORLD.includes(String(it.cidrIpv4)) || WORLD.includes(String(it.cidrIpv6));
                return [...(open ? ["allows traffic from any address"] : []), ...(it.ipProtocol === "-1" ? ["allows all protocols"] : [])];
            }
            case "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
                const open = WORLD.includes(String(it.cidrIpv4)) || WORLD.includes(String(it.cidrIpv6));
                return open && !(it.fromPort === 443 && it.toPort === 443 && it.ipProtocol === "tcp")
                    ? ["allows more than HTTPS to any address"]
                    : [];
            }
            default:
                return [];
        }
    },
);
