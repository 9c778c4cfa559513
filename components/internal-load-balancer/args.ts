import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Check, checkBetween, checked, type WithDefaults } from "../building-blocks/arguments";
import { checkPlacement, type VpcPlacementArgs } from "../building-blocks/placement";
import type { Connectable, ConnectionParts } from "../building-blocks/security-groups";
import { LAST_PRIORITY, PRIORITIES } from "../fargate-service/paths";
import type { Each, Transforms } from "../building-blocks/parts";

/** Bearer tokens (JWT, signed with RS256) that a listener accepts. It always checks the signature, `iss`, `exp`, and, if present, `nbf` and `iat`. */
export interface JwtValidation {
    /** Value of `iss`. */
    issuer: pulumi.Input<string>;
    /** Public HTTPS URL of the signing keys. The load balancer fetches them through the network's route to the internet. */
    jwksEndpoint: pulumi.Input<string>;
    /** Other claims that a token must have, at most 10. @default none */
    additionalClaims?: JwtClaim[];
}

/** A claim and its values, at most 10. */
export interface JwtClaim {
    name: string;
    format: "single-string" | "string-array" | "space-separated-values";
    values: pulumi.Input<string>[];
}

/** Settings of a load balancer, apart from its network. */
export interface LoadBalancerArgs {
    /** ACM certificate for an HTTPS listener on port 443 with TLS 1.2 and 1.3. @default none; the listener uses HTTP on port 80 */
    certificateArn?: pulumi.Input<string>;
    /**
     * Tokens that requests to the services must have. Other requests get 401. Requires `certificateArn`, and services with `rolling` deployments.
     * @default none; services validate tokens themselves
     */
    jwtValidation?: JwtValidation;
    /**
     * Port of a second listener, 1 to 65535. It forwards test requests to the new tasks of a `blueGreen` or `canary` deployment
     * before these tasks get other requests. @default none
     */
    testListenerPort?: number;
    /** Seconds after which the load balancer closes an idle connection, 1 to 4000. @default 60 */
    idleTimeout?: number;
    /** Protects the load balancer from deletion. @default false */
    deletionProtection?: boolean;
    /**
     * Name of a bucket for access logs, with SSE-S3 encryption and `loadBalancerLogStatement` in its policy. Use the output of the policy
     * (`logs.policy.bucket`), because AWS rejects the load balancer if the policy doesn't exist. @default none
     */
    accessLogBucket?: pulumi.Input<string>;
    /** Prefix of the access logs. @default `alb/<name of the component>` */
    accessLogPrefix?: string;
}

/** With `vpc`, the load balancer is in the private subnets. It needs subnets in at least two Availability Zones. */
export interface InternalLoadBalancerArgs extends LoadBalancerArgs, VpcPlacementArgs {
    transform?: Transforms<InternalLoadBalancerParts>;
}

export interface InternalLoadBalancerParts extends ConnectionParts {
    securityGroup: typeof aws.ec2.SecurityGroup;
    loadBalancer: typeof aws.lb.LoadBalancer;
    listener: typeof aws.lb.Listener;
    /** Missing without `testListenerPort`. */
    testListener?: typeof aws.lb.Listener;
    /** By the `name` argument of `addFixedResponse`. */
    responses?: Each<typeof aws.lb.ListenerRule>;
}

/** A response that the load balancer returns itself. */
export interface FixedResponseArgs {
    /** Path of the requests: `/config.json`. */
    path: string;
    /** Type of the body. */
    contentType: "text/plain" | "text/css" | "text/html" | "application/javascript" | "application/json";
    /** The body, at most 1,024 characters. */
    messageBody: pulumi.Input<string>;
    /**
     * Priority of the listener rule, 1 to 50000. The rule of a service whose paths include this one must have a higher number.
     * @default 50000, after the rules of all services
     */
    priority?: number;
}

/** An Application Load Balancer that services add their rules to. `InternalLoadBalancer` implements it. */
export interface LoadBalancerReference extends Connectable {
    readonly arn: pulumi.Output<string>;
    readonly dnsName: pulumi.Output<string>;
    /** Last part of the ARN, for metrics. */
    readonly arnSuffix: pulumi.Output<string>;
    readonly listenerArn: pulumi.Output<string>;
    /** 443 with a certificate, 80 without. */
    readonly listenerPort: number;
    /** Tokens that the rules of services require. Undefined without `jwtValidation`. */
    readonly jwtValidation?: JwtValidation;
    /** The listener for tests. Undefined without `testListenerPort`. */
    readonly testListener?: TestListener;
}

/** A listener for requests to tasks that don't get any others yet. */
export interface TestListener {
    readonly arn: pulumi.Output<string>;
    readonly port: number;
}

export const DEFAULTS = { idleTimeout: 60, deletionProtection: false } satisfies Partial<LoadBalancerArgs>;

export const RESPONSE_DEFAULTS = { priority: LAST_PRIORITY } satisfies Partial<FixedResponseArgs>;

export type ResolvedResponse = WithDefaults<FixedResponseArgs, typeof RESPONSE_DEFAULTS>;

/** Longest body of a fixed response (Elastic Load Balancing API Reference, "FixedResponseActionConfig"). */
const MAX_BODY = 1024;

/** Checks the arguments of a response that are known before the deployment. */
export const validatedResponse = (name: string, args: ResolvedResponse) =>
    checked("FixedResponse", name, args, (check) => {
        check(/^(\/[\w.~-]+)+$/.test(args.path), "path", "must be a path without wildcards, such as /config.json");
        checkBetween(check, "priority", args.priority, PRIORITIES);
    });

/** The body, after a check of its length. */
export const checkedBody = (name: string, body: pulumi.Input<string>): pulumi.Output<string> =>
    pulumi.output(body).apply((text) => {
        if (text.length > MAX_BODY)
            throw new Error(`FixedResponse "${name}": messageBody has ${text.length} characters, and can have at most ${MAX_BODY}`);
        return text;
    });

export type Resolved = WithDefaults<InternalLoadBalancerArgs, typeof DEFAULTS>;

export function validated(name: string, args: Resolved) {
    return checked("InternalLoadBalancer", name, args, (check) => {
        checkPlacement(check, args);
        // AWS limits names of load balancers to 32 characters. Pulumi adds 8 and this component 4.
        check(/^[A-Za-z0-9][A-Za-z0-9-]{0,19}$/.test(name), "name", "must be 1 to 20 letters, digits, and hyphens");
        checkLoadBalancer(check, args);
    });
}

/** @param prefix of the argument's name in messages */
export function checkLoadBalancer(check: Check, args: LoadBalancerArgs, prefix = ""): void {
    checkBetween(check, `${prefix}idleTimeout`, args.idleTimeout, [1, 4000]);
    checkBetween(check, `${prefix}testListenerPort`, args.testListenerPort, [1, 65535]);
    const own = args.certificateArn === undefined ? 80 : 443;
    checkJwt(check, args, prefix);
    check(args.testListenerPort !== own, `${prefix}testListenerPort`, `must not be ${own}, the port of the other listener`);
    const logPrefix = args.accessLogPrefix;
    const allowed = logPrefix === undefined || (/^[^/].*[^/]$/.test(logPrefix) && !logPrefix.includes("AWSLogs"));
    check(allowed, `${prefix}accessLogPrefix`, "must not begin or end with / or contain AWSLogs");
    const isUsed = logPrefix === undefined || args.accessLogBucket !== undefined;
    check(isUsed, `${prefix}accessLogPrefix`, `requires ${prefix}accessLogBucket`);
}

/** Most additional claims, and most values of each (Elastic Load Balancing API Reference, "JwtValidationActionConfig"). */
const MOST_CLAIMS = 10;

function checkJwt(check: Check, { certificateArn, jwtValidation }: LoadBalancerArgs, prefix: string): void {
    if (!jwtValidation) return;
    const key = `${prefix}jwtValidation`;
    const { issuer, jwksEndpoint, additionalClaims = [] } = jwtValidation;
    check(certificateArn !== undefined, key, `requires ${prefix}certificateArn: only HTTPS listeners validate tokens`);
    for (const [name, url] of Object.entries({ issuer, jwksEndpoint }))
        check(typeof url !== "string" || /^https:\/\/\S+$/.test(url), `${key}.${name}`, "must be an HTTPS URL");
    check(additionalClaims.length <= MOST_CLAIMS, `${key}.additionalClaims`, `must have at most ${MOST_CLAIMS} claims`);
    for (const [i, { name, values }] of additionalClaims.entries()) {
        const own = ["exp", "iss", "nbf", "iat"].includes(name);
        check(!own, `${key}.additionalClaims[${i}].name`, `must not be ${name}, which is always checked`);
        checkBetween(check, `${key}.additionalClaims[${i}].values`, values.length, [1, MOST_CLAIMS], " values");
    }
}
