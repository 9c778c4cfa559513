import { isObject } from "../../components/internal/unknown";
import type { Json } from "./configuration";
import type { RecordedVariant } from "./recording";

/** A short description of a change. Values are included only if they matter. */
export function labelOf({ key, path = key, from, to, base, note }: RecordedVariant): string {
    const whole = path === key ? "" : `\`${path}\` `;
    return `${whole}${change(from, to)}${base === "dr" ? ", in dr" : ""}${note === undefined ? "" : `${note.startsWith("by ") ? "" : ","} ${note}`}`;
}

function change(from: Json, to: Json): string {
    if (to === null) return "removed";
    if (from === null) return "set";
    if (typeof from === "number" && typeof to === "number")
        return to > from ? "increased" : `decreased${to < 2 ? ` to ${String(to)}` : ""}`;
    if (typeof from === "boolean" || isChoice(from)) return `${shown(from)} → ${shown(to)}`;
    if (Array.isArray(from) && Array.isArray(to)) return entries(from, to);
    if (isObject(from) && isObject(to)) return "entries changed";
    return "changed";
}

const isChoice = (value: Json): boolean => typeof value === "string" && /^([a-z][\w-]{0,15}|\d+(\.\d+)?)$/i.test(value);
const shown = (value: Json): string => `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;

function entries(from: Json[], to: Json[]): string {
    const [before, after] = [from, to].map((list) => new Set(list.map((item) => JSON.stringify(item))));
    const isAdded = [...(after ?? [])].some((item) => !before?.has(item));
    const isRemoved = [...(before ?? [])].some((item) => !after?.has(item));
    if (isAdded && isRemoved) return "entries changed";
    return isAdded ? "entry added" : "entry removed";
}
