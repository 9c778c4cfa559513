/** Rules for the organization's policies that depend on the account, the region, and the settings of the AWS provider. */
import { allTags, MOST_TAGS } from "../organization";
import { PROJECT } from "../names";
import type { Problem } from "./rules";
import type { PlatformConfig } from "./schema";

/** The settings of the AWS provider that the rules need. */
export interface ProviderSettings {
    region?: string;
    allowedAccountIds?: string[];
    defaultTags?: { tags: Record<string, string> };
}

/**
 * Length of the longest names that the services accept, without the account and the region: `<namePrefix>-<environment>`. The names of workloads
 * add up to 21 characters, and those of their roles another 10, and IAM allows 64 (IAM API Reference, `CreateRole`).
 */
const LONGEST_NAMES = `${PROJECT}-abcdefghijklmnop`.length;

/** Pure. */
export function organizationProblems(values: PlatformConfig, provider: ProviderSettings): Problem[] {
    return [
        ...nameProblems(values),
        ...boundaryProblems(values, provider),
        ...tagProblems(values, provider),
        ...destinationProblems(values, provider.region),
    ];
}

function nameProblems({ namePrefix, environment }: PlatformConfig): Problem[] {
    const names = `${namePrefix}-${environment}`;
    // Longer environments with the default prefix are rejected by the rule of `environment`.
    if (names.length <= LONGEST_NAMES || namePrefix === PROJECT) return [];
    const most = LONGEST_NAMES - environment.length - 1;
    return [["namePrefix", `${namePrefix} must have at most ${most} characters with the environment ${environment}: names are limited`]];
}

function boundaryProblems({ permissionsBoundaryArn }: PlatformConfig, { allowedAccountIds = [] }: ProviderSettings): Problem[] {
    const account = permissionsBoundaryArn?.split(":")[4];
    if (account === undefined || account === "aws" || allowedAccountIds.length === 0 || allowedAccountIds.includes(account)) return [];
    const accounts = allowedAccountIds.join(" or ");
    return [["permissionsBoundaryArn", `must be a policy of ${accounts}: IAM doesn't accept boundaries of other accounts`]];
}

/** A subscription's destination must be in the region of the log group (CloudWatch Logs User Guide, "Cross-account cross-Region subscriptions"). */
function destinationProblems(values: PlatformConfig, region: string | undefined): Problem[] {
    const { logDestinationArn, usEast1LogDestinationArn } = values;
    const problem = (key: string, arn: string | undefined, expected: string): Problem[] => {
        const [, , , actual] = arn?.split(":") ?? [];
        const why = `must be in ${expected}, the region of the log groups, but is in ${actual ?? ""}`;
        return actual === undefined || actual === expected ? [] : [[key, why]];
    };
    if (region === undefined) return [];
    const problems = [
        ...problem("logDestinationArn", logDestinationArn, region),
        ...problem("usEast1LogDestinationArn", usEast1LogDestinationArn, "us-east-1"),
    ];
    const isUnused = usEast1LogDestinationArn !== undefined && region === "us-east-1";
    return isUnused ? [...problems, ["usEast1LogDestinationArn", "has no effect in us-east-1: use logDestinationArn"]] : problems;
}

/** Tags of both keys together. Each key is valid by itself. */
function tagProblems(values: PlatformConfig, { defaultTags }: ProviderSettings): Problem[] {
    const defaults = defaultTags?.tags ?? {};
    const others = { environment: "", tags: {} };
    const names = Object.keys(allTags({ ...others, tags: values.tags }, defaults));
    const own = Object.keys(values.tags);
    const twice = own.flatMap((name): Problem[] => {
        const other = Object.keys(defaults).find((it) => it !== name && it.toLowerCase() === name.toLowerCase());
        const why = `differs from ${other ?? ""} in aws:defaultTags only in case, which IAM doesn't distinguish`;
        return other === undefined ? [] : [[`tags.${name}`, why]];
    });
    const many: Problem = ["tags", `must have at most ${MOST_TAGS} tags together with aws:defaultTags`];
    const tooMany = own.length <= MOST_TAGS && names.length > MOST_TAGS + Object.keys(allTags(others)).length;
    return [...twice, ...(tooMany ? [many] : [])];
}
