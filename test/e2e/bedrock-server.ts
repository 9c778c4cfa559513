import { createServer, type Http2Server, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";

/** A call of Converse as it came in. */
export interface ConverseCall {
    modelId: string;
    body: {
        messages: { content: { text?: string; guardContent?: { text: { text: string } } }[] }[];
        guardrailConfig?: { guardrailIdentifier: string; guardrailVersion: string };
    };
}

/** What the server answers: an error of Bedrock, or a model's text. */
export type ConverseAnswer = { error: string; status: number } | { text: string; stopReason?: string };

/** A local server that answers as Bedrock's Converse does: HTTP/2, as the SDK's client expects. */
export class BedrockServer {
    readonly calls: ConverseCall[] = [];
    private server?: Http2Server;
    private readonly sessions = new Set<ServerHttp2Session>();

    /** @param answer what to answer to the n-th call, counted from 1 */
    constructor(private readonly answer: (call: ConverseCall, n: number) => ConverseAnswer) {}

    /** Starts the server; returns its URL. */
    async start(): Promise<string> {
        const server = createServer((request, response) => void this.respond(request, response));
        server.on("session", (session) => this.sessions.add(session));
        this.server = server;
        await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
        return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }

    async stop(): Promise<void> {
        if (!this.server) return;
        for (const session of this.sessions) session.destroy();
        await new Promise((closed) => this.server?.close(closed));
    }

    private async respond(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const modelId = decodeURIComponent(/^\/model\/([^/]+)\/converse$/.exec(request.url)?.[1] ?? "");
        const call = { modelId, body: JSON.parse(Buffer.concat(chunks).toString()) as ConverseCall["body"] };
        this.calls.push(call);
        const answer = this.answer(call, this.calls.length);
        const send = (status: number, body: unknown, headers = {}) =>
            response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
        if ("error" in answer) {
            send(answer.status, { message: "Too many requests, please wait." }, { "x-amzn-errortype": answer.error });
            return;
        }
        send(200, {
            output: { message: { role: "assistant", content: [{ text: answer.text }] } },
            stopReason: answer.stopReason ?? "end_turn",
            usage: { inputTokens: 100, outputTokens: 50, totalTokens: 150 },
            metrics: { latencyMs: 1 },
        });
    }
}
