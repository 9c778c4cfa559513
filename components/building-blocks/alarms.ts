import type * as pulumi from "@pulumi/pulumi";

/** A metric that a component wants watched, and when it is bad. `Observability` makes an alarm of each. */
export interface AlarmDefinition {
    /** Short, stable and unique in its component: `cpu`, `free-storage`. The alarm is `<component>-<name>`, its threshold's key too. */
    name: string;
    /** What it means and what to do first, for the person on call. */
    description: string;
    /** `page`: part of the environment's composite alarm; `ticket`: can wait for the morning. */
    severity: "page" | "ticket";
    namespace: string;
    metricName: string;
    dimensions: Record<string, pulumi.Input<string>>;
    /** `Average`, `Sum`, `Minimum`, `Maximum`, or a percentile such as `p99`. */
    statistic: string;
    /** Seconds in one period. @default 60 */
    period?: number;
    /** Periods that must be bad before the alarm goes off. @default 3 */
    periods?: number;
    comparison: "above" | "below";
    /** In the metric's unit; configuration may override it. */
    threshold: number;
    /** What no data means. @default "notBreaching" */
    missingData?: "notBreaching" | "breaching" | "ignore" | "missing";
    /** Divides the metric by another of the same dimensions and namespace, in percent: error rates. @default none */
    rateOf?: string;
    /**
     * With `rateOf`: its least value in a period for the rate to count, so that one error among three requests wakes nobody.
     * @default 20 for a `Sum`, otherwise 1
     */
    minimumWhole?: number;
    /** Region of the metric where it is not the stack's: CloudFront's and Route 53's are in us-east-1. */
    region?: string;
}

/** A component that says what of it is to be watched. */
export interface Monitored {
    readonly logicalName: string;
    /** The heading of its row on the dashboard. */
    readonly title: string;
    readonly alarms: AlarmDefinition[];
}
