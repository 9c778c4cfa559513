/**
 * Which stack of a pair is active. `npm run failover` records it in a table in the recovery region. The key `active` overrides the record, but can't
 * contradict it: only one stack is active, and it's the one whose database accepts writes.
 */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { DrConfig, PrimaryConfig } from "./config";
import type { Context } from "./context";
import { existing } from "./lookup-errors";
import { DATABASES, type Names, namesOf } from "./names";

const FAIL_BACK = "fail back as described in docs/recovery.md";

/** The item of the recovery table that names the active stack, in the JSON of DynamoDB. */
const roleItem = z.object({
    active: z.object({ S: z.enum(["primary", "dr"]) }),
    since: z.object({ S: z.string() }),
});

/**
 * Whether a primary stack is active. An update that can't find this out is rejected, because it could start tasks that write to a database that
 * clients no longer use.
 *
 * @throws pulumi.RunError if the configuration contradicts the recovery region, or if that region doesn't respond
 */
export async function isActivePrimary(context: Context<PrimaryConfig>): Promise<boolean> {
    const { config, names } = context;
    const { active, recovery } = config;
    if (active === false) return false;
    if (!recovery || recovery.failback) return true;
    const record = await roleRecord(context, names, recovery.region);
    if (!record) await refuseSecondWriter(context, recovery);
    if (record?.active !== "dr") return true;
    const moved = `the dr stack ${recovery.environment} in ${recovery.region} has served the traffic since ${record.since}`;
    if (active)
        throw new pulumi.RunError(`ai-platform:active is true, but ${moved}. Remove the key, or ${FAIL_BACK}. Nothing was changed.`);
    void pulumi.log.warn(`This stack is passive: ${moved}.`);
    return false;
}

/**
 * Whether a dr stack is active.
 *
 * @throws pulumi.RunError if the configuration contradicts the record, or if the stack would be passive although a database was promoted
 */
export async function isActiveDr(context: Context<DrConfig>, owner: Names): Promise<boolean> {
    const { active } = context.config;
    const record = await roleRecord(context, owner);
    if (record && active !== undefined && active !== (record.active === "dr")) {
        const where = record.active === "dr" ? "this stack has served" : `stack ${context.config.primary.environment} has served`;
        throw new pulumi.RunError(
            `ai-platform:active is ${active}, but ${where} the traffic since ${record.since}. Remove the key. Nothing was changed.`,
        );
    }
    if (active ?? record?.active === "dr") return true;
    await Promise.all(DATABASES.map((name) => requireReplica(context, context.names.database(name))));
    return false;
}

/** What `npm run failover` recorded. Undefined before the first failover, and if the primary stack has no table yet. */
async function roleRecord({ invoke }: Context, { recoveryTable: tableName }: Names, region?: string) {
    const key = JSON.stringify({ id: { S: "role" } });
    const lookup = aws.dynamodb.getTableItem({ tableName, key, region }, invoke);
    const found = await existing(`active stack in table ${tableName}`, "dynamodb:GetItem, and kms:Decrypt for its key", lookup);
    if (found === undefined) return undefined;
    const item: unknown = JSON.parse(found.item);
    // The mocks of unit tests return an empty item.
    if (!item || Object.keys(item).length === 0) return undefined;
    const { success, data } = roleItem.safeParse(item);
    if (!success)
        throw new pulumi.RunError(`The item role in table ${tableName} must contain active (primary or dr) and since: ${found.item}`);
    return { active: data.active.S, since: data.since.S };
}

async function requireReplica(context: Context, identifier: string): Promise<void> {
    if (!(await isPromoted(context, identifier))) return;
    throw new pulumi.RunError(
        `The database ${identifier} was promoted and is no longer a replica. Set ai-platform:active: true, or ${FAIL_BACK}. Nothing was changed.`,
    );
}

/** Rejects an active primary after a promotion without `npm run failover`, which leaves no record. */
async function refuseSecondWriter(context: Context<PrimaryConfig>, recovery: NonNullable<PrimaryConfig["recovery"]>): Promise<void> {
    const { config, account } = context;
    const { database } = namesOf({ namePrefix: config.namePrefix, environment: recovery.environment }, account);
    for (const identifier of DATABASES.map(database)) {
        if (!(await isPromoted(context, identifier, recovery.region))) continue;
        throw new pulumi.RunError(
            `The database ${identifier} in ${recovery.region} was promoted: the dr stack serves the traffic. Set ai-platform:active: false, so that this stack stays passive, or ${FAIL_BACK}. Nothing was changed.`,
        );
    }
}

/** Whether a replica was promoted. Only a missing instance is harmless: any other error, such as a denied request, stops the update. */
export async function isPromoted({ invoke }: Context, identifier: string, region?: string): Promise<boolean> {
    const lookup = aws.rds.getInstance({ dbInstanceIdentifier: identifier, region }, invoke);
    const where = region === undefined ? "" : ` in ${region}`;
    const instance = await existing(`database ${identifier}${where}`, "rds:DescribeDBInstances", lookup);
    return instance !== undefined && !instance.replicateSourceDb;
}

export function warnAboutFailback({ recovery }: PrimaryConfig, active: boolean): void {
    if (!recovery?.failback) return;
    const then = active ? "Set it to false when the standby is rebuilt" : "Set it to true only after you have moved the data";
    void pulumi.log.warn(`recovery.failback is true: this stack can be active even though the database of dr was promoted. ${then}.`);
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
