import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Transform, transformed } from "../building-blocks/transform";
import { ORIGIN_HEADER } from "./web-acl";
import { backendPathOf, FAILOVER_PATH, parametersOf, pathsOf, type Route, slug } from "./routes";

/** What the methods of an API have in common. */
export interface MethodsArgs {
    name: string;
    restApi: aws.apigateway.RestApi;
    routes: Route[];
    /** Adds the path that says whether the stack is active. */
    failoverPath: boolean;
    authorizerId: pulumi.Input<string>;
    scopes: string[];
    validatorId: pulumi.Input<string>;
    /** Scheme, host and port of the service: the Host header and, with HTTPS, the name in its certificate. */
    backendUrl: pulumi.Output<string>;
    loadBalancerArn: pulumi.Input<string>;
    vpcLinkId: pulumi.Input<string>;
    transform?: { method?: Transform<aws.apigateway.MethodArgs>; integration?: Transform<aws.apigateway.IntegrationArgs> };
}

/** What a deployment is a picture of. */
export interface Definition {
    /** The arguments of everything that is deployed. */
    parts: unknown[];
    /** The resources that must be there, as they are to be, before the picture is taken. */
    resources: pulumi.Resource[];
}

/** Stage variable that the failover path reads. */
export const ACTIVE_VARIABLE = "failoverActive";

/** Makes the resources, methods and integrations of all routes. */
export function createMethods(args: MethodsArgs, opts: pulumi.CustomResourceOptions): Definition {
    const definition: Definition = { parts: [], resources: [] };
    const resources = createPaths(args, opts);
    for (const route of args.routes) createMethod(route, idOf(resources, route.path), args, definition, opts);
    if (args.failoverPath) createFailoverPath(idOf(resources, FAILOVER_PATH), args, definition, opts);
    return definition;
}

/** Changes exactly when something that is deployed changes. */
export function fingerprint(parts: unknown[]): pulumi.Output<string> {
    return pulumi.jsonStringify(parts).apply((text) => createHash("sha256").update(text).digest("hex"));
}

function createPaths({ name, restApi, routes, failoverPath }: MethodsArgs, opts: pulumi.CustomResourceOptions) {
    const ids = new Map<string, pulumi.Output<string>>([["", restApi.rootResourceId]]);
    const paths = [...routes.map(({ path }) => path), ...(failoverPath ? [FAILOVER_PATH] : [])];
    for (const path of pathsOf(paths)) {
        const parent = path.slice(0, path.lastIndexOf("/"));
        const pathPart = path.slice(path.lastIndexOf("/") + 1);
        const args = { restApi: restApi.id, parentId: idOf(ids, parent), pathPart };
        ids.set(path, new aws.apigateway.Resource(`${name}-path-${slug(path)}`, args, opts).id);
    }
    return ids;
}

function idOf(ids: Map<string, pulumi.Output<string>>, path: string): pulumi.Output<string> {
    const id = ids.get(path);
    if (!id) throw new Error(`no resource for the path ${path}`);
    return id;
}

function createMethod(
    route: Route,
    resourceId: pulumi.Output<string>,
    args: MethodsArgs,
    { parts, resources }: Definition,
    opts: pulumi.CustomResourceOptions,
): void {
    const name = `${args.name}-${route.method.toLowerCase()}-${slug(route.path)}`;
    const where = { restApi: args.restApi.id, resourceId, httpMethod: route.method };
    const methodArgs = transformed(args.transform?.method, { ...where, ...access(route, args), ...required(route, args.validatorId) });
    const method = new aws.apigateway.Method(name, methodArgs, opts);
    const integrationArgs = transformed(args.transform?.integration, { ...where, ...toService(route, args) });
    // Nothing in the integration's arguments comes from its method, and AWS refuses it before the method.
    const integration = new aws.apigateway.Integration(`${name}-to-service`, integrationArgs, { ...opts, dependsOn: [method] });
    parts.push(methodArgs, integrationArgs);
    resources.push(method, integration);
}

const access = (route: Route, { authorizerId, scopes }: MethodsArgs) =>
    route.open
        ? { authorization: "NONE" }
        : { authorization: "COGNITO_USER_POOLS", authorizerId, authorizationScopes: [...(route.scopes ?? scopes)].sort() };

/** What API Gateway checks of a request before it goes on. */
function required(route: Route, requestValidatorId: pulumi.Input<string>) {
    const names = [
        ...parametersOf(route.path).map((parameter) => `path.${parameter}`),
        ...route.requiredHeaders.map((header) => `header.${header}`),
        ...route.requiredQueryParameters.map((parameter) => `querystring.${parameter}`),
    ];
    if (names.length === 0) return {};
    return { requestValidatorId, requestParameters: Object.fromEntries(names.map((it) => [`method.request.${it}`, true])) };
}

function toService(route: Route, args: MethodsArgs) {
    const parameters = parametersOf(route.path).map((it) => [`integration.request.path.${it}`, `method.request.path.${it}`] as const);
    return {
        type: "HTTP_PROXY",
        integrationHttpMethod: route.method,
        connectionType: "VPC_LINK",
        connectionId: args.vpcLinkId,
        integrationTarget: args.loadBalancerArn,
        // Without a path of its own the service would be asked for `/<stage>/...`.
        uri: pulumi.interpolate`${args.backendUrl}${backendPathOf(route)}`,
        // The origin's secret is between CloudFront and the web ACL: it must not reach the service's logs.
        requestParameters: { ...Object.fromEntries(parameters), [`integration.request.header.${ORIGIN_HEADER}`]: "'verified'" },
        responseTransferMode: route.streaming ? "STREAM" : "BUFFERED",
        timeoutMilliseconds: route.timeoutSeconds * 1000,
    };
}

/**
 * The path that Route 53 asks: 200 while the stage's variable says so, 503 otherwise, from API Gateway itself. The switch is the variable
 * alone, so that turning it touches the stage and nothing else, with no deployment in between.
 */
function createFailoverPath(
    resourceId: pulumi.Output<string>,
    args: MethodsArgs,
    { parts, resources }: Definition,
    opts: pulumi.CustomResourceOptions,
): void {
    const name = `${args.name}-failover`;
    const where = { restApi: args.restApi.id, resourceId, httpMethod: "GET" };
    const methodArgs = { ...where, authorization: "NONE" };
    const method = new aws.apigateway.Method(name, methodArgs, opts);
    const integrationArgs = {
        ...where,
        type: "MOCK",
        // All media types are binary to this API, and a template reads text only.
        contentHandling: "CONVERT_TO_TEXT",
        passthroughBehavior: "WHEN_NO_TEMPLATES",
        requestTemplates: {
            "application/json": `#if($stageVariables.${ACTIVE_VARIABLE} == "true"){"statusCode": 200}#else{"statusCode": 503}#end`,
        },
    };
    const integration = new aws.apigateway.Integration(`${name}-answer`, integrationArgs, { ...opts, dependsOn: [method] });
    parts.push(methodArgs, integrationArgs);
    resources.push(method, integration);
    for (const statusCode of ["200", "503"]) {
        const response = new aws.apigateway.MethodResponse(
            `${name}-${statusCode}`,
            { ...where, statusCode },
            { ...opts, dependsOn: [method] },
        );
        // Whatever is not clearly active is not active.
        const answerArgs = { ...where, statusCode, ...(statusCode === "200" ? { selectionPattern: "200" } : {}) };
        const dependsOn = [integration, response];
        parts.push(answerArgs);
        resources.push(
            response,
            new aws.apigateway.IntegrationResponse(`${name}-answer-${statusCode}`, answerArgs, { ...opts, dependsOn }),
        );
    }
}
