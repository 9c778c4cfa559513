import { LogFormatter, Logger, LogItem } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { Log } from "./ports";

/** Formatter without the invocation context, and without messages of errors: nothing passes errors to the logger. */
class JsonFormatter extends LogFormatter {
    override formatAttributes(...[attributes, facts]: Parameters<LogFormatter["formatAttributes"]>): LogItem {
        const { timestamp, logLevel: level, message, serviceName: service, xRayTraceId: xray_trace_id } = attributes;
        return new LogItem({
            attributes: { timestamp: this.formatTimestamp(timestamp), level, message, service, xray_trace_id },
        }).addAttributes(facts);
    }
}

/**
 * Writes one JSON object per line to stdout, and metrics in CloudWatch embedded metric format, which needs no API calls or permissions. The
 * dimension of the metrics is `service`.
 *
 * @param serviceName name of the function
 */
export function powertoolsLog(metricNamespace: string, serviceName: string): Log {
    const logger = new Logger({ serviceName, logFormatter: new JsonFormatter() });
    const metrics = new Metrics({ namespace: metricNamespace, serviceName });
    const methods = { INFO: "info", WARN: "warn", ERROR: "error" } as const;
    return {
        write(level, message, facts = {}) {
            logger[methods[level]](message, facts);
        },
        count(counts) {
            for (const [name, value] of Object.entries(counts)) metrics.addMetric(name, MetricUnit.Count, value);
            metrics.publishStoredMetrics();
        },
    };
}
