import { Refused } from "../failover/errors";
import type { Cluster, Documents, RecoveryPoint } from "./ports";
import type { Plan } from "./stages";
import { ambiguousNames, clustersOf, instancesIn, namesIn, newRestore, type Restore, retiredIn, unfinishedIn } from "./state";
import type { Target } from "./target";

export interface Prepared {
    plan: Plan;
    /** Undefined if the vault doesn't have the recovery point anymore. */
    point?: RecoveryPoint;
    /** An earlier run started the restore. */
    isContinued: boolean;
    /** An earlier run completed the restore of the same recovery point. */
    isComplete: boolean;
}

const NOTHING = "Nothing was changed";

/** @throws Refused if the credentials are those of another account */
export async function checkAccount(documents: Documents, { stack, accounts }: Target): Promise<string> {
    const account = await documents.account();
    if (accounts.length > 0 && !accounts.includes(account))
        throw new Refused(`${stack} is in the account ${accounts.join(" or ")}, but these credentials belong to ${account}. ${NOTHING}`);
    return account;
}

/**
 * Decides what to restore, or finds the restore to continue.
 *
 * @param arn ARN of the recovery point. Default: the latest one
 * @throws Refused with the reason
 */
export async function prepare(documents: Documents, target: Target, now: number, arn?: string): Promise<Prepared> {
    const { identifier, secret } = target;
    const account = await checkAccount(documents, target);
    const [unfinished, points] = [await unfinishedIn(documents, identifier), await documents.points(target.vault)];
    if (unfinished) {
        if (arn !== undefined && arn !== unfinished.point)
            throw new Refused(`the restore of ${unfinished.point} isn't complete: continue it without --point. ${NOTHING}`);
        const point = points.find((it) => it.arn === unfinished.point);
        return { plan: await planOf(documents, identifier, unfinished, secret), point, isContinued: true, isComplete: false };
    }
    const cluster = await documents.cluster(identifier);
    if (!cluster)
        throw new Refused(
            `cluster ${identifier} doesn't exist in ${target.region} of the account ${account}: create it with the stack first. ${NOTHING}`,
        );
    const point = chosen(points, target, arn);
    await checkClusters(documents, cluster, point, secret);
    const retired = await retiredIn(documents, identifier);
    const isComplete = retired.some((it) => it.by === cluster.resourceId && it.point === point.arn);
    const plan = await planOf(documents, identifier, newRestore(point.arn, now, cluster), secret);
    return { plan, point, isContinued: false, isComplete };
}

async function planOf(documents: Documents, identifier: string, restore: Restore, secret: string): Promise<Plan> {
    const names = namesIn(identifier, restore);
    return { documents, names, restore, secret, instances: instancesIn(await clustersOf(documents, names), restore) };
}

function chosen(points: RecoveryPoint[], { vault, region, source }: Target, arn?: string): RecoveryPoint {
    const complete = points.filter(({ status }) => status === "COMPLETED");
    if (arn !== undefined) {
        const found = complete.find((point) => point.arn === arn);
        if (found) return found;
        throw new Refused(`the vault ${vault} in ${region} has no complete recovery point of DocumentDB ${arn}. ${NOTHING}`);
    }
    const isSource = ({ source: it }: RecoveryPoint) => it.includes(`:${source.region}:`) && it.endsWith(`:cluster:${source.identifier}`);
    const [latest] = complete.filter(isSource).sort((a, b) => b.createdAt - a.createdAt);
    if (latest) return latest;
    throw new Refused(
        `the vault ${vault} in ${region} has no complete recovery point of ${source.identifier} in ${source.region}. ${NOTHING}`,
    );
}

/** A snapshot determines the name of the master user and the version. */
async function checkClusters(documents: Documents, cluster: Cluster, point: RecoveryPoint, secret: string): Promise<void> {
    const { identifier } = cluster;
    const ambiguous = ambiguousNames(cluster);
    const [snapshot, username] = await Promise.all([documents.snapshot(point.arn), documents.secretUsername(secret)]);
    // Without this information, the user is compared after the restore.
    const { username: user, engineVersion } = snapshot ?? cluster;
    const problems = [
        ...(cluster.status === "available" ? [] : [`cluster ${identifier} is ${cluster.status}`]),
        ...(cluster.members.length > 0 ? [] : [`cluster ${identifier} has no instances, from which the new ones get their settings`]),
        ...(ambiguous.length === 0 ? [] : [`names must have at most 58 characters and not end with -next: ${ambiguous.join(", ")}`]),
        ...(user === cluster.username
            ? []
            : [`the master user of the recovery point is ${user}, but that of ${identifier} is ${cluster.username}`]),
        ...(username === cluster.username
            ? []
            : [`the user of the secret ${secret} is ${username}, but the master user of ${identifier} is ${cluster.username}`]),
        ...(versionOf(engineVersion) === versionOf(cluster.engineVersion)
            ? []
            : [`the recovery point has version ${engineVersion}, but ${identifier} has ${cluster.engineVersion}`]),
    ];
    if (problems.length > 0) throw new Refused(`${problems.join("; ")}. ${NOTHING}`);
}

/** The part of a version that parameter groups depend on: `5.0`. */
const versionOf = (engineVersion: string): string => engineVersion.split(".").slice(0, 2).join(".");
