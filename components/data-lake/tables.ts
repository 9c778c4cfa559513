import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DOCUMENTS_FOLDER } from "../../functions/ingest/contract";
import { withDefaults } from "../building-blocks/arguments";

/** A table over JSON lines, plain or gzipped, below `<prefix>/dt=yyyy-MM-dd/` of one of the lake's buckets. */
export interface LakeTable {
    bucket: "raw" | "curated";
    /** Folder of the table, without a slash at the end: `documents`. */
    prefix: string;
    description: string;
    /** Athena data type of each column, by JSON key in lower case. The case of the keys in the data doesn't matter. */
    columns: Record<string, string>;
    /** JSON keys that aren't valid column names, by column. @default none */
    renamed?: Record<string, string>;
    /** First day, `yyyy-MM-dd`. Athena ignores earlier partitions. @default "2025-01-01" */
    firstDay?: string;
}

const DEFAULTS = { renamed: {}, firstDay: "2025-01-01" } satisfies Partial<LakeTable>;

/** Documents that the ingest function writes, one per object. */
export const DOCUMENTS_TABLE: LakeTable = {
    bucket: "curated",
    prefix: DOCUMENTS_FOLDER.slice(0, -1),
    description: "Documents that were read, summarized, and classified",
    columns: {
        id: "string",
        source: "struct<bucket:string,key:string,versionid:string,etag:string,size:bigint,createdat:string>",
        contenttype: "string",
        summary: "string",
        category: "string",
        topics: "array<string>",
        language: "string",
        truncated: "boolean",
        model: "string",
        processedat: "string",
    },
};

/** Events that `EventHub` delivers, in the format of EventBridge. `detail` is JSON text. */
export const EVENTS_TABLE: LakeTable = {
    bucket: "raw",
    prefix: "events",
    description: "Events of the platform's bus",
    columns: {
        id: "string",
        detail_type: "string",
        source: "string",
        account: "string",
        time: "string",
        region: "string",
        resources: "array<string>",
        detail: "string",
    },
    renamed: { detail_type: "detail-type" },
};

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Problems of a table, as `must ...`. */
export function tableProblems(name: string, table: LakeTable): string[] {
    const { prefix, columns, firstDay } = withDefaults(table, DEFAULTS);
    const problems = [
        [/^[a-z0-9_]{1,255}$/.test(name), "must have a name of lower-case letters, digits, and _"],
        [/^[^/].*[^/]$|^[^/]$/.test(prefix), "must have a prefix that neither starts nor ends with a slash"],
        [Object.keys(columns).length > 0, "must have columns"],
        [Object.keys(columns).every((column) => /^[a-z0-9_]+$/.test(column)), "must have columns of lower-case letters, digits, and _"],
        [!("dt" in columns), "must not have a column dt, which is the partition key"],
        [DAY.test(firstDay) && !Number.isNaN(Date.parse(firstDay)), "must have a firstDay like 2025-01-01"],
    ] as const;
    return problems.filter(([ok]) => !ok).map(([, allowed]) => allowed);
}

/** The Glue table. Partitions are projected from the date, so it needs neither a crawler nor `MSCK REPAIR TABLE`. */
export function glueTable(
    name: string,
    databaseName: pulumi.Input<string>,
    bucketName: pulumi.Input<string>,
    table: LakeTable,
): aws.glue.CatalogTableArgs {
    const { prefix, description, columns, renamed, firstDay } = withDefaults(table, DEFAULTS);
    const location = pulumi.interpolate`s3://${bucketName}/${prefix}/`;
    return {
        name,
        databaseName,
        description,
        tableType: "EXTERNAL_TABLE",
        partitionKeys: [{ name: "dt", type: "string", comment: "Day, UTC" }],
        parameters: {
            EXTERNAL: "TRUE",
            classification: "json",
            "projection.enabled": "true",
            "projection.dt.type": "date",
            "projection.dt.format": "yyyy-MM-dd",
            "projection.dt.range": `${firstDay},NOW`,
            "projection.dt.interval": "1",
            "projection.dt.interval.unit": "DAYS",
            "storage.location.template": pulumi.interpolate`${location}dt=$\{dt}/`,
        },
        storageDescriptor: {
            location,
            inputFormat: "org.apache.hadoop.mapred.TextInputFormat",
            outputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            columns: Object.entries(columns).map(([column, type]) => ({ name: column, type })),
            serDeInfo: {
                serializationLibrary: "org.openx.data.jsonserde.JsonSerDe",
                parameters: {
                    "ignore.malformed.json": "true",
                    ...Object.fromEntries(Object.entries(renamed).map(([column, key]) => [`mapping.${column}`, key])),
                },
            },
        },
    };
}
