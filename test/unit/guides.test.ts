import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as aws from "@pulumi/aws";
import { expect } from "chai";
import ts from "typescript";
import { parseJson, type Recording } from "../../components/testing";
import * as testing from "../../components/testing";
import { rules } from "../../policy/rules";
import { planStack } from "../../tools/plan/plan";
import { changedFiles, filesOf, read, root, run } from "../support/samples";

/** What the guides of docs/ say, checked against the code; that their samples compile is checked in test/unit/docs.test.ts. */

interface Container {
    environment: { name: string; value: string }[];
}

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

    it("names everything that the module exports to a program", () => {
        for (const name of Object.keys(testing)) expect(page, name).to.match(new RegExp(`\\b${name}\\b`));
    });

    it("names every option, and every member of what is answered", () => {
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

/** The program with all recipes of docs/extending.md, in a directory of its own, beside links to what they do not change. */
function extended(directory: string): string {
    cpSync(path.join(root, "stacks"), path.join(directory, "stacks"), { recursive: true });
    for (const name of ["components", "functions", "delivery", "node_modules"]) {
        symlinkSync(path.join(root, name), path.join(directory, name));
    }
    writeFileSync(path.join(directory, "package.json"), "{}");
    for (const [file, text] of changedFiles("docs/extending.md")) {
        mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
        writeFileSync(path.join(directory, file), text);
    }
    return path.join(directory, "index.ts");
}

describe("docs/extending.md, all recipes together", () => {
    const directory = mkdtempSync(path.join(tmpdir(), "extended-"));
    const roles = new Map<string, Recording>();
    before(async () => {
        const file = extended(directory);
        const program = async () => ((await import(file)) as { default: () => Promise<unknown> }).default;
        const overrides = ["ai-platform:service.logLevel=Debug"];
        for (const stack of ["prod", "dr"]) roles.set(stack, await planStack({ stack, overrides, configPath: true, program }));
    });
    after(() => {
        rmSync(directory, { recursive: true });
    });
    const one = (stack = "prod") => roles.get(stack)!;

    for (const stack of ["prod", "dr"]) {
        it(`keeps the rules of every plan in ${stack}`, async () => {
            const { resources } = one(stack).deployment().deployment;
            expect(resources.filter(({ urn }) => /::(reports|uploads)/.test(urn))).to.have.length.above(20);
            for (const { name, check } of rules) {
                const violations = await check(resources);
                expect(violations.map(({ urn, message }) => `${urn.split("::").pop() ?? urn} ${message}`)).to.deep.equal([], name);
            }
        });
    }

    it("gives the service the variable of the new key", () => {
        const { containerDefinitions } = one().one(aws.ecs.TaskDefinition, "api-task").inputs;
        const [container] = parseJson<Container[]>(containerDefinitions);
        expect(container?.environment).to.deep.include({ name: "Logging__LogLevel__Default", value: "Debug" });
    });

    it("sends the second service's routes to its load balancer, all others to the first one's", () => {
        const balancer = (name: string) => one().one(aws.lb.LoadBalancer, name).outputs as { arn: string; dnsName: string };
        const [first, second] = [balancer("api-alb"), balancer("reports-alb")];
        const routes = one()
            .all(aws.apigateway.Integration, /-to-service$/)
            .map(({ name, inputs }) => [name, inputs.uri, inputs.integrationTarget]);
        expect(routes).to.have.deep.members([
            ["gateway-get-health-to-service", `http://${first.dnsName}:80/healthz`, first.arn],
            ["gateway-any-api-to-service", `http://${first.dnsName}:80/api`, first.arn],
            ["gateway-any-api-below-proxy-to-service", `http://${first.dnsName}:80/api/{proxy}`, first.arn],
            ["gateway-any-api-reports-to-service", `http://${second.dnsName}:80/api/reports`, second.arn],
            ["gateway-any-api-reports-below-proxy-to-service", `http://${second.dnsName}:80/api/reports/{proxy}`, second.arn],
        ]);
        expect(one().one(aws.vpc.SecurityGroupIngressRule, "reports-alb-from-gateway").inputs.fromPort).to.equal(80);
    });

    it("grants bucket, queue and table to the service", () => {
        const granted = one()
            .all(aws.iam.RolePolicy, /^api-uploads/)
            .map(({ name }) => name);
        expect(granted).to.have.members([
            "api-uploads-read",
            "api-uploads-write",
            "api-uploads-send",
            "api-uploads-consume",
            "api-uploads-table-use",
        ]);
    });

    it("adds the parameter to those that are there, in both roles", () => {
        for (const stack of roles.keys()) {
            const { parameters } = one(stack).one(aws.rds.ParameterGroup).inputs;
            expect(parameters?.map(({ name }) => name)).to.include.members(["rds.force_ssl", "log_lock_waits"]);
        }
    });

    it("watches the second service, the queue and the tokens", () => {
        for (const name of ["reports-errors", "uploads-dead-letters", "tokens-read-1"]) {
            expect(one().one(aws.cloudwatch.MetricAlarm, name).inputs.actionsEnabled, name).to.equal(true);
        }
    });
});
