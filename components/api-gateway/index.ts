import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { ACCESS_LOG_FORMAT, accountLogging } from "./access-log";
import { type ApiBackend, type ApiGatewayArgs, DEFAULTS, type Resolved, validated } from "./args";
import { type ApiDomainArgs, createDomain } from "./domain";
import { firewallRules, ORIGIN_HEADER } from "./web-acl";
import { keepWarm } from "./keep-alive";
import { ACTIVE_VARIABLE, createMethods, type Definition, fingerprint } from "./methods";
import { FAILOVER_PATH, type Route, type RouteArgs, routeTable, slug } from "./routes";
import { apiAlarms } from "./alarms";
import { withDefaults } from "../building-blocks/arguments";
import { logGroup } from "../building-blocks/logs";
import { type Connectable, securityGroup } from "../building-blocks/security-groups";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf, regionOf } from "../building-blocks/provider";
import { transformed } from "../building-blocks/transform";
import { dataProtection, logBlockedRequests, visibility } from "../internal/web-acl";

export type { ApiBackend, ApiDomainArgs, ApiGatewayArgs, RouteArgs };

/** How CloudFront reaches the API. */
export interface GatewayOrigin {
    domainName: pulumi.Output<string>;
    /** Begins with a slash, or is empty. */
    originPath: string;
    /** What CloudFront adds to each request; secret. */
    headers: Record<string, pulumi.Output<string>>;
}

/**
 * A regional REST API in front of an internal load balancer: web ACL, Cognito authorizer, throttling, then a VPC link into private subnets.
 * CloudFront alone may call it, by a header whose secret the web ACL checks. With a domain it has a certificate, records in Route 53 and,
 * where two regions share the name, the switch that moves traffic.
 *
 * Costs 3.50 USD and 0.60 USD (WAF) a million requests, and 8 USD a month for the web ACL and its rules; with a failover 1.75 USD for the
 * health check and some 6 USD for its requests. Refuses scopes that are empty, names that are none, and limits that AWS does not have.
 */
export class ApiGateway extends pulumi.ComponentResource implements Connectable, Monitored {
    readonly logicalName: string;
    readonly title = "API";
    /** Group of the VPC link: what the load balancer lets in. */
    readonly securityGroupId: pulumi.Output<string>;
    readonly restApiId: pulumi.Output<string>;
    readonly stageArn: pulumi.Output<string>;
    readonly webAclArn: pulumi.Output<string>;
    /** Where the API is reached, by those whom the web ACL lets in. No slash at the end. */
    readonly url: pulumi.Output<string>;
    readonly origin: GatewayOrigin;
    /** The origin secrets that are let in, the one that is sent first; secret. What a stack in another region has to let in too. */
    readonly originSecrets: pulumi.Output<string>[];
    private readonly apiName: pulumi.Output<string>;
    private readonly stageName: string;
    private readonly certificateArn?: pulumi.Output<string>;
    private readonly keepWarmRule?: pulumi.Output<string>;

    constructor(name: string, given: ApiGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:ApiGateway", name, validated(name, args), opts);
        this.logicalName = name;
        this.stageName = args.stageName;
        const routes = routeTable(args.routes);
        const group = securityGroup(`${name}-link`, `VPC link of ${name}`, args.vpcId, { parent: this });
        this.securityGroupId = group.id;
        const restApiArgs = this.restApiArgs(args);
        const restApi = new aws.apigateway.RestApi(`${name}-api`, restApiArgs, { parent: this });
        this.restApiId = restApi.id;
        this.apiName = restApi.name;
        const definition = this.createRoutes(restApi, routes, args);
        const stage = this.createStage(this.deploy(restApi, { ...definition, parts: [restApiArgs, ...definition.parts] }), args);
        this.stageArn = stage.arn;
        this.throttle(stage, routes, args);

        const secrets = this.createSecrets(args);
        const webAcl = this.createFirewall(stage, secrets, args);
        this.webAclArn = webAcl.arn;
        // Whoever sends a new secret waits until the web ACL knows it.
        this.originSecrets = secrets.map((secret) => pulumi.secret(pulumi.all([secret, webAcl.arn]).apply(([value]) => value)));
        if (args.domain) this.certificateArn = createDomain(name, args.domain, stage, { parent: this });
        this.origin = this.originOf(args);
        this.url = pulumi.interpolate`https://${this.origin.domainName}${this.origin.originPath}`;
        if (args.keepWarm) this.keepWarmRule = this.keepWarm(args);
        this.registerOutputs({ restApiId: this.restApiId, stageArn: this.stageArn, url: this.url });
    }

    get alarms(): AlarmDefinition[] {
        const { apiName, stageName, certificateArn, keepWarmRule } = this;
        return apiAlarms({ apiName, stageName, certificateArn, keepWarmRule });
    }

    private restApiArgs(args: Resolved): aws.apigateway.RestApiArgs {
        return transformed(args.transform?.restApi, {
            description: `API of ${this.logicalName}`,
            endpointConfiguration: { types: "REGIONAL" },
            disableExecuteApiEndpoint: args.domain !== undefined,
            // Uploads and downloads pass byte by byte; as text they would be damaged.
            binaryMediaTypes: ["*/*"],
            securityPolicy: "SecurityPolicy_TLS13_1_2_2021_06",
            endpointAccessMode: "BASIC",
        });
    }

    private createRoutes(restApi: aws.apigateway.RestApi, routes: Route[], args: Resolved): Definition {
        const parent = { parent: this };
        const authorizer = new aws.apigateway.Authorizer(
            `${this.logicalName}-authorizer`,
            {
                restApi: restApi.id,
                type: "COGNITO_USER_POOLS",
                identitySource: "method.request.header.Authorization",
                providerArns: args.authorizer.userPoolArns,
            },
            parent,
        );
        const validator = new aws.apigateway.RequestValidator(
            `${this.logicalName}-validator`,
            { restApi: restApi.id, validateRequestParameters: true, validateRequestBody: false },
            parent,
        );
        const linkArgs = { subnetIds: args.subnetIds, securityGroupIds: [this.securityGroupId] };
        const link = new aws.apigatewayv2.VpcLink(`${this.logicalName}-link`, transformed(args.transform?.vpcLink, linkArgs), parent);
        const { loadBalancer, listenerPort } = args.backend;
        const scheme = args.backendHostName === undefined ? "http" : "https";
        const definition = createMethods(
            {
                name: this.logicalName,
                restApi,
                routes,
                failoverPath: args.domain?.failover !== undefined,
                authorizerId: authorizer.id,
                scopes: args.authorizer.scopes,
                validatorId: validator.id,
                backendUrl: pulumi.interpolate`${scheme}://${args.backendHostName ?? loadBalancer.dnsName}:${listenerPort}`,
                loadBalancerArn: loadBalancer.arn,
                vpcLinkId: link.id,
                transform: args.transform,
            },
            parent,
        );
        return { parts: [args.authorizer.userPoolArns, ...definition.parts], resources: definition.resources };
    }

    private deploy(restApi: aws.apigateway.RestApi, { parts, resources }: Definition): aws.apigateway.Deployment {
        return new aws.apigateway.Deployment(
            `${this.logicalName}-deployment`,
            { restApi: restApi.id, triggers: { definition: fingerprint(parts) } },
            // A deployment is a picture of what is there when it is made.
            { parent: this, dependsOn: resources },
        );
    }

    private createStage(deployment: aws.apigateway.Deployment, args: Resolved): aws.apigateway.Stage {
        const log = logGroup(`${this.logicalName}-access`, args, { parent: this });
        const account = args.manageAccountLogging ? [accountLogging(this.logicalName, { parent: this })] : [];
        const active = args.active ?? true;
        const stageArgs = {
            restApi: this.restApiId,
            deployment: deployment.id,
            stageName: args.stageName,
            xrayTracingEnabled: true,
            accessLogSettings: { destinationArn: log.arn, format: ACCESS_LOG_FORMAT },
            ...(args.domain?.failover ? { variables: { [ACTIVE_VARIABLE]: String(active) } } : {}),
        };
        return new aws.apigateway.Stage(`${this.logicalName}-stage`, transformed(args.transform?.stage, stageArgs), {
            parent: this,
            dependsOn: [...account, ...(active ? (args.activeAfter ?? []) : [])],
        });
    }

    /** A route's settings stand alone: what it leaves out it does not have from the stage's. */
    private throttle(stage: aws.apigateway.Stage, routes: Route[], args: Resolved): void {
        const settings = ({ rateLimit = args.rateLimit, burstLimit = args.burstLimit }: RouteArgs) => ({
            throttlingRateLimit: rateLimit,
            throttlingBurstLimit: burstLimit,
            metricsEnabled: true,
            // API Gateway's own log groups have neither key nor retention, and a data trace writes tokens and bodies to them.
            loggingLevel: "OFF",
            dataTraceEnabled: false,
        });
        const create = (part: string, methodPath: string, route: RouteArgs) => {
            const methodArgs = { restApi: this.restApiId, stageName: stage.stageName, methodPath, settings: settings(route) };
            new aws.apigateway.MethodSettings(`${this.logicalName}-${part}`, methodArgs, { parent: this });
        };
        create("settings", "*/*", {});
        // Slashes in the path are written as ~1; without that AWS takes the setting and never finds it again.
        for (const route of routes.filter(({ rateLimit, burstLimit }) => rateLimit !== undefined || burstLimit !== undefined)) {
            create(
                `settings-${route.method.toLowerCase()}-${slug(route.path)}`,
                `${route.path.replaceAll("/", "~1")}/${route.method}`,
                route,
            );
        }
    }

    private createSecrets(args: Resolved): pulumi.Output<string>[] {
        if (args.originSecrets) return args.originSecrets.map((value) => pulumi.output(value));
        const version = args.originSecretVersion ?? 1;
        const versions = version > 1 ? [version, version - 1] : [version];
        return versions.map(
            (it) =>
                new random.RandomPassword(`${this.logicalName}-origin-secret-${it}`, { length: 48, special: false }, { parent: this })
                    .result,
        );
    }

    private createFirewall(stage: aws.apigateway.Stage, originSecrets: pulumi.Output<string>[], args: Resolved): aws.wafv2.WebAcl {
        // AWS does not say whether the web ACL sees the stage in a path that came by a domain's name.
        const openPaths = args.domain?.failover ? [FAILOVER_PATH, `/${args.stageName}${FAILOVER_PATH}`] : [];
        const rules = firewallRules({
            originSecrets,
            openPaths,
            countedRules: args.countedRules,
        });
        const webAclArgs = {
            description: `In front of the API of ${this.logicalName}`,
            scope: "REGIONAL",
            defaultAction: { allow: {} },
            dataProtectionConfig: dataProtection([ORIGIN_HEADER, "authorization"]),
            visibilityConfig: visibility(`${this.logicalName}-api`),
            rules,
        };
        const webAcl = new aws.wafv2.WebAcl(`${this.logicalName}-firewall`, transformed(args.transform?.webAcl, webAclArgs), {
            parent: this,
            additionalSecretOutputs: ["rules"],
        });
        const redacted = [ORIGIN_HEADER, "authorization", "cookie"];
        const transform = args.transform?.webAclLogging;
        logBlockedRequests(this.logicalName, webAcl, { ...args, redacted, transform }, { parent: this });
        const association = { resourceArn: stage.arn, webAclArn: webAcl.arn };
        // Taking an association away frees the stage of whatever ACL it has: also of the one that has just replaced it.
        const opts = { parent: this, deleteBeforeReplace: true };
        new aws.wafv2.WebAclAssociation(`${this.logicalName}-firewall`, association, opts);
        return webAcl;
    }

    private originOf({ domain, stageName }: Resolved): GatewayOrigin {
        const [sent] = this.originSecrets;
        if (!sent) throw new Error("an API has an origin secret");
        const executeApi = pulumi.interpolate`${this.restApiId}.execute-api.${regionOf(this)}.amazonaws.com`;
        return {
            domainName: domain ? pulumi.output(domain.apiName) : executeApi,
            originPath: domain ? "" : `/${stageName}`,
            headers: { [ORIGIN_HEADER]: sent },
        };
    }

    private keepWarm({ domain }: Resolved): pulumi.Output<string> {
        // Not by the shared name, which may lead to the other region.
        const own = domain ? `https://${domain.regionalName ?? domain.apiName}` : this.url;
        const originSecret = this.origin.headers[ORIGIN_HEADER] ?? "";
        return keepWarm(
            `${this.logicalName}-keep-warm`,
            { url: pulumi.interpolate`${own}/health`, originSecret, account: accountOf(this) },
            { parent: this },
        );
    }
}
