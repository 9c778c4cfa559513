import type { DeployedResource, Lookup, Recording } from "../../components/testing";
import { messageOf } from "../../components/internal/unknown";
import { isDr, isPair, isPrimary } from "../../stacks/config/configured-stack";
import { PROJECT } from "../../stacks/names";
import { readStackFiles } from "../plan/check";
import { planStack } from "../plan/plan";
import { readStackFile } from "../plan/stack-file";
import { PlannedStack, withAccount } from "./planned";

/** A plan with the highest demand. All peaks can occur at the same time. */
export interface Peak {
    title: string;
    plan: PlannedStack;
}

export interface Loaded {
    plan: PlannedStack;
    lookups: Lookup[];
    /** This stack and, for a primary stack, the dr stack after a failover. */
    peaks: Peak[];
    /** Reasons why a peak isn't known. */
    gaps: string[];
}

/** With these settings, a stack has its highest demand. */
const ACTIVE = ["ai-platform:active=true"];

/** Plans a stack offline. Tests replace it with a function that caches plans. */
export type Planner = (options: { stack: string; directory: string; overrides: string[] }) => Promise<Recording>;

/**
 * Plans a stack offline, and the stack whose peak occurs at the same time.
 *
 * @param account replaces the plan's placeholder for the account
 * @throws Error for an unknown stack or an invalid configuration
 */
export async function load(stack: string, directory: string, account: string, planner: Planner = planStack): Promise<Loaded> {
    const activePeak = async (name: string): Promise<Peak> => {
        const active = await planner({ stack: name, directory, overrides: ACTIVE });
        return { title: `${name} after a failover`, plan: new PlannedStack(resourcesOf(active), account) };
    };
    const recording = await planner({ stack, directory, overrides: [] });
    const resources = resourcesOf(recording);
    const plan = new PlannedStack(resources, account);
    const answer = { plan, lookups: recording.lookups.map((lookup) => withAccount(lookup, account)), gaps: [] as string[] };
    const { valid, invalid } = readStackFiles(directory);
    const own = valid.find((it) => it.stack === stack);
    if (!own || !isPrimary(own)) return { ...answer, peaks: [await activePeak(stack)] };
    const peaks: Peak[] = [{ title: stack, plan }];
    const { recovery } = own.values;
    if (!recovery) return { ...answer, peaks };
    const dr = valid.filter(isDr).find((it) => isPair(own, it) && it.region === recovery.region);
    if (dr) return { ...answer, ...(await withPeak(peaks, dr.stack, activePeak)) };
    // Any of the invalid files could be that of the dr stack.
    const gaps = Object.entries(invalid).map(([name, problems]) => `Pulumi.${name}.yaml is invalid: ${problems.join("; ")}`);
    if (gaps.length > 0) return { ...answer, peaks, gaps };
    // Without a stack file, the dr stack is assumed to have the same demand as this stack.
    const inRegion = resources.filter(({ type, inputs }) => !type.startsWith("aws:") || inputs?.region === undefined);
    const moved = inRegion.map((resource) => movedTo(recovery.region, plan.region, resource));
    peaks.push({ title: `a stack like ${stack} in ${recovery.region}`, plan: new PlannedStack(moved, account) });
    return { ...answer, peaks };
}

/** Plans what a stack contains before and after a failover, without its account. */
export async function planOffline(stack: string, directory: string, planner: Planner = planStack): Promise<PlannedStack> {
    const isStandby = readStackFiles(directory).valid.some((it) => it.stack === stack && isDr(it));
    const resources: DeployedResource[] = [];
    for (const overrides of isStandby ? [[], ACTIVE] : [[]]) resources.push(...resourcesOf(await planner({ stack, directory, overrides })));
    return new PlannedStack(resources);
}

/** The region in the stack file, for the first request. */
export const regionOf = (stack: string, directory: string): string =>
    readStackFile({ directory, project: PROJECT, stack, overrides: [] }).config["aws:region"] ?? "us-east-1";

async function withPeak(
    peaks: Peak[],
    stack: string,
    activePeak: (stack: string) => Promise<Peak>,
): Promise<Pick<Loaded, "peaks" | "gaps">> {
    try {
        return { peaks: [...peaks, await activePeak(stack)], gaps: [] };
    } catch (error) {
        return { peaks, gaps: [`${stack} can't be planned: ${messageOf(error)}`] };
    }
}

const resourcesOf = (recording: Recording): DeployedResource[] => recording.deployment().deployment.resources;

const movedTo = (to: string, from: string, resource: DeployedResource): DeployedResource =>
    JSON.parse(JSON.stringify(resource).replaceAll(from, to)) as DeployedResource;
