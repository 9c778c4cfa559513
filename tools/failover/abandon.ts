/** `--abandon`: what is left of a failback that ends before it's complete. */
import { isReady } from "./instances";
import { endedRuns, type Journal } from "./journal";
import { nextOf, retiredOf } from "./names";
import { isUnreachable, type Table } from "./ports";
import type { Place } from "./roles";

export const ABANDONED = "it was abandoned";

/** Between the two renames, no instance has the name. The new one gets it if it exists, because it has the latest data. */
export async function restoreNames(places: Place[], journal: Journal): Promise<string[]> {
    const renamed: string[] = [];
    for (const { region, description } of places) {
        for (const { identifier } of description.databases) {
            try {
                if (await region.database(identifier)) continue;
                for (const name of [nextOf(identifier), retiredOf(identifier, journal)]) {
                    const state = await region.database(name);
                    if (!state || !isReady(state)) continue;
                    await region.renameDatabase(name, identifier);
                    renamed.push(`${name} to ${identifier}`);
                    break;
                }
            } catch (error) {
                // A failover doesn't need the region that is down.
                if (!isUnreachable(error)) throw error;
            }
        }
    }
    return renamed;
}

/**
 * When the first failback since the last failover started that was abandoned, as ISO time. Its copies of objects can be outdated, although they
 * have a later time.
 */
export async function abandonedSince(table: Table, since = ""): Promise<string | undefined> {
    const runs = await endedRuns(table);
    return runs.find(({ startedAt, warnings }) => startedAt > since && warnings.includes(ABANDONED))?.startedAt;
}
