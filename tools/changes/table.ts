import effects from "./effects.json";
import replacing from "./replacing.json";
import type { Condition } from "./conditions";
import type { Loss } from "./types";

/** The losses if a resource of a type is deleted. */
export interface Effect {
    loses: Loss[];
    text: string;
    /** How to recover, or the supported procedure for the change. */
    recover: string;
}

export interface TypeEffect extends Effect {
    /** Readable name of the resource type. */
    title: string;
    /** The effect of a deletion, if it differs from that of a replacement. */
    delete?: Effect;
    sources: string[];
}

/** The effect of updating certain properties in place. */
export interface UpdateEffect {
    type: string;
    properties: string[];
    kind: "restart" | "data" | "protection";
    /** Only if the value changes like this. */
    change?: string;
    text: string;
    interruption: string;
    loses?: Loss[];
    sources: string[];
}

/** A change that the preview accepts and AWS rejects. */
export interface Rejection {
    type: string;
    operation: "update" | "replace" | "delete";
    when: Condition;
    /** `depends`: on facts that aren't in the preview. */
    certainty: "always" | "depends";
    text: string;
    procedure: string;
    sources: string[];
}

export interface Effects {
    /** Day on which the table was last revised. */
    written: string;
    /** URLs of the sources, by the names that the entries use. */
    sources: Record<string, string>;
    types: Record<string, TypeEffect>;
    /** Types that can be deleted and replaced without any loss. A type that is in neither list is unknown. */
    holdsNothing: string[];
    updates: UpdateEffect[];
    rejections: Rejection[];
}

/** Which input properties force a replacement, per type. */
export interface Replacing {
    replaces: string[];
    /** Of these, the properties that AWS keeps when the program stops setting them. */
    unsetIsKept?: string[];
    /** Inputs for which it isn't known whether they force a replacement. */
    unknown?: string[];
}

export const EFFECTS = effects as unknown as Effects;
export const REPLACING: Record<string, Replacing | undefined> = replacing.types;

const holdsNothing = new Set(EFFECTS.holdsNothing);
export const isHarmlessType = (type: string): boolean => holdsNothing.has(type);

/** The URLs of an entry's sources. */
export const addressesOf = (sources: readonly string[]): string[] => sources.map((name) => EFFECTS.sources[name] ?? name);
