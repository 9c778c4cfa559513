/** Retention by type of log, and the central destination of logs. */
import * as z from "zod";
import { LOG_DAYS, LOG_DESTINATION, LOG_DESTINATION_RULE, LOG_TYPES, type LogType } from "../components/building-blocks/logs";
import { text } from "./config/values";

const days = (type: LogType, otherwise = "logRetentionDays") =>
    z.literal(LOG_DAYS).optional().describe(`Days to keep ${LOG_TYPES[type]}. Default: ${otherwise}.`);

/** Types of logs in every stack. */
const retention = {
    access: days("access", "logRetentionDays, and 90 for the buckets"),
    application: days("application"),
    audit: days("audit"),
    database: days("database"),
    firewall: days("firewall"),
    network: days("network"),
};

/** Retention in a stack without pipelines. */
export const logRetention = z.strictObject(retention).prefault({});
export const logRetentionWithBuilds = z.strictObject({ ...retention, build: days("build") }).prefault({});

const destination = () => text(LOG_DESTINATION, LOG_DESTINATION_RULE);

export const logKeys = {
    logDestinationArn: destination()
        .meta({ examples: ["first", "second"].map((name) => `arn:aws:logs:us-east-1:210987654321:destination:${name}-archive`) })
        .optional()
        .describe(
            "CloudWatch Logs destination in the stack's region, usually in a log account, that receives the events of all log groups. Default: none.",
        ),
    usEast1LogDestinationArn: destination()
        .meta({ examples: ["third", "fourth"].map((name) => `arn:aws:logs:us-east-1:210987654321:destination:${name}-archive`) })
        .optional()
        .describe(
            "CloudWatch Logs destination in us-east-1, for the log of CloudFront's web ACL. Only for stacks in other regions. Default: none.",
        ),
};
