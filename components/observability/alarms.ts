import type * as aws from "@pulumi/aws";
import { withDefaults } from "../building-blocks/arguments";
import { type AlarmDefinition, type MetricGraph, type Monitored } from "../building-blocks/alarms";

/** An alarm of a component, with its names and the configured threshold. */
export interface ResolvedAlarm extends AlarmDefinition {
    /** Logical name of the component. */
    component: string;
    /** `<component>.<alarm>`, the key in `thresholds` and `muted`. */
    key: string;
    /** `<component>-<alarm>`, the logical name. The physical name is `<environment>-<component>-<alarm>`. */
    alarmName: string;
    /** The alarm sends no notifications. */
    muted: boolean;
    /** The alarm notifies on its own, without the composite alarm. */
    switched: boolean;
}

/** The alarms of one component: a section of the dashboard. */
export interface ComponentAlarms {
    title: string;
    alarms: ResolvedAlarm[];
    graphs: MetricGraph[];
}

export interface Overrides {
    /** Thresholds by `<component>.<alarm>`, in the metric's unit. */
    thresholds?: Record<string, number>;
    /** Components, or alarms as `<component>.<alarm>`, that send no notifications. */
    muted?: string[];
    /** Alarms that notify on their own, as `<component>.<alarm>`: whether they do now. */
    switched?: Record<string, boolean>;
}

const DEFAULTS = { thresholds: {}, muted: [], switched: {} } satisfies Overrides;

/** Longest evaluation window in seconds: one day, or one week for periods of an hour or more. */
const LONGEST_WINDOW = 86_400;
const LONGEST_WINDOW_OF_HOURS = 7 * LONGEST_WINDOW;
const STANDARD_STATISTICS = ["Average", "Maximum", "Minimum", "SampleCount", "Sum"];
/** Percentiles, trimmed means, and similar statistics, which CloudWatch takes as `extendedStatistic`. */
const EXTENDED_STATISTIC = /^(p|tm|wm|tc|ts)\d{1,2}(\.\d{1,10})?$|^IQM$/;

export const periodOf = (alarm: AlarmDefinition): number => alarm.period ?? 60;
const periodsOf = (alarm: AlarmDefinition): number => alarm.periods ?? 3;
const keyOf = (component: Monitored, alarm: AlarmDefinition) => `${component.logicalName}.${alarm.name}`;

/** The alarms of all components, with the configured thresholds and muted alarms. */
export function resolveAlarms(monitored: Monitored[], overrides: Overrides): ComponentAlarms[] {
    const { thresholds, muted, switched } = withDefaults(overrides, DEFAULTS);
    return monitored.map((component) => ({
        title: component.title,
        graphs: component.graphs ?? [],
        alarms: component.alarms.map((alarm) => {
            const key = keyOf(component, alarm);
            return {
                ...alarm,
                component: component.logicalName,
                key,
                alarmName: `${component.logicalName}-${alarm.name}`,
                threshold: thresholds[key] ?? alarm.threshold,
                muted: muted.includes(component.logicalName) || muted.includes(key) || switched[key] === false,
                switched: key in switched,
            };
        }),
    }));
}

/** Problems with the alarms, thresholds, and muted alarms: pairs of the argument and what is allowed. */
export function alarmProblems(monitored: Monitored[], overrides: Overrides): [argument: string, allowed: string][] {
    const { thresholds, muted, switched } = withDefaults(overrides, DEFAULTS);
    const alarms = resolveAlarms(monitored, {}).flatMap((component) => component.alarms);
    const known = alarms.map(({ key }) => key);
    const components = monitored.map(({ logicalName }) => logicalName);
    const unknown = (what: string, key: string, names: string[]): [string, string] => {
        // All alarms together are too many to read.
        const [component = ""] = key.split(".");
        const own = names.filter((name) => name === component || name.startsWith(`${component}.`)).sort();
        const allowed =
            own.length > 0 ? `must be one of ${own.join(", ")}` : `must start with one of ${components.sort().join(", ") || "none"}`;
        return [`${what} "${key}"`, allowed];
    };
    const duplicates = alarms.filter(({ alarmName }, i) => alarms.findIndex((other) => other.alarmName === alarmName) < i);
    return [
        ...Object.keys(thresholds)
            .filter((key) => !known.includes(key))
            .map((key) => unknown("thresholds", key, known)),
        ...Object.keys(switched)
            .filter((key) => !known.includes(key))
            .map((key) => unknown("switched", key, known)),
        ...muted
            .filter((key) => !known.includes(key) && !components.includes(key))
            .map((key) => unknown("muted", key, [...components, ...known])),
        ...duplicates.map(({ key }): [string, string] => [`monitored "${key}"`, "must not have the same name as another alarm"]),
        ...alarms.flatMap((alarm) => problemsOf(alarm).map((allowed): [string, string] => [`monitored "${alarm.key}"`, allowed])),
    ];
}

function problemsOf(alarm: ResolvedAlarm): string[] {
    const period = periodOf(alarm);
    const longest = period >= 3600 ? LONGEST_WINDOW_OF_HOURS : LONGEST_WINDOW;
    const rules: [ok: boolean, allowed: string][] = [
        [/^[a-z0-9]+(-[a-z0-9]+)*$/.test(alarm.name), "must have a name of lower-case letters, digits, and hyphens"],
        [
            STANDARD_STATISTICS.includes(alarm.statistic) || EXTENDED_STATISTIC.test(alarm.statistic),
            `must have a statistic such as ${STANDARD_STATISTICS.join(", ")} or p99`,
        ],
        [[10, 20, 30].includes(period) || (period > 0 && period % 60 === 0), "must have a period of 10, 20, 30, or a multiple of 60 s"],
        [periodsOf(alarm) >= 1 && period * periodsOf(alarm) <= longest, `must not evaluate more than ${longest} s (period x periods)`],
        [alarm.rateOf === undefined || alarm.complement === undefined, "must not have both rateOf and complement"],
        [alarm.description.length <= 1024, "must have a description of at most 1024 characters"],
    ];
    return rules.filter(([ok]) => !ok).map(([, allowed]) => allowed);
}

/** Arguments of the CloudWatch alarm, without name, region, and actions. */
export function alarmArgs(alarm: ResolvedAlarm): aws.cloudwatch.MetricAlarmArgs {
    return {
        alarmDescription: alarm.description,
        comparisonOperator: alarm.comparison === "above" ? "GreaterThanThreshold" : "LessThanThreshold",
        threshold: alarm.threshold,
        evaluationPeriods: periodsOf(alarm),
        treatMissingData: alarm.missingData ?? "notBreaching",
        actionsEnabled: !alarm.muted,
        ...metricsOf(alarm),
    };
}

/** The second metric of a rate, with its ID in the expression, and what the rate is. Undefined for alarms on a single metric. */
export function rateOf({
    metricName,
    rateOf: whole,
    complement,
}: AlarmDefinition): { id: string; metric: string; label: string } | undefined {
    if (complement !== undefined) return { id: "rest", metric: complement, label: `${metricName} of ${metricName} and ${complement}, %` };
    return whole === undefined ? undefined : { id: "whole", metric: whole, label: `${metricName} of ${whole}, %` };
}

function metricsOf(alarm: ResolvedAlarm): aws.cloudwatch.MetricAlarmArgs {
    const { namespace, metricName, dimensions, statistic } = alarm;
    const rate = rateOf(alarm);
    if (rate) {
        const query = (id: string, name: string) => ({
            id,
            returnData: false,
            metric: { namespace, metricName: name, dimensions, period: periodOf(alarm), stat: statistic },
        });
        return {
            metricQueries: [
                { id: "rate", expression: rateExpression(alarm), label: rate.label, returnData: true },
                query("part", metricName),
                query(rate.id, rate.metric),
            ],
        };
    }
    const metric = { namespace, metricName, dimensions, period: periodOf(alarm) };
    if (STANDARD_STATISTICS.includes(statistic)) return { ...metric, statistic };
    // A percentile of a few requests isn't meaningful, so the alarm keeps its state until there are enough.
    return { ...metric, extendedStatistic: statistic, evaluateLowSampleCountPercentiles: "ignore" };
}

/**
 * Metric math expression for `part` as a percentage of the whole. AWS doesn't publish error counts of zero, so a missing part counts as 0.
 * If the whole is below its minimum, the result is a healthy value.
 */
export function rateExpression(alarm: AlarmDefinition): string {
    const whole = alarm.complement === undefined ? "whole" : "(FILL(part, 0) + FILL(rest, 0))";
    const minimum = alarm.minimumWhole ?? (alarm.statistic === "Sum" ? 20 : 1);
    const healthy = alarm.comparison === "above" ? 0 : 100;
    return `IF(${whole} >= ${minimum}, 100 * FILL(part, 0) / ${whole}, ${healthy})`;
}
