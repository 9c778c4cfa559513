import type * as pulumi from "@pulumi/pulumi";
import { EncryptionKey, type KeyService } from "../components";
import type { PrimaryConfig } from "./config";
import type { Context } from "./context";

/** KMS keys of the stack's region, by purpose. */
export interface Keys {
    /** Data and secrets. */
    data: pulumi.Output<string>;
    logs: pulumi.Output<string>;
    alerts: pulumi.Output<string>;
    /** Keys in us-east-1 for the logs and alarms of CloudFront, which are always in that region. Undefined without `edge`. */
    usEast1?: { logs: pulumi.Output<string>; alerts: pulumi.Output<string> };
    /** Key in the recovery region, for the alarms on metrics that S3 publishes there. Undefined without copies. */
    recovery?: { region: string; alerts: pulumi.Output<string> };
}

interface KeyArgs {
    /** Name within the environment: `data`. */
    purpose: string;
    /** Beginning of the description: the data that the key encrypts. */
    description: string;
    services?: KeyService[];
    /** Regions of replica keys. The stack's own region and undefined entries are skipped. */
    replicaRegions?: (string | undefined)[];
}

/** A multi-region key named `<purpose>-encryption`. */
export function createKey(context: Context, { purpose, description, services, replicaRegions = [] }: KeyArgs): EncryptionKey {
    const { config, environment, names, region, opts } = context;
    const others = [...new Set(replicaRegions)].filter((other): other is string => other !== undefined && other !== region);
    return new EncryptionKey(
        `${purpose}-encryption`,
        {
            alias: names.key(purpose),
            description: `${description} of ${environment}`,
            services,
            replicaRegions: others,
            deletionWindowDays: config.protectData ? 30 : 7,
        },
        opts,
    );
}

/** Services that use the data key on their own behalf. */
export function dataKeyServices({ events, ai, jobs, recovery }: PrimaryConfig): KeyService[] {
    // Jobs also have a queue for failed runs, and the jobs of a dr stack use this key's replica.
    const queues = events.enabled || Object.keys(jobs).length > 0 || recovery !== undefined;
    return [
        ...(queues ? ["events" as const] : []),
        ...(events.enabled ? ["sns" as const] : []),
        ...(ai.enabled ? ["bedrock" as const] : []),
    ];
}
