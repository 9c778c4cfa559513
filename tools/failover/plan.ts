import { type Action, type Stages } from "./actions";
import { isDone, type Journal, kindOf, type StepName, stepsOf } from "./journal";
import type { Scene } from "./steps/context";
import { titleOf } from "./steps/context";
import { capacityStages } from "./steps/capacity";
import { databaseStages } from "./steps/databases";
import { fenceStages } from "./steps/fence";
import { objectStages } from "./steps/objects";
import { standbyStages } from "./steps/standby";
import { afterStages, switchStages } from "./steps/switch";
import { verifyStages } from "./steps/verify";

export interface PlannedStep {
    step: StepName;
    actions: { text: string; irreversible: boolean; done: boolean }[];
}

/**
 * The actions of the steps that aren't done yet.
 *
 * @param check whether to find out which actions are already done
 */
export async function planOf(scene: Scene, journal: Journal, check: boolean): Promise<PlannedStep[]> {
    const { counts, planned } = journal;
    const { to, from } = scene;
    const stages: Partial<Record<StepName, Stages>> = {
        standby: from ? standbyStages(to, from, journal) : [],
        fence: fenceStages(scene, planned),
        objects: objectStages(scene, { since: Date.parse(journal.objectsSince) }),
        capacity: capacityStages(scene, counts),
        databases: databaseStages(scene),
        verify: verifyStages(scene, counts),
        switch: [...switchStages(scene), ...afterStages(scene)],
        rebuild: from ? standbyStages(from, to, journal) : [],
    };
    const open = stepsOf(journal)
        .flatMap((step) => (stages[step] ? [[step, stages[step]] as const] : []))
        .filter(([step]) => (step === "fence" ? journal.fence.status !== "done" : !isDone(journal, step)));
    return Promise.all(
        open.map(async ([step, stages]) => ({
            step,
            actions: await Promise.all(
                stages.flat().map(async (action) => ({
                    text: action.text,
                    irreversible: action.irreversible ?? false,
                    done: check && !UNCHECKED.includes(step) && (await isSatisfied(action)),
                })),
            ),
        })),
    );
}

/** Steps of the old region, which may be down, and those whose actions depend on earlier ones. */
const UNCHECKED: StepName[] = ["fence", "rebuild"];

const isSatisfied = ({ check }: Action): Promise<boolean> =>
    check().then(
        (state) => state === true,
        () => false,
    );

export function renderPlan({ to, from }: Scene, journal: Journal, steps: PlannedStep[], countsFrom?: string): string[] {
    const kind = kindOf(journal);
    const isOld = (step: StepName) => step === "fence" || step === "rebuild";
    const place = (step: StepName) => (isOld(step) ? (from?.region.name ?? "the primary region") : to.region.name);
    const source = (step: StepName) => (step === "capacity" && countsFrom !== undefined ? `, based on ${countsFrom}` : "");
    const actions = steps.flatMap(({ step, actions: list }) => [
        `${step} in ${place(step)}${source(step)}${list.length === 0 ? ": nothing to do" : ""}`,
        ...list.map(({ text, irreversible, done }) => `    ${text}${irreversible ? " (can't be undone)" : ""}${done ? " (done)" : ""}`),
    ]);
    return [`${kind.charAt(0).toUpperCase()}${kind.slice(1)} to ${titleOf(to.description)}`, "", ...actions, ""];
}
