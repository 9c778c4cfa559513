import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const ANSWER = JSON.stringify({ summary: "A bill for paper.", category: "invoice", topics: ["paper"], language: "en" });

/** Answers the AWS calls of the ingest function immediately, and calls to the model after a delay, so that a benchmark measures the function. */
export class AwsStub {
    calls = 0;
    private readonly server: Server;

    /**
     * @param secret text of every secret
     * @param body content of every object
     * @param modelMilliseconds time that the model takes
     */
    constructor(
        private readonly secret: string,
        private readonly body: Buffer,
        public modelMilliseconds: number,
    ) {
        this.server = createServer((request, response) => void this.respond(request, response));
    }

    /** Starts the server; returns its URL. */
    async start(): Promise<string> {
        await new Promise<void>((listening) => this.server.listen(0, "127.0.0.1", listening));
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    stop(): void {
        this.server.closeAllConnections();
        this.server.close();
    }

    private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
        request.resume();
        await once(request, "end");
        const target = String(request.headers["x-amz-target"]);
        const send = (body: unknown) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
        if (target.endsWith(".GetSecretValue")) send({ SecretString: this.secret });
        else if (target.endsWith(".PutEvents")) send({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] });
        else if (request.url?.endsWith("/converse")) {
            this.calls++;
            await new Promise((done) => setTimeout(done, this.modelMilliseconds));
            const usage = { inputTokens: 100, outputTokens: 50, totalTokens: 150 };
            send({
                output: { message: { role: "assistant", content: [{ text: ANSWER }] } },
                stopReason: "end_turn",
                usage,
                metrics: { latencyMs: 1 },
            });
        } else if (request.method === "GET") response.writeHead(200, { "content-type": "text/plain" }).end(this.body);
        else response.writeHead(200).end();
    }
}
