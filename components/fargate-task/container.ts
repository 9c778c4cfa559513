import * as pulumi from "@pulumi/pulumi";
import type { SecretReference } from "../replicated-secret";
import type { WithDefaults } from "../building-blocks/arguments";

/** A secret that a container reads from Secrets Manager when its task starts. */
export type ContainerSecret = SecretReference & {
    /** Key in the secret's JSON. @default the whole value */
    jsonKey?: string;
};

/** The container of the application. */
export interface ContainerArgs {
    /** Image with a tag or digest. For an image in ECR, set `imageRepositoryArns` too. */
    image: pulumi.Input<string>;
    /** ECR repositories that the tasks can pull from. @default none, for a public image */
    imageRepositoryArns?: pulumi.Input<string>[];
    /** Name of the container, which deployment pipelines refer to. @default the component's name */
    containerName?: string;
    /** Command that replaces the command of the image: `["dotnet", "worker.dll"]`. @default the command of the image */
    command?: string[];
    /** Port that the container listens on, 1 to 65535; .NET images since 8 listen on 8080. Unused without a load balancer. @default 8080 */
    containerPort?: number;
    /**
     * Environment variables without secrets: anyone who can describe the task definition can read them. Secret outputs, names that are also
     * in `secrets`, and values that contain a password are rejected. Use `pulumi.unsecret` for a value that isn't sensitive. @default none
     */
    environment?: Record<string, pulumi.Input<string>>;
    /**
     * Environment variables from Secrets Manager, read when a task starts. If the `versionId` of a secret changes, the service starts new tasks;
     * without it, running tasks keep the previous value. @default none
     */
    secrets?: Record<string, ContainerSecret>;
    /**
     * Health check inside the container, such as `["CMD", "/app/healthcheck"]`. The image must contain the command. `CMD-SHELL` requires a
     * shell, which distroless and chiseled images lack. @default none; the load balancer checks the task
     */
    healthCheckCommand?: string[];
    /** Mounts the image's file system read-only, with `/tmp` in memory. @default true */
    readonlyRootFilesystem?: boolean;
    /** Size of `/tmp` in MiB, if the file system is read-only. It uses the task's memory. @default 256 */
    tmpSizeMib?: number;
    /** Runs an init process that forwards signals and reaps zombie processes. @default true */
    initProcessEnabled?: boolean;
    /** Seconds between SIGTERM and SIGKILL, 2 to 120. The .NET host needs up to 30. @default 45 */
    stopTimeout?: number;
    /** Adds an OpenTelemetry collector that sends the container's traces to X-Ray. @default true */
    tracing?: boolean;
    /** Image of the collector. @default AWS Distro for OpenTelemetry v0.48.0, from ECR Public */
    collectorImage?: pulumi.Input<string>;
}

/** No default for `tmpSizeMib`, which must not be set if the file system is writable. */
export const CONTAINER_DEFAULTS = {
    imageRepositoryArns: [],
    containerPort: 8080,
    environment: {},
    secrets: {},
    readonlyRootFilesystem: true,
    initProcessEnabled: true,
    stopTimeout: 45,
    tracing: true,
    collectorImage: "public.ecr.aws/aws-observability/aws-otel-collector:v0.48.0",
} satisfies Partial<ContainerArgs>;

export type ResolvedContainer = WithDefaults<ContainerArgs, typeof CONTAINER_DEFAULTS & { containerName: string }>;

/** A container definition as in the ECS API. */
export interface ContainerDefinition {
    name: string;
    image: pulumi.Input<string>;
    [property: string]: unknown;
}

/** Log group of the containers. */
export interface LogTarget {
    group: pulumi.Input<string>;
    region: pulumi.Input<string>;
}

/** Ports that a container can listen on. */
export const PORTS = [1, 65535] as const;
export const COLLECTOR_NAME = "otel-collector";
/** OTLP over gRPC and HTTP, and the X-Ray API for remote sampling. */
export const COLLECTOR_PORTS = [4317, 4318, 2000];
export const COLLECTOR_MEMORY_MIB = 256;
export const TMP_SIZE_MIB = 256;

/** Combinations of CPU units and memory in MiB that Fargate supports on Linux (ECS Developer Guide, "Task CPU and memory"). */
export const TASK_SIZES: Record<number, number[]> = {
    256: [512, 1024, 2048],
    512: range(1024, 4096, 1024),
    1024: range(2048, 8192, 1024),
    2048: range(4096, 16384, 1024),
    4096: range(8192, 30720, 1024),
    8192: range(16384, 61440, 4096),
    16384: range(32768, 122880, 8192),
};

/**
 * Containers of the task: the application, and with tracing the collector. Rejects secrets in the environment.
 *
 * @param isExposed whether a load balancer connects to the port
 */
export function containerDefinitions(owner: string, args: ResolvedContainer, logs: LogTarget, isExposed: boolean): ContainerDefinition[] {
    return [application(owner, args, logs, isExposed), ...(args.tracing ? [collector(args, logs)] : [])];
}

function application(owner: string, args: ResolvedContainer, logs: LogTarget, isExposed: boolean): ContainerDefinition {
    const { containerName: name, containerPort, readonlyRootFilesystem } = args;
    const tracing: Record<string, string> = args.tracing
        ? { OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4317", OTEL_SERVICE_NAME: name }
        : {};
    const environment = Object.entries<pulumi.Input<string>>({ ...tracing, ...args.environment }).sort(byName);
    const secrets = Object.entries(args.secrets).sort(byName);
    return {
        name,
        image: args.image,
        essential: true,
        ...(args.command ? { command: args.command } : {}),
        ...(isExposed ? { portMappings: [{ containerPort, hostPort: containerPort, protocol: "tcp" }] } : {}),
        environment: environment.map(([key, value]) => ({ name: key, value: harmless(`${owner}: environment.${key}`, value) })),
        secrets: secrets.map(([key, secret]) => ({ name: key, valueFrom: valueFrom(secret) })),
        readonlyRootFilesystem,
        linuxParameters: {
            initProcessEnabled: args.initProcessEnabled,
            ...(readonlyRootFilesystem ? { tmpfs: [{ containerPath: "/tmp", size: args.tmpSizeMib ?? TMP_SIZE_MIB }] } : {}),
        },
        stopTimeout: args.stopTimeout,
        logConfiguration: awslogs(logs, name),
        ...(args.healthCheckCommand
            ? { healthCheck: { command: args.healthCheckCommand, interval: 15, timeout: 5, retries: 3, startPeriod: 30 } }
            : {}),
    };
}

/** Receives OTLP from this task only and forwards it. Not essential: if the collector fails, the application continues. */
function collector(args: ResolvedContainer, logs: LogTarget): ContainerDefinition {
    const configuration = {
        extensions: { awsproxy: { endpoint: "localhost:2000", region: logs.region } },
        receivers: { otlp: { protocols: { grpc: { endpoint: "localhost:4317" }, http: { endpoint: "localhost:4318" } } } },
        processors: { memory_limiter: { check_interval: "1s", limit_mib: 160, spike_limit_mib: 32 }, batch: {} },
        exporters: { awsxray: { region: logs.region } },
        service: {
            extensions: ["awsproxy"],
            pipelines: { traces: { receivers: ["otlp"], processors: ["memory_limiter", "batch"], exporters: ["awsxray"] } },
        },
    };
    return {
        name: COLLECTOR_NAME,
        image: args.collectorImage,
        essential: false,
        memory: COLLECTOR_MEMORY_MIB,
        environment: [{ name: "AOT_CONFIG_CONTENT", value: pulumi.jsonStringify(configuration) }],
        readonlyRootFilesystem: true,
        logConfiguration: awslogs(logs, COLLECTOR_NAME),
    };
}

/** Non-blocking: if CloudWatch Logs is unavailable, the driver drops lines instead of blocking the application. */
function awslogs(logs: LogTarget, prefix: string) {
    return {
        logDriver: "awslogs",
        options: {
            "awslogs-group": logs.group,
            "awslogs-region": logs.region,
            "awslogs-stream-prefix": prefix,
            mode: "non-blocking",
            "max-buffer-size": "4m",
        },
    };
}

/** `<arn>:<key>:<version stage>:<version ID>`. The last two are empty for the current version. */
function valueFrom({ arn, jsonKey }: ContainerSecret): pulumi.Input<string> {
    return jsonKey === undefined ? arn : pulumi.interpolate`${arn}:${jsonKey}::`;
}

/** Versions of the secrets, by environment variable. Secrets without `versionId` are left out. */
export function secretVersions(owner: string, secrets: Record<string, ContainerSecret>): Record<string, pulumi.Output<string>> {
    const versions = Object.entries(secrets).flatMap(([key, { versionId }]) =>
        versionId === undefined ? [] : [[key, harmless(`${owner}: secrets.${key}.versionId`, versionId)] as const],
    );
    return Object.fromEntries(versions.sort(byName));
}

/** Rejects secrets and values that contain a password. Whether an output is secret is known in previews too. */
function harmless(what: string, value: pulumi.Input<string>): pulumi.Output<string> {
    const output = pulumi.output(value);
    return pulumi.output(pulumi.isSecret(output)).apply((isSecret) => {
        if (isSecret) throw new Error(`${what} must not be secret: use secrets, or pulumi.unsecret if the value isn't sensitive`);
        return output.apply((text) => {
            if (showsSecret(text)) throw new Error(`${what} ${PLAIN_SECRET}`);
            return text;
        });
    });
}

export const PLAIN_SECRET = "must not contain a password: use secrets";

/** Whether a text contains a password (connection string or URL) or a private key. */
export function showsSecret(text: string): boolean {
    const patterns = [
        /\b(password|pwd|secret|accountkey|sharedaccesskey)\s*=\s*[^;\s]/i,
        /:\/\/[^/\s:@]*:[^/\s@]+@/,
        /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
    ];
    return patterns.some((pattern) => pattern.test(text));
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
    return a < b ? -1 : 1;
}

function range(low: number, high: number, step: number): number[] {
    return Array.from({ length: (high - low) / step + 1 }, (_, i) => low + i * step);
}
