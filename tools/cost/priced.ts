import type { DeployedResource } from "../../components/testing";
import { isObject } from "../../components/internal/unknown";
import { HOURS, INSTANCES, type Price, PRICES, SPOT_SHARE } from "./prices";

type Inputs = Record<string, unknown>;

/** USD a month, or why they aren't known. */
export type Priced = (inputs: Inputs, all: DeployedResource[]) => number | string;

const monthly = ({ usd, per }: Price, amount = 1): number => usd * amount * (per.endsWith("hour") ? HOURS : 1);
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const listOf = (value: unknown): Inputs[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The types that cost something, even without traffic. */
export const PRICED: Record<string, Priced> = {
    "aws:autoscaling/group:Group": scalingGroup,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": () => monthly(PRICES.compositeAlarm),
    "aws:cloudwatch/dashboard:Dashboard": () => monthly(PRICES.dashboard),
    "aws:cloudwatch/metricAlarm:MetricAlarm": alarm,
    "aws:ec2/eip:Eip": () => monthly(PRICES.publicAddress),
    "aws:ec2/natGateway:NatGateway": () => monthly(PRICES.natGateway),
    "aws:ec2/vpcEndpoint:VpcEndpoint": endpoint,
    "aws:ecs/cluster:Cluster": cluster,
    "aws:ecs/service:Service": service,
    "aws:kms/key:Key": () => monthly(PRICES.key),
    "aws:kms/replicaKey:ReplicaKey": () => monthly(PRICES.key),
    "aws:lb/loadBalancer:LoadBalancer": () => monthly(PRICES.loadBalancer),
    "aws:rds/instance:Instance": database,
    // Each replica is billed as a secret.
    "aws:secretsmanager/secret:Secret": ({ replicas }) => monthly(PRICES.secret, 1 + listOf(replicas).length),
    "aws:wafv2/webAcl:WebAcl": ({ rules }) => monthly(PRICES.webAcl) + monthly(PRICES.webAclRule, listOf(rules).length),
};

/** An alarm on an expression costs as much as its metrics. */
function alarm({ metricQueries }: Inputs): number {
    const metrics = listOf(metricQueries).filter(({ metric }) => metric !== undefined);
    return monthly(PRICES.alarmMetric, Math.max(1, metrics.length));
}

/** Gateway endpoints are free. */
function endpoint({ vpcEndpointType, subnetIds }: Inputs): number | string {
    if (vpcEndpointType === "Gateway") return 0;
    return Array.isArray(subnetIds) ? monthly(PRICES.interfaceEndpoint, subnetIds.length) : "has subnets that aren't known";
}

/** The cluster is free, but the number of Container Insights' metrics isn't known. */
function cluster({ settings }: Inputs): number | string {
    const insights = listOf(settings).find(({ name }) => name === "containerInsights");
    return insights?.value === "disabled" ? 0 : "Container Insights has no price: AWS bills each metric";
}

/** Tasks of the minimum capacity, or the desired count. */
function service(inputs: Inputs, all: DeployedResource[]): number | string {
    const task = all.find(
        ({ type, outputs }) => type === "aws:ecs/taskDefinition:TaskDefinition" && outputs?.arn === inputs.taskDefinition,
    );
    if (!task?.inputs) return "has a task definition that isn't known";
    const { cpu, memory, runtimePlatform } = task.inputs;
    const isArm = isObject(runtimePlatform) && runtimePlatform.cpuArchitecture === "ARM64";
    const [perCpu, perMemory] = isArm ? [PRICES.fargateArmCpu, PRICES.fargateArmMemory] : [PRICES.fargateCpu, PRICES.fargateMemory];
    const ofTask = monthly(perCpu, Number(cpu) / 1024) + monthly(perMemory, Number(memory) / 1024);
    const target = all.find(
        ({ type, inputs: it }) => type === "aws:appautoscaling/target:Target" && textOf(it?.resourceId).endsWith(`/${String(inputs.name)}`),
    );
    const count = Number(target?.inputs?.minCapacity ?? inputs.desiredCount);
    if (Number.isNaN(ofTask) || Number.isNaN(count)) return "has a size that isn't known";
    return ofTask * paidTasks(count, listOf(inputs.capacityProviderStrategies));
}

/** Tasks on Fargate Spot count with their share of the price. */
function paidTasks(count: number, strategies: Inputs[]): number {
    const weightOf = (provider: string) => Number(strategies.find(({ capacityProvider }) => capacityProvider === provider)?.weight ?? 0);
    const base = Math.min(count, Number(strategies.find(({ capacityProvider }) => capacityProvider === "FARGATE")?.base ?? 0));
    const [onDemand, spot] = [weightOf("FARGATE"), weightOf("FARGATE_SPOT")];
    const spotTasks = spot === 0 ? 0 : ((count - base) * spot) / (onDemand + spot);
    return count - spotTasks + spotTasks * SPOT_SHARE.share;
}

/** A standby in another zone doubles instance and storage. */
function database({ instanceClass, allocatedStorage, storageType, multiAz }: Inputs): number | string {
    const ofClass = INSTANCES[String(instanceClass)];
    if (!ofClass) return `${String(instanceClass)} has no price`;
    if (storageType !== "gp3") return `storage of the type ${String(storageType)} has no price`;
    // A replica has the storage of its source.
    if (typeof allocatedStorage !== "number") return "has a storage size that isn't known";
    return (multiAz === true ? 2 : 1) * (monthly(ofClass) + monthly(PRICES.databaseStorageGp3, allocatedStorage));
}

/** Instances of the launch template, with their volumes. */
function scalingGroup({ desiredCapacity, launchTemplate }: Inputs, all: DeployedResource[]): number | string {
    const id = isObject(launchTemplate) ? launchTemplate.id : undefined;
    const template = all.find((it) => it.type === "aws:ec2/launchTemplate:LaunchTemplate" && it.id === id)?.inputs;
    const ofClass = INSTANCES[textOf(template?.instanceType)];
    if (!template || !ofClass || typeof desiredCapacity !== "number") return `${textOf(template?.instanceType)} has no price`;
    const volumes = listOf(template.blockDeviceMappings).map(({ ebs }) => (isObject(ebs) ? ebs : {}));
    if (volumes.some(({ volumeType }) => volumeType !== "gp3")) return "has a volume without a price";
    const storage = volumes.reduce((sum, { volumeSize }) => sum + Number(volumeSize), 0);
    return desiredCapacity * (monthly(ofClass) + monthly(PRICES.volumeGp3, storage));
}
