import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { WithDefaults } from "../building-blocks/arguments";
import { allowConnection, type Connectable, securityGroup } from "../building-blocks/security-groups";
import type { VpcPlacement } from "../building-blocks/placement";
import type { Statement } from "../building-blocks/iam";
import { type Transform, transformed } from "../building-blocks/transform";

/** The internal load balancer in front of the tasks. */
export interface LoadBalancerArgs {
    /** Subnets of the load balancer, in two zones or more. @default those of the tasks */
    loadBalancerSubnetIds?: pulumi.Input<pulumi.Input<string>[]>;
    /** ACM certificate of the region: the listener is then HTTPS on 443 with TLS 1.2 and 1.3. @default none: HTTP on 80 */
    certificateArn?: pulumi.Input<string>;
    /** Path that answers 200 when a task can serve. @default "/health" */
    healthCheckPath?: string;
    /** Seconds that a leaving task keeps its open requests, 0 to 3600. @default 30 */
    deregistrationDelay?: number;
    /** Seconds before an idle connection is closed, 1 to 4000. @default 60 */
    idleTimeout?: number;
    /** Refuses to delete the load balancer. @default false: it holds no data */
    deletionProtection?: boolean;
    /**
     * Bucket that receives access logs, without KMS encryption and with `loadBalancerLogStatement` in its policy. Give the name as the policy's
     * output (`logs.policy.bucket`): AWS refuses a load balancer that is made before the policy. @default none
     */
    accessLogBucket?: pulumi.Input<string>;
    /** Prefix of the access logs. @default the component's name below `alb/` */
    accessLogPrefix?: string;
}

export const LOAD_BALANCER_DEFAULTS = {
    healthCheckPath: "/health",
    deregistrationDelay: 30,
    idleTimeout: 60,
    deletionProtection: false,
} satisfies Partial<LoadBalancerArgs>;

export interface LoadBalancerTransforms {
    loadBalancer?: Transform<aws.lb.LoadBalancerArgs>;
    targetGroup?: Transform<aws.lb.TargetGroupArgs>;
    listener?: Transform<aws.lb.ListenerArgs>;
}

export interface LoadBalancing {
    loadBalancer: aws.lb.LoadBalancer;
    targetGroup: aws.lb.TargetGroup;
    listener: aws.lb.Listener;
    /** The load balancer behind its own security group. */
    peer: Connectable;
}

type Args = WithDefaults<LoadBalancerArgs, typeof LOAD_BALANCER_DEFAULTS> &
    VpcPlacement & { containerPort: number; transform?: LoadBalancerTransforms };

/** Port of the listener: 443 with a certificate, 80 without. */
export const listenerPort = ({ certificateArn }: LoadBalancerArgs): number => (certificateArn === undefined ? 80 : 443);

/** An internal application load balancer that reaches the tasks on the container's port, by reference to their security group. */
export function balanceLoad(name: string, args: Args, tasks: Connectable, parent: pulumi.Resource): LoadBalancing {
    const group = securityGroup(`${name}-alb-group`, `Load balancer of ${name}`, args.vpcId, { parent });
    const peer: Connectable = { logicalName: `${name}-alb`, securityGroupId: group.id };
    allowConnection(parent, peer, tasks, args.containerPort);
    const loadBalancer = createLoadBalancer(name, args, group, parent);
    const targetGroup = createTargetGroup(name, args, parent);
    return { loadBalancer, targetGroup, peer, listener: createListener(name, args, loadBalancer, targetGroup, parent) };
}

/**
 * Statement for the policy of the bucket that receives access logs.
 *
 * Elastic Load Balancing writes below `AWSLogs/<account of the load balancer>/` only, so the path keeps other accounts out.
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

function createLoadBalancer(name: string, args: Args, group: aws.ec2.SecurityGroup, parent: pulumi.Resource): aws.lb.LoadBalancer {
    const bucket = args.accessLogBucket;
    return new aws.lb.LoadBalancer(
        `${name}-alb`,
        transformed(args.transform?.loadBalancer, {
            internal: true,
            loadBalancerType: "application",
            subnets: args.loadBalancerSubnetIds ?? args.subnetIds,
            securityGroups: [group.id],
            dropInvalidHeaderFields: true,
            enableDeletionProtection: args.deletionProtection,
            idleTimeout: args.idleTimeout,
            accessLogs: bucket === undefined ? undefined : { bucket, prefix: args.accessLogPrefix ?? `alb/${name}`, enabled: true },
        }),
        { parent },
    );
}

function createTargetGroup(name: string, args: Args, parent: pulumi.Resource): aws.lb.TargetGroup {
    return new aws.lb.TargetGroup(
        `${name}-tg`,
        transformed(args.transform?.targetGroup, {
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
        }),
        { parent },
    );
}

function createListener(
    name: string,
    args: Args,
    loadBalancer: aws.lb.LoadBalancer,
    targetGroup: aws.lb.TargetGroup,
    parent: pulumi.Resource,
): aws.lb.Listener {
    const { certificateArn } = args;
    const tls = { protocol: "HTTPS", sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06", certificateArn };
    return new aws.lb.Listener(
        `${name}-listener`,
        transformed(args.transform?.listener, {
            loadBalancerArn: loadBalancer.arn,
            port: listenerPort(args),
            ...(certificateArn === undefined ? { protocol: "HTTP" } : tls),
            defaultActions: [{ type: "forward", targetGroupArn: targetGroup.arn }],
        }),
        { parent },
    );
}
