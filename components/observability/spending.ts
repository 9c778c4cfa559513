import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { PartFactory } from "../building-blocks/parts";

/** AWS Budgets notifies at most 10 addresses. */
export const MOST_EMAILS = 10;

export interface BudgetArgs {
    /** Amount in USD per month; above 0. */
    limitAmount: number;
    /** Email addresses to notify in addition to the subscribers of the alerts topic; at most 10. @default none */
    emails?: string[];
    /**
     * Tag of the resources to include. It must be activated as a cost allocation tag in the paying account, which takes a day.
     * @default `Environment` = the environment
     */
    tag?: { key: string; value: string };
}

export interface CostAnomalyArgs {
    /** Minimum total impact of an anomaly in USD; above 0. */
    minimumUsd: number;
    /**
     * ARN of an existing cost monitor. An account can have only one monitor for all services, and accounts created since 2023 already have
     * it. @default a new monitor for all services
     */
    monitorArn?: pulumi.Input<string>;
}

export interface SpendingParts {
    budget?: typeof aws.budgets.Budget;
    anomalySubscription?: typeof aws.costexplorer.AnomalySubscription;
    anomalyMonitor?: typeof aws.costexplorer.AnomalyMonitor;
}

type Factory = PartFactory<SpendingParts>;

/** Notifications at 80 and 100% actual cost, and at 100% forecasted cost. */
const NOTIFICATIONS: [kind: "ACTUAL" | "FORECASTED", percent: number][] = [
    ["ACTUAL", 80],
    ["ACTUAL", 100],
    ["FORECASTED", 100],
];

/** Creates a monthly budget for the resources with the environment's tag. Free of charge. */
export function budget(
    parts: Factory,
    name: string,
    environment: string,
    args: BudgetArgs & { topicArn: pulumi.Output<string> },
): aws.budgets.Budget {
    const { key, value } = args.tag ?? { key: "Environment", value: environment };
    return parts.create("budget", aws.budgets.Budget, name, {
        budgetType: "COST",
        timeUnit: "MONTHLY",
        limitAmount: String(args.limitAmount),
        limitUnit: "USD",
        costFilters: [{ name: "TagKeyValue", values: [`user:${key}$${value}`] }],
        notifications: NOTIFICATIONS.map(([notificationType, threshold]) => ({
            notificationType,
            threshold,
            thresholdType: "PERCENTAGE",
            comparisonOperator: "GREATER_THAN",
            subscriberSnsTopicArns: [args.topicArn],
            subscriberEmailAddresses: args.emails,
        })),
    });
}

/** Sends cost anomalies to a topic when they're detected. Free of charge. */
export function costAnomalies(
    parts: Factory,
    name: string,
    args: CostAnomalyArgs & { topicArn: pulumi.Output<string> },
): aws.costexplorer.AnomalySubscription {
    const monitorArn = args.monitorArn ?? createMonitor(parts, name).arn;
    return parts.create("anomalySubscription", aws.costexplorer.AnomalySubscription, `${name}-anomalies`, {
        // SNS subscribers require immediate notifications.
        frequency: "IMMEDIATE",
        monitorArnLists: [monitorArn],
        subscribers: [{ type: "SNS", address: args.topicArn }],
        thresholdExpression: {
            dimension: {
                key: "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                matchOptions: ["GREATER_THAN_OR_EQUAL"],
                values: [String(args.minimumUsd)],
            },
        },
    });
}

function createMonitor(parts: Factory, name: string): aws.costexplorer.AnomalyMonitor {
    return parts.create("anomalyMonitor", aws.costexplorer.AnomalyMonitor, `${name}-anomaly-monitor`, {
        monitorType: "DIMENSIONAL",
        monitorDimension: "SERVICE",
    });
}
