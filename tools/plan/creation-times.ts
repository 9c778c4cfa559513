/**
 * Minutes that AWS takes to create a resource, where it is more than some seconds. Orders of magnitude for finding the longest chain,
 * not promises. Sources: AWS documentation where it states a time; otherwise the default create time-outs and "Still creating..."
 * reports of Terraform's AWS provider, whose waiters `@pulumi/aws` shares.
 */
export const CREATION_MINUTES: Record<string, number> = {
    "aws:rds/instance:Instance": 15, // "can take several minutes"; a Multi-AZ instance or a cross-region replica takes 10 to 20
    "aws:docdb/cluster:Cluster": 2,
    "aws:docdb/clusterInstance:ClusterInstance": 8,
    "aws:elasticache/replicationGroup:ReplicationGroup": 12, // three nodes, encrypted
    "aws:cloudfront/distribution:Distribution": 5, // deployed to the edge in "about five minutes" (CloudFront documentation)
    "aws:ecs/service:Service": 3, // until the deployment is steady
    "aws:lb/loadBalancer:LoadBalancer": 3,
    "aws:ec2/natGateway:NatGateway": 2,
    "aws:ec2/vpcEndpoint:VpcEndpoint": 2,
    "aws:apigatewayv2/vpcLink:VpcLink": 3,
    "aws:lambda/function:Function": 1, // network interfaces of a function in a VPC
    "aws:acm/certificateValidation:CertificateValidation": 5,
    "aws:cognito/userPoolDomain:UserPoolDomain": 1,
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": 1,
    "aws:kinesis/stream:Stream": 0.5,
    "aws:kms/replicaKey:ReplicaKey": 0.5,
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": 15,
    "aws:sqs/queue:Queue": 0.5, // the provider waits 25 s for its attributes
    "aws:sagemaker/endpoint:Endpoint": 4,
    "aws:ec2/vpc:Vpc": 0.25,
};

/** Minutes of everything else: an API call and its retries. */
export const OTHER_MINUTES = 0.05;
