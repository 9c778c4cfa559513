import type * as pulumi from "@pulumi/pulumi";

/**
 * Types of resources that hold data or an identity that other systems depend on. Pulumi refuses to delete or replace these while
 * `protectData` is on. Everything else can be changed: settings, roles, log groups, and instances without data of their own.
 */
export const PROTECTED_TYPES: ReadonlySet<string> = new Set([
    // Data
    "aws:backup/vault:Vault",
    "aws:cloudwatch/eventArchive:EventArchive",
    "aws:docdb/cluster:Cluster",
    "aws:dynamodb/table:Table",
    "aws:ecr/repository:Repository",
    "aws:kinesis/stream:Stream",
    "aws:rds/instance:Instance",
    "aws:s3/bucket:Bucket",
    // Without the key, encrypted data is lost.
    "aws:kms/key:Key",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:secretsmanager/secret:Secret",
    // Identities
    "aws:cloudfront/distribution:Distribution",
    "aws:cloudwatch/eventBus:EventBus",
    "aws:cognito/userPool:UserPool",
    "aws:cognito/userPoolClient:UserPoolClient",
    "aws:cognito/userPoolDomain:UserPoolDomain",
    "aws:ec2/eip:Eip",
]);

/** Logical names of buckets whose content is produced again or expires: site, query results, build artifacts, access logs. */
const REPRODUCIBLE_BUCKETS = /^(edge-site(-copy)?|lake-results|delivery-.+|(copy-)?access-logs)-bucket$/;

const isProtected = ({ type, name }: pulumi.ResourceTransformationArgs): boolean =>
    PROTECTED_TYPES.has(type) && !(type === "aws:s3/bucket:Bucket" && REPRODUCIBLE_BUCKETS.test(name));

/** Protects resources by type. The `transform` of a component can set `protect` of a single resource. */
export const protectByType: pulumi.ResourceTransformation = (resource) => {
    if (!isProtected(resource)) return undefined;
    const { props, opts } = resource;
    return { props: props, opts: { ...opts, protect: opts.protect ?? true } };
};
