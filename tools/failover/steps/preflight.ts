/** Reads what the run needs, and finds reasons not to start it. Changes nothing. */
import { isObject } from "../../../components/internal/unknown";
import { type Description, descriptionSchema } from "../../../stacks/recovery/description";
import { lineOf, Refused } from "../errors";
import { CURRENT, type CurrentRun, currentRunOf, type Direction, isoTime } from "../journal";
import { type Item, isUnreachable, MAX_SKEW, type Region, type Table } from "../ports";
import { countWithin, type Place } from "../roles";
import { type RegionOf, type Scene, titleOf } from "./context";
import { standbyProblems } from "./standby";

/** The item `role`. Without it, the primary is active. */
export interface RoleRecord {
    active: string;
    since?: string;
    run?: string;
}

/** The region that becomes active, and the one that becomes passive. */
export interface Places {
    to: Place;
    /** Undefined if no stack has described it. */
    from?: Place;
}

export interface Found {
    failover: Places;
    /** Undefined if the primary stack hasn't described itself. */
    failback?: Places;
    role: RoleRecord;
    current?: CurrentRun;
    /** ARN of the caller. */
    caller: string;
    /** Time of AWS at the request, in milliseconds since 1970. */
    time?: number;
}

export const placesOf = ({ failover, failback }: Found, direction: Direction = "failover"): Places =>
    (direction === "failback" ? failback : undefined) ?? failover;

export interface Inspection {
    /** Tasks to run, by the logical name of the service. */
    counts: Record<string, number>;
    /** What the counts are based on, for the plan. */
    countsFrom: string;
    /** Counts that were measured in the old region just now. */
    measured?: Record<string, number>;
    /** Reasons not to start. */
    problems: string[];
    warnings: string[];
}

/**
 * Reads the descriptions, the role, and the journal.
 *
 * @throws Refused if they don't describe a pair of stacks
 */
export async function find(table: Table, region: string, regionOf: RegionOf): Promise<Found> {
    const [dr, primary, role, run] = await Promise.all(["stack/dr", "stack/primary", "role", CURRENT].map((id) => table.get(id)));
    const description = descriptionOf(table, "dr", dr);
    if (!description) throw new Refused(`table ${table.name} has no item stack/dr: update the dr stack first`);
    if (description.region !== region)
        throw new Refused(`table ${table.name} describes a dr stack in ${description.region}, but the region is ${region}`);
    const recovery = regionOf(region, { patient: true });
    const { account, arn, time } = await recovery.caller();
    if (account !== description.account)
        throw new Refused(`the credentials belong to account ${account}, but ${description.environment} is in ${description.account}`);
    const old = descriptionOf(table, "primary", primary);
    const to = { region: recovery, description };
    return {
        failover: { to, from: old && { region: regionOf(old.region, { patient: false }), description: old } },
        // A failback starts only if the primary region responds.
        failback: old && { to: { region: regionOf(old.region, { patient: true }), description: old }, from: to },
        role: roleOf(role),
        current: currentRunOf(run),
        caller: arn,
        time,
    };
}

function descriptionOf({ name }: Table, role: "dr" | "primary", item?: Item): Description | undefined {
    if (item === undefined) return undefined;
    let content: unknown;
    try {
        content = typeof item.description === "string" ? JSON.parse(item.description) : undefined;
    } catch {
        throw new Refused(`item stack/${role} of table ${name} isn't JSON`);
    }
    const { data, error } = descriptionSchema.safeParse(content);
    if (!data) {
        const problems = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
        throw new Refused(`item stack/${role} of table ${name} isn't valid: ${problems.join("; ")}`);
    }
    if (data.role !== role) throw new Refused(`item stack/${role} of table ${name} describes a stack with the role ${data.role}`);
    return data;
}

function roleOf(item?: Item): RoleRecord {
    const active = item?.active ?? "primary";
    const text = (value: unknown) => (typeof value === "string" ? value : undefined);
    if (active !== "primary" && active !== "dr")
        throw new Refused(`item role: active must be primary or dr, not ${JSON.stringify(active)}`);
    return { active, since: text(item?.since), run: text(item?.run) };
}

interface Options {
    direction: Direction;
    planned: boolean;
}

/** Checks the stacks before the start of a run. */
export async function inspect(scene: Scene, { role, time }: Pick<Found, "role" | "time">, options: Options): Promise<Inspection> {
    const { direction, planned } = options;
    const { to, from } = scene;
    const isFailback = direction === "failback";
    const problems: string[] = [];
    const warnings: string[] = [];
    if (role.active === to.description.role)
        problems.push(
            `${titleOf(to.description)} is already active, since ${role.since ?? "an unknown time"} (${role.run ?? "an unknown run"})`,
        );
    const skew = time === undefined ? 0 : Math.abs(scene.clock.now() - time);
    // The end of the fence is compared with times of CloudWatch.
    if (planned && skew > MAX_SKEW)
        problems.push(`the clock of this computer differs from that of AWS by ${Math.round(skew / 1000)} seconds: correct it`);
    const silence = isFailback ? await silenceOf(to) : undefined;
    if (silence !== undefined) return { counts: {}, countsFrom: "", problems: [silence], warnings };
    if (!from) (planned ? problems : warnings).push("item stack/primary is missing, so the primary region can't be made passive");
    const results = await Promise.all([
        ...(isFailback ? [] : to.description.databases.map(({ identifier }) => inspectDatabase(to.region, identifier, planned))),
        ...(isFailback && from ? [inspectStandby(to, from)] : []),
        ...Object.values(to.description.services).map(({ service }) => inspectService(to, service)),
        inspectSwitch(to),
    ]);
    for (const result of results) {
        problems.push(...(result.problems ?? []));
        warnings.push(...(result.warnings ?? []));
    }
    const measured = from && (await measure(from));
    if (measured && !measured.responds) {
        const text = `region ${from.region.name} doesn't respond (${measured.reason})`;
        if (planned) problems.push(isFailback ? text : `${text}. A planned failover needs it: run without --planned`);
        else warnings.push(`${text}: it won't be passive until it responds and you run this command again`);
    }
    return { ...(await countsOf(scene, measured?.counts ?? {})), problems, warnings };
}

interface Result {
    problems?: string[];
    warnings?: string[];
}

async function inspectDatabase(region: Region, identifier: string, planned: boolean): Promise<Result> {
    const state = await region.database(identifier);
    if (!state) return { problems: [`database ${identifier} doesn't exist in ${region.name}`] };
    if (state.source === undefined) {
        const text = `database ${identifier} is no longer a replica`;
        return planned ? { problems: [`${text}, so it doesn't receive the last transactions`] } : { warnings: [text] };
    }
    const lag = await region.replicaLag(identifier).catch(() => undefined);
    const warnings =
        state.status === "available" ? [] : [`database ${identifier} is ${state.status}: the promotion waits until it's available`];
    if (lag === undefined) return { warnings: [...warnings, `the replica lag of ${identifier} is unknown`] };
    const text =
        lag.seconds < 0
            ? `the replication to ${identifier} has stopped`
            : `${identifier} contains the transactions until ${isoTime(lag.at - lag.seconds * 1000)}`;
    return planned && lag.seconds < 0 ? { problems: [text] } : { warnings: [...warnings, text] };
}

const inspectStandby = async (to: Place, from: Place): Promise<Result> => ({ problems: await standbyProblems(to, from) });

async function inspectService({ region, description }: Place, service: string): Promise<Result> {
    const state = await region.service({ cluster: description.cluster, service });
    return state ? {} : { problems: [`service ${service} doesn't exist in the cluster ${description.cluster}`] };
}

async function inspectSwitch({ region, description }: Place): Promise<Result> {
    if (!description.switch) return { warnings: [`there's no domain, so clients must use the URL of ${description.environment}`] };
    const value = await region.stageVariable(description.switch);
    return value === undefined ? { problems: [`the stage variable ${description.switch.variable} isn't set`] } : {};
}

/** Undefined if the region responds. */
const silenceOf = ({ region }: Place): Promise<string | undefined> =>
    region.caller().then(
        () => undefined,
        (error: unknown) => `region ${region.name} doesn't respond (${lineOf(error)})`,
    );

type Measured = { responds: true; counts: Record<string, number> } | { responds: false; reason: string; counts: Record<string, number> };

/** Number of tasks in the old region, by service. */
async function measure({ region, description }: Place): Promise<Measured> {
    const counts: Record<string, number> = {};
    try {
        await region.caller();
        for (const [key, { service }] of Object.entries(description.services)) {
            const name = { cluster: description.cluster, service };
            const count = (await region.peakCount(name)) ?? (await region.service(name))?.desired;
            if (count !== undefined) counts[key] = count;
        }
        return { responds: true, counts };
    } catch (error) {
        // Any other error, such as a missing permission, concerns one request, and the last known counts can replace the result.
        return isUnreachable(error) ? { responds: false, reason: lineOf(error), counts } : { responds: true, counts };
    }
}

async function countsOf(scene: Scene, measured: Record<string, number>): Promise<Omit<Inspection, "problems" | "warnings">> {
    const { to, from, table } = scene;
    const services = Object.entries(to.description.services);
    const isMeasured = Object.keys(measured).length > 0;
    const known = await stored(table);
    // If only some services could be measured, the last known counts of the others serve as well.
    const all = { ...known.counts, ...measured };
    const countsFrom = isMeasured ? `${from?.description.environment ?? ""} in the last 24 hours` : known.source;
    const counts = services.map(([key, service]) => [key, countWithin(service, all[key])] as const);
    return { counts: Object.fromEntries(counts), countsFrom, ...(isMeasured && { measured: all }) };
}

/** The item `capacity`. */
async function stored(table: Table): Promise<{ counts: Record<string, number>; source: string }> {
    const item = await table.get("capacity");
    const entries = isObject(item?.services) ? Object.entries(item.services) : [];
    const counts = entries.flatMap(([key, count]) => (typeof count === "number" ? [[key, count] as const] : []));
    if (counts.length === 0) return { counts: {}, source: "minCapacity" };
    return { counts: Object.fromEntries(counts), source: `the counts of ${typeof item?.at === "string" ? item.at : "an unknown time"}` };
}
