import type * as aws from "@pulumi/aws";
import { withDefaults } from "../shared/arguments";
import { type Signal, type Watched } from "../shared/signals";

/** A signal as it is watched: named, and with what configuration says of it. */
export interface AlarmedSignal extends Signal {
    /** `<component>.<signal>`: the key of its threshold. */
    key: string;
    /** `<component>-<signal>`: the alarm's logical name, and its physical one after the environment's. */
    alarmName: string;
    /** The alarm is there to be looked at, and tells nobody. */
    muted: boolean;
}

/** One component's signals: a row of the dashboard. */
export interface Tier {
    title: string;
    signals: AlarmedSignal[];
}

export interface Overrides {
    /** Thresholds by `<component>.<signal>`, in the metric's unit. */
    thresholds?: Record<string, number>;
    /** Components, or signals as `<component>.<signal>`, whose alarms tell nobody. */
    muted?: string[];
}

const DEFAULTS = { thresholds: {}, muted: [] } satisfies Overrides;

/** Seconds that CloudWatch evaluates at most: a day, or a week for periods of an hour and more. */
const LONGEST_WINDOW = 86_400;
const LONGEST_WINDOW_OF_HOURS = 7 * LONGEST_WINDOW;
const STANDARD_STATISTICS = ["Average", "Maximum", "Minimum", "SampleCount", "Sum"];
/** Percentiles, trimmed means and their kin: what goes to `extendedStatistic`. */
const EXTENDED_STATISTIC = /^(p|tm|wm|tc|ts)\d{1,2}(\.\d{1,10})?$|^IQM$/;

export const periodOf = (signal: Signal): number => signal.period ?? 60;
export const periodsOf = (signal: Signal): number => signal.periods ?? 3;
const keyOf = (component: Watched, signal: Signal) => `${component.logicalName}.${signal.name}`;

/** The signals of all components, with configuration's thresholds and mutes. */
export function tiersOf(watched: Watched[], overrides: Overrides): Tier[] {
    const { thresholds, muted } = withDefaults(overrides, DEFAULTS);
    return watched.map((component) => ({
        title: component.title,
        signals: component.signals.map((signal) => {
            const key = keyOf(component, signal);
            return {
                ...signal,
                key,
                alarmName: `${component.logicalName}-${signal.name}`,
                threshold: thresholds[key] ?? signal.threshold,
                muted: muted.includes(component.logicalName) || muted.includes(key),
            };
        }),
    }));
}

/** What is wrong with the signals and with what configuration says of them: pairs of an argument and what is allowed. */
export function signalProblems(watched: Watched[], overrides: Overrides): [argument: string, allowed: string][] {
    const { thresholds, muted } = withDefaults(overrides, DEFAULTS);
    const tiers = tiersOf(watched, {});
    const signals = tiers.flatMap((tier) => tier.signals);
    const known = signals.map(({ key }) => key);
    const components = watched.map(({ logicalName }) => logicalName);
    const unknown = (what: string, key: string, names: string[]): [string, string] => [
        `${what} "${key}"`,
        `is not watched: known are ${[...names].sort().join(", ") || "none"}`,
    ];
    const twice = signals.filter(({ alarmName }, i) => signals.findIndex((other) => other.alarmName === alarmName) < i);
    return [
        ...Object.keys(thresholds)
            .filter((key) => !known.includes(key))
            .map((key) => unknown("thresholds", key, known)),
        ...muted
            .filter((key) => !known.includes(key) && !components.includes(key))
            .map((key) => unknown("muted", key, [...components, ...known])),
        ...twice.map(({ key }): [string, string] => [`watched "${key}"`, "must not have the name of another signal's alarm"]),
        ...signals.flatMap((signal) => problemsOf(signal).map((allowed): [string, string] => [`watched "${signal.key}"`, allowed])),
    ];
}

function problemsOf(signal: AlarmedSignal): string[] {
    const period = periodOf(signal);
    const longest = period >= 3600 ? LONGEST_WINDOW_OF_HOURS : LONGEST_WINDOW;
    const rules: [ok: boolean, allowed: string][] = [
        [/^[a-z0-9]+(-[a-z0-9]+)*$/.test(signal.name), "must have a name of lower-case letters, digits and hyphens"],
        [
            STANDARD_STATISTICS.includes(signal.statistic) || EXTENDED_STATISTIC.test(signal.statistic),
            `must have a statistic such as ${STANDARD_STATISTICS.join(", ")} or p99`,
        ],
        [[10, 20, 30].includes(period) || (period > 0 && period % 60 === 0), "must have a period of 10, 20, 30 or a multiple of 60 s"],
        [
            periodsOf(signal) >= 1 && period * periodsOf(signal) <= longest,
            `must not look back further than ${longest} s (period x periods)`,
        ],
        [signal.description.length <= 1024, "must have a description of at most 1024 characters"],
    ];
    return rules.filter(([ok]) => !ok).map(([, allowed]) => allowed);
}

/** An alarm on a signal, without its actions and its environment. */
export function alarmArgs(signal: AlarmedSignal): aws.cloudwatch.MetricAlarmArgs {
    return {
        alarmDescription: signal.description,
        comparisonOperator: signal.comparison === "above" ? "GreaterThanThreshold" : "LessThanThreshold",
        threshold: signal.threshold,
        evaluationPeriods: periodsOf(signal),
        treatMissingData: signal.missingData ?? "notBreaching",
        actionsEnabled: !signal.muted,
        ...(signal.percentOf === undefined ? oneMetric(signal) : rate(signal, signal.percentOf)),
    };
}

function oneMetric(signal: AlarmedSignal): aws.cloudwatch.MetricAlarmArgs {
    const { namespace, metricName, dimensions, statistic } = signal;
    const metric = { namespace, metricName, dimensions, period: periodOf(signal) };
    if (STANDARD_STATISTICS.includes(statistic)) return { ...metric, statistic };
    // A percentile of a handful of requests says nothing: the alarm keeps its state until there are enough.
    return { ...metric, extendedStatistic: statistic, evaluateLowSampleCountPercentiles: "ignore" };
}

function rate(signal: AlarmedSignal, whole: string): aws.cloudwatch.MetricAlarmArgs {
    const { namespace, dimensions, statistic } = signal;
    const query = (id: string, metricName: string) => ({
        id,
        returnData: false,
        metric: { namespace, metricName, dimensions, period: periodOf(signal), stat: statistic },
    });
    return {
        metricQueries: [
            { id: "rate", expression: rateExpression(signal), label: `${signal.metricName} of ${whole}, %`, returnData: true },
            query("part", signal.metricName),
            query("whole", whole),
        ],
    };
}

/**
 * Metric maths for `part` in percent of `whole`. Error counts are not published while there are none, so a missing part is 0. Below the
 * least whole, the rate is the good end of the scale.
 */
export function rateExpression(signal: Signal): string {
    const least = signal.minimumWhole ?? (signal.statistic === "Sum" ? 20 : 1);
    const good = signal.comparison === "above" ? 0 : 100;
    return `IF(whole >= ${least}, 100 * FILL(part, 0) / whole, ${good})`;
}

/** What CloudWatch takes in one composite alarm. */
export const COMPOSITE_LIMITS = { children: 100, characters: 10_240 };

/** The rule of a composite alarm that goes off when any of the alarms does. */
export function anyOf(alarmNames: string[]): string {
    return alarmNames.map((name) => `ALARM("${name}")`).join(" OR ");
}
