import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
    DEFAULTS,
    type IdentityArgs,
    type LoginDomain,
    type Resolved,
    SPA_CLIENT_DEFAULTS,
    type SpaClientArgs,
    validated,
    validatedSpaClient,
} from "./args";
import { withDefaults } from "../building-blocks/arguments";
import { validatedCertificate } from "../internal/certificate";
import { regionOf } from "../building-blocks/provider";
import { transformed } from "../building-blocks/transform";

export type { IdentityArgs, LoginDomain, SpaClientArgs };

/** An application that signs its users in. */
export interface SpaClient {
    /** Public: it stands in the application's configuration. */
    clientId: pulumi.Output<string>;
}

/**
 * A Cognito user pool: users sign in with their e-mail address, a strong password and a one-time code from an app, on a managed login
 * page, and get access tokens with the scopes that `ApiGateway` asks for.
 *
 * The first 10,000 users a month are free, then 0.015 USD each (0.02 USD from the first one on with threat protection). Refuses a second
 * factor that is off and passwords under twelve characters. Nothing of a pool is replicated to another region.
 */
export class Identity extends pulumi.ComponentResource {
    readonly logicalName: string;
    readonly userPoolId: pulumi.Output<string>;
    readonly userPoolArn: pulumi.Output<string>;
    /** The `iss` of the tokens; their keys are at `<issuerUrl>/.well-known/jwks.json`. */
    readonly issuerUrl: pulumi.Output<string>;
    /** The managed login's URL, ready when the domain is; `/oauth2/authorize`, `/oauth2/token` and `/logout` are below it. */
    readonly domainUrl: pulumi.Output<string>;
    /** The scopes, as they stand in a token: `api/read`, `api/write`. */
    readonly scopes: string[];
    private readonly resourceServer: aws.cognito.ResourceServer;
    private readonly transform: IdentityArgs["transform"];

    constructor(name: string, given: IdentityArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:Identity", name, validated(name, args), opts);
        this.logicalName = name;
        this.transform = args.transform;
        const pool = this.createPool(args);
        this.userPoolId = pool.id;
        this.userPoolArn = pool.arn;
        this.issuerUrl = pulumi.interpolate`https://${pool.endpoint}`;
        this.resourceServer = this.createResourceServer(args.apiIdentifier, args.scopes);
        this.scopes = scopesOf(args.apiIdentifier, args.scopes);
        this.domainUrl = this.createDomain(args.domain);
        this.createGroups(args);
        this.registerOutputs({ userPoolId: this.userPoolId, issuerUrl: this.issuerUrl, domainUrl: this.domainUrl });
    }

    /**
     * Adds a single-page application: authorization code with PKCE, no secret, refresh tokens that change with each use. The name is part
     * of the client's, so that several may be added, also long after the pool.
     *
     * @throws Error where a URL is not HTTPS, but for `http://localhost`
     */
    addSpaClient(name: string, given: SpaClientArgs): SpaClient {
        const clientName = `${this.logicalName}-${name}`;
        const args = withDefaults(given, SPA_CLIENT_DEFAULTS);
        validatedSpaClient(clientName, args);
        const { callbackUrls, logoutUrls, accessTokenMinutes, refreshTokenDays, identityProviders } = args;
        const clientArgs = {
            userPoolId: this.userPoolId,
            generateSecret: false,
            allowedOauthFlowsUserPoolClient: true,
            allowedOauthFlows: ["code"],
            allowedOauthScopes: ["email", "openid", "profile", ...this.scopes].sort(),
            callbackUrls,
            logoutUrls,
            supportedIdentityProviders: ["COGNITO", ...identityProviders],
            // Rotation and ALLOW_REFRESH_TOKEN_AUTH exclude each other: the token endpoint refreshes without it.
            explicitAuthFlows: ["ALLOW_USER_SRP_AUTH"],
            refreshTokenRotation: { feature: "ENABLED", retryGracePeriodSeconds: 10 },
            enableTokenRevocation: true,
            preventUserExistenceErrors: "ENABLED",
            accessTokenValidity: accessTokenMinutes,
            idTokenValidity: accessTokenMinutes,
            refreshTokenValidity: refreshTokenDays,
            tokenValidityUnits: { accessToken: "minutes", idToken: "minutes", refreshToken: "days" },
        };
        const client = new aws.cognito.UserPoolClient(clientName, transformed(this.transform?.client, clientArgs), {
            parent: this,
            // Scopes are named as text, and Cognito refuses those that are not there.
            dependsOn: [this.resourceServer],
        });
        // Without a style the managed login answers with an error page.
        const style = { userPoolId: this.userPoolId, clientId: client.id, useCognitoProvidedValues: true };
        new aws.cognito.ManagedLoginBranding(`${clientName}-style`, style, { parent: this });
        return { clientId: client.id };
    }

    private createPool(args: Resolved): aws.cognito.UserPool {
        const protection = args.threatProtection;
        const poolArgs = {
            userPoolTier: protection === "OFF" ? "ESSENTIALS" : "PLUS",
            ...(protection === "OFF" ? {} : { userPoolAddOns: { advancedSecurityMode: protection } }),
            usernameAttributes: ["email"],
            usernameConfiguration: { caseSensitive: false },
            autoVerifiedAttributes: ["email"],
            // An address counts once its owner has answered from it, also a changed one.
            userAttributeUpdateSettings: { attributesRequireVerificationBeforeUpdates: ["email"] },
            accountRecoverySetting: { recoveryMechanisms: [{ name: "verified_email", priority: 1 }] },
            verificationMessageTemplate: { defaultEmailOption: "CONFIRM_WITH_CODE" },
            mfaConfiguration: args.mfa,
            softwareTokenMfaConfiguration: { enabled: true },
            passwordPolicy: {
                minimumLength: args.passwordLength,
                requireLowercase: true,
                requireUppercase: true,
                requireNumbers: true,
                requireSymbols: true,
                temporaryPasswordValidityDays: 7,
                passwordHistorySize: args.passwordHistory,
            },
            adminCreateUserConfig: { allowAdminCreateUserOnly: args.adminCreateOnly },
            emailConfiguration: emailOf(args),
            deletionProtection: args.deletionProtection ? "ACTIVE" : "INACTIVE",
        };
        return new aws.cognito.UserPool(`${this.logicalName}-users`, transformed(args.transform?.userPool, poolArgs), { parent: this });
    }

    private createResourceServer(identifier: string, scopes: Record<string, string>): aws.cognito.ResourceServer {
        const list = Object.entries(scopes)
            .sort(([a], [b]) => a.localeCompare(b))
            .map(([scopeName, scopeDescription]) => ({ scopeName, scopeDescription }));
        const args = { userPoolId: this.userPoolId, identifier, name: identifier, scopes: list };
        return new aws.cognito.ResourceServer(`${this.logicalName}-scopes`, args, { parent: this });
    }

    private createDomain(domain: LoginDomain): pulumi.Output<string> {
        const { logicalName: name, userPoolId } = this;
        const managedLoginVersion = 2;
        // A pool has room for one prefix and one domain.
        const opts = { parent: this, deleteBeforeReplace: true };
        if ("prefix" in domain) {
            const args = { userPoolId, domain: domain.prefix, managedLoginVersion };
            const made = new aws.cognito.UserPoolDomain(`${name}-domain`, args, opts);
            return pulumi.interpolate`https://${made.domain}.auth.${regionOf(this)}.amazoncognito.com`;
        }
        // Cognito serves the page by CloudFront, which reads certificates in us-east-1, whatever the pool's region.
        const certificateArn = validatedCertificate(
            `${name}-certificate`,
            { domainName: domain.domainName, zoneId: domain.zoneId, region: "us-east-1" },
            { parent: this },
        );
        const args = { userPoolId, domain: domain.domainName, certificateArn, managedLoginVersion };
        const made = new aws.cognito.UserPoolDomain(`${name}-domain`, args, opts);
        const alias = { name: made.cloudfrontDistribution, zoneId: made.cloudfrontDistributionZoneId, evaluateTargetHealth: false };
        new aws.route53.Record(
            `${name}-record`,
            { zoneId: domain.zoneId, name: domain.domainName, type: "A", aliases: [alias] },
            { parent: this },
        );
        return pulumi.interpolate`https://${made.domain}`;
    }

    private createGroups({ groups }: Resolved): void {
        for (const [group, { description, precedence, roleArn }] of Object.entries(groups)) {
            new aws.cognito.UserGroup(
                `${this.logicalName}-group-${group}`,
                { userPoolId: this.userPoolId, name: group, description, precedence, roleArn },
                { parent: this },
            );
        }
    }
}

const scopesOf = (identifier: string, scopes: Record<string, string>): string[] =>
    Object.keys(scopes)
        .map((scope) => `${identifier}/${scope}`)
        .sort();

function emailOf({ email }: IdentityArgs): aws.types.input.cognito.UserPoolEmailConfiguration {
    if (!email) return { emailSendingAccount: "COGNITO_DEFAULT" };
    return {
        emailSendingAccount: "DEVELOPER",
        sourceArn: email.sesIdentityArn,
        fromEmailAddress: email.from,
        ...(email.replyTo === undefined ? {} : { replyToEmailAddress: email.replyTo }),
    };
}
