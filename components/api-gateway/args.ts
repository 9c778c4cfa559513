import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type * as random from "@pulumi/random";
import { checkBetween, checked, isBetween, POSITIVE, type WithDefaults } from "../building-blocks/arguments";
import { checkLogs, type LogArgs } from "../building-blocks/logs";
import { checkPlacement, type VpcPlacementArgs } from "../building-blocks/placement";
import type { Each, Transforms } from "../building-blocks/parts";
import { checkCommonRules, checkCountedRules, COMMON_RULE_DEFAULTS, MAX_MATCHED, type WebAclLogParts } from "../internal/web-acl";
import { STANDARD_GROUPS } from "../internal/managed-rules";
import type { AccountLoggingParts } from "./access-log";
import { type ApiDomainArgs, type ApiDomainParts, checkDomain } from "./domain";
import type { KeepAliveParts } from "./keep-alive";
import type { MethodParts } from "./methods";
import { checkLimits, checkRoutes, LIMITS, type RouteArgs } from "./routes";

/** An internal load balancer behind the API. `InternalLoadBalancer` implements it. */
export interface ApiBackend {
    arn: pulumi.Input<string>;
    dnsName: pulumi.Input<string>;
    listenerPort: pulumi.Input<number>;
}

/** The VPC link is in private subnets, none of them in zone use1-az3. */
export interface ApiGatewayArgs extends VpcPlacementArgs, LogArgs {
    /** Name of the stage, such as `prod`. Without a domain, it is part of the URL. */
    stageName: string;
    /** Internal load balancer that receives the requests of all routes without a `backend`. */
    backend: ApiBackend;
    /** Name in the load balancer's certificate, for HTTPS to the service. @default the DNS name of the load balancer, with HTTP */
    backendHostName?: string;
    /**
     * Other internal load balancers by name, for routes with `backend`. With `hostName`, the name in the load balancer's certificate, the connection uses
     * HTTPS. Call `allowFrom(api)` of each. @default none
     */
    backends?: Record<string, { loadBalancer: ApiBackend; hostName?: string }>;
    /** Accepts access tokens of these user pools, in any region, with one of these scopes. */
    authorizer: { userPoolArns: pulumi.Input<string>[]; scopes: string[] };
    /** Additional routes, and changes to `GET /health` (open), `ANY /api`, and `ANY /api/{proxy+}`. @default none */
    routes?: Record<string, RouteArgs>;
    /** Requests per second of all callers to each route without its own limit, 1 to 10000. @default 500 */
    throttlingRateLimit?: number;
    /** Burst of requests of all callers to each route without its own limit, 1 to 5000. @default 1000 */
    throttlingBurstLimit?: number;
    /** Rules of AWSManagedRulesCommonRuleSet and AWSManagedRulesKnownBadInputsRuleSet that count requests instead of blocking them, on all paths. @default none */
    countedRules?: string[];
    /**
     * Paths that receive documents and prompts: `/api/documents`, or `/api/documents/*` for all paths below it; at most 10. On these paths, the
     * rules SizeRestrictions_BODY, CrossSiteScripting_BODY, GenericLFI_BODY, and GenericRFI_BODY only count requests. On all other paths, they
     * block HTML, some URLs, and bodies over 8 KB. @default none
     */
    documentPaths?: string[];
    /** Domain names. They disable the `execute-api` endpoint. @default none; the API uses its `execute-api` endpoint */
    domain?: ApiDomainArgs;
    /** Whether this stack receives the traffic: the response of the failover path. Requires `domain.failover`. @default true */
    active?: boolean;
    /** Resources to update before the stack becomes active, such as a promoted database. Requires `domain.failover`. @default none */
    activeAfter?: pulumi.Resource[];
    /** Version of the generated origin secret, 1 or more. Increment it to rotate the secret; the previous one stays valid. @default 1 */
    originSecretVersion?: number;
    /**
     * One or two existing origin secrets; CloudFront sends the first one. A standby behind the CloudFront distribution of the primary must accept
     * the secrets of the primary. @default generated
     */
    originSecrets?: pulumi.Input<string>[];
    /**
     * Creates the role that API Gateway uses for logs, and sets it for the account and region. AWS rejects a stage without the role. Enable this in
     * exactly one stack per account and region. @default false
     */
    manageAccountLogging?: boolean;
    /** Requests `/health` once a day, because a VPC link becomes inactive after 60 days without traffic. @default true */
    keepAlive?: boolean;
    transform?: Transforms<ApiGatewayParts>;
}

export interface ApiGatewayParts extends ApiDomainParts, MethodParts, AccountLoggingParts, KeepAliveParts, WebAclLogParts {
    securityGroup: typeof aws.ec2.SecurityGroup;
    restApi: typeof aws.apigateway.RestApi;
    authorizer: typeof aws.apigateway.Authorizer;
    requestValidator: typeof aws.apigateway.RequestValidator;
    vpcLink: typeof aws.apigatewayv2.VpcLink;
    deployment: typeof aws.apigateway.Deployment;
    accessLogs: typeof aws.cloudwatch.LogGroup;
    stage: typeof aws.apigateway.Stage;
    /** Settings of the stage and of routes with their own limits, by logical name. */
    methodSettings: Each<typeof aws.apigateway.MethodSettings>;
    /** Generated secrets of the origin header, by version. */
    originSecrets?: Each<typeof random.RandomPassword>;
    webAcl: typeof aws.wafv2.WebAcl;
    webAclAssociation: typeof aws.wafv2.WebAclAssociation;
}

/** No defaults for `active` and `originSecretVersion`, which other arguments exclude. */
export const DEFAULTS = {
    backends: {},
    routes: {},
    throttlingRateLimit: 500,
    throttlingBurstLimit: 1000,
    ...COMMON_RULE_DEFAULTS,
    manageAccountLogging: false,
    keepAlive: true,
} satisfies Partial<ApiGatewayArgs>;

/** Lowest and highest values. */
export const BOUNDS = { ...LIMITS, originSecretVersion: POSITIVE } as const;

/** The arguments, completed with defaults. */
export type Resolved = WithDefaults<ApiGatewayArgs, typeof DEFAULTS>;

/** Checks the arguments and reports all problems at once. */
export function validated(name: string, args: Resolved) {
    return checked("ApiGateway", name, args, (check) => {
        checkPlacement(check, args);
        check(/^\w{1,128}$/.test(args.stageName), "stageName", "must be 1 to 128 letters, digits, and _");
        const { userPoolArns, scopes } = args.authorizer;
        check(isBetween(userPoolArns.length, 1, 1000), "authorizer.userPoolArns", "must contain at least one user pool");
        check(scopes.length > 0, "authorizer.scopes", "must not be empty: without scopes, API Gateway requires ID tokens");
        checkLogs(check, args);
        checkRoutes(check, args.routes, Object.keys(args.backends));
        checkLimits(check, "", args);
        checkCommonRules(check, args);
        checkCountedRules(check, args.countedRules, STANDARD_GROUPS);
        const matched = `/${args.stageName}`.length + Math.max(0, ...args.documentPaths.map(({ length }) => length));
        check(matched <= MAX_MATCHED, "documentPaths", `must have, with stageName, at most ${MAX_MATCHED} characters`);
        if (args.domain) checkDomain(check, args.domain);
        const { active, activeAfter, domain, originSecrets, originSecretVersion: version } = args;
        const switched = active === undefined && activeAfter === undefined;
        check(switched || domain?.failover !== undefined, "active", "and activeAfter must not be set without domain.failover");
        checkBetween(check, "originSecretVersion", version, BOUNDS.originSecretVersion);
        check(!originSecrets || isBetween(originSecrets.length, 1, 2), "originSecrets", "must contain one or two secrets");
        const one = !originSecrets || version === undefined;
        check(one, "originSecretVersion", "must not be set with originSecrets, which are rotated in the stack that creates them");
    });
}
