import { messageOf } from "../../components/internal/unknown";
import type { Check, Context, Finding, Status } from "./types";

export interface Report {
    id: string;
    title: string;
    status: Status;
    findings: Finding[];
}

const ORDER: Status[] = ["failed", "unknown", "warning", "passed"];

export const worst = (findings: Finding[]): Status =>
    ORDER.find((status) => findings.some((finding) => finding.status === status)) ?? "passed";

/** Runs the checks in parallel. A check that exceeds the time limit or throws an error is unknown. */
export function runChecks(
    checks: Check[],
    context: Context,
    { timeLimit = 30_000, progress = () => undefined }: { timeLimit?: number; progress?: (report: Report) => void } = {},
): Promise<Report[]> {
    return Promise.all(
        checks.map(async (check) => {
            const findings = await limited(check, context, timeLimit);
            const report = { id: check.id, title: check.title, status: worst(findings), findings };
            progress(report);
            return report;
        }),
    );
}

async function limited(check: Check, context: Context, timeLimit: number): Promise<Finding[]> {
    let timer: NodeJS.Timeout | undefined;
    const unknown = (found: string): Finding[] => [{ status: "unknown", asked: check.title, found, action: "Run the preflight again." }];
    const timeout = new Promise<Finding[]>((resolve) => {
        timer = setTimeout(() => {
            resolve(unknown(`no answer within ${timeLimit / 1000} s`));
        }, timeLimit);
    });
    try {
        return await Promise.race([check.run(context).then(({ findings }) => findings), timeout]);
    } catch (error) {
        return unknown(messageOf(error));
    } finally {
        clearTimeout(timer);
    }
}

/**
 * Applies the repairs of failed findings. If a repair fails, its finding stays failed. Repairs nothing with the credentials of another account, or if
 * a region isn't enabled.
 */
export async function repair(reports: Report[]): Promise<void> {
    if (reports.some(({ id, status }) => id === "identity" && status === "failed")) return;
    for (const report of reports) {
        for (const finding of report.findings) {
            if (!finding.fix) continue;
            try {
                finding.found = await finding.fix();
                finding.status = "passed";
                delete finding.action;
            } catch (error) {
                finding.action = `The repair failed: ${messageOf(error)}`;
            }
        }
        report.status = worst(report.findings);
    }
}

/** 1 if an `up` would fail. */
export const exitCode = (reports: Report[], strict: boolean): number =>
    reports.some(({ status }) => status === "failed" || (strict && status === "unknown")) ? 1 : 0;
