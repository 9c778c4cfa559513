import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Check } from "../building-blocks/arguments";
import { validatedCertificate } from "../internal/certificate";
import { type Transform, transformed } from "../building-blocks/transform";
import { FAILOVER_PATH } from "./routes";

/** Names of the API in DNS, and this stack's part in its failover. */
export interface ApiDomainArgs {
    /** The name by which clients and CloudFront call the API, in whichever region it runs: `api.example.com`. */
    apiName: string;
    /** The name of this region's API alone, `api-us-east-1.example.com`. Needed for a failover. @default none */
    regionalName?: string;
    /** Public hosted zone of both names. */
    zoneId: pulumi.Input<string>;
    /**
     * This stack's part where two stacks share `apiName`: traffic goes to `PRIMARY` until `SECONDARY` is active. The primary is deployed
     * first: it keeps the record that validates the shared name in both regions' certificates. @default the name is this stack's alone
     */
    failover?: "PRIMARY" | "SECONDARY";
    /** The primary's switch: the secondary's `regionalName`, which is asked whether the secondary is active. */
    switch?: { healthCheckOf: string };
    transform?: { domainName?: Transform<aws.apigateway.DomainNameArgs>; healthCheck?: Transform<aws.route53.HealthCheckArgs> };
}

/** Makes certificate, names and records of an API. Answers the certificate's ARN. */
export function createDomain(
    name: string,
    args: ApiDomainArgs,
    stage: aws.apigateway.Stage,
    opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
    const certificateArn = validatedCertificate(
        `${name}-certificate`,
        {
            domainName: args.apiName,
            alternativeNames: args.regionalName ? [args.regionalName] : [],
            zoneId: args.zoneId,
            validatedElsewhere: args.failover === "SECONDARY" ? [args.apiName] : [],
        },
        opts,
    );
    const named = (part: string, domainName: string) => createName(`${name}-${part}`, domainName, certificateArn, args, stage, opts);
    if (args.regionalName)
        createRecord(`${name}-regional-record`, args.regionalName, named("regional-name", args.regionalName), args, opts);
    const apiName = named("api-name", args.apiName);
    createRecord(`${name}-api-record`, args.apiName, apiName, args, opts, failoverOf(name, args, opts));
    return certificateArn;
}

function createName(
    name: string,
    domainName: string,
    regionalCertificateArn: pulumi.Input<string>,
    { transform }: ApiDomainArgs,
    stage: aws.apigateway.Stage,
    opts: pulumi.CustomResourceOptions,
): aws.apigateway.DomainName {
    const nameArgs = { domainName, regionalCertificateArn, securityPolicy: "TLS_1_2", endpointConfiguration: { types: "REGIONAL" } };
    const made = new aws.apigateway.DomainName(name, transformed(transform?.domainName, nameArgs), opts);
    const mapping = { domainName: made.domainName, restApi: stage.restApi, stageName: stage.stageName };
    new aws.apigateway.BasePathMapping(`${name}-mapping`, mapping, opts);
    return made;
}

function createRecord(
    name: string,
    recordName: string,
    target: aws.apigateway.DomainName,
    { zoneId }: ApiDomainArgs,
    opts: pulumi.CustomResourceOptions,
    failover: Partial<aws.route53.RecordArgs> = {},
): void {
    // Traffic moves when a person says so, never because a target looks ill: the database has to be promoted first.
    const alias = { name: target.regionalDomainName, zoneId: target.regionalZoneId, evaluateTargetHealth: false };
    new aws.route53.Record(name, { zoneId, name: recordName, type: "A", aliases: [alias], ...failover }, opts);
}

function failoverOf(name: string, args: ApiDomainArgs, opts: pulumi.CustomResourceOptions): Partial<aws.route53.RecordArgs> {
    if (!args.failover) return {};
    const part = { setIdentifier: args.failover.toLowerCase(), failoverRoutingPolicies: [{ type: args.failover }] };
    return args.switch ? { ...part, healthCheckId: createSwitch(name, args.switch.healthCheckOf, args, opts).id } : part;
}

/**
 * The switch: while the secondary says that it is active, the primary counts as ill. It is asked and judged in Route 53's data plane,
 * which needs no region; a secondary that does not answer at all leaves traffic where it is.
 */
function createSwitch(
    name: string,
    fqdn: string,
    { transform }: ApiDomainArgs,
    opts: pulumi.CustomResourceOptions,
): aws.route53.HealthCheck {
    const check = {
        type: "HTTPS",
        fqdn,
        port: 443,
        resourcePath: FAILOVER_PATH,
        enableSni: true,
        invertHealthcheck: true,
        requestInterval: 30,
        failureThreshold: 3,
        tags: { Name: `${name}-switch` },
    };
    return new aws.route53.HealthCheck(`${name}-switch`, transformed(transform?.healthCheck, check), opts);
}

const HOST = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

export function checkDomain(check: Check, domain: ApiDomainArgs): void {
    const { apiName, regionalName, failover } = domain;
    const name = "must be a domain name in lower case, such as api.example.com";
    check(HOST.test(apiName), "domain.apiName", name);
    check(regionalName === undefined || HOST.test(regionalName), "domain.regionalName", name);
    check(regionalName !== apiName, "domain.regionalName", "must differ from apiName");
    check(!failover || regionalName !== undefined, "domain.regionalName", "must be given with failover");
    const other = domain.switch?.healthCheckOf;
    check((failover === "PRIMARY") === (other !== undefined), "domain.switch", 'must be given with failover "PRIMARY", and only then');
    const known = [apiName, regionalName];
    const valid = other === undefined || (HOST.test(other) && !known.includes(other));
    check(valid, "domain.switch.healthCheckOf", "must be the regional name of the other region's API");
}
