import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { checked, isBetween, type WithDefaults } from "../building-blocks/arguments";
import { checkLogs, type LogArgs } from "../building-blocks/logs";
import type { VpcPlacement } from "../building-blocks/placement";
import type { Transform } from "../building-blocks/transform";
import { type ApiDomainArgs, checkDomain } from "./domain";
import { checkLimits, checkRoutes, type RouteArgs } from "./routes";

/** The service behind the API: an internal load balancer. A `FargateService` is one. */
export interface ApiBackend {
    loadBalancer: { arn: pulumi.Input<string>; dnsName: pulumi.Input<string> };
    listenerPort: pulumi.Input<number>;
}

/** Subnets and VPC are those of the VPC link: private subnets, none of them in zone use1-az3. */
export interface ApiGatewayArgs extends VpcPlacement, LogArgs {
    /** Name of the stage, such as `prod`: part of the URL where there is no domain. */
    stageName: string;
    backend: ApiBackend;
    /** Name in the load balancer's certificate: the service is then called by HTTPS. @default its DNS name, by HTTP inside the VPC */
    backendHostName?: string;
    /** Who may call: holders of an access token of one of these pools, of any region, that carries one of these scopes. */
    authorizer: { userPoolArns: pulumi.Input<string>[]; scopes: string[] };
    /** Routes beside, or changes to, `GET /health` (open), `ANY /api` and `ANY /api/{proxy+}`. @default none */
    routes?: Record<string, RouteArgs>;
    /** Requests per second over all callers, for each route that sets none: 1 to 10000. @default 1000 */
    rateLimit?: number;
    /** Requests at once over all callers, for each route that sets none: 1 to 5000. @default 2000 */
    burstLimit?: number;
    /** Rules of AWS's common rule set that count instead of blocking. @default SizeRestrictions_BODY, which stops bodies above 8 kB */
    countedRules?: string[];
    /** Names of the API; without them it is called at `execute-api`. With them that address is off. @default none */
    domain?: ApiDomainArgs;
    /** Whether this stack takes the traffic: what the failover path answers. Only with `domain.failover`. @default true */
    active?: boolean;
    /** What must be done before this stack says that it is active, such as the promotion of its database. @default nothing */
    activeAfter?: pulumi.Resource[];
    /** Raised by one to rotate the generated origin secret: it and the one before are let in. 1 or more. @default 1 */
    originSecretVersion?: number;
    /**
     * One or two origin secrets made elsewhere, the one that is sent first. A stack that takes over another's traffic behind the same
     * CloudFront distribution must let in that stack's. @default generated
     */
    originSecrets?: pulumi.Input<string>[];
    /**
     * Makes the role by which API Gateway writes logs, and sets it for the whole account and region. Without one the stage is refused;
     * AWS has room for one only, so one stack in an account and region sets this. @default false
     */
    manageAccountLogging?: boolean;
    /** Calls `/health` once a day, since a VPC link goes down after 60 days without traffic. @default true */
    keepWarm?: boolean;
    transform?: {
        restApi?: Transform<aws.apigateway.RestApiArgs>;
        method?: Transform<aws.apigateway.MethodArgs>;
        integration?: Transform<aws.apigateway.IntegrationArgs>;
        stage?: Transform<aws.apigateway.StageArgs>;
        webAcl?: Transform<aws.wafv2.WebAclArgs>;
        webAclLogging?: Transform<aws.wafv2.WebAclLoggingConfigurationArgs>;
        vpcLink?: Transform<aws.apigatewayv2.VpcLinkArgs>;
    };
}

/** `active` and `originSecretVersion` are not among them: with other arguments they must not be given. */
export const DEFAULTS = {
    routes: {},
    rateLimit: 1000,
    burstLimit: 2000,
    countedRules: ["SizeRestrictions_BODY"],
    manageAccountLogging: false,
    keepWarm: true,
} satisfies Partial<ApiGatewayArgs>;

/** The arguments with all defaults. */
export type Resolved = WithDefaults<ApiGatewayArgs, typeof DEFAULTS>;

/** Checks the arguments before anything is registered. */
export function validated(name: string, args: Resolved) {
    return checked("ApiGateway", name, args, (check) => {
        check(/^\w{1,128}$/.test(args.stageName), "stageName", "must be 1 to 128 letters, digits and _");
        const { userPoolArns, scopes } = args.authorizer;
        check(isBetween(userPoolArns.length, 1, 1000), "authorizer.userPoolArns", "must name at least one user pool");
        check(scopes.length > 0, "authorizer.scopes", "must not be empty: without scopes API Gateway asks for ID tokens");
        checkLogs(check, args);
        checkRoutes(check, args.routes);
        checkLimits(check, "", args);
        if (args.domain) checkDomain(check, args.domain);
        const { active, activeAfter, domain, originSecrets, originSecretVersion: version } = args;
        const switched = active === undefined && activeAfter === undefined;
        check(switched || domain?.failover !== undefined, "active", "and activeAfter have a meaning with domain.failover only");
        check(version === undefined || (Number.isInteger(version) && version >= 1), "originSecretVersion", "must be 1 or more");
        check(!originSecrets || isBetween(originSecrets.length, 1, 2), "originSecrets", "must be one or two");
        const one = !originSecrets || version === undefined;
        check(one, "originSecretVersion", "must be left out with originSecrets: they are rotated where they are made");
    });
}
