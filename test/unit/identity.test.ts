import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Identity, type IdentityArgs, type SpaClientArgs } from "../../components";
import { untransformable } from "../support/transforms";
import { record, type RecordOptions } from "../../components/testing";

const args: IdentityArgs = { domain: { prefix: "ai-platform-prod" } };
const spa: SpaClientArgs = { callbackUrls: ["https://app.example.com/"], logoutUrls: ["https://app.example.com/bye"] };
const make = (more: Partial<IdentityArgs> = {}) => new Identity("identity", { ...args, ...more });
const recorded = (more: Partial<IdentityArgs> = {}, options: RecordOptions = {}) => record(() => make(more), options);
const pool = async (more: Partial<IdentityArgs> = {}) => (await recorded(more)).one(aws.cognito.UserPool).inputs;

describe("Identity: users", () => {
    it("uses case-insensitive, verified email addresses for sign-in and recovery", async () => {
        const recording = await recorded();
        const { inputs } = recording.one(aws.cognito.UserPool);
        expect(inputs).to.deep.include({
            userPoolTier: "ESSENTIALS",
            usernameAttributes: ["email"],
            usernameConfiguration: { caseSensitive: false },
            autoVerifiedAttributes: ["email"],
            userAttributeUpdateSettings: { attributesRequireVerificationBeforeUpdates: ["email"] },
            accountRecoverySetting: { recoveryMechanisms: [{ name: "verified_email", priority: 1 }] },
            emailConfiguration: { emailSendingAccount: "COGNITO_DEFAULT" },
            adminCreateUserConfig: { allowAdminCreateUserOnly: true },
            deletionProtection: "ACTIVE",
        });
        expect(inputs).to.not.have.property("userPoolAddOns");
        const children = recording.registered.filter(({ custom }) => custom);
        expect(children.filter(({ parent }) => !parent?.endsWith("ai-platform:components:Identity::identity"))).to.be.empty;
    });

    it("requires strong passwords and a one-time code", async () => {
        const strong = {
            minimumLength: 12,
            requireLowercase: true,
            requireUppercase: true,
            requireNumbers: true,
            requireSymbols: true,
            temporaryPasswordValidityDays: 7,
            passwordHistorySize: 5,
        };
        expect(await pool()).to.deep.include({
            passwordPolicy: strong,
            mfaConfiguration: "ON",
            softwareTokenMfaConfiguration: { enabled: true },
        });
        expect((await pool({ mfaConfiguration: "OPTIONAL" })).mfaConfiguration).to.equal("OPTIONAL");
        const { passwordPolicy } = await pool({ passwordLength: 20, passwordHistory: 24 });
        expect(passwordPolicy).to.deep.equal({ ...strong, minimumLength: 20, passwordHistorySize: 24 });
    });

    it("uses the Plus tier only for threat protection", async () => {
        for (const threatProtection of ["AUDIT", "ENFORCED"] as const) {
            expect(await pool({ threatProtection })).to.deep.include({
                userPoolTier: "PLUS",
                userPoolAddOns: { advancedSecurityMode: threatProtection },
            });
        }
    });

    it("allows sign-up, and deletion of the pool, if configured", async () => {
        expect(await pool({ allowAdminCreateUserOnly: false, deletionProtection: false })).to.deep.include({
            adminCreateUserConfig: { allowAdminCreateUserOnly: false },
            deletionProtection: "INACTIVE",
        });
    });

    it("sends email through SES if an identity is configured", async () => {
        const sesIdentityArn = "arn:aws:ses:us-east-1:123456789012:identity/example.com";
        const email = { sesIdentityArn, from: "AI Platform <no-reply@example.com>", replyTo: "help@example.com" };
        expect((await pool({ email })).emailConfiguration).to.deep.equal({
            emailSendingAccount: "DEVELOPER",
            sourceArn: sesIdentityArn,
            fromEmailAddress: email.from,
            replyToEmailAddress: email.replyTo,
        });
    });

    it("creates the configured groups", async () => {
        const recording = await recorded({ groups: { admins: { description: "All", precedence: 1 }, readers: { description: "Some" } } });
        expect(recording.one(aws.cognito.UserGroup, "identity-group-admins").inputs).to.include({
            name: "admins",
            description: "All",
            precedence: 1,
            userPoolId: recording.one(aws.cognito.UserPool).id,
        });
        expect(recording.all(aws.cognito.UserGroup)).to.have.length(2);
    });

    it("can have every resource transformed", async () => {
        const domain = { domainName: "login.example.com", zoneId: "Z1" };
        const names = await untransformable((transform) => {
            make({ domain, groups: { admins: { description: "All" } }, transform }).addSpaClient("web", spa);
        });
        expect(names).to.deep.equal([]);
    });

    it("applies transforms last", async () => {
        const recording = await record(() => {
            const transform: IdentityArgs["transform"] = {
                userPool: () => ({ name: "mine" }),
                clients: () => ({ authSessionValidity: 5 }),
            };
            make({ transform }).addSpaClient("web", spa);
        });
        expect(recording.one(aws.cognito.UserPool).inputs.name).to.equal("mine");
        expect(recording.one(aws.cognito.UserPoolClient).inputs.authSessionValidity).to.equal(5);
    });
});

describe("Identity: tokens and login", () => {
    it("has read and write scopes by default, or the configured ones", async () => {
        const recording = await record(() => ({ scopes: make().scopes }));
        expect(recording.outputs.scopes).to.deep.equal(["api/read", "api/write"]);
        expect(recording.one(aws.cognito.ResourceServer).inputs).to.deep.include({
            identifier: "api",
            scopes: [
                { scopeName: "read", scopeDescription: "Read by the API" },
                { scopeName: "write", scopeDescription: "Change by the API" },
            ],
        });
        const other = await record(() => ({ scopes: make({ apiIdentifier: "models", scopes: { ask: "Ask a model" } }).scopes }));
        expect(other.outputs.scopes).to.deep.equal(["models/ask"]);
    });

    it("returns the issuer and the login URL", async () => {
        const program = () => {
            const { issuerUrl, domainUrl } = make();
            return { issuerUrl, domainUrl };
        };
        const recording = await record(program, { region: "us-west-2" });
        const { id } = recording.one(aws.cognito.UserPool);
        expect(recording.outputs).to.deep.equal({
            issuerUrl: `https://cognito-idp.us-west-2.amazonaws.com/${id ?? ""}`,
            domainUrl: "https://ai-platform-prod.auth.us-west-2.amazoncognito.com",
        });
        const domain = recording.one(aws.cognito.UserPoolDomain);
        expect(domain.inputs).to.include({ domain: "ai-platform-prod", managedLoginVersion: 2 });
        expect(domain.deleteBeforeReplace).to.equal(true);
    });

    it("supports a custom domain with a certificate in us-east-1, regardless of the region", async () => {
        const recording = await record(
            () => {
                const { domainUrl } = make({ domain: { domainName: "auth.example.com", zoneId: "Z1" } });
                return { domainUrl };
            },
            { region: "us-west-2" },
        );
        expect(recording.outputs.domainUrl).to.equal("https://auth.example.com");
        expect(recording.one(aws.acm.Certificate).inputs).to.include({ domainName: "auth.example.com", region: "us-east-1" });
        const validation = recording.one(aws.acm.CertificateValidation);
        expect(validation.inputs.region).to.equal("us-east-1");
        expect(validation.dependencies).to.include(recording.one(aws.route53.Record, /validation/).urn);
        const domain = recording.one(aws.cognito.UserPoolDomain);
        expect(domain.inputs).to.include({ domain: "auth.example.com", certificateArn: validation.outputs.certificateArn });
        expect(recording.one(aws.route53.Record, "identity-record").inputs.aliases).to.deep.equal([
            { name: domain.outputs.cloudfrontDistribution, zoneId: "Z2FDTNDATAQYW2", evaluateTargetHealth: false },
        ]);
    });

    it("adds a public client with the authorization code grant only", async () => {
        const recording = await record(() => ({ clientId: make().addSpaClient("web", spa).clientId }));
        const client = recording.one(aws.cognito.UserPoolClient, "identity-web");
        expect(recording.outputs.clientId).to.equal(client.id);
        expect(client.inputs).to.deep.include({
            generateSecret: false,
            allowedOauthFlowsUserPoolClient: true,
            allowedOauthFlows: ["code"],
            allowedOauthScopes: ["api/read", "api/write", "email", "openid", "profile"],
            ...spa,
            supportedIdentityProviders: ["COGNITO"],
            explicitAuthFlows: ["ALLOW_USER_SRP_AUTH"],
            refreshTokenRotation: { feature: "ENABLED", retryGracePeriodSeconds: 10 },
            enableTokenRevocation: true,
            preventUserExistenceErrors: "ENABLED",
            accessTokenValidity: 60,
            idTokenValidity: 60,
            refreshTokenValidity: 30,
            tokenValidityUnits: { accessToken: "minutes", idToken: "minutes", refreshToken: "days" },
        });
        expect(client.dependencies).to.include(recording.one(aws.cognito.ResourceServer).urn);
        expect(client.parent).to.contain("ai-platform:components:Identity::identity");
        expect(recording.one(aws.cognito.ManagedLoginBranding).inputs).to.include({ clientId: client.id, useCognitoProvidedValues: true });
    });

    it("accepts unknown URLs, other lifetimes, and additional identity providers", async () => {
        const recording = await record(() => {
            const url = pulumi.output("https://d111.cloudfront.net/");
            const urls = { callbackUrls: [url, "http://localhost:4200/"], logoutUrls: [url] };
            make().addSpaClient("web", { ...urls, accessTokenMinutes: 15, refreshTokenDays: 1, identityProviders: ["Corporate"] });
        });
        expect(recording.one(aws.cognito.UserPoolClient).inputs).to.deep.include({
            callbackUrls: ["https://d111.cloudfront.net/", "http://localhost:4200/"],
            accessTokenValidity: 15,
            idTokenValidity: 15,
            refreshTokenValidity: 1,
            supportedIdentityProviders: ["COGNITO", "Corporate"],
        });
    });
});

describe("Identity: arguments", () => {
    const prefix = "domain.prefix must be 1 to 63 lower-case letters, digits, and hyphens, without aws, amazon, and cognito";
    const refused: [more: Partial<IdentityArgs>, problem: string][] = [
        [{ domain: { prefix: "My-Prefix" } }, prefix],
        [{ domain: { prefix: "my-cognito" } }, prefix],
        [{ domain: { domainName: "example.com", zoneId: "Z1" } }, "domain.domainName must be a subdomain, such as auth.example.com"],
        [{ passwordLength: 11 }, "passwordLength must be between 12 and 99"],
        [{ passwordHistory: 25 }, "passwordHistory must be between 0 and 24"],
        [{ groups: { "a b": { description: "" } } }, 'groups["a b"] must be 1 to 128 letters, digits, and _ + = , . @ -'],
        [{ groups: { a: { description: "", precedence: -1 } } }, 'groups["a"].precedence must be 0 or more'],
        [{ apiIdentifier: "" }, "apiIdentifier must be 1 to 256 letters, digits, and _ . : / -"],
        [{ scopes: {} }, "scopes must contain 1 to 100 scopes"],
        [{ scopes: { "a/b": "" } }, 'scopes["a/b"] must be 1 to 256 letters, digits, and _ . : -'],
    ];
    for (const [more, problem] of refused) {
        it(`rejects: ${problem}`, () => {
            expect(() => make(more)).to.throw(`Identity "identity": ${problem}`);
        });
    }

    const refusedClients: [more: Partial<SpaClientArgs>, problem: string][] = [
        [{ callbackUrls: [] }, "callbackUrls must not be empty"],
        [{ callbackUrls: ["http://app.example.com/"] }, "callbackUrls must be https:// or http://localhost URLs without a fragment"],
        [{ logoutUrls: ["https://app.example.com/#bye"] }, "logoutUrls must be https:// or http://localhost URLs without a fragment"],
        [{ accessTokenMinutes: 4 }, "accessTokenMinutes must be between 5 and 1440"],
        [{ refreshTokenDays: 0 }, "refreshTokenDays must be between 1 and 3650"],
    ];
    for (const [more, problem] of refusedClients) {
        it(`rejects: ${problem}`, async () => {
            let message = "";
            await record(() => {
                try {
                    make().addSpaClient("web", { ...spa, ...more });
                } catch (error) {
                    message = String(error);
                }
            });
            expect(message).to.contain(`SpaClient "identity-web": ${problem}`);
        });
    }
});
