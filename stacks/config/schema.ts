/** The configuration of a stack: the sections of all systems, and the keys that they share. */
import * as z from "zod";
import { PRIMARY_DEFAULTS } from "../names";
import { LOG_DAYS, LOG_DEFAULTS } from "../../components/building-blocks/logs";
import { overlapProblem } from "../../components/vpc/cidr";
import { aiSection } from "../ai";
import { apiSection } from "../api";
import { backupsSection, copiedBackupsSection } from "../backups";
import { cacheSection, drCacheSection } from "../cache";
import { databaseSection, replicaSection } from "../database";
import { deliverySection, imagesSection } from "../delivery";
import { documentsSection } from "../documents";
import { accessSection, domainSection, edgeSection, replicatedEdgeSection, sharedDomainSection } from "../edge";
import { eventsSection } from "../events";
import { identitySection } from "../identity";
import { ingestSection } from "../ingest";
import { jobsSection } from "../jobs";
import { lakeSection, replicatedLakeSection } from "../lake";
import { logKeys, logRetention, logRetentionWithBuilds } from "../logs";
import { type CompleteMigration, migrationsSection } from "../migrations";
import { networkSection } from "../network";
import { organizationKeys, providerTags } from "../organization";
import { DELETIONS } from "../protection";
import { observabilitySection } from "../observability";
import type { ServiceDomainConfig } from "../service-domains";
import { recoveryObjectivesSection } from "../recovery/monitor";
import { replicaServicesSection, servicesSection } from "../services";
import type { Use } from "../uses";
import { cidr, distinct, environment, oneOf, region, text, version } from "./values";

const common = {
    environment: environment().optional().describe("Name of the environment in tags and physical names. Default: the stack's name."),
    ...organizationKeys,
    logRetentionDays: oneOf(LOG_DAYS, LOG_DEFAULTS.logRetentionDays).describe(
        "Days to keep log events, for the types of logs without an entry in logRetention.",
    ),
    ...logKeys,
    protectData: z
        .boolean()
        .default(true)
        .describe(
            "Enables deletion protection, final snapshots, and Pulumi's protect option for resources with data. If false, destroying the stack deletes all data.",
        ),
    confirmDeletion: z
        .array(z.enum(DELETIONS))
        .default([])
        .describe(
            "Data and identities that an update may delete, without protection. Remove the entries after the deletion. See docs/changing.md.",
        ),
    access: accessSection,
    api: apiSection,
    cache: cacheSection,
    documents: documentsSection,
    events: eventsSection,
    ai: aiSection,
    ingest: ingestSection,
    identity: identitySection,
    jobs: jobsSection,
    migrations: migrationsSection,
    observability: observabilitySection,
};

const recovery = z
    .strictObject({
        region: region().describe("Region of the copies and of the dr stack."),
        continuousBackups: z
            .boolean()
            .default(false)
            .describe("Replicates the database's automated backups continuously. `pulumi up` waits 10 to 40 minutes for the first copy."),
        manageRegistry: z
            .boolean()
            .default(true)
            .describe(
                "Configures replication and scanning of the image registry. There is one registry per account and region: set this key to false in all other stacks that use the recovery region.",
            ),
        // The configuration lists environments. The component's argument lists repository names.
        additionalEnvironments: distinct(environment())
            .meta({ examples: [["team-one", "second-team", "a-third-team"]] })
            .default([])
            .describe("Other environments with manageRegistry: false and the same recovery region. Their images are also replicated."),
        environment: environment().default("dr").describe("Environment of the dr stack, to which pipelines also deploy."),
        failback: z
            .boolean()
            .default(false)
            .describe(
                "Allows active: true while the database of the dr stack is promoted. Set it to true during a failback, after you have moved the data, and to false when the standby is rebuilt.",
            ),
    })
    .optional()
    .describe("Copies all data to a second region, for a dr stack there. Default: none.");

/** Description of the role, which both alternatives have. */
export const ROLE = "A primary stack owns the data; a dr stack is its warm standby in another region.";

const primaryConfig = z.strictObject({
    role: z.literal("primary").describe(ROLE),
    active: z
        .boolean()
        .optional()
        .describe(
            "false makes the stack passive: it runs standbyCount tasks of each service, and no jobs, migrations, or ingest. Requires recovery. Default: true, until `npm run failover` moves the traffic to the dr stack.",
        ),
    recovery,
    backups: backupsSection,
    jwtVersion: version()
        .default(1)
        .describe("Increase by one to generate a new key for the tokens of the API. All existing tokens become invalid."),
    network: networkSection("10.0.0.0/16"),
    domain: domainSection,
    ...common,
    logRetention: logRetentionWithBuilds,
    services: servicesSection,
    database: databaseSection,
    lake: lakeSection,
    edge: edgeSection,
    images: imagesSection,
    delivery: deliverySection,
});

const drConfig = z
    .strictObject({
        role: z.literal("dr").describe(ROLE),
        active: z
            .boolean()
            .optional()
            .describe(
                "true promotes the database, scales up the services, and moves the traffic to this stack. Default: false, until `npm run failover` does the same.",
            ),
        primary: z
            .strictObject({
                environment: environment().default(PRIMARY_DEFAULTS.environment).describe("Environment of the primary stack."),
                region: region().default(PRIMARY_DEFAULTS.region).describe("Region of the primary stack."),
                cidrBlock: cidr()
                    .default("10.0.0.0/16")
                    .describe("CIDR block of the primary network, which this stack's network must not overlap."),
            })
            .prefault({})
            .describe("The primary stack, which owns the data."),
        backups: copiedBackupsSection,
        recoveryObjectives: recoveryObjectivesSection,
        network: networkSection("10.1.0.0/16"),
        domain: sharedDomainSection,
        ...common,
        cache: drCacheSection,
        logRetention,
        services: replicaServicesSection,
        database: replicaSection,
        lake: replicatedLakeSection,
        edge: replicatedEdgeSection,
    })
    .superRefine((value, context) => {
        const { cidrBlock, existing } = value.network;
        // The owner of an existing network avoids overlaps.
        const message = existing ? undefined : overlapProblem(cidrBlock, value.primary.cidrBlock, "the primary network");
        if (message) context.addIssue({ code: "custom", path: ["network", "cidrBlock"], message });
    });

/**
 * Settings of the AWS provider that go to it as they are. Source: the variables of `@pulumi/aws/config`, version 7; a test compares them.
 */
export const PROVIDER_SETTINGS = [
    ...["accessKey", "assumeRoles", "assumeRoleWithWebIdentity", "customCaBundle", "ec2MetadataServiceEndpoint"],
    ...[
        "ec2MetadataServiceEndpointMode",
        "endpoints",
        "forbiddenAccountIds",
        "httpProxy",
        "httpsProxy",
        "ignoreTags",
        "insecure",
        "maxRetries",
    ],
    ...["noProxy", "retryMode", "s3UsEast1RegionalEndpoint", "s3UsePathStyle", "secretKey", "sharedConfigFiles", "sharedCredentialsFiles"],
    ...["skipCredentialsValidation", "skipMetadataApiCheck", "skipRegionValidation", "skipRequestingAccountId", "stsRegion"],
    ...["tagPolicyCompliance", "token", "tokenBucketRateLimiterCapacity", "useDualstackEndpoint", "useFipsEndpoint", "userAgents"],
];

/** Unknown keys are errors: a misspelled `allowedAccountIds` would allow every account. */
export const awsSchema = z.strictObject({
    ...Object.fromEntries(PROVIDER_SETTINGS.map((name) => [name, z.unknown().optional()])),
    region: region().describe("Region to deploy to, such as us-east-1."),
    profile: z.string().min(1).optional().describe("Profile of the AWS configuration."),
    allowedAccountIds: z
        .array(text(/^\d{12}$/, "an account ID of twelve digits"))
        .optional()
        .describe("Accounts that this stack can be deployed to."),
    defaultTags: z
        .strictObject({ tags: providerTags().describe("Names and values of the tags.") })
        .optional()
        .describe("Tags of all resources. ai-platform:tags and the platform's tags Project, Environment, and ManagedBy override them."),
});

export const configSchema = z.discriminatedUnion("role", [primaryConfig, drConfig]);

/** Keys without a default in the schema, because it depends on the stack and its region. */
interface Completed {
    environment: string;
    ai: { models: string[] };
    events: { stream: { enabled: boolean } };
    /** The keys of one role are optional in both, so that the types of services have a common supertype. */
    services: Record<string, { uses: Use[]; domain?: ServiceDomainConfig }>;
    jobs: Record<string, { uses: Use[] }>;
    migrations: Record<string, CompleteMigration>;
}

export type PrimaryConfig = z.output<typeof primaryConfig> & Completed;
export type DrConfig = z.output<typeof drConfig> & Completed;
export type PlatformConfig = PrimaryConfig | DrConfig;

export const roles = { primary: primaryConfig, dr: drConfig };
export type StackRole = keyof typeof roles;
