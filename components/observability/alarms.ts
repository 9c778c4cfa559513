import type * as aws from "@pulumi/aws";
import { withDefaults } from "../building-blocks/arguments";
import { type AlarmDefinition, type Monitored } from "../building-blocks/alarms";

/** A definition as it is monitored: named, and with what configuration says of it. */
export interface ResolvedAlarm extends AlarmDefinition {
    /** `<component>.<definition>`: the key of its threshold. */
    key: string;
    /** `<component>-<definition>`: the alarm's logical name, and its physical one after the environment's. */
    alarmName: string;
    /** The alarm is there to be looked at, and tells nobody. */
    muted: boolean;
}

/** One component's definitions: a row of the dashboard. */
export interface Tier {
    title: string;
    definitions: ResolvedAlarm[];
}

export interface Overrides {
    /** Thresholds by `<component>.<definition>`, in the metric's unit. */
    thresholds?: Record<string, number>;
    /** Components, or definitions as `<component>.<definition>`, whose alarms tell nobody. */
    muted?: string[];
}

const DEFAULTS = { thresholds: {}, muted: [] } satisfies Overrides;

/** Seconds that CloudWatch evaluates at most: a day, or a week for periods of an hour and more. */
const LONGEST_WINDOW = 86_400;
const LONGEST_WINDOW_OF_HOURS = 7 * LONGEST_WINDOW;
const STANDARD_STATISTICS = ["Average", "Maximum", "Minimum", "SampleCount", "Sum"];
/** Percentiles, trimmed means and their kin: what goes to `extendedStatistic`. */
const EXTENDED_STATISTIC = /^(p|tm|wm|tc|ts)\d{1,2}(\.\d{1,10})?$|^IQM$/;

export const periodOf = (definition: AlarmDefinition): number => definition.period ?? 60;
export const periodsOf = (definition: AlarmDefinition): number => definition.periods ?? 3;
const keyOf = (component: Monitored, definition: AlarmDefinition) => `${component.logicalName}.${definition.name}`;

/** The definitions of all components, with configuration's thresholds and mutes. */
export function tiersOf(monitored: Monitored[], overrides: Overrides): Tier[] {
    const { thresholds, muted } = withDefaults(overrides, DEFAULTS);
    return monitored.map((component) => ({
        title: component.title,
        definitions: component.alarms.map((definition) => {
            const key = keyOf(component, definition);
            return {
                ...definition,
                key,
                alarmName: `${component.logicalName}-${definition.name}`,
                threshold: thresholds[key] ?? definition.threshold,
                muted: muted.includes(component.logicalName) || muted.includes(key),
            };
        }),
    }));
}

/** What is wrong with the definitions and with what configuration says of them: pairs of an argument and what is allowed. */
export function alarmProblems(monitored: Monitored[], overrides: Overrides): [argument: string, allowed: string][] {
    const { thresholds, muted } = withDefaults(overrides, DEFAULTS);
    const tiers = tiersOf(monitored, {});
    const definitions = tiers.flatMap((tier) => tier.definitions);
    const known = definitions.map(({ key }) => key);
    const components = monitored.map(({ logicalName }) => logicalName);
    const unknown = (what: string, key: string, names: string[]): [string, string] => [
        `${what} "${key}"`,
        `is not monitored: known are ${[...names].sort().join(", ") || "none"}`,
    ];
    const twice = definitions.filter(({ alarmName }, i) => definitions.findIndex((other) => other.alarmName === alarmName) < i);
    return [
        ...Object.keys(thresholds)
            .filter((key) => !known.includes(key))
            .map((key) => unknown("thresholds", key, known)),
        ...muted
            .filter((key) => !known.includes(key) && !components.includes(key))
            .map((key) => unknown("muted", key, [...components, ...known])),
        ...twice.map(({ key }): [string, string] => [`monitored "${key}"`, "must not have the name of another definition's alarm"]),
        ...definitions.flatMap((definition) =>
            problemsOf(definition).map((allowed): [string, string] => [`monitored "${definition.key}"`, allowed]),
        ),
    ];
}

function problemsOf(definition: ResolvedAlarm): string[] {
    const period = periodOf(definition);
    const longest = period >= 3600 ? LONGEST_WINDOW_OF_HOURS : LONGEST_WINDOW;
    const rules: [ok: boolean, allowed: string][] = [
        [/^[a-z0-9]+(-[a-z0-9]+)*$/.test(definition.name), "must have a name of lower-case letters, digits and hyphens"],
        [
            STANDARD_STATISTICS.includes(definition.statistic) || EXTENDED_STATISTIC.test(definition.statistic),
            `must have a statistic such as ${STANDARD_STATISTICS.join(", ")} or p99`,
        ],
        [[10, 20, 30].includes(period) || (period > 0 && period % 60 === 0), "must have a period of 10, 20, 30 or a multiple of 60 s"],
        [
            periodsOf(definition) >= 1 && period * periodsOf(definition) <= longest,
            `must not look back further than ${longest} s (period x periods)`,
        ],
        [definition.description.length <= 1024, "must have a description of at most 1024 characters"],
    ];
    return rules.filter(([ok]) => !ok).map(([, allowed]) => allowed);
}

/** An alarm on a definition, without its actions and its environment. */
export function alarmArgs(definition: ResolvedAlarm): aws.cloudwatch.MetricAlarmArgs {
    return {
        alarmDescription: definition.description,
        comparisonOperator: definition.comparison === "above" ? "GreaterThanThreshold" : "LessThanThreshold",
        threshold: definition.threshold,
        evaluationPeriods: periodsOf(definition),
        treatMissingData: definition.missingData ?? "notBreaching",
        actionsEnabled: !definition.muted,
        ...(definition.rateOf === undefined ? oneMetric(definition) : rate(definition, definition.rateOf)),
    };
}

function oneMetric(definition: ResolvedAlarm): aws.cloudwatch.MetricAlarmArgs {
    const { namespace, metricName, dimensions, statistic } = definition;
    const metric = { namespace, metricName, dimensions, period: periodOf(definition) };
    if (STANDARD_STATISTICS.includes(statistic)) return { ...metric, statistic };
    // A percentile of a handful of requests says nothing: the alarm keeps its state until there are enough.
    return { ...metric, extendedStatistic: statistic, evaluateLowSampleCountPercentiles: "ignore" };
}

function rate(definition: ResolvedAlarm, whole: string): aws.cloudwatch.MetricAlarmArgs {
    const { namespace, dimensions, statistic } = definition;
    const query = (id: string, metricName: string) => ({
        id,
        returnData: false,
        metric: { namespace, metricName, dimensions, period: periodOf(definition), stat: statistic },
    });
    return {
        metricQueries: [
            { id: "rate", expression: rateExpression(definition), label: `${definition.metricName} of ${whole}, %`, returnData: true },
            query("part", definition.metricName),
            query("whole", whole),
        ],
    };
}

/**
 * Metric maths for `part` in percent of `whole`. Error counts are not published while there are none, so a missing part is 0. Below the
 * least whole, the rate is the good end of the scale.
 */
export function rateExpression(definition: AlarmDefinition): string {
    const least = definition.minimumWhole ?? (definition.statistic === "Sum" ? 20 : 1);
    const good = definition.comparison === "above" ? 0 : 100;
    return `IF(whole >= ${least}, 100 * FILL(part, 0) / whole, ${good})`;
}

/** What CloudWatch takes in one composite alarm. */
export const COMPOSITE_LIMITS = { children: 100, characters: 10_240 };

/** The rule of a composite alarm that goes off when any of the alarms does. */
export function anyOf(alarmNames: string[]): string {
    return alarmNames.map((name) => `ALARM("${name}")`).join(" OR ");
}
