/** What services, jobs, and other tasks have in common: their keys, and their use of the platform's systems. */
import * as z from "zod";
import type { Check } from "../components/building-blocks/arguments";
import { CPU_ARCHITECTURES, TASK_DEFAULTS } from "../components/fargate-task/args";
import { checkEnvironment, checkSize } from "../components/fargate-task/checks";
import { ACCESS } from "../functions/database-users/logins";
import { COLLECTOR_MEMORY_MIB, TASK_SIZES, TMP_SIZE_MIB } from "../components/fargate-task/container";
import type { PlatformConfig } from "./config";
import { containerImage, distinct, oneOf, text, whole } from "./config/values";
import { SECRETS, USES } from "./uses";

/** Microsoft's public ASP.NET sample, which runs until an image is configured. */
export const SAMPLE_IMAGE = "mcr.microsoft.com/dotnet/samples:aspnetapp";

const CPU = Object.keys(TASK_SIZES).map(Number);
const MEMORY = Object.values(TASK_SIZES).flat();

/** Names of resources contain the name, and AWS limits those of target groups to 32 characters. */
export const workloadName = () =>
    text(/^[a-z](-?[a-z0-9]){0,19}$/, "1 to 20 lower-case letters, digits, and single hyphens, starting with a letter");

/** Keys of every workload. */
export const workloadKeys = {
    command: z
        .array(z.string().min(1))
        .min(1)
        .meta({ examples: [["/app/zulu", "--serve", "--verbose"]] })
        .optional()
        .describe("Command that replaces the command of the image. Default: the command of the image."),
    cpu: oneOf(CPU, TASK_DEFAULTS.cpu).describe("CPU units of a task; 1024 is one vCPU."),
    memory: whole([Math.min(...MEMORY), Math.max(...MEMORY)], "MiB")
        .default(TASK_DEFAULTS.memory)
        .describe("Memory of a task. Fargate supports certain values for each CPU size."),
    cpuArchitecture: z
        .enum(CPU_ARCHITECTURES)
        .default(TASK_DEFAULTS.cpuArchitecture)
        .describe("CPU architecture of the tasks. ARM64 costs 20% less."),
    environment: z
        .record(z.string().regex(/^[A-Za-z_]\w*$/), z.string())
        .meta({ examples: [{ ZULU: "first-value", ALPHA: "second-value", MIKE: "third-value" }] })
        .default({})
        .describe(
            "Environment variables of the container. They override the platform's variables of the same name. Must not contain secrets.",
        ),
    databaseAccess: z
        .enum(ACCESS)
        .optional()
        .describe(
            "Permissions of the workload's database user. owner can change the schema, readWrite can read and change rows, and readOnly can read rows. Requires database.users.enabled. Default: owner for migrations, and readWrite for services and jobs.",
        ),
    tracing: z.boolean().default(TASK_DEFAULTS.tracing).describe("Runs the ADOT collector as a sidecar, which sends traces to X-Ray."),
    collectorImage: containerImage()
        .optional()
        .describe(
            "Image of the ADOT collector. Default: AWS's image in ECR Public. A copy in a registry of the stack's region doesn't depend on other regions.",
        ),
};

/** Systems that a workload uses. The type of the default depends on the workload. */
export const usesKey = (standard: string) =>
    distinct(z.enum(USES))
        .optional()
        .describe(
            `Systems that the workload uses. It gets the connections, permissions, secrets, and environment variables of only these systems. Default: ${standard}.`,
        );

type Sized = Pick<z.output<z.ZodObject<typeof workloadKeys>>, "cpu" | "memory" | "tracing" | "environment">;

/** Checks keys that depend on each other. */
export function checkWorkload(check: Check, workload: Sized, enableExecuteCommand = false): void {
    const { cpu, memory, tracing } = workload;
    const needed = TMP_SIZE_MIB + COLLECTOR_MEMORY_MIB;
    checkSize(
        // The size of /tmp isn't configurable, so the only remedy is more memory.
        (ok, key, allowed) => {
            if (key === "tmpSizeMib") check(ok, "memory", `must be above ${needed} MiB with tracing: /tmp and the collector use that much`);
            else check(ok, key, allowed);
        },
        { cpu, memory, tracing, readonlyRootFilesystem: !enableExecuteCommand },
    );
    checkEnvironment(check, workload.environment, Object.values(SECRETS));
}

/** All workloads with the path of their keys, `services.api`, for rules that apply to each. */
export const workloadsOf = ({ services, jobs, migrations }: Pick<PlatformConfig, "services" | "jobs" | "migrations">) => [
    ...Object.entries(services).map(([name, workload]) => ({ key: `services.${name}`, name, workload })),
    ...Object.entries(jobs).map(([name, workload]) => ({ key: `jobs.${name}`, name, workload })),
    ...Object.entries(migrations).map(([name, workload]) => ({ key: `migrations.${name}`, name, workload })),
];

/** The workloads with a database user of their own. Empty unless `database.users.enabled` is set. */
export const databaseWorkloads = (config: Pick<PlatformConfig, "services" | "jobs" | "migrations" | "database">) =>
    config.database.users.enabled ? workloadsOf(config).filter(({ workload }) => workload.uses.includes("database")) : [];
