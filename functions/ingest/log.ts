import type { Log } from "./ports";

export interface LogTarget {
    /** Writes one line, including its newline. */
    write(line: string): unknown;
}

/**
 * Writes one JSON object per line, and metrics in CloudWatch embedded metric format, which needs no API calls or permissions.
 *
 * @param target destination of the lines. Don't use `console`: Lambda adds a prefix to its lines, and CloudWatch then ignores the metrics.
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
