import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ExistingVpcFacts, LogArgs, VpcReference } from "../components";
import type { Zone } from "../components/vpc/zones";
import { addressSettings, lookUpZones } from "./addresses";
import { checkExisting, existingSettings, lookUpExisting } from "./existing-network";
import type { PlatformConfig } from "./config";
import { configBelow } from "./config/namespace";
import { recoveryRegionOf } from "./config/regions";
import { type Data, dataOf, secretRecoveryDays } from "./data";
import { type Names, namesOf, PROJECT } from "./names";
import { LiveChanges, settingsOf } from "./live-changes";
import { answered } from "./lookup-errors";
import { allTags, organizationPolicies } from "./organization";
import { protection } from "./protection";
import { domainsOf } from "./service-domains";
import { checkVpcOrigin } from "./vpc-origin";

/** Location, names, and resource options of a stack. Every create function receives it. */
export interface Context<Config extends PlatformConfig = PlatformConfig> {
    config: Config;
    environment: string;
    region: string;
    account: string;
    names: Names;
    /** Availability Zones of the stack's own network. */
    zones: Zone[];
    /** The network of `network.existing`. */
    existingVpc?: ExistingVpcFacts;
    /** Comparison with the configuration of the last update. */
    changes: LiveChanges;
    /** Provider of DNS records, if the hosted zones are in another account. */
    dnsProvider?: aws.Provider;
    /** Options of data sources, which have no parent. */
    invoke: { provider: aws.Provider };
    /** Options of every component: the provider that adds the tags, the permissions boundary and, while `protectData` is on, the protection of data and identities. */
    opts: pulumi.ComponentResourceOptions;
}

/** The context, and the values that depend on the stack's role. */
export interface Platform extends Context {
    data: Data;
}

/** Creates the provider and the resources that all systems share: keys, secrets, and, depending on the role, the copies of the data. */
export async function createPlatform(config: PlatformConfig): Promise<Platform> {
    const context = await createContext(config);
    return { ...context, data: await dataOf(context) };
}

async function createContext(config: PlatformConfig): Promise<Context> {
    const { environment } = config;
    const changes = await LiveChanges.read();
    changes.check(settingsOf(config, configBelow("aws").region as string | undefined));
    warnAboutDeletions(config);
    const { provider, tags } = createProvider(config);
    const invoke = { provider };
    const { existing } = config.network;
    const [{ accountId: account }, { region }, zones, existingVpc] = await Promise.all([
        answered("account", "sts:GetCallerIdentity", aws.getCallerIdentity({}, invoke)),
        answered("region", "sts:GetCallerIdentity", aws.getRegion({}, invoke)),
        existing ? [] : answered("Availability Zones", "ec2:DescribeAvailabilityZones", lookUpZones(config.network, invoke)),
        existing && lookUpExisting(existing, invoke),
    ]);
    checkAccount(config, account);
    const names = namesOf(config, account);
    const domainPrefix = config.identity.domainPrefix ?? loginPrefix(names, account);
    if (existingVpc) await checkExisting(existingVpc, { config, region, isNew: changes.isNew, invoke });
    await checkVpcOrigin(config, { zones, existingVpc, invoke });
    const addresses = existingVpc ? existingSettings(existingVpc) : addressSettings(config.network, zones);
    const signIn = config.identity.enabled ? { [`${PROJECT}:identity.domainPrefix`]: domainPrefix } : {};
    changes.check({ account, ...signIn, ...addresses });
    const recoveryRegion = recoveryRegionOf(config);
    const transformations = [protection({ ...config, recoveryRegion }), ...organizationPolicies(config, tags)];
    const opts = { providers: [provider], transformations };
    const dnsRoleArn = config.domain?.dnsRoleArn;
    const dnsProvider = dnsRoleArn === undefined ? undefined : createDnsProvider(environment, dnsRoleArn);
    return { config, environment, region, account, names, zones, existingVpc, changes, dnsProvider, invoke, opts };
}

/** Certificates belong to the account that uses them. The stack file alone doesn't tell the account. */
function checkAccount(config: PlatformConfig, account: string): void {
    const { domain } = config;
    const certificates = [
        ...(["certificateArn", "apiCertificateArn"] as const).map((key): [string, unknown] => [
            `domain.${key}`,
            domain && Reflect.get(domain, key),
        ]),
        ...domainsOf(config).map(([service, it]): [string, unknown] => [`services.${service}.domain.certificateArn`, it.certificateArn]),
    ];
    const problems = certificates.flatMap(([key, arn]) => {
        const owner = typeof arn === "string" ? arn.split(":")[4] : account;
        return owner === account ? [] : [`${PROJECT}:${key}: is in account ${owner ?? ""}; the stack is in ${account}`];
    });
    if (problems.length > 0) throw new pulumi.RunError(problems.join("\n"));
}

/** Prefix of the sign-in page's domain, unless `identity.domainPrefix` is set. */
export const loginPrefix = ({ prefix }: Names, account: string): string => `${prefix}-${account}`;

function warnAboutDeletions({ confirmDeletion }: PlatformConfig): void {
    if (confirmDeletion.length === 0) return;
    void pulumi.log.warn(
        `confirmDeletion lists ${confirmDeletion.join(", ")}, which are not protected. Remove the entries after the deletion.`,
    );
}

/**
 * The provider of all resources: the `aws:` settings of the stack file, and tags on every resource that supports them. It is explicit
 * because a default provider would take its tags from the stack file alone, where a new environment might omit them. Tags under `tags`
 * and `aws:defaultTags` are added to the platform's own.
 */
function createProvider(config: PlatformConfig): { provider: aws.Provider; tags: Record<string, string> } {
    const { defaultTags, ...settings } = awsSettings() as { defaultTags?: { tags?: Record<string, string> } };
    const tags = allTags(config, defaultTags?.tags);
    return { provider: new aws.Provider("aws", { ...settings, defaultTags: { tags } }), tags };
}

/**
 * The provider of the DNS records: the credentials of the stack assume the role. Records have no tags, and the accounts that the stack is allowed in
 * don't include that of the hosted zones.
 */
function createDnsProvider(environment: string, roleArn: string): aws.Provider {
    const { assumeRoles = [], ...settings } = awsSettings() as { assumeRoles?: aws.types.input.ProviderAssumeRole[] };
    const others = Object.fromEntries(Object.entries(settings).filter(([key]) => !OF_THE_STACK.includes(key)));
    const sessionName = `${PROJECT}-${environment}`;
    return new aws.Provider("dns", { ...others, assumeRoles: [...assumeRoles, { roleArn, sessionName }] });
}

const OF_THE_STACK = ["allowedAccountIds", "defaultTags", "forbiddenAccountIds", "ignoreTags"];

/** The provider expects lists of strings, but `pulumi config set` writes account IDs as numbers. */
function awsSettings(): Record<string, unknown> {
    const asText = (value: unknown) => (Array.isArray(value) ? value.map(String) : value);
    return Object.fromEntries(Object.entries(configBelow("aws")).map(([key, value]) => [key, asText(value)]));
}

/** Arguments of every component that writes logs. */
export const logArgs = ({ config, data }: Platform): LogArgs => {
    const { logRetentionDays, logRetention, logDestinationArn } = config;
    return { logKeyArn: data.keys.logs, logRetentionDays, logRetention, logDestinationArn };
};

/** Arguments of every data store: placement, encryption, and protection against deletion. */
export const dataStoreArgs = (platform: Platform, network: VpcReference) => ({
    vpc: network,
    kmsKeyArn: platform.data.keys.data,
    skipFinalSnapshot: !platform.config.protectData,
    ...logArgs(platform),
    secretRecoveryWindowDays: secretRecoveryDays(platform.config),
});
