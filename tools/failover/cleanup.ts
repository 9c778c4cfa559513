/** `--cleanup`: deletes the database instances that replicas have replaced. Failovers and failbacks delete nothing. */
import { type Action, minutes, performAll, type Performer } from "./actions";
import type { Region } from "./ports";
import type { Place } from "./roles";
import type { Found } from "./steps/preflight";
import { replicasOf } from "./steps/standby";
import { isRetired } from "./names";

export interface Retired {
    place: Place;
    /** Where it can have replicas. */
    other: Region;
    identifier: string;
    /** Name of the final snapshot. */
    snapshot: string;
}

/** The replaced instances of both regions. */
export async function retiredIn({ failover: { to, from } }: Pick<Found, "failover">): Promise<Retired[]> {
    const places = from ? [from, to] : [to];
    const found = places.flatMap((place) =>
        place.description.databases.map(async (database) =>
            (await place.region.databases())
                .filter((name) => isRetired(name, database.identifier))
                .map((identifier) => ({
                    ...{ place, other: places.find((it) => it !== place)?.region ?? place.region, identifier },
                    snapshot: `${identifier}-final`,
                })),
        ),
    );
    return (await Promise.all(found)).flat();
}

const deletion = ({ place: { region }, other, identifier, snapshot }: Retired): Action => ({
    text: `Delete ${identifier} in ${region.name} with the final snapshot ${snapshot}`,
    irreversible: true,
    timeout: minutes(30),
    check: async () => {
        const state = await region.database(identifier);
        return state === undefined || state.status === "deleting" || state.status;
    },
    act: async () => {
        const replicas = await replicasOf(await region.database(identifier), region, other);
        if (replicas.length > 0) throw new Error(`it has replicas: ${replicas.join(", ")}`);
        await region.deleteDatabase(identifier, snapshot);
    },
});

export const describeDeletions = (retired: Retired[]): string[] => retired.map((it) => `    ${deletion(it).text} (can't be undone)`);

export const deleteRetired = (retired: Retired[], performer: Performer): Promise<void> => performAll([retired.map(deletion)], performer);
