/** Time windows of AWS in UTC: daily (`03:00-04:00`) for backups, weekly (`Sun:04:00-Sun:05:00`) for maintenance. Pure functions. */

/** Minutes since the start of the day or week. `end` can be in the next day or week. */
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

/** Parses `03:00-04:00`. Returns undefined for other formats. A window can extend past midnight. */
export function parseDailyWindow(text: string): Window | undefined {
    const [, fromHour, fromMinute, toHour, toMinute] = DAILY.exec(text) ?? [];
    if (toMinute === undefined) return undefined;
    return within(minutes(fromHour, fromMinute), minutes(toHour, toMinute), DAY);
}

/** Parses `Sun:04:00-Sun:05:00`, case-insensitively. Returns undefined for other formats. A window can extend past Sunday. */
export function parseWeeklyWindow(text: string): Window | undefined {
    const [, fromDay = "", fromHour, fromMinute, toDay = "", toHour, toMinute] = WEEKLY.exec(text) ?? [];
    if (toMinute === undefined) return undefined;
    const on = (day: string) => DAYS.indexOf(day.toLowerCase()) * DAY;
    return within(on(fromDay) + minutes(fromHour, fromMinute), on(toDay) + minutes(toHour, toMinute), WEEK);
}

/** True if a daily and a weekly window overlap on any day. */
export function overlap(daily: Window, weekly: Window): boolean {
    // The window of the day before can extend into the week, and the weekly window into the week after.
    for (let day = -1; day <= DAYS.length * 2; day++) {
        if (daily.start + day * DAY < weekly.end && weekly.start < daily.end + day * DAY) return true;
    }
    return false;
}

/**
 * Problems of a pair of windows that AWS would reject: the names of the arguments and what is allowed.
 *
 * @param shortest minimum length in minutes: 30 for RDS and DocumentDB, 60 for ElastiCache
 */
export function windowProblems(
    daily: { argument: string; window: string },
    weekly: { argument: string; window: string },
    shortest: number,
): [argument: string, allowed: string][] {
    const day = parseDailyWindow(daily.window);
    const week = parseWeeklyWindow(weekly.window);
    const isLongEnough = (window: Window | undefined) => window !== undefined && window.end - window.start >= shortest;
    const problems: [string, string][] = [];
    if (!isLongEnough(day)) problems.push([daily.argument, `must be like 03:00-04:00 (UTC) and ${shortest} minutes or longer`]);
    if (!isLongEnough(week)) problems.push([weekly.argument, `must be like Sun:04:00-Sun:05:00 (UTC) and ${shortest} minutes or longer`]);
    if (day && week && overlap(day, week)) problems.push([weekly.argument, `must not overlap ${daily.argument} (${daily.window})`]);
    return problems;
}

const minutes = (hour = "", minute = ""): number => Number(hour) * 60 + Number(minute);

const within = (start: number, end: number, span: number): Window => ({ start, end: end > start ? end : end + span });
