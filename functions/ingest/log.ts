import type { Log } from "./ports";

export interface LogTarget {
    /** Takes one line with its newline. */
    write(line: string): unknown;
}

/**
 * One JSON object a line, and counts in CloudWatch's embedded metric format, which needs no call and no permission.
 *
 * @param target where lines go; not `console`, whose lines Lambda wraps so that CloudWatch does not see the metrics
 */
export function jsonLog(target: LogTarget, metricNamespace: string, functionName: string, now: () => number): Log {
    const line = (facts: Record<string, unknown>) => target.write(`${JSON.stringify(facts)}\n`);
    return {
        write(level, message, facts = {}) {
            line({ timestamp: new Date(now()).toISOString(), level, message, ...facts });
        },
        count(counts) {
            const metrics = Object.keys(counts).map((name) => ({ Name: name, Unit: "Count" }));
            const directive = { Namespace: metricNamespace, Dimensions: [["FunctionName"]], Metrics: metrics };
            line({ _aws: { Timestamp: now(), CloudWatchMetrics: [directive] }, FunctionName: functionName, ...counts });
        },
    };
}
