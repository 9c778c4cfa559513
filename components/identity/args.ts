import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, checked, isBetween, type WithDefaults } from "../building-blocks/arguments";
import type { Transform } from "../building-blocks/transform";

/**
 * Where users sign in: at `https://<prefix>.auth.<region>.amazoncognito.com`, the prefix being free in the whole region, or at a name of
 * one's own, whose parent domain must have an A record already.
 */
export type LoginDomain = { prefix: string } | { domainName: string; zoneId: pulumi.Input<string> };

export interface IdentityArgs {
    domain: LoginDomain;
    /** Whether every user must have a second factor, a one-time code from an app (TOTP), or may have one. @default "ON" */
    mfa?: "ON" | "OPTIONAL";
    /**
     * Looks for stolen passwords and odd sign-ins: `AUDIT` reports, `ENFORCED` also blocks. Other than `OFF` it needs the Plus plan,
     * whose 10,000 free users fall away. @default "OFF"
     */
    threatProtection?: "OFF" | "AUDIT" | "ENFORCED";
    /** Lets administrators alone create users; nobody signs up. @default false */
    adminCreateOnly?: boolean;
    /** Refuses to delete the pool, and with it all users. @default true */
    deletionProtection?: boolean;
    /** Least characters of a password, 12 to 99; it needs all four classes in any case. @default 12 */
    passwordLength?: number;
    /** Earlier passwords that may not be used again, 0 to 24. @default 5 */
    passwordHistory?: number;
    /** Groups of users by name; the token's `cognito:groups` names them, the one of lowest precedence first. @default none */
    groups?: Record<string, { description: string; precedence?: number; roleArn?: pulumi.Input<string> }>;
    /**
     * Sends by SES, from a verified identity in a region that Cognito takes for this pool. Without it Cognito sends by itself, 50 messages
     * a day in the whole account: enough for a trial. @default Cognito's own sender
     */
    email?: { sesIdentityArn: pulumi.Input<string>; from: string; replyTo?: string };
    /** The API's name in scopes. @default "api" */
    apiIdentifier?: string;
    /** Scopes of the API by name, with what they allow. @default read and write */
    scopes?: Record<string, string>;
    transform?: {
        userPool?: Transform<aws.cognito.UserPoolArgs>;
        client?: Transform<aws.cognito.UserPoolClientArgs>;
    };
}

export interface SpaClientArgs {
    /** Where the login page returns to: the application's URLs, HTTPS, or `http://localhost` while developing. */
    callbackUrls: pulumi.Input<string>[];
    /** Where it returns to after signing out. */
    logoutUrls: pulumi.Input<string>[];
    /** Life of access and ID tokens, 5 to 1440. @default 60 */
    accessTokenMinutes?: number;
    /** Days until a user signs in again; rotation does not prolong it. 1 to 3650. @default 30 */
    refreshTokenDays?: number;
    /** Names of further identity providers of the pool (`aws.cognito.IdentityProvider`). @default none */
    identityProviders?: pulumi.Input<string>[];
}

export const DEFAULTS = {
    mfa: "ON",
    threatProtection: "OFF",
    adminCreateOnly: false,
    deletionProtection: true,
    passwordLength: 12,
    passwordHistory: 5,
    groups: {},
    apiIdentifier: "api",
    scopes: { read: "Read by the API", write: "Change by the API" },
} satisfies Partial<IdentityArgs>;

export const SPA_CLIENT_DEFAULTS = {
    accessTokenMinutes: 60,
    refreshTokenDays: 30,
    identityProviders: [],
} satisfies Partial<SpaClientArgs>;

/** The arguments with all defaults. */
export type Resolved = WithDefaults<IdentityArgs, typeof DEFAULTS>;

export type ResolvedSpaClient = WithDefaults<SpaClientArgs, typeof SPA_CLIENT_DEFAULTS>;

const RESERVED = /aws|amazon|cognito/;

/** Refuses what Cognito would refuse; all at once. */
export const validated = (name: string, args: Resolved) => checked("Identity", name, args, checkIdentity);

/** The same for a client; URLs that are not known yet are left to Cognito. */
export const validatedSpaClient = (name: string, args: ResolvedSpaClient) => checked("SpaClient", name, args, checkSpaClient);

function checkIdentity(check: Check, args: Resolved): void {
    checkLogin(check, args.domain);
    const { passwordLength, passwordHistory, groups, apiIdentifier, scopes } = args;
    check(isBetween(passwordLength, 12, 99), "passwordLength", "must be between 12 and 99");
    check(isBetween(passwordHistory, 0, 24), "passwordHistory", "must be between 0 and 24");
    for (const [group, { precedence = 0 }] of Object.entries(groups)) {
        check(/^[\w+=,.@-]{1,128}$/.test(group), `groups["${group}"]`, "must be 1 to 128 letters, digits and _ + = , . @ -");
        check(isBetween(precedence, 0, 2 ** 31 - 1), `groups["${group}"].precedence`, "must be 0 or more");
    }
    check(/^[\w.:/-]{1,256}$/.test(apiIdentifier), "apiIdentifier", "must be 1 to 256 letters, digits and _ . : / -");
    const names = Object.keys(scopes);
    check(isBetween(names.length, 1, 100), "scopes", "must be 1 to 100");
    for (const scope of names) check(/^[\w.:-]{1,256}$/.test(scope), `scopes["${scope}"]`, "must be 1 to 256 letters, digits and _ . : -");
}

/** Whether Cognito takes the name of the sign-in page. */
export function checkLogin(check: Check, domain: LoginDomain): void {
    if ("prefix" in domain) {
        const { prefix } = domain;
        const valid = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(prefix) && !RESERVED.test(prefix);
        check(valid, "domain.prefix", "must be 1 to 63 lower-case letters, digits and hyphens, without aws, amazon and cognito");
    } else {
        const valid = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.){2,}[a-z]{2,63}$/.test(domain.domainName);
        check(valid, "domain.domainName", "must be a name below a domain, such as auth.example.com");
    }
}

function checkSpaClient(check: Check, args: ResolvedSpaClient): void {
    const { accessTokenMinutes, refreshTokenDays } = args;
    check(args.callbackUrls.length > 0, "callbackUrls", "must not be empty");
    for (const key of ["callbackUrls", "logoutUrls"] as const) {
        const bad = args[key].filter((url) => typeof url === "string" && !/^(https:\/\/|http:\/\/localhost[:/])[^#]*$/.test(url));
        check(bad.length === 0, key, "must be HTTPS, or http://localhost, without a fragment");
    }
    check(isBetween(accessTokenMinutes, 5, 1440), "accessTokenMinutes", "must be between 5 and 1440");
    check(isBetween(refreshTokenDays, 1, 3650), "refreshTokenDays", "must be between 1 and 3650");
}
