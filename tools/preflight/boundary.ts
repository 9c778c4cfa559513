/** What the permissions boundary of the planned roles must allow, and whether a policy allows it. Pure. */
import { isObject } from "../../components/internal/unknown";

import { type PlannedStack, textOf } from "./planned";

/** Characters of a managed policy, without white space (IAM User Guide, "IAM and AWS STS quotas"). */
export const POLICY_LIMIT = 6144;

const LOG_WRITER = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"];

/**
 * Actions of the AWS managed policies that the platform attaches to its roles. AWS Backup's policy also contains actions for resources that the
 * platform doesn't back up. Source: AWS Managed Policy Reference Guide, by the policy's name.
 */
const MANAGED: Record<string, string[]> = {
    AmazonAPIGatewayPushToCloudWatchLogs: [...LOG_WRITER, "logs:DescribeLogGroups", "logs:FilterLogEvents"],
    AmazonRDSEnhancedMonitoringRole: [...LOG_WRITER, "logs:PutRetentionPolicy"],
    AWSBackupServiceRolePolicyForBackup: [
        ...["backup:CopyFromBackupVault", "backup:CopyIntoBackupVault", "backup:DescribeBackupVault", "backup:TagResource"],
        ...["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "tag:GetResources"],
        ...["rds:AddTagsToResource", "rds:ListTagsForResource", "rds:DescribeDBInstances", "rds:DescribeDBClusters"],
        ...["rds:CopyDBClusterSnapshot", "rds:CreateDBClusterSnapshot", "rds:DeleteDBClusterSnapshot", "rds:DescribeDBClusterSnapshots"],
        ...["rds:CopyDBSnapshot", "rds:CreateDBSnapshot", "rds:DeleteDBSnapshot", "rds:DescribeDBSnapshots"],
        ...["rds:ModifyDBClusterSnapshotAttribute", "rds:ModifyDBSnapshotAttribute"],
    ],
};

const list = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).filter((it) => typeof it === "string");

interface Statement {
    isAllow: boolean;
    actions: string[];
    notActions: string[];
    /** Applies to every resource in every situation. */
    isGeneral: boolean;
}

function statementsOf(document: string): Statement[] {
    const content: unknown = JSON.parse(document);
    const statements: unknown = isObject(content) ? content.Statement : [];
    return (Array.isArray(statements) ? (statements as unknown[]) : [statements]).filter(isObject).map((it) => ({
        isAllow: it.Effect === "Allow",
        actions: list(it.Action),
        notActions: list(it.NotAction),
        isGeneral: list(it.Resource).includes("*") && it.Condition === undefined,
    }));
}

/**
 * The actions of the policies of all planned roles, in order.
 *
 * @throws Error for an AWS managed policy that isn't in the table
 */
export function roleActions(plan: PlannedStack): string[] {
    const own = plan
        .of("aws:iam/rolePolicy:RolePolicy")
        .flatMap(({ inputs }) => statementsOf(textOf(inputs.policy) ?? "{}"))
        .flatMap(({ isAllow, actions }) => (isAllow ? actions : []));
    const attached = plan.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment").flatMap(({ inputs }) => {
        const arn = textOf(inputs.policyArn) ?? "";
        const actions = MANAGED[arn.split("/").at(-1) ?? ""];
        if (!actions) throw new Error(`the actions of ${arn} aren't known: add them to tools/preflight/boundary.ts`);
        return actions;
    });
    return [...new Set([...own, ...attached])].sort();
}

/**
 * A permissions boundary that allows what the policies of the planned roles allow. It limits actions; the policies of the roles limit resources.
 *
 * @throws Error if the policy would be too large for IAM
 */
export function boundaryPolicy(plan: PlannedStack): object {
    const policy = {
        Version: "2012-10-17",
        Statement: [{ Sid: "Platform", Effect: "Allow", Action: roleActions(plan), Resource: "*" }],
    };
    if (JSON.stringify(policy).length > POLICY_LIMIT)
        throw new Error(`the boundary has more than the ${POLICY_LIMIT} characters that IAM allows`);
    return policy;
}

/** ARNs of the boundaries of the planned roles. */
export const boundariesOf = (plan: PlannedStack): string[] => [
    ...new Set(plan.of("aws:iam/role:Role").flatMap(({ inputs }) => textOf(inputs.permissionsBoundary) ?? [])),
];

const matches = (patterns: string[], action: string) =>
    patterns.some((pattern) => {
        const text = pattern
            .replace(/[.+^${}()|[\]\\]/g, "\\$&")
            .replaceAll("*", ".*")
            .replaceAll("?", ".");
        return new RegExp(`^${text}$`, "i").test(action);
    });

const covers = ({ actions, notActions }: Statement, action: string): boolean =>
    matches(actions, action) || (notActions.length > 0 && !matches(notActions, action));

/** Actions that a policy doesn't allow for any resource, or denies for all. Conditions and parts of resources are not compared. */
export function blockedActions(document: string, actions: string[]): string[] {
    const statements = statementsOf(document);
    const isAllowed = (action: string) => statements.some((it) => it.isAllow && covers(it, action));
    const isDenied = (action: string) => statements.some((it) => !it.isAllow && it.isGeneral && covers(it, action));
    return actions.filter((action) => !isAllowed(action) || isDenied(action));
}
