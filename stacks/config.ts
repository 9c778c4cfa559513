import * as pulumi from "@pulumi/pulumi";
import { explain, explainAws, PROJECT } from "./explain";
import { awsSchema, configSchema, type DrConfig, type PlatformConfig, type PrimaryConfig } from "./schema";
import { ecrImage } from "./images";
import { type Problem, withoutNat } from "./schema/ways-out";

export { PROJECT };
export type { DrConfig, PlatformConfig, PrimaryConfig };

/**
 * Reads, checks and completes the stack's configuration.
 *
 * @throws pulumi.RunError with one line for every mistake: `ai-platform:database.allocatedStorage: 5 is below the minimum 20 GiB`
 */
export function loadConfig(): PlatformConfig {
    const { values, problems } = parseConfig(configBelow(PROJECT), configBelow("aws"), pulumi.getStack());
    if (values) return values;
    throw new pulumi.RunError(
        `The configuration of stack ${pulumi.getStack()} has mistakes:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
    );
}

/** The keys and values of one namespace as they stand in the stack file. */
export function configBelow(namespace: string): Record<string, unknown> {
    const prefix = `${namespace}:`;
    const entries = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
    return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), fromText(value)]));
}

/** Pulumi hands over every value as text: objects, lists, numbers and booleans as JSON. */
function fromText(value: string): unknown {
    if (!/^\s*([[{]|(true|false|-?\d+(\.\d+)?)\s*$)/.test(value)) return value;
    try {
        return JSON.parse(value) as unknown;
    } catch {
        return value;
    }
}

interface Parsed {
    values?: PlatformConfig;
    /** One line each, beginning with the full key. */
    problems: string[];
}

/** Checks a configuration: the project's own keys, those of the AWS provider, and the stack's name. Pure. */
export function parseConfig(given: Record<string, unknown>, aws: Record<string, unknown>, stack: string): Parsed {
    const isRole = given.role === "primary" || given.role === "dr";
    // Without a role the rest is read as what it looks like, so that its mistakes show as well.
    const own = isRole ? given : { ...given, role: "active" in given || "primary" in given ? "dr" : "primary" };
    const parsed = configSchema.safeParse(own, { reportInput: true });
    const provider = awsSchema.safeParse(aws, { reportInput: true });
    const problems = provider.success ? [] : provider.error.issues.flatMap(explainAws);
    if (!isRole)
        problems.push(
            `${PROJECT}:role: ${given.role === undefined ? "is missing:" : `${JSON.stringify(given.role)} is not`} primary or dr`,
        );
    const issues = parsed.error?.issues ?? [];
    problems.push(...issues.flatMap((issue) => explain(issue, own.role)));
    // Sections without mistakes are seen together all the same; what is then found in one with mistakes could be untrue.
    const wrong = new Set(
        issues.flatMap((it) => (it.code === "unrecognized_keys" && it.path.length === 0 ? it.keys : [String(it.path[0])])),
    );
    const rest = parsed.success ? parsed : configSchema.safeParse(without(own, wrong));
    if (!isRole || !rest.success) return { problems };
    const values = { ...rest.data, environment: rest.data.environment ?? stack };
    const found = acrossKeys(values, own, provider.data?.region).filter(([key]) => !wrong.has(key.split(".")[0] ?? ""));
    problems.push(...found.map(([key, complaint]) => `${PROJECT}:${key}: ${complaint}`));
    return problems.length > 0 ? { problems } : { values, problems };
}

const without = (own: Record<string, unknown>, keys: Set<string>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(own).filter(([key]) => !keys.has(key)));

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** What only shows where several keys, or a key and the stack, are seen together: keys and complaints. */
function acrossKeys(values: PlatformConfig, own: Record<string, unknown>, region: string | undefined): Problem[] {
    const { environment } = values;
    const problems: Problem[] = [];
    const refuse = (key: string, complaint: string) => problems.push([key, complaint]);
    if (!/^[a-z][a-z0-9-]{0,15}$/.test(environment)) {
        refuse(
            "environment",
            `the stack's name ${environment} cannot name the environment: give 1 to 16 lower-case letters, digits and hyphens`,
        );
    }
    if (values.identity.domainPrefix === undefined && /aws|amazon|cognito/.test(environment)) {
        const why = `${environment} cannot be part of the sign-in page's address, for the names of AWS in it`;
        refuse("identity.domainPrefix", `is missing: ${why}`);
    }
    if (values.role === "dr" && values.domain) problems.push(...withoutUse(own));
    if (values.role === "primary" && values.recovery && values.recovery.region === region) {
        refuse("recovery.region", `${values.recovery.region} is the stack's own region: copies belong in another one`);
    }
    if (values.role === "dr" && values.primary.region === region) {
        const given = isMap(own.primary) && "region" in own.primary ? "" : ", the default,";
        refuse("primary.region", `${values.primary.region}${given} is the stack's own region: a dr stack stands in another one`);
    }
    if (values.role === "dr" && values.primary.environment === environment) {
        refuse("environment", `${environment} is the primary's environment: names of the two would clash`);
    }
    if (values.role === "primary" && values.recovery && !values.recovery.manageRegistry && values.recovery.imagesOf.length > 0) {
        refuse("recovery.imagesOf", "has no meaning without recovery.manageRegistry");
    }
    if (values.role === "primary" && values.delivery && values.service.deployedBy !== "pipeline") {
        refuse("service.deployedBy", `${values.service.deployedBy} would undo what the pipelines of delivery deploy: give pipeline`);
    }
    if (region) problems.push(...imagesElsewhere(values, region));
    problems.push(...withoutNat(values));
    return problems;
}

/** Images that another region's registry would have to be up for. */
function imagesElsewhere({ service }: PlatformConfig, region: string): Problem[] {
    return (["image", "collectorImage"] as const).flatMap((key): Problem[] => {
        const image = service[key] ?? "";
        const its = ecrImage(image)?.region ?? region;
        if (its === region) return [];
        return [[`service.${key}`, `${image} is in ${its}: the stack in ${region} must not need another region's registry`]];
    });
}

/** Keys that mean nothing in a dr stack with a domain: the primary's distribution goes on serving, with the primary's secret. */
function withoutUse({ edge, api }: Record<string, unknown>): Problem[] {
    const why = "has no meaning in a dr stack with a domain: CloudFront is the primary's";
    return [
        ...(isMap(edge) ? Object.keys(edge).map((key): Problem => [`edge.${key}`, why]) : []),
        ...(isMap(api) && "originSecretVersion" in api ? [["api.originSecretVersion", why] as Problem] : []),
    ];
}
