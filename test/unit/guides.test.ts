import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import ts from "typescript";
import type { Grantee } from "../../components";
import * as testing from "../../components/testing";
import { nameOf } from "../../components/testing/urn";
import { rules } from "../../policy/rules";
import { planStack } from "../../tools/plan/plan";
import { FIXTURES } from "../support/plans";
import { RELEASE_CHECKS } from "../support/release";
import { changedFiles, filesOf, filesOfRecipe, read, root, run } from "../support/samples";

/** Checks the guides in docs/ against the code. `npm run lint` checks the types of their samples. */

const sample = describe("the sample of docs/testing.md", () => {
    const files = new Map(filesOf("docs/testing.md"));
    run(files.get("shop.test.ts") ?? "", root, { "./shop": files.get("shop.ts") ?? "" });
});

describe("docs/testing.md", () => {
    const page = read("docs/testing.md");

    it("has a sample whose tests run", () => {
        const [suite] = sample.suites;
        expect(suite?.title).to.equal("the shop");
        expect(suite?.tests.map(({ state }) => state)).to.deep.equal(Array(5).fill("passed"));
    });

    it("lists all exports of the module", () => {
        for (const name of Object.keys(testing)) expect(page, name).to.match(new RegExp(`\\b${name}\\b`));
    });

    it("lists every option, and every member of the result", () => {
        const members = (file: string, name: string): string[] => {
            const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.ES2022, true);
            const declared = source.statements.find(
                (it): it is ts.InterfaceDeclaration | ts.ClassDeclaration =>
                    (ts.isInterfaceDeclaration(it) || ts.isClassDeclaration(it)) && it.name?.text === name,
            );
            return [...(declared?.members ?? [])]
                .flatMap((it): ts.NamedDeclaration[] => (ts.isConstructorDeclaration(it) ? [...it.parameters] : [it]))
                .filter((it) => !(ts.getCombinedModifierFlags(it as ts.Declaration) & ts.ModifierFlags.Private))
                .map((it) => it.name?.getText(source) ?? "");
        };
        const record = "components/testing/record.ts";
        const described = [
            ...members(record, "RecordOptions"),
            ...members(record, "Recording"),
            ...members(record, "Recorded"),
            ...members("components/testing/recorder.ts", "Registered"),
        ];
        expect(described).to.include.members(["secretKeys", "one", "warnings", "isSecret", "propertyDependencies"]);
        for (const name of described) expect(page, name).to.match(new RegExp(`\`${name}[\`(]`));
    });
});

/** A copy of the program to which all recipes of docs/extending.md are applied. */
function extendedProgram(directory: string): (file: string) => Promise<unknown> {
    for (const name of ["components", "stacks"]) cpSync(path.join(root, name), path.join(directory, name), { recursive: true });
    for (const name of ["functions", "delivery", "node_modules"]) symlinkSync(path.join(root, name), path.join(directory, name));
    writeFileSync(path.join(directory, "package.json"), "{}");
    for (const [file, text] of changedFiles(RECIPES)) {
        mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
        writeFileSync(path.join(directory, file), text);
    }
    return (file) => import(path.join(directory, file));
}

const RECIPES = "docs/extending.md";

describe("docs/extending.md, all recipes together", () => {
    const directory = mkdtempSync(path.join(tmpdir(), "extended-"));
    const plans = new Map<string, testing.Recording>();
    let load: (file: string) => Promise<unknown>;

    before(async function () {
        this.timeout(60_000);
        try {
            load = extendedProgram(directory);
            const program = async () => ((await load("index.ts")) as { default: () => Promise<unknown> }).default;
            const overrides = ["ai-platform:services.api.logLevel=Debug"];
            for (const stack of ["prod", "dr"]) plans.set(stack, await planStack({ directory: FIXTURES, stack, overrides, program }));
        } catch (error) {
            // A program that a recipe has changed already can have everything twice.
            if (RELEASE_CHECKS) throw error;
            console.log(`    skipped: the recipes don't apply to the changed program: ${String(error).split("\n")[0] ?? ""}`);
            this.skip();
        }
    });
    after(() => {
        rmSync(directory, { recursive: true });
    });
    const planned = (stack = "prod") => plans.get(stack)!;

    for (const stack of ["prod", "dr"]) {
        it(`comply with the policy rules in ${stack}`, async () => {
            const { resources } = planned(stack).deployment().deployment;
            expect(resources.filter(({ urn }) => urn.includes("::uploads"))).to.have.length.above(8);
            for (const { name, check } of rules) {
                const violations = await check(resources);
                expect(violations.map(({ urn, message }) => `${nameOf(urn)} ${message}`)).to.deep.equal([], name);
            }
        });
    }

    it("touch few files", () => {
        expect(filesOfRecipe(RECIPES, "Add a configuration key"), "key").to.deep.equal([
            "stacks/services.ts",
            "components/redis-cluster/args.ts",
            "components/redis-cluster/index.ts",
            "stacks/cache.ts",
        ]);
        expect(filesOfRecipe(RECIPES, "Add an alarm"), "alarm").to.deep.equal(["components/redis-cluster/alarms.ts"]);
        // The sixth file is the component's page.
        expect(filesOfRecipe(RECIPES, "Add a component"), "component").to.have.length(5);
    });

    it("pass the new key to the service", () => {
        const { containerDefinitions } = planned().one(aws.ecs.TaskDefinition, "api-task").inputs;
        const [container] = testing.parseJson<{ environment: object[] }[]>(containerDefinitions);
        expect(container?.environment).to.deep.include({ name: "Logging__LogLevel__Default", value: "Debug" });
    });

    it("grant the bucket, the queue, and the table to the service", () => {
        const granted = planned()
            .all(aws.iam.RolePolicy, /^api-uploads/)
            .map(({ name }) => name);
        const access = ["read", "write-incoming", "send", "consume", "table-use"];
        expect(granted).to.have.members(access.map((name) => `api-uploads-${name}`));
    });

    it("append the database parameter in both roles", () => {
        for (const stack of plans.keys()) {
            for (const { inputs } of planned(stack).all(aws.rds.ParameterGroup)) {
                expect(inputs.parameters?.map(({ name }) => name)).to.include.members(["rds.force_ssl", "log_lock_waits"]);
            }
        }
    });

    it("back up the second database, replicate it to the dr stack, and let the service connect to it", () => {
        const settings = (name: string) => {
            const { instanceClass, multiAz, storageEncrypted, kmsKeyId, backupRetentionPeriod } = planned().one(
                aws.rds.Instance,
                name,
            ).inputs;
            return { instanceClass, multiAz, storageEncrypted, kmsKeyId, backupRetentionPeriod };
        };
        expect(settings("analytics-instance")).to.deep.equal(settings("database-instance"));
        const { resources } = planned().one(aws.backup.Selection, /database/).inputs;
        expect(resources?.map((arn) => arn.split(":").at(-1))).to.deep.equal(["ai-platform-prod", "ai-platform-prod-analytics"]);
        const replica = planned("dr").one(aws.rds.Instance, "analytics-instance").inputs;
        expect(replica.replicateSourceDb).to.match(/^arn:aws:rds:us-east-1:\d+:db:ai-platform-prod-analytics$/);
        const secrets = planned("dr").lookups.filter(({ token }) => token === "aws:secretsmanager/getSecret:getSecret");
        expect(secrets.map(({ inputs }) => inputs.name)).to.include("ai-platform/prod/analytics");
        for (const stack of plans.keys()) {
            const [rule] = planned(stack).all(aws.vpc.SecurityGroupIngressRule, /^analytics-from-api/);
            expect(rule?.inputs.fromPort, stack).to.equal(5432);
        }
    });

    it("monitor the cache and the queue", () => {
        for (const name of ["cache-swap-001", "uploads-dead-letters"]) {
            expect(planned().one(aws.cloudwatch.MetricAlarm, name).inputs.actionsEnabled, name).to.equal(true);
        }
    });

    it("add a component that can be transformed, granted, and monitored", async () => {
        type NewComponent = new (
            name: string,
            args: object,
        ) => { arn: pulumi.Output<string>; alarms: { name: string }[] } & {
            grantConsume: (grantee: Grantee) => aws.iam.RolePolicy;
        };
        const { Inbox } = (await load("components/index.ts")) as { Inbox: NewComponent };
        const kmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/1";
        const recording = await testing.record(() => {
            const inbox = new Inbox("inbox", { kmsKeyArn, transform: { queue: { delaySeconds: 5 } } });
            inbox.grantConsume({ logicalName: "worker", roleName: inbox.arn });
            return { alarms: inbox.alarms.map(({ name }) => name) };
        });
        expect(recording.one(aws.sqs.Queue, "inbox-queue").inputs.delaySeconds).to.equal(5);
        expect(recording.all(aws.iam.RolePolicy).map(({ name }) => name)).to.deep.equal(["worker-inbox-consume"]);
        expect(recording.outputs).to.deep.equal({ alarms: ["dead-letters"] });
    });
});
