import type * as z from "zod";
import { ecrImage } from "../images";
import type { roles } from ".";

type Config = z.output<(typeof roles)["primary"]> | z.output<(typeof roles)["dr"]>;

/** A key and what is wrong with it. */
export type Problem = [key: string, complaint: string];

/**
 * What a network without NAT gateways must have for its tasks and functions to start and work: interface endpoints of what they call, and
 * images that come through them. S3 has its gateway endpoint in any case.
 */
export function withoutNat({ network, service }: Config): Problem[] {
    if (network.natGateways !== "none") return [];
    const needed = [
        "ecr.api",
        "ecr.dkr",
        "events",
        "logs",
        "secretsmanager",
        "sqs",
        "bedrock-runtime",
        ...(service.tracing ? ["xray"] : []),
        ...(service.exec ? ["kms", "ssmmessages"] : []),
    ];
    const missing = needed.filter((endpoint) => !network.interfaceEndpoints.includes(endpoint));
    const why = "with network.natGateways none: nothing else leads out of the network";
    const problems: Problem[] = [];
    if (missing.length > 0) problems.push(["network.interfaceEndpoints", `must name ${missing.join(", ")} too ${why}`]);
    if (!ecrImage(service.image)) problems.push(["service.image", `must be an image in ECR ${why}`]);
    if (service.tracing && !ecrImage(service.collectorImage)) {
        problems.push(["service.collectorImage", `must be an image in ECR, or service.tracing false, ${why}`]);
    }
    return problems;
}
