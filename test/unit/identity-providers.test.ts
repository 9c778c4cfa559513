import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { type ExternalProvider, Identity, type OidcProvider, type SpaClientArgs } from "../../components";
import { record, resolve } from "../../components/testing";

const domain = { prefix: "shop" };
const oidc: OidcProvider = { type: "oidc", issuer: "https://login.example.com", clientId: "shop", clientSecret: "s3cret" };
const saml: ExternalProvider = { type: "saml", metadataUrl: "https://idp.example.com/metadata" };
const urls = { callbackUrls: ["https://app.example.com/callback"], logoutUrls: ["https://app.example.com/"] };

const recorded = (providers: Record<string, ExternalProvider>, client: Partial<SpaClientArgs> = {}) =>
    record(async () => {
        const identity = new Identity("identity", { domain, providers });
        identity.addSpaClient("site", { ...urls, identityProviders: identity.identityProviders, ...client });
        return { registration: await resolve(pulumi.output(identity.registration)) };
    });

describe("Identity: external providers", () => {
    it("creates a provider with OpenID Connect, whose details are secret", async () => {
        const recording = await recorded({ Corporate: oidc });
        const provider = recording.one(aws.cognito.IdentityProvider, "identity-provider-corporate");
        expect(provider.inputs).to.deep.include({
            providerName: "Corporate",
            providerType: "OIDC",
            attributeMapping: { email: "email", username: "sub" },
        });
        expect(provider.inputs.providerDetails).to.deep.include({
            oidc_issuer: "https://login.example.com",
            client_id: "shop",
            client_secret: "s3cret",
            authorize_scopes: "email openid profile",
        });
        expect(provider.isSecret("providerDetails")).to.equal(true);
    });

    it("creates a provider with SAML from a URL or a document", async () => {
        const metadataFile = '<EntityDescriptor entityID="https://idp.example.org"/>';
        const recording = await recorded({ Acme: saml, Other: { type: "saml", metadataFile, attributeMapping: { email: "mail" } } });
        const details = recording.all(aws.cognito.IdentityProvider).map(({ inputs }) => inputs.providerDetails);
        expect(details).to.deep.equal([{ MetadataURL: "https://idp.example.com/metadata" }, { MetadataFile: metadataFile }]);
        expect(recording.one(aws.cognito.IdentityProvider, "identity-provider-other").inputs.attributeMapping).to.deep.equal({
            email: "mail",
        });
    });

    it("offers the providers on the login page, next to passwords", async () => {
        const { inputs } = (await recorded({ Corporate: oidc, Acme: saml })).one(aws.cognito.UserPoolClient);
        expect(inputs.supportedIdentityProviders).to.deep.equal(["COGNITO", "Acme", "Corporate"]);
        expect(inputs.explicitAuthFlows).to.deep.equal(["ALLOW_USER_SRP_AUTH"]);
    });

    it("can do without passwords, also for direct calls of the API", async () => {
        const { inputs } = (await recorded({ Acme: saml }, { passwordSignIn: false })).one(aws.cognito.UserPoolClient);
        expect(inputs.supportedIdentityProviders).to.deep.equal(["Acme"]);
        expect(inputs.explicitAuthFlows).to.deep.equal(["ALLOW_CUSTOM_AUTH"]);
    });

    it("tells what to register with the providers", async () => {
        const recording = await recorded({ Acme: saml });
        const { id } = recording.one(aws.cognito.UserPool);
        expect(recording.outputs.registration).to.deep.equal({
            oidcRedirectUrl: "https://shop.auth.us-east-1.amazoncognito.com/oauth2/idpresponse",
            samlReplyUrl: "https://shop.auth.us-east-1.amazoncognito.com/saml2/idpresponse",
            samlEntityId: `urn:amazon:cognito:sp:${id}`,
        });
    });

    const REFUSED: [Record<string, ExternalProvider>, string][] = [
        [{ Google: saml }, 'providers["Google"] must have a name of 3 to 32 letters'],
        [{ ab: saml }, 'providers["ab"] must have a name of 3 to 32 letters'],
        [{ Acme: { type: "saml" } }, 'providers["Acme"] must have either metadataUrl or metadataFile'],
        [{ Acme: { ...saml, metadataFile: "<EntityDescriptor/>" } }, 'providers["Acme"] must have either metadataUrl or metadataFile'],
        [{ Acme: { type: "saml", metadataUrl: "http://idp.example.com" } }, 'providers["Acme"].metadataUrl must be an https:// URL'],
        [{ Acme: { type: "saml", metadataFile: "metadata.xml" } }, 'providers["Acme"].metadataFile must be the content'],
        [
            { Acme: { ...oidc, issuer: "https://login.example.com/" } },
            'providers["Acme"].issuer must be an https:// URL without a trailing slash',
        ],
        [{ Acme: { ...oidc, scopes: ["email"] } }, 'providers["Acme"].scopes must include openid'],
        [{ Acme: { ...oidc, clientSecret: "" } }, 'providers["Acme"].clientSecret must not be empty'],
        [{ Acme: { ...oidc, attributeMapping: { username: "email" } } }, 'providers["Acme"].attributeMapping must have names'],
    ];
    for (const [providers, message] of REFUSED)
        it(`rejects ${JSON.stringify(providers)}`, () => {
            expect(() => new Identity("identity", { domain, providers })).to.throw(message);
        });

    it("rejects a client without any way to sign in", async () => {
        let message = "";
        await recorded({}, { passwordSignIn: false }).catch((error: unknown) => {
            message = String(error);
        });
        expect(message).to.contain("passwordSignIn must be true without identityProviders");
    });
});
