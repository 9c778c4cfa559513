import type { DatabaseState } from "./ports";

/** In these, RDS accepts changes. After a growth of its storage, an instance is being optimized for hours. */
const READY = ["available", "storage-optimization"];
/** In these, an instance stays until somebody repairs it (Amazon RDS User Guide, "Viewing DB instance status"). */
const BROKEN = /^(failed|incompatible-|inaccessible-|restore-error|storage-full|insufficient-capacity)/;

/**
 * Whether RDS accepts changes of an instance.
 *
 * @throws Error if waiting doesn't help
 */
export function isReady({ status }: Pick<DatabaseState, "status">): boolean {
    if (BROKEN.test(status)) throw new Error(`the instance is ${status}`);
    return READY.includes(status);
}
