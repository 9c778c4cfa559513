/**
 * True in the project's own CI (`.ci/run`), which also checks that the published documentation is complete: every component has a page, every page
 * is linked, and every recipe applies. These checks are skipped in an adapted copy of the project.
 */
export const RELEASE_CHECKS = process.env.RELEASE_CHECKS === "1";

/** A test for the published project only. */
export function inRelease(title: string, test: () => void | Promise<void>): void {
    if (RELEASE_CHECKS) it(title, test);
    else it.skip(title, test);
}
