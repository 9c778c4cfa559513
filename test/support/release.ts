/**
 * True in the project's own CI (`.ci/run`), which also checks that the published documentation is complete: every component has a page, every page
 * is linked, every recipe applies. A copy that somebody has adapted doesn't have to: these checks are skipped there.
 */
export const RELEASE_CHECKS = process.env.RELEASE_CHECKS === "1";

/** A test for the published project only. */
export function inRelease(title: string, test: () => void | Promise<void>): void {
    if (RELEASE_CHECKS) it(title, test);
    else it.skip(title, test);
}
