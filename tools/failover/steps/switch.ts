/** Moves the traffic to the new region. */
import { lineOf } from "../errors";
import { ExitError } from "../../command";
import { minutes, performAll, type Stages } from "../actions";
import { isoTime } from "../journal";
import { alarms, failoverSwitch } from "../roles";
import type { Context, Scene } from "./context";
import { answers } from "./verify";

type Known = Pick<Scene, "to" | "httpStatus">;

export const switchStages = (scene: Known): Stages => [
    failoverSwitch(scene.to, "active"),
    scene.to.description.switch ? answers(scene, "failoverUrl", minutes(5)) : [],
];

/** After the switch. */
export const afterStages = (scene: Known): Stages => [alarms(scene.to, "active"), answers(scene, "sharedHealthUrl", minutes(5))];

export async function switchTraffic(context: Context): Promise<void> {
    const { run, clock, performer } = context;
    await performAll(switchStages(context), performer);
    await run.save((journal) => {
        journal.switchedAt ??= isoTime(clock.now());
    });
    try {
        await performAll(afterStages(context), performer);
    } catch (error) {
        if (error instanceof ExitError) throw error;
        // The traffic has moved, so this must not look like a failed failover.
        await run.save(({ warnings }) => void warnings.push(lineOf(error)));
    }
}
