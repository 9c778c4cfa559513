import type { Report } from "./run";
import type { Status } from "./types";

const MARKS: Record<Status, string> = { passed: "ok     ", failed: "FAILED ", warning: "warning", unknown: "unknown" };

export function render(stack: string, reports: Report[]): string {
    const lines = reports.flatMap(({ title, status, findings }) => [
        `${MARKS[status]}  ${title}`,
        ...findings.flatMap((finding) => [
            `           ${MARKS[finding.status]} ${finding.asked}: ${finding.found}`,
            ...(finding.action ? [`                   -> ${finding.action}`] : []),
        ]),
    ]);
    const count = (wanted: Status) => reports.flatMap(({ findings }) => findings).filter(({ status }) => status === wanted).length;
    const counts = (Object.keys(MARKS) as Status[]).map((status) => `${count(status)} ${status}`).join(", ");
    return [...lines, "", `${stack}: ${counts}`].join("\n");
}
