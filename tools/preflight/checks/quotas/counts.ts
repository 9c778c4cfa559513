/** The demand of a planned stack at its peak. */
import { isObject } from "../../../../components/internal/unknown";
import { numberOf, type PlannedStack, textOf } from "../../planned";

/** Counts by what the quota limits: Availability Zones, event buses, or `ALL` for the region or account. */
export type Counts = Map<string, number>;

export const ALL = "";
export const total = (count: number): Counts => new Map([[ALL, count]]);

export function countsOf(keys: (string | undefined)[]): Counts {
    const counts: Counts = new Map();
    for (const key of keys) if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
}

export function sumOf(all: Counts[]): Counts {
    const sum: Counts = new Map();
    for (const counts of all) for (const [place, count] of counts) sum.set(place, (sum.get(place) ?? 0) + count);
    return sum;
}

export const planned =
    (...types: string[]) =>
    (plan: PlannedStack, region?: string): Counts =>
        total(types.reduce((sum, type) => sum + plan.of(type, region).length, 0));

/** During a deployment, up to twice the maximum number of tasks run. */
export function fargateVcpus(plan: PlannedStack, region?: string): number {
    const counts = plan
        .of("aws:appautoscaling/target:Target", region)
        .filter(({ inputs }) => inputs.serviceNamespace === "ecs")
        .map(({ inputs }) => numberOf(inputs.maxCapacity) ?? 1);
    const vcpus = plan.of("aws:ecs/taskDefinition:TaskDefinition", region).map(({ inputs }) => (numberOf(inputs.cpu) ?? 0) / 1024);
    const services = plan.of("aws:ecs/service:Service", region).map(({ inputs }) => numberOf(inputs.desiredCount) ?? 1);
    const tasks = counts.length > 0 ? counts : services;
    return 2 * tasks.reduce((sum, count) => sum + count, 0) * Math.max(0, ...vcpus);
}

/** Lambda rejects a reservation that leaves less than this for all other functions (Lambda Developer Guide, "Configuring reserved concurrency"). */
const UNRESERVED = 100;

export function concurrency(plan: PlannedStack, region?: string): number {
    const functions = plan.of("aws:lambda/function:Function", region);
    const reservations = functions.map(({ inputs }) => numberOf(inputs.reservedConcurrentExecutions) ?? 0);
    const reserved = reservations.filter((count) => count > 0).reduce((sum, count) => sum + count, 0);
    const polled = plan
        .of("aws:lambda/eventSourceMapping:EventSourceMapping", region)
        .map(({ inputs }) => (isObject(inputs.scalingConfig) ? (numberOf(inputs.scalingConfig.maximumConcurrency) ?? 1) : 1))
        .reduce((sum, count) => sum + count, 0);
    return reserved + Math.max(polled, reserved > 0 ? UNRESERVED : 0);
}

/** NAT gateways by the zone of their subnet. */
export function natGatewaysByZone(plan: PlannedStack, region?: string): Counts {
    const zones = new Map(plan.of("aws:ec2/subnet:Subnet", region).map(({ id, inputs }) => [id, textOf(inputs.availabilityZone)]));
    return countsOf(plan.of("aws:ec2/natGateway:NatGateway", region).map(({ inputs }) => zones.get(textOf(inputs.subnetId))));
}

const busOf = (inputs: Record<string, unknown>): string => textOf(inputs.eventBusName) ?? "default";

export const rulesByBus = (plan: PlannedStack, region?: string): Counts =>
    countsOf(plan.of("aws:cloudwatch/eventRule:EventRule", region).map(({ inputs }) => busOf(inputs)));

/** Targets of one rule. Rules have generated names, so other programs don't add targets. */
export const targetsByRule = (plan: PlannedStack, region?: string): Counts =>
    countsOf(plan.of("aws:cloudwatch/eventTarget:EventTarget", region).map(({ inputs }) => `rule ${textOf(inputs.rule)}`));

/** Build projects of one environment type and size, which can all run at the same time. */
export const builds =
    (type: string, computeType: string) =>
    (plan: PlannedStack, region?: string): Counts =>
        total(
            plan.of("aws:codebuild/project:Project", region).filter(({ inputs }) => {
                const { environment } = inputs;
                return isObject(environment) && environment.type === type && environment.computeType === computeType;
            }).length,
        );
