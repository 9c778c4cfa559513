import * as z from "zod";
import { type DataLake, DOCUMENT_INGESTED, EventHub } from "../components";
import { nameFor } from "../components/building-blocks/names";
import { BOUNDS, DEFAULTS } from "../components/event-bus/args";
import { distinct, email, optionalSystem, whole } from "./config/values";
import { logArgs, type Platform } from "./context";

export const eventsSection = z
    .strictObject({
        enabled: optionalSystem("the event bus, the work queue, and the notification topic", "Document ingest requires it."),
        stream: z
            .strictObject({
                enabled: z
                    .boolean()
                    // The default depends on the lake: `completed` in stacks/config/index.ts.
                    .optional()
                    .describe("Delivers all events to the data lake through a Kinesis stream. Default: true with lake.enabled."),
            })
            .prefault({}),
        archiveRetentionDays: whole(BOUNDS.archiveRetentionDays, "days")
            .default(DEFAULTS.archiveRetentionDays)
            .describe("Days that the archive of the event bus keeps events for replay. 0 creates no archive."),
        schemaDiscovery: z.boolean().default(DEFAULTS.schemaDiscovery).describe("Enables schema discovery on the event bus."),
        notificationEmails: distinct(email())
            .meta({ examples: [["notice-one@example.org", "notice-two@example.org", "notice.two@example.org"]] })
            .default([])
            .describe("Email addresses that receive the platform's notifications."),
    })
    .prefault({});

export function createEvents(platform: Platform, { lake }: { lake?: DataLake }): EventHub | undefined {
    const { config, data, names, opts } = platform;
    const { enabled, stream, notificationEmails, ...settings } = config.events;
    if (!enabled) return undefined;
    const streamed = stream.enabled ? lake : undefined;
    const events = new EventHub(
        "events",
        {
            ...logArgs(platform),
            ...settings,
            busName: names.prefix,
            kmsKeyArn: data.keys.data,
            // EventBridge can't discover schemas on a bus with a customer managed key.
            encryptBus: !settings.schemaDiscovery,
            stream: streamed && { bucketArn: streamed.raw.arn },
            routes: {
                ...(streamed ? { everything: { detailTypes: [], to: ["stream"] } } : {}),
                work: { detailTypes: [DOCUMENT_INGESTED, "WorkRequested"], to: ["queue"] },
                notices: { detailTypes: ["NotificationRequested"], to: ["notifications"] },
            },
        },
        opts,
    );
    for (const endpoint of notificationEmails) events.subscribe(`email-${nameFor(endpoint)}`, { protocol: "email", endpoint });
    return events;
}
