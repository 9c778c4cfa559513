/**
 * Estimated minutes to create a resource, for types that take more than a few seconds. The estimates are rough. Those without
 * a source are typical "Still creating..." times of Terraform's AWS provider, which has the same waiters as `@pulumi/aws`.
 */
type Inputs = Record<string, unknown>;

const MINUTES: Record<string, number | ((inputs: Inputs) => number)> = {
    // "up to 5/10 minutes with multi_az off", "up to 15/20" with it on (hashicorp/terraform#498). A replica in another region starts with
    // a copy of its source. The estimate is for a small source; 3 GB have taken more than 40 minutes (hashicorp/terraform#6948).
    "aws:rds/instance:Instance": (it) => (it.replicateSourceDb ? 20 : it.multiAz === true ? 15 : 8),
    // Waits until the state is `replicating`, for up to 75 minutes by default; 10 to 40 are reported
    // (hashicorp/terraform-provider-aws#25776).
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": 25,
    "aws:rds/proxy:Proxy": 5,
    "aws:docdb/cluster:Cluster": 2,
    "aws:docdb/clusterInstance:ClusterInstance": 8,
    "aws:elasticache/replicationGroup:ReplicationGroup": (it) => (Number(it.numCacheClusters) > 1 ? 12 : 7),
    "aws:cloudfront/distribution:Distribution": 5, // "typically less than 5 minutes" (CloudFront Developer Guide)
    // With waitForSteadyState. The provider's acceptance test takes 185 s including network and removal
    // (hashicorp/terraform-provider-aws#24223); two health checks of the load balancer are added.
    "aws:ecs/service:Service": (it) => (it.waitForSteadyState === true ? 2 : OTHER_MINUTES),
    "aws:lb/loadBalancer:LoadBalancer": 3,
    "aws:ec2/natGateway:NatGateway": 2,
    "aws:autoscaling/group:Group": 1, // waits for an instance
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": 1,
    "aws:ec2/vpcEndpoint:VpcEndpoint": (it) => (it.vpcEndpointType === "Interface" ? 2 : OTHER_MINUTES),
    "aws:apigatewayv2/vpcLink:VpcLink": 3,
    "aws:lambda/function:Function": (it) => (it.vpcConfig ? 1 : 0.25), // network interfaces
    "aws:acm/certificateValidation:CertificateValidation": 5,
    "aws:cognito/userPoolDomain:UserPoolDomain": 1,
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": 1,
    "aws:kinesis/stream:Stream": 0.5,
    "aws:kms/replicaKey:ReplicaKey": 0.5,
    "aws:sqs/queue:Queue": 0.5, // the provider waits until the attributes have been stable for 25 s
    "aws:sagemaker/endpoint:Endpoint": 4,
    "aws:ec2/vpc:Vpc": 0.25,
};

/** All other types: an API call and its retries. */
const OTHER_MINUTES = 0.05;

/** Estimated minutes to create a resource. Providers and generated values take none. */
export function creationMinutes({ type, inputs = {} }: { type: string; inputs?: Inputs }): number {
    if (type.startsWith("pulumi:") || type.startsWith("random:")) return 0;
    const known = MINUTES[type] ?? OTHER_MINUTES;
    return typeof known === "number" ? known : known(inputs);
}
