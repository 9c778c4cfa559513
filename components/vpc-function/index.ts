import { isAbsolute } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { bundle } from "../../functions/bundle";
import { checked, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { checkLogs, type LogArgs, logGroup } from "../building-blocks/logs";
import { allowHttpsOut, type Connectable, securityGroup } from "../building-blocks/security-groups";
import type { VpcPlacement } from "../building-blocks/placement";
import {
    type Grantee,
    KMS_ENCRYPT,
    policyDocument,
    ServiceRole,
    type Statement,
    tlsOnly,
    useKeyVia,
    writeLogs,
} from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { regionOf } from "../building-blocks/provider";
import { type Transform, transformed } from "../building-blocks/transform";

export interface VpcFunctionArgs extends LogArgs {
    /** Absolute path of the TypeScript file that exports `handler`. It is bundled while the program runs. */
    entry: string;
    description: string;
    /** VPC and private subnets; two zones or more. */
    placement: VpcPlacement;
    /** KMS key of the environment variables and the dead-letter queue. */
    kmsKeyArn: pulumi.Input<string>;
    /** Environment variables. No secrets: give the ARN of one and a grant. Names that begin with `AWS_` are Lambda's. @default none */
    environment?: Record<string, pulumi.Input<string>>;
    /** MiB, 128 to 10240; a share of CPU comes with it, a whole one at 1769. @default 512 */
    memoryMb?: number;
    /** Seconds that one invocation may take, 1 to 900. @default 60 */
    timeoutSeconds?: number;
    /**
     * Invocations at the same time, 0 to 1000: kept free for this function, and never exceeded. 0 stops it. AWS refuses what leaves fewer
     * than 100 for all other functions of the account and region; new accounts have 10 in all, of which none can be reserved.
     * @default none reserved: the function shares what the account has
     */
    reservedConcurrency?: number;
    /** @default "arm64" */
    architecture?: "arm64" | "x86_64";
    /** A Node.js runtime of Lambda that runs what esbuild makes for Node.js 24. @default "nodejs24.x" */
    runtime?: string;
    transform?: { function?: Transform<aws.lambda.FunctionArgs>; deadLetters?: Transform<aws.sqs.QueueArgs> };
}

const DEFAULTS = {
    environment: {},
    memoryMb: 512,
    timeoutSeconds: 60,
    architecture: "arm64",
    runtime: "nodejs24.x",
} satisfies Partial<VpcFunctionArgs>;

/** The arguments with all defaults. */
type Resolved = WithDefaults<VpcFunctionArgs, typeof DEFAULTS>;

/**
 * A Lambda function in the VPC, from a TypeScript file: bundled, traced by X-Ray, logging JSON to an encrypted log group, with a queue
 * for asynchronous events that failed three times.
 *
 * It reaches AWS's endpoints by HTTPS; everything else by `allowFrom` of what it wants to reach. Its code cannot use the permissions that
 * Lambda needs for network interfaces. Costs 0.0000133 USD per GB-second and 0.20 USD per million requests; nothing while idle.
 */
export class VpcFunction extends pulumi.ComponentResource implements Grantee, Connectable, Monitored {
    readonly logicalName: string;
    readonly title: string;
    readonly arn: pulumi.Output<string>;
    readonly functionName: pulumi.Output<string>;
    readonly roleName: pulumi.Output<string>;
    readonly roleArn: pulumi.Output<string>;
    readonly securityGroupId: pulumi.Output<string>;
    readonly logGroupName: pulumi.Output<string>;
    /** Queue of asynchronous events that could not be handled. A queue that invokes the function has its own. */
    readonly deadLetterArn: pulumi.Output<string>;
    private readonly deadLetterName: pulumi.Output<string>;
    private readonly timeoutSeconds: number;

    constructor(name: string, given: VpcFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:VpcFunction", name, validated(name, args), opts);
        this.logicalName = name;
        this.title = `Function ${name}`;
        this.timeoutSeconds = args.timeoutSeconds;
        const logs = logGroup(`${name}-logs`, args, { parent: this });
        const deadLetters = this.createDeadLetters(args);
        const group = securityGroup(`${name}-function`, `Lambda function ${name}`, args.placement.vpcId, { parent: this });
        allowHttpsOut(`${name}-https-out`, group.id, { parent: this });
        const role = this.createRole();
        const basics = this.allowBasics(role, logs, deadLetters, args);
        const lambda = this.createFunction({ role, logs, deadLetters, group }, args, basics);
        this.denyInterfaces(role, lambda);
        this.arn = lambda.arn;
        this.functionName = lambda.name;
        this.roleName = role.roleName;
        this.roleArn = role.arn;
        this.securityGroupId = group.id;
        this.logGroupName = logs.name;
        this.deadLetterArn = deadLetters.arn;
        this.deadLetterName = deadLetters.name;
        this.registerOutputs({ arn: this.arn, functionName: this.functionName });
    }

    /** Matches the generated name of the role of the function `name`, for whoever must know it before the function is there. */
    static rolePattern(name: string): string {
        return `${roleOf(name)}-*`;
    }

    get alarms(): AlarmDefinition[] {
        const metric = { namespace: "AWS/Lambda", dimensions: { FunctionName: this.functionName }, comparison: "above" as const };
        return [
            {
                ...metric,
                name: "errors",
                description: "Invocations fail (% of all): look for ERROR in the function's log group.",
                severity: "page",
                metricName: "Errors",
                rateOf: "Invocations",
                statistic: "Sum",
                period: 300,
                periods: 2,
                threshold: 5,
            },
            {
                ...metric,
                name: "throttles",
                description:
                    "Invocations are refused for want of concurrency: raise the reserved one or the account's quota, or slow the source.",
                severity: "ticket",
                metricName: "Throttles",
                statistic: "Sum",
                period: 300,
                periods: 3,
                threshold: 0,
            },
            {
                ...metric,
                name: "duration",
                description: "The slowest invocations come near the timeout (ms): look at the traces for what they wait for.",
                severity: "ticket",
                metricName: "Duration",
                statistic: "p99",
                period: 300,
                periods: 3,
                threshold: this.timeoutSeconds * 900,
            },
            {
                namespace: "AWS/SQS",
                dimensions: { QueueName: this.deadLetterName },
                comparison: "above",
                name: "dead-letters",
                description: "Asynchronous events could not be handled after three tries: read one in the dead-letter queue.",
                severity: "ticket",
                metricName: "ApproximateNumberOfMessagesVisible",
                statistic: "Maximum",
                period: 300,
                periods: 1,
                threshold: 0,
            },
        ];
    }

    private createDeadLetters(args: Resolved): aws.sqs.Queue {
        const queue = new aws.sqs.Queue(
            `${this.logicalName}-dead-letters`,
            transformed(args.transform?.deadLetters, { kmsMasterKeyId: args.kmsKeyArn, messageRetentionSeconds: 14 * 24 * 60 * 60 }),
            { parent: this },
        );
        const policy = policyDocument([tlsOnly("sqs:*", queue.arn)]);
        new aws.sqs.QueuePolicy(`${this.logicalName}-dead-letters-policy`, { queueUrl: queue.url, policy }, { parent: this });
        return queue;
    }

    private createRole(): ServiceRole {
        // No condition: Lambda documents no source keys for the role of a function. Passing the role needs iam:PassRole in this account.
        return new ServiceRole(
            roleOf(this.logicalName),
            { service: "lambda.amazonaws.com", description: `What the function ${this.logicalName} may do` },
            { parent: this },
        );
    }

    private allowBasics(role: ServiceRole, logs: aws.cloudwatch.LogGroup, deadLetters: aws.sqs.Queue, args: Resolved): aws.iam.RolePolicy {
        const region = regionOf(this);
        const statements: Statement[] = [
            writeLogs(logs.arn),
            // Lambda tries these when it makes the function, without naming a resource, and refuses a role that has them for some only
            // (AWSLambdaVPCAccessExecutionRole; terraform-provider-aws#20698). `denyInterfaces` keeps them from the code.
            { Effect: "Allow", Action: INTERFACES, Resource: "*" },
            // X-Ray's actions have no resources.
            { Effect: "Allow", Action: TRACING, Resource: "*" },
            { Effect: "Allow", Action: "sqs:SendMessage", Resource: deadLetters.arn },
            useKeyVia("sqs", region, args.kmsKeyArn, KMS_ENCRYPT),
            useKeyVia("lambda", region, args.kmsKeyArn, ["kms:Decrypt"]),
        ];
        return role.allow("basics", statements, { parent: this });
    }

    private createFunction(parts: Parts, args: Resolved, basics: aws.iam.RolePolicy): aws.lambda.Function {
        const functionArgs: aws.lambda.FunctionArgs = {
            description: args.description,
            runtime: args.runtime,
            architectures: [args.architecture],
            handler: "index.handler",
            code: pulumi.output(bundle(args.entry)).apply(({ code, map }) => archive(code, map)),
            role: parts.role.arn,
            memorySize: args.memoryMb,
            timeout: this.timeoutSeconds,
            reservedConcurrentExecutions: args.reservedConcurrency,
            kmsKeyArn: args.kmsKeyArn,
            environment: { variables: { NODE_OPTIONS: "--enable-source-maps", ...args.environment } },
            vpcConfig: { subnetIds: args.placement.subnetIds, securityGroupIds: [parts.group.id] },
            deadLetterConfig: { targetArn: parts.deadLetters.arn },
            tracingConfig: { mode: "Active" },
            loggingConfig: { logFormat: "JSON", logGroup: parts.logs.name, applicationLogLevel: "INFO", systemLogLevel: "INFO" },
        };
        return new aws.lambda.Function(
            `${this.logicalName}-function`,
            transformed(args.transform?.function, functionArgs),
            // AWS tries the role's permissions for interfaces and the queue when it makes the function.
            { parent: this, dependsOn: [basics] },
        );
    }

    /**
     * The role's permissions for network interfaces are Lambda's, not the code's. (AWS: "Giving Lambda functions access to resources in a
     * VPC".)
     */
    private denyInterfaces(role: ServiceRole, lambda: aws.lambda.Function): void {
        const byTheCode = { ArnEquals: { "lambda:SourceFunctionArn": lambda.arn } };
        const statement: Statement = {
            Effect: "Deny",
            Action: INTERFACES,
            Resource: "*",
            Condition: byTheCode,
        };
        role.allow("no-interfaces", [statement], { parent: this });
    }
}

const roleOf = (name: string): string => `${name}-role`;

interface Parts {
    role: ServiceRole;
    logs: aws.cloudwatch.LogGroup;
    deadLetters: aws.sqs.Queue;
    group: aws.ec2.SecurityGroup;
}

const INTERFACES = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];
const TRACING = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"];

function archive(code: string, map: string): pulumi.asset.Archive {
    return new pulumi.asset.AssetArchive({
        "index.js": new pulumi.asset.FileAsset(code),
        "index.js.map": new pulumi.asset.FileAsset(map),
    });
}

function validated(name: string, args: Resolved) {
    return checked("VpcFunction", name, args, (check) => {
        const { memoryMb, timeoutSeconds, reservedConcurrency: reserved, runtime, environment } = args;
        check(isAbsolute(args.entry) && /\.[cm]?[jt]sx?$/.test(args.entry), "entry", "must be the absolute path of a TypeScript file");
        check(isBetween(memoryMb, 128, 10240), "memoryMb", "must be between 128 and 10240 MiB");
        check(isBetween(timeoutSeconds, 1, 900), "timeoutSeconds", "must be between 1 and 900");
        check(reserved === undefined || isBetween(reserved, 0, 1000), "reservedConcurrency", "must be between 0 and 1000");
        checkLogs(check, args);
        check(/^nodejs\d+\.x$/.test(runtime), "runtime", "must be a Node.js runtime such as nodejs24.x");
        const wrong = Object.keys(environment).filter((key) => !/^[A-Za-z]\w+$/.test(key) || /^(AWS|LAMBDA)_/.test(key));
        check(
            wrong.length === 0,
            "environment",
            `must have names of letters, digits and _ that do not begin with AWS_ or LAMBDA_: ${wrong.join(", ")}`,
        );
    });
}
