/** Starts the tasks in the new region, at the same time as the promotion of the databases. */
import { performAll, type Stages } from "../actions";
import { limits, startServices } from "../roles";
import type { Context, Scene } from "./context";

export const capacityStages = ({ to }: Pick<Scene, "to">, counts: Record<string, number>): Stages => [
    limits(to, "active"),
    startServices(to, counts),
];

export const capacity = (context: Context): Promise<void> =>
    performAll(capacityStages(context, context.run.journal.counts), context.performer);
