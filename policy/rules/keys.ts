import type { DeployedResource } from "../../components/testing";
import { providerUrnOf } from "../../components/testing/urn";
import { inputsOf, isAws, type Rule } from "./rule";

const KEY = /^arn:aws:kms:([a-z0-9-]+):\d+:key\//;

/** Inputs that refer to a key in another region by design. */
const ELSEWHERE = ["replicaKmsKeyId", "primaryKeyArn"];

/** The regions of the keys in a value, each with the region that uses it. An object's `region` applies to what it contains. */
function keysIn(value: unknown, region: string | undefined): { used?: string; of: string }[] {
    if (typeof value === "string") {
        const [, of] = KEY.exec(value) ?? [];
        return of === undefined ? [] : [{ used: region, of }];
    }
    if (Array.isArray(value)) return value.flatMap((item) => keysIn(item, region));
    if (typeof value !== "object" || value === null) return [];
    const own = "region" in value && typeof value.region === "string" ? value.region : region;
    return Object.entries(value)
        .filter(([key]) => !ELSEWHERE.includes(key))
        .flatMap(([, item]) => keysIn(item, own));
}

const regionOfProvider = (resources: readonly DeployedResource[], { provider = "" }: DeployedResource): string | undefined => {
    const urn = providerUrnOf(provider);
    const region = resources.find((it) => it.urn === urn)?.inputs?.region;
    return typeof region === "string" ? region : undefined;
};

export const keysAreOfTheirRegion: Rule = {
    name: "keys-are-of-their-region",
    description: "Resources use KMS keys in their own region. AWS rejects keys in other regions.",
    check: (resources) =>
        resources.filter(isAws).flatMap((resource) =>
            keysIn(inputsOf(resource), regionOfProvider(resources, resource))
                .filter(({ used, of }) => used !== undefined && used !== of)
                .map(({ used, of }) => ({ urn: resource.urn, message: `is in ${used ?? ""} but uses a key in ${of}` })),
        ),
};
