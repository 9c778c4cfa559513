import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { type Monitored, Observability } from "../components";
import { CONTAINER_INSIGHTS, DEFAULTS as CLUSTER_DEFAULTS } from "../components/fargate-cluster/args";
import { DEFAULTS } from "../components/observability";
import type { Check } from "../components/building-blocks/arguments";
import { MOST_EMAILS } from "../components/observability/spending";
import { shortHash } from "../components/building-blocks/names";
import type { PlatformConfig } from "./config";
import { consistent } from "./config/checks";
import { distinct, email, text } from "./config/values";
import type { Platform } from "./context";
import { DATABASES, PROJECT } from "./names";
import { answersNothing, consumesWork, standbyCountOf, type StackService } from "./services";

export const observabilitySection = z
    .strictObject({
        alertEmails: distinct(email())
            .meta({ examples: [["alert-one@example.org", "alert-two@example.org", "alert.two@example.org"]] })
            .default([])
            .describe("Recipients of alarm notifications. Each recipient must confirm the subscription once."),
        pagingWebhooks: distinct(text(/^https:\/\/\S+$/, "an HTTPS URL").meta({ sensitive: true }))
            .meta({
                sensitive: true,
                examples: [["https://pager.example.org/one", "https://pager.example.org/two", "https://pager.example.org/six"]],
            })
            .default([])
            .describe("HTTPS endpoints of incident services, which receive the composite alarm. Set them as secrets."),
        thresholds: z
            .record(z.string(), z.number())
            .meta({ examples: [{ "database.cpu": 83177, "api.cpu": 84177, "documents.cpu": 86177 }] })
            .default({})
            .describe("Alarm thresholds that differ from the defaults, by component and alarm: { database.cpu: 90 }."),
        dashboard: z.boolean().default(DEFAULTS.dashboard).describe("Creates a dashboard with the alarms and the metrics behind them."),
        // An argument of the cluster.
        containerInsights: z
            .enum(CONTAINER_INSIGHTS)
            .default(CLUSTER_DEFAULTS.containerInsights)
            .describe(
                "CloudWatch Container Insights: metrics of tasks and containers (enhanced), of the cluster and its services (enabled), or none (disabled). AWS bills each metric.",
            ),
        budget: z
            .strictObject({ limitAmount: z.number().positive().meta({ unit: "USD a month" }).describe("Monthly limit.") })
            .optional()
            .describe("Monthly budget of the environment. Default: none."),
        costAnomalies: z
            .strictObject({ minimumUsd: z.number().positive().meta({ unit: "USD" }).default(50).describe("Smallest anomaly to report.") })
            .optional()
            .describe("Cost anomaly detection per service. An account can have only one. Default: none."),
    })
    .prefault({})
    .superRefine(consistent(checkBudget));

interface ObservabilityParts {
    services: StackService[];
    /** Components with alarms, in the order of the dashboard. Systems that are off are skipped. */
    monitored: (Monitored | undefined)[];
}

export function createObservability(platform: Platform, { services, monitored }: ObservabilityParts): Observability {
    const { config, data, environment, region, names, opts } = platform;
    const { alertEmails, pagingWebhooks, budget, thresholds, dashboard, costAnomalies } = config.observability;
    if (alertEmails.length + pagingWebhooks.length === 0) {
        void pulumi.log.warn("observability.alertEmails and observability.pagingWebhooks are empty: alarms notify no one.");
    }
    const components = monitored.filter((component) => component !== undefined);
    return new Observability(
        "observability",
        {
            thresholds,
            dashboard,
            costAnomalies,
            environment: names.prefix,
            region,
            monitored: components,
            muted: consumesWork(config) ? [] : existing(components, ["events.work-age"]),
            switched: switchedAlarms(platform, components),
            kmsKeyArn: data.keys.alerts,
            regionalKeyArns: regionalKeysOf(platform),
            alertEmails,
            // The address is secret, so the name is a hash of it.
            pagingWebhooks: Object.fromEntries(pagingWebhooks.map((url) => [shortHash(url), pulumi.secret(url)])),
            tracing: tracingOf(config, services),
            budget: budget && { ...budget, emails: alertEmails, tag: { key: "Environment", value: environment } },
        },
        opts,
    );
}

/** Keys for the alarms in other regions: those of CloudFront, and those on replication. */
function regionalKeysOf({ data: { keys }, region }: Platform): Record<string, pulumi.Output<string>> {
    return {
        ...(keys.usEast1 && region !== "us-east-1" ? { "us-east-1": keys.usEast1.alerts } : {}),
        ...(keys.recovery ? { [keys.recovery.region]: keys.recovery.alerts } : {}),
    };
}

/** The keys of those alarms that exist. Systems can be off. */
function existing(components: Monitored[], keys: string[]): string[] {
    const all = new Set(components.flatMap(({ logicalName, alarms }) => alarms.map(({ name }) => `${logicalName}.${name}`)));
    return keys.filter((key) => all.has(key));
}

/**
 * Alarms of a pair of stacks that only make sense in one role, by role. In a passive stack, those on missing tasks and on the errors that follow from
 * having none, and on the 503 that the failover path returns; in an active one, those on the lag of its database.
 */
export function alarmsByRole(config: PlatformConfig, components: Monitored[]): Record<"active" | "standby", string[]> {
    if (config.role === "primary" && !config.recovery) return { active: [], standby: [] };
    const withoutTasks = Object.entries(config.services).filter(([, service]) => standbyCountOf(config.role, service) === 0);
    const active = [
        ...withoutTasks.map(([name]) => `${name}.running-tasks`),
        ...(config.domain || answersNothing(config) ? ["gateway.5xx"] : []),
        ...(answersNothing(config) ? ["gateway.keep-warm", "services-alb.errors"] : []),
    ];
    const standby = config.role === "dr" ? DATABASES.flatMap((name) => [`${name}.replica-lag`, `${name}.replication-stopped`]) : [];
    return { active: existing(components, active), standby: existing(components, standby) };
}

function switchedAlarms({ config, data }: Platform, components: Monitored[]): Record<string, boolean> {
    const { active, standby } = alarmsByRole(config, components);
    return Object.fromEntries([
        ...active.map((key) => [key, !data.isStandby] as const),
        ...standby.map((key) => [key, data.isStandby] as const),
    ]);
}

/** One sampling rule for all services, and one group of their traces. */
function tracingOf(config: PlatformConfig, services: StackService[]) {
    const traced = services.filter(({ name }) => config.services[name]?.tracing).map(({ component }) => component.containerName);
    const [first] = traced;
    if (first === undefined) return undefined;
    const filterExpression = traced.map((name) => `service("${name}")`).join(" OR ");
    return { serviceName: traced.length === 1 ? first : `${PROJECT}-*`, filterExpression };
}

function checkBudget(check: Check, { budget, alertEmails }: { budget?: object; alertEmails: string[] }): void {
    const isAllowed = budget === undefined || alertEmails.length <= MOST_EMAILS;
    check(
        isAllowed,
        "alertEmails",
        `must be ${MOST_EMAILS} or fewer with observability.budget: AWS Budgets notifies at most ${MOST_EMAILS} addresses`,
    );
}
