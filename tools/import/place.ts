import { isObject } from "../../components/internal/unknown";
import { type DataSources, type DeployedResource, plain } from "../../components/testing";
import { providerUrnOf } from "../../components/testing/urn";
import type { StateResource } from "./state";

/** `arn:aws:rds:us-east-1:111122223333:db:main`. The ARNs of buckets contain neither region nor account. */
const ARN = /^arn:[\w-]+:[\w-]+:([a-z0-9-]*):(\d{12})?:./;

const partOfArn = ({ attributes }: StateResource, part: 1 | 2): string | undefined =>
    [attributes.arn, attributes.id].map((it) => (typeof it === "string" ? ARN.exec(it)?.[part] : undefined)).find(Boolean);

/** The account in a resource's ARN, or undefined. */
export const accountIn = (resource: StateResource): string | undefined => partOfArn(resource, 2);

/** A resource's region, from its `region` (buckets, and all types since provider version 6), its ARN, or its pool ID. */
export function regionOf(resource: StateResource): string | undefined {
    const { region, id } = resource.attributes;
    if (typeof region === "string" && region !== "") return region;
    return partOfArn(resource, 1) ?? (typeof id === "string" ? /^([a-z]{2}(?:-[a-z]+)+-\d)_/.exec(id)?.[1] : undefined);
}

/**
 * The account in the ARNs of a state, or undefined for a state without AWS resources.
 *
 * @throws Error if the ARNs contain several accounts, or none
 */
export function accountOf(state: readonly StateResource[]): string | undefined {
    const ofAws = state.filter(({ type }) => type.startsWith("aws_"));
    const accounts = [...new Set(ofAws.map(accountIn).filter((it) => it !== undefined))].sort();
    if (accounts.length > 1)
        throw new Error(`the state contains resources of accounts ${accounts.join(", ")}: pass the stack's account with --account`);
    if (accounts.length === 0 && ofAws.length > 0)
        throw new Error("no ARN in the state contains an account: pass the stack's account with --account");
    return accounts[0];
}

/** Data sources to plan a stack in an account, which is part of bucket names. */
export const dataSourcesIn = (account: string): DataSources => ({
    "aws:index/getCallerIdentity:getCallerIdentity": () => ({
        id: account,
        accountId: account,
        arn: `arn:aws:iam::${account}:user/import`,
        userId: "AIDAIMPORT",
    }),
});

/** The environment in a resource's tags. The key isn't case-sensitive. */
export function environmentOf({ attributes }: StateResource): string | undefined {
    const tags = { ...(isObject(attributes.tags) ? attributes.tags : {}), ...(isObject(attributes.tags_all) ? attributes.tags_all : {}) };
    const [, value] = Object.entries(tags).find(([key, it]) => /^environment$/i.test(key) && typeof it === "string") ?? [];
    return value as string | undefined;
}

/** The region of a planned resource, from its input or its provider, and the environment in its tags. */
export function placeOf(target: DeployedResource, planned: readonly DeployedResource[]): { region?: string; environment?: string } {
    const inputs = inputsOf(target);
    const provider = planned.find(({ urn }) => urn === providerUrnOf(target.provider ?? ""));
    const { region, defaultTags } = provider ? inputsOf(provider) : {};
    // Inputs of providers are text.
    const tags = typeof defaultTags === "string" ? (JSON.parse(defaultTags) as { tags?: Record<string, string> }).tags : undefined;
    const [own] = [inputs.region, region].filter((it) => typeof it === "string");
    return { region: own, environment: tags?.Environment };
}

export const inputsOf = ({ inputs }: DeployedResource): Record<string, unknown> => plain(inputs ?? {}) as Record<string, unknown>;
