import type * as pulumi from "@pulumi/pulumi";

/** Definition of a CloudWatch alarm. `Observability` creates the alarm. */
export interface AlarmDefinition {
    /** Short, stable, and unique in the component, such as `cpu`. The alarm is named `<component>-<name>`; its key is `<component>.<name>`. */
    name: string;
    /** What the alarm means and what the on-call engineer should do first. */
    description: string;
    /** `page`: included in the composite alarm of the environment, which pages. `ticket`: handled during working hours. */
    severity: "page" | "ticket";
    namespace: string;
    metricName: string;
    dimensions: Record<string, pulumi.Input<string>>;
    /** `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or a percentile such as `p99`. */
    statistic: string;
    /** Length of a period in seconds. @default 60 */
    period?: number;
    /** Number of consecutive periods that must breach the threshold. @default 3 */
    periods?: number;
    comparison: "above" | "below";
    /** Threshold in the unit of the metric. `ObservabilityArgs.thresholds` overrides it. */
    threshold: number;
    /** How to treat missing data. @default "notBreaching" */
    missingData?: "notBreaching" | "breaching" | "ignore" | "missing";
    /** Metric of the same namespace and dimensions to divide by. The alarm then compares a percentage, such as an error rate. @default none */
    rateOf?: string;
    /**
     * Metric of the same namespace and dimensions. Both metrics together are the whole, such as hits and misses. The alarm then compares a
     * percentage of the whole, such as a hit rate. @default none
     */
    complement?: string;
    /**
     * With `rateOf` or `complement`: minimum value of the whole in a period. Below it, the rate counts as healthy, so that one error in three
     * requests doesn't page. @default 20 for a `Sum`, otherwise 1
     */
    minimumWhole?: number;
    /** Region of the metric. CloudFront and Route 53 metrics are in us-east-1. @default the region of the stack */
    region?: string;
}

/** A metric that the dashboard shows without an alarm. */
export interface MetricGraph {
    title: string;
    namespace: string;
    metricName: string;
    dimensions: Record<string, pulumi.Input<string>>;
    /** As in `AlarmDefinition`. */
    statistic: string;
    /** Length of a period in seconds. @default 60 */
    period?: number;
}

/** A component that defines alarms. */
export interface Monitored {
    readonly logicalName: string;
    /** Heading of its dashboard row. */
    readonly title: string;
    readonly alarms: AlarmDefinition[];
    /** Metrics that the dashboard shows after the alarms. @default none */
    readonly graphs?: MetricGraph[];
}
