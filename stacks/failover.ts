/** Guards of a pair of stacks: only one of them is active, and it's the one whose database accepts writes. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { DrConfig, PrimaryConfig } from "./config";
import type { Context } from "./context";
import { existing } from "./lookup-errors";
import { DATABASES, namesOf } from "./names";

/**
 * Rejects `active: false` after a promotion: traffic would return to a primary database that stopped receiving writes at the failover.
 *
 * @throws pulumi.RunError if a database instance in this region is no longer a replica
 */
export async function refuseStepBack(context: Context<DrConfig>): Promise<void> {
    await Promise.all(DATABASES.map((name) => requireReplica(context, context.names.database(name))));
}

async function requireReplica(context: Context<DrConfig>, identifier: string): Promise<void> {
    if (!(await isPromoted(context, identifier))) return;
    throw new pulumi.RunError(
        `The database ${identifier} was promoted and is no longer a replica. Keep ai-platform:active: true, or fail back as described in docs/operations.md.`,
    );
}

/**
 * Rejects an active primary stack after a failover: its tasks would write to a database that clients no longer use.
 *
 * @throws pulumi.RunError if a database of the dr stack is no longer a replica, or can't be looked up
 */
export async function refuseSecondWriter(context: Context<PrimaryConfig>): Promise<void> {
    const { config, account } = context;
    const { active, namePrefix, recovery } = config;
    if (!active || !recovery || recovery.failback) return;
    const { database } = namesOf({ namePrefix, environment: recovery.environment }, account);
    for (const identifier of DATABASES.map(database)) {
        if (!(await isPromoted(context, identifier, recovery.region))) continue;
        throw new pulumi.RunError(
            `The database ${identifier} in ${recovery.region} was promoted: the dr stack serves the traffic. Set ai-platform:active: false, so that this stack stays passive, or fail back as described in docs/operations.md. Nothing was changed.`,
        );
    }
}

/** Whether a replica became a database of its own. Only a missing instance is harmless: anything else, such as a denied request, stops the update. */
async function isPromoted({ invoke }: Context, identifier: string, region?: string): Promise<boolean> {
    const lookup = aws.rds.getInstance({ dbInstanceIdentifier: identifier, region }, invoke);
    const where = region === undefined ? "" : ` in ${region}`;
    const instance = await existing(`database ${identifier}${where}`, "rds:DescribeDBInstances", lookup);
    return instance !== undefined && !instance.replicateSourceDb;
}

export function warnAboutFailback({ active, recovery }: PrimaryConfig): void {
    if (!recovery?.failback) return;
    const then = active ? "Set it to false when the standby is rebuilt" : "Set it to true only after you have moved the data";
    void pulumi.log.warn(`recovery.failback is true: this stack can be active although the database of dr was promoted. ${then}.`);
}

export function warnAboutFailover({ domain, environment, services }: DrConfig): void {
    const traced = Object.entries(services).filter(([, { tracing, collectorImage }]) => tracing && !collectorImage);
    if (traced.length > 0) {
        const keys = traced.map(([name]) => `services.${name}.collectorImage`).join(", ");
        void pulumi.log.warn(
            `${keys}: not set, so tasks pull the trace collector from public.ecr.aws, which depends on us-east-1. Copy the image to a repository in this region.`,
        );
    }
    if (!domain) {
        void pulumi.log.warn(`domain is not set: after a failover, clients must switch to the URL of ${environment}.`);
    }
}
