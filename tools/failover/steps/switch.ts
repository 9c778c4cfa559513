/** Moves the traffic to the new region. */
import { lineOf } from "../errors";
import { ExitError } from "../../command";
import { minutes, performAll, type Stages } from "../actions";
import { isoTime, type Journal } from "../journal";
import { alarms, failoverSwitch, limits, type Place, standbyServices } from "../roles";
import type { Context, Scene } from "./context";
import { answers } from "./verify";

type Known = Pick<Scene, "to" | "from" | "httpStatus">;
type Kind = Pick<Journal, "direction" | "planned">;

export const switchStages = (scene: Known): Stages => [
    failoverSwitch(scene.to, "active"),
    scene.to.description.switch ? answers(scene, "failoverUrl", minutes(5)) : [],
];

/** After the switch. */
export const afterStages = (scene: Known, kind: Kind): Stages => [
    alarms(scene.to, "active"),
    // After a failback, they start when their database is a replica (rebuild).
    ...(scene.from && kind.planned && kind.direction === "failover" ? standbyTasks(scene.from) : []),
    answers(scene, "sharedHealthUrl", minutes(5)),
];

/** The tasks of the standby, which a planned run has stopped as well. */
export const standbyTasks = (place: Place): Stages => [limits(place, "passive"), standbyServices(place)];

export async function switchTraffic(context: Context): Promise<void> {
    const { run, clock, performer } = context;
    await performAll(switchStages(context), performer);
    await run.save((journal) => {
        journal.switchedAt ??= isoTime(clock.now());
    });
    try {
        await performAll(afterStages(context, run.journal), performer);
    } catch (error) {
        if (error instanceof ExitError) throw error;
        // The traffic has moved, so this must not look like a failed failover.
        await run.save(({ warnings }) => void warnings.push(lineOf(error)));
    }
}
