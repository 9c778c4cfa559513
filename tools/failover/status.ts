import { endedRuns } from "./journal";
import type { Table } from "./ports";
import { type Report, reportOf, render } from "./steps/report";
import { type Found, placesOf } from "./steps/preflight";

export interface Status {
    active: string;
    /** ISO time. Null if the roles never changed. */
    since: string | null;
    /** Holder of the lock. Null if no process holds it. */
    holder: string | null;
    /** The current or last run. Null if there was none. */
    run: Report | null;
}

export async function statusOf(table: Table, found: Found, now: number): Promise<Status> {
    const { role, current } = found;
    const journal = current?.journal ?? (await endedRuns(table)).at(-1);
    const { to } = placesOf(found, journal?.direction);
    return {
        active: role.active,
        since: role.since ?? null,
        holder: current && current.leaseUntil > now ? `${current.holder}, since ${current.since}` : null,
        run: journal ? reportOf(journal, to) : null,
    };
}

export function renderStatus({ active, since, holder, run }: Status, found: Found, again: string): string {
    const { to } = placesOf(found, run?.direction);
    const lines = [
        `Active: ${active}${since === null ? "" : `, since ${since}`}`,
        `Running: ${holder ?? "nothing"}`,
        ...(run ? ["", render(run, to, again)] : []),
    ];
    return lines.join("\n");
}
