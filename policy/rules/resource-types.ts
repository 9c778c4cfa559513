/**
 * The resource types that the rules support. They reject a resource of any other type. To use a new type, decide whether it contains data
 * and whether it can be reached from the internet. Then add it here, and to `PUBLIC` in protection.ts if it can be public.
 */
import { has, truthy, given, type Inputs, valueAt } from "./rule";

/** Checks encryption: returns the problems with the inputs of a resource. */
export type EncryptionCheck = (inputs: Inputs) => string[];

const storageKey: EncryptionCheck = (it) => [...truthy(it, "storageEncrypted"), ...given(it, "kmsKeyId")];
const volume: EncryptionCheck = (it) => [...truthy(it, "encrypted"), ...given(it, "kmsKeyId")];

/** Types of the platform that contain data. */
export const ENCRYPTION: Record<string, EncryptionCheck> = {
    "aws:rds/instance:Instance": storageKey,
    // Contains no data, but passes it on.
    "aws:rds/proxy:Proxy": (it) => truthy(it, "requireTls"),
    "aws:backup/vault:Vault": (it) => given(it, "kmsKeyArn"),
    "aws:docdb/cluster:Cluster": storageKey,
    "aws:dynamodb/table:Table": (it) => (valueAt(it, "serverSideEncryption", "enabled") === true ? [] : ["is not encrypted with KMS"]),
    "aws:elasticache/replicationGroup:ReplicationGroup": (it) => [
        ...truthy(it, "atRestEncryptionEnabled", "transitEncryptionEnabled"),
        ...given(it, "kmsKeyId"),
        ...(it.transitEncryptionMode === "preferred" ? ["accepts connections without TLS"] : []),
    ],
    "aws:cloudwatch/logGroup:LogGroup": (it) => [...given(it, "kmsKeyId"), ...(it.retentionInDays ? [] : ["never expires its events"])],
    "aws:secretsmanager/secret:Secret": (it) => given(it, "kmsKeyId"),
    "aws:sqs/queue:Queue": (it) => (it.sqsManagedSseEnabled === true ? [] : given(it, "kmsMasterKeyId")),
    "aws:sns/topic:Topic": (it) => given(it, "kmsMasterKeyId"),
    "aws:kinesis/stream:Stream": (it) => [...(it.encryptionType === "KMS" ? [] : ["encryptionType is not KMS"]), ...given(it, "kmsKeyId")],
    "aws:ecr/repository:Repository": (it) => [
        ...(valueAt(it, "encryptionConfigurations", 0, "encryptionType") === "KMS" ? [] : ["is not encrypted with KMS"]),
        ...(it.imageTagMutability === "MUTABLE" || it.imageTagMutability === undefined ? ["has mutable tags"] : []),
    ],
    "aws:kms/key:Key": (it) => truthy(it, "enableKeyRotation", "multiRegion"),
    "aws:codebuild/project:Project": (it) => given(it, "encryptionKey"),
    "aws:codepipeline/pipeline:Pipeline": (it) =>
        [it.artifactStores].flat().flatMap((store) => given({ key: valueAt(store, "encryptionKey", "id") }, "key")),
    "aws:cloudwatch/eventBus:EventBus": (it) => given(it, "kmsKeyIdentifier"),
    "aws:lambda/function:Function": (it) => [
        ...given(it, "kmsKeyArn"),
        ...(valueAt(it, "tracingConfig", "mode") === "Active" ? [] : ["is not traced"]),
    ],
    "aws:lb/listener:Listener": (it) => (it.protocol === "HTTPS" ? given(it, "sslPolicy") : []),
    "aws:ec2/launchTemplate:LaunchTemplate": (it) =>
        [it.blockDeviceMappings ?? []]
            .flat()
            .flatMap((device) => truthy((valueAt(device, "ebs") ?? {}) as Inputs, "encrypted").map((problem) => `volume: ${problem}`))
            .concat(has(it.blockDeviceMappings) ? [] : ["has volumes with the encryption of the image: set blockDeviceMappings"]),
    "aws:bedrock/guardrail:Guardrail": (it) => given(it, "kmsKeyArn"),
    "aws:athena/workgroup:Workgroup": (it) =>
        valueAt(it, "configuration", "resultConfiguration", "encryptionConfiguration", "encryptionOption")
            ? []
            : ["writes unencrypted results"],
};

/** Types that contain data and that the platform doesn't create. */
export const MORE_ENCRYPTION: Record<string, EncryptionCheck> = {
    "aws:ebs/volume:Volume": volume,
    "aws:ec2/instance:Instance": (it) => volume((it.rootBlockDevice ?? {}) as Inputs).map((message) => `rootBlockDevice ${message}`),
    "aws:efs/fileSystem:FileSystem": volume,
    "aws:opensearch/domain:Domain": (it) => [
        ...(valueAt(it, "encryptAtRest", "enabled") === true ? [] : ["is not encrypted at rest"]),
        ...(valueAt(it, "nodeToNodeEncryption", "enabled") === true ? [] : ["doesn't encrypt traffic between nodes"]),
        ...(valueAt(it, "domainEndpointOptions", "enforceHttps") === true ? [] : ["accepts plain HTTP"]),
    ],
    "aws:rds/cluster:Cluster": storageKey,
    "aws:redshift/cluster:Cluster": volume,
    "aws:ssm/parameter:Parameter": (it) => (it.type === "SecureString" ? given(it, "keyId") : []),
};

/** Names of types by service: `{ ec2: "vpc" }` is `aws:ec2/vpc:Vpc`. */
type TypesByService = Record<string, string>;

/**
 * Types without their own data: settings, identities, network, rules, and connections between resources. Also types whose data AWS
 * always encrypts without offering a key, and parts of a resource that is checked separately (such as a bucket: `buckets-are-complete`).
 */
const NO_DATA: TypesByService = {
    acm: "certificate certificateValidation",
    apigateway:
        "account apiKey authorizer basePathMapping deployment domainName integration integrationResponse method methodResponse " +
        "methodSettings requestValidator resource restApi stage usagePlan usagePlanKey",
    apigatewayv2: "vpcLink",
    appautoscaling: "policy scheduledAction target",
    autoscaling: "group",
    backup: "plan restoreTestingPlan restoreTestingSelection selection vaultLockConfiguration vaultPolicy",
    bedrock: "guardrailVersion",
    bedrockmodel: "invocationLoggingConfiguration",
    budgets: "budget",
    cloudfront:
        "distribution function originAccessControl responseHeadersPolicy cachePolicy originRequestPolicy keyGroup publicKey vpcOrigin",
    cloudwatch:
        "compositeAlarm dashboard eventApiDestination eventArchive eventConnection eventRule eventTarget logDelivery " +
        "logDeliveryDestination logDeliverySource logMetricFilter logResourcePolicy logStream logSubscriptionFilter metricAlarm queryDefinition",
    codeconnections: "connection",
    cognito: "identityProvider managedLoginBranding resourceServer userGroup userPool userPoolClient userPoolDomain",
    costexplorer: "anomalyMonitor anomalySubscription",
    docdb: "clusterInstance clusterParameterGroup subnetGroup",
    // Part of a table, which is checked.
    dynamodb: "tableItem",
    ec2:
        "customerGateway defaultSecurityGroup eip eipAssociation flowLog internetGateway keyPair natGateway networkAcl networkAclRule networkInterface " +
        "route routeTable routeTableAssociation securityGroup securityGroupRule subnet vpc vpcDhcpOptions vpcEndpoint " +
        "vpcPeeringConnection vpcPeeringConnectionAccepter vpnConnection vpnGateway",
    ec2transitgateway: "routeTable transitGateway vpcAttachment",
    ecr: "lifecyclePolicy registryScanningConfiguration replicationConfiguration repositoryPolicy",
    ecs: "cluster clusterCapacityProviders service taskDefinition",
    efs: "accessPoint mountTarget",
    elasticache: "parameterGroup subnetGroup user userGroup",
    glue: "catalogDatabase catalogTable",
    iam: "instanceProfile openIdConnectProvider policy role rolePolicy rolePolicyAttachment serviceLinkedRole",
    kinesis: "firehoseDeliveryStream",
    kms: "alias replicaKey",
    lambda: "alias eventSourceMapping functionUrl invocation layerVersion permission provisionedConcurrencyConfig",
    lb: "listenerCertificate listenerRule loadBalancer targetGroup targetGroupAttachment",
    rds: "clusterInstance clusterParameterGroup instanceAutomatedBackupsReplication parameterGroup proxyDefaultTargetGroup proxyTarget subnetGroup",
    route53: "healthCheck record zone",
    s3:
        "bucket bucketIntelligentTieringConfiguration bucketLifecycleConfiguration bucketLogging bucketNotification bucketObjectv2 " +
        "bucketCorsConfiguration bucketObjectLockConfiguration bucketOwnershipControls bucketPolicy bucketPublicAccessBlock " +
        "bucketReplicationConfig bucketServerSideEncryptionConfiguration bucketVersioning",
    sagemaker: "endpoint endpointConfiguration model",
    scheduler: "schedule scheduleGroup",
    schemas: "discoverer registry",
    secretsmanager: "secretPolicy secretRotation secretVersion",
    servicediscovery: "privateDnsNamespace service",
    sns: "topicPolicy topicSubscription",
    sqs: "queuePolicy redriveAllowPolicy redrivePolicy",
    vpc: "securityGroupEgressRule securityGroupIngressRule",
    wafv2: "ipSet regexPatternSet ruleGroup webAcl webAclAssociation webAclLoggingConfiguration",
    xray: "group indexingRule samplingRule traceSegmentDestination",
};

const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const WITHOUT_DATA = new Set(
    Object.entries(NO_DATA).flatMap(([service, names]) => names.split(" ").map((name) => `aws:${service}/${name}:${capitalized(name)}`)),
);

/** Whether the rules support a type. Providers, and values that Pulumi generates, aren't AWS resources. */
export const isKnown = (type: string): boolean =>
    /^(pulumi|random):/.test(type) || type in ENCRYPTION || type in MORE_ENCRYPTION || WITHOUT_DATA.has(type);

/** The message for a type that isn't in the tables. */
export const unknownType = (type: string): string => `has the unknown type ${type}: add it to policy/rules/resource-types.ts`;
