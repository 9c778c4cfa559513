import type { ResolvedAlarm } from "./alarms";

/** Limits of CloudWatch for one composite alarm. */
export const COMPOSITE_LIMITS = { children: 100, characters: 10_240 };
const LONGEST_NAME = 255;

/** A composite alarm to create. */
export interface CompositeRule {
    /** Ends the logical name. Undefined for the composite alarm of the environment. */
    group?: string;
    alarmName: string;
    /** Names of the metric alarms or composite alarms in the rule. */
    children: string[];
}

/** Region of the alarms, if it's not the region of the stack. */
type Region = string | undefined;

/** Rule of a composite alarm that is active while any of the alarms is. */
export function anyOf(alarmNames: string[]): string {
    return alarmNames.map((name) => `ALARM("${name}")`).join(" OR ");
}

export const metricAlarmName = (environment: string, alarm: ResolvedAlarm): string => `${environment}-${alarm.alarmName}`;

/**
 * The composite alarms of a region, children before parents. The last one is the composite alarm of the environment. If it can't refer to
 * all `page` alarms directly, it refers to one group per component. Groups that exceed a limit are split (`-2`, `-3`). If there are still
 * too many groups, composite alarms named `level-2-1`, `level-2-2`, and so on combine them.
 */
export function plannedRules(environment: string, alarms: ResolvedAlarm[], region?: Region): CompositeRule[] {
    const paging = alarms.filter(({ severity, muted, switched }) => severity === "page" && !muted && !switched);
    if (paging.length === 0) return [];
    const alarmName = region ? `${environment}-${region}` : environment;
    const rule = (group: string, children: string[]) => ({ group, alarmName: `${alarmName}-${group}`, children });
    let children = paging.map((alarm) => metricAlarmName(environment, alarm));
    const groups: CompositeRule[] = [];
    for (let level = 1; !fitsOneRule(children); level++) {
        const combined =
            level === 1
                ? byComponent(environment, paging).map(({ group, names }) => rule(group, names))
                : inRules(children).map((names, i) => rule(`level-${level}-${i + 1}`, names));
        groups.push(...combined);
        children = combined.map((group) => group.alarmName);
    }
    return [...groups, { alarmName, children }];
}

/** Alarm names that CloudWatch would reject, or that two alarms of the region would share. */
export function nameProblems(environment: string, alarms: ResolvedAlarm[], region?: Region): string[] {
    const tooLong = (names: string[]) =>
        names
            .filter((name) => name.length > LONGEST_NAME)
            .map((name) => `must not have an alarm name over ${LONGEST_NAME} characters: ${name}`);
    const metricAlarms = alarms.map((alarm) => metricAlarmName(environment, alarm));
    const problems = tooLong(metricAlarms);
    if (problems.length > 0) return problems;
    const composites = plannedRules(environment, alarms, region).map(({ alarmName }) => alarmName);
    const used = new Set(metricAlarms);
    const shared = composites.filter((name) => used.size === used.add(name).size);
    return [...tooLong(composites), ...shared.map((name) => `must not have an alarm with the name of the composite alarm ${name}`)];
}

function fitsOneRule(names: string[]): boolean {
    return names.length <= COMPOSITE_LIMITS.children && anyOf(names).length <= COMPOSITE_LIMITS.characters;
}

/** The names in as few rules as their order allows. */
function inRules(names: string[]): string[][] {
    const rules: string[][] = [];
    for (const name of names) {
        const last = rules.at(-1);
        if (last && fitsOneRule([...last, name])) last.push(name);
        else rules.push([name]);
    }
    return rules;
}

function byComponent(environment: string, alarms: ResolvedAlarm[]): { group: string; names: string[] }[] {
    const components = [...new Set(alarms.map(({ component }) => component))];
    return components.flatMap((component) => {
        const names = alarms.filter((alarm) => alarm.component === component).map((alarm) => metricAlarmName(environment, alarm));
        return inRules(names).map((chunk, i) => ({ group: `group-${component}${i === 0 ? "" : `-${i + 1}`}`, names: chunk }));
    });
}
