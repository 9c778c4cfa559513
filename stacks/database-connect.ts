import * as z from "zod";
import { type FargateCluster, type Network, type PostgresCluster, PortForwarding } from "../components";
import { containerImage } from "./config/values";
import { workloadArgs } from "./connect";
import type { Platform } from "./context";

export const connectKey = z
    .strictObject({
        enabled: z
            .boolean()
            .default(false)
            .describe(
                "Creates a task definition for `npm run connect`, and a policy for developers. No task runs until the command starts one.",
            ),
        image: containerImage().optional().describe("Image with the command sleep. Default: Amazon Linux 2023, from ECR Public."),
    })
    .prefault({})
    .describe("Connections from developers' machines to the database.");

interface ConnectParts {
    network: Network;
    cluster: FargateCluster;
    database: PostgresCluster;
}

/** What `npm run connect` uses. Undefined unless `database.connect.enabled` is set. */
export function createDatabaseConnect(platform: Platform, { network, cluster, database }: ConnectParts): PortForwarding | undefined {
    const { enabled, image } = platform.config.database.connect;
    if (!enabled) return undefined;
    const name = "database-connect";
    const args = { ...workloadArgs(platform, name, [image], false), image, vpc: network, cluster };
    const forwarding = new PortForwarding(name, args, platform.opts);
    database.allowFrom(forwarding);
    network.allowEndpointsFrom(forwarding);
    return forwarding;
}
