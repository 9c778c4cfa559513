import type { DeployedResource } from "../../components/testing";
import { isObject, messageOf } from "../../components/internal/unknown";
import { PROJECT } from "../../stacks/names";
import { planStack } from "../plan/plan";
import { readStackFile, stackNames } from "../plan/stack-file";
import { type Lookup, SOURCES } from "./checks/counterpart";
import { ZONES_SOURCE } from "./checks/zones";
import { PlannedStack, withAccount } from "./planned";

/** What runs at the same time when demand is highest. */
export interface Peak {
    title: string;
    plan: PlannedStack;
}

export interface Loaded {
    plan: PlannedStack;
    lookups: Lookup[];
    /** This stack and, for a primary stack, the dr stack after a failover. */
    peaks: Peak[];
    /** Why a peak isn't known. */
    gaps: string[];
}

/** What a stack file says about the pair that the stack belongs to. */
interface Settings {
    role?: unknown;
    region?: string;
    environment: string;
    primary: Record<string, unknown>;
    recoveryRegion?: string;
}

/** With these settings a stack has its highest demand. */
const ACTIVE = ["ai-platform:active=true"];

/**
 * Plans a stack and the stack that it shares its peak with, offline.
 *
 * @param account replaces the plan's stand-in for the account
 * @throws Error for an unknown stack or an invalid configuration
 */
export async function load(stack: string, directory: string, account: string): Promise<Loaded> {
    const { resources, lookups } = await planned(stack, directory);
    const plan = new PlannedStack(resources, account);
    const settings = settingsOf(stack, directory);
    const answer = { plan, lookups: lookups.map((lookup) => withAccount(lookup, account)), gaps: [] as string[] };
    if (settings.role === "dr") return { ...answer, peaks: [await activePeak(stack, directory, account)] };
    const peaks: Peak[] = [{ title: stack, plan }];
    const { recoveryRegion } = settings;
    if (recoveryRegion === undefined) return { ...answer, peaks };
    const recovery = recoveryOf(settings, directory);
    if (recovery === undefined) {
        // Without a stack file, the dr stack is assumed to need what this one needs.
        const own = resources.filter(({ type, inputs }) => !type.startsWith("aws:") || inputs?.region === undefined);
        const moved = own.map((resource) => movedTo(recoveryRegion, plan.region, resource));
        peaks.push({ title: `a stack like ${stack} in ${recoveryRegion}`, plan: new PlannedStack(moved, account) });
        return { ...answer, peaks };
    }
    try {
        peaks.push(await activePeak(recovery, directory, account));
    } catch (error) {
        answer.gaps.push(`${recovery} can't be planned: ${messageOf(error)}`);
    }
    return { ...answer, peaks };
}

/** Plans a stack without its account. */
export const planOffline = async (stack: string, directory: string): Promise<PlannedStack> =>
    new PlannedStack((await planned(stack, directory)).resources);

/** The region in the stack file, which the first request needs. */
export const regionOf = (stack: string, directory: string): string => settingsOf(stack, directory).region ?? "us-east-1";

async function activePeak(stack: string, directory: string, account: string): Promise<Peak> {
    const { resources } = await planned(stack, directory, ACTIVE);
    return { title: `${stack} after a failover`, plan: new PlannedStack(resources, account) };
}

async function planned(stack: string, directory: string, overrides: string[] = []) {
    const lookups: Lookup[] = [];
    // Notes each lookup and leaves the answer to the plan.
    const note = (token: string) => (inputs: Record<string, unknown>) => {
        lookups.push({ token, inputs });
        return undefined;
    };
    const dataSources = Object.fromEntries([...Object.keys(SOURCES), ZONES_SOURCE].map((token) => [token, note(token)]));
    const options = { stack, directory, overrides, dataSources };
    const resources: DeployedResource[] = (await planStack(options)).deployment().deployment.resources;
    return { resources, lookups };
}

function settingsOf(stack: string, directory: string): Settings {
    const { config } = readStackFile({ directory, project: PROJECT, stack, overrides: [] });
    const section = (name: string): Record<string, unknown> => {
        const value: unknown = JSON.parse(config[`${PROJECT}:${name}`] ?? "{}");
        return isObject(value) ? value : {};
    };
    const { region } = section("recovery");
    return {
        role: config[`${PROJECT}:role`],
        region: config["aws:region"],
        environment: config[`${PROJECT}:environment`] ?? stack,
        primary: section("primary"),
        recoveryRegion: typeof region === "string" ? region : undefined,
    };
}

/** The dr stack of a primary stack, by their stack files. */
function recoveryOf({ environment, region, recoveryRegion }: Settings, directory: string): string | undefined {
    return stackNames(directory).find((name) => {
        const { role, region: own, primary } = settingsOf(name, directory);
        return role === "dr" && own === recoveryRegion && primary.environment === environment && primary.region === region;
    });
}

const movedTo = (to: string, from: string, resource: DeployedResource): DeployedResource =>
    JSON.parse(JSON.stringify(resource).replaceAll(from, to)) as DeployedResource;
