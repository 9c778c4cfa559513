/** What the function and whoever deploys it agree on. Imports nothing, so that programs can read it without the function's packages. */

/** The `source` of the events that the function puts on the bus. */
export const EVENT_SOURCE = "ai-platform.ingest";
