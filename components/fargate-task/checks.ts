/** Checks of the limits of ECS and Fargate. */
import type * as pulumi from "@pulumi/pulumi";
import { type Check, checkBetween, isBetween } from "../building-blocks/arguments";
import {
    COLLECTOR_MEMORY_MIB,
    COLLECTOR_PORTS,
    type ContainerArgs,
    PLAIN_SECRET,
    PORTS,
    type ResolvedContainer,
    showsSecret,
    TASK_SIZES,
    TMP_SIZE_MIB,
} from "./container";

/** Arguments that use the memory and storage of a task. */
interface TaskSize extends Pick<ResolvedContainer, "readonlyRootFilesystem" | "tmpSizeMib" | "tracing"> {
    cpu: number;
    memory: number;
    ephemeralStorageGib?: number;
}

/** Checks that Fargate supports the size, and that the memory is sufficient for `/tmp` and the collector. */
export function checkSize(check: Check, { cpu, memory, ...args }: TaskSize): void {
    const offered = TASK_SIZES[cpu];
    check(offered !== undefined, "cpu", `must be one of ${Object.keys(TASK_SIZES).join(", ")}`);
    if (offered) check(offered.includes(memory), "memory", `must be one of ${offered.join(", ")} MiB with ${cpu} CPU units`);
    const { tmpSizeMib = TMP_SIZE_MIB } = args;
    const free = memory - (args.tracing ? COLLECTOR_MEMORY_MIB : 0);
    if (args.readonlyRootFilesystem) {
        check(isBetween(tmpSizeMib, 1, free - 1), "tmpSizeMib", `must be between 1 and ${free - 1}: it is part of the task's memory`);
    } else {
        check(args.tmpSizeMib === undefined, "tmpSizeMib", "must not be set unless readonlyRootFilesystem is true");
    }
    checkBetween(check, "ephemeralStorageGib", args.ephemeralStorageGib, [21, 200]);
}

/** Checks that the port is valid and not used by the collector. */
export function checkPort(check: Check, { containerPort, tracing }: Pick<ResolvedContainer, "containerPort" | "tracing">): void {
    checkBetween(check, "containerPort", containerPort, PORTS);
    const taken = tracing && COLLECTOR_PORTS.includes(containerPort);
    check(!taken, "containerPort", `must not be ${COLLECTOR_PORTS.join(", ")} with tracing, because the collector uses these ports`);
}

/** Checks the format of the container's health check. */
export function checkHealthCheck(check: Check, { healthCheckCommand }: Pick<ContainerArgs, "healthCheckCommand">): void {
    if (!healthCheckCommand) return;
    const isCommand = ["CMD", "CMD-SHELL"].includes(healthCheckCommand[0] ?? "") && healthCheckCommand.length > 1;
    check(isCommand, "healthCheckCommand", 'must be "CMD" or "CMD-SHELL", followed by a command');
}

/** Checks names of environment variables, and that their values contain no passwords. */
export function checkEnvironment(check: Check, environment: ResolvedContainer["environment"], secrets: string[]): void {
    const taken = new Set(secrets.map(canonical));
    for (const [name, value] of Object.entries(environment)) {
        check(isVariable(name), `environment.${name}`, "must have a name of letters, digits, and _ . : -");
        check(!taken.has(canonical(name)), `environment.${name}`, "must not be a name that is also in secrets");
        check(typeof value !== "string" || !showsSecret(value), `environment.${name}`, PLAIN_SECRET);
    }
}

/** Checks names and ARNs of secrets. */
export function checkSecrets(check: Check, { secrets }: Pick<ResolvedContainer, "secrets">): void {
    for (const [name, { arn, jsonKey }] of Object.entries(secrets)) {
        check(isVariable(name), `secrets.${name}`, "must have a name of letters, digits, and _ . : -");
        check(jsonKey === undefined || /^[^:]+$/.test(jsonKey), `secrets.${name}.jsonKey`, "must be a key without colons");
        check(isSecretArn(arn), `secrets.${name}.arn`, "must be the ARN of a secret in Secrets Manager");
    }
}

const isVariable = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_.:-]*$/.test(name);

/** .NET treats `A__B`, `a__b`, and `A:B` as the same key. */
const canonical = (name: string): string => name.replaceAll("__", ":").toLowerCase();

const isSecretArn = (arn: pulumi.Input<string>): boolean => typeof arn !== "string" || /^arn:[\w-]+:secretsmanager:/.test(arn);
