import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request to Converse. */
export interface ConverseCall {
    modelId: string;
    body: {
        messages: { content: { text?: string; guardContent?: { text: { text: string } } }[] }[];
        guardrailConfig?: { guardrailIdentifier: string; guardrailVersion: string };
    };
}

/** The server's response: a Bedrock error, the model's text, no response (`silent`), or half a response (`cut`). */
export type ConverseAnswer = { error: string; status: number } | { text: string; stopReason?: string } | "silent" | "cut";

/** A local server that responds like Bedrock's Converse API. */
export class BedrockServer {
    readonly calls: ConverseCall[] = [];
    private server?: Server;

    /** @param answer the response to the n-th call, counted from 1 */
    constructor(private readonly answer: (call: ConverseCall, n: number) => ConverseAnswer | Promise<ConverseAnswer>) {}

    /** Starts the server; returns its URL. */
    async start(): Promise<string> {
        const server = createServer((request, response) => void this.respond(request, response));
        this.server = server;
        await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
        return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }

    async stop(): Promise<void> {
        if (!this.server) return;
        this.server.closeAllConnections();
        await new Promise((closed) => this.server?.close(closed));
    }

    private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const modelId = decodeURIComponent(/^\/model\/([^/]+)\/converse$/.exec(request.url ?? "")?.[1] ?? "");
        const call = { modelId, body: JSON.parse(Buffer.concat(chunks).toString()) as ConverseCall["body"] };
        this.calls.push(call);
        const answer = await this.answer(call, this.calls.length);
        const send = (status: number, body: unknown, headers = {}) =>
            response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
        if (answer === "silent") return;
        if (answer === "cut") {
            response.writeHead(200, { "content-type": "application/json", "content-length": "100" }).write("{");
            setTimeout(() => response.destroy(), 20);
        } else if ("error" in answer) {
            send(answer.status, { message: "Too many requests, please wait." }, { "x-amzn-errortype": answer.error });
        } else {
            send(200, {
                output: { message: { role: "assistant", content: [{ text: answer.text }] } },
                stopReason: answer.stopReason ?? "end_turn",
                usage: { inputTokens: 100, outputTokens: 50, totalTokens: 150 },
                metrics: { latencyMs: 1 },
            });
        }
    }
}
