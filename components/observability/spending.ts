import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Transform, transformed } from "../building-blocks/transform";

export interface BudgetArgs {
    /** USD a month. */
    limitUsd: number;
    /** Who hears of it by email, besides the subscribers of the alerts' topic; at most 10. @default none */
    emails?: string[];
    /**
     * Tag that the environment's resources carry. Billing counts by it only once it is activated as a cost allocation tag (a setting of
     * the paying account, effective a day later). @default `Environment` = the environment
     */
    tag?: { key: string; value: string };
}

export interface CostAnomalyArgs {
    /** Least impact of an anomaly in USD. */
    minimumUsd: number;
    /**
     * ARN of the monitor to listen to. An account has one monitor of all services, and accounts since 2023 were born with it: give its
     * ARN there. @default a new monitor of all services
     */
    monitorArn?: pulumi.Input<string>;
}

/** At 80 and 100 % of the limit as spent, and at 100 % as forecast. */
const NOTIFICATIONS: [kind: "ACTUAL" | "FORECASTED", percent: number][] = [
    ["ACTUAL", 80],
    ["ACTUAL", 100],
    ["FORECASTED", 100],
];

/** A monthly budget of what carries the environment's tag. Free of charge. */
export function budget(
    parent: pulumi.Resource,
    name: string,
    environment: string,
    args: BudgetArgs & { topicArn: pulumi.Output<string>; transform?: Transform<aws.budgets.BudgetArgs> },
): aws.budgets.Budget {
    const { key, value } = args.tag ?? { key: "Environment", value: environment };
    return new aws.budgets.Budget(
        name,
        transformed(args.transform, {
            budgetType: "COST",
            timeUnit: "MONTHLY",
            limitAmount: String(args.limitUsd),
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
        }),
        { parent },
    );
}

/** Sends cost anomalies to a topic as they are found. Free of charge. */
export function costAnomalies(
    parent: pulumi.Resource,
    name: string,
    args: CostAnomalyArgs & { topicArn: pulumi.Output<string> },
): aws.costexplorer.AnomalySubscription {
    const monitorArn = args.monitorArn ?? allServices(parent, name).arn;
    return new aws.costexplorer.AnomalySubscription(
        `${name}-anomalies`,
        {
            // Only immediate notices can go to a topic; daily and weekly ones go by email.
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
        },
        { parent },
    );
}

function allServices(parent: pulumi.Resource, name: string): aws.costexplorer.AnomalyMonitor {
    return new aws.costexplorer.AnomalyMonitor(
        `${name}-anomaly-monitor`,
        { monitorType: "DIMENSIONAL", monitorDimension: "SERVICE" },
        { parent },
    );
}
