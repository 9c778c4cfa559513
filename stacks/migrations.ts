import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { type FargateCluster, FargateTask, type Identity, type Network, TaskRun } from "../components";
import { BOUNDS, DEFAULTS } from "../components/task-run/args";
import type { PlatformConfig } from "./config";
import { consistent } from "./config/checks";
import { containerImage, distinct, whole } from "./config/values";
import { connectWorkloads, type Systems, taskVariables, type Workload, workloadArgs } from "./connect";
import { logArgs, type Platform } from "./context";
import { PROJECT } from "./names";
import type { Use } from "./uses";
import { checkWorkload, SAMPLE_IMAGE, usesKey, workloadKeys, workloadName } from "./workloads";

const migration = z
    .strictObject({
        image: containerImage()
            .optional()
            .describe("Container image. Default: the image of the services in before, even if a pipeline deploys it."),
        ...workloadKeys,
        uses: usesKey("database"),
        before: distinct(workloadName())
            .meta({ examples: [["web", "api", "backoffice"]] })
            .optional()
            .describe("Services that are updated only after the migration has succeeded. Default: all services with database in uses."),
        timeout: whole(BOUNDS.timeout, "seconds")
            .default(DEFAULTS.timeout)
            .describe("Time limit of the task, including its start. After that, the task is stopped, and the update fails."),
    })
    .superRefine(consistent(checkWorkload));

export const migrationsSection = z
    .record(workloadName(), migration)
    .meta({ instance: "schema" })
    .default({})
    .describe("Containers that run once before services are updated, by name, such as database migrations. Default: none.");

type Written = z.output<typeof migration>;

/** What completes a migration from the services that it runs before. */
export interface CompleteMigration {
    uses: Use[];
    before: string[];
    /** Whether the migration has an image of its own. */
    ownImage: boolean;
    /** Whether a pipeline builds the image, and therefore runs the migration. */
    byPipeline: boolean;
}

interface Owner {
    image?: string;
    deployedBy: "pulumi" | "pipeline";
    uses: Use[];
}

/** Defaults that depend on the services. The image stays undefined if the services don't give exactly one. */
export function completeMigrations(
    migrations: Record<string, Written>,
    services: Record<string, Owner>,
): Record<string, Written & CompleteMigration> {
    const ofDatabase = Object.keys(services).filter((name) => services[name]?.uses.includes("database"));
    const complete = (written: Written): Written & CompleteMigration => {
        const before = written.before ?? ofDatabase;
        const owners = before.flatMap((name) => services[name] ?? []);
        const images = [...new Set(owners.map(({ image }) => image))];
        const ownImage = written.image !== undefined;
        return {
            ...written,
            uses: written.uses ?? ["database"],
            before,
            ownImage,
            byPipeline: !ownImage && owners.length > 0 && owners.every(({ deployedBy }) => deployedBy === "pipeline"),
            image: written.image ?? (images.length === 1 ? images[0] : undefined),
        };
    };
    return Object.fromEntries(Object.entries(migrations).map(([name, written]) => [name, complete(written)]));
}

interface MigrationParts {
    network: Network;
    cluster: FargateCluster;
    systems: Systems;
    identity?: Identity;
}

/** A migration, and the systems that it uses. */
export interface StackMigration extends Workload {
    name: string;
    component: FargateTask;
    run: TaskRun;
    before: string[];
    byPipeline: boolean;
}

type MigrationConfig = PlatformConfig["migrations"][string];

export const createMigrations = (platform: Platform, parts: MigrationParts): StackMigration[] =>
    Object.entries(platform.config.migrations).map(([name, settings]) => createMigration(platform, name, settings, parts));

/** Runs of the migrations that a service waits for. */
export const runsBefore = (migrations: StackMigration[], service: string): pulumi.Resource[] =>
    migrations.filter(({ before }) => before.includes(service)).flatMap(({ run }) => run.run ?? []);

function createMigration(platform: Platform, name: string, config: MigrationConfig, parts: MigrationParts): StackMigration {
    const { network, cluster, systems } = parts;
    const { image = SAMPLE_IMAGE, uses, before, timeout, byPipeline, environment } = config;
    const variables = taskVariables(platform, parts, name, uses);
    warnAboutCommand(name, config, platform.config);
    const component = new FargateTask(
        name,
        {
            ...workloadArgs(platform, name, [image, config.collectorImage], byPipeline),
            command: config.command,
            cpu: config.cpu,
            memory: config.memory,
            cpuArchitecture: config.cpuArchitecture,
            tracing: config.tracing,
            collectorImage: config.collectorImage,
            vpc: network,
            cluster,
            containerName: `${PROJECT}-${name}`,
            image,
            environment: { ...variables.environment, ...environment },
            secrets: variables.secrets,
        },
        platform.opts,
    );
    const connected = connectWorkloads(platform, systems, [{ component, uses }]);
    const endpoints = Object.values(network.allowEndpointsFrom(component) ?? {}) as pulumi.Resource[];
    // A replica accepts writes only after its promotion.
    const promoted = uses.includes("database") ? [systems.database.nodes.instance] : [];
    const run = new TaskRun(
        `${name}-run`,
        {
            ...logArgs(platform),
            task: component,
            kmsKeyArn: platform.data.keys.data,
            timeout,
            // The database of a standby is a copy, which contains the changes of the primary stack's migrations.
            runOnUpdate: !byPipeline && !platform.data.isStandby,
            runAfter: [...connected, ...endpoints, ...promoted],
        },
        platform.opts,
    );
    return { name, uses, component, run, before, byPipeline };
}

/** By default, the image of a service starts its server, which doesn't end. */
function warnAboutCommand(name: string, { command, image, ownImage, before }: MigrationConfig, { services }: PlatformConfig): void {
    if (command !== undefined) return;
    const service = ownImage ? Object.keys(services).find((it) => services[it]?.image === image) : before[0];
    if (service === undefined) return;
    void pulumi.log.warn(
        `migrations.${name}.command is not set: the migration runs the default command of the image of services.${service}. If the command doesn't end, the migration fails after migrations.${name}.timeout.`,
    );
}
