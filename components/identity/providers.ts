import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Check } from "../building-blocks/arguments";
import type { Each, PartFactory } from "../building-blocks/parts";
import { sortedEntries } from "../internal/unknown";

/** Attributes of a user's profile by the name in the user pool: `{ email: "mail" }` copies the provider's `mail` at each sign-in. */
type AttributeMapping = Record<string, string>;

/** A provider with OpenID Connect, such as Entra ID, Okta, or Keycloak. */
export interface OidcProvider {
    type: "oidc";
    /** Issuer, whose `/.well-known/openid-configuration` contains the endpoints: `https://login.example.com`, without a slash at the end. */
    issuer: string;
    clientId: string;
    /** Stored as a secret. */
    clientSecret: pulumi.Input<string>;
    /** Requested scopes, which must include `openid`. @default openid, email, and profile */
    scopes?: string[];
    /** @default `email` */
    attributeMapping?: AttributeMapping;
}

/** A provider with SAML 2.0, such as AD FS. */
export interface SamlProvider {
    type: "saml";
    /** HTTPS URL of the provider's metadata, which Cognito reads every six hours. Required without `metadataFile`. */
    metadataUrl?: string;
    /** Content of the provider's metadata document. Required without `metadataUrl`. */
    metadataFile?: string;
    /** @default `email`, from the claim of AD FS and Entra ID */
    attributeMapping?: AttributeMapping;
}

export type ExternalProvider = OidcProvider | SamlProvider;

/** Parts of the external providers. */
export interface ProviderParts {
    /** By name. */
    identityProviders?: Each<typeof aws.cognito.IdentityProvider>;
}

/** A name that users see on the login page. The names of the built-in providers of Cognito are reserved. */
const PROVIDER_NAME = /^(?!(cognito|facebook|google|loginwithamazon|signinwithapple)$)[a-z][a-z0-9-]{2,31}$/i;
const ISSUER = /^https:\/\/[a-z0-9.-]+(:\d+)?(\/[\w.~-]+)*$/i;
const METADATA_URL = /^https:\/\/\S{1,2040}$/;
const ATTRIBUTE = /^(custom:)?[\w.-]{1,32}$/;

const DEFAULT_SCOPES = ["email", "openid", "profile"];
const EMAIL_CLAIM = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";

/** Checks the providers by name. */
export function checkProviders(check: Check, providers: Record<string, ExternalProvider>): void {
    for (const [name, provider] of Object.entries(providers)) {
        const at = `providers["${name}"]`;
        check(
            PROVIDER_NAME.test(name),
            at,
            "must have a name of 3 to 32 letters, digits, and hyphens that starts with a letter and isn't the name of a built-in provider of Cognito",
        );
        const attributes = Object.keys(provider.attributeMapping ?? {});
        check(
            attributes.every((it) => ATTRIBUTE.test(it) && it !== "username"),
            `${at}.attributeMapping`,
            "must have names of attributes, such as email or custom:department",
        );
        if (provider.type === "oidc") checkOidc(check, at, provider);
        else checkSaml(check, at, provider);
    }
}

function checkOidc(check: Check, at: string, { issuer, clientId, clientSecret, scopes = DEFAULT_SCOPES }: OidcProvider): void {
    check(ISSUER.test(issuer), `${at}.issuer`, "must be an https:// URL without a trailing slash");
    check(clientId.length > 0, `${at}.clientId`, "must not be empty");
    check(clientSecret !== "", `${at}.clientSecret`, "must not be empty");
    const areScopes = scopes.includes("openid") && scopes.every((scope) => /^[!#-[\]-~]+$/.test(scope));
    check(areScopes, `${at}.scopes`, "must include openid, and must not contain spaces");
}

function checkSaml(check: Check, at: string, { metadataUrl, metadataFile }: SamlProvider): void {
    check((metadataUrl === undefined) !== (metadataFile === undefined), at, "must have either metadataUrl or metadataFile");
    check(metadataUrl === undefined || METADATA_URL.test(metadataUrl), `${at}.metadataUrl`, "must be an https:// URL");
    const isMetadata = metadataFile === undefined || metadataFile.includes("EntityDescriptor");
    check(isMetadata, `${at}.metadataFile`, "must be the content of a SAML metadata document");
}

/** Creates the providers, and returns their names. */
export function createProviders(
    name: string,
    userPoolId: pulumi.Input<string>,
    providers: Record<string, ExternalProvider>,
    parts: PartFactory<ProviderParts>,
): pulumi.Output<string>[] {
    return sortedEntries(providers).map(([providerName, provider]) => {
        const args = { userPoolId, providerName, ...(provider.type === "oidc" ? oidcArgs(provider) : samlArgs(provider)) };
        const resource = `${name}-provider-${providerName.toLowerCase()}`;
        const created = parts.createEach("identityProviders", providerName, aws.cognito.IdentityProvider, resource, args, {
            // A name belongs to one provider of a pool.
            deleteBeforeReplace: true,
            additionalSecretOutputs: ["providerDetails"],
        });
        return created.providerName;
    });
}

function oidcArgs({ issuer, clientId, clientSecret, scopes = DEFAULT_SCOPES, attributeMapping }: OidcProvider) {
    return {
        providerType: "OIDC",
        providerDetails: pulumi.secret({
            oidc_issuer: issuer,
            client_id: clientId,
            client_secret: clientSecret,
            authorize_scopes: [...scopes].sort().join(" "),
            attributes_request_method: "GET",
            // Cognito returns this value, which would otherwise be a difference on each run.
            attributes_url_add_attributes: "false",
        }),
        // Cognito adds the user name, which would otherwise be a difference on each run.
        attributeMapping: { ...(attributeMapping ?? { email: "email" }), username: "sub" },
    };
}

function samlArgs({ metadataUrl, metadataFile, attributeMapping }: SamlProvider) {
    const metadata: Record<string, string> =
        metadataUrl === undefined ? { MetadataFile: metadataFile ?? "" } : { MetadataURL: metadataUrl };
    return { providerType: "SAML", providerDetails: metadata, attributeMapping: attributeMapping ?? { email: EMAIL_CLAIM } };
}
