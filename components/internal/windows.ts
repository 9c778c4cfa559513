/** AWS's time windows, in UTC: daily `03:00-04:00` for backups, weekly `Sun:04:00-Sun:05:00` for maintenance. Pure functions. */

/** A window within a day or a week, in minutes from its beginning. `end` may be past the day's or the week's own end. */
export interface Window {
    start: number;
    end: number;
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY = 24 * 60;
const WEEK = 7 * DAY;
const TIME = "([01]\\d|2[0-3]):([0-5]\\d)";
const DAILY = new RegExp(`^${TIME}-${TIME}$`);
const WEEKLY = new RegExp(`^(${DAYS.join("|")}):${TIME}-(${DAYS.join("|")}):${TIME}$`, "i");

/** Reads `03:00-04:00`; undefined for anything else. A window may go past midnight. */
export function parseDailyWindow(text: string): Window | undefined {
    const [, fromHour, fromMinute, toHour, toMinute] = DAILY.exec(text) ?? [];
    if (toMinute === undefined) return undefined;
    return within(minutes(fromHour, fromMinute), minutes(toHour, toMinute), DAY);
}

/** Reads `Sun:04:00-Sun:05:00`, in any case; undefined for anything else. A window may go past the end of Sunday. */
export function parseWeeklyWindow(text: string): Window | undefined {
    const [, fromDay = "", fromHour, fromMinute, toDay = "", toHour, toMinute] = WEEKLY.exec(text) ?? [];
    if (toMinute === undefined) return undefined;
    const on = (day: string) => DAYS.indexOf(day.toLowerCase()) * DAY;
    return within(on(fromDay) + minutes(fromHour, fromMinute), on(toDay) + minutes(toHour, toMinute), WEEK);
}

/** True where a daily and a weekly window share a minute on any day. */
export function overlap(daily: Window, weekly: Window): boolean {
    // From the day before the week, whose window may go past midnight, to the end of the week after it, into which the weekly may go.
    for (let day = -1; day <= DAYS.length * 2; day++) {
        if (daily.start + day * DAY < weekly.end && weekly.start < daily.end + day * DAY) return true;
    }
    return false;
}

/**
 * What is wrong with a pair of windows, as AWS sees it: a list of the argument's name and what is allowed.
 *
 * @param shortest minutes that each window must have: 30 for RDS and DocumentDB, 60 for ElastiCache
 */
export function windowProblems(
    daily: { argument: string; window: string },
    weekly: { argument: string; window: string },
    shortest: number,
): [argument: string, allowed: string][] {
    const day = parseDailyWindow(daily.window);
    const week = parseWeeklyWindow(weekly.window);
    const long = (window: Window | undefined) => window !== undefined && window.end - window.start >= shortest;
    const problems: [string, string][] = [];
    if (!long(day)) problems.push([daily.argument, `must be like 03:00-04:00 (UTC) and ${shortest} minutes or longer`]);
    if (!long(week)) problems.push([weekly.argument, `must be like Sun:04:00-Sun:05:00 (UTC) and ${shortest} minutes or longer`]);
    if (day && week && overlap(day, week)) problems.push([weekly.argument, `must not overlap ${daily.argument} (${daily.window})`]);
    return problems;
}

const minutes = (hour = "", minute = ""): number => Number(hour) * 60 + Number(minute);

const within = (start: number, end: number, span: number): Window => ({ start, end: end > start ? end : end + span });
