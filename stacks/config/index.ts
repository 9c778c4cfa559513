import * as pulumi from "@pulumi/pulumi";
import type * as z from "zod";
import { PROJECT } from "../names";
import { completeMigrations } from "../migrations";
import { keepErrorsFormattable } from "../error-stacks";
import { completeServices } from "../services";
import { awsJsonSchema, explain, explainAws, jsonSchemaOf } from "./explain";
import { configBelow, misspelledNamespaces } from "./namespace";
import { defaultModels } from "./regions";
import { wholeNumbersAsText } from "./numbers";
import { organizationProblems } from "./organization";
import { crossSectionProblems } from "./rules";
import { encryptedProblems, isSecret } from "./secrets";
import { awsSchema, configSchema, ROLE, type DrConfig, type PlatformConfig, type PrimaryConfig, type StackRole } from "./schema";

export type { DrConfig, PlatformConfig, PrimaryConfig };

/**
 * Reads and validates the stack's configuration, and completes it with defaults.
 *
 * @throws pulumi.RunError with one line per problem: `ai-platform:database.allocatedStorage: 5 is below the minimum 20 GiB`
 */
export function loadConfig(): PlatformConfig {
    keepErrorsFormattable();
    const parsed = parseConfig(configBelow(PROJECT), configBelow("aws"), pulumi.getStack());
    const problems = [...misspelledNamespaces(pulumi.runtime.allConfig()), ...encryptedProblems(isSecret), ...parsed.problems];
    if (parsed.values && problems.length === 0) return parsed.values;
    throw new pulumi.RunError(
        `The configuration of stack ${pulumi.getStack()} is invalid:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
    );
}

interface Parsed {
    values?: PlatformConfig;
    /** One line each, starting with the full key. */
    problems: string[];
}

const isRole = (value: unknown): value is StackRole => value === "primary" || value === "dr";

/** Validates a configuration: the project's keys, those of the AWS provider, and the stack's name. Pure. */
export function parseConfig(written: Record<string, unknown>, aws: Record<string, unknown>, stack: string): Parsed {
    // Without a valid role, validate the other keys against the role that they belong to, so that their problems are reported, too.
    const assumed = "primary" in written ? "dr" : "primary";
    const role = isRole(written.role) ? written.role : assumed;
    const keys = wholeNumbersAsText({ ...written, role }, jsonSchemaOf(role)) as Record<string, unknown>;
    const parsed = configSchema.safeParse(keys, { reportInput: true });
    const provider = awsSchema.safeParse(wholeNumbersAsText(aws, awsJsonSchema()), { reportInput: true });
    const issues = parsed.error?.issues ?? [];
    const problems = [
        ...(provider.error?.issues ?? []).flatMap(explainAws),
        ...(isRole(written.role) ? [] : [roleProblem(written.role)]),
        ...issues.flatMap((issue) => explain(issue, role)),
    ];
    // Rules across sections run on the valid sections only: an invalid section would cause misleading follow-up problems.
    const invalid = new Set(
        issues.flatMap((issue) => (issue.code === "unrecognized_keys" && issue.path.length === 0 ? issue.keys : [String(issue.path[0])])),
    );
    const rest = parsed.success ? parsed : configSchema.safeParse(without(keys, invalid));
    if (!isRole(written.role) || !rest.success) return { problems };
    const region = provider.data?.region;
    const values = completed(rest.data, region, stack);
    const found = [...crossSectionProblems(values, keys, region), ...organizationProblems(values, provider.data ?? {})];
    for (const [key, problem] of found) {
        const fullKey = key.includes(":") ? key : `${PROJECT}:${key}`;
        if (!invalid.has(key.split(".")[0] ?? "")) problems.push(`${fullKey}: ${problem}`);
    }
    return problems.length > 0 ? { problems } : { values, problems };
}

/** The values with the defaults that depend on the stack, its region, or other keys. */
function completed(parsed: z.output<typeof configSchema>, region: string | undefined, stack: string) {
    const { enabled: streams = parsed.lake.enabled } = parsed.events.stream;
    const services = completeServices(parsed.services, parsed);
    return {
        ...parsed,
        ai: { ...parsed.ai, models: parsed.ai.models ?? defaultModels(region) },
        events: { ...parsed.events, stream: { enabled: streams } },
        environment: parsed.environment ?? stack,
        services,
        jobs: Object.fromEntries(Object.entries(parsed.jobs).map(([name, job]) => [name, { ...job, uses: job.uses ?? [] }])),
        migrations: completeMigrations(parsed.migrations, services),
    };
}

const roleProblem = (value: unknown): string =>
    `${PROJECT}:role: ${value === undefined ? `is missing: must be primary or dr. ${ROLE}` : `${JSON.stringify(value)} must be primary or dr`}`;

const without = (keys: Record<string, unknown>, skipped: Set<string>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(keys).filter(([key]) => !skipped.has(key)));
