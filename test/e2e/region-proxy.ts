/** A proxy in front of an AWS endpoint that can refuse the requests to a region, as if the region were down. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { close, forward, listen, scopeOf, targetOf } from "./forward";
import { ResourceIds } from "./resource-ids";

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
            // A test kills its clients.
            this.forward(from, to, canFail).catch(() => to.destroy());
        }),
    );

    /** @param target the endpoint of all services, such as that of an emulator */
    constructor(private readonly target: URL) {}

    /** The endpoint of which regions can be down, and one that always responds. */
    async start(): Promise<{ endpoint: string; reliable: string }> {
        const [endpoint = "", reliable = ""] = await Promise.all(this.servers.map(listen));
        return { endpoint, reliable };
    }

    stop(): void {
        for (const server of this.servers) void close(server);
    }

    private async forward(from: IncomingMessage, to: ServerResponse, canFail: boolean): Promise<void> {
        const { region, service } = scopeOf(from);
        // The provider of another region asks STS who it is.
        if (canFail && this.down.has(region) && service !== "sts") {
            this.refused.push(`${region} ${service}`);
            from.socket.destroy();
            return;
        }
        if (service !== "rds") {
            forward(this.target, from, to, targetOf(from) === "DescribeServices" ? { change: running } : {});
            return;
        }
        const form = this.ids.request(region, await text(from));
        forward(this.target, from, to, { body: form, change: (body) => this.ids.response(region, form, body) });
    }
}
