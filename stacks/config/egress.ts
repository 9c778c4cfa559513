import { ecrImage } from "../../components/image-repository/ecr-image";
import type { Problem } from "./rules";
import type { PlatformConfig } from "./schema";

/**
 * Requirements of tasks and functions in a network without NAT gateways: interface endpoints for the services that they call, and images that they
 * can pull through them. S3 always has a gateway endpoint.
 */
export function withoutNat({ network, service }: PlatformConfig): Problem[] {
    if (network.natGateways !== "none") return [];
    const required = [
        "ecr.api",
        "ecr.dkr",
        "events",
        "logs",
        "secretsmanager",
        "sqs",
        "bedrock-runtime",
        ...(service.tracing ? ["xray"] : []),
        ...(service.enableExecuteCommand ? ["kms", "ssmmessages"] : []),
    ];
    const missing = required.filter((endpoint) => !network.interfaceEndpoints.includes(endpoint));
    const why = "because network.natGateways is none";
    const problems: Problem[] = [];
    if (missing.length > 0) problems.push(["network.interfaceEndpoints", `must also contain ${missing.join(", ")} ${why}`]);
    if (!ecrImage(service.image)) problems.push(["service.image", `must be an image in ECR ${why}`]);
    if (service.tracing && !ecrImage(service.collectorImage)) {
        problems.push(["service.collectorImage", `must be an image in ECR ${why}. Alternatively, set service.tracing to false`]);
    }
    return problems;
}
