/**
 * What of the Terraform original is worth adopting: what holds data, or an address that people know. The rest is made anew in seconds, with
 * the corrections that it needs.
 */
export interface Adoption {
    /** Terraform's type. */
    terraform: string;
    /** Which of that type, by its name in the configuration. @default any */
    named?: RegExp;
    /** Which of that type, by an attribute that must be empty: a replica has a source. @default any */
    without?: string;
    pulumi: string;
    /** Logical name in this program. */
    logicalName: string;
    /** Attribute with the id by which Pulumi imports it. @default "id" */
    id?: string;
    /**
     * What AWS cannot change in place, by Terraform's attribute: the program's input of that name must be the same, or the value given here. Otherwise
     * `up` would replace what was adopted.
     */
    fixed: Record<string, { input: string } | { value: unknown }>;
    /** The way to bring it over where a fixed value differs. */
    otherwise: string;
}

export const ADOPTIONS: Adoption[] = [
    {
        terraform: "aws_db_instance",
        without: "replicate_source_db",
        pulumi: "aws:rds/instance:Instance",
        logicalName: "database-instance",
        id: "identifier",
        fixed: {
            identifier: { input: "identifier" },
            db_name: { input: "dbName" },
            username: { input: "username" },
            storage_encrypted: { value: true },
        },
        otherwise: "set database.name and database.username as they are, or restore a snapshot and promote it under the new identifier",
    },
    {
        terraform: "aws_kms_key",
        named: /rds|data|main/,
        pulumi: "aws:kms/key:Key",
        logicalName: "data-encryption-key",
        fixed: { multi_region: { value: true } },
        otherwise: "a key of one region never becomes one of several: keep it for the old snapshots, and copy these with the new key",
    },
    {
        terraform: "aws_s3_bucket",
        named: /front|site|web|static/,
        pulumi: "aws:s3/bucket:Bucket",
        logicalName: "edge-site-bucket",
        fixed: { bucket: { input: "bucket" } },
        otherwise: "publish the site again, or `aws s3 sync` the old bucket into the new one",
    },
    {
        terraform: "aws_s3_bucket",
        named: /lake|raw|data/,
        pulumi: "aws:s3/bucket:Bucket",
        logicalName: "lake-raw-bucket",
        fixed: { bucket: { input: "bucket" } },
        otherwise: "`aws s3 sync` the old bucket into the new one, or S3 Batch Replication for much data",
    },
    {
        terraform: "aws_cognito_user_pool",
        pulumi: "aws:cognito/userPool:UserPool",
        logicalName: "identity-users",
        fixed: { username_attributes: { input: "usernameAttributes" }, alias_attributes: { input: "aliasAttributes" } },
        otherwise: "users cannot be moved with their passwords: import them by CSV, or by a migration trigger",
    },
    {
        terraform: "aws_ecr_repository",
        pulumi: "aws:ecr/repository:Repository",
        logicalName: "images-repository",
        id: "name",
        fixed: { name: { input: "name" } },
        otherwise: "push the images that are still wanted to the new repository",
    },
    {
        terraform: "aws_elasticache_replication_group",
        pulumi: "aws:elasticache/replicationGroup:ReplicationGroup",
        logicalName: "cache-group",
        fixed: { at_rest_encryption_enabled: { value: true }, transit_encryption_enabled: { value: true }, engine: { input: "engine" } },
        otherwise: "let the new cache fill by itself; set cache.engine where only the engine differs",
    },
    {
        terraform: "aws_cloudfront_distribution",
        pulumi: "aws:cloudfront/distribution:Distribution",
        logicalName: "edge-distribution",
        fixed: {},
        otherwise: "",
    },
    {
        terraform: "aws_secretsmanager_secret",
        named: /jwt/,
        pulumi: "aws:secretsmanager/secret:Secret",
        logicalName: "jwt-secret-secret",
        fixed: { name: { input: "name" } },
        otherwise: "a new signing key signs everybody out once",
    },
];

/** Why the others are left out, by the beginning of their type; the first that fits. */
export const LEFT_OUT: [prefix: string, reason: string][] = [
    ["aws_db_instance", "a replica is made anew by the dr stack, in its region and with its key"],
    ["aws_db_", "made anew: a group costs nothing, and the family follows the version"],
    ["aws_vpc", "the network is made anew by awsx, with data subnets of its own; both stand side by side until the old one is empty"],
    ["aws_subnet", "part of the network, which is made anew"],
    ["aws_nat_gateway", "part of the network, which is made anew"],
    ["aws_internet_gateway", "part of the network, which is made anew"],
    ["aws_route53_zone", "stays where it is: give its id as domain.zoneId"],
    ["aws_route53_record", "stays until the move, then is replaced by this program's"],
    ["aws_route", "part of the network, which is made anew"],
    ["aws_security_group", "its inline rules would clash with rules that are resources"],
    ["aws_iam_", "made anew with the permissions that are needed and no more"],
    ["aws_s3_bucket", "made anew, or a setting of a bucket, which adopted buckets get from this program"],
    ["aws_cognito_", "made anew: clients have other flows and callback addresses"],
];

export const STATELESS = "made anew: it holds nothing that would be lost";
