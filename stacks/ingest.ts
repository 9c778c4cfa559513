import * as z from "zod";
import { type AiServices, type DataLake, type DocumentCluster, type EventHub, IngestPipeline, type Network } from "../components";
import { BOUNDS, DEFAULTS } from "../components/ingest-pipeline/args";
import { DEFAULTS as FUNCTION_DEFAULTS } from "../components/vpc-function";
import { whole } from "./config/values";
import { logArgs, type Platform } from "./context";

export const ingestSection = z
    .strictObject({
        maximumConcurrency: whole(BOUNDS.maximumConcurrency)
            .default(DEFAULTS.maximumConcurrency)
            .describe("Maximum number of documents processed concurrently."),
        runtime: z
            .enum(["nodejs24.x", "nodejs22.x"])
            .default(FUNCTION_DEFAULTS.runtime)
            .describe("Lambda runtime. Lambda supports Node.js 24 until April 2028 and Node.js 22 until April 2027."),
    })
    .prefault({});

interface IngestParts {
    network: Network;
    documents?: DocumentCluster;
    lake?: DataLake;
    events?: EventHub;
    ai?: AiServices;
}

/** Document ingest: from the lake, through the models, to the document store. Undefined without one of them. */
export function createIngest(platform: Platform, { network, documents, lake, events, ai }: IngestParts): IngestPipeline | undefined {
    if (!documents || !lake || !events || !ai) return undefined;
    return new IngestPipeline(
        "ingest",
        {
            ...logArgs(platform),
            ...platform.config.ingest,
            enabled: !platform.data.isStandby,
            placement: { vpc: network },
            raw: lake.raw,
            curated: lake.curated,
            ai,
            bus: events,
            documents,
            kmsKeyArn: platform.data.keys.data,
        },
        platform.opts,
    );
}
