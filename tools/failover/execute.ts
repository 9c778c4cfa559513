import { isDone, type StepName, stepsOf } from "./journal";
import type { Context } from "./steps/context";
import { capacity } from "./steps/capacity";
import { databases } from "./steps/databases";
import { fence } from "./steps/fence";
import { copyObjects } from "./steps/objects";
import { report } from "./steps/report";
import { rebuild, standby } from "./steps/standby";
import { switchTraffic } from "./steps/switch";
import { verify } from "./steps/verify";

/**
 * Runs the steps that the journal doesn't list as done.
 *
 * @throws Error of the step that failed. Its journal is kept
 */
export async function execute(context: Context): Promise<void> {
    const { journal } = context.run;
    await inStep(context, "standby", standby);
    // Also in a run that is complete except for the fence.
    if (journal.fence.status !== "done" || !isDone(journal, "fence")) await inStep(context, "fence", fence);
    // The new region is ready when all of these are done. The promotion or the start of many tasks takes longest.
    const beside = await Promise.allSettled([
        inStep(context, "capacity", capacity),
        // The promotion can't be undone, so everything that can fail comes before it.
        inStep(context, "objects", copyObjects).then(() => inStep(context, "databases", databases)),
    ]);
    for (const result of beside) if (result.status === "rejected") throw result.reason;
    await inStep(context, "verify", verify);
    await inStep(context, "switch", switchTraffic);
    await inStep(context, "rebuild", rebuild);
    await inStep(context, "report", report);
}

async function inStep(context: Context, step: StepName, work: (context: Context) => Promise<void>): Promise<void> {
    const { run, notify } = context;
    const steps = stepsOf(run.journal);
    if (!steps.includes(step)) return;
    const wasDone = isDone(run.journal, step);
    if (wasDone && step !== "fence") return;
    const title = `[${steps.indexOf(step) + 1}/${steps.length}] ${step}`;
    notify(title);
    await run.guard();
    if (!wasDone) await run.start(step);
    await work(context);
    // If the step is repeated, its duration is still that of the first time.
    if (!wasDone) await run.end(step);
    notify(`${title}: done${wasDone ? "" : ` in ${Math.round(run.journal.steps[step]?.seconds ?? 0)} s`}`);
}
