import { GetAccountCommand } from "@aws-sdk/client-api-gateway";
import { DescribeRegistryCommand } from "@aws-sdk/client-ecr";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { all, ask, existing } from "../ask";
import type { Check, Context, Finding } from "../types";

/** Settings that exist once per account and region: this stack would overwrite another owner's. */
export function singletonFinding(asked: string, present: string[], owns: (value: string) => boolean): Finding {
    const others = present.filter((value) => !owns(value));
    if (others.length === 0) return { status: "passed", asked, found: present.length > 0 ? "set by this stack" : "not set" };
    const action = "Check who owns it: `up` replaces it. If another stack does, let only one stack manage it.";
    return { status: "warning", asked, found: `set to ${others.join(", ")}`, action };
}

/** The role's generated name is the same in every stack of the project, so the role's tags tell the owner. */
async function gatewayRole({ plan, clients }: Context, region: string, asked: string): Promise<Finding> {
    const { cloudwatchRoleArn: arn } = await clients.apiGateway(region).send(new GetAccountCommand({}));
    if (!arn) return singletonFinding(asked, [], () => false);
    const RoleName = arn.slice(arn.lastIndexOf("/") + 1);
    const answer = await existing(clients.iam(plan.region).send(new GetRoleCommand({ RoleName })));
    return singletonFinding(asked, [arn], () => plan.owns(answer?.Role?.Tags));
}

export const singletons: Check = {
    id: "singletons",
    title: "Account-wide settings",
    actions: ["apigateway:GET", "iam:GetRole", "ecr:DescribeRegistry"],
    run(context) {
        const { plan, clients } = context;
        const repositories = plan.of("aws:ecr/repository:Repository").map(({ inputs }) => String(inputs.name));
        return all([
            ...plan.of("aws:apigateway/account:Account").map(({ region }) => {
                const asked = `API Gateway account role in ${region}`;
                return ask(asked, "apigateway:GET and iam:GetRole", () => gatewayRole(context, region, asked));
            }),
            ...plan.of("aws:ecr/replicationConfiguration:ReplicationConfiguration").map(({ region }) => {
                const asked = `ECR registry replication in ${region}`;
                return ask(asked, "ecr:DescribeRegistry", async () => {
                    const { replicationConfiguration } = await clients.ecr(region).send(new DescribeRegistryCommand({}));
                    const filters = (replicationConfiguration?.rules ?? []).flatMap(({ repositoryFilters }) =>
                        repositoryFilters?.length ? repositoryFilters.map(({ filter }) => filter ?? "") : ["all repositories"],
                    );
                    return singletonFinding(asked, filters, (filter) => repositories.some((name) => filter.startsWith(name)));
                });
            }),
        ]);
    },
};
