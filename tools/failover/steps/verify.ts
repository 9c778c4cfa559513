/** Checks that the new region can serve requests, and starts its consumers and jobs. */
import { type Action, minutes, performAll, type Stages } from "../actions";
import { startServices, triggers } from "../roles";
import type { Context, Scene } from "./context";
import { writable } from "./databases";

type Known = Pick<Scene, "to" | "httpStatus">;

export const verifyStages = (scene: Known, counts: Record<string, number>): Stages => [
    writable(scene.to),
    // Tasks may have stopped while the databases were promoted.
    startServices(scene.to, counts).map((action) => ({ ...action, text: `Check: ${action.text}` })),
    answers(scene, "healthUrl", minutes(5)),
    triggers(scene.to, "active"),
];

/** A request that must get the response 200. */
export function answers({ to, httpStatus }: Known, check: "healthUrl" | "failoverUrl" | "sharedHealthUrl", timeout: number): Action[] {
    const url = to.description.checks?.[check];
    if (url === undefined) return [];
    return [
        {
            text: `Check that ${url} responds with 200`,
            timeout,
            check: async () => {
                const status = await httpStatus(url);
                return status === 200 || (status === undefined ? "no response" : `status ${status}`);
            },
            act: () => Promise.resolve(),
        },
    ];
}

export const verify = (context: Context): Promise<void> => performAll(verifyStages(context, context.run.journal.counts), context.performer);
