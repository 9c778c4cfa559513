import { ACCOUNT, type DeployedResource } from "../../components/testing";
import { nameOf } from "../../components/testing/urn";
import { isObject } from "../../components/internal/unknown";

export interface PlannedResource {
    type: string;
    name: string;
    id?: string;
    /** The `region` input, or the region of the provider. */
    region: string;
    inputs: Record<string, unknown>;
}

export type Tags = { Key?: string; Value?: string }[];

const PROVIDER = "pulumi:providers:aws";

/** Types of services without regions. */
export const GLOBAL = /^aws:(cloudfront|iam|route53)\//;

/** The region of the requests for a resource. Requests to services without regions count as requests to us-east-1. */
export const requestedRegion = ({ type, region }: PlannedResource): string => (GLOBAL.test(type) ? "us-east-1" : region);

/** The planned AWS resources, with the real account instead of the plan's placeholder. */
export class PlannedStack {
    readonly region: string;
    readonly tags: Record<string, string>;
    readonly allowedAccountIds: string[];
    /** Role for requests about DNS records, if their hosted zones are in another account. */
    readonly dnsRoleArn?: string;
    private readonly resources: PlannedResource[];

    constructor(deployed: DeployedResource[], account = ACCOUNT) {
        const providers = deployed.filter(({ type }) => type === PROVIDER);
        const provider = providers[0]?.inputs ?? {};
        const dns = providers.find(({ urn }) => nameOf(urn) === "dns")?.inputs;
        this.dnsRoleArn = lastRoleOf(dns?.assumeRoles);
        this.region = textOf(provider.region) ?? "us-east-1";
        this.tags = tagsOf(provider.defaultTags);
        this.allowedAccountIds = listOf(provider.allowedAccountIds);
        // Resources refer to their provider as URN::ID.
        const providerRegions = new Map(providers.map(({ urn, id, inputs }) => [`${urn}::${id}`, textOf(inputs?.region)]));
        this.resources = deployed
            .filter(({ type }) => type.startsWith("aws:"))
            .map(({ type, urn, id, inputs, provider: reference = "" }) => {
                const values: Record<string, unknown> = withAccount(inputs ?? {}, account);
                const region = textOf(values.region) ?? providerRegions.get(reference) ?? this.region;
                return { type, name: nameOf(urn), id, region, inputs: values };
            });
    }

    /** The stack's region and every region that it creates regional resources in. */
    get regions(): string[] {
        const regional = this.resources.filter(({ type }) => !GLOBAL.test(type));
        return [...new Set([this.region, ...regional.map(({ region }) => region)])];
    }

    /** The regions that `aws:RequestedRegion` can contain, starting with the stack's region. */
    get requestedRegions(): string[] {
        return [...new Set([this.region, ...this.resources.map(requestedRegion)])];
    }

    get types(): string[] {
        return [...new Set(this.resources.map(({ type }) => type))];
    }

    /** The resources of a type, in one region or in all. */
    of(type: string, region?: string): PlannedResource[] {
        return this.resources.filter((resource) => resource.type === type && (region === undefined || resource.region === region));
    }

    /** Whether the tags are those of this stack, because it created the resource in an earlier `up`. */
    owns(tags: Tags | undefined): boolean {
        const values = new Map((tags ?? []).map(({ Key, Value }) => [Key, Value]));
        const own = ["Project", "Environment"].filter((key) => this.tags[key] !== undefined);
        return own.length > 0 && own.every((key) => values.get(key) === this.tags[key]);
    }
}

/** Replaces the plan's placeholder for the account, in names and ARNs. */
export const withAccount = <T>(value: T, account: string): T => JSON.parse(JSON.stringify(value).replaceAll(ACCOUNT, account)) as T;

/** Tags from a map, as some services return them. */
export const pairs = (tags: Record<string, string | undefined> = {}): Tags => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** Which stack created something, by its tags. */
export function ownerOf(tags: Tags | undefined): string {
    const named = (tags ?? []).filter(({ Key }) => Key === "Project" || Key === "Environment").map(({ Key, Value }) => `${Key}=${Value}`);
    return named.length > 0 ? named.sort().reverse().join(" ") : "no stack of this project";
}

export const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
export const numberOf = (value: unknown): number | undefined =>
    value === undefined || value === null || Number.isNaN(Number(value)) ? undefined : Number(value);

function parsed(value: unknown): unknown {
    if (typeof value !== "string") return value;
    try {
        return JSON.parse(value) as unknown;
    } catch {
        return value;
    }
}

/** Provider inputs are JSON texts. */
function tagsOf(value: unknown): Record<string, string> {
    const content = parsed(value);
    const tags = isObject(content) ? content.tags : undefined;
    return isObject(tags) ? Object.fromEntries(Object.entries(tags).map(([key, text]) => [key, textOf(text) ?? ""])) : {};
}

/** The last role of a chain. */
function lastRoleOf(value: unknown): string | undefined {
    const roles = parsed(value);
    const last: unknown = Array.isArray(roles) ? roles.at(-1) : undefined;
    return isObject(last) ? textOf(last.roleArn) : undefined;
}

function listOf(value: unknown): string[] {
    const content = parsed(value);
    return Array.isArray(content) ? content.map(String) : [];
}
