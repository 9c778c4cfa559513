import { checkStacks, settingText } from "../plan/check";
import { type Report, worst } from "./run";
import type { Finding } from "./types";

/** Conflicts between the stack's file and those of other stacks. Doesn't call AWS. */
export function stackFilesReport(stack: string, directory: string): Report {
    const { disagreements } = checkStacks(directory);
    const concerned = disagreements.filter(({ settings }) => settings.some((setting) => setting.stack === stack));
    const findings = concerned.map(({ severity, problem, settings }): Finding => {
        const found = settings.map(settingText).join("; ");
        return { status: severity === "error" ? "failed" : "warning", asked: problem, found, action: "Change one of the stack files." };
    });
    return { id: "stack-files", title: "Agreement of the stack files", status: worst(findings), findings };
}
