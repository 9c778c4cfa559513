import { effectsOf } from "./condense";
import type { Predicted } from "./group";
import { changesOf, effectOf, type RecordedVariant } from "./recording";

/** The changes in the offline plan at the time of the recording, as `OPERATION TYPE NAME`. */
function plannedEffects(recorded: RecordedVariant): Set<string> {
    const { planLacks = [], planAdds = [] } = recorded;
    const shown = changesOf(recorded).map(effectOf);
    return new Set([...shown.filter((it) => !planLacks.includes(it)), ...planAdds]);
}

/** Why a recorded change is out of date: the differences between the offline plan and the recording. */
export function driftOf(recorded: RecordedVariant | undefined, { variant, ...prediction }: Predicted): string[] {
    if (!recorded) return ["isn't recorded"];
    const before = plannedEffects(recorded);
    const now = new Set(effectsOf(prediction));
    return [
        ...[...now].filter((it) => !before.has(it)).map((it) => `new: ${it}`),
        ...[...before].filter((it) => !now.has(it)).map((it) => `no longer: ${it}`),
        ...(factsOf(recorded) === factsOf({ ...variant, ...prediction }) ? [] : ["other values, refusals, or settings of other stacks"]),
    ];
}

type Facts = Pick<RecordedVariant, "from" | "refused" | "others" | "with">;
const factsOf = ({ from, refused, others, with: beside = {} }: Facts): string => JSON.stringify([from, refused, others, beside]);
