import { type Action, type Stages } from "./actions";
import { isDone, type Journal, type StepName } from "./journal";
import type { Scene } from "./steps/context";
import { titleOf } from "./steps/context";
import { capacityStages } from "./steps/capacity";
import { databaseStages } from "./steps/databases";
import { fenceStages } from "./steps/fence";
import { afterStages, switchStages } from "./steps/switch";
import { verifyStages } from "./steps/verify";

export interface PlannedStep {
    step: StepName;
    actions: { text: string; irreversible: boolean; done: boolean }[];
}

/**
 * The actions of the steps that aren't done yet.
 *
 * @param check whether to find out which actions are done already
 */
export async function planOf(scene: Scene, journal: Journal, check: boolean): Promise<PlannedStep[]> {
    const { counts, planned } = journal;
    const all: [StepName, Stages][] = [
        ["fence", fenceStages(scene, planned)],
        ["capacity", capacityStages(scene, counts)],
        ["databases", databaseStages(scene)],
        ["verify", verifyStages(scene, counts)],
        ["switch", [...switchStages(scene), ...afterStages(scene)]],
    ];
    const open = all.filter(([step]) => (step === "fence" ? journal.fence.status !== "done" : !isDone(journal, step)));
    return Promise.all(
        open.map(async ([step, stages]) => ({
            step,
            actions: await Promise.all(
                stages.flat().map(async (action) => ({
                    text: action.text,
                    irreversible: action.irreversible ?? false,
                    done: check && step !== "fence" && (await isSatisfied(action)),
                })),
            ),
        })),
    );
}

const isSatisfied = ({ check }: Action): Promise<boolean> =>
    check().then(
        (state) => state === true,
        () => false,
    );

export function renderPlan({ to, from }: Scene, { planned, drill }: Journal, steps: PlannedStep[], countsFrom?: string): string[] {
    const kind = `${planned ? "Planned failover" : "Failover"}${drill ? " (drill)" : ""}`;
    const place = (step: StepName) => (step === "fence" ? (from?.region.name ?? "the primary region") : to.region.name);
    const source = (step: StepName) => (step === "capacity" && countsFrom !== undefined ? `, based on ${countsFrom}` : "");
    const actions = steps.flatMap(({ step, actions: list }) => [
        `${step} in ${place(step)}${source(step)}${list.length === 0 ? ": nothing to do" : ""}`,
        ...list.map(({ text, irreversible, done }) => `    ${text}${irreversible ? " (can't be undone)" : ""}${done ? " (done)" : ""}`),
    ]);
    return [`${kind} to ${titleOf(to.description)}`, "", ...actions, ""];
}
