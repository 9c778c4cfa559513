/**
 * The zones, services, and models of AWS's commercial regions. Rules and lookups reject a region that isn't in the table; docs/extending.md, "Add a region",
 * describes where to find the values of a row.
 *
 * Sources, as of 29 November 2026:
 * - Zones: API Gateway Developer Guide, "Set up VPC links V2 in API Gateway".
 * - Services: CloudFormation's registry of resource types by region (the data of cfn-lint 1.58.0) and the endpoints of botocore 1.44.8.
 * - Instance families: RDS's and ElastiCache's price lists (the data of cfn-lint 1.58.0), for PostgreSQL, DocumentDB, and Redis. Families that
 *   are sold in few regions (x2, network-optimized, and AMD variants) aren't listed.
 * - Models: Amazon Bedrock User Guide, "Model support by AWS Region" and "Supported Regions and models for inference profiles".
 */

/** Services that some regions lack, with the names that messages use. */
export const REGIONAL_SERVICES = {
    documentdb: "DocumentDB",
    "bedrock-guardrails": "Bedrock guardrails",
    "eventbridge-connections": "EventBridge connections",
    "eventbridge-schemas": "EventBridge schema discovery",
    codebuild: "CodeBuild",
    codepipeline: "CodePipeline",
    codeconnections: "CodeConnections",
    "sagemaker-endpoints": "SageMaker endpoints",
} as const;

export type RegionalService = keyof typeof REGIONAL_SERVICES;
export type InstanceService = "rds" | "docdb" | "elasticache";

export interface Region {
    /**
     * IDs of the Availability Zones that support VPC links V2. Without any, the region can't run the platform's API. Only append to the list,
     * and to the next one: the order determines the address blocks of the zones (`slotOf`), and another block replaces a subnet.
     */
    vpcLinkZones?: string[];
    /** IDs of zones without VPC links V2, in regions that have some. */
    otherZones?: string[];
    lacks?: RegionalService[];
    /** Families that the service doesn't offer here, such as `r7g`, separated by spaces. Only for regions with VPC links. */
    lacksFamilies?: Partial<Record<InstanceService, string>>;
    /** A text model that can be called here without sending data out of the region's geography. */
    defaultModel?: string;
}

const EU = "eu.amazon.nova-lite-v1:0";
const US = "us.amazon.nova-lite-v1:0";
const APAC = "apac.amazon.nova-lite-v1:0";
const CANADA = "ca.amazon.nova-lite-v1:0";

export const REGIONS: Record<string, Region> = {
    "af-south-1": { lacks: ["bedrock-guardrails", "codeconnections"] },
    "ap-east-1": {
        vpcLinkZones: ["ape1-az2", "ape1-az3"],
        otherZones: ["ape1-az1"],
        lacks: ["bedrock-guardrails", "codeconnections"],
        lacksFamilies: { rds: "m7g m7i m8gd r6gd r7i", docdb: "r6gd", elasticache: "c7gn r6gd" },
    },
    "ap-east-2": {
        lacks: ["documentdb", "eventbridge-connections", "eventbridge-schemas", "codebuild", "codepipeline", "codeconnections"],
    },
    "ap-northeast-1": { vpcLinkZones: ["apne1-az1", "apne1-az2", "apne1-az4"], defaultModel: APAC, lacksFamilies: { elasticache: "c7gn" } },
    "ap-northeast-2": {
        vpcLinkZones: ["apne2-az1", "apne2-az2", "apne2-az3"],
        defaultModel: APAC,
        lacksFamilies: { rds: "m8gd r6gd", elasticache: "c7gn r6gd" },
    },
    "ap-northeast-3": { lacks: ["codeconnections"] },
    "ap-south-1": {
        vpcLinkZones: ["aps1-az1", "aps1-az2", "aps1-az3"],
        defaultModel: APAC,
        lacksFamilies: { rds: "m8gd r8gd", elasticache: "c7gn" },
    },
    "ap-south-2": { lacks: ["eventbridge-schemas", "codeconnections"] },
    "ap-southeast-1": {
        vpcLinkZones: ["apse1-az1", "apse1-az2", "apse1-az3"],
        defaultModel: APAC,
        lacksFamilies: { rds: "m8gd r8gd", elasticache: "c7gn" },
    },
    "ap-southeast-2": { vpcLinkZones: ["apse2-az1", "apse2-az2", "apse2-az3"], defaultModel: APAC, lacksFamilies: { elasticache: "c7gn" } },
    "ap-southeast-3": { lacks: ["codeconnections"] },
    "ap-southeast-4": { lacks: ["eventbridge-schemas", "codeconnections"], defaultModel: APAC },
    "ap-southeast-5": { lacks: ["eventbridge-connections", "eventbridge-schemas", "codeconnections"] },
    "ap-southeast-6": { lacks: ["documentdb", "bedrock-guardrails", "eventbridge-connections", "eventbridge-schemas", "codeconnections"] },
    "ap-southeast-7": { lacks: ["eventbridge-schemas", "codepipeline", "codeconnections"] },
    "ca-central-1": {
        vpcLinkZones: ["cac1-az1", "cac1-az2"],
        otherZones: ["cac1-az4"],
        defaultModel: CANADA,
        lacksFamilies: { rds: "m8g", elasticache: "c7gn" },
    },
    "ca-west-1": {
        lacks: ["bedrock-guardrails", "eventbridge-connections", "eventbridge-schemas", "codebuild", "codepipeline", "codeconnections"],
        defaultModel: CANADA,
    },
    "eu-central-1": { vpcLinkZones: ["euc1-az1", "euc1-az2", "euc1-az3"], defaultModel: EU, lacksFamilies: { elasticache: "c7gn" } },
    "eu-central-2": { lacks: ["codeconnections"] },
    "eu-north-1": {
        vpcLinkZones: ["eun1-az1", "eun1-az2", "eun1-az3"],
        defaultModel: EU,
        lacksFamilies: { rds: "m8gd r6gd r8gd", elasticache: "c7gn" },
    },
    "eu-south-1": { defaultModel: EU },
    "eu-south-2": {
        vpcLinkZones: ["eus2-az1", "eus2-az2", "eus2-az3"],
        lacks: ["codeconnections"],
        defaultModel: EU,
        lacksFamilies: { rds: "m5d m6i r5d r6i", elasticache: "c7gn r6gd" },
    },
    "eu-west-1": { vpcLinkZones: ["euw1-az1", "euw1-az2", "euw1-az3"], defaultModel: EU },
    "eu-west-2": {
        vpcLinkZones: ["euw2-az1", "euw2-az2", "euw2-az3"],
        defaultModel: "amazon.nova-lite-v1:0",
        lacksFamilies: { rds: "r6gd", elasticache: "c7gn r6gd" },
    },
    "eu-west-3": {
        vpcLinkZones: ["euw3-az1", "euw3-az3"],
        otherZones: ["euw3-az2"],
        defaultModel: EU,
        lacksFamilies: { rds: "m8gd r7g r8gd", elasticache: "c7gn c8gn" },
    },
    "il-central-1": { lacks: ["eventbridge-connections", "eventbridge-schemas", "codeconnections"] },
    "me-central-1": { lacks: ["codeconnections", "sagemaker-endpoints"] },
    "me-south-1": {
        vpcLinkZones: ["mes1-az1", "mes1-az2", "mes1-az3"],
        lacks: ["documentdb", "codeconnections"],
        lacksFamilies: { rds: "m7i m8g m8gd r6gd r7i r8g r8gd", elasticache: "c7gn c8gn m8g r6gd r8g t4g" },
    },
    "mx-central-1": {
        lacks: ["bedrock-guardrails", "eventbridge-connections", "eventbridge-schemas", "codebuild", "codepipeline", "codeconnections"],
    },
    "sa-east-1": { vpcLinkZones: ["sae1-az1", "sae1-az2", "sae1-az3"], lacksFamilies: { rds: "m6gd r6gd", elasticache: "c7gn" } },
    "us-east-1": { vpcLinkZones: ["use1-az1", "use1-az2", "use1-az4", "use1-az5", "use1-az6"], otherZones: ["use1-az3"], defaultModel: US },
    "us-east-2": { vpcLinkZones: ["use2-az1", "use2-az2", "use2-az3"], defaultModel: US },
    "us-west-1": {
        vpcLinkZones: ["usw1-az1", "usw1-az3"],
        lacks: ["documentdb"],
        defaultModel: US,
        lacksFamilies: { rds: "m8gd", elasticache: "c7gn" },
    },
    "us-west-2": { vpcLinkZones: ["usw2-az1", "usw2-az2", "usw2-az3", "usw2-az4"], defaultModel: US },
};

/**
 * Geographies of Bedrock's cross-region inference profiles, by prefix of the profile's ID. AWS doesn't change the destinations of a geography.
 * A source that isn't a destination is added as one: a call from us-west-1 can also stay there.
 */
export interface Geography {
    destinations: string[];
    /** Other regions from which the profiles can be called. */
    sources?: string[];
    /** Profiles that can be called from any commercial region. */
    anywhere?: boolean;
}

export const GEOGRAPHIES: Record<string, Geography> = {
    us: { destinations: ["us-east-1", "us-east-2", "us-west-2"], sources: ["us-west-1"] },
    ca: { destinations: ["ca-central-1", "ca-west-1"] },
    eu: {
        destinations: ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"],
        sources: ["eu-central-2", "eu-west-2", "il-central-1"],
    },
    apac: {
        destinations: [
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-4",
        ],
        sources: ["ap-east-2", "ap-southeast-3", "ap-southeast-5", "ap-southeast-7"],
    },
    au: { destinations: ["ap-southeast-2", "ap-southeast-4"] },
    jp: { destinations: ["ap-northeast-1", "ap-northeast-3"] },
    "us-gov": { destinations: ["us-gov-east-1", "us-gov-west-1"] },
    // The model's ARN in the IAM request has no region.
    global: { destinations: [""], anywhere: true },
};

/** First part of the IDs of foundation models (Amazon Bedrock User Guide, "Supported foundation models"). */
export const MODEL_PROVIDERS =
    "ai21 amazon anthropic cohere deepseek google luma meta minimax mistral moonshot moonshotai nvidia openai qwen stability twelvelabs writer zai".split(
        " ",
    );

/** Whether profiles of the geography can be called from a region. */
export const isSource = ({ destinations, sources = [], anywhere = false }: Geography, region: string): boolean =>
    anywhere || destinations.includes(region) || sources.includes(region);

/** What the platform requires and a region lacks: VPC links, guardrails, or the connection that keeps the link active. */
export const lacksEssentials = (region: string): string[] => {
    const { vpcLinkZones = [], lacks = [] } = REGIONS[region] ?? {};
    const essentials: RegionalService[] = ["bedrock-guardrails", "eventbridge-connections"];
    const missing = essentials.filter((service) => lacks.includes(service)).map((service) => REGIONAL_SERVICES[service]);
    return vpcLinkZones.length > 0 ? missing : ["VPC links V2", ...missing];
};

/** Name of an Availability Zone: `us-east-1a`. */
export const ZONE_NAME = /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/;

/** Regions that can run the platform. */
export const platformRegions = (): string[] => Object.keys(REGIONS).filter((region) => lacksEssentials(region).length === 0);

/** What to do about a region that isn't in the table. */
export const UNKNOWN_REGION = 'To use a region that AWS added later, see docs/extending.md, "Add a region"';
