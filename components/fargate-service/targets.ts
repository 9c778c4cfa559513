import * as aws from "@pulumi/aws";
import type { WithDefaults } from "../building-blocks/arguments";
import { allowConnection, type Connectable, type ConnectionParts } from "../building-blocks/security-groups";
import type { PartFactory } from "../building-blocks/parts";
import type * as pulumi from "@pulumi/pulumi";
import type { LoadBalancerReference } from "../internal-load-balancer/args";
import { patternsOf, priorityOf } from "./paths";

/** Targets of a load balancer: which requests the tasks get, and when they are ready. */
export interface TargetArgs {
    /**
     * Paths of the requests, such as `/api/reports/*`, which includes `/api/reports`. At most five, where one with `*` counts twice. The longest path
     * that matches a request wins. @default ["/*"]
     */
    paths?: string[];
    /** Priority of the listener rule, 1 to 50000. @default derived from the name of the service and its first path */
    rulePriority?: number;
    /** Path of the health check. It must return 200 when the task is ready. @default "/health" */
    healthCheckPath?: string;
    /** Seconds that a deregistered task has to complete open requests, 0 to 3600. @default 30 */
    deregistrationDelay?: number;
    /** Seconds after the start of a task during which failed health checks are ignored. @default 60 */
    healthCheckGracePeriodSeconds?: number;
}

export const TARGET_DEFAULTS = {
    paths: ["/*"],
    healthCheckPath: "/health",
    deregistrationDelay: 30,
    healthCheckGracePeriodSeconds: 60,
} satisfies Partial<TargetArgs>;

export interface TargetParts extends ConnectionParts {
    /** Missing without a load balancer. */
    targetGroup?: typeof aws.lb.TargetGroup;
    /** The target group that new tasks use, and the previous ones after the next deployment. Missing with `rolling`. */
    alternateTargetGroup?: typeof aws.lb.TargetGroup;
    /** Missing without a load balancer. */
    listenerRule?: typeof aws.lb.ListenerRule;
    /** Missing with `rolling`, and with a load balancer without a test listener. */
    testListenerRule?: typeof aws.lb.ListenerRule;
}

/** The targets of a service at a load balancer. */
export interface Targets {
    loadBalancer: LoadBalancerReference;
    targetGroup: aws.lb.TargetGroup;
    /** The target group must be in use before ECS registers tasks. */
    rule: aws.lb.ListenerRule;
    /** With a deployment that moves requests. */
    alternate?: { targetGroup: aws.lb.TargetGroup; testRule?: aws.lb.ListenerRule };
}

type Args = WithDefaults<TargetArgs, typeof TARGET_DEFAULTS> & { containerPort: number; vpcId: pulumi.Input<string>; moves: boolean };

/** Creates the target group and the listener rule of a service, and lets the load balancer connect to the container port of the tasks. */
export function createTargets(
    name: string,
    args: Args,
    { loadBalancer, tasks }: { loadBalancer: LoadBalancerReference; tasks: Connectable },
    parts: PartFactory<TargetParts>,
): Targets {
    allowConnection(parts, loadBalancer, tasks, args.containerPort);
    const targetGroup = createTargetGroup("targetGroup", `${name}-tg`, args, parts);
    const ruleArgs = {
        listenerArn: loadBalancer.listenerArn,
        priority: args.rulePriority ?? priorityOf(name, args.paths[0] ?? "/*", args.moves),
        conditions: [{ pathPattern: { values: patternsOf(args.paths) } }],
        tags: { Name: name },
    };
    if (!args.moves) {
        const forward = { type: "forward", targetGroupArn: targetGroup.arn };
        const { jwtValidation } = loadBalancer;
        // AWS requires an order for several actions.
        const actions = jwtValidation
            ? [
                  { type: "jwt-validation", order: 1, jwtValidation },
                  { ...forward, order: 2 },
              ]
            : [forward];
        const rule = parts.create("listenerRule", aws.lb.ListenerRule, `${name}-rule`, { ...ruleArgs, actions });
        return { loadBalancer, targetGroup, rule };
    }
    const alternate = createTargetGroup("alternateTargetGroup", `${name}-alt`, args, parts);
    const actions = weighted(targetGroup, alternate);
    // The rule is not that of rolling deployments, whose action would send all requests to the first target group.
    const rule = parts.create("listenerRule", aws.lb.ListenerRule, `${name}-moving-rule`, { ...ruleArgs, actions }, MOVED);
    const { testListener } = loadBalancer;
    if (!testListener) return { loadBalancer, targetGroup, rule, alternate: { targetGroup: alternate } };
    const testArgs = { ...ruleArgs, listenerArn: testListener.arn, actions };
    const testRule = parts.create("testListenerRule", aws.lb.ListenerRule, `${name}-test-rule`, testArgs, MOVED);
    return { loadBalancer, targetGroup, rule, alternate: { targetGroup: alternate, testRule } };
}

/** ECS moves the requests by changing the weights, and an update must not move them back. */
const MOVED = { ignoreChanges: ["actions"] };

/** All requests for the first target group. The second one must be in use, too. */
const weighted = (first: aws.lb.TargetGroup, second: aws.lb.TargetGroup) => [
    {
        type: "forward",
        forward: {
            targetGroups: [
                { arn: first.arn, weight: 100 },
                { arn: second.arn, weight: 0 },
            ],
        },
    },
];

function createTargetGroup(
    part: "targetGroup" | "alternateTargetGroup",
    logicalName: string,
    args: Args,
    parts: PartFactory<TargetParts>,
): aws.lb.TargetGroup {
    return parts.create(
        part,
        aws.lb.TargetGroup,
        logicalName,
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
