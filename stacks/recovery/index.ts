import * as pulumi from "@pulumi/pulumi";
import {
    type ApiGateway,
    type FargateCluster,
    type IngestPipeline,
    type Monitored,
    type Observability,
    type PostgresCluster,
    RecoveryTable,
} from "../../components";
import { ACTIVE_VARIABLE } from "../../components/api-gateway/methods";
import { FAILOVER_PATH } from "../../components/api-gateway/routes";
import type { Platform } from "../context";
import type { StackJob } from "../jobs";
import { apiNames } from "../names";
import { alarmsByRole } from "../observability";
import { standbyCountOf, type StackService } from "../services";
import type { Description } from "./description";

interface RecoveryParts {
    cluster: FargateCluster;
    services: StackService[];
    jobs: StackJob[];
    ingest?: IngestPipeline;
    databases: PostgresCluster[];
    api?: ApiGateway;
    monitored: (Monitored | undefined)[];
    observability: Observability;
}

/**
 * The table with the record of the active stack, and the description of what a failover switches in this stack. The primary stack owns the table,
 * which is in the recovery region. Undefined without a second region.
 */
export function createRecovery(platform: Platform, parts: RecoveryParts): RecoveryTable | undefined {
    const { config, data, opts } = platform;
    const isDr = config.role === "dr";
    if (!isDr && !data.recovery) return undefined;
    return new RecoveryTable(
        "recovery",
        {
            tableName: data.ownerNames.recoveryTable,
            create: data.recovery && { kmsKeyArn: data.recovery.kmsKeyArn, deletionProtectionEnabled: config.protectData },
            region: data.recovery?.region,
            descriptions: { [`stack/${config.role}`]: describe(platform, parts) },
        },
        opts,
    );
}

function describe(platform: Platform, parts: RecoveryParts): pulumi.Output<Description> {
    const { config, environment, region, account, names } = platform;
    const { cluster, services, jobs, ingest, databases, api, monitored, observability } = parts;
    const components = monitored.filter((component) => component !== undefined);
    const physical = (keys: string[]) => pulumi.all(keys.flatMap((key) => observability.alarmNames[key] ?? []));
    const { active, standby } = alarmsByRole(config, components);
    const alarms = pulumi.all([physical(active), physical(standby)]).apply(([active, standby]) => ({ active, standby }));
    const described = {
        version: 1 as const,
        environment,
        role: config.role,
        region,
        account,
        name: names.prefix,
        cluster: cluster.clusterName,
        services: Object.fromEntries(services.map((service) => [service.name, describeService(platform, service)])),
        jobs: jobs
            .filter(({ name }) => config.jobs[name]?.enabled)
            .map(({ component: { nodes } }) => ({ group: nodes.scheduleGroup.name, name: nodes.schedule.name })),
        consumers: ingest ? [ingest.nodes.mapping.uuid] : [],
        rules: ingest ? [{ name: ingest.nodes.rule.name }] : [],
        databases: databases.map(({ logicalName: name, identifier }) => ({ name, identifier })),
        buckets: bucketsOf(platform),
        alarms,
        ...describeApi(platform, api),
    };
    return pulumi.output(described);
}

/** The buckets that S3 replicates. A planned failover and a failback compare them. */
function bucketsOf({ config, data: { lake, site } }: Platform) {
    const all = [
        ...(config.lake.enabled ? [lake.raw, lake.curated] : []),
        ...(config.edge.enabled ? [{ bucketName: site?.bucketName, replicaBucketName: site?.recovery?.bucketName }] : []),
    ];
    return all.flatMap(({ bucketName: primary, replicaBucketName: recovery } = {}) =>
        primary !== undefined && recovery !== undefined ? [{ primary, recovery }] : [],
    );
}

function describeService({ config }: Platform, { name, component }: StackService) {
    const settings = config.services[name];
    if (!settings) throw new Error(`there is no service ${name}`);
    const { minCapacity, maxCapacity, schedules } = settings.scaling;
    const actions = Object.entries(component.nodes.scheduledActions ?? {}).map(([key, action]) =>
        pulumi.all([action.name, action.schedule, action.timezone]).apply(([physicalName, schedule, timezone]) => {
            const limits = schedules[key] ?? { minCapacity, maxCapacity };
            return [
                physicalName,
                { schedule, timezone: timezone ?? "UTC", minCapacity: limits.minCapacity, maxCapacity: limits.maxCapacity },
            ] as const;
        }),
    );
    return {
        service: component.serviceName,
        minCapacity,
        maxCapacity,
        standbyCount: standbyCountOf(config.role, settings),
        schedules: pulumi.all(actions).apply((entries) => Object.fromEntries(entries)),
    };
}

/** With a domain, the switch and the addresses that show its state. Without one, clients move to the URL of the dr stack. */
function describeApi({ config, data, region }: Platform, api: ApiGateway | undefined) {
    if (!api || !config.domain || !data.failover) return {};
    const { shared, regional } = apiNames(config.domain.name);
    return {
        switch: { restApiId: api.restApiId, stageName: api.nodes.stage.stageName, variable: ACTIVE_VARIABLE },
        checks: {
            failoverUrl: `https://${regional(region)}${FAILOVER_PATH}`,
            // The only path that the web ACL doesn't limit to CloudFront.
            sharedHealthUrl: `https://${shared}${FAILOVER_PATH}`,
        },
    };
}
