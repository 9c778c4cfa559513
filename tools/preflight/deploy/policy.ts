/** The least-privilege policies for `pulumi up`, `refresh`, and `destroy`, by the planned types of resources. */
import { boundariesOf, POLICY_LIMIT } from "../boundary";
import { rolesOf } from "../checks/service-linked-roles";
import { type PlannedStack, requestedRegion, textOf } from "../planned";
import table from "./permissions.json";

/**
 * IAM actions by resource type or data source token, after their source. The source is a type in the CloudFormation registry, whose schema lists
 * the actions of its handlers, or the Terraform AWS provider, whose calls are the actions. Actions for features that the platform doesn't use are
 * omitted.
 */
const PERMISSIONS: Record<string, string> = table;

/** The actions of a type. Undefined for a type that isn't in the table. */
export function actionsOf(type: string): string[] | undefined {
    const [, actions] = PERMISSIONS[type]?.split(" = ") ?? [];
    return actions?.split(" ").filter((action) => action !== "");
}

/** Data sources are read while the program runs, so each stack gets the permissions for all of them. */
const dataSources = Object.keys(PERMISSIONS).filter((type) => /\/get\w+:get\w+$/.test(type));

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
 * @throws Error for planned types that aren't in the table
 */
export function deployPolicies(plan: PlannedStack): Policy[] {
    const unknown = plan.types.filter((type) => actionsOf(type) === undefined);
    if (unknown.length > 0) {
        throw new Error(`no permissions are known for ${unknown.join(", ")}: add them to tools/preflight/deploy/permissions.json`);
    }
    const actions = actionsFor([...plan.types, ...dataSources]);
    const first: Policy = { Version: "2012-10-17", Statement: roleStatements(plan, actions) };
    const sources = sourceActions(plan);
    const regions = [...new Set([...plan.requestedRegions, ...sources.map(({ region }) => region)])];
    const allowed = regions.flatMap((region) => {
        const inSource = sources.filter((it) => it.region === region).map(({ action }) => action);
        return [...new Set([...actionsIn(plan, region), ...inSource])].sort().map((action): Allowed => ({ region, action }));
    });
    return [first, ...packed(allowed)];
}

/** An action in a region. */
interface Allowed {
    region: string;
    action: string;
}

const actionsFor = (types: string[]): string[] => [...new Set(types.flatMap((type) => actionsOf(type) ?? []))].sort();

/** Actions on the planned resources in a region. The role of a standby has few permissions in the primary region. */
function actionsIn(plan: PlannedStack, region: string): string[] {
    const types = plan.types.filter((type) => plan.of(type).some((resource) => requestedRegion(resource) === region));
    const sources = region === plan.region ? dataSources : [];
    return actionsFor([...types, ...sources]).filter((action) => !action.startsWith("iam:"));
}

/**
 * Actions that AWS also authorizes in the region of the source, whose ARN a property contains. Sources: Amazon RDS User Guide, "Cross-Region
 * replication considerations"; AWS KMS API Reference, "ReplicateKey".
 */
const SOURCE_ACTIONS: Record<string, { property: string; action: string }> = {
    "aws:rds/instance:Instance": { property: "replicateSourceDb", action: "rds:CreateDBInstanceReadReplica" },
    "aws:kms/replicaKey:ReplicaKey": { property: "primaryKeyArn", action: "kms:ReplicateKey" },
};

const sourceActions = (plan: PlannedStack): Allowed[] =>
    Object.entries(SOURCE_ACTIONS).flatMap(([type, { property, action }]) =>
        plan.of(type).flatMap(({ inputs }) => {
            const [, , , region] = textOf(inputs[property])?.split(":") ?? [];
            return region ? [{ region, action }] : [];
        }),
    );

const regional = (Action: string[], region: string): Statement => ({
    Sid: `Resources${region.replace(/(^|-)(\w)/g, (_, _hyphen, letter: string) => letter.toUpperCase())}`,
    Effect: "Allow",
    Action,
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": [region] } },
});

/** Actions that IAM can limit to roles with a certain boundary. Source: Service Authorization Reference, "IAM", `iam:PermissionsBoundary`. */
const BOUNDED = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy"];

function roleStatements(plan: PlannedStack, actions: string[]): Statement[] {
    const special = ["iam:PassRole", "iam:CreateServiceLinkedRole"];
    const boundaries = boundariesOf(plan);
    const onRoles = actions.filter((action) => action.startsWith("iam:") && !special.includes(action));
    // With a boundary, the deployment can neither create a role without it nor give permissions to one.
    const bounded = boundaries.length > 0 ? onRoles.filter((action) => BOUNDED.includes(action)) : [];
    const roles: Statement = {
        Sid: "Roles",
        Effect: "Allow",
        Action: onRoles.filter((action) => !bounded.includes(action)),
        Resource: "arn:aws:iam::*:role/*",
    };
    const withBoundary: Statement = {
        Sid: "RolesWithBoundary",
        Effect: "Allow",
        Action: [...bounded, "iam:PutRolePermissionsBoundary"].sort(),
        Resource: "arn:aws:iam::*:role/*",
        Condition: { StringEquals: { "iam:PermissionsBoundary": boundaries } },
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
    return [roles, ...(bounded.length > 0 ? [withBoundary] : []), pass, linked].filter(isUsed);
}

/** Services that the planned roles trust. */
function trustedServices(plan: PlannedStack): string[] {
    const documents = plan.of("aws:iam/role:Role").map(({ inputs }) => textOf(inputs.assumeRolePolicy) ?? "");
    return [...new Set(documents.flatMap((text) => text.match(/[a-z0-9.-]+\.amazonaws\.com/g) ?? []))].sort();
}

/** Policies with a statement for each region, none of them too large. */
function packed(allowed: Allowed[]): Policy[] {
    const policies: Policy[] = [];
    let part: Allowed[] = [];
    for (const next of allowed) {
        if (JSON.stringify(policyOf([...part, next])).length > POLICY_LIMIT) {
            policies.push(policyOf(part));
            part = [];
        }
        part.push(next);
    }
    return part.length > 0 ? [...policies, policyOf(part)] : policies;
}

function policyOf(allowed: Allowed[]): Policy {
    const regions = [...new Set(allowed.map(({ region }) => region))];
    const statements = regions.map((region) =>
        regional(
            allowed.filter((it) => it.region === region).map(({ action }) => action),
            region,
        ),
    );
    return { Version: "2012-10-17", Statement: statements };
}
