/**
 * What of the Terraform original is worth adopting: what holds data, or an address that people know. Of everything else types.ts says
 * what becomes of it.
 */
export interface Adoption {
    /** Terraform's type. */
    terraform: string;
    /** Which of that type, by an attribute that must be empty, and why the others are not adopted. @default any */
    without?: { attribute: string; reason: string };
    pulumi: string;
    /** Logical name in this program. */
    logicalName: string;
    /** Attribute with the id by which Pulumi imports it. @default "id" */
    id?: string;
    /**
     * How one of that type is known to be this one: by a name in AWS that the program gives, which stands in that attribute and is `fixed`;
     * by a word in its name in Terraform; or because no other fits, which takes a look at tags.
     */
    known: { by: "name"; attribute: string } | { by: "word"; words: string[] } | { by: "alone" };
    /** It belongs to no region. Nothing but a tag then says of which stack it is. */
    global?: true;
    /**
     * What AWS cannot change in place, by Terraform's attribute: the program's input must be the same, or the value given here. Otherwise
     * `up` would replace what was adopted. Both are paths: `encryption_configuration.0.kms_key`.
     */
    fixed: Record<string, { input: string } | { value: unknown }>;
    /** Lists from which `up` must take nothing that people use, by Terraform's attribute, with the program's input. */
    keeps?: Record<string, string>;
    /** The way to bring it over where it cannot be adopted. */
    otherwise: string;
    /** What to mind before `up`, where it is adopted. */
    note?: string;
}

const OBJECTS_OTHERWISE = "`aws s3 sync` it into the bucket that takes its place, or S3 Batch Replication for much data";

export const ADOPTIONS: Adoption[] = [
    {
        terraform: "aws_db_instance",
        without: {
            attribute: "replicate_source_db",
            reason: "a replica: the dr stack makes one anew, in its region and with its key; keep this one until that is there",
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
        otherwise: "set database.dbName and database.username as they are, or restore a snapshot and promote it under the new identifier",
        note: "keeps its key and its subnets only by PostgresCluster's transform.instance: kmsKeyId, dbSubnetGroupName, vpcSecurityGroupIds",
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
        otherwise: "a key of one region never becomes one of several: keep it for the old snapshots, and copy these with the new key",
        note: "gets this program's policy: see who else uses the key",
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
        otherwise: "users cannot be moved with their passwords: import them by CSV, or by a migration trigger",
        note: "keeps its name only by Identity's transform.userPool: name; its domain of amazoncognito.com must go first, as it has room for one",
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
        otherwise: "push the images that are still wanted to the new repository",
        note: "keeps its key only by ImageRepository's transform.repository: encryptionConfigurations",
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
        otherwise: "let the new cache fill by itself; set cache.engine where only the engine differs",
        note: "keeps its id, key and subnets only by RedisCluster's transform.replicationGroup: replicationGroupId, kmsKeyId, subnetGroupName",
    },
    {
        terraform: "aws_cloudfront_distribution",
        pulumi: "aws:cloudfront/distribution:Distribution",
        logicalName: "edge-distribution",
        known: { by: "alone" },
        global: true,
        fixed: {},
        keeps: { aliases: "aliases" },
        otherwise: "keep it until its visitors are sent to the new one",
        note: "gets this program's origins and paths: `up` changes what it serves",
    },
    {
        terraform: "aws_secretsmanager_secret",
        pulumi: "aws:secretsmanager/secret:Secret",
        logicalName: "jwt-secret-secret",
        known: { by: "name", attribute: "name" },
        fixed: { name: { input: "name" } },
        otherwise: "keep it for as long as something reads it; a new signing key signs everybody out once",
        note: "gets a new value: everybody signs in again, once",
    },
];
