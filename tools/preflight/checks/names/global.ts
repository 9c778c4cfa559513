/** Names that are unique across accounts, or that belong to a domain. */
import { GetDomainNameCommand } from "@aws-sdk/client-api-gateway";
import {
    type CloudFrontClient,
    type DistributionSummary,
    ListTagsForResourceCommand,
    paginateListDistributions,
} from "@aws-sdk/client-cloudfront";
import { DescribeUserPoolCommand, DescribeUserPoolDomainCommand } from "@aws-sdk/client-cognito-identity-provider";
import { ListResourceRecordSetsCommand, type RRType } from "@aws-sdk/client-route-53";
import { GetBucketTaggingCommand, HeadBucketCommand, type S3ServiceException } from "@aws-sdk/client-s3";
import { existing, isDenied, isNotFound } from "../../ask";
import { pairs, type PlannedResource, type Tags, textOf } from "../../planned";
import { named, type NameContext, type NameKind, type Occupant, type Place } from "./kind";

const API_DOMAIN = "aws:apigateway/domainName:DomainName";

const HIDDEN_BUCKET = {
    found: "access denied: the bucket belongs to another account, or s3:ListBucket is missing",
    action: "Allow s3:ListBucket. If access is still denied, another account owns the name: choose another name.",
};

/** S3 redirects requests for a bucket in another region. */
function redirectedTo(error: unknown): string | undefined {
    const { name, $metadata, $response } = error as Partial<S3ServiceException>;
    const headers = ($response?.headers ?? {}) as Record<string, string | undefined>;
    const redirected = $metadata?.httpStatusCode === 301 || name === "PermanentRedirect" || name === "301";
    return redirected ? (headers["x-amz-bucket-region"] ?? "another region") : undefined;
}

async function bucket({ clients }: NameContext, region: string, name: string): Promise<Occupant | undefined> {
    const elsewhere = (where: string) => ({ blocked: `exists in ${where}; bucket names are unique across regions` });
    try {
        const { BucketRegion = region } = await clients.s3(region).send(new HeadBucketCommand({ Bucket: name }));
        if (BucketRegion !== region) return elsewhere(BucketRegion);
    } catch (error) {
        const where = redirectedTo(error);
        if (where) return elsewhere(where);
        if (isDenied(error)) return { unclear: HIDDEN_BUCKET };
        if (isNotFound(error)) return undefined;
        throw error;
    }
    const tagging = await existing(clients.s3(region).send(new GetBucketTaggingCommand({ Bucket: name })));
    return { tags: tagging?.TagSet };
}

/** Domains have no tags. The tags of the user pool identify the owner. */
async function signInDomain({ clients, account }: NameContext, region: string, name: string): Promise<Occupant | undefined> {
    const cognito = clients.cognito(region);
    const { DomainDescription } = await cognito.send(new DescribeUserPoolDomainCommand({ Domain: name }));
    const { UserPoolId, AWSAccountId = account } = DomainDescription ?? {};
    if (!UserPoolId) return undefined;
    if (AWSAccountId !== account) return { blocked: "taken by another account" };
    const pool = await existing(cognito.send(new DescribeUserPoolCommand({ UserPoolId })));
    return { tags: pairs(pool?.UserPool?.UserPoolTags) };
}

/** The first matching distribution of this account. CloudFront doesn't list distributions of other accounts. */
async function findDistribution(
    client: CloudFrontClient,
    matches: (distribution: DistributionSummary) => boolean,
): Promise<Occupant | undefined> {
    for await (const { DistributionList } of paginateListDistributions({ client }, {})) {
        const found = (DistributionList?.Items ?? []).find(matches);
        if (!found) continue;
        const { Tags } = await client.send(new ListTagsForResourceCommand({ Resource: found.ARN }));
        return { id: found.Id, tags: Tags?.Items ?? [] };
    }
    return undefined;
}

function aliasPlaces({ inputs, region }: PlannedResource): Place[] {
    const aliases: unknown[] = Array.isArray(inputs.aliases) ? inputs.aliases : [];
    return aliases.flatMap((alias) => (typeof alias === "string" ? [{ name: alias, region }] : []));
}

const alias = ({ clients }: NameContext, region: string, name: string): Promise<Occupant | undefined> =>
    findDistribution(clients.cloudFront(region), ({ Aliases }) => Aliases?.Items?.includes(name) === true);

const normal = (name = "") => name.toLowerCase().replace(/\.$/, "");

/** Records have no tags. The tags of the API domain or distribution that they point to identify the owner. */
async function record(context: NameContext, region: string, key: string): Promise<Occupant | undefined> {
    const [HostedZoneId = "", name = "", type = ""] = key.split(" ");
    const StartRecordType = type as RRType;
    const request = new ListResourceRecordSetsCommand({ HostedZoneId, StartRecordName: name, StartRecordType, MaxItems: 1 });
    const { ResourceRecordSets = [] } = (await existing(context.clients.route53(region).send(request))) ?? {};
    const found = ResourceRecordSets.find((set) => normal(set.Name) === normal(name) && set.Type === type);
    // Both regions create records with the same name, which a set identifier distinguishes.
    if (!found || found.SetIdentifier !== undefined) return undefined;
    const target = found.AliasTarget?.DNSName ?? found.ResourceRecords?.[0]?.Value ?? "nothing";
    const tags = await tagsOfTarget(context, region, normal(target));
    // Pulumi's import ID of a record separates the same parts by underscores.
    return tags ? { id: key.replaceAll(" ", "_"), tags } : { blocked: `exists and points to ${target}` };
}

async function tagsOfTarget({ clients, plan }: NameContext, region: string, target: string): Promise<Tags | undefined> {
    for (const planned of plan.of(API_DOMAIN)) {
        const request = new GetDomainNameCommand({ domainName: textOf(planned.inputs.domainName) });
        const answer = await existing(clients.apiGateway(planned.region).send(request));
        if (answer && normal(answer.regionalDomainName) === target) return pairs(answer.tags);
    }
    return (await findDistribution(clients.cloudFront(region), ({ DomainName }) => normal(DomainName) === target))?.tags;
}

export const GLOBAL_KINDS: NameKind[] = [
    {
        type: "aws:s3/bucket:Bucket",
        title: "bucket",
        places: named("bucket"),
        permissions: ["s3:ListBucket", "s3:GetBucketTagging"],
        find: bucket,
    },
    {
        type: "aws:cognito/userPoolDomain:UserPoolDomain",
        title: "Cognito domain",
        places: named("domain"),
        permissions: ["cognito-idp:DescribeUserPoolDomain", "cognito-idp:DescribeUserPool"],
        find: signInDomain,
    },
    {
        type: "aws:cloudfront/distribution:Distribution",
        title: "CloudFront domain name",
        places: aliasPlaces,
        permissions: ["cloudfront:ListDistributions", "cloudfront:ListTagsForResource"],
        find: alias,
    },
    {
        type: API_DOMAIN,
        title: "API domain name",
        places: named("domainName"),
        permissions: ["apigateway:GET"],
        async find({ clients }, region, domainName) {
            const answer = await existing(clients.apiGateway(region).send(new GetDomainNameCommand({ domainName })));
            return answer && { tags: pairs(answer.tags) };
        },
    },
    {
        type: "aws:route53/record:Record",
        title: "DNS record",
        places: ({ inputs, region }) => {
            const parts = [inputs.zoneId, inputs.name, inputs.type].map(textOf);
            const known = inputs.allowOverwrite !== true && parts.every((part) => part !== undefined);
            return known ? [{ name: parts.join(" "), region }] : [];
        },
        permissions: ["route53:ListResourceRecordSets", "apigateway:GET", "cloudfront:ListDistributions", "cloudfront:ListTagsForResource"],
        find: record,
    },
];
