/** Entry point of the Lambda function that sets up database users. */
import { setTimeout as sleep } from "node:timers/promises";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { consoleLog, postgres, secretsManager } from "../adapters";
import { databaseSettings, required } from "../settings";
import { createSetup } from "./setup";

const settings = {
    ...databaseSettings(process.env),
    masterSecretArn: required(process.env, "MASTER_SECRET_ARN"),
    timeout: Number(required(process.env, "TIMEOUT")),
};

export const handler = createSetup(settings, {
    secrets: secretsManager(new SecretsManagerClient({ maxAttempts: 5 })),
    databases: postgres(),
    log: consoleLog,
    clock: { now: Date.now, sleep: (milliseconds) => sleep(milliseconds) },
});
