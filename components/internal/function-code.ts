/** What Lambda functions have in common. */
import * as pulumi from "@pulumi/pulumi";
import type { Bundle } from "../../functions/bundle";

/** Actions of a traced function. X-Ray doesn't support resource-level permissions. */
export const TRACING = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"];

/** The deployment package of a bundled function. */
export const archive = ({ code, map }: Pick<Bundle, "code" | "map">): pulumi.asset.Archive =>
    new pulumi.asset.AssetArchive({
        "index.js": new pulumi.asset.FileAsset(code),
        "index.js.map": new pulumi.asset.FileAsset(map),
    });
