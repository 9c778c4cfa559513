/** Names of database instances and clusters while one replaces another. */
import type { Journal } from "./journal";

/** RDS allows 63 characters in an identifier. */
const MAX_LENGTH = 63;

export const shortened = (identifier: string, suffix: string): string =>
    `${identifier.slice(0, MAX_LENGTH - suffix.length).replace(/-+$/, "")}${suffix}`;

/** Name of the new one until it replaces the other: `ai-platform-prod-next`. */
export const nextOf = (identifier: string): string => shortened(identifier, "-next");

/** Name of the old one afterward: `ai-platform-prod-retired-20261201t013000z`. */
export const retiredOf = (identifier: string, { startedAt }: Pick<Journal, "startedAt">): string =>
    shortened(identifier, `-retired-${startedAt.replace(/[-:]|\.\d+/g, "").toLowerCase()}`);

const TIME = "20261201t013000z";

/** What the names of all old ones start with. */
export const retiredPrefix = (identifier: string): string => shortened(identifier, `-retired-${TIME}`).slice(0, -TIME.length);

/** Whether it was replaced by another one. */
export const isRetired = (name: string, identifier: string): boolean =>
    name.startsWith(retiredPrefix(identifier)) && /-retired-\d{8}t\d{6}z$/.test(name);
