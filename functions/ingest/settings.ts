import { METRIC_NAMESPACE } from "./contract";
import type { IngestSettings } from "./ingest";

export interface Settings extends IngestSettings {
    busName: string;
    /** ARN of the secret with `connectionString` and `database` of the document database. */
    documentsSecretArn: string;
    collection: string;
    metricNamespace: string;
}

const DEFAULT_CATEGORIES = ["contract", "correspondence", "data", "invoice", "other", "policy", "report", "specification"];
/** 1 MiB. The function keeps a whole batch of documents in memory. */
export const DEFAULT_MAX_BYTES = 1_048_576;
/** Below the default limit of 25,000 characters per guardrail request. */
const DEFAULT_MAX_CHARACTERS = 20_000;
/** Milliseconds. The function also limits an attempt to half of the time of the invocation. */
const DEFAULT_MODEL_TIMEOUT = 30_000;
const DEFAULT_CALL_TIMEOUT = 10_000;
const DEFAULT_MAX_RECEIVE_COUNT = 5;

const REQUIRED = ["BUS_NAME", "CURATED_BUCKET", "DOCUMENTS_SECRET_ARN", "GUARDRAIL_ID", "GUARDRAIL_VERSION", "MODEL_ID"] as const;

/**
 * Reads the settings from environment variables.
 *
 * @throws Error that lists all missing and invalid variables
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
    const problems: string[] = REQUIRED.filter((name) => !environment[name]).map((name) => `${name} is missing`);
    const text = (name: string, fallback = "") => environment[name] ?? fallback;
    const positive = (name: string, fallback: number) => {
        const value = Number(text(name, String(fallback)));
        if (!Number.isInteger(value) || value < 1) problems.push(`${name} must be a positive integer`);
        return value;
    };
    const settings: Settings = {
        busName: text("BUS_NAME"),
        curatedBucket: text("CURATED_BUCKET"),
        documentsSecretArn: text("DOCUMENTS_SECRET_ARN"),
        guardrailId: text("GUARDRAIL_ID"),
        guardrailVersion: text("GUARDRAIL_VERSION"),
        modelId: text("MODEL_ID"),
        categories: text("CATEGORIES", DEFAULT_CATEGORIES.join(",")).split(","),
        maxBytes: positive("MAX_BYTES", DEFAULT_MAX_BYTES),
        maxCharacters: positive("MAX_CHARACTERS", DEFAULT_MAX_CHARACTERS),
        modelTimeout: positive("MODEL_TIMEOUT_MS", DEFAULT_MODEL_TIMEOUT),
        callTimeout: positive("CALL_TIMEOUT_MS", DEFAULT_CALL_TIMEOUT),
        maxReceiveCount: positive("MAX_RECEIVE_COUNT", DEFAULT_MAX_RECEIVE_COUNT),
        collection: text("COLLECTION", "documents"),
        metricNamespace: text("METRIC_NAMESPACE", METRIC_NAMESPACE),
    };
    if (problems.length > 0) throw new Error(`invalid environment variables: ${problems.join(", ")}`);
    return settings;
}
