import type * as z from "zod";
import type { roles } from "./index";

type Config = z.output<(typeof roles)["primary"]> | z.output<(typeof roles)["dr"]>;

const IN_ECR = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\//;

/**
 * What a network without NAT gateways must have for its tasks and functions to start and work: interface endpoints of what they call, and
 * images that come through them. S3 has its gateway endpoint in any case.
 *
 * @returns pairs of key and complaint
 */
export function withoutNat({ network, service }: Config): [key: string, complaint: string][] {
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
    const problems: [string, string][] = [];
    if (missing.length > 0) problems.push(["network.interfaceEndpoints", `must name ${missing.join(", ")} too ${why}`]);
    if (!IN_ECR.test(service.image ?? "")) problems.push(["service.image", `must be an image in ECR ${why}`]);
    if (service.tracing && !IN_ECR.test(service.collectorImage ?? "")) {
        problems.push(["service.collectorImage", `must be an image in ECR, or service.tracing false, ${why}`]);
    }
    return problems;
}
