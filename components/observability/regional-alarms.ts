import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { nameFor } from "../building-blocks/names";
import type { Each, PartFactory } from "../building-blocks/parts";
import { alarmArgs, type ResolvedAlarm } from "./alarms";
import { anyOf, metricAlarmName, plannedRules } from "./composite-alarms";
import { alertTopic, type TopicParts } from "./topic";

/** Topics, subscriptions, and alarms of all regions, by logical name. */
export interface RegionalAlarmParts extends TopicParts {
    subscriptions?: Each<typeof aws.sns.TopicSubscription>;
    alarms: Each<typeof aws.cloudwatch.MetricAlarm>;
    compositeAlarms?: Each<typeof aws.cloudwatch.CompositeAlarm>;
}

export interface RegionalAlarmsArgs {
    /** Prefix of the logical names of topics and composite alarms. */
    name: string;
    /** Prefix of the physical names of alarms. */
    environment: string;
    /** Region of the alarms, if it's not the region of the stack. */
    region?: string;
    kmsKeyArn: pulumi.Input<string>;
    alarms: ResolvedAlarm[];
    alertEmails: string[];
    /** By name. */
    pagingWebhooks: Record<string, pulumi.Input<string>>;
    suppressor?: aws.types.input.cloudwatch.CompositeAlarmActionsSuppressor;
}

/**
 * The alarms of one region with their topics. An alarm can only notify a topic of its own region, and a composite alarm can only refer to
 * alarms of its own region.
 */
export class RegionalAlarms {
    /** Topic for all alarms. */
    readonly alertsTopicArn: pulumi.Output<string>;
    readonly alarms: aws.cloudwatch.MetricAlarm[];
    /** Composite alarm of the environment in this region. Undefined if no alarm pages. */
    readonly composite?: aws.cloudwatch.CompositeAlarm;
    private pages?: pulumi.Output<string>;

    constructor(
        private readonly parent: pulumi.Resource,
        private readonly parts: PartFactory<RegionalAlarmParts>,
        private readonly args: RegionalAlarmsArgs,
    ) {
        const { name, region, kmsKeyArn } = args;
        this.alertsTopicArn = alertTopic(parent, `${name}-alerts`, { region, kmsKeyArn, costs: region === undefined }, parts);
        for (const email of args.alertEmails) this.subscribeEmail(email);
        this.alarms = args.alarms.map((alarm) => this.createAlarm(alarm));
        this.composite = this.createComposites();
    }

    /** Topic for the composite alarm of the environment only. Created with its first use: a region without alarms that page needs none. */
    pagesTopic(): pulumi.Output<string> {
        return (this.pages ??= this.createPagesTopic());
    }

    private createPagesTopic(): pulumi.Output<string> {
        const { name, region, kmsKeyArn, pagingWebhooks } = this.args;
        const topicArn = alertTopic(this.parent, `${name}-pages`, { region, kmsKeyArn }, this.parts);
        for (const [webhook, url] of Object.entries(pagingWebhooks)) this.subscribeWebhook(topicArn, webhook, url);
        return topicArn;
    }

    private subscribeEmail(email: string): void {
        this.subscribe(`${this.args.name}-alerts-to-${nameFor(email)}`, {
            topic: this.alertsTopicArn,
            protocol: "email",
            endpoint: email,
        });
    }

    private subscribeWebhook(topic: pulumi.Output<string>, webhook: string, url: pulumi.Input<string>): void {
        this.subscribe(`${this.args.name}-pages-to-${webhook}`, {
            topic,
            protocol: "https",
            endpoint: pulumi.secret(url),
            endpointAutoConfirms: true,
        });
    }

    private subscribe(name: string, args: aws.sns.TopicSubscriptionArgs): void {
        this.parts.createEach("subscriptions", name, aws.sns.TopicSubscription, name, { region: this.args.region, ...args });
    }

    private createAlarm(alarm: ResolvedAlarm): aws.cloudwatch.MetricAlarm {
        const pages = alarm.switched && alarm.severity === "page";
        const actions = [this.alertsTopicArn, ...(pages ? [this.pagesTopic()] : [])];
        return this.parts.createEach("alarms", alarm.alarmName, aws.cloudwatch.MetricAlarm, alarm.alarmName, {
            ...alarmArgs(alarm),
            name: metricAlarmName(this.args.environment, alarm),
            region: this.args.region,
            alarmActions: actions,
            okActions: actions,
        });
    }

    private createComposites(): aws.cloudwatch.CompositeAlarm | undefined {
        const { name, environment, region, suppressor } = this.args;
        // Rules use the outputs of the alarms: CloudWatch rejects a rule that refers to an alarm before it exists.
        const names = new Map(this.args.alarms.map((alarm, i) => [metricAlarmName(environment, alarm), this.alarms[i]?.name]));
        let last: aws.cloudwatch.CompositeAlarm | undefined;
        for (const { group, alarmName, children } of plannedRules(environment, this.args.alarms, region)) {
            const alarmRule = pulumi.all(children.map((child) => names.get(child) ?? child)).apply(anyOf);
            const actions = [this.pagesTopic()];
            last = group
                ? this.createComposite(`${name}-composite-${group}`, {
                      alarmName,
                      alarmDescription: `A paging alarm of ${group} in ${environment} is active.`,
                      alarmRule,
                  })
                : this.createComposite(`${name}-composite`, {
                      alarmName,
                      alarmDescription: `Users of ${environment} are affected. See its dashboard for the cause.`,
                      alarmRule,
                      alarmActions: actions,
                      okActions: actions,
                      actionsSuppressor: suppressor,
                  });
            names.set(alarmName, last.alarmName);
        }
        return last;
    }

    private createComposite(name: string, args: aws.cloudwatch.CompositeAlarmArgs): aws.cloudwatch.CompositeAlarm {
        const { region } = this.args;
        return this.parts.createEach("compositeAlarms", name, aws.cloudwatch.CompositeAlarm, name, { region, ...args });
    }
}
