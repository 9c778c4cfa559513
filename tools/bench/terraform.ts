/**
 * A Terraform configuration with the same number of resources as a plan, to compare the time of `terraform plan`. The most frequent types
 * of the platform are the same; all others are queues. The comparison measures the work of a run, not single resources.
 */

/** Terraform's type and arguments, by Pulumi type. */
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
  threshold = 85`,
    ],
    "aws:cloudwatch/logGroup:LogGroup": ["aws_cloudwatch_log_group", `retention_in_days = 30\n  kms_key_id = aws_kms_key.base.arn`],
    "aws:iam/role:Role": ["aws_iam_role", `assume_role_policy = data.aws_iam_policy_document.trust.json`],
    "aws:iam/rolePolicy:RolePolicy": [
        "aws_iam_role_policy",
        `role = "role-$i"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Resource = aws_kms_key.base.arn }] })`,
    ],
    "aws:s3/bucket:Bucket": ["aws_s3_bucket", `bucket = "bench-bucket-$i"`],
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

resource "aws_kms_key" "base" {
  enable_key_rotation = true
}
`;

/**
 * @param types the Pulumi types of a plan's resources, at least one
 * @returns the text of `main.tf`, with as many resources
 */
export function terraformOf(types: readonly string[]): string {
    // The key is one of them.
    const blocks = types.slice(1).map((pulumiType, i) => {
        const [type, body] = KINDS[pulumiType] ?? QUEUE;
        return `resource "${type}" "r${i}" {\n  ${body.replaceAll("$i", String(i))}\n}\n`;
    });
    return [BASE, ...blocks].join("\n");
}
