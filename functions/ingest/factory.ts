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

/** A handler that holds connections. Lambda never closes them; whoever runs it elsewhere does. */
export type ConnectedHandler = IngestHandler & { close(): Promise<void> };

/**
 * The handler with its clients and settings.
 *
 * @param environment the function's environment variables
 * @param clients SDK clients in place of the defaults, which take region, credentials and endpoint from the process
 * @param target where log lines go
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
        // The handler has its own retries, which know how much time is left.
        model: bedrockModel(clients.bedrock ?? new BedrockRuntimeClient({ maxAttempts: 1 })),
        events: busEvents(clients.events ?? new EventBridgeClient(), settings.busName),
        log: jsonLog(target, settings.metricNamespace, environment.AWS_LAMBDA_FUNCTION_NAME ?? "ingest", Date.now),
        clock: systemClock,
    });
    return Object.assign(handler, { close: documents.close });
}
