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
    /** All data sources that the program read so far, including this one. @default none */
    lookups?: readonly Lookup[];
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

/** Inputs of the data sources with a token, in the order of the program. */
const earlier = ({ lookups = [] }: Context, token: string): Record<string, unknown>[] =>
    lookups.filter((it) => it.token === token).map(({ inputs }) => inputs);

/** The VPC that the program looked up last contains the subnets, route tables, and endpoints that it looks up next. */
const vpcIn = (context: Context): string => text(earlier(context, GET_VPC).at(-1)?.id);
const GET_VPC = "aws:ec2/getVpc:getVpc";
const GET_SUBNET = "aws:ec2/getSubnet:getSubnet";
const MAIN_TABLE = "rtb-0123456789abcdef0";

/** A subnet of an existing VPC. Subnets are in the zones that support the platform, one after the other. */
function subnetOf(inputs: Record<string, unknown>, context: Context): Properties {
    const { region, account } = context;
    const id = text(inputs.id);
    const ids = [...new Set(earlier(context, GET_SUBNET).map((it) => text(it.id)))];
    const number = Math.max(ids.indexOf(id), 0);
    const { vpcLinkZones } = REGIONS[region] ?? {};
    const zones = zonesIn(region).filter(([, zoneId]) => vpcLinkZones?.includes(zoneId) ?? true);
    const [availabilityZone = "", availabilityZoneId = ""] = zones[number % zones.length] ?? [];
    return {
        id,
        arn: `arn:aws:ec2:${region}:${account}:subnet/${id}`,
        vpcId: vpcIn(context),
        availabilityZone,
        availabilityZoneId,
        cidrBlock: `10.0.${number + 1}.0/24`,
        availableIpAddressCount: 251,
        mapPublicIpOnLaunch: false,
        state: "available",
    };
}

const KEY_ID = (alias: string) => `mrk-${Buffer.from(alias).toString("hex").padEnd(32, "0").slice(-32)}`;

/** A route without a target: the provider reports empty text for the other kinds of targets. */
const NO_TARGET = {
    ...{ gatewayId: "", natGatewayId: "", transitGatewayId: "", networkInterfaceId: "", vpcEndpointId: "", instanceId: "" },
    ...{ vpcPeeringConnectionId: "", coreNetworkArn: "" },
};

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
    [GET_VPC]: (inputs, { region, account }) => ({
        id: text(inputs.id),
        arn: `arn:aws:ec2:${region}:${account}:vpc/${text(inputs.id)}`,
        cidrBlock: "10.0.0.0/16",
        enableDnsHostnames: true,
        enableDnsSupport: true,
        mainRouteTableId: MAIN_TABLE,
        ownerId: account,
    }),
    [GET_SUBNET]: subnetOf,
    "aws:ec2/getInternetGateway:getInternetGateway": () => ({ id: "igw-0123456789abcdef0", internetGatewayId: "igw-0123456789abcdef0" }),
    // All subnets use the main route table.
    "aws:ec2/getRouteTables:getRouteTables": (inputs) => {
        const filters = (inputs.filters ?? []) as { name?: string }[];
        return { id: "route-tables", ids: filters.some(({ name }) => name === "association.subnet-id") ? [] : [MAIN_TABLE] };
    },
    "aws:ec2/getRouteTable:getRouteTable": (inputs, context) => ({
        id: text(inputs.routeTableId),
        routeTableId: text(inputs.routeTableId),
        vpcId: vpcIn(context),
        associations: [{ main: true, subnetId: "", routeTableId: text(inputs.routeTableId) }],
        routes: [{ ...NO_TARGET, cidrBlock: "0.0.0.0/0", natGatewayId: "nat-0123456789abcdef0" }],
    }),
    "aws:ec2/getVpcEndpoint:getVpcEndpoint": (inputs, context) => ({
        id: text(inputs.id) || "vpce-0123456789abcdef0",
        vpcId: vpcIn(context),
        serviceName: text(inputs.serviceName) || `com.amazonaws.${context.region}.s3`,
        vpcEndpointType: inputs.serviceName === undefined ? "Gateway" : "Interface",
        state: "available",
        routeTableIds: [MAIN_TABLE],
    }),
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
    "aws:dynamodb/getTable:getTable": (inputs, { region, account }) => {
        const name = text(inputs.name);
        return { id: name, name, arn: `arn:aws:dynamodb:${region}:${account}:table/${name}` };
    },
    "aws:dynamodb/getTableItem:getTableItem": (inputs) => ({
        id: `${text(inputs.tableName)}|${text(inputs.key)}`,
        tableName: text(inputs.tableName),
        key: text(inputs.key),
        // No failover was recorded.
        item: "{}",
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
