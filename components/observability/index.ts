import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type AlarmStatus, dashboardBody } from "./dashboard";
import { type ResolvedAlarm, alarmProblems, type ComponentAlarms, resolveAlarms } from "./alarms";
import { nameProblems } from "./composite-alarms";
import { type RegionalAlarmParts, RegionalAlarms } from "./regional-alarms";
import { budget, type BudgetArgs, costAnomalies, type CostAnomalyArgs, MOST_EMAILS, type SpendingParts } from "./spending";
import {
    checkTracing,
    checkTransactionSearch,
    tracing,
    type TracingArgs,
    type TracingParts,
    transactionSearch,
    type TransactionSearchArgs,
} from "./tracing";
import { type Check, checked, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { type Monitored } from "../building-blocks/alarms";
import { type Nodes, PartFactory, type Transforms } from "../building-blocks/parts";

export type { AlarmDefinition, MetricGraph, Monitored } from "../building-blocks/alarms";
export type { BudgetArgs, CostAnomalyArgs, TracingArgs, TransactionSearchArgs };

export interface ObservabilityArgs {
    /** Name of the composite alarm, the dashboard, and the X-Ray group, and prefix of alarm names. 1 to 32 letters, digits, and hyphens. */
    environment: string;
    /** Region of the stack. Alarms with another `region` are created in that region. */
    region: string;
    /** Components to monitor, most important first. The dashboard shows them in this order. */
    monitored: Monitored[];
    /** ARN of the KMS key of the topics. The key policy must allow `cloudwatch`, `budgets`, and `costalerts`. */
    kmsKeyArn: pulumi.Input<string>;
    /** ARNs of the KMS keys of the topics in other regions, by region. Required for each other region that has alarms. @default none */
    regionalKeyArns?: Record<string, pulumi.Input<string>>;
    /** Thresholds by `<component>.<alarm>`, in the metric's unit. @default those of the components */
    thresholds?: Record<string, number>;
    /**
     * Components, or alarms as `<component>.<alarm>`, that send no notifications, such as those of a service without tasks in a standby
     * stack. Alarms of other regions can't be muted, because a failover must not depend on those regions. @default none
     */
    muted?: string[];
    /**
     * Alarms as `<component>.<alarm>` whose notifications depend on whether the stack is active: `true` if they're on now. They don't belong to the
     * composite alarm, but notify its topic directly if their severity is `page`. A failover therefore only enables or disables their actions.
     * @default none
     */
    switched?: Record<string, boolean>;
    /** Email addresses for all alarms, budget alerts, and cost anomalies. Recipients must confirm the subscription. @default none */
    alertEmails?: string[];
    /**
     * HTTPS endpoints of incident management services (PagerDuty, Opsgenie) for the composite alarm, by a name of lower-case letters, digits,
     * and hyphens. The name identifies the subscription; the address is stored as a secret. @default none
     */
    pagingWebhooks?: Record<string, pulumi.Input<string>>;
    /** Alarm that suppresses notifications of the composite alarm while it's active, such as a maintenance alarm. @default none */
    suppressor?: {
        /** Name or ARN of an alarm in the region of the stack. */
        alarm: pulumi.Input<string>;
        /** Seconds to wait for the suppressor before paging. @default 60 */
        waitSeconds?: number;
        /** Seconds to suppress notifications after the suppressor is no longer active. @default 60 */
        extensionSeconds?: number;
    };
    /** Creates a dashboard with the alarms and the metrics behind them. @default true */
    dashboard?: boolean;
    /** X-Ray group and sampling of one service. @default none */
    tracing?: TracingArgs;
    /** Transaction Search, a setting of the account and region. @default off */
    transactionSearch?: TransactionSearchArgs;
    /** Monthly budget. @default none */
    budget?: BudgetArgs;
    /** Alerts for cost anomalies. @default none */
    costAnomalies?: CostAnomalyArgs;
    transform?: Transforms<ObservabilityParts>;
}

export interface ObservabilityParts extends RegionalAlarmParts, SpendingParts, TracingParts {
    dashboard?: typeof aws.cloudwatch.Dashboard;
}

export const DEFAULTS = { alertEmails: [], pagingWebhooks: {}, dashboard: true } satisfies Partial<ObservabilityArgs>;
type Resolved = WithDefaults<ObservabilityArgs, typeof DEFAULTS>;

/**
 * Creates the alarms that the components in `monitored` define, a composite alarm that pages, a dashboard, tracing, and a budget.
 *
 * There are two topics: `alerts` receives all alarm state changes, `pages` only those of the composite alarm. The composite alarm is active
 * while any `page` alarm is. Metrics in another region, such as CloudFront metrics in us-east-1, have their alarms, topics and, if any of
 * them pages, composite alarm in that region, because CloudWatch alarms can't refer to other regions. Costs per month: 0.10 USD per alarm
 * (0.20 for a rate), 0.50 per composite alarm, and 3 for the dashboard. Unknown keys in `thresholds`, `muted`, and
 * `switched` are rejected.
 */
export class Observability extends pulumi.ComponentResource {
    readonly logicalName: string;
    /** Topic for all alarms of the stack's region, budget alerts, and cost anomalies. */
    readonly alertsTopicArn: pulumi.Output<string>;
    /** Topic for the composite alarm of the stack's region. */
    readonly pagesTopicArn: pulumi.Output<string>;
    /** The environment's composite alarm. Undefined if no alarm of the stack's region pages. */
    readonly compositeAlarmArn?: pulumi.Output<string>;
    /** Undefined without `dashboard`. */
    readonly dashboardName?: pulumi.Output<string>;
    /** Physical names of the alarms by `<component>.<alarm>`. */
    readonly alarmNames: Record<string, pulumi.Output<string>>;

    readonly nodes: Nodes<ObservabilityParts>;
    private readonly parts: PartFactory<ObservabilityParts>;

    constructor(name: string, inputs: ObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:Observability", name, validated(name, args), opts);
        this.parts = new PartFactory<ObservabilityParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        const components = resolveAlarms(args.monitored, args);
        const home = this.createAlarms(args, components, args.region);
        const regions = new Map([[args.region, home]]);
        for (const region of otherRegions(args, components)) regions.set(region, this.createAlarms(args, components, region));
        this.alertsTopicArn = home.alertsTopicArn;
        this.pagesTopicArn = home.pagesTopic();
        this.compositeAlarmArn = home.composite?.arn;
        this.alarmNames = namesOf(args, components, regions);
        if (args.dashboard) this.dashboardName = this.createDashboard(args, components, regions).dashboardName;
        if (args.tracing) tracing(this.parts, name, args.environment, args.tracing);
        if (args.transactionSearch) transactionSearch(this, this.parts, name, args.transactionSearch);
        this.createSpendingAlerts(args);
        this.registerOutputs({ alertsTopicArn: this.alertsTopicArn, pagesTopicArn: this.pagesTopicArn, dashboardName: this.dashboardName });
    }

    private createAlarms(args: Resolved, components: ComponentAlarms[], region: string): RegionalAlarms {
        const { alertEmails, pagingWebhooks, suppressor } = args;
        const inStackRegion = region === args.region;
        return new RegionalAlarms(this, this.parts, {
            name: inStackRegion ? this.logicalName : `${this.logicalName}-${region}`,
            environment: args.environment,
            region: inStackRegion ? undefined : region,
            // validated() makes sure that each region has a key.
            kmsKeyArn: inStackRegion ? args.kmsKeyArn : (args.regionalKeyArns?.[region] ?? ""),
            alarms: alarmsOf(args, components, region),
            alertEmails,
            pagingWebhooks,
            suppressor: inStackRegion && suppressor ? suppressorArgs(suppressor) : undefined,
        });
    }

    private createDashboard(
        args: ObservabilityArgs,
        components: ComponentAlarms[],
        regions: Map<string, RegionalAlarms>,
    ): aws.cloudwatch.Dashboard {
        const { environment, region } = args;
        const statuses = [...regions].map(([place, { alarms, composite }]): AlarmStatus => {
            return { title: `Alarms in ${place}`, arns: [...(composite ? [composite] : []), ...alarms].map(({ arn }) => arn) };
        });
        const dashboardArgs = {
            dashboardName: environment,
            dashboardBody: pulumi.jsonStringify(dashboardBody({ environment, region, statuses, components })),
        };
        return this.parts.create("dashboard", aws.cloudwatch.Dashboard, `${this.logicalName}-dashboard`, dashboardArgs);
    }

    private createSpendingAlerts({ environment, budget: spending, costAnomalies: anomalies }: ObservabilityArgs): void {
        const topicArn = this.alertsTopicArn;
        if (spending) budget(this.parts, `${this.logicalName}-budget`, environment, { ...spending, topicArn });
        if (anomalies) costAnomalies(this.parts, this.logicalName, { ...anomalies, topicArn });
    }
}

type StackRegion = Pick<ObservabilityArgs, "region">;

const alarmsOf = (args: StackRegion, components: ComponentAlarms[], region: string): ResolvedAlarm[] =>
    components.flatMap(({ alarms }) => alarms).filter((alarm) => (alarm.region ?? args.region) === region);

function otherRegions(args: StackRegion, components: ComponentAlarms[]): string[] {
    const regions = components.flatMap(({ alarms }) => alarms).map(({ region }) => region ?? args.region);
    return [...new Set(regions)].filter((region) => region !== args.region).sort();
}

function namesOf(
    args: StackRegion,
    components: ComponentAlarms[],
    regions: Map<string, RegionalAlarms>,
): Record<string, pulumi.Output<string>> {
    const names = [...regions].flatMap(([region, { alarms }]) => {
        const keys = alarmsOf(args, components, region).map(({ key }) => key);
        return alarms.map((alarm, i): [string, pulumi.Output<string>] => [keys[i] ?? "", alarm.name]);
    });
    return Object.fromEntries(names);
}

function suppressorArgs({ alarm, waitSeconds = 60, extensionSeconds = 60 }: NonNullable<ObservabilityArgs["suppressor"]>) {
    return { alarm, waitPeriod: waitSeconds, extensionPeriod: extensionSeconds };
}

function validated(name: string, args: Resolved) {
    return checked("Observability", name, args, (check) => {
        const { environment, budget: spending, costAnomalies: anomalies, tracing: traces } = args;
        // The limit is that of X-Ray groups and sampling rules.
        check(/^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/.test(environment), "environment", "must be 1 to 32 letters, digits, and hyphens");
        for (const [argument, allowed] of alarmProblems(args.monitored, args)) check(false, argument, allowed);
        checkRegions(args, check);
        for (const email of args.alertEmails) check(/^\S+@\S+\.\S+$/.test(email), `alertEmails "${email}"`, "must be an email address");
        check(new Set(args.alertEmails).size === args.alertEmails.length, "alertEmails", "must not contain an address twice");
        for (const [webhook, url] of Object.entries(args.pagingWebhooks)) {
            const argument = `pagingWebhooks["${webhook}"]`;
            check(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(webhook), argument, "must have a name of lower-case letters, digits, and hyphens");
            check(typeof url !== "string" || url.startsWith("https://"), argument, "must begin with https://");
        }
        if (traces) checkTracing(check, traces);
        if (args.transactionSearch) checkTransactionSearch(check, args.transactionSearch);
        if (spending) check(spending.limitAmount > 0, "budget.limitAmount", "must be above 0 USD");
        check((spending?.emails?.length ?? 0) <= MOST_EMAILS, "budget.emails", `must be at most ${MOST_EMAILS}`);
        if (anomalies) check(anomalies.minimumUsd > 0, "costAnomalies.minimumUsd", "must be above 0 USD");
    });
}

function checkRegions(args: ObservabilityArgs, check: Check): void {
    const components = resolveAlarms(args.monitored, args);
    const others = otherRegions(args, components);
    for (const region of others) {
        const key = args.regionalKeyArns?.[region];
        check(key !== undefined, `regionalKeyArns["${region}"]`, "must be set: some alarms are in that region");
    }
    for (const { key, muted, switched, region } of others.flatMap((region) => alarmsOf(args, components, region))) {
        const dependsOnRegion = `must not contain an alarm in ${region ?? ""}: a failover must not depend on that region`;
        check(!muted || switched, `muted "${key}"`, dependsOnRegion);
        check(!switched, `switched "${key}"`, dependsOnRegion);
    }
    for (const region of [args.region, ...others]) {
        const alarms = alarmsOf(args, components, region);
        const problems = nameProblems(args.environment, alarms, region === args.region ? undefined : region);
        for (const allowed of problems) check(false, "monitored", allowed);
    }
}
