/**
 * A Terraform configuration with as many resources as a plan has, to set `terraform plan` beside it. Pure. It has the kinds of resources that make
 * up most of a plan under their own types, linked to each other, and queues for the rest: what is compared is the work of a run (start,
 * schema, validation, planning of N resources), not one resource with another.
 */

/** Terraform's type and body of a resource, by Pulumi's type. `$i` stands for the resource's number. */
const KINDS: Record<string, [type: string, body: string]> = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": [
        "aws_cloudwatch_metric_alarm",
        `alarm_name = "alarm-$i"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods = 3
  metric_name = "CPUUtilization"
  namespace = "AWS/RDS"
  period = 60
  statistic = "Average"
  threshold = 85
  alarm_actions = [aws_sns_topic.base.arn]`,
    ],
    "aws:cloudwatch/logGroup:LogGroup": ["aws_cloudwatch_log_group", `retention_in_days = 30\n  kms_key_id = aws_kms_key.base.arn`],
    "aws:iam/role:Role": ["aws_iam_role", `assume_role_policy = data.aws_iam_policy_document.trust.json`],
    "aws:iam/rolePolicy:RolePolicy": [
        "aws_iam_role_policy",
        `role = aws_iam_role.base.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.base.arn }] })`,
    ],
    "aws:s3/bucket:Bucket": ["aws_s3_bucket", `bucket = "bench-bucket-$i"`],
    "aws:s3/bucketVersioning:BucketVersioning": [
        "aws_s3_bucket_versioning",
        `bucket = aws_s3_bucket.base.id\n  versioning_configuration {\n    status = "Enabled"\n  }`,
    ],
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": [
        "aws_s3_bucket_public_access_block",
        `bucket = aws_s3_bucket.base.id\n  block_public_acls = true\n  block_public_policy = true`,
    ],
    "aws:s3/bucketPolicy:BucketPolicy": [
        "aws_s3_bucket_policy",
        `bucket = aws_s3_bucket.base.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Principal = "*", Action = "s3:*", Resource = aws_s3_bucket.base.arn }] })`,
    ],
    "aws:ec2/securityGroup:SecurityGroup": ["aws_security_group", `vpc_id = aws_vpc.base.id\n  description = "group $i"`],
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": [
        "aws_vpc_security_group_ingress_rule",
        `security_group_id = aws_security_group.base.id
  referenced_security_group_id = aws_security_group.base.id
  ip_protocol = "tcp"
  from_port = 5432
  to_port = 5432`,
    ],
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": [
        "aws_vpc_security_group_egress_rule",
        `security_group_id = aws_security_group.base.id
  referenced_security_group_id = aws_security_group.base.id
  ip_protocol = "tcp"
  from_port = 5432
  to_port = 5432`,
    ],
    "aws:ec2/subnet:Subnet": ["aws_subnet", `vpc_id = aws_vpc.base.id\n  cidr_block = cidrsubnet(aws_vpc.base.cidr_block, 8, $i % 256)`],
    "aws:kms/key:Key": ["aws_kms_key", `enable_key_rotation = true\n  multi_region = true`],
    "aws:sns/topic:Topic": ["aws_sns_topic", `kms_master_key_id = aws_kms_key.base.arn`],
};

const QUEUE: [type: string, body: string] = ["aws_sqs_queue", `kms_master_key_id = aws_kms_key.base.arn`];

const BASE = `terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_vpc" "base" {
  cidr_block = "10.0.0.0/16"
}
`;

/** What the others refer to, by type. */
const REFERRED = [
    "aws:kms/key:Key",
    "aws:sns/topic:Topic",
    "aws:iam/role:Role",
    "aws:s3/bucket:Bucket",
    "aws:ec2/securityGroup:SecurityGroup",
];

/**
 * @param types the Pulumi type of each resource of a plan that AWS makes
 * @returns the text of `main.tf`, with exactly as many resources, or the few that all need where there are fewer
 */
export function terraformOf(types: readonly string[]): string {
    const block = ([type, body]: [string, string], name: string, i: number) =>
        `resource "${type}" "${name}" {\n  ${body.replaceAll("$i", String(i))}\n}\n`;
    const base = [...REFERRED.flatMap((type) => (KINDS[type] ? [KINDS[type]] : [])), QUEUE];
    const rest = [...types];
    // The base counts as part of the plan: a VPC, and one of each that the others refer to.
    for (const type of [...REFERRED, "aws:ec2/vpc:Vpc", "aws:sqs/queue:Queue"]) {
        const at = rest.indexOf(type);
        rest.splice(at < 0 ? rest.length - 1 : at, 1);
    }
    return [
        BASE,
        ...base.map((kind) => block(kind, "base", 0)),
        ...rest.map((type, i) => block(KINDS[type] ?? QUEUE, `r${i + 1}`, i + 1)),
    ].join("\n");
}
