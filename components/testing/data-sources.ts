import { REGIONS } from "../internal/regions";
import { type Properties, secret } from "./values";

/** Results of data sources by token (`aws:index/getCallerIdentity:getCallerIdentity`). Return undefined to use the default. */
export type DataSources = Record<string, (inputs: Record<string, unknown>) => Record<string, unknown> | undefined>;

/** A data source that the program read. */
export interface Lookup {
    token: string;
    inputs: Record<string, unknown>;
}

interface Context {
    region: string;
    account: string;
    dataSources?: DataSources;
}

/** Availability Zones of a region, with one possible mapping of names to IDs. */
export function zonesIn(region: string): [name: string, id: string][] {
    const { vpcLinkZones = [], otherZones = [] } = REGIONS[region] ?? {};
    const ids = [...vpcLinkZones, ...otherZones].sort();
    const known = ids.length > 0 ? ids : [1, 2, 3].map((i) => `${region}-az${i}`);
    return known.map((id, i) => [`${region}${"abcdefgh".charAt(i)}`, id]);
}

/** IDs of CloudFront's managed policies (AWS: "Use managed cache policies", "Use managed origin request policies"). */
const CLOUDFRONT_POLICIES: Record<string, string> = {
    "Managed-CachingOptimized": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    "Managed-CachingDisabled": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    "Managed-AllViewerExceptHostHeader": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
};

type Result = (inputs: Record<string, unknown>, context: Context) => Properties;

const text = (value: unknown): string => (typeof value === "string" ? value : "");

function zonesOf(inputs: Record<string, unknown>, { region }: Context): Properties {
    const excluded = Array.isArray(inputs.excludeZoneIds) ? inputs.excludeZoneIds : [];
    const offered = zonesIn(region).filter(([, id]) => !excluded.includes(id));
    return { id: region, region, names: offered.map(([name]) => name), zoneIds: offered.map(([, id]) => id) };
}

const policyOf: Result = (inputs) => ({
    name: text(inputs.name),
    id: CLOUDFRONT_POLICIES[text(inputs.name)] ?? `policy-${text(inputs.name)}`,
});

const KEY_ID = (alias: string) => `mrk-${Buffer.from(alias).toString("hex").padEnd(32, "0").slice(-32)}`;

const DEFAULTS: Record<string, Result> = {
    "aws:index/getCallerIdentity:getCallerIdentity": (_, { account }) => ({
        id: account,
        accountId: account,
        arn: `arn:aws:iam::${account}:user/plan`,
        userId: "AIDAPLAN",
    }),
    "aws:index/getPartition:getPartition": () => ({
        id: "aws",
        partition: "aws",
        dnsSuffix: "amazonaws.com",
        reverseDnsPrefix: "com.amazonaws",
    }),
    "aws:index/getRegion:getRegion": (_, { region }) => ({
        id: region,
        name: region,
        region,
        endpoint: `ec2.${region}.amazonaws.com`,
        description: region,
    }),
    "aws:index/getAvailabilityZones:getAvailabilityZones": zonesOf,
    "aws:cloudfront/getCachePolicy:getCachePolicy": policyOf,
    "aws:cloudfront/getOriginRequestPolicy:getOriginRequestPolicy": policyOf,
    "aws:ec2/getPrefixList:getPrefixList": (inputs) => ({
        id: "pl-63a5400a",
        prefixListId: "pl-63a5400a",
        name: text(inputs.name),
        cidrBlocks: [],
    }),
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": (inputs) => ({ id: "pl-63a5400a", name: text(inputs.name), entries: [] }),
    "aws:kms/getAlias:getAlias": (inputs, { region, account }) => {
        const name = text(inputs.name);
        const targetKeyId = KEY_ID(name);
        return {
            id: `arn:aws:kms:${region}:${account}:${name}`,
            arn: `arn:aws:kms:${region}:${account}:${name}`,
            name,
            targetKeyId,
            targetKeyArn: `arn:aws:kms:${region}:${account}:key/${targetKeyId}`,
        };
    },
    "aws:secretsmanager/getSecret:getSecret": (inputs, { region, account }) => {
        const arn = `arn:aws:secretsmanager:${region}:${account}:secret:${text(inputs.name)}-AbCdEf`;
        return { id: arn, arn, name: text(inputs.name), kmsKeyId: "" };
    },
    "aws:secretsmanager/getSecretVersion:getSecretVersion": (inputs) => ({
        id: `${text(inputs.secretId)}|AWSCURRENT`,
        secretId: text(inputs.secretId),
        versionId: "00000000-0000-4000-8000-000000000001",
        secretString: secret(
            JSON.stringify({
                username: "app",
                password: "replicated-secret-password",
                token: "replicated-secret-token",
                secrets: ["replicated-secret-origin"],
            }),
        ),
    }),
    "aws:s3/getBucket:getBucket": (inputs, { region }) => {
        const bucket = text(inputs.bucket);
        return {
            id: bucket,
            bucket,
            arn: `arn:aws:s3:::${bucket}`,
            region,
            bucketDomainName: `${bucket}.s3.amazonaws.com`,
            bucketRegionalDomainName: `${bucket}.s3.${region}.amazonaws.com`,
            hostedZoneId: "Z3AQBSTGFYJSTF",
        };
    },
    "aws:ecr/getRepository:getRepository": (inputs, { region, account }) => {
        const name = text(inputs.name);
        return {
            id: name,
            name,
            arn: `arn:aws:ecr:${region}:${account}:repository/${name}`,
            repositoryUrl: `${account}.dkr.ecr.${region}.amazonaws.com/${name}`,
        };
    },
    "aws:route53/getZone:getZone": (inputs) => ({
        id: "Z0123456789ABCDEFGHIJ",
        zoneId: "Z0123456789ABCDEFGHIJ",
        name: text(inputs.name),
        arn: "arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ",
        nameServers: [],
    }),
    "aws:rds/getInstance:getInstance": (inputs, { region, account }) => {
        const id = text(inputs.dbInstanceIdentifier);
        // A replica, as a passive dr stack has.
        return {
            id,
            dbInstanceIdentifier: id,
            dbInstanceArn: `arn:aws:rds:${region}:${account}:db:${id}`,
            replicateSourceDb: `${id}-source`,
        };
    },
};

/** The result of a data source. Throws if there is none. */
export function dataSourceResult(token: string, inputs: Properties, context: Context): Properties {
    const custom = context.dataSources?.[token]?.(inputs);
    if (custom) return custom as Properties;
    const byDefault = DEFAULTS[token];
    if (!byDefault) throw new Error(`no result for the data source ${token}: add one to \`dataSources\``);
    return byDefault(inputs, context);
}
