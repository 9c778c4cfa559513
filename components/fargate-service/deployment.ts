/** Deployment strategies of Amazon ECS, and the resources that they need. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, checkBetween, checkOneOf, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { ServiceRole, type Statement } from "../building-blocks/iam";
import type { PartFactory } from "../building-blocks/parts";
import type { Targets } from "./targets";

export interface DeploymentArgs {
    /**
     * How ECS replaces the tasks. `rolling` replaces them step by step. `blueGreen` starts a second set of tasks and moves all requests to it at once.
     * `canary` first moves `canaryPercent` of the requests. With `blueGreen` and `canary`, both sets run until `bakeTimeInMinutes` has passed, and ECS
     * moves the requests back if the error rate is too high. Both require a load balancer. @default "rolling"
     */
    strategy?: "rolling" | "blueGreen" | "canary";
    /** `rolling`: minimum of healthy tasks in percent of the desired count, 0 to 100. @default 100 */
    minimumHealthyPercent?: number;
    /** `rolling`: maximum of running tasks in percent of the desired count, 101 to 200. @default 200 */
    maximumPercent?: number;
    /** `blueGreen` and `canary`: minutes for which the previous tasks keep running after the move, 0 to 1440. @default 5 */
    bakeTimeInMinutes?: number;
    /** `canary`: percentage of the requests that the new tasks get first, 1 to 99. @default 10 */
    canaryPercent?: number;
    /** `canary`: minutes until the new tasks get all requests, 0 to 1440. @default 5 */
    canaryBakeTimeInMinutes?: number;
    /** `blueGreen` and `canary`: names of additional CloudWatch alarms that roll back a deployment. @default none */
    alarmNames?: pulumi.Input<string>[];
}

/** Default of each property, so that setting one keeps the others. */
export const DEPLOYMENT_DEFAULTS = {
    strategy: "rolling",
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    bakeTimeInMinutes: 5,
    canaryPercent: 10,
    canaryBakeTimeInMinutes: 5,
    alarmNames: [],
} satisfies DeploymentArgs;

export const STRATEGIES = ["rolling", "blueGreen", "canary"] as const satisfies DeploymentArgs["strategy"][];

/** Lowest and highest values. */
export const DEPLOYMENT_BOUNDS = { bakeTimeInMinutes: [0, 1440], canaryPercent: [1, 99] } as const;

type Resolved = WithDefaults<DeploymentArgs, typeof DEPLOYMENT_DEFAULTS>;

export const deploymentOf = (args: DeploymentArgs): Resolved => withDefaults(args, DEPLOYMENT_DEFAULTS);

/** Whether ECS moves requests between two target groups. */
export const movesRequests = ({ strategy }: Pick<Resolved, "strategy">): boolean => strategy !== "rolling";

export interface DeploymentParts {
    /** Role with which ECS moves requests. Missing with `rolling`. */
    deploymentRole?: typeof ServiceRole;
    /** Error rate that rolls a deployment back. Missing with `rolling`. */
    rollbackAlarm?: typeof aws.cloudwatch.MetricAlarm;
}

/** Minutes that the provider waits for a steady state by default. */
const STEADY_MINUTES = 20;
/** Most minutes that a deployment takes until it has succeeded, with its bake times. */
export function minutesOf(deployment: DeploymentArgs): number {
    const { strategy, bakeTimeInMinutes, canaryBakeTimeInMinutes } = deploymentOf(deployment);
    if (strategy === "rolling") return STEADY_MINUTES;
    return STEADY_MINUTES + bakeTimeInMinutes + (strategy === "canary" ? canaryBakeTimeInMinutes : 0);
}
const CIRCUIT_BREAKER = { enable: true, rollback: true };

/** How ECS replaces the tasks of a service: arguments of `aws.ecs.Service`, and what must exist before it. */
export interface Deployment {
    args: Partial<aws.ecs.ServiceArgs>;
    /** Settings of the production target group: the alternate one, the rules, and the role. */
    advancedConfiguration?: aws.types.input.ecs.ServiceLoadBalancerAdvancedConfiguration;
    dependsOn: pulumi.Resource[];
    customTimeouts?: pulumi.CustomTimeouts;
}

/** Creates the role and the alarm that a strategy needs. */
export function createDeployment(
    name: string,
    args: Resolved,
    targets: Targets | undefined,
    parts: PartFactory<DeploymentParts>,
): Deployment {
    const alternate = targets?.alternate;
    if (!targets || !alternate) {
        const { minimumHealthyPercent, maximumPercent } = args;
        return {
            args: {
                deploymentCircuitBreaker: CIRCUIT_BREAKER,
                deploymentMinimumHealthyPercent: minimumHealthyPercent,
                deploymentMaximumPercent: maximumPercent,
            },
            dependsOn: [],
        };
    }
    const role = parts.create("deploymentRole", ServiceRole, `${name}-deployment`, {
        service: "ecs.amazonaws.com",
        description: `Moves requests between the target groups of ${name}`,
    });
    const mayMove = role.allow("move", moveStatements(targets, alternate));
    const alarm = createRollbackAlarm(name, targets, alternate, parts);
    const minutes = String(minutesOf(args));
    return {
        // The circuit breaker applies to rolling deployments only.
        args: {
            deploymentConfiguration: strategyArgs(args),
            alarms: { alarmNames: [alarm.name, ...args.alarmNames], enable: true, rollback: true },
        },
        advancedConfiguration: {
            alternateTargetGroupArn: alternate.targetGroup.arn,
            productionListenerRule: targets.rule.arn,
            testListenerRule: alternate.testRule?.arn,
            roleArn: role.arn,
        },
        dependsOn: [mayMove, ...(alternate.testRule ? [alternate.testRule] : [])],
        customTimeouts: { create: `${minutes}m`, update: `${minutes}m` },
    };
}

const strategyArgs = (args: Resolved): aws.types.input.ecs.ServiceDeploymentConfiguration => ({
    strategy: args.strategy === "canary" ? "CANARY" : "BLUE_GREEN",
    bakeTimeInMinutes: String(args.bakeTimeInMinutes),
    ...(args.strategy === "canary" && {
        canaryConfiguration: { canaryPercent: args.canaryPercent, canaryBakeTimeInMinutes: String(args.canaryBakeTimeInMinutes) },
    }),
});

type Alternate = NonNullable<Targets["alternate"]>;

/**
 * Permissions to move requests: those of the managed policy `AmazonECSInfrastructureRolePolicyForLoadBalancers`, for the rules and target groups of this
 * service alone. The rules have priorities of their own, so ECS never changes the listener.
 */
const moveStatements = (targets: Targets, { targetGroup, testRule }: Alternate): Statement[] => [
    {
        Effect: "Allow",
        Action: [
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeRules",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
        ],
        // These actions don't support resource-level permissions.
        Resource: "*",
    },
    {
        Effect: "Allow",
        Action: ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"],
        Resource: [targets.targetGroup.arn, targetGroup.arn],
    },
    {
        Effect: "Allow",
        Action: "elasticloadbalancing:ModifyRule",
        Resource: [targets.rule.arn, ...(testRule ? [testRule.arn] : [])],
    },
];

const ERROR_PERCENT = 5;
const FEWEST_REQUESTS = 20;

/** Alarms when the tasks of both target groups together fail more than 5% of at least 20 requests in a minute, twice in a row. */
function createRollbackAlarm(
    name: string,
    { loadBalancer, targetGroup }: Targets,
    alternate: Alternate,
    parts: PartFactory<DeploymentParts>,
): aws.cloudwatch.MetricAlarm {
    const groups = [targetGroup, alternate.targetGroup];
    const metrics = (id: string, metricName: string) =>
        groups.map(({ arnSuffix }, i) => ({
            id: `${id}${i + 1}`,
            returnData: false,
            metric: {
                namespace: "AWS/ApplicationELB",
                metricName,
                dimensions: { LoadBalancer: loadBalancer.arnSuffix, TargetGroup: arnSuffix },
                period: 60,
                stat: "Sum",
            },
        }));
    const requests = "FILL(requests1, 0) + FILL(requests2, 0)";
    const errors = "FILL(errors1, 0) + FILL(errors2, 0)";
    return parts.create("rollbackAlarm", aws.cloudwatch.MetricAlarm, `${name}-rollback`, {
        alarmDescription: `Rolls a deployment of ${name} back: more than ${ERROR_PERCENT}% of the requests fail.`,
        comparisonOperator: "GreaterThanThreshold",
        threshold: ERROR_PERCENT,
        evaluationPeriods: 2,
        treatMissingData: "notBreaching",
        metricQueries: [
            {
                id: "rate",
                label: "Errors, %",
                expression: `IF(${requests} >= ${FEWEST_REQUESTS}, 100 * (${errors}) / (${requests}), 0)`,
                returnData: true,
            },
            ...metrics("requests", "RequestCount"),
            ...metrics("errors", "HTTPCode_Target_5XX_Count"),
        ],
    });
}

/** Checks `deployment`. @param hasTargets whether a load balancer sends requests to the service */
export function checkDeployment(check: Check, deployment: DeploymentArgs, hasTargets: boolean): void {
    const args = deploymentOf(deployment);
    checkOneOf(check, "deployment.strategy", args.strategy, STRATEGIES);
    check(!movesRequests(args) || hasTargets, "deployment.strategy", "must be rolling without a load balancer");
    checkBetween(check, "deployment.minimumHealthyPercent", args.minimumHealthyPercent, [0, 100]);
    // ECS rejects Availability Zone rebalancing with 100% or less.
    checkBetween(check, "deployment.maximumPercent", args.maximumPercent, [101, 200]);
    const { bakeTimeInMinutes, canaryPercent } = DEPLOYMENT_BOUNDS;
    checkBetween(check, "deployment.bakeTimeInMinutes", args.bakeTimeInMinutes, bakeTimeInMinutes);
    checkBetween(check, "deployment.canaryBakeTimeInMinutes", args.canaryBakeTimeInMinutes, bakeTimeInMinutes);
    checkBetween(check, "deployment.canaryPercent", args.canaryPercent, canaryPercent);
    for (const [key, allowed] of unusedSettings(deployment)) check(false, `deployment.${key}`, allowed);
}

const USED_BY = {
    minimumHealthyPercent: ["rolling"],
    maximumPercent: ["rolling"],
    bakeTimeInMinutes: ["blueGreen", "canary"],
    canaryPercent: ["canary"],
    canaryBakeTimeInMinutes: ["canary"],
    alarmNames: ["blueGreen", "canary"],
} satisfies Record<Exclude<keyof DeploymentArgs, "strategy">, DeploymentArgs["strategy"][]>;

/** Settings that have no effect with the strategy: pairs of the key and a message. */
export function unusedSettings(deployment: DeploymentArgs): [key: string, message: string][] {
    const { strategy } = deploymentOf(deployment);
    return Object.entries(USED_BY)
        .filter(([key, strategies]) => Reflect.get(deployment, key) !== undefined && !(strategies as string[]).includes(strategy))
        .map(([key, strategies]) => [key, `has no effect with ${strategy}: it requires deployment.strategy ${strategies.join(" or ")}`]);
}
