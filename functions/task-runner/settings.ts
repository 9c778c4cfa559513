import type { RunnerSettings } from "./runner";

const VARIABLES = ["CLUSTER_ARN", "SUBNET_IDS", "SECURITY_GROUP_IDS", "CONTAINER_NAME", "LOG_GROUP_NAME", "TIMEOUT"] as const;

/**
 * Reads the settings from environment variables. Lists are separated by commas.
 *
 * @throws Error that lists the missing variables
 */
export function readSettings(environment: Record<string, string | undefined>): RunnerSettings {
    const missing = VARIABLES.filter((name) => !environment[name]);
    if (missing.length > 0) throw new Error(`these environment variables are missing: ${missing.join(", ")}`);
    const text = (name: (typeof VARIABLES)[number]): string => environment[name] ?? "";
    return {
        clusterArn: text("CLUSTER_ARN"),
        subnetIds: text("SUBNET_IDS").split(","),
        securityGroupIds: text("SECURITY_GROUP_IDS").split(","),
        containerName: text("CONTAINER_NAME"),
        logGroupName: text("LOG_GROUP_NAME"),
        timeout: Number(text("TIMEOUT")),
    };
}
