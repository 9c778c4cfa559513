/** Entry point of the Lambda function that rotates the passwords of database users. */
import { ECSClient } from "@aws-sdk/client-ecs";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { consoleLog, ecsServices, postgres, secretsManager } from "../adapters";
import { databaseSettings, required } from "../settings";
import { createRotation } from "./rotation";

const settings = {
    ...databaseSettings(process.env),
    services: JSON.parse(required(process.env, "SERVICES")) as Record<string, string>,
};

export const handler = createRotation(settings, {
    secrets: secretsManager(new SecretsManagerClient({ maxAttempts: 5 })),
    databases: postgres(),
    services: ecsServices(new ECSClient({ maxAttempts: 8 }), consoleLog),
    log: consoleLog,
});
