/** A proxy in front of an AWS endpoint that can refuse the requests to a region, as if the region were down. */
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

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
    private readonly server = createServer((from, to) => {
        this.forward(from, to);
    });

    /** @param target the endpoint of all services, such as that of an emulator */
    constructor(private readonly target: URL) {}

    async start(): Promise<string> {
        await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
        const { port } = this.server.address() as AddressInfo;
        return `http://127.0.0.1:${port}`;
    }

    stop(): void {
        this.server.closeAllConnections();
        this.server.close();
    }

    private forward(from: IncomingMessage, to: ServerResponse): void {
        const [, region = "", service = ""] = SCOPE.exec(from.headers.authorization ?? "") ?? [];
        // The provider of another region asks STS who it is.
        if (this.down.has(region) && service !== "sts") {
            this.refused.push(`${region} ${service}`);
            from.socket.destroy();
            return;
        }
        const { hostname, port } = this.target;
        const { method, url: path, headers } = from;
        const describesServices = String(headers["x-amz-target"]).endsWith(".DescribeServices");
        const forwarded = request({ hostname, port, method, path, headers }, (answer) => {
            if (describesServices && answer.statusCode === 200) {
                void text(answer).then((body) => to.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end(running(body)));
                return;
            }
            to.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(to);
        });
        forwarded.on("error", () => to.destroy());
        from.pipe(forwarded);
    }
}
