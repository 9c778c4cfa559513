import { CreateServiceLinkedRoleCommand, GetRoleCommand, type IAMClient } from "@aws-sdk/client-iam";
import { all, ask, existing } from "../ask";
import type { PlannedStack } from "../planned";
import type { Check, Finding } from "../types";

interface LinkedRole {
    service: string;
    name: string;
    /** Resource types that need the role. */
    types: RegExp;
}

export const LINKED_ROLES: LinkedRole[] = [
    { service: "rds.amazonaws.com", name: "AWSServiceRoleForRDS", types: /^aws:(rds\/instance|docdb\/cluster):/ },
    { service: "elasticache.amazonaws.com", name: "AWSServiceRoleForElastiCache", types: /^aws:elasticache\/replicationGroup:/ },
    { service: "ecs.amazonaws.com", name: "AWSServiceRoleForECS", types: /^aws:ecs\/(cluster|service):/ },
    {
        service: "ecs.application-autoscaling.amazonaws.com",
        name: "AWSServiceRoleForApplicationAutoScaling_ECSService",
        types: /^aws:appautoscaling\/target:/,
    },
    { service: "elasticloadbalancing.amazonaws.com", name: "AWSServiceRoleForElasticLoadBalancing", types: /^aws:lb\/loadBalancer:/ },
    { service: "ops.apigateway.amazonaws.com", name: "AWSServiceRoleForAPIGateway", types: /^aws:apigateway(v2\/vpcLink|\/stage):/ },
    {
        service: "apidestinations.events.amazonaws.com",
        name: "AWSServiceRoleForAmazonEventBridgeApiDestinations",
        types: /^aws:cloudwatch\/eventConnection:/,
    },
    { service: "schemas.amazonaws.com", name: "AWSServiceRoleForSchemas", types: /^aws:schemas\/discoverer:/ },
    { service: "replication.ecr.amazonaws.com", name: "AWSServiceRoleForECRReplication", types: /^aws:ecr\/replicationConfiguration:/ },
];

export const rolesOf = (plan: PlannedStack): LinkedRole[] =>
    LINKED_ROLES.filter(({ types }) => plan.types.some((type) => types.test(type)));

function roleFinding({ name, service }: LinkedRole, exists: boolean, iam: IAMClient): Finding {
    if (exists) return { status: "passed", asked: name, found: "exists" };
    return {
        status: "failed",
        asked: name,
        found: "doesn't exist",
        action: `Run the preflight with --fix, or \`aws iam create-service-linked-role --aws-service-name ${service}\`.`,
        fix: async () => {
            await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: service }));
            return "created";
        },
    };
}

export const serviceLinkedRoles: Check = {
    id: "service-linked-roles",
    title: "Service-linked roles",
    actions: ["iam:GetRole"],
    fixActions: ["iam:CreateServiceLinkedRole"],
    run({ plan, clients }) {
        const iam = clients.iam(plan.region);
        return all(
            rolesOf(plan).map((role) =>
                ask(role.name, "iam:GetRole", async () => {
                    const answer = await existing(iam.send(new GetRoleCommand({ RoleName: role.name })));
                    return roleFinding(role, answer !== undefined, iam);
                }),
            ),
        );
    },
};
