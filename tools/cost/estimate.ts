/** Fixed monthly costs of a deployment: what its resources cost without requests, data, and logs. */
import type { DeployedResource } from "../../components/testing";
import { nameOf } from "../../components/testing/urn";
import { FREE } from "./free";
import { type Priced, PRICED } from "./priced";

/** Pulumi's deployment JSON, as `pulumi stack export` and `npm run plan -- STACK --json` print it. */
interface Exported {
    deployment: { resources: DeployedResource[] };
}

/** The costs of a resource. */
export interface Cost {
    /** Logical name. */
    name: string;
    type: string;
    /** USD a month. */
    usd: number;
}

export interface Estimate {
    costs: Cost[];
    /** USD a month. */
    total: number;
}

/**
 * Estimates the costs at list prices of us-east-1. Autoscaling counts with its minimum.
 *
 * @throws Error that lists all resources that it can't estimate: types in neither list, and classes and settings without a price
 */
export function estimate({ deployment: { resources } }: Exported): Estimate {
    const problems: string[] = [];
    const costs = resources
        .filter(({ custom, type }) => custom && !isOfPulumi(type) && !FREE.has(type))
        .map((resource): Cost => {
            const { type } = resource;
            const name = nameOf(resource.urn);
            const priced: Priced | undefined = PRICED[type];
            const usd = priced ? priced(resource.inputs ?? {}, resources) : "has no price";
            if (typeof usd === "number") return { name, type, usd };
            problems.push(`${type} ${name}: ${usd}`);
            return { name, type, usd: 0 };
        });
    if (problems.length > 0) throw new Error(`The costs can't be estimated:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    return { costs, total: costs.reduce((sum, { usd }) => sum + usd, 0) };
}

/** Providers, stacks, and values in the state. */
const isOfPulumi = (type: string): boolean => /^(pulumi|random):/.test(type);
