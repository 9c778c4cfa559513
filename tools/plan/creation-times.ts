/**
 * Minutes that AWS takes to create a resource, where it is more than some seconds: for finding the longest chain of a deployment. They
 * are orders of magnitude, not promises. A source is named where there is one; the others are what "Still creating..." lines of
 * Terraform's AWS provider, whose waiters `@pulumi/aws` shares, commonly show.
 */
type Inputs = Record<string, unknown>;

const MINUTES: Record<string, number | ((inputs: Inputs) => number)> = {
    // "up to 5/10 minutes with multi_az off", "up to 15/20" with it on (hashicorp/terraform#498). A replica in another region begins with
    // a copy of its source: this is a small one, 3 GB took more than 40 minutes once (hashicorp/terraform#6948).
    "aws:rds/instance:Instance": (it) => (it.replicateSourceDb ? 20 : it.multiAz === true ? 15 : 8),
    // Waits from `pending` to `replicating`, for at most 75 minutes by default; 10 to 40 were reported
    // (hashicorp/terraform-provider-aws#25776).
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": 25,
    "aws:docdb/cluster:Cluster": 2,
    "aws:docdb/clusterInstance:ClusterInstance": 8,
    "aws:elasticache/replicationGroup:ReplicationGroup": (it) => (Number(it.numCacheClusters) > 1 ? 12 : 7),
    "aws:cloudfront/distribution:Distribution": 5, // "typically less than 5 minutes" (CloudFront Developer Guide)
    // Until the deployment is steady, where it waits for that. The provider's own acceptance test of it takes 185 s, network and removal included
    // (hashicorp/terraform-provider-aws#24223); two health checks of a load balancer come to it.
    "aws:ecs/service:Service": (it) => (it.waitForSteadyState === true ? 2 : OTHER_MINUTES),
    "aws:lb/loadBalancer:LoadBalancer": 3,
    "aws:ec2/natGateway:NatGateway": 2,
    "aws:ec2/vpcEndpoint:VpcEndpoint": (it) => (it.vpcEndpointType === "Interface" ? 2 : OTHER_MINUTES),
    "aws:apigatewayv2/vpcLink:VpcLink": 3,
    "aws:lambda/function:Function": (it) => (it.vpcConfig ? 1 : 0.25), // network interfaces
    "aws:acm/certificateValidation:CertificateValidation": 5,
    "aws:cognito/userPoolDomain:UserPoolDomain": 1,
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": 1,
    "aws:kinesis/stream:Stream": 0.5,
    "aws:kms/replicaKey:ReplicaKey": 0.5,
    "aws:sqs/queue:Queue": 0.5, // the provider asks for its attributes until they have been right for 25 s
    "aws:sagemaker/endpoint:Endpoint": 4,
    "aws:ec2/vpc:Vpc": 0.25,
};

/** Everything else: an API call and its retries. */
const OTHER_MINUTES = 0.05;

/** Minutes that a resource's creation takes. What the engine makes up by itself takes none. */
export function creationMinutes({ type, inputs = {} }: { type: string; inputs?: Inputs }): number {
    if (type.startsWith("pulumi:") || type.startsWith("random:")) return 0;
    const known = MINUTES[type] ?? OTHER_MINUTES;
    return typeof known === "number" ? known : known(inputs);
}
