/** Servers on loopback in front of the endpoint of an emulator. */
import { type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** Scope of a signature: `Credential=AKID/20261130/us-east-1/rds/aws4_request`. */
const SCOPE = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//;

/** Region and service that a request is for. Empty without a signature. */
export function scopeOf({ headers }: IncomingMessage): { region: string; service: string } {
    const [, region = "", service = ""] = SCOPE.exec(headers.authorization ?? "") ?? [];
    return { region, service };
}

/** Operation of a request in JSON, such as `DescribeServices`. */
export const targetOf = ({ headers }: IncomingMessage): string => String(headers["x-amz-target"] ?? "").replace(/^.*\./, "");

/** Starts a server. Returns its URL. */
export async function listen(server: Server): Promise<string> {
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Stops a server, also if clients keep their connections open. */
export async function close(server: Server): Promise<void> {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
}

interface Changes {
    /** The body, if it has been read or is another one. */
    body?: string | Buffer;
    /** Changes the body of a successful response. */
    change?: (body: string) => string;
}

/** Sends a request to the endpoint, and its response back. If the endpoint doesn't respond, the connection breaks. */
export function forward(endpoint: URL, from: IncomingMessage, to: ServerResponse, { body, change }: Changes = {}): void {
    const { hostname, port } = endpoint;
    const { method, url: path } = from;
    const headers = { ...from.headers };
    if (body !== undefined && "content-length" in headers) headers["content-length"] = String(Buffer.byteLength(body));
    const forwarded = request({ hostname, port, method, path, headers }, (answer) => {
        if (change && answer.statusCode === 200) {
            const { "content-type": type } = answer.headers;
            text(answer).then(
                (found) => to.writeHead(200, { "content-type": type }).end(change(found)),
                () => to.destroy(),
            );
            return;
        }
        to.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(to);
    });
    forwarded.on("error", () => to.destroy());
    if (body === undefined) from.pipe(forwarded);
    else forwarded.end(body);
}
