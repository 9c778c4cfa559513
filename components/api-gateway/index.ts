import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { ACCESS_LOG_FORMAT, accountLogging } from "./access-log";
import { type ApiBackend, type ApiGatewayArgs, type ApiGatewayParts, DEFAULTS, type Resolved, validated } from "./args";
import { type ApiDomainArgs, createDomain } from "./domain";
import { ORIGIN_HEADER, webAclRules } from "./web-acl";
import { keepAlive } from "./keep-alive";
import { ACTIVE_VARIABLE, createMethods, type Definition, fingerprint, type MethodBackend } from "./methods";
import { FAILOVER_PATH, type Route, type RouteArgs, routeTable, slug } from "./routes";
import { apiAlarms } from "./alarms";
import { withDefaults } from "../building-blocks/arguments";
import { forwardLogs, logGroupArgs } from "../building-blocks/logs";
import { type Connectable, securityGroupArgs } from "../building-blocks/security-groups";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { placementOf } from "../building-blocks/placement";
import { dataProtection, logBlockedRequests, visibility } from "../internal/web-acl";

export type { ApiBackend, ApiDomainArgs, ApiGatewayArgs, ApiGatewayParts, RouteArgs };

/** Origin for CloudFront. */
export interface GatewayOrigin {
    domainName: pulumi.Output<string>;
    /** Path with a leading slash, or empty. */
    originPath: string;
    /** Headers that CloudFront adds to each request. Secret. */
    headers: Record<string, pulumi.Output<string>>;
}

/**
 * A regional REST API in front of an internal load balancer, with a web ACL, a Cognito authorizer, throttling, and a VPC link into private subnets.
 * Only CloudFront can call it, because the web ACL checks a secret header. With a domain, it has a certificate and Route 53 records, and a
 * failover switch if two regions share the name.
 *
 * Costs 4.10 USD per million requests (0.60 USD of it for WAF), and 8 USD a month for the web ACL and its rules, 9 with `documentPaths`. Failover adds 1.75 USD a month
 * for the health check and about 6 USD for its requests.
 */
export class ApiGateway extends pulumi.ComponentResource implements Connectable, Monitored {
    readonly logicalName: string;
    readonly title = "API";
    /** Security group of the VPC link. */
    readonly securityGroupId: pulumi.Output<string>;
    readonly restApiId: pulumi.Output<string>;
    readonly stageArn: pulumi.Output<string>;
    readonly webAclArn: pulumi.Output<string>;
    /** URL of the API, without a trailing slash. */
    readonly url: pulumi.Output<string>;
    readonly origin: GatewayOrigin;
    /** Valid origin secrets; CloudFront sends the first one. For `originSecrets` of a stack in another region. Secret. */
    readonly originSecrets: pulumi.Output<string>[];
    private readonly apiName: pulumi.Output<string>;
    private readonly stageName: string;
    private readonly certificateArn?: pulumi.Output<string>;
    private readonly keepAliveRule?: pulumi.Output<string>;

    readonly nodes: Nodes<ApiGatewayParts>;
    private readonly parts: PartFactory<ApiGatewayParts>;

    constructor(name: string, inputs: ApiGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:ApiGateway", name, validated(name, args), opts);
        this.parts = new PartFactory<ApiGatewayParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.stageName = args.stageName;
        const routes = routeTable(args.routes);
        const group = this.parts.create(
            "securityGroup",
            aws.ec2.SecurityGroup,
            `${name}-link`,
            securityGroupArgs(`${name}-link`, `VPC link of ${name}`, placementOf(args, "private").vpcId),
        );
        this.securityGroupId = group.id;
        const restApiArgs = this.restApiArgs(args);
        const restApi = this.parts.create("restApi", aws.apigateway.RestApi, `${name}-api`, restApiArgs);
        this.restApiId = restApi.id;
        this.apiName = restApi.name;
        const definition = this.createRoutes(restApi, routes, args);
        const stage = this.createStage(
            this.deploy(restApi, {
                ...definition,
                args: [this.parts.argsOf("restApi", aws.apigateway.RestApi, `${name}-api`, restApiArgs), ...definition.args],
            }),
            args,
        );
        this.stageArn = stage.arn;
        this.throttle(stage, routes, args);

        const secrets = this.createSecrets(args);
        const webAcl = this.createWebAcl(stage, secrets, args);
        this.webAclArn = webAcl.arn;
        // A new secret is available only after the web ACL accepts it.
        this.originSecrets = secrets.map((secret) => pulumi.secret(pulumi.all([secret, webAcl.arn]).apply(([value]) => value)));
        if (args.domain) this.certificateArn = createDomain(name, args.domain, stage, this.parts);
        this.origin = this.originOf(args);
        this.url = pulumi.interpolate`https://${this.origin.domainName}${this.origin.originPath}`;
        if (args.keepAlive) this.keepAliveRule = this.keepAlive(args);
        this.registerOutputs({ restApiId: this.restApiId, stageArn: this.stageArn, url: this.url });
    }

    get alarms(): AlarmDefinition[] {
        const { apiName, stageName, certificateArn, keepAliveRule } = this;
        return apiAlarms({ apiName, stageName, certificateArn, keepAliveRule });
    }

    private restApiArgs(args: Resolved): aws.apigateway.RestApiArgs {
        return {
            description: `API of ${this.logicalName}`,
            endpointConfiguration: { types: "REGIONAL" },
            disableExecuteApiEndpoint: args.domain !== undefined,
            // Treating bodies as text would corrupt binary uploads and downloads.
            binaryMediaTypes: ["*/*"],
            securityPolicy: "SecurityPolicy_TLS13_1_2_2021_06",
            endpointAccessMode: "BASIC",
        };
    }

    private createRoutes(restApi: aws.apigateway.RestApi, routes: Route[], args: Resolved): Definition {
        const authorizer = this.parts.create("authorizer", aws.apigateway.Authorizer, `${this.logicalName}-authorizer`, {
            restApi: restApi.id,
            type: "COGNITO_USER_POOLS",
            identitySource: "method.request.header.Authorization",
            providerArns: args.authorizer.userPoolArns,
        });
        const validator = this.parts.create("requestValidator", aws.apigateway.RequestValidator, `${this.logicalName}-validator`, {
            restApi: restApi.id,
            validateRequestParameters: true,
            validateRequestBody: false,
        });
        const linkArgs = { subnetIds: placementOf(args, "private").subnetIds, securityGroupIds: [this.securityGroupId] };
        const link = this.parts.create("vpcLink", aws.apigatewayv2.VpcLink, `${this.logicalName}-link`, linkArgs);
        const definition = createMethods(
            {
                name: this.logicalName,
                restApi,
                routes,
                failoverPath: args.domain?.failover !== undefined,
                authorizerId: authorizer.id,
                scopes: args.authorizer.scopes,
                validatorId: validator.id,
                backendOf: ({ backend }) => backendOf(args, backend),
                vpcLinkId: link.id,
            },
            this.parts,
        );
        return { args: [args.authorizer.userPoolArns, ...definition.args], resources: definition.resources };
    }

    private deploy(restApi: aws.apigateway.RestApi, { args, resources }: Definition): aws.apigateway.Deployment {
        return this.parts.create(
            "deployment",
            aws.apigateway.Deployment,
            `${this.logicalName}-deployment`,
            { restApi: restApi.id, triggers: { definition: fingerprint(args) } },
            { dependsOn: resources },
        );
    }

    private createStage(deployment: aws.apigateway.Deployment, args: Resolved): aws.apigateway.Stage {
        const log = this.parts.create("accessLogs", aws.cloudwatch.LogGroup, `${this.logicalName}-access`, logGroupArgs(args, "access"));
        forwardLogs(this.parts, `${this.logicalName}-access`, log, args);
        const account = args.manageAccountLogging ? [accountLogging(this.logicalName, this.parts)] : [];
        const active = args.active ?? true;
        const stageArgs = {
            restApi: this.restApiId,
            deployment: deployment.id,
            stageName: args.stageName,
            xrayTracingEnabled: true,
            accessLogSettings: { destinationArn: log.arn, format: ACCESS_LOG_FORMAT },
            ...(args.domain?.failover ? { variables: { [ACTIVE_VARIABLE]: String(active) } } : {}),
        };
        return this.parts.create("stage", aws.apigateway.Stage, `${this.logicalName}-stage`, stageArgs, {
            dependsOn: [...account, ...(active ? (args.activeAfter ?? []) : [])],
        });
    }

    /** Settings of a route don't inherit from the settings of the stage. */
    private throttle(stage: aws.apigateway.Stage, routes: Route[], args: Resolved): void {
        const settings = ({
            throttlingRateLimit = args.throttlingRateLimit,
            throttlingBurstLimit = args.throttlingBurstLimit,
        }: RouteArgs) => ({
            throttlingRateLimit,
            throttlingBurstLimit,
            metricsEnabled: true,
            // Execution log groups have neither a key nor a retention period, and data traces contain tokens and bodies.
            loggingLevel: "OFF",
            dataTraceEnabled: false,
        });
        const create = (part: string, methodPath: string, route: RouteArgs) => {
            const methodArgs = { restApi: this.restApiId, stageName: stage.stageName, methodPath, settings: settings(route) };
            this.parts.createEach("methodSettings", part, aws.apigateway.MethodSettings, `${this.logicalName}-${part}`, methodArgs);
        };
        create("settings", "*/*", {});
        // Slashes are encoded as ~1. AWS accepts other paths, but doesn't apply the settings.
        for (const route of routes.filter(
            ({ throttlingRateLimit, throttlingBurstLimit }) => throttlingRateLimit !== undefined || throttlingBurstLimit !== undefined,
        )) {
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
            (secretVersion) =>
                this.parts.createEach(
                    "originSecrets",
                    String(secretVersion),
                    random.RandomPassword,
                    `${this.logicalName}-origin-secret-${secretVersion}`,
                    {
                        length: 48,
                        special: false,
                    },
                ).result,
        );
    }

    private createWebAcl(stage: aws.apigateway.Stage, originSecrets: pulumi.Output<string>[], args: Resolved): aws.wafv2.WebAcl {
        // AWS doesn't document whether the web ACL sees the stage in the path of a request to a custom domain.
        const pathPrefixes = ["", `/${args.stageName}`];
        const openPaths = args.domain?.failover ? pathPrefixes.map((prefix) => prefix + FAILOVER_PATH) : [];
        const rules = webAclRules({ ...args, originSecrets, openPaths, pathPrefixes });
        const webAclArgs = {
            description: `In front of the API of ${this.logicalName}`,
            scope: "REGIONAL",
            defaultAction: { allow: {} },
            dataProtectionConfig: dataProtection([ORIGIN_HEADER, "authorization"]),
            visibilityConfig: visibility(`${this.logicalName}-api`),
            rules,
        };
        const webAcl = this.parts.create("webAcl", aws.wafv2.WebAcl, `${this.logicalName}-firewall`, webAclArgs, {
            additionalSecretOutputs: ["rules"],
        });
        const redacted = [ORIGIN_HEADER, "authorization", "cookie"];
        logBlockedRequests(this.logicalName, webAcl, { ...args, redacted }, this.parts);
        const association = { resourceArn: stage.arn, webAclArn: webAcl.arn };
        // Deleting an association removes any web ACL of the stage, even the replacement.
        const opts = { deleteBeforeReplace: true };
        this.parts.create("webAclAssociation", aws.wafv2.WebAclAssociation, `${this.logicalName}-firewall`, association, opts);
        return webAcl;
    }

    private originOf({ domain, stageName }: Resolved): GatewayOrigin {
        const [sent] = this.originSecrets;
        if (!sent) throw new Error("the API has no origin secret");
        const executeApi = pulumi.interpolate`${this.restApiId}.execute-api.${regionOf(this)}.amazonaws.com`;
        return {
            domainName: domain ? pulumi.output(domain.apiName) : executeApi,
            originPath: domain ? "" : `/${stageName}`,
            headers: { [ORIGIN_HEADER]: sent },
        };
    }

    private keepAlive({ domain }: Resolved): pulumi.Output<string> {
        // The shared name can resolve to the other region.
        const own = domain ? `https://${domain.regionalName ?? domain.apiName}` : this.url;
        const originSecret = this.origin.headers[ORIGIN_HEADER] ?? "";
        return keepAlive(
            `${this.logicalName}-keep-warm`,
            {
                url: pulumi.interpolate`${own}/health`,
                originSecret,
                account: accountOf(this),
            },
            this.parts,
        );
    }
}

/** The load balancer of a route. */
function backendOf({ backend, backendHostName, backends }: Resolved, name: string | undefined): MethodBackend {
    const { loadBalancer, hostName } = (name === undefined ? undefined : backends[name]) ?? {
        loadBalancer: backend,
        hostName: backendHostName,
    };
    const scheme = hostName === undefined ? "http" : "https";
    return {
        url: pulumi.interpolate`${scheme}://${hostName ?? loadBalancer.dnsName}:${loadBalancer.listenerPort}`,
        loadBalancerArn: loadBalancer.arn,
    };
}
