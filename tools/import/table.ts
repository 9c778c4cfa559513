/**
 * A resource that the stack can adopt, because it contains data or has an address that clients use. `types.ts` describes what to do
 * with other resources.
 */
export interface Adoption {
    /** Terraform's type. */
    terraform: string;
    /** Attribute that must be empty, and the reason not to adopt other resources. @default any */
    without?: { attribute: string; reason: string };
    pulumi: string;
    /** Logical name in this program. */
    logicalName: string;
    /** Attribute with the import ID. @default "id" */
    id?: string;
    /**
     * How to identify the resource: by its name in AWS, in an attribute that is also `fixed`; by a word in its Terraform name; or because
     * it is the only match, which also considers tags.
     */
    known: { by: "name"; attribute: string } | { by: "word"; words: string[] } | { by: "alone" };
    /** The resource has no region, so only a tag identifies its stack. */
    global?: true;
    /**
     * Properties that AWS can't change in place, by Terraform attribute, with the program's input or the required value. If they differ,
     * `up` would replace the resource. Both are paths: `encryption_configuration.0.kms_key`.
     */
    fixed: Record<string, { input: string } | { value: unknown }>;
    /** Lists from which `up` must not remove entries, by Terraform attribute, with the program's input. */
    keeps?: Record<string, string>;
    /** How to migrate the resource if it can't be adopted. */
    otherwise: string;
    /** What to check before `up` if it is adopted. */
    note?: string;
}

const OBJECTS_OTHERWISE = "copy the objects to the new bucket with `aws s3 sync`, or with S3 Batch Replication for large amounts of data";

export const ADOPTIONS: Adoption[] = [
    {
        terraform: "aws_db_instance",
        without: {
            attribute: "replicate_source_db",
            reason: "a replica: the dr stack creates a replica in its region with its key; keep this one until the new replica is available",
        },
        pulumi: "aws:rds/instance:Instance",
        logicalName: "database-instance",
        id: "identifier",
        known: { by: "name", attribute: "identifier" },
        fixed: {
            identifier: { input: "identifier" },
            engine: { input: "engine" },
            db_name: { input: "dbName" },
            username: { input: "username" },
            storage_encrypted: { value: true },
        },
        otherwise: "set database.dbName and database.username to these values, or restore a snapshot under the new identifier",
        note: "to keep its key and subnets, set kmsKeyId, dbSubnetGroupName, and vpcSecurityGroupIds with transform.instance of PostgresCluster",
    },
    {
        terraform: "aws_kms_key",
        pulumi: "aws:kms/key:Key",
        logicalName: "data-encryption-key",
        known: { by: "word", words: ["rds", "data", "database", "main"] },
        fixed: {
            multi_region: { value: true },
            key_usage: { value: "ENCRYPT_DECRYPT" },
            customer_master_key_spec: { value: "SYMMETRIC_DEFAULT" },
        },
        otherwise:
            "AWS can't convert a single-region key to a multi-region key: keep it for old snapshots, and copy the snapshots with the new key",
        note: "`up` replaces its key policy: check which other systems use the key",
    },
    {
        terraform: "aws_s3_bucket",
        pulumi: "aws:s3/bucket:Bucket",
        logicalName: "edge-site-bucket",
        known: { by: "name", attribute: "bucket" },
        fixed: { bucket: { input: "bucket" } },
        otherwise: OBJECTS_OTHERWISE,
    },
    {
        terraform: "aws_s3_bucket",
        pulumi: "aws:s3/bucket:Bucket",
        logicalName: "lake-raw-bucket",
        known: { by: "name", attribute: "bucket" },
        fixed: { bucket: { input: "bucket" } },
        otherwise: OBJECTS_OTHERWISE,
    },
    {
        terraform: "aws_cognito_user_pool",
        pulumi: "aws:cognito/userPool:UserPool",
        logicalName: "identity-users",
        known: { by: "alone" },
        fixed: {
            username_attributes: { input: "usernameAttributes" },
            alias_attributes: { input: "aliasAttributes" },
            "username_configuration.0.case_sensitive": { input: "usernameConfiguration.caseSensitive" },
        },
        otherwise: "users can't be moved with their passwords: import them from a CSV file or with a migration trigger",
        note: "to keep its name, set name with transform.userPool of Identity. Delete its amazoncognito.com domain first: a pool can have only one",
    },
    {
        terraform: "aws_ecr_repository",
        pulumi: "aws:ecr/repository:Repository",
        logicalName: "images-repository",
        id: "name",
        known: { by: "name", attribute: "name" },
        fixed: {
            name: { input: "name" },
            "encryption_configuration.0.encryption_type": { input: "encryptionConfigurations.0.encryptionType" },
        },
        otherwise: "push the images that you still need to the new repository",
        note: "to keep its key, set encryptionConfigurations with transform.repository of ImageRepository",
    },
    {
        terraform: "aws_elasticache_replication_group",
        pulumi: "aws:elasticache/replicationGroup:ReplicationGroup",
        logicalName: "cache-group",
        known: { by: "alone" },
        fixed: {
            engine: { input: "engine" },
            at_rest_encryption_enabled: { value: true },
            transit_encryption_enabled: { value: true },
        },
        otherwise: "let the application fill the new cache; if only the engine differs, set cache.engine",
        note: "to keep its ID, key, and subnets, set replicationGroupId, kmsKeyId, and subnetGroupName with transform.replicationGroup of RedisCluster",
    },
    {
        terraform: "aws_cloudfront_distribution",
        pulumi: "aws:cloudfront/distribution:Distribution",
        logicalName: "edge-distribution",
        known: { by: "alone" },
        global: true,
        fixed: {},
        keeps: { aliases: "aliases" },
        otherwise: "keep it until clients use the new distribution",
        note: "`up` replaces its origins and paths with those of this program",
    },
    {
        terraform: "aws_secretsmanager_secret",
        pulumi: "aws:secretsmanager/secret:Secret",
        logicalName: "jwt-secret-secret",
        known: { by: "name", attribute: "name" },
        fixed: { name: { input: "name" } },
        otherwise: "keep it while applications read it; with a new signing key, users must sign in again",
        note: "`up` writes a new value, so users must sign in again",
    },
];
