/** A proxy in front of an AWS endpoint that can refuse the requests to a region, as if the region were down. */
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { ResourceIds } from "./resource-ids";

/** Region in the scope of a signature: `Credential=AKID/20261130/us-east-1/rds/aws4_request`. */
const SCOPE = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//;

/** Emulators run no tasks. Here, a service runs as many as it should, and its deployment is complete. */
function running(body: string): string {
    const answer = JSON.parse(body) as { services?: { desiredCount: number; deployments?: object[] }[] };
    const services = (answer.services ?? []).map((service) => {
        const counts = { desiredCount: service.desiredCount, runningCount: service.desiredCount, pendingCount: 0 };
        const [deployment = {}] = service.deployments ?? [];
        return { ...service, ...counts, deployments: [{ ...deployment, ...counts, status: "PRIMARY", rolloutState: "COMPLETED" }] };
    });
    return JSON.stringify({ ...answer, services });
}

export class RegionProxy {
    /** Regions that don't respond. */
    readonly down = new Set<string>();
    /** Refused requests, as `region service`. */
    refused: string[] = [];
    private readonly ids = new ResourceIds();
    private readonly servers = [true, false].map((canFail) =>
        createServer((from, to) => {
            void this.forward(from, to, canFail);
        }),
    );

    /** @param target the endpoint of all services, such as that of an emulator */
    constructor(private readonly target: URL) {}

    /** The endpoint of which regions can be down, and one that always responds. */
    async start(): Promise<{ endpoint: string; reliable: string }> {
        const [endpoint = "", reliable = ""] = await Promise.all(
            this.servers.map(async (server) => {
                await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
                return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
            }),
        );
        return { endpoint, reliable };
    }

    stop(): void {
        for (const server of this.servers) {
            server.closeAllConnections();
            server.close();
        }
    }

    private async forward(from: IncomingMessage, to: ServerResponse, canFail: boolean): Promise<void> {
        const [, region = "", service = ""] = SCOPE.exec(from.headers.authorization ?? "") ?? [];
        // The provider of another region asks STS who it is.
        if (canFail && this.down.has(region) && service !== "sts") {
            this.refused.push(`${region} ${service}`);
            from.socket.destroy();
            return;
        }
        const { hostname, port } = this.target;
        const { method, url: path, headers } = from;
        const describesServices = String(headers["x-amz-target"]).endsWith(".DescribeServices");
        const form = service === "rds" ? this.ids.request(region, await text(from)) : undefined;
        if (form !== undefined) headers["content-length"] = String(Buffer.byteLength(form));
        const forwarded = request({ hostname, port, method, path, headers }, (answer) => {
            const change = describesServices
                ? running
                : form === undefined
                  ? undefined
                  : (body: string) => this.ids.response(region, form, body);
            if (change && answer.statusCode === 200) {
                const { "content-type": type } = answer.headers;
                void text(answer).then((body) => to.writeHead(200, { "content-type": type }).end(change(body)));
                return;
            }
            to.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(to);
        });
        forwarded.on("error", () => to.destroy());
        if (form === undefined) from.pipe(forwarded);
        else forwarded.end(form);
    }
}
