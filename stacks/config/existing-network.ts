/** Rules for the key `network.existing`, and the keys that have no effect with it. */
import { isObject } from "../../components/internal/unknown";
import type { Problem } from "./rules";
import type { PlatformConfig } from "./schema";

/** Keys of `network` that also apply to an existing network. */
const APPLICABLE = ["existing", "interfaceEndpoints"];

/** @param written the configuration as written, before defaults */
export function existingNetworkProblems(values: PlatformConfig, written: Record<string, unknown>): Problem[] {
    const { existing } = values.network;
    if (!existing) return [];
    const why = "has no effect with network.existing: the owner of the VPC determines it";
    const keys = isObject(written.network) ? Object.keys(written.network) : [];
    const problems = keys.filter((key) => !APPLICABLE.includes(key)).map((key): Problem => [`network.${key}`, why]);
    if (isObject(written.primary) && "cidrBlock" in written.primary) {
        problems.push(["primary.cidrBlock", "has no effect with network.existing: the owner of the VPC avoids overlapping networks"]);
    }
    const inBoth = existing.dataSubnetIds.filter((id) => existing.privateSubnetIds.includes(id));
    if (inBoth.length > 0) {
        problems.push(["network.existing.dataSubnetIds", `must not contain private subnets: ${inBoth.join(", ")}`]);
    }
    if (values.role === "primary" && values.lake.enabled && values.lake.onlyThroughEndpoint && existing.s3EndpointId === undefined) {
        const remedy = "Set the ID of the VPC's S3 gateway endpoint, or set lake.onlyThroughEndpoint to false";
        problems.push(["network.existing.s3EndpointId", `is missing: lake.onlyThroughEndpoint requires it. ${remedy}`]);
    }
    return problems;
}
