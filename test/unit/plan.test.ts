import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { DeployedResource } from "../../components/testing";
import { providerUrnOf, typeOf } from "../../components/testing/urn";
import type { Outcome } from "../../tools/command";
import { parsePlanArguments } from "../../tools/plan/arguments";
import { longestChain } from "../../tools/plan/chain";
import { creationMinutes } from "../../tools/plan/creation-times";
import { planCommand } from "../../tools/plan/command";
import { render } from "../../tools/plan/render";
import { readStackFile, type StackFileOptions, stackNames } from "../../tools/plan/stack-file";
import { ran, started } from "../support/command";

const URN = "urn:pulumi:s::p::";
const STACK = `${URN}pulumi:pulumi:Stack::p-s`;

/** A resource of a deployment. */
const resource = (type: string, name: string, more: Partial<DeployedResource> = {}): DeployedResource => ({
    urn: `${URN}${type}::${name}`,
    type,
    custom: true,
    parent: STACK,
    inputs: {},
    dependencies: [],
    ...more,
});
const urnOf = (type: string, name: string) => `${URN}${type}::${name}`;
const DATABASE = "aws:rds/instance:Instance";
const BALANCER = "aws:lb/loadBalancer:LoadBalancer";
const SERVICE = "aws:ecs/service:Service";
const COMPONENT = "ai-platform:components:X";

describe("npm run plan", () => {
    describe("its arguments", () => {
        it("are a stack, prod by default, and flags", () => {
            const none = {
                stack: "prod",
                check: false,
                json: false,
                diff: false,
                set: [],
                configFile: undefined,
                against: undefined,
                help: false,
            };
            expect(parsePlanArguments([])).to.deep.equal(none);
            expect(parsePlanArguments(["dr"])).to.deep.equal({ ...none, stack: "dr" });
            for (const flag of ["--stack", "-s"]) expect(parsePlanArguments([flag, "dev"]).stack).to.equal("dev");
            for (const flag of ["--json", "-j"]) expect(parsePlanArguments([flag]).json).to.be.true;
            for (const flag of ["--help", "-h"]) expect(parsePlanArguments([flag]).help).to.be.true;
            expect(parsePlanArguments(["--set", "a=1", "dr", "--set", "b=x=y"])).to.deep.include({
                stack: "dr",
                set: ["a=1", "b=x=y"],
            });
            expect(parsePlanArguments(["--config-file", "other.yaml"]).configFile).to.equal("other.yaml");
        });

        for (const [argv, message] of [
            [["--jsn"], "unknown option --jsn\n"],
            [["--diff"], "--diff requires at least one --set"],
            [["--set"], "--set"],
            [["-c", "a=1"], "unknown option -c; use --set KEY=VALUE\n"],
            [["--config-path"], "unknown option --config-path; use --set KEY=VALUE\n"],
            [["prod", "dr"], "only one stack is allowed: prod, dr"],
            [["prod", "--stack", "dr"], "only one stack is allowed: prod, dr"],
        ] as const) {
            it(`are rejected with the usage: ${argv.join(" ")}`, () => {
                expect(() => parsePlanArguments([...argv]))
                    .to.throw(message)
                    .with.property("message")
                    .that.contains("usage: npm run plan -- [STACK]");
            });
        }
    });

    describe("its stack file", () => {
        let directory: string;
        before(() => {
            directory = mkdtempSync(path.join(tmpdir(), "ai-platform-plan-"));
            write(
                "Pulumi.one.yaml",
                "config:\n  aws:region: us-east-1\n  p:map:\n    list: [a, {b: 1}]\n    n: 2\n  p:on: true\n  p:text: hello\n",
            );
            write("Pulumi.two.yml", "config: {}\n");
            write("Pulumi.yaml", "name: p\n");
            write(
                "Pulumi.secret.yaml",
                "encryptionsalt: v1:x\nconfig:\n  p:token:\n    secure: v1:abc\n  p:map:\n    inner:\n      - secure: v1:def\n      - open\n",
            );
            write("Pulumi.bad.yaml", "config:\n  a: [1\n");
            write("Pulumi.list.yaml", "config: [1]\n");
            write("Pulumi.empty.yaml", "");
        });
        after(() => {
            rmSync(directory, { recursive: true });
        });
        const write = (file: string, text: string) => {
            writeFileSync(path.join(directory, file), text);
        };
        const read = (stack: string, more: Partial<StackFileOptions> = {}) =>
            readStackFile({ directory, project: "p", stack, overrides: [], ...more });
        const one = (overrides: string[]) => read("one", { overrides }).config;

        it("becomes text by full key, as Pulumi passes it to a program", () => {
            expect(read("one")).to.deep.include({
                config: { "aws:region": "us-east-1", "p:map": '{"list":["a",{"b":1}],"n":2}', "p:on": "true", "p:text": "hello" },
                secretKeys: [],
            });
            expect(read("empty").config).to.deep.equal({});
        });

        it("can have another name", () => {
            expect(read("any", { configFile: "Pulumi.one.yaml" }).config["p:text"]).to.equal("hello");
            expect(() => read("any", { configFile: "none.yaml" })).to.throw("none.yaml doesn't exist");
        });

        it("is overridden by KEY=VALUE, in the project's namespace by default", () => {
            expect(one(["text=bye", "aws:region=us-west-2", "new=1=2"])).to.include({
                "p:text": "bye",
                "aws:region": "us-west-2",
                "p:new": "1=2",
            });
            expect(() => one(["text"])).to.throw("--set must be KEY=VALUE, not text");
            expect(() => one(["=1"])).to.throw("--set must be KEY=VALUE");
        });

        for (const [override, map] of [
            ["map.n=3", '{"list":["a",{"b":1}],"n":3}'],
            ["p:map.n=false", '{"list":["a",{"b":1}],"n":false}'],
            ["map.n=1.5", '{"list":["a",{"b":1}],"n":"1.5"}'],
            ["map.list[0]=z", '{"list":["z",{"b":1}],"n":2}'],
            ["map.list[1].b=x", '{"list":["a",{"b":"x"}],"n":2}'],
            ["map.list[2]=c", '{"list":["a",{"b":1},"c"],"n":2}'],
            ['map["a.b"].c=1', '{"list":["a",{"b":1}],"n":2,"a.b":{"c":1}}'],
            ['p:map["n"]=7', '{"list":["a",{"b":1}],"n":7}'],
        ] as const) {
            it(`is overridden below a key: ${override}`, () => {
                expect(one([override])["p:map"]).to.equal(map);
            });
        }

        it("rejects a path past the end of a list, and one that begins with an index", () => {
            expect(() => one(["map.list[5]=x"])).to.throw("map.list[5] is past the end of its list");
            expect(() => one(["[0]=x"])).to.throw("must begin with a key");
        });

        it("has placeholders for encrypted values, whose keys are secret", () => {
            expect(read("secret")).to.deep.include({
                config: { "p:token": "[secret]", "p:map": '{"inner":["[secret]","open"]}' },
                secretKeys: ["p:token", "p:map"],
            });
        });

        it("must exist; the error lists the stacks with a .yaml file", () => {
            expect(stackNames(directory)).to.deep.equal(["bad", "empty", "list", "one", "secret"]);
            expect(() => read("three")).to.throw(
                "no stack named three: Pulumi.three.yaml doesn't exist; available stacks: bad, empty, list, one, secret",
            );
        });

        it("must be YAML with a map as config", () => {
            expect(() => read("bad")).to.throw(/^Pulumi\.bad\.yaml isn't valid YAML: /);
            expect(() => read("list")).to.throw("Pulumi.list.yaml: config must be a map");
        });
    });

    describe("its longest chain", () => {
        const names = (resources: DeployedResource[]) => longestChain(resources).map(({ name }) => name);

        it("is the slowest one, not the one with the most resources", () => {
            const topic = (name: string, ...after: string[]) =>
                resource("aws:sns/topic:Topic", name, { dependencies: after.map((it) => urnOf("aws:sns/topic:Topic", it)) });
            const resources = [topic("a"), topic("b", "a"), topic("c", "b"), resource(BALANCER, "slow"), resource(DATABASE, "slowest")];
            expect(names(resources)).to.deep.equal(["slowest"]);
            const chain = longestChain([
                ...resources,
                resource(SERVICE, "service", { dependencies: [urnOf(BALANCER, "slow"), urnOf(DATABASE, "slowest")] }),
            ]);
            expect(chain.map(({ name }) => name)).to.deep.equal(["slowest", "service"]);
            const [database, service] = [DATABASE, SERVICE].map((type) => creationMinutes({ type }));
            expect(chain.map(({ end }) => end)).to.deep.equal([database, database! + service!]);
        });

        it("includes the children of a component that a resource depends on", () => {
            const child = (type: string, name: string) => resource(type, name, { parent: urnOf(COMPONENT, "x") });
            const resources = [
                resource(COMPONENT, "x", { custom: false }),
                child(DATABASE, "inside"),
                child("aws:sns/topic:Topic", "quick"),
                resource(SERVICE, "after", { dependencies: [urnOf(COMPONENT, "x")] }),
            ];
            expect(names(resources)).to.deep.equal(["inside", "after"]);
        });

        it("doesn't include siblings, and counts no time for secrets and providers", () => {
            const provider = resource("pulumi:providers:aws", "aws");
            const password = resource("random:index/randomPassword:RandomPassword", "password");
            const topic = resource("aws:sns/topic:Topic", "topic", { dependencies: [password.urn], provider: `${provider.urn}::id` });
            expect(longestChain([provider, password, topic]).at(-1)).to.deep.include({
                name: "topic",
                minutes: creationMinutes(topic),
                end: creationMinutes(topic),
            });
        });
    });

    it("prints the resource tree, counts, the longest chain, warnings and outputs", () => {
        const text = render({
            stack: "s",
            resources: [
                resource("pulumi:providers:aws", "default"),
                { urn: STACK, type: "pulumi:pulumi:Stack", custom: false },
                resource(COMPONENT, "x", { custom: false }),
                resource(DATABASE, "x-instance", { parent: urnOf(COMPONENT, "x") }),
                resource("aws:sns/topic:Topic", "far", { inputs: { region: "us-west-2" } }),
                resource("aws:sns/topic:Topic", "near"),
            ],
            outputs: { url: "https://a", nested: { id: "i", list: [1] }, nothing: null },
            warnings: ["mind the gap"],
        });
        expect(text.split("\n")).to.deep.equal([
            "Plan of s (offline, from an empty state)",
            "",
            "p-s  pulumi:pulumi:Stack",
            "├─ x  X",
            "│  └─ x-instance  aws:rds:Instance",
            "├─ far  aws:sns:Topic  (us-west-2)",
            "└─ near  aws:sns:Topic",
            "",
            "Resources per service",
            "  sns 2                 rds 1",
            "",
            "Longest chain of dependencies: 1 resources, about 8 minutes",
            "    8.0 min  x-instance  aws:rds:Instance",
            "",
            "Warnings",
            "  mind the gap",
            "",
            "Outputs",
            "  url: https://a",
            "  nested.id: i",
            "  nested.list: [1]",
            "  nothing: null",
            "",
            "3 resources to create",
        ]);
        expect(render({ stack: "s", resources: [], outputs: {}, warnings: [] })).to.not.match(/Warnings|Outputs/);
    });

    describe("as a command", () => {
        let json: Outcome;
        before(async () => {
            // With pipelines: the bundled tool must find files that belong to the program.
            json = await started(
                "plan",
                "prod",
                "--json",
                "--set",
                "ai-platform:delivery.service.repositoryId=acme/api",
                "--set",
                "ai-platform:services.api.deployedBy=pipeline",
            );
        });

        it("prints the deployment in the format of `pulumi stack export`, and nothing else on standard output", () => {
            expect(json.stderr).to.equal("");
            expect(json.code).to.equal(0);
            const { version, deployment } = JSON.parse(json.stdout) as { version: number; deployment: { resources: DeployedResource[] } };
            expect(version).to.equal(3);
            const { resources } = deployment;
            const urns = new Set(resources.map(({ urn }) => urn));
            for (const it of resources) {
                expect(it.urn).to.match(/^urn:pulumi:prod::ai-platform::[^:].*::.+$/);
                expect(typeOf(it.urn)).to.equal(it.type);
                if (it.parent) expect(urns).to.include(it.parent);
                for (const urn of [...(it.dependencies ?? []), ...Object.values(it.propertyDependencies ?? {}).flat()])
                    expect(urns).to.include(urn);
                if (!it.custom || it.type.startsWith("pulumi:")) continue;
                expect(it, it.urn).to.include.all.keys(
                    "id",
                    "inputs",
                    "outputs",
                    "parent",
                    "dependencies",
                    "propertyDependencies",
                    "provider",
                );
                expect(urns).to.include(providerUrnOf(it.provider!));
            }
            const order = new Map(resources.map(({ urn }, i) => [urn, i]));
            const early = resources.filter(({ urn, parent }) => parent && order.get(parent)! > order.get(urn)!);
            expect(
                early.map(({ urn }) => urn),
                "a parent comes before its children",
            ).to.deep.equal([]);
        });

        it("marks secrets as Pulumi does and masks them", () => {
            const { resources } = (JSON.parse(json.stdout) as { deployment: { resources: DeployedResource[] } }).deployment;
            const database = resources.find(({ type }) => type === DATABASE);
            expect(database?.inputs?.passwordWo).to.deep.equal({
                "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
                ciphertext: "",
            });
            expect(json.stdout).to.not.contain("generated-secret");
        });

        it("fails with a message and no stack trace", async () => {
            const unknown = await ran(planCommand, ["production"]);
            expect(unknown).to.deep.equal({
                code: 1,
                stdout: "",
                stderr: "error: no stack named production: Pulumi.production.yaml doesn't exist; available stacks: dev, dr, prod\n",
            });
            const failureOf = async (...args: string[]) => (await ran(planCommand, args)).stderr;
            expect(await failureOf("dev", "--json", "--set", "ai-platform:database.allocatedStorage=5")).to.contain(
                "The configuration of stack dev is invalid:\n  ai-platform:database.allocatedStorage: 5 is below the minimum 20 GiB",
            );
            expect(await failureOf("--jsn"))
                .to.contain("--jsn")
                .and.to.contain("usage: npm run plan");
        });
    });
});
