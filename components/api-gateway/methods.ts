import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Each, PartFactory } from "../building-blocks/parts";
import { ORIGIN_HEADER } from "./web-acl";
import { backendPathOf, FAILOVER_PATH, parametersOf, pathsOf, type Route, slug } from "./routes";

/** Arguments for the methods of an API. */
export interface MethodsArgs {
    name: string;
    restApi: aws.apigateway.RestApi;
    routes: Route[];
    /** Adds the path that reports whether the stack is active. */
    failoverPath: boolean;
    authorizerId: pulumi.Input<string>;
    scopes: string[];
    validatorId: pulumi.Input<string>;
    backendOf: (route: Route) => MethodBackend;
    vpcLinkId: pulumi.Input<string>;
}

/** Where the requests of a route go. */
export interface MethodBackend {
    /** Scheme, host, and port of the service: the Host header and, with HTTPS, the name in its certificate. */
    url: pulumi.Output<string>;
    loadBalancerArn: pulumi.Input<string>;
}

/** Parts of an API's routes, by logical name. */
export interface MethodParts {
    /** Replaced when a route is added or removed, together with all resources of the routes. */
    routeSet: typeof random.RandomId;
    resources: Each<typeof aws.apigateway.Resource>;
    methods: Each<typeof aws.apigateway.Method>;
    integrations: Each<typeof aws.apigateway.Integration>;
    methodResponses?: Each<typeof aws.apigateway.MethodResponse>;
    integrationResponses?: Each<typeof aws.apigateway.IntegrationResponse>;
}

type Factory = PartFactory<MethodParts>;

/** Content of a deployment. */
export interface Definition {
    /** Arguments of everything that is deployed. */
    args: unknown[];
    /** Resources that must be up to date before the deployment is created. */
    resources: pulumi.Resource[];
}

/** Stage variable that the failover path reads. */
export const ACTIVE_VARIABLE = "failoverActive";

/** Arguments, with the ID of the API for all resources that are replaced when a route is added or removed. */
interface Scope extends MethodsArgs {
    restApiId: pulumi.Output<string>;
}

/** Creates the resources, methods, and integrations of all routes. */
export function createMethods(args: MethodsArgs, parts: Factory): Definition {
    const definition: Definition = { args: [], resources: [] };
    const scope = { ...args, restApiId: replacedTogether(args, parts) };
    const paths = createPaths(scope, parts);
    for (const route of args.routes) createMethod(route, idOf(paths, route.path), scope, definition, parts);
    if (args.failoverPath) createFailoverPath(idOf(paths, FAILOVER_PATH), scope, definition, parts);
    return definition;
}

/**
 * The ID of the API, which depends on the set of routes. Pulumi deletes resources that were removed from the program at the end of an update,
 * when the new deployment already contains the methods of a removed route. Here, a change of the set replaces a resource that is deleted before
 * it's created again. Pulumi then deletes all its dependents first, including those that were removed from the program. The stage serves its
 * previous deployment until the new one exists.
 */
function replacedTogether({ name, restApi, routes, failoverPath }: MethodsArgs, parts: Factory): pulumi.Output<string> {
    const keys = [...routes.map(({ method, path }) => `${method} ${path}`), ...(failoverPath ? [FAILOVER_PATH] : [])];
    const args = { byteLength: 4, keepers: { routes: keys.join(", ") } };
    const routeSet = parts.create("routeSet", random.RandomId, `${name}-routes`, args, { deleteBeforeReplace: true });
    return pulumi.all([restApi.id, routeSet.id]).apply(([id]) => id);
}

/** Hash of everything in the deployment; a new value creates a new deployment. */
export function fingerprint(args: unknown[]): pulumi.Output<string> {
    return pulumi.jsonStringify(args).apply((text) => createHash("sha256").update(text).digest("hex"));
}

function createPaths({ name, restApi, restApiId, routes, failoverPath }: Scope, parts: Factory) {
    const ids = new Map<string, pulumi.Output<string>>([["", restApi.rootResourceId]]);
    const paths = [...routes.map(({ path }) => path), ...(failoverPath ? [FAILOVER_PATH] : [])];
    for (const path of pathsOf(paths)) {
        const parent = path.slice(0, path.lastIndexOf("/"));
        const pathPart = path.slice(path.lastIndexOf("/") + 1);
        const args = { restApi: restApiId, parentId: idOf(ids, parent), pathPart };
        const resourceName = `${name}-path-${slug(path)}`;
        ids.set(path, parts.createEach("resources", resourceName, aws.apigateway.Resource, resourceName, args).id);
    }
    return ids;
}

function idOf(ids: Map<string, pulumi.Output<string>>, path: string): pulumi.Output<string> {
    const id = ids.get(path);
    if (!id) throw new Error(`no resource for the path ${path}`);
    return id;
}

function createMethod(route: Route, resourceId: pulumi.Output<string>, args: Scope, definition: Definition, parts: Factory): void {
    const name = `${args.name}-${route.method.toLowerCase()}-${slug(route.path)}`;
    const where = { restApi: args.restApiId, resourceId, httpMethod: route.method };
    const methodArgs = { ...where, ...access(route, args), ...required(route, args.validatorId) };
    const method = parts.createEach("methods", name, aws.apigateway.Method, name, methodArgs);
    const toName = `${name}-to-service`;
    const integrationArgs = { ...where, ...toService(route, args) };
    const deployed = placeOf(route.path, args);
    // The integration references no output of its method, but AWS requires the method to exist.
    const opts = { dependsOn: [method] };
    const integration = parts.createEach("integrations", toName, aws.apigateway.Integration, toName, integrationArgs, opts);
    definition.args.push(
        parts.argsOf("methods", aws.apigateway.Method, name, { ...methodArgs, ...deployed }),
        parts.argsOf("integrations", aws.apigateway.Integration, toName, { ...integrationArgs, ...deployed }),
    );
    definition.resources.push(method, integration);
}

/**
 * The position of a method in the deployment's content, by path. The deployment must not depend on IDs that change when routes are replaced:
 * Pulumi would also delete the deployment, which API Gateway rejects while the stage uses it.
 */
const placeOf = (path: string, { restApi }: Scope) => ({ restApi: restApi.id, resourceId: path });

const access = (route: Route, { authorizerId, scopes }: MethodsArgs) =>
    route.open
        ? { authorization: "NONE" }
        : { authorization: "COGNITO_USER_POOLS", authorizerId, authorizationScopes: [...(route.scopes ?? scopes)].sort() };

/** Validation of path parameters, headers, and query parameters. */
function required(route: Route, requestValidatorId: pulumi.Input<string>) {
    const names = [
        ...parametersOf(route.path).map((parameter) => `path.${parameter}`),
        ...route.requiredHeaders.map((header) => `header.${header}`),
        ...route.requiredQueryParameters.map((parameter) => `querystring.${parameter}`),
    ];
    if (names.length === 0) return {};
    return { requestValidatorId, requestParameters: Object.fromEntries(names.map((parameter) => [`method.request.${parameter}`, true])) };
}

function toService(route: Route, args: MethodsArgs) {
    const parameters = parametersOf(route.path).map((name) => [`integration.request.path.${name}`, `method.request.path.${name}`] as const);
    const { url, loadBalancerArn } = args.backendOf(route);
    return {
        type: "HTTP_PROXY",
        integrationHttpMethod: route.method,
        connectionType: "VPC_LINK",
        connectionId: args.vpcLinkId,
        integrationTarget: loadBalancerArn,
        // Without a path, API Gateway would request `/<stage>/...`.
        uri: pulumi.interpolate`${url}${backendPathOf(route)}`,
        // Replaces the origin secret, so that it doesn't appear in the logs of the service.
        requestParameters: { ...Object.fromEntries(parameters), [`integration.request.header.${ORIGIN_HEADER}`]: "'verified'" },
        responseTransferMode: route.streaming ? "STREAM" : "BUFFERED",
        timeoutMilliseconds: route.timeoutSeconds * 1000,
    };
}

/**
 * Path of the Route 53 health check. API Gateway returns 200 if the stage variable is `true`, otherwise 503. Changing the variable updates only the
 * stage, without a new deployment.
 */
function createFailoverPath(resourceId: pulumi.Output<string>, args: Scope, definition: Definition, parts: Factory): void {
    const name = `${args.name}-failover`;
    const where = { restApi: args.restApiId, resourceId, httpMethod: "GET" };
    const deployed = placeOf(FAILOVER_PATH, args);
    const methodArgs = { ...where, authorization: "NONE" };
    const method = parts.createEach("methods", name, aws.apigateway.Method, name, methodArgs);
    const integrationArgs = {
        ...where,
        type: "MOCK",
        // This API treats all media types as binary, but templates need text.
        contentHandling: "CONVERT_TO_TEXT",
        passthroughBehavior: "WHEN_NO_TEMPLATES",
        requestTemplates: {
            "application/json": `#if($stageVariables.${ACTIVE_VARIABLE} == "true"){"statusCode": 200}#else{"statusCode": 503}#end`,
        },
    };
    const answer = `${name}-answer`;
    const opts = { dependsOn: [method] };
    const integration = parts.createEach("integrations", answer, aws.apigateway.Integration, answer, integrationArgs, opts);
    definition.args.push({ ...methodArgs, ...deployed }, { ...integrationArgs, ...deployed });
    definition.resources.push(method, integration);
    for (const statusCode of ["200", "503"]) {
        const responseName = `${name}-${statusCode}`;
        const responseArgs = { ...where, statusCode };
        const response = parts.createEach("methodResponses", responseName, aws.apigateway.MethodResponse, responseName, responseArgs, opts);
        // 503 is the default, also for an unexpected value of the variable.
        const answerArgs = { ...responseArgs, ...(statusCode === "200" ? { selectionPattern: "200" } : {}) };
        const answerName = `${answer}-${statusCode}`;
        const dependsOn = { dependsOn: [integration, response] };
        const integrationResponse = parts.createEach(
            "integrationResponses",
            answerName,
            aws.apigateway.IntegrationResponse,
            answerName,
            answerArgs,
            dependsOn,
        );
        definition.args.push({ ...answerArgs, ...deployed });
        definition.resources.push(response, integrationResponse);
    }
}
