/** Proxies between the ingest function and its services, which fail at chosen steps. */
import {
    createServer as createHttpServer,
    type IncomingMessage,
    request as httpRequest,
    type Server,
    type ServerResponse,
} from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Server as TcpServer, type Socket } from "node:net";

/** Calls of the function to its services, in order. */
export const STEPS = ["secret", "claim", "read", "analyse", "save", "write", "publish", "complete"] as const;
export type Step = (typeof STEPS)[number];

/**
 * - `reset`: the connection is reset before the request reaches the service
 * - `lose`: the service executes the request, and the connection is reset before the response
 * - `silent`: no response
 * - `unavailable`, `denied`, `rejected`: HTTP 503, HTTP 403, and an entry of PutEvents that failed
 * - `kill`, `freeze`: the process of the function ends or stops while it waits
 */
export type Fault = "reset" | "lose" | "silent" | "unavailable" | "denied" | "rejected" | "kill" | "freeze";

/** Planned faults, by step. */
export class Faults {
    private readonly planned = new Map<Step, Fault[]>();
    /** Called at a `kill` or `freeze`. */
    onProcessFault: (fault: "kill" | "freeze") => void = () => undefined;
    /** Faults at random: returns one for a step, or undefined. */
    random: (step: Step) => Fault | undefined = () => undefined;

    plan(step: Step, ...faults: Fault[]): this {
        this.planned.set(step, faults);
        return this;
    }

    /** The fault for this call of a step. */
    take(step: Step | undefined): Fault | undefined {
        if (!step) return undefined;
        const fault = this.planned.get(step)?.shift() ?? this.random(step);
        if (fault === "kill" || fault === "freeze") this.onProcessFault(fault);
        return fault;
    }
}

/** Forwards requests to the AWS endpoint. */
export class AwsProxy {
    /** Document IDs of the events that the bus accepted. */
    readonly events: string[] = [];
    /** Number of objects that were written. */
    writes = 0;
    private readonly server: Server;

    constructor(
        private readonly endpoint: string,
        private readonly faults: Faults,
    ) {
        this.server = createHttpServer((request, response) => void this.respond(request, response));
    }

    async start(): Promise<string> {
        return `http://127.0.0.1:${await listen(this.server)}`;
    }

    stop(): void {
        this.server.closeAllConnections();
        this.server.close();
    }

    private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const body = Buffer.concat(chunks);
        const step = awsStep(request);
        const fault = this.faults.take(step);
        if (fault === undefined || fault === "lose") {
            await this.forward(request, body, step, fault === "lose" ? undefined : response);
            if (fault === "lose") reset(request.socket);
        } else if (fault === "reset") reset(request.socket);
        else if (fault === "unavailable") response.writeHead(503).end();
        else if (fault === "denied") response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
        else if (fault === "rejected") {
            response.end(JSON.stringify({ FailedEntryCount: 1, Entries: [{ ErrorCode: "ThrottlingException" }] }));
        }
    }

    private forward(request: IncomingMessage, body: Buffer, step: Step | undefined, response?: ServerResponse): Promise<void> {
        const { method, headers, url } = request;
        return new Promise((done) => {
            const upstream = httpRequest(`${this.endpoint}${url}`, { method, headers }, (answer) => {
                if (answer.statusCode === 200) this.count(step, body);
                response?.writeHead(answer.statusCode ?? 502, answer.headers);
                if (response) answer.pipe(response);
                else answer.resume();
                answer.on("end", done);
            });
            upstream.on("error", () => {
                reset(request.socket);
                done();
            });
            upstream.end(body);
        });
    }

    private count(step: Step | undefined, body: Buffer): void {
        if (step === "write") this.writes++;
        if (step !== "publish") return;
        const { Entries } = JSON.parse(body.toString()) as { Entries: { Detail: string }[] };
        this.events.push(...Entries.map(({ Detail }) => (JSON.parse(Detail) as { id: string }).id));
    }
}

function awsStep({ method, headers, url = "" }: IncomingMessage): Step | undefined {
    const target = String(headers["x-amz-target"]);
    if (target.endsWith(".GetSecretValue")) return "secret";
    if (target.endsWith(".PutEvents")) return "publish";
    if (method === "GET" && url.startsWith("/raw-")) return "read";
    return method === "PUT" && url.startsWith("/curated-") ? "write" : undefined;
}

/** Forwards connections to the document database. The commands of the protocol contain names and strings as plain text. */
export class DatabaseProxy {
    private readonly server: TcpServer;
    private readonly sockets = new Set<Socket>();

    constructor(
        private readonly target: { host: string; port: number },
        private readonly faults: Faults,
    ) {
        this.server = createTcpServer((client) => {
            this.accept(client);
        });
    }

    start(): Promise<number> {
        return listen(this.server);
    }

    stop(): void {
        for (const socket of this.sockets) socket.destroy();
        this.server.close();
    }

    private accept(client: Socket): void {
        const upstream = connect(this.target.port, this.target.host);
        let isLost = false;
        for (const [socket, other] of [
            [client, upstream],
            [upstream, client],
        ] as const) {
            this.sockets.add(socket);
            socket.on("error", () => other.destroy());
            socket.on("close", () => {
                other.destroy();
                this.sockets.delete(socket);
            });
        }
        client.on("data", (chunk) => {
            const fault = this.faults.take(databaseStep(chunk.toString("latin1")));
            if (fault === "reset") reset(client);
            else if (fault === undefined || fault === "lose") {
                isLost = fault === "lose";
                upstream.write(chunk);
            }
        });
        upstream.on("data", (chunk) => {
            if (isLost) reset(client);
            else client.write(chunk);
        });
    }
}

function databaseStep(command: string): Step | undefined {
    if (command.includes("findAndModify") && command.includes("claimToken")) return "claim";
    if (!command.includes("claimToken") || !command.includes("updates")) return undefined;
    if (command.includes("analysed")) return "save";
    return command.includes("$ne") ? undefined : "complete";
}

const reset = (socket: Socket): void => {
    socket.resetAndDestroy();
};

async function listen(server: Server | TcpServer): Promise<number> {
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return (server.address() as AddressInfo).port;
}
