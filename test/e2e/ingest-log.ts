import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Log } from "../../functions/ingest/ports";

/** A log that keeps its lines as JSON. */
export const logTo = (lines: string[]): Log => ({
    write: (level, message, facts) => lines.push(JSON.stringify({ level, message, ...facts })),
    count: () => undefined,
});

/** A client for a local server, which supports only HTTP/1.1. */
export const bedrockAt = (endpoint: string, region: string): BedrockRuntimeClient =>
    new BedrockRuntimeClient({ region, endpoint, maxAttempts: 1, requestHandler: new NodeHttpHandler() });
