import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type AlarmRow, dashboardBody } from "./dashboard";
import { type ResolvedAlarm, COMPOSITE_LIMITS, alarmProblems, type Tier, tiersOf } from "./alarms";
import { compositeName, plannedRule, RegionalAlarms } from "./regional-alarms";
import { budget, type BudgetArgs, costAnomalies, type CostAnomalyArgs } from "./spending";
import { checkTracing, checkTransactionSearch, tracing, type TracingArgs, transactionSearch, type TransactionSearchArgs } from "./tracing";
import { type Check, checked, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { type Monitored } from "../building-blocks/alarms";
import { type Transform, transformed } from "../building-blocks/transform";

export type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
export type { BudgetArgs, CostAnomalyArgs, TracingArgs, TransactionSearchArgs };

export interface ObservabilityArgs {
    /** Begins the names of alarms, and names the composite alarm, the dashboard and the X-Ray group; at most 32 characters: `ai-platform-prod`. */
    environment: string;
    /** Region of the stack. Signals that name another one get their alarms there. */
    region: string;
    /** What is monitored: the dashboard shows it in this order, most important first. */
    monitored: Monitored[];
    /** Key of the alerts' topics; its policy lets in `cloudwatch`, `budgets` and `costalerts`. */
    kmsKeyArn: pulumi.Input<string>;
    /** Keys for the topics in other regions, by region: needed for each region that a definition names. @default none */
    regionalKeyArns?: Record<string, pulumi.Input<string>>;
    /** Thresholds by `<component>.<definition>`, in the metric's unit. @default those of the components */
    thresholds?: Record<string, number>;
    /**
     * Components, or definitions as `<component>.<definition>`, whose alarms are made and shown but tell nobody: in a standby what runs no task
     * must not page. Not for definitions of other regions, which a failover must not need. @default none
     */
    muted?: string[];
    /** Addresses that hear of every alarm, of the budget and of cost anomalies; each confirms once by a link in an email. @default none */
    emails?: string[];
    /** HTTPS addresses of incident services (PagerDuty, Opsgenie) that hear of the composite alarm only; kept secret. @default none */
    pagers?: pulumi.Input<string>[];
    /**
     * An alarm of the stack's region that keeps the composite alarm quiet while it is on, such as one for maintenance. Seconds to wait for it
     * before paging, and to stay quiet after it. @default none; 60 s and 60 s
     */
    suppressor?: { alarm: pulumi.Input<string>; waitSeconds?: number; extensionSeconds?: number };
    /** X-Ray group and sampling of one service. @default none */
    tracing?: TracingArgs;
    /** Transaction Search, a setting of the account and region. @default off */
    transactionSearch?: TransactionSearchArgs;
    /** Monthly budget. @default none */
    budget?: BudgetArgs;
    /** Notices of unusual cost. @default none */
    costAnomalies?: CostAnomalyArgs;
    transform?: {
        alarm?: Transform<aws.cloudwatch.MetricAlarmArgs>;
        dashboard?: Transform<aws.cloudwatch.DashboardArgs>;
        budget?: Transform<aws.budgets.BudgetArgs>;
    };
}

const DEFAULTS = { emails: [], pagers: [] } satisfies Partial<ObservabilityArgs>;
type Resolved = WithDefaults<ObservabilityArgs, typeof DEFAULTS>;

/**
 * What tells people that something is wrong, and shows them what: an alarm for each definition of the components, one composite alarm that pages,
 * a dashboard, traces, and the budget. It knows no metric itself: the components say what is to be monitored.
 *
 * Two topics per region: `alerts` hears of every alarm going off and back, `pages` of the composite alarm alone. The composite alarm is
 * on while any `page` definition is; definitions of another region (CloudFront's are in us-east-1) have their alarms, topics and composite alarm
 * there, since CloudWatch joins nothing across regions. Costs 0.10 USD a month per alarm (0.20 for a rate), 0.50 per composite alarm and
 * 3 for the dashboard. It refuses thresholds and mutes of what is not monitored, and more page definitions than a composite alarm takes.
 */
export class Observability extends pulumi.ComponentResource {
    readonly logicalName: string;
    /** Hears of every alarm of the stack's region, of the budget and of cost anomalies. */
    readonly alertsTopicArn: pulumi.Output<string>;
    /** Hears of the composite alarm of the stack's region. */
    readonly pagesTopicArn: pulumi.Output<string>;
    /** The environment's composite alarm. Undefined where no definition of the stack's region pages. */
    readonly compositeAlarmArn?: pulumi.Output<string>;
    readonly dashboardName: pulumi.Output<string>;
    /** Physical names of the alarms by `<component>.<definition>`. */
    readonly alarmNames: Record<string, pulumi.Output<string>>;

    constructor(name: string, given: ObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:Observability", name, validated(name, args), opts);
        this.logicalName = name;
        const tiers = tiersOf(args.monitored, args);
        const home = this.createAlarms(args, tiers, args.region);
        const regions = new Map([[args.region, home]]);
        for (const region of otherRegions(args, tiers)) regions.set(region, this.createAlarms(args, tiers, region));
        this.alertsTopicArn = home.alertsTopicArn;
        this.pagesTopicArn = home.pagesTopicArn;
        this.compositeAlarmArn = home.composite?.arn;
        this.alarmNames = namesOf(args, tiers, regions);
        this.dashboardName = this.createDashboard(args, tiers, regions).dashboardName;
        if (args.tracing) tracing(this, name, args.environment, args.tracing);
        if (args.transactionSearch) transactionSearch(this, name, args.transactionSearch);
        this.watchSpending(args);
        this.registerOutputs({ alertsTopicArn: this.alertsTopicArn, pagesTopicArn: this.pagesTopicArn, dashboardName: this.dashboardName });
    }

    private createAlarms(args: Resolved, tiers: Tier[], region: string): RegionalAlarms {
        const { emails, pagers, suppressor } = args;
        const atHome = region === args.region;
        return new RegionalAlarms(this, {
            name: atHome ? this.logicalName : `${this.logicalName}-${region}`,
            environment: args.environment,
            region: atHome ? undefined : region,
            // Checked: there is a key for each region.
            kmsKeyArn: atHome ? args.kmsKeyArn : (args.regionalKeyArns?.[region] ?? ""),
            definitions: alarmsOf(args, tiers, region),
            emails,
            pagers,
            suppressor: atHome && suppressor ? suppressorArgs(suppressor) : undefined,
            transform: args.transform?.alarm,
        });
    }

    private createDashboard(args: ObservabilityArgs, tiers: Tier[], regions: Map<string, RegionalAlarms>): aws.cloudwatch.Dashboard {
        const { environment, region } = args;
        const alarms = [...regions].map(([place, { alarms, composite }]): AlarmRow => {
            return { title: `Alarms in ${place}`, arns: [...(composite ? [composite] : []), ...alarms].map(({ arn }) => arn) };
        });
        const dashboardArgs = {
            dashboardName: environment,
            dashboardBody: pulumi.jsonStringify(dashboardBody({ environment, region, alarms, tiers })),
        };
        return new aws.cloudwatch.Dashboard(`${this.logicalName}-dashboard`, transformed(args.transform?.dashboard, dashboardArgs), {
            parent: this,
        });
    }

    private watchSpending({ environment, budget: spending, costAnomalies: anomalies, transform }: ObservabilityArgs): void {
        const topicArn = this.alertsTopicArn;
        if (spending) budget(this, `${this.logicalName}-budget`, environment, { ...spending, topicArn, transform: transform?.budget });
        if (anomalies) costAnomalies(this, this.logicalName, { ...anomalies, topicArn });
    }
}

type RegionOf = Pick<ObservabilityArgs, "region">;

const alarmsOf = (args: RegionOf, tiers: Tier[], region: string): ResolvedAlarm[] =>
    tiers.flatMap(({ definitions }) => definitions).filter((definition) => (definition.region ?? args.region) === region);

function otherRegions(args: RegionOf, tiers: Tier[]): string[] {
    const regions = tiers.flatMap(({ definitions }) => definitions).map(({ region }) => region ?? args.region);
    return [...new Set(regions)].filter((region) => region !== args.region).sort();
}

function namesOf(args: RegionOf, tiers: Tier[], regions: Map<string, RegionalAlarms>): Record<string, pulumi.Output<string>> {
    const names = [...regions].flatMap(([region, { alarms }]) => {
        const definitions = alarmsOf(args, tiers, region);
        return alarms.map((alarm, i): [string, pulumi.Output<string>] => [definitions[i]?.key ?? "", alarm.name]);
    });
    return Object.fromEntries(names);
}

function suppressorArgs({ alarm, waitSeconds = 60, extensionSeconds = 60 }: NonNullable<ObservabilityArgs["suppressor"]>) {
    return { alarm, waitPeriod: waitSeconds, extensionPeriod: extensionSeconds };
}

function validated(name: string, args: Resolved) {
    return checked("Observability", name, args, (check) => {
        const { environment, budget: spending, costAnomalies: anomalies, tracing: traces } = args;
        // X-Ray's names of groups and rules are the shortest.
        check(/^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/.test(environment), "environment", "must be 1 to 32 letters, digits and hyphens");
        for (const [argument, allowed] of alarmProblems(args.monitored, args)) check(false, argument, allowed);
        checkRegions(args, check);
        for (const email of args.emails) check(/^\S+@\S+\.\S+$/.test(email), `emails "${email}"`, "must be an email address");
        for (const url of args.pagers) check(typeof url !== "string" || url.startsWith("https://"), "pagers", "must begin with https://");
        if (traces) checkTracing(check, traces);
        if (args.transactionSearch) checkTransactionSearch(check, args.transactionSearch);
        if (spending) check(spending.limitUsd > 0, "budget.limitUsd", "must be above 0 USD");
        check((spending?.emails?.length ?? 0) <= 10, "budget.emails", "must be at most 10");
        if (anomalies) check(anomalies.minimumUsd > 0, "costAnomalies.minimumUsd", "must be above 0 USD");
    });
}

function checkRegions(args: ObservabilityArgs, check: Check): void {
    const tiers = tiersOf(args.monitored, args);
    const others = otherRegions(args, tiers);
    for (const region of others) {
        const key = args.regionalKeyArns?.[region];
        check(key !== undefined, `regionalKeyArns["${region}"]`, "must be given: some definitions are of that region");
    }
    for (const { key, muted, region } of others.flatMap((region) => alarmsOf(args, tiers, region))) {
        check(!muted, `muted "${key}"`, `must not name a definition of ${region ?? ""}: a failover must not need that region`);
    }
    for (const region of [args.region, ...others]) {
        const { children, rule } = plannedRule(args.environment, alarmsOf(args, tiers, region));
        const composite = compositeName(args.environment, region === args.region ? undefined : region);
        const { children: most, characters } = COMPOSITE_LIMITS;
        check(
            children <= most,
            "monitored",
            `must have at most ${most} page definitions in ${region} for the composite alarm ${composite}`,
        );
        check(rule.length <= characters, "monitored", `must fit a rule of ${characters} characters for the composite alarm ${composite}`);
    }
}
