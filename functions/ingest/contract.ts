/** What the function and whoever deploys it agree on. Imports nothing, so that programs can read it without the function's packages. */

/** The `source` of the events that the function puts on the bus. */
export const EVENT_SOURCE = "ai-platform.ingest";

/** The event that tells others of a new document. */
export const DOCUMENT_INGESTED = "DocumentIngested";

/** Folder of documents, with its slash: in the raw bucket those that are to be taken in, in the curated one what became of them. */
export const DOCUMENTS_FOLDER = "documents/";

/** Namespace of the function's metrics. */
export const METRIC_NAMESPACE = "AiPlatform";
