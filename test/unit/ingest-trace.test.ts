import { createSocket, type Socket } from "node:dgram";
import { expect } from "chai";
import { handlerFor } from "../../functions/ingest/factory";
import { xrayTrace } from "../../functions/ingest/trace";
import { awsError, eventOf, message, World } from "./ingest.fixture";

const CALL = { service: "S3", operation: "read", id: "d1" };
const ROOT = "1-5759e988-bd862e3fe1be46a994272793";

describe("ingest: traces", () => {
    let daemon: Socket;
    let address: string;
    const received: Record<string, unknown>[] = [];

    before(async () => {
        daemon = createSocket("udp4").on("message", (datagram) => {
            const [header, document] = datagram.toString().split("\n");
            expect(JSON.parse(header ?? "")).to.deep.equal({ format: "json", version: 1 });
            received.push(JSON.parse(document ?? "") as Record<string, unknown>);
        });
        await new Promise<void>((bound) => daemon.bind(0, "127.0.0.1", bound));
        address = `127.0.0.1:${daemon.address().port}`;
    });
    beforeEach(() => received.splice(0));
    after(() => daemon.close());

    const environmentOf = (sampled: string) => ({
        AWS_XRAY_DAEMON_ADDRESS: address,
        _X_AMZN_TRACE_ID: `Root=${ROOT};Parent=53995c3f42cd8ad8;Sampled=${sampled}`,
    });
    const until = async (count: number) => {
        for (let i = 0; i < 100 && received.length < count; i++) await new Promise((done) => setTimeout(done, 10));
    };

    it("have a subsegment for each call of a sampled invocation", async () => {
        const trace = xrayTrace(environmentOf("1"));
        expect(await trace(CALL, () => Promise.resolve(7))).to.equal(7);
        await trace({ ...CALL, service: "DocumentDB" }, () => Promise.resolve());
        await until(2);
        const common = { type: "subsegment", trace_id: ROOT, parent_id: "53995c3f42cd8ad8" };
        expect(received[0]).to.deep.include({
            ...common,
            name: "S3",
            namespace: "aws",
            annotations: { document: "d1", operation: "read" },
        });
        expect(received[1]).to.include({ ...common, name: "DocumentDB", namespace: "remote" });
        expect(received[0]?.id).to.match(/^[0-9a-f]{16}$/);
        expect(received[0]?.end_time).to.be.at.least(received[0]?.start_time as number);
        expect(received[0]).not.to.have.any.keys("error", "fault");
    });

    it("have the name and status of an error, without its message", async () => {
        const trace = xrayTrace(environmentOf("1"));
        const error = awsError("ThrottlingException", 429);
        expect(await trace(CALL, () => Promise.reject(error)).catch((reason: unknown) => reason)).to.equal(error);
        await until(1);
        expect(received[0]).to.deep.include({ error: true, throttle: true, http: { response: { status: 429 } } });
        expect(JSON.stringify(received)).to.contain("ThrottlingException").and.not.to.contain("4711");
    });

    it("contain the calls of the deployed handler", async () => {
        const required = ["BUS_NAME", "CURATED_BUCKET", "DOCUMENTS_SECRET_ARN", "GUARDRAIL_ID", "GUARDRAIL_VERSION", "MODEL_ID"];
        const settings = Object.fromEntries(required.map((name) => [name, "x"]));
        const refuse = { send: () => Promise.reject(awsError("AccessDeniedException", 403)) } as never;
        const clients = { s3: refuse, bedrock: refuse, events: refuse, secrets: refuse };
        const handler = handlerFor({ ...settings, ...environmentOf("1") }, clients, new World().ports.log);
        await handler({ Records: [message(eventOf("documents/a.txt"))] }, { getRemainingTimeInMillis: () => 1000 }).catch(String);
        await handler.close();
        await until(1);
        expect(received[0]).to.include({ type: "subsegment", trace_id: ROOT, name: "DocumentDB" });
    });

    it("are empty if the invocation isn't sampled, or there's no daemon", async () => {
        for (const environment of [environmentOf("0"), { ...environmentOf("1"), AWS_XRAY_DAEMON_ADDRESS: undefined }]) {
            expect(await xrayTrace(environment)(CALL, () => Promise.resolve(1))).to.equal(1);
        }
        await new Promise((done) => setTimeout(done, 50));
        expect(received).to.be.empty;
    });
});
