import { isAbsolute } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { bundle } from "../../functions/bundle";
import { checked, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { checkLogs, forwardLogs, type LogArgs, logGroupArgs, type LogParts } from "../building-blocks/logs";
import { httpsEgressArgs, type Connectable, securityGroupArgs } from "../building-blocks/security-groups";
import { checkPlacement, placementOf, type VpcPlacementArgs } from "../building-blocks/placement";
import { type Grantee, KMS_ENCRYPT, ServiceRole, type Statement, useKeyVia, writeLogs } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { regionOf } from "../building-blocks/provider";
import { allowDeadLetters, createDeadLetterQueue, type DeadLetterParts } from "../internal/dead-letter-queue";
import { archive, TRACING } from "../internal/function-code";
import { INTERFACES, INTERFACES_DELETED_WITHIN } from "../internal/interfaces";
import { type Nodes, PartFactory, type Transforms } from "../building-blocks/parts";

export interface VpcFunctionArgs extends LogArgs {
    /** Absolute path of the TypeScript file that exports `handler`. The program bundles it. */
    entry: string;
    description: string;
    /** VPC and private subnets, in at least two Availability Zones. */
    placement: VpcPlacementArgs;
    /** KMS key for the environment variables and the dead-letter queue. */
    kmsKeyArn: pulumi.Input<string>;
    /** Environment variables without secrets: pass the ARN of a secret and grant access. Names must not begin with `AWS_` or `LAMBDA_`. @default none */
    environment?: Record<string, pulumi.Input<string>>;
    /** Memory in MiB, 128 to 10240. CPU is proportional to memory: 1769 MiB is one vCPU. @default 512 */
    memorySize?: number;
    /** Timeout of an invocation in seconds, 1 to 900. @default 60 */
    timeout?: number;
    /**
     * Reserved concurrent executions, 0 to 1000; also the maximum. 0 stops the function. AWS requires 100 unreserved executions per account and
     * region, so new accounts, whose quota is 10, can't reserve any. @default none
     */
    reservedConcurrentExecutions?: number;
    /** CPU architecture. Lambda's property is a list of exactly one. @default ["arm64"] */
    architectures?: ["arm64" | "x86_64"];
    /** Node.js runtime. The bundle targets Node.js 24. @default "nodejs24.x" */
    runtime?: string;
    transform?: Transforms<VpcFunctionParts>;
}

export interface VpcFunctionParts extends DeadLetterParts, LogParts {
    logs: typeof aws.cloudwatch.LogGroup;
    securityGroup: typeof aws.ec2.SecurityGroup;
    httpsEgress: typeof aws.vpc.SecurityGroupEgressRule;
    role: typeof ServiceRole;
    function: typeof aws.lambda.Function;
}

export const DEFAULTS = {
    environment: {},
    memorySize: 512,
    timeout: 60,
    architectures: ["arm64"],
    runtime: "nodejs24.x" as const,
} satisfies Partial<VpcFunctionArgs>;

/** The arguments with all defaults. */
type Resolved = WithDefaults<VpcFunctionArgs, typeof DEFAULTS>;

/**
 * A Lambda function in a VPC, built from a TypeScript file, with X-Ray tracing, JSON logs in an encrypted log group, and a dead-letter queue for
 * asynchronous events that failed three times.
 *
 * The function can connect to HTTPS endpoints, and to components whose `allowFrom` gets the function. Its code can't use the network interface
 * permissions of the role. Costs 0.0000133 USD per GB-second and 0.20 USD per million requests, and nothing while idle.
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
    /** Dead-letter queue for asynchronous events. A queue that invokes the function needs its own. */
    readonly deadLetterArn: pulumi.Output<string>;
    private readonly deadLetterName: pulumi.Output<string>;
    private readonly timeout: number;

    readonly nodes: Nodes<VpcFunctionParts>;
    private readonly parts: PartFactory<VpcFunctionParts>;

    constructor(name: string, inputs: VpcFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:VpcFunction", name, validated(name, args), opts);
        this.parts = new PartFactory<VpcFunctionParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.title = `Function ${name}`;
        this.timeout = args.timeout;
        const logs = this.parts.create("logs", aws.cloudwatch.LogGroup, `${name}-logs`, logGroupArgs(args, "application"));
        forwardLogs(this.parts, `${name}-logs`, logs, args);
        const deadLetters = this.createDeadLetters(args);
        const role = this.createRole();
        const basics = this.allowBasics(role, logs, deadLetters, args);
        const group = this.createSecurityGroup(args, basics);
        this.parts.create("httpsEgress", aws.vpc.SecurityGroupEgressRule, `${name}-https-out`, httpsEgressArgs(group.id));
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

    /** Pattern that matches the generated name of the role of the function `name`, for policies that are created before the function. */
    static rolePattern(name: string): string {
        return `${roleOf(name)}-*`;
    }

    get alarms(): AlarmDefinition[] {
        const metric = { namespace: "AWS/Lambda", dimensions: { FunctionName: this.functionName }, comparison: "above" as const };
        return [
            {
                ...metric,
                name: "errors",
                description: "More than this percentage of invocations fail. Search the log group of the function for ERROR.",
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
                description: "Lambda throttles invocations: raise the reserved concurrency or the account quota, or slow down the source.",
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
                description: "The p99 duration is near the timeout (ms). See the traces for slow calls.",
                severity: "ticket",
                metricName: "Duration",
                statistic: "p99",
                period: 300,
                periods: 3,
                threshold: this.timeout * 900,
            },
            {
                namespace: "AWS/SQS",
                dimensions: { QueueName: this.deadLetterName },
                comparison: "above",
                name: "dead-letters",
                description: "Asynchronous events failed after three attempts. Inspect the messages in the dead-letter queue.",
                severity: "ticket",
                metricName: "ApproximateNumberOfMessagesVisible",
                statistic: "Maximum",
                period: 300,
                periods: 1,
                threshold: 0,
            },
        ];
    }

    private createDeadLetters({ kmsKeyArn }: Resolved): aws.sqs.Queue {
        const name = `${this.logicalName}-dead-letters`;
        const queue = createDeadLetterQueue(name, { kmsKeyArn }, this.parts);
        allowDeadLetters(name, queue, this.parts);
        return queue;
    }

    private createSecurityGroup({ placement }: Resolved, basics: aws.iam.RolePolicy): aws.ec2.SecurityGroup {
        const name = `${this.logicalName}-function`;
        return this.parts.create(
            "securityGroup",
            aws.ec2.SecurityGroup,
            name,
            securityGroupArgs(name, `Lambda function ${this.logicalName}`, placementOf(placement, "private").vpcId),
            // Lambda deletes its interfaces with the permissions of the role, which must outlive the group
            // (terraform-provider-aws#9495).
            { dependsOn: [basics], customTimeouts: { delete: INTERFACES_DELETED_WITHIN } },
        );
    }

    private createRole(): ServiceRole {
        // No condition, because Lambda doesn't document source condition keys for execution roles.
        return this.parts.create("role", ServiceRole, roleOf(this.logicalName), {
            service: "lambda.amazonaws.com",
            description: `Permissions of the function ${this.logicalName}`,
        });
    }

    private allowBasics(role: ServiceRole, logs: aws.cloudwatch.LogGroup, deadLetters: aws.sqs.Queue, args: Resolved): aws.iam.RolePolicy {
        const region = regionOf(this);
        const statements: Statement[] = [
            writeLogs(logs.arn),
            // Lambda rejects a role that has these permissions only for some resources (AWSLambdaVPCAccessExecutionRole,
            // terraform-provider-aws#20698). `denyInterfaces` keeps the code from using them.
            { Effect: "Allow", Action: INTERFACES, Resource: "*" },
            // X-Ray doesn't support resource-level permissions.
            { Effect: "Allow", Action: TRACING, Resource: "*" },
            { Effect: "Allow", Action: "sqs:SendMessage", Resource: deadLetters.arn },
            useKeyVia("sqs", region, args.kmsKeyArn, KMS_ENCRYPT),
            useKeyVia("lambda", region, args.kmsKeyArn, ["kms:Decrypt"]),
        ];
        return role.allow("basics", statements);
    }

    private createFunction(parts: Parts, args: Resolved, basics: aws.iam.RolePolicy): aws.lambda.Function {
        const functionArgs: aws.lambda.FunctionArgs = {
            description: args.description,
            runtime: args.runtime,
            architectures: args.architectures,
            handler: "index.handler",
            code: pulumi.output(bundle(args.entry)).apply(archive),
            role: parts.role.arn,
            memorySize: args.memorySize,
            timeout: this.timeout,
            reservedConcurrentExecutions: args.reservedConcurrentExecutions,
            kmsKeyArn: args.kmsKeyArn,
            environment: { variables: { NODE_OPTIONS: "--enable-source-maps", ...args.environment } },
            vpcConfig: { subnetIds: placementOf(args.placement, "private").subnetIds, securityGroupIds: [parts.group.id] },
            deadLetterConfig: { targetArn: parts.deadLetters.arn },
            tracingConfig: { mode: "Active" },
            loggingConfig: { logFormat: "JSON", logGroup: parts.logs.name, applicationLogLevel: "INFO", systemLogLevel: "INFO" },
        };
        return this.parts.create("function", aws.lambda.Function, `${this.logicalName}-function`, functionArgs, { dependsOn: [basics] });
    }

    /**
     * Keeps the code from using the network interface permissions, which only the Lambda service needs (AWS: "Giving Lambda functions access to
     * resources in a VPC").
     */
    private denyInterfaces(role: ServiceRole, lambda: aws.lambda.Function): void {
        const byTheCode = { ArnEquals: { "lambda:SourceFunctionArn": lambda.arn } };
        const statement: Statement = {
            Effect: "Deny",
            Action: INTERFACES,
            Resource: "*",
            Condition: byTheCode,
        };
        role.allow("no-interfaces", [statement]);
    }
}

const roleOf = (name: string): string => `${name}-role`;

interface Parts {
    role: ServiceRole;
    logs: aws.cloudwatch.LogGroup;
    deadLetters: aws.sqs.Queue;
    group: aws.ec2.SecurityGroup;
}

function validated(name: string, args: Resolved) {
    return checked("VpcFunction", name, args, (check) => {
        const { memorySize, timeout, reservedConcurrentExecutions: reserved, architectures, runtime, environment } = args;
        checkPlacement(check, args.placement, "placement.");
        check(isAbsolute(args.entry) && /\.[cm]?[jt]sx?$/.test(args.entry), "entry", "must be the absolute path of a TypeScript file");
        check(isBetween(memorySize, 128, 10240), "memorySize", "must be between 128 and 10240 MiB");
        check(isBetween(timeout, 1, 900), "timeout", "must be between 1 and 900");
        check(reserved === undefined || isBetween(reserved, 0, 1000), "reservedConcurrentExecutions", "must be between 0 and 1000");
        checkLogs(check, args);
        const isOffered = /^(arm64|x86_64)$/.test(architectures.join());
        check(isOffered, "architectures", 'must be ["arm64"] or ["x86_64"]');
        check(/^nodejs\d+\.x$/.test(runtime), "runtime", "must be a Node.js runtime such as nodejs24.x");
        const wrong = Object.keys(environment).filter((key) => !/^[A-Za-z]\w+$/.test(key) || /^(AWS|LAMBDA)_/.test(key));
        check(
            wrong.length === 0,
            "environment",
            `must have names of letters, digits, and _ that do not begin with AWS_ or LAMBDA_: ${wrong.join(", ")}`,
        );
    });
}
