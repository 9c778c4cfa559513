import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { bedrockModel, busEvents, s3Objects } from "./adapters";
import { documentConnection } from "./connection";
import { createHandler, type IngestHandler } from "./handler";
import { documentLedger } from "./ledger";
import { jsonLog, type LogTarget } from "./log";
import { systemClock } from "./retry";
import { readSettings } from "./settings";

export interface Clients {
    s3: S3Client;
    bedrock: BedrockRuntimeClient;
    events: EventBridgeClient;
    secrets: SecretsManagerClient;
}

/** Handler with open connections. Lambda never closes them. Call `close` when you run the handler elsewhere, such as in tests. */
export type ConnectedHandler = IngestHandler & { close(): Promise<void> };

/**
 * Creates the handler with its clients and settings.
 *
 * @param environment environment variables of the function
 * @param clients SDK clients that replace the default clients
 * @param target destination of log lines
 */
export function handlerFor(
    environment: Record<string, string | undefined>,
    clients: Partial<Clients> = {},
    target: LogTarget = process.stdout,
): ConnectedHandler {
    const settings = readSettings(environment);
    const secrets = clients.secrets ?? new SecretsManagerClient();
    const documents = documentConnection(secrets, settings.documentsSecretArn, settings.collection);
    const handler = createHandler(settings, {
        ledger: documentLedger(documents.use),
        objects: s3Objects(clients.s3 ?? new S3Client()),
        // The SDK doesn't retry, because the handler's own retries respect the deadline.
        model: bedrockModel(clients.bedrock ?? new BedrockRuntimeClient({ maxAttempts: 1 })),
        events: busEvents(clients.events ?? new EventBridgeClient(), settings.busName),
        log: jsonLog(target, settings.metricNamespace, environment.AWS_LAMBDA_FUNCTION_NAME ?? "ingest", Date.now),
        clock: systemClock,
    });
    return Object.assign(handler, { close: documents.close });
}
