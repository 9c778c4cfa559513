import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { PrivateBucket } from "../private-bucket";
import { type Check, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { type LogArgs, logGroup } from "../building-blocks/logs";
import { ServiceRole, type Statement } from "../building-blocks/iam";
import { accountOf, regionOf } from "../building-blocks/provider";

export type InvocationData = "text" | "image" | "embedding" | "video";

export interface InvocationLoggingSettings {
    /** Physical name of the bucket, where another stack or person must know it. @default one that Pulumi generates */
    bucketName?: pulumi.Input<string>;
    /** Days after which the bucket's logs are deleted; the log group's follow `logRetentionDays`. @default 90 */
    expirationDays?: number;
    /** What of prompts and answers is logged; none logs who called which model, and how many tokens it took. @default ["text"] */
    data?: InvocationData[];
    /** Bucket that receives the bucket's own access logs. @default none */
    accessLogBucket?: pulumi.Input<string>;
    /** Deletes the logs with the bucket. For environments without data of value. @default false */
    forceDestroy?: boolean;
}

export interface InvocationLoggingArgs extends InvocationLoggingSettings, LogArgs {
    /** KMS key of the bucket; its policy must let in the service `bedrock`. */
    kmsKeyArn: pulumi.Input<string>;
}

const DEFAULTS = { expirationDays: 90, data: ["text"] } satisfies InvocationLoggingSettings;
type Resolved = WithDefaults<InvocationLoggingArgs, typeof DEFAULTS>;

const PREFIX = "invocations";

/**
 * Logs every call of a Bedrock model in this account and region to a bucket and a log group, both encrypted. What does not fit into a log event
 * (100 KB) stands in the bucket.
 *
 * The setting exists once in an account and region: two stacks that both make it overwrite each other, and the first one destroyed
 * switches it off. Costs 0.50 USD per GB logged, and 0.023 USD per GB and month in the bucket.
 */
export class InvocationLogging extends pulumi.ComponentResource {
    readonly bucketName: pulumi.Output<string>;
    readonly logGroupName: pulumi.Output<string>;

    constructor(
        private readonly logicalName: string,
        given: InvocationLoggingArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:InvocationLogging", logicalName, {}, opts);
        const bucket = this.createBucket(args);
        const logs = logGroup(`${logicalName}-logs`, args, { parent: this });
        const role = this.createRole();
        const writing = this.allowWriting(role, logs);
        this.configure(bucket, logs, role, args.data, [bucket.policy, writing]);
        this.bucketName = bucket.bucketName;
        this.logGroupName = logs.name;
        this.registerOutputs({ bucketName: this.bucketName, logGroupName: this.logGroupName });
    }

    private createBucket(args: Resolved): PrivateBucket {
        const { bucketName, kmsKeyArn, accessLogBucket, forceDestroy, expirationDays } = args;
        const expiry = { id: "expiry", status: "Enabled", filter: { prefix: "" }, expiration: { days: expirationDays } };
        return new PrivateBucket(
            this.logicalName,
            {
                bucketName,
                kmsKeyArn,
                accessLogBucket,
                forceDestroy,
                versioned: false,
                lifecycleRules: [expiry],
                policy: (arn) => [this.writing(arn)],
            },
            { parent: this },
        );
    }

    /** AWS's own statement for this (AWS: "Monitor model invocation using CloudWatch Logs and Amazon S3"). */
    private writing(bucketArn: pulumi.Output<string>): Statement {
        return {
            Sid: "BedrockLogs",
            Effect: "Allow",
            Principal: { Service: "bedrock.amazonaws.com" },
            Action: "s3:PutObject",
            Resource: pulumi.interpolate`${bucketArn}/${PREFIX}/AWSLogs/${accountOf(this)}/BedrockModelInvocationLogs/*`,
            Condition: this.fromHere(),
        };
    }

    private createRole(): ServiceRole {
        return new ServiceRole(
            `${this.logicalName}-role`,
            { service: "bedrock.amazonaws.com", description: "Writes Bedrock's invocation logs", condition: this.fromHere() },
            { parent: this },
        );
    }

    private fromHere(): NonNullable<Statement["Condition"]> {
        const account = accountOf(this);
        return {
            StringEquals: { "aws:SourceAccount": account },
            ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:aws:bedrock:${regionOf(this)}:${account}:*` },
        };
    }

    private allowWriting(role: ServiceRole, logs: aws.cloudwatch.LogGroup): aws.iam.RolePolicy {
        const statement: Statement = {
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: pulumi.interpolate`${logs.arn}:log-stream:aws/bedrock/modelinvocations`,
        };
        return role.allow("write", [statement], { parent: this });
    }

    private configure(
        bucket: PrivateBucket,
        logs: aws.cloudwatch.LogGroup,
        role: ServiceRole,
        data: InvocationData[],
        dependsOn: pulumi.Resource[],
    ): void {
        const s3Config = { bucketName: bucket.bucketName, keyPrefix: PREFIX };
        const loggingConfig = {
            s3Config,
            cloudwatchConfig: { logGroupName: logs.name, roleArn: role.arn, largeDataDeliveryS3Config: s3Config },
            textDataDeliveryEnabled: data.includes("text"),
            imageDataDeliveryEnabled: data.includes("image"),
            embeddingDataDeliveryEnabled: data.includes("embedding"),
            videoDataDeliveryEnabled: data.includes("video"),
        };
        // Bedrock tries both destinations when it is configured.
        new aws.bedrockmodel.InvocationLoggingConfiguration(
            `${this.logicalName}-configuration`,
            { loggingConfig },
            { parent: this, dependsOn },
        );
    }
}

/** Checks the settings under their key `invocationLogging`. */
export function checkInvocationLogging(check: Check, settings: InvocationLoggingSettings): void {
    const { expirationDays } = withDefaults(settings, DEFAULTS);
    check(isBetween(expirationDays, 1, 36500), "invocationLogging.expirationDays", "must be between 1 and 36500");
}
