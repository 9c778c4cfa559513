/** Entry point of the Lambda function that monitors the readiness for a failover. */
import { BackupClient } from "@aws-sdk/client-backup";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECSClient } from "@aws-sdk/client-ecs";
import { createMonitor } from "./monitor";
import { lastTest } from "./restore-tests";
import { readSettings } from "./settings";
import { recoveryRecords } from "./table";

const settings = readSettings(process.env);

/** The region may be down. */
const patience = { maxAttempts: 2, requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true } };

export const handler = createMonitor(settings, {
    records: recoveryRecords(new DynamoDBClient({ maxAttempts: 5 }), settings.tableName),
    clientsOf: (region) => ({ cloudWatch: new CloudWatchClient({ region, ...patience }), ecs: new ECSClient({ region, ...patience }) }),
    lastTest: (plan) => lastTest(new BackupClient({ maxAttempts: 5 }), plan),
    now: Date.now,
    // Not with `console`, which wraps the line, so that CloudWatch wouldn't find the metric.
    print: (line) => {
        process.stdout.write(`${line}\n`);
    },
    log: (facts) => {
        console.info(facts);
    },
});
