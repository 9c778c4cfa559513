/** The least-privilege policies for `pulumi up`, `refresh` and `destroy`, by the planned types of resources. */
import { rolesOf } from "../checks/service-linked-roles";
import { type PlannedStack, textOf } from "../planned";
import table from "./permissions.json";

/**
 * IAM actions by type of resource or token of data source, after their source: a type of the CloudFormation registry, whose schema lists what its
 * handlers call, or the Terraform AWS provider, whose calls are the actions. Actions that only features outside of the platform need are left out.
 */
const PERMISSIONS: Record<string, string> = table;

/** The actions of a type. Undefined for a type that the table doesn't have. */
export function actionsOf(type: string): string[] | undefined {
    const [, actions] = PERMISSIONS[type]?.split(" = ") ?? [];
    return actions?.split(" ").filter((action) => action !== "");
}

/** Data sources are read while the program runs, so each stack may read all of them. */
const dataSources = Object.keys(PERMISSIONS).filter((type) => /\/get\w+:get\w+$/.test(type));

/** Characters of a managed policy, without white space (IAM User Guide, "IAM and AWS STS quotas"). */
export const LIMIT = 6144;

interface Statement {
    Sid: string;
    Effect: "Allow";
    Action: string[];
    Resource: string;
    Condition?: Record<string, Record<string, string[]>>;
}

export interface Policy {
    Version: "2012-10-17";
    Statement: Statement[];
}

/**
 * Policies for a role that deploys the stack. IAM limits their size, so there can be several; attach all of them.
 *
 * @throws Error for planned types that the table doesn't have
 */
export function deployPolicies(plan: PlannedStack): Policy[] {
    const unknown = plan.types.filter((type) => actionsOf(type) === undefined);
    if (unknown.length > 0) {
        throw new Error(`no permissions are known for ${unknown.join(", ")}: add them to tools/preflight/deploy/permissions.json`);
    }
    const actions = [...new Set([...plan.types, ...dataSources].flatMap((type) => actionsOf(type) ?? []))].sort();
    const own = actions.filter((action) => !action.startsWith("iam:"));
    // Requests to services without regions count as requests to us-east-1.
    const regions = [...new Set([...plan.regions, "us-east-1"])].sort();
    const regional = (Action: string[], Sid: string): Statement => ({
        Sid,
        Effect: "Allow",
        Action,
        Resource: "*",
        Condition: { StringEquals: { "aws:RequestedRegion": regions } },
    });
    const first: Policy = { Version: "2012-10-17", Statement: roleStatements(plan, actions) };
    return [first, ...partsOf(own, (part) => [regional(part, "Resources")])];
}

function roleStatements(plan: PlannedStack, actions: string[]): Statement[] {
    const special = ["iam:PassRole", "iam:CreateServiceLinkedRole"];
    const roles: Statement = {
        Sid: "Roles",
        Effect: "Allow",
        Action: actions.filter((action) => action.startsWith("iam:") && !special.includes(action)),
        Resource: "arn:aws:iam::*:role/*",
    };
    const pass: Statement = {
        Sid: "PassRoles",
        Effect: "Allow",
        Action: ["iam:PassRole"],
        Resource: "arn:aws:iam::*:role/*",
        Condition: { StringEquals: { "iam:PassedToService": trustedServices(plan) } },
    };
    const linked: Statement = {
        Sid: "ServiceLinkedRoles",
        Effect: "Allow",
        Action: ["iam:CreateServiceLinkedRole"],
        Resource: "arn:aws:iam::*:role/aws-service-role/*",
        Condition: { StringEquals: { "iam:AWSServiceName": rolesOf(plan).map(({ service }) => service) } },
    };
    const isUsed = ({ Action }: Statement) => Action.some((action) => actions.includes(action));
    return [roles, pass, linked].filter(isUsed);
}

/** Services that the planned roles trust. */
function trustedServices(plan: PlannedStack): string[] {
    const documents = plan.of("aws:iam/role:Role").map(({ inputs }) => textOf(inputs.assumeRolePolicy) ?? "");
    return [...new Set(documents.flatMap((text) => text.match(/[a-z0-9.-]+\.amazonaws\.com/g) ?? []))].sort();
}

/** Splits actions into policies that aren't too large. */
function partsOf(actions: string[], statements: (part: string[]) => Statement[]): Policy[] {
    const policies: Policy[] = [];
    let part: string[] = [];
    const policyOf = (content: string[]): Policy => ({ Version: "2012-10-17", Statement: statements(content) });
    for (const action of actions) {
        if (JSON.stringify(policyOf([...part, action])).length > LIMIT) {
            policies.push(policyOf(part));
            part = [];
        }
        part.push(action);
    }
    return part.length > 0 ? [...policies, policyOf(part)] : policies;
}
