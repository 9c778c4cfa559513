/** Makes the old region passive, as far as it responds. */
import { lineOf } from "../errors";
import { type Action, minutes, perform, type Stages } from "../actions";
import { ExitError } from "../../command";
import { isoTime, type Journal } from "../journal";
import { isUnreachable } from "../ports";
import { alarms, failoverSwitch, limits, type Place, stopOtherTasks, stopServices, triggers } from "../roles";
import { type Context, type Scene, titleOf } from "./context";

/** How long an unplanned failover waits for the tasks of a region that responds. A planned one waits longer. */
const PATIENCE = 60_000;

export function fenceStages({ from }: Pick<Scene, "from">, planned: boolean): Stages {
    if (!from) return [];
    const timeout = planned ? minutes(15) : PATIENCE;
    return [
        // Nothing starts new tasks while the running ones stop.
        [...failoverSwitch(from, "passive"), ...triggers(from, "passive"), ...limits(from, "passive")],
        [...stopServices(from, timeout), stopOtherTasks(from, timeout)],
        alarms(from, "passive"),
    ];
}

/**
 * Records in the table that the other region is active, and makes the old one passive.
 *
 * @throws Error if the run is planned and the old region isn't passive
 */
export async function fence(context: Context): Promise<void> {
    const { run, to, from, notify, clock, table } = context;
    const { id, planned } = run.journal;
    // From now on, updates of the old region's stack start nothing.
    if ((await table.get("role"))?.run !== id)
        await run.save(() => undefined, [{ put: { id: "role", active: to.description.role, since: isoTime(clock.now()), run: id } }]);
    const problems = from
        ? await makePassive(context, from)
        : ["item stack/primary is missing: update the primary stack when its region is back"];
    const status: Journal["fence"] =
        problems.length === 0 ? { status: "done", doneAt: isoTime(clock.now()) } : { status: "pending", reason: problems.join("; ") };
    await run.save((journal) => {
        journal.fence = status;
    });
    if (status.status === "done") return;
    if (planned) throw new Error(`${from ? titleOf(from.description) : "the primary region"} isn't passive: ${status.reason ?? ""}`);
    notify(`    The fence is pending: ${status.reason ?? ""}`);
}

/** Returns what isn't passive. */
async function makePassive({ run, performer }: Context, from: Place): Promise<string[]> {
    const region = from.region.name;
    const silent = async () => {
        try {
            await from.region.caller();
            return undefined;
        } catch (error) {
            return isUnreachable(error) ? lineOf(error) : undefined;
        }
    };
    const silence = await silent();
    if (silence !== undefined) return [`skipped: region ${region} doesn't respond (${silence})`];
    const problems: string[] = [];
    const state = { isDown: false };
    const attempt = async (action: Action) => {
        if (state.isDown) return;
        try {
            await perform(action, { ...performer, patience: run.journal.planned ? 5 : 1 });
        } catch (error) {
            if (error instanceof ExitError) throw error;
            problems.push(lineOf(error));
            state.isDown ||= isUnreachable(error);
        }
    };
    for (const stage of fenceStages({ from }, run.journal.planned)) {
        const results = await Promise.allSettled(stage.map(attempt));
        for (const result of results) if (result.status === "rejected") throw result.reason;
        if (state.isDown) return [...problems, `skipped the rest: region ${region} doesn't respond`];
    }
    return problems;
}
