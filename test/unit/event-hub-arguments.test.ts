import { expect } from "chai";
import { EventHub, type EventHubArgs, type Route } from "../../components";

const args: EventHubArgs = {
    kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/mrk-1",
    logKeyArn: "arn:aws:kms:us-east-1:123456789012:key/mrk-2",
    stream: { bucketArn: "arn:aws:s3:::raw" },
};

describe("EventHub: arguments", () => {
    it("rejects invalid arguments, all at once, before anything is registered", () => {
        const refused = (more: Partial<EventHubArgs>, name = "events") => {
            try {
                new EventHub(name, { ...args, ...more });
            } catch (error) {
                return (error as Error).message.split("\n").map((line) => line.replace(/^EventHub "[^"]*": /, ""));
            }
            return [];
        };
        expect(
            refused({
                busName: "default",
                archiveRetentionDays: -1,
                schemaDiscovery: true,
                workQueue: { maxReceiveCount: 0 },
                stream: { bucketArn: "arn:aws:s3:::raw", prefix: "/events", bufferSeconds: 901, bufferMegabytes: 0, retentionHours: 23 },
                retryHours: 25,
                topicName: "a b",
            }),
        ).to.deep.equal([
            "busName must be 1 to 256 letters, digits, and . - _, and must not be default",
            "archiveRetentionDays must be between 0 and 3650",
            "schemaDiscovery must be false unless encryptBus is false: EventBridge can't discover schemas on a bus with a customer managed key",
            "workQueue.maxReceiveCount must be between 1 and 1000",
            "stream.prefix must be a folder of letters, digits, -, and _ without leading or trailing slash",
            "stream.bufferSeconds must be between 0 and 900",
            "stream.bufferMegabytes must be between 1 and 128",
            "stream.retentionHours must be between 24 and 8760",
            "topicName must be 1 to 256 letters, digits, -, and _",
            "retryHours must be between 1 and 24",
        ]);
        expect(refused({}, "e".repeat(31))).to.deep.equal(["name must be 30 characters or fewer because archive names are limited to 48"]);
        const queued = { detailTypes: [], to: ["queue"] } satisfies Route;
        expect(refused({ routes: { queued } })).to.deep.equal(["stream must be set if a route uses the stream, and only then"]);
        expect(refused({ stream: undefined })).to.deep.equal(["stream must be set if a route uses the stream, and only then"]);
        const bad = { "Not a name": { detailTypes: [""], source: ["aws.s3", ""], to: [] } } satisfies Record<string, Route>;
        expect(refused({ routes: bad, stream: undefined })).to.deep.equal([
            "routes.Not a name must have a name of 1 to 24 lower-case letters, digits, and hyphens that starts with a letter",
            "routes.Not a name must have one or more destinations without duplicates",
            "routes.Not a name must have detail types of 1 to 128 characters",
            "routes.Not a name must have sources of 1 to 256 characters",
            "routes.Not a name must not have a source aws.*: events from AWS services arrive on the default bus",
        ]);
        const elsewhere = { to: ["lambda"] as string[] as Route["to"], detailTypes: [] };
        expect(refused({ routes: { elsewhere }, stream: undefined })).to.deep.equal([
            "routes.elsewhere must have destinations from queue, notifications, stream",
        ]);
    });
});
