import { GetPolicyCommand, GetPolicyVersionCommand } from "@aws-sdk/client-iam";
import { all, ask, existing } from "../ask";
import { blockedActions, boundariesOf, roleActions } from "../boundary";
import type { Check, Context, Finding } from "../types";

async function boundaryFinding({ plan, clients }: Context, PolicyArn: string): Promise<Finding> {
    const asked = `permissions boundary ${PolicyArn}`;
    const iam = clients.iam("us-east-1");
    const policy = (await existing(iam.send(new GetPolicyCommand({ PolicyArn }))))?.Policy;
    if (!policy) {
        const action =
            "Create the policy, or correct permissionsBoundaryArn. For its content, run `npm run preflight -- STACK --boundary-policy`.";
        return { status: "failed", asked, found: "no such policy", action };
    }
    const version = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: policy.DefaultVersionId }));
    const blocked = blockedActions(decodeURIComponent(version.PolicyVersion?.Document ?? "{}"), roleActions(plan));
    if (blocked.length === 0)
        return { status: "passed", asked, found: "allows all actions of the roles; resources and conditions not compared" };
    const action = "Allow them in the boundary: the roles are created without error, but their requests fail.";
    return { status: "failed", asked, found: `doesn't allow ${blocked.join(", ")}`, action };
}

export const boundary: Check = {
    id: "boundary",
    title: "Permissions boundary",
    actions: ["iam:GetPolicy", "iam:GetPolicyVersion"],
    run: (context) =>
        all(
            boundariesOf(context.plan).map((arn) =>
                ask(`permissions boundary ${arn}`, "iam:GetPolicy", () => boundaryFinding(context, arn)),
            ),
        ),
};
