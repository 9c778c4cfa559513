import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Transform, transformed } from "../building-blocks/transform";
import { alarmArgs, type ResolvedAlarm, anyOf } from "./alarms";
import { alertTopic } from "./topic";

export interface RegionalAlarmsArgs {
    /** `<observability>`, or `<observability>-<region>` away from home: begins the names of topics. */
    name: string;
    /** Begins the physical names of alarms; the composite alarm's name, with the region away from home. */
    environment: string;
    /** Region away from home. */
    region?: string;
    kmsKeyArn: pulumi.Input<string>;
    definitions: ResolvedAlarm[];
    emails: string[];
    pagers: pulumi.Input<string>[];
    suppressor?: aws.types.input.cloudwatch.CompositeAlarmActionsSuppressor;
    transform?: Transform<aws.cloudwatch.MetricAlarmArgs>;
}

/**
 * The alarms of one region with their topics: an alarm can only notify a topic of its own region, and a composite alarm only knows
 * alarms of its own region.
 */
export class RegionalAlarms {
    /** Hears of every alarm. */
    readonly alertsTopicArn: pulumi.Output<string>;
    /** Hears of the composite alarm alone. */
    readonly pagesTopicArn: pulumi.Output<string>;
    readonly alarms: aws.cloudwatch.MetricAlarm[];
    /** Undefined where no definition pages. */
    readonly composite?: aws.cloudwatch.CompositeAlarm;

    constructor(
        private readonly parent: pulumi.Resource,
        private readonly args: RegionalAlarmsArgs,
    ) {
        const { name, region, kmsKeyArn } = args;
        this.alertsTopicArn = alertTopic(parent, `${name}-alerts`, { region, kmsKeyArn, costs: region === undefined });
        this.pagesTopicArn = alertTopic(parent, `${name}-pages`, { region, kmsKeyArn });
        for (const email of args.emails) this.subscribeEmail(email);
        args.pagers.forEach((url, i) => {
            this.subscribePager(url, i);
        });
        this.alarms = args.definitions.map((definition) => this.createAlarm(definition));
        this.composite = this.createComposite();
    }

    private subscribeEmail(email: string): void {
        new aws.sns.TopicSubscription(
            `${this.args.name}-alerts-to-${email.replace(/\W+/g, "-")}`,
            { region: this.args.region, topic: this.alertsTopicArn, protocol: "email", endpoint: email },
            { parent: this.parent },
        );
    }

    private subscribePager(url: pulumi.Input<string>, index: number): void {
        new aws.sns.TopicSubscription(
            `${this.args.name}-pages-to-${index}`,
            // Whoever has the address can raise and resolve incidents: it is a secret.
            {
                region: this.args.region,
                topic: this.pagesTopicArn,
                protocol: "https",
                endpoint: pulumi.secret(url),
                endpointAutoConfirms: true,
            },
            { parent: this.parent },
        );
    }

    private createAlarm(definition: ResolvedAlarm): aws.cloudwatch.MetricAlarm {
        const actions = [this.alertsTopicArn];
        return new aws.cloudwatch.MetricAlarm(
            definition.alarmName,
            transformed(this.args.transform, {
                ...alarmArgs(definition),
                name: `${this.args.environment}-${definition.alarmName}`,
                region: this.args.region,
                alarmActions: actions,
                okActions: actions,
            }),
            { parent: this.parent },
        );
    }

    private createComposite(): aws.cloudwatch.CompositeAlarm | undefined {
        const { name, environment, region, definitions } = this.args;
        const paging = this.alarms.filter((_, i) => pages(definitions[i]));
        if (paging.length === 0) return undefined;
        const actions = [this.pagesTopicArn];
        return new aws.cloudwatch.CompositeAlarm(
            `${name}-composite`,
            {
                alarmName: compositeName(environment, region),
                region,
                alarmDescription: `Something that users notice is wrong in ${environment}: see its dashboard for what.`,
                // The names of the alarms themselves: CloudWatch refuses a rule that names an alarm before it exists.
                alarmRule: pulumi.all(paging.map((alarm) => alarm.name)).apply(anyOf),
                alarmActions: actions,
                okActions: actions,
                actionsSuppressor: this.args.suppressor,
            },
            { parent: this.parent },
        );
    }
}

const pages = (definition?: ResolvedAlarm): boolean => definition?.severity === "page" && !definition.muted;

export const compositeName = (environment: string, region?: string): string => (region ? `${environment}-${region}` : environment);

/** The rule that a region's composite alarm will have, for checking it before anything is made. */
export function plannedRule(environment: string, definitions: ResolvedAlarm[]): { children: number; rule: string } {
    const paging = definitions.filter(pages);
    return { children: paging.length, rule: anyOf(paging.map(({ alarmName }) => `${environment}-${alarmName}`)) };
}
