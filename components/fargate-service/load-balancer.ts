import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { WithDefaults } from "../building-blocks/arguments";
import { allowConnection, type Connectable, type ConnectionParts, securityGroupArgs } from "../building-blocks/security-groups";
import type { VpcPlacement } from "../building-blocks/placement";
import type { Statement } from "../building-blocks/iam";
import type { PartFactory } from "../building-blocks/parts";

/** The internal load balancer in front of the tasks. */
export interface LoadBalancerArgs {
    /** Subnets of the load balancer, in at least two Availability Zones. @default the subnets of the tasks */
    loadBalancerSubnetIds?: pulumi.Input<pulumi.Input<string>[]>;
    /** ACM certificate for an HTTPS listener on port 443 with TLS 1.2 and 1.3. @default none; the listener uses HTTP on port 80 */
    certificateArn?: pulumi.Input<string>;
    /** Path of the health check. It must return 200 when the task is ready. @default "/health" */
    healthCheckPath?: string;
    /** Seconds that a deregistered task has to complete open requests, 0 to 3600. @default 30 */
    deregistrationDelay?: number;
    /** Seconds after which the load balancer closes an idle connection, 1 to 4000. @default 60 */
    idleTimeout?: number;
    /** Protects the load balancer from deletion. @default false */
    deletionProtection?: boolean;
    /**
     * Name of a bucket for access logs, with SSE-S3 encryption and `loadBalancerLogStatement` in its policy. Use the output of the policy
     * (`logs.policy.bucket`), because AWS rejects the load balancer if the policy doesn't exist. @default none
     */
    accessLogBucket?: pulumi.Input<string>;
    /** Prefix of the access logs. @default `alb/<name of the component>` */
    accessLogPrefix?: string;
}

export const LOAD_BALANCER_DEFAULTS = {
    healthCheckPath: "/health",
    deregistrationDelay: 30,
    idleTimeout: 60,
    deletionProtection: false,
} satisfies Partial<LoadBalancerArgs>;

export interface LoadBalancerParts extends ConnectionParts {
    loadBalancerSecurityGroup: typeof aws.ec2.SecurityGroup;
    loadBalancer: typeof aws.lb.LoadBalancer;
    targetGroup: typeof aws.lb.TargetGroup;
    listener: typeof aws.lb.Listener;
}

export interface LoadBalancing {
    loadBalancer: aws.lb.LoadBalancer;
    targetGroup: aws.lb.TargetGroup;
    listener: aws.lb.Listener;
    /** The load balancer behind its own security group. */
    connectable: Connectable;
}

type Factory = PartFactory<LoadBalancerParts>;

type Args = WithDefaults<LoadBalancerArgs, typeof LOAD_BALANCER_DEFAULTS> & VpcPlacement & { containerPort: number };

/** Port of the listener: 443 with a certificate, 80 without. */
export const listenerPort = ({ certificateArn }: LoadBalancerArgs): number => (certificateArn === undefined ? 80 : 443);

/** Creates an internal Application Load Balancer that can connect only to the container port of the tasks. */
export function balanceLoad(name: string, args: Args, tasks: Connectable, parts: Factory): LoadBalancing {
    const group = parts.create(
        "loadBalancerSecurityGroup",
        aws.ec2.SecurityGroup,
        `${name}-alb-group`,
        securityGroupArgs(`${name}-alb-group`, `Load balancer of ${name}`, args.vpcId),
    );
    const connectable: Connectable = { logicalName: `${name}-alb`, securityGroupId: group.id };
    allowConnection(parts, connectable, tasks, args.containerPort);
    const loadBalancer = createLoadBalancer(name, args, group, parts);
    const targetGroup = createTargetGroup(name, args, parts);
    return { loadBalancer, targetGroup, connectable, listener: createListener(name, args, loadBalancer, targetGroup, parts) };
}

/**
 * Bucket policy statement that allows Elastic Load Balancing to write access logs.
 *
 * The path contains the account ID, so other accounts can't write their logs to the bucket.
 */
export function loadBalancerLogStatement(bucketArn: pulumi.Input<string>, prefix: string, account: pulumi.Input<string>): Statement {
    return {
        Sid: "LoadBalancerAccessLogs",
        Effect: "Allow",
        Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
        Action: "s3:PutObject",
        Resource: pulumi.interpolate`${bucketArn}/${prefix}/AWSLogs/${account}/*`,
    };
}

function createLoadBalancer(name: string, args: Args, group: aws.ec2.SecurityGroup, parts: Factory): aws.lb.LoadBalancer {
    const bucket = args.accessLogBucket;
    return parts.create("loadBalancer", aws.lb.LoadBalancer, `${name}-alb`, {
        internal: true,
        loadBalancerType: "application",
        subnets: args.loadBalancerSubnetIds ?? args.subnetIds,
        securityGroups: [group.id],
        dropInvalidHeaderFields: true,
        enableDeletionProtection: args.deletionProtection,
        idleTimeout: args.idleTimeout,
        accessLogs: bucket === undefined ? undefined : { bucket, prefix: args.accessLogPrefix ?? `alb/${name}`, enabled: true },
    });
}

function createTargetGroup(name: string, args: Args, parts: Factory): aws.lb.TargetGroup {
    return parts.create(
        "targetGroup",
        aws.lb.TargetGroup,
        `${name}-tg`,
        {
            vpcId: args.vpcId,
            targetType: "ip",
            protocol: "HTTP",
            port: args.containerPort,
            deregistrationDelay: args.deregistrationDelay,
            slowStart: 0,
            stickiness: { type: "lb_cookie", enabled: false },
            healthCheck: {
                path: args.healthCheckPath,
                protocol: "HTTP",
                matcher: "200",
                interval: 15,
                timeout: 5,
                healthyThreshold: 2,
                unhealthyThreshold: 3,
            },
        },
        // ECS registers each task with its own port, which health checks use as well. Another port would replace the group, and the
        // listener would forward to the empty one until the new tasks are healthy.
        { ignoreChanges: ["port"] },
    );
}

function createListener(
    name: string,
    args: Args,
    loadBalancer: aws.lb.LoadBalancer,
    targetGroup: aws.lb.TargetGroup,
    parts: Factory,
): aws.lb.Listener {
    const { certificateArn } = args;
    const tls = { protocol: "HTTPS", sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06", certificateArn };
    const port = listenerPort(args);
    // Named after its port, like the rules of `allowConnection`: clients can use the old listener until they have moved to the new one.
    return parts.create(
        "listener",
        aws.lb.Listener,
        `${name}-listener-${port}`,
        {
            loadBalancerArn: loadBalancer.arn,
            port,
            ...(certificateArn === undefined ? { protocol: "HTTP" } : tls),
            defaultActions: [{ type: "forward", targetGroupArn: targetGroup.arn }],
        },
        { aliases: [{ name: `${name}-listener` }] },
    );
}
