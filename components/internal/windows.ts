/** Time windows of AWS in UTC: daily (`03:00-04:00`) for backups, weekly (`sun:04:00-sun:05:00`) for maintenance. Pure functions. */
import type { Check } from "../building-blocks/arguments";

/** Minutes since the start of the day or week. `end` can be in the next day or week. */
export interface Window {
    start: number;
    end: number;
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY = 24 * 60;
const WEEK = 7 * DAY;
const TIME = "([01]\\d|2[0-3]):([0-5]\\d)";
export const DAILY_WINDOW = new RegExp(`^${TIME}-${TIME}$`);
// Without the flag i, which a JSON Schema can't express.
const ANY_DAY = `(${DAYS.map((day) => day.replace(/./g, (letter) => `[${letter}${letter.toUpperCase()}]`)).join("|")})`;
export const WEEKLY_WINDOW = new RegExp(`^${ANY_DAY}:${TIME}-${ANY_DAY}:${TIME}$`);

/** Parses `03:00-04:00`. Returns undefined for other formats. A window can extend past midnight. */
export function parseDailyWindow(text: string): Window | undefined {
    const [, fromHour, fromMinute, toHour, toMinute] = DAILY_WINDOW.exec(text) ?? [];
    if (toMinute === undefined) return undefined;
    return within(minutes(fromHour, fromMinute), minutes(toHour, toMinute), DAY);
}

/** Parses `sun:04:00-sun:05:00`, case-insensitively. Returns undefined for other formats. A window can extend past Sunday. */
export function parseWeeklyWindow(text: string): Window | undefined {
    const [, fromDay = "", fromHour, fromMinute, toDay = "", toHour, toMinute] = WEEKLY_WINDOW.exec(text) ?? [];
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

/** A daily window for backups or snapshots, and the weekly maintenance window. */
export type Windows = { maintenanceWindow: string } & ({ backupWindow: string } | { snapshotWindow: string });

/**
 * Checks a pair of windows, by the names of the arguments.
 *
 * @param shortest minimum length in minutes: 30 for RDS and DocumentDB, 60 for ElastiCache
 */
export function checkWindowPair(check: Check, windows: Windows, shortest: number): void {
    const [argument, daily] =
        "backupWindow" in windows ? ["backupWindow", windows.backupWindow] : ["snapshotWindow", windows.snapshotWindow];
    const day = parseDailyWindow(daily);
    const week = parseWeeklyWindow(windows.maintenanceWindow);
    const isLongEnough = (window: Window | undefined) => window !== undefined && window.end - window.start >= shortest;
    check(isLongEnough(day), argument, `must be like 03:00-04:00 (UTC) and ${shortest} minutes or longer`);
    check(isLongEnough(week), "maintenanceWindow", `must be like sun:04:00-sun:05:00 (UTC) and ${shortest} minutes or longer`);
    check(!day || !week || !overlap(day, week), "maintenanceWindow", `must not overlap ${argument} (${daily})`);
}

const minutes = (hour = "", minute = ""): number => Number(hour) * 60 + Number(minute);

const within = (start: number, end: number, span: number): Window => ({ start, end: end > start ? end : end + span });
