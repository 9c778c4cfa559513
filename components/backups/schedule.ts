/** Times at which AWS Backup starts jobs, and at which databases reject them. Pure functions. */
import { overlap, type Window } from "../internal/windows";

/** Minutes within which a job starts, AWS's minimum. A job that hasn't started by then expires. */
export const START_MINUTES = 60;
/**
 * Databases reject backups in their maintenance window and in the hour before it (AWS Backup Developer Guide, "Backup plan options and
 * configuration"). RDS also rejects them in its backup window and in the hour before it
 * (https://repost.aws/knowledge-center/backup-coordinates-pitr).
 */
const REFUSED_BEFORE_MINUTES = 60;

const HOUR = 60;
const DAY = 24 * HOUR;
const CRON = /^cron\((\S+) (\S+) \S+ \S+ \S+ \S+\)$/;

/** The times of day at which jobs of a schedule start, in minutes, in order. Empty for a schedule that isn't valid. */
export function startTimes(schedule: string): number[] {
    const [, minutes = "", hours = ""] = CRON.exec(schedule) ?? [];
    const times = valuesOf(hours, 23).flatMap((hour) => valuesOf(minutes, 59).map((minute) => hour * HOUR + minute));
    return times.sort((a, b) => a - b);
}

/** The values of a cron field: `*`, `1,13,19`, `1-5`, `1/6`, or combinations of them. */
function valuesOf(field: string, last: number): number[] {
    const values = field.split(",").flatMap((part) => {
        const [, from = "", to, step] = /^(\*|\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(part) ?? [];
        if (from === "") return [];
        const first = from === "*" ? 0 : Number(from);
        const end = to === undefined ? (from === "*" || step !== undefined ? last : first) : Number(to);
        const by = Number(step ?? 1);
        return by > 0 ? Array.from({ length: Math.floor((end - first) / by) + 1 }, (_, i) => first + i * by) : [];
    });
    return [...new Set(values)].filter((value) => value <= last);
}

/** Whether a job that starts at one of these times can overlap a daily or weekly window in which the database rejects backups. */
export const meets = (starts: number[], { start, end }: Window): boolean =>
    starts.some((time) => overlap({ start: time, end: time + START_MINUTES }, { start: start - REFUSED_BEFORE_MINUTES, end }));

/** The spans of a day in which windows overlap no job: `03:00 to 07:00`. */
export function freeSpans(starts: number[]): string[] {
    const spans = starts.map((time, i) => [time + START_MINUTES + REFUSED_BEFORE_MINUTES, starts[i + 1] ?? (starts[0] ?? 0) + DAY]);
    return spans.filter(([from = 0, to = 0]) => from < to).map(([from = 0, to = 0]) => `${timeText(from)} to ${timeText(to)}`);
}

/** `07:00`, from minutes. */
export function timeText(minutes: number): string {
    const twoDigits = (number: number) => String(number).padStart(2, "0");
    return `${twoDigits(Math.floor(minutes / HOUR) % 24)}:${twoDigits(minutes % HOUR)}`;
}
