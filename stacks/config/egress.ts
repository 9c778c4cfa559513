/** Rules for interface endpoints: those that a network without NAT gateways requires, and those that can't work. */
import { ecrImage } from "../../components/image-repository/ecr-image";
import { ANYWHERE } from "../../components/vpc/transit-gateway";
import { databaseWorkloads, workloadsOf } from "../workloads";
import type { Problem } from "./rules";
import type { PlatformConfig } from "./schema";

/**
 * Endpoints that tasks and functions call, by reason. S3 always has a gateway endpoint. Requests by the Lambda service for a function, such as
 * writing its log, don't use the VPC.
 *
 * @see test/unit/egress.test.ts compares this table with the permissions of all roles in the VPC
 */
const REQUIRED: { endpoints: string[]; isUsed?: (values: PlatformConfig) => boolean }[] = [
    // ECS starts tasks: image, log, secrets.
    { endpoints: ["ecr.api", "ecr.dkr", "logs", "secretsmanager"] },
    // The services, and document ingest.
    { endpoints: ["events", "sqs"], isUsed: ({ events }) => events.enabled },
    { endpoints: ["bedrock-runtime"], isUsed: ({ ai }) => ai.enabled },
    { endpoints: ["sagemaker.runtime"], isUsed: ({ ai }) => ai.enabled && ai.endpoint !== undefined },
    { endpoints: ["xray"], isUsed: (values) => workloadsOf(values).some(({ workload }) => workload.tracing) },
    // The rotation of a service's database user replaces its tasks.
    { endpoints: ["ecs"], isUsed: (values) => databaseWorkloads(values).some(({ key }) => key.startsWith("services.")) },
    {
        endpoints: ["kms", "ssmmessages"],
        isUsed: ({ services, database }) =>
            database.connect.enabled || Object.values(services).some(({ enableExecuteCommand }) => enableExecuteCommand),
    },
];

/** The endpoints that the configured systems require in a network without NAT gateways. */
export const requiredEndpoints = (values: PlatformConfig): string[] =>
    REQUIRED.filter(({ isUsed }) => isUsed?.(values) ?? true).flatMap(({ endpoints }) => endpoints);

export function endpointProblems(values: PlatformConfig): Problem[] {
    const { interfaceEndpoints } = values.network;
    const cognito = interfaceEndpoints.filter((endpoint) => /^cognito-idp(-fips)?$/.test(endpoint));
    // Private DNS would send every request for the region's user pools to the endpoint, even with NAT gateways. Cognito Developer Guide,
    // "Access Amazon Cognito using an interface endpoint".
    const problem =
        "can't be used: Cognito doesn't answer requests to user pools with a domain through an interface endpoint, so the service couldn't fetch the keys that validate tokens";
    return [...cognito.map((endpoint): Problem => ["network.interfaceEndpoints", `${endpoint} ${problem}`]), ...withoutNat(values)];
}

/** Whether the stack's own network has no internet access. The routes of an existing network are looked up: stacks/existing-network.ts. */
export const isIsolated = ({ natGateways, existing, transitGatewayCidrBlocks }: PlatformConfig["network"]): boolean =>
    natGateways === "none" && !existing && !transitGatewayCidrBlocks.includes(ANYWHERE);

const withoutNat = (values: PlatformConfig): Problem[] =>
    isIsolated(values.network) ? withoutInternet(values, "because network.natGateways is none") : [];

/**
 * Requirements of a network without internet access: endpoints, and images that tasks can pull through them.
 *
 * @param present endpoints that exist without the configuration
 */
export function withoutInternet(values: PlatformConfig, why: string, present: string[] = []): Problem[] {
    const { network } = values;
    const missing = requiredEndpoints(values).filter((endpoint) => ![...network.interfaceEndpoints, ...present].includes(endpoint));
    const problems: Problem[] = [];
    if (missing.length > 0) problems.push(["network.interfaceEndpoints", `must also contain ${missing.join(", ")} ${why}`]);
    const { connect } = values.database;
    if (connect.enabled && !ecrImage(connect.image)) problems.push(["database.connect.image", `must be an image in ECR ${why}`]);
    for (const { key, workload } of workloadsOf(values)) {
        const { image, tracing, collectorImage } = workload;
        if (!ecrImage(image)) problems.push([`${key}.image`, `must be an image in ECR ${why}`]);
        if (tracing && !ecrImage(collectorImage)) {
            problems.push([`${key}.collectorImage`, `must be an image in ECR ${why}. Alternatively, set ${key}.tracing to false`]);
        }
    }
    return problems;
}
