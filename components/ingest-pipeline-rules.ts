import type { IngestPipelineArgs } from "./ingest-pipeline";
import { checked, isBetween } from "./shared/arguments";
import { checkLogs } from "./shared/logs";

/** Refuses what AWS or the function would refuse; all at once. */
export function validated(name: string, args: IngestPipelineArgs) {
    return checked("IngestPipeline", name, args, (check) => {
        const { prefix = "documents/", ai, model, categories = ["other"], maxBytes = 1, maxCharacters = 20_000 } = args;
        const {
            batchSize = 5,
            batchWindowSeconds = 5,
            maxConcurrency = 5,
            timeoutSeconds = 120,
            memoryMb = 512,
            maxReceiveCount = 5,
        } = args;
        check(
            /^[^/].*\/$/.test(prefix),
            "prefix",
            "must be a folder such as documents/: the whole bucket would hold this pipeline's own events",
        );
        check(model === undefined || ai.models.includes(model), "model", `must be one of ${ai.models.join(", ")}`);
        const names = categories.every((category) => /^[\w -]{1,50}$/.test(category));
        check(
            names && categories.length > 0 && categories.length <= 50,
            "categories",
            "must be 1 to 50 names of letters, digits, spaces and hyphens",
        );
        check(isBetween(maxBytes, 1, 10_485_760), "maxBytes", "must be between 1 and 10485760");
        check(isBetween(maxCharacters, 100, 100_000), "maxCharacters", "must be between 100 and 100000");
        checkLogs(check, args);
        check(isBetween(batchSize, 1, 10), "batchSize", "must be between 1 and 10");
        check(isBetween(batchWindowSeconds, 0, 300), "batchWindowSeconds", "must be between 0 and 300");
        check(isBetween(maxConcurrency, 2, 1000), "maxConcurrency", "must be between 2 and 1000");
        check(isBetween(timeoutSeconds, 30, 900), "timeoutSeconds", "must be between 30 and 900");
        check(isBetween(memoryMb, 256, 10240), "memoryMb", "must be between 256 and 10240 MiB");
        check(isBetween(maxReceiveCount, 2, 1000), "maxReceiveCount", "must be between 2 and 1000");
        check(/^nodejs\d+\.x$/.test(args.runtime ?? "nodejs24.x"), "runtime", "must be a Node.js runtime such as nodejs24.x");
    });
}
