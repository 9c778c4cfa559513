import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Check } from "../building-blocks/arguments";
import { type CertificateParts, validatedCertificate, withDns } from "../internal/certificate";
import type { Each, PartFactory } from "../building-blocks/parts";
import { FAILOVER_PATH } from "./routes";

/** Domain names of the API, and its failover between two regions. */
export interface ApiDomainArgs {
    /** Domain name that clients and CloudFront call, whichever region is active: `api.example.com`. */
    apiName: string;
    /** Domain name of the API in this region: `api-us-east-1.example.com`. Required with `failover`. @default none */
    regionalName?: string;
    /** Public hosted zone that contains both names. */
    zoneId: pulumi.Input<string>;
    /** Existing certificate in the API's region for both names. You renew it. @default a certificate of the component, validated by DNS */
    certificateArn?: pulumi.Input<string>;
    /**
     * Provider of the DNS records, if the hosted zone is in another account. Adding it later replaces the records. @default the provider of the
     * component
     */
    dnsProvider?: aws.Provider;
    /**
     * Role of this stack if two stacks share `apiName`: traffic goes to the `PRIMARY` until the `SECONDARY` is active. Deploy the primary first:
     * it owns the DNS record that validates `apiName` for the certificates of both regions. @default none; the stack doesn't share `apiName`
     */
    failover?: "PRIMARY" | "SECONDARY";
    /** Failover switch of the primary. `healthCheckOf` is the secondary's `regionalName`. Required with `failover: "PRIMARY"`. */
    switch?: { healthCheckOf: string };
}

/** Parts of an API with a domain. */
export interface ApiDomainParts extends CertificateParts {
    /** `api-name` and `regional-name`, like `basePathMappings`. */
    domainNames?: Each<typeof aws.apigateway.DomainName>;
    basePathMappings?: Each<typeof aws.apigateway.BasePathMapping>;
    /** `api-record` and `regional-record`. */
    records?: Each<typeof aws.route53.Record>;
    healthCheck?: typeof aws.route53.HealthCheck;
}

type Factory = PartFactory<ApiDomainParts>;

/** Creates the certificate, domain names, and records of an API. Returns the ARN of the certificate. */
export function createDomain(name: string, args: ApiDomainArgs, stage: aws.apigateway.Stage, parts: Factory): pulumi.Output<string> {
    const { apiName, regionalName, zoneId } = args;
    const certificateArn = args.certificateArn === undefined ? ownCertificate(name, args, parts) : pulumi.output(args.certificateArn);
    const create = (key: string, domainName: string, policy: Partial<aws.route53.RecordArgs> = {}) => {
        const target = createName(name, `${key}-name`, { domainName, regionalCertificateArn: certificateArn }, stage, parts);
        // An operator moves the traffic, because the database must be promoted first. A health check of the target would move it immediately.
        const alias = { name: target.regionalDomainName, zoneId: target.regionalZoneId, evaluateTargetHealth: false };
        const recordArgs = { zoneId, name: domainName, type: "A", aliases: [alias], ...policy };
        parts.createEach("records", `${key}-record`, aws.route53.Record, `${name}-${key}-record`, recordArgs, withDns(args));
    };
    if (regionalName) create("regional", regionalName);
    create("api", apiName, failoverPolicy(name, args, parts));
    return certificateArn;
}

function ownCertificate(name: string, args: ApiDomainArgs, parts: Factory): pulumi.Output<string> {
    const { apiName, regionalName, zoneId, dnsProvider, failover } = args;
    const certificate = {
        domainName: apiName,
        alternativeNames: regionalName ? [regionalName] : [],
        zoneId,
        dnsProvider,
        validatedElsewhere: failover === "SECONDARY" ? [apiName] : [],
    };
    return validatedCertificate(`${name}-certificate`, certificate, parts);
}

function createName(
    name: string,
    key: string,
    names: { domainName: string; regionalCertificateArn: pulumi.Input<string> },
    stage: aws.apigateway.Stage,
    parts: Factory,
): aws.apigateway.DomainName {
    const args = { ...names, securityPolicy: "TLS_1_2", endpointConfiguration: { types: "REGIONAL" } };
    const domainName = parts.createEach("domainNames", key, aws.apigateway.DomainName, `${name}-${key}`, args);
    const mapping = { domainName: domainName.domainName, restApi: stage.restApi, stageName: stage.stageName };
    parts.createEach("basePathMappings", key, aws.apigateway.BasePathMapping, `${name}-${key}-mapping`, mapping);
    return domainName;
}

function failoverPolicy(name: string, args: ApiDomainArgs, parts: Factory): Partial<aws.route53.RecordArgs> {
    if (!args.failover) return {};
    const policy = { setIdentifier: args.failover.toLowerCase(), failoverRoutingPolicies: [{ type: args.failover }] };
    return args.switch ? { ...policy, healthCheckId: createSwitch(name, args.switch.healthCheckOf, parts).id } : policy;
}

/**
 * The failover switch: an inverted health check on the secondary, so the primary's record is unhealthy while the secondary is active. Route 53
 * evaluates it in its data plane, without any region. A secondary that doesn't respond leaves traffic on the primary.
 */
function createSwitch(name: string, fqdn: string, parts: Factory): aws.route53.HealthCheck {
    return parts.create("healthCheck", aws.route53.HealthCheck, `${name}-switch`, {
        type: "HTTPS",
        fqdn,
        port: 443,
        resourcePath: FAILOVER_PATH,
        enableSni: true,
        invertHealthcheck: true,
        requestInterval: 30,
        failureThreshold: 3,
        tags: { Name: `${name}-switch` },
    });
}

const HOST = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

export function checkDomain(check: Check, domain: ApiDomainArgs): void {
    const { apiName, regionalName, failover } = domain;
    const name = "must be a domain name in lower case, such as api.example.com";
    check(HOST.test(apiName), "domain.apiName", name);
    check(regionalName === undefined || HOST.test(regionalName), "domain.regionalName", name);
    check(regionalName !== apiName, "domain.regionalName", "must differ from apiName");
    check(!failover || regionalName !== undefined, "domain.regionalName", "must be set with failover");
    const other = domain.switch?.healthCheckOf;
    check((failover === "PRIMARY") === (other !== undefined), "domain.switch", 'must be set if failover is "PRIMARY", and only then');
    const known = [apiName, regionalName];
    const valid = other === undefined || (HOST.test(other) && !known.includes(other));
    check(valid, "domain.switch.healthCheckOf", "must be the regionalName of the API in the other region");
}
