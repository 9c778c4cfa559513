import { isObject } from "../../components/internal/unknown";
import { type DataSources, type DeployedResource, plain } from "../../components/testing";
import { providerUrnOf } from "../../components/testing/urn";
import type { StateResource } from "./state";

/** `arn:aws:rds:us-east-1:111122223333:db:main`; buckets name neither region nor account. */
const ARN = /^arn:[\w-]+:[\w-]+:([a-z0-9-]*):(\d{12})?:./;

const partOfArn = ({ attributes }: StateResource, part: 1 | 2): string | undefined =>
    [attributes.arn, attributes.id].map((it) => (typeof it === "string" ? ARN.exec(it)?.[part] : undefined)).find(Boolean);

/** The account that a resource is in, as its ARN says; undefined where that is silent. */
export const accountIn = (resource: StateResource): string | undefined => partOfArn(resource, 2);

/** The region that a resource is in: as the state says (buckets, and all since version 6 of the provider), by its ARN, or by a pool's id. */
export function regionOf(resource: StateResource): string | undefined {
    const { region, id } = resource.attributes;
    if (typeof region === "string" && region !== "") return region;
    return partOfArn(resource, 1) ?? (typeof id === "string" ? /^([a-z]{2}(?:-[a-z]+)+-\d)_/.exec(id)?.[1] : undefined);
}

/**
 * The account of a state, by the ARNs of its resources. A state without AWS has none.
 *
 * @throws Error where they name several, or none
 */
export function accountOf(state: readonly StateResource[]): string | undefined {
    const ofAws = state.filter(({ type }) => type.startsWith("aws_"));
    const accounts = [...new Set(ofAws.map(accountIn).filter((it) => it !== undefined))].sort();
    if (accounts.length > 1) throw new Error(`the state has resources of accounts ${accounts.join(", ")}: give the stack's as --account`);
    if (accounts.length === 0 && ofAws.length > 0) throw new Error("no ARN in the state names an account: give the stack's as --account");
    return accounts[0];
}

/** Answers with which a stack is planned as it would be in an account: buckets have it in their names. */
export const dataSourcesIn = (account: string): DataSources => ({
    "aws:index/getCallerIdentity:getCallerIdentity": () => ({
        id: account,
        accountId: account,
        arn: `arn:aws:iam::${account}:user/import`,
        userId: "AIDAIMPORT",
    }),
});

/** The environment that a resource's tags name, however they spell the key. */
export function environmentOf({ attributes }: StateResource): string | undefined {
    const tags = { ...(isObject(attributes.tags) ? attributes.tags : {}), ...(isObject(attributes.tags_all) ? attributes.tags_all : {}) };
    const [, value] = Object.entries(tags).find(([key, it]) => /^environment$/i.test(key) && typeof it === "string") ?? [];
    return value as string | undefined;
}

/** Where the program's provider, or the resource itself, puts a planned resource, and the environment by which it is tagged there. */
export function placeOf(target: DeployedResource, planned: readonly DeployedResource[]): { region?: string; environment?: string } {
    const inputs = inputsOf(target);
    const provider = planned.find(({ urn }) => urn === providerUrnOf(target.provider ?? ""));
    const { region, defaultTags } = provider ? inputsOf(provider) : {};
    // A provider's inputs are text.
    const tags = typeof defaultTags === "string" ? (JSON.parse(defaultTags) as { tags?: Record<string, string> }).tags : undefined;
    const [own] = [inputs.region, region].filter((it) => typeof it === "string");
    return { region: own, environment: tags?.Environment };
}

export const inputsOf = ({ inputs }: DeployedResource): Record<string, unknown> => plain(inputs ?? {}) as Record<string, unknown>;
