import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, checkBetween, checked, checkOneOf, isBetween, type WithDefaults } from "../building-blocks/arguments";
import type { Each, Transforms } from "../building-blocks/parts";
import type { CertificateParts } from "../internal/certificate";
import { checkLogs, type LogType } from "../building-blocks/logs";
import { listProblems } from "../internal/ip-ranges";
import { checkProviders, type ExternalProvider, type ProviderParts } from "./providers";
import type { UserPoolWebAclParts } from "./web-acl";

/**
 * Domain of the login page: `https://<prefix>.auth.<region>.amazoncognito.com`, with a prefix that is unique in the region, or a custom domain, whose
 * parent domain must have an A record.
 */
export type LoginDomain = { prefix: string } | { domainName: string; zoneId: pulumi.Input<string> };

export interface IdentityArgs {
    /** Domain of the login page. */
    domain: LoginDomain;
    /** Multi-factor authentication with one-time codes from an app (TOTP): required (`ON`) or optional. @default "ON" */
    mfaConfiguration?: "ON" | "OPTIONAL";
    /**
     * Detects compromised passwords and unusual sign-ins: `AUDIT` reports them, `ENFORCED` also blocks. Both require the Plus plan, without
     * free users. @default "OFF"
     */
    threatProtection?: "OFF" | "AUDIT" | "ENFORCED";
    /** Only administrators can create users; sign-up is off. @default true */
    allowAdminCreateUserOnly?: boolean;
    /** Protects the user pool from deletion. @default true */
    deletionProtection?: boolean;
    /** Minimum length of passwords, 12 to 99. @default 12 */
    passwordLength?: number;
    /** Number of previous passwords that can't be reused, 0 to 24. @default 5 */
    passwordHistory?: number;
    /** User groups by name. Tokens list a user's groups in `cognito:groups`, lowest `precedence` first. @default none */
    groups?: Record<string, { description: string; precedence?: number; roleArn?: pulumi.Input<string> }>;
    /**
     * Sends email through SES with a verified identity. Without it, Cognito sends up to 50 messages a day per account, enough for testing only.
     * @default the email service of Cognito
     */
    email?: { sesIdentityArn: pulumi.Input<string>; from: string; replyTo?: string };
    /**
     * External providers by name. Users of a provider get a profile at their first sign-in, also with `allowAdminCreateUserOnly`. Their provider, not
     * the user pool, is responsible for MFA. @default none
     */
    providers?: Record<string, ExternalProvider>;
    /**
     * The only addresses that can use the login page and sign in: IPv4 and IPv6 blocks, at most 10,000. Creates a web ACL, for 6 USD a month.
     * @default all addresses
     */
    allowedCidrBlocks?: string[];
    /** KMS key for the log of requests that the web ACL blocks. Only with `allowedCidrBlocks`. @default none; WAF writes no log */
    logKeyArn?: pulumi.Input<string>;
    /** Retention of the log in days; a value that CloudWatch Logs supports. @default 30 */
    logRetentionDays?: number;
    /** Retention by type of log, in days. The log has the type `firewall`. @default none */
    logRetention?: Partial<Record<LogType, number>>;
    /** Destination in the region of the user pool that receives the log: `arn:aws:logs:us-east-1:123456789012:destination:central`. @default none */
    logDestinationArn?: pulumi.Input<string>;
    /** Prefix of the scopes: `api` in `api/read`. @default "api" */
    apiIdentifier?: string;
    /** Descriptions of the API's scopes, by scope name. @default read and write */
    scopes?: Record<string, string>;
    transform?: Transforms<IdentityParts>;
}

export interface IdentityParts extends CertificateParts, ProviderParts, UserPoolWebAclParts {
    userPool: typeof aws.cognito.UserPool;
    resourceServer: typeof aws.cognito.ResourceServer;
    domain: typeof aws.cognito.UserPoolDomain;
    /** DNS record of a custom domain. */
    record?: typeof aws.route53.Record;
    /** By name. */
    groups?: Each<typeof aws.cognito.UserGroup>;
    /** By the `name` argument of `addSpaClient`, like `loginStyles`. */
    clients?: Each<typeof aws.cognito.UserPoolClient>;
    loginStyles?: Each<typeof aws.cognito.ManagedLoginBranding>;
}

export interface SpaClientArgs {
    /** Redirect URLs after sign-in: HTTPS, or `http://localhost` for development. */
    callbackUrls: pulumi.Input<string>[];
    /** Redirect URLs after sign-out. */
    logoutUrls: pulumi.Input<string>[];
    /** Lifetime of access and ID tokens in minutes, 5 to 1440. @default 60 */
    accessTokenMinutes?: number;
    /** Lifetime of refresh tokens in days, 1 to 3650. Rotation doesn't extend it. @default 30 */
    refreshTokenDays?: number;
    /** Names of external providers of the pool that users of this client can choose, such as `identity.identityProviders`. @default none */
    identityProviders?: pulumi.Input<string>[];
    /** Whether users of the pool can sign in with their email address and password. If false, requires `identityProviders`. @default true */
    passwordSignIn?: boolean;
}

export const DEFAULTS = {
    mfaConfiguration: "ON",
    threatProtection: "OFF",
    allowAdminCreateUserOnly: true,
    deletionProtection: true,
    passwordLength: 12,
    passwordHistory: 5,
    groups: {},
    providers: {},
    allowedCidrBlocks: [],
    apiIdentifier: "api",
    scopes: { read: "Read by the API", write: "Change by the API" },
} satisfies Partial<IdentityArgs>;

export const SPA_CLIENT_DEFAULTS = {
    accessTokenMinutes: 60,
    refreshTokenDays: 30,
    identityProviders: [],
    passwordSignIn: true,
} satisfies Partial<SpaClientArgs>;

/** The arguments, completed with defaults. */
export type Resolved = WithDefaults<IdentityArgs, typeof DEFAULTS>;

export type ResolvedSpaClient = WithDefaults<SpaClientArgs, typeof SPA_CLIENT_DEFAULTS>;

/** Lowest and highest values. */
const BOUNDS = {
    passwordLength: [12, 99],
    passwordHistory: [0, 24],
    precedence: [0, 2 ** 31 - 1],
    scopes: [1, 100],
    accessTokenMinutes: [5, 1440],
    refreshTokenDays: [1, 3650],
} as const;
export const MFA_CONFIGURATIONS = ["ON", "OPTIONAL"] as const satisfies IdentityArgs["mfaConfiguration"][];
export const THREAT_PROTECTIONS = ["OFF", "AUDIT", "ENFORCED"] as const satisfies IdentityArgs["threatProtection"][];
/** Prefix of a domain of Cognito. */
export const DOMAIN_PREFIX = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
export const GROUP_NAME = /^[\w+=,.@-]{1,128}$/;

const RESERVED = /aws|amazon|cognito/;

/** Checks the arguments of an `Identity`. */
export const validated = (name: string, args: Resolved) => checked("Identity", name, args, checkIdentity);

/** Checks the arguments of a client that are known before the deployment. */
export const validatedSpaClient = (name: string, args: ResolvedSpaClient) => checked("SpaClient", name, args, checkSpaClient);

function checkIdentity(check: Check, args: Resolved): void {
    checkLogin(check, args.domain);
    const { passwordLength, passwordHistory, groups, apiIdentifier, scopes } = args;
    checkOneOf(check, "mfaConfiguration", args.mfaConfiguration, MFA_CONFIGURATIONS);
    checkOneOf(check, "threatProtection", args.threatProtection, THREAT_PROTECTIONS);
    checkBetween(check, "passwordLength", passwordLength, BOUNDS.passwordLength);
    checkBetween(check, "passwordHistory", passwordHistory, BOUNDS.passwordHistory);
    for (const [group, { precedence = 0 }] of Object.entries(groups)) {
        check(GROUP_NAME.test(group), `groups["${group}"]`, "must be 1 to 128 letters, digits, and _ + = , . @ -");
        check(isBetween(precedence, ...BOUNDS.precedence), `groups["${group}"].precedence`, "must be 0 or more");
    }
    checkProviders(check, args.providers);
    for (const problem of listProblems(args.allowedCidrBlocks)) check(false, "allowedCidrBlocks", problem);
    checkLogs(check, args);
    const isRestricted = args.allowedCidrBlocks.length > 0;
    check(isRestricted || args.logKeyArn === undefined, "logKeyArn", "must not be set without allowedCidrBlocks");
    check(args.logKeyArn !== undefined || args.logRetentionDays === undefined, "logRetentionDays", "must not be set without logKeyArn");
    check(/^[\w.:/-]{1,256}$/.test(apiIdentifier), "apiIdentifier", "must be 1 to 256 letters, digits, and _ . : / -");
    const names = Object.keys(scopes);
    check(isBetween(names.length, ...BOUNDS.scopes), "scopes", `must contain ${BOUNDS.scopes.join(" to ")} scopes`);
    for (const scope of names) check(/^[\w.:-]{1,256}$/.test(scope), `scopes["${scope}"]`, "must be 1 to 256 letters, digits, and _ . : -");
}

/** Checks the domain of the login page. */
export function checkLogin(check: Check, domain: LoginDomain): void {
    if ("prefix" in domain) {
        const { prefix } = domain;
        const valid = DOMAIN_PREFIX.test(prefix) && !RESERVED.test(prefix);
        check(valid, "domain.prefix", "must be 1 to 63 lower-case letters, digits, and hyphens, without aws, amazon, and cognito");
    } else {
        const valid = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.){2,}[a-z]{2,63}$/.test(domain.domainName);
        check(valid, "domain.domainName", "must be a subdomain, such as auth.example.com");
    }
}

function checkSpaClient(check: Check, args: ResolvedSpaClient): void {
    const { accessTokenMinutes, refreshTokenDays } = args;
    check(args.callbackUrls.length > 0, "callbackUrls", "must not be empty");
    for (const key of ["callbackUrls", "logoutUrls"] as const) {
        const bad = args[key].filter((url) => typeof url === "string" && !/^(https:\/\/|http:\/\/localhost[:/])[^#]*$/.test(url));
        check(bad.length === 0, key, "must be https:// or http://localhost URLs without a fragment");
    }
    check(args.passwordSignIn || args.identityProviders.length > 0, "passwordSignIn", "must be true without identityProviders");
    checkBetween(check, "accessTokenMinutes", accessTokenMinutes, BOUNDS.accessTokenMinutes);
    checkBetween(check, "refreshTokenDays", refreshTokenDays, BOUNDS.refreshTokenDays);
}
