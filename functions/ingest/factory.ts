import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { bedrockModel, busEvents, s3Objects } from "./adapters";
import { documentConnection } from "./connection";
import { createHandler, type IngestHandler } from "./handler";
import { documentLedger } from "./ledger";
import { powertoolsLog } from "./log";
import type { Log } from "./ports";
import { systemClock } from "./retry";
import { readSettings } from "./settings";
import { xrayTrace } from "./trace";

export interface Clients {
    s3: S3Client;
    bedrock: BedrockRuntimeClient;
    events: EventBridgeClient;
    secrets: SecretsManagerClient;
}

/** Handler with open connections. Lambda never closes them. Call `close` when you run the handler elsewhere, such as in tests. */
export type ConnectedHandler = IngestHandler & { close(): Promise<void> };

/** The SDK doesn't retry, because the function's own retries have time limits and respect the deadline. */
const ONE_ATTEMPT = { maxAttempts: 1 };

/**
 * Creates the handler with its clients and settings.
 *
 * @param environment environment variables of the function
 * @param clients SDK clients that replace the default clients
 * @param log destination of log lines and metrics
 */
export function handlerFor(environment: Record<string, string | undefined>, clients: Partial<Clients> = {}, log?: Log): ConnectedHandler {
    const settings = readSettings(environment);
    const secrets = clients.secrets ?? new SecretsManagerClient(ONE_ATTEMPT);
    const documents = documentConnection(secrets, settings.documentsSecretArn, settings.collection, settings.callTimeout);
    // The default HTTP/2 handler keeps a connection after a timeout, so that a broken connection would also break the next attempts.
    const bedrock = clients.bedrock ?? new BedrockRuntimeClient({ ...ONE_ATTEMPT, requestHandler: new NodeHttpHandler() });
    const handler = createHandler(settings, {
        ledger: documentLedger(documents.use),
        objects: s3Objects(clients.s3 ?? new S3Client(ONE_ATTEMPT)),
        model: bedrockModel(bedrock),
        events: busEvents(clients.events ?? new EventBridgeClient(ONE_ATTEMPT), settings.busName),
        log: log ?? powertoolsLog(settings.metricNamespace, environment.AWS_LAMBDA_FUNCTION_NAME ?? "ingest"),
        trace: xrayTrace(environment),
        clock: systemClock,
    });
    return Object.assign(handler, { close: documents.close });
}
