import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
    DEFAULTS,
    type IdentityArgs,
    type IdentityParts,
    type LoginDomain,
    type Resolved,
    SPA_CLIENT_DEFAULTS,
    type SpaClientArgs,
    validated,
    validatedSpaClient,
} from "./args";
import { createProviders, type ExternalProvider, type OidcProvider, type SamlProvider } from "./providers";
import { restrictAddresses } from "./web-acl";
import { withDefaults } from "../building-blocks/arguments";
import { validatedCertificate } from "../internal/certificate";
import { regionOf } from "../building-blocks/provider";
import { logArgsOf } from "../building-blocks/logs";
import { type Nodes, PartFactory } from "../building-blocks/parts";

export type { ExternalProvider, IdentityArgs, IdentityParts, LoginDomain, OidcProvider, SamlProvider, SpaClientArgs };

/** What the administrators of external providers register for a user pool. */
export interface ProviderRegistration {
    /** Redirect URL of an OpenID Connect client. */
    oidcRedirectUrl: pulumi.Output<string>;
    /** Assertion consumer service URL of a SAML application (HTTP POST). */
    samlReplyUrl: pulumi.Output<string>;
    /** Entity ID (audience) of a SAML application. */
    samlEntityId: pulumi.Output<string>;
}

/** An app client for a single-page application. */
export interface SpaClient {
    /** Not a secret: the application contains it. */
    clientId: pulumi.Output<string>;
    /** Scopes that the application can request, sorted: those of the API, `email`, `openid`, and `profile`. */
    scopes: string[];
}

/**
 * A Cognito user pool with a managed login page. Users sign in with their email address, a strong password, and a one-time code from an app
 * (TOTP). Their access tokens contain the scopes that `ApiGateway` requires.
 *
 * The first 10,000 users a month are free; each additional user costs 0.015 USD. With threat protection, every user costs 0.02 USD. User pools
 * aren't replicated to other regions.
 */
export class Identity extends pulumi.ComponentResource {
    readonly logicalName: string;
    readonly userPoolId: pulumi.Output<string>;
    readonly userPoolArn: pulumi.Output<string>;
    /** Issuer (`iss`) of the tokens. The signing keys are at `<issuerUrl>/.well-known/jwks.json`. */
    readonly issuerUrl: pulumi.Output<string>;
    /** Base URL of the managed login: `/oauth2/authorize`, `/oauth2/token`, `/logout`. Resolves when the domain exists. */
    readonly domainUrl: pulumi.Output<string>;
    /** Scopes as they appear in tokens: `api/read`, `api/write`. */
    readonly scopes: string[];
    /** Names of the external providers, sorted. */
    readonly identityProviders: pulumi.Output<string>[];
    private readonly resourceServer: aws.cognito.ResourceServer;

    readonly nodes: Nodes<IdentityParts>;
    private readonly parts: PartFactory<IdentityParts>;

    constructor(name: string, inputs: IdentityArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:Identity", name, validated(name, args), opts);
        this.parts = new PartFactory<IdentityParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        const pool = this.createPool(args);
        this.userPoolId = pool.id;
        this.userPoolArn = pool.arn;
        this.issuerUrl = pulumi.interpolate`https://${pool.endpoint}`;
        this.resourceServer = this.createResourceServer(args.apiIdentifier, args.scopes);
        this.scopes = scopesOf(args.apiIdentifier, args.scopes);
        this.domainUrl = this.createDomain(args.domain);
        this.createGroups(args);
        this.identityProviders = createProviders(name, this.userPoolId, args.providers, this.parts);
        if (args.allowedCidrBlocks.length > 0) this.restrictAddresses(args);
        this.registerOutputs({ userPoolId: this.userPoolId, issuerUrl: this.issuerUrl, domainUrl: this.domainUrl });
    }

    /** What to register with external providers. */
    get registration(): ProviderRegistration {
        return {
            oidcRedirectUrl: pulumi.interpolate`${this.domainUrl}/oauth2/idpresponse`,
            samlReplyUrl: pulumi.interpolate`${this.domainUrl}/saml2/idpresponse`,
            samlEntityId: pulumi.interpolate`urn:amazon:cognito:sp:${this.userPoolId}`,
        };
    }

    /**
     * Adds an app client for a single-page application: authorization code grant with PKCE, no client secret, and refresh token rotation.
     * You can add several clients with different names.
     *
     * @throws Error if the arguments are invalid
     */
    addSpaClient(name: string, inputs: SpaClientArgs): SpaClient {
        const clientName = `${this.logicalName}-${name}`;
        const args = withDefaults(inputs, SPA_CLIENT_DEFAULTS);
        validatedSpaClient(clientName, args);
        const { callbackUrls, logoutUrls, accessTokenMinutes, refreshTokenDays, identityProviders, passwordSignIn } = args;
        const scopes = ["email", "openid", "profile", ...this.scopes].sort();
        const clientArgs = {
            userPoolId: this.userPoolId,
            generateSecret: false,
            allowedOauthFlowsUserPoolClient: true,
            allowedOauthFlows: ["code"],
            allowedOauthScopes: scopes,
            callbackUrls,
            logoutUrls,
            supportedIdentityProviders: [...(passwordSignIn ? ["COGNITO"] : []), ...identityProviders],
            // Cognito rejects ALLOW_REFRESH_TOKEN_AUTH with rotation. The token endpoint doesn't need it.
            // Without password sign-in, the flow is one that needs Lambda functions, which the pool doesn't have: an empty list would allow passwords.
            explicitAuthFlows: [passwordSignIn ? "ALLOW_USER_SRP_AUTH" : "ALLOW_CUSTOM_AUTH"],
            refreshTokenRotation: { feature: "ENABLED", retryGracePeriodSeconds: 10 },
            enableTokenRevocation: true,
            preventUserExistenceErrors: "ENABLED",
            accessTokenValidity: accessTokenMinutes,
            idTokenValidity: accessTokenMinutes,
            refreshTokenValidity: refreshTokenDays,
            tokenValidityUnits: { accessToken: "minutes", idToken: "minutes", refreshToken: "days" },
        };
        const client = this.parts.createEach("clients", name, aws.cognito.UserPoolClient, clientName, clientArgs, {
            dependsOn: [this.resourceServer],
        });
        // Without a style, the managed login page shows an error.
        const style = { userPoolId: this.userPoolId, clientId: client.id, useCognitoProvidedValues: true };
        this.parts.createEach("loginStyles", name, aws.cognito.ManagedLoginBranding, `${clientName}-style`, style);
        return { clientId: client.id, scopes };
    }

    private createPool(args: Resolved): aws.cognito.UserPool {
        const protection = args.threatProtection;
        const poolArgs = {
            userPoolTier: protection === "OFF" ? "ESSENTIALS" : "PLUS",
            ...(protection === "OFF" ? {} : { userPoolAddOns: { advancedSecurityMode: protection } }),
            usernameAttributes: ["email"],
            usernameConfiguration: { caseSensitive: false },
            autoVerifiedAttributes: ["email"],
            // A changed address takes effect only after verification.
            userAttributeUpdateSettings: { attributesRequireVerificationBeforeUpdates: ["email"] },
            accountRecoverySetting: { recoveryMechanisms: [{ name: "verified_email", priority: 1 }] },
            verificationMessageTemplate: { defaultEmailOption: "CONFIRM_WITH_CODE" },
            mfaConfiguration: args.mfaConfiguration,
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
            adminCreateUserConfig: { allowAdminCreateUserOnly: args.allowAdminCreateUserOnly },
            emailConfiguration: emailOf(args),
            deletionProtection: args.deletionProtection ? "ACTIVE" : "INACTIVE",
        };
        return this.parts.create("userPool", aws.cognito.UserPool, `${this.logicalName}-users`, poolArgs);
    }

    private createResourceServer(identifier: string, scopes: Record<string, string>): aws.cognito.ResourceServer {
        const list = Object.entries(scopes)
            .sort(([a], [b]) => a.localeCompare(b))
            .map(([scopeName, scopeDescription]) => ({ scopeName, scopeDescription }));
        const args = { userPoolId: this.userPoolId, identifier, name: identifier, scopes: list };
        return this.parts.create("resourceServer", aws.cognito.ResourceServer, `${this.logicalName}-scopes`, args);
    }

    private createDomain(domain: LoginDomain): pulumi.Output<string> {
        const { logicalName: name, userPoolId } = this;
        const managedLoginVersion = 2;
        // A user pool can have one prefix and one custom domain.
        const opts = { deleteBeforeReplace: true };
        if ("prefix" in domain) {
            const args = { userPoolId, domain: domain.prefix, managedLoginVersion };
            const created = this.parts.create("domain", aws.cognito.UserPoolDomain, `${name}-domain`, args, opts);
            return pulumi.interpolate`https://${created.domain}.auth.${regionOf(this)}.amazoncognito.com`;
        }
        // Cognito serves custom domains through CloudFront, which requires a certificate in us-east-1.
        const certificateArn = validatedCertificate(
            `${name}-certificate`,
            { domainName: domain.domainName, zoneId: domain.zoneId, region: "us-east-1" },
            this.parts,
        );
        const args = { userPoolId, domain: domain.domainName, certificateArn, managedLoginVersion };
        const created = this.parts.create("domain", aws.cognito.UserPoolDomain, `${name}-domain`, args, opts);
        const alias = { name: created.cloudfrontDistribution, zoneId: created.cloudfrontDistributionZoneId, evaluateTargetHealth: false };
        this.parts.create("record", aws.route53.Record, `${name}-record`, {
            zoneId: domain.zoneId,
            name: domain.domainName,
            type: "A",
            aliases: [alias],
        });
        return pulumi.interpolate`https://${created.domain}`;
    }

    private restrictAddresses({ allowedCidrBlocks, logKeyArn, ...args }: Resolved): void {
        const logs = logKeyArn === undefined ? undefined : logArgsOf({ ...args, logKeyArn });
        restrictAddresses(this.logicalName, { userPoolArn: this.userPoolArn, allowedCidrBlocks, logs }, this.parts);
    }

    private createGroups({ groups }: Resolved): void {
        for (const [group, { description, precedence, roleArn }] of Object.entries(groups)) {
            this.parts.createEach("groups", group, aws.cognito.UserGroup, `${this.logicalName}-group-${group}`, {
                userPoolId: this.userPoolId,
                name: group,
                description,
                precedence,
                roleArn,
            });
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
