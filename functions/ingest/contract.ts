/** Constants shared by the function and the Pulumi program. Has no imports, so that the program doesn't load the function's packages. */

/** `source` of the events that the function publishes. */
export const EVENT_SOURCE = "ai-platform.ingest";

/** `detail-type` of the event for an ingested document. */
export const DOCUMENT_INGESTED = "DocumentIngested";

/** Prefix of the source documents in the raw bucket and of the results in the curated bucket, with a trailing slash. */
export const DOCUMENTS_FOLDER = "documents/";

/** CloudWatch namespace of the function's metrics. */
export const METRIC_NAMESPACE = "AiPlatform";
