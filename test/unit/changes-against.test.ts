import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { DeployedResource } from "../../components/testing";
import { planCommand } from "../../tools/plan/command";
import { changesCommand } from "../../tools/changes/command";
import { compare } from "../../tools/changes/compare";
import { accountOf, parseExport, type StateResource, zonesOf } from "../../tools/changes/export";
import { judge } from "../../tools/changes/judge";
import { UNKNOWN_VALUE } from "../../tools/changes/types";
import { Translation } from "../../tools/changes/values";
import { ran } from "../support/command";
import { plan, PLANS } from "../support/plans";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = { [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:abc" };
const URN = "urn:pulumi:s::p::";

const DATABASE = "aws:rds/instance:Instance";
const GROUP = "aws:rds/subnetGroup:SubnetGroup";
const SUBNET = "aws:ec2/subnet:Subnet";
const VPC = "aws:ec2/vpc:Vpc";
const QUEUE = "aws:sqs/queue:Queue";

type Extra = Partial<StateResource>;
const resource = (type: string, name: string, inputs: object, more: Extra = {}): StateResource =>
    ({ urn: `${URN}${type}::${name}`, type, custom: true, inputs, outputs: {}, propertyDependencies: {}, ...more }) as StateResource;
/** A resource of `pulumi stack export`, whose URN has another stack's name. */
const exported = (type: string, name: string, inputs: object, more: Extra = {}): StateResource => {
    const same = resource(type, name, inputs, more);
    return { ...same, urn: same.urn.replace("urn:pulumi:s::", "urn:pulumi:prod::") };
};
const from = (type: string, name: string) => `${URN}${type}::${name}`;

/** The changes of one resource. */
const changesOf = (type: string, before: object, after: object, more: Extra = {}) =>
    compare([exported(type, "x", before, more)], [resource(type, "x", after, { ...more, propertyDependencies: {} })]).changes;

describe("npm run changes -- --against: comparison", () => {
    const fixture = () => parseExport(readFileSync("test/fixtures/changes/export.json", "utf8"));
    const planned = (change: (copy: StateResource[]) => void) => {
        const copy = structuredClone(fixture());
        change(copy);
        return copy;
    };
    const named = (resources: StateResource[], name: string) => resources.find(({ urn }) => urn.endsWith(`::${name}`))!;

    it("reports nothing if nothing changes", () => {
        expect(compare(fixture(), fixture()).changes).to.be.empty;
    });

    it("reports that the database is replaced, and which property causes it", () => {
        const { changes } = compare(
            fixture(),
            planned((it) => (named(it, "database-instance").inputs!.username = "other")),
        );
        expect(judge(changes)).to.have.length(1);
        expect(judge(changes)[0]).to.deep.include({
            name: "database-instance",
            operation: "replace",
            because: ["username"],
            verdict: "destructive",
        });
    });

    it("finds deletions, and updates in place", () => {
        const { changes } = compare(
            fixture(),
            planned((it) => {
                it.splice(it.indexOf(named(it, "jobs")), 1);
                named(it, "database-instance").inputs!.instanceClass = "db.r6g.large";
            }),
        );
        expect(changes.map(({ name, operation, properties }) => [name, operation, properties.join()])).to.deep.equal([
            ["jobs", "delete", ""],
            ["database-instance", "update", "instanceClass"],
        ]);
    });

    it("propagates a replacement to dependent resources", () => {
        const { changes } = compare(
            fixture(),
            planned((it) => (named(it, "network").inputs!.cidrBlock = "10.9.0.0/16")),
        );
        expect(changes.map(({ name, operation, causes, following }) => [name, operation, causes.join(), following?.join()])).to.deep.equal([
            ["network", "replace", "cidrBlock", ""],
            ["network-data-1", "replace", "vpcId", "network"],
            ["api", "replace", "vpcId", "network"],
        ]);
    });

    it("detects that a subnet group gets subnets of a replaced VPC, also through a component", () => {
        const plannedOf = (cidrBlock: string): StateResource[] => [
            resource("awsx:ec2:Vpc", "net", {}, { custom: false }),
            resource(VPC, "net", { cidrBlock }, { id: "vpc-made-up" }),
            resource(
                SUBNET,
                "data",
                { vpcId: "vpc-made-up", cidrBlock: "10.0.0.0/24" },
                { id: "subnet-made-up", propertyDependencies: { vpcId: [from(VPC, "net")] } },
            ),
            resource(
                GROUP,
                "group",
                { subnetIds: ["subnet-made-up"] },
                { propertyDependencies: { subnetIds: [from("awsx:ec2:Vpc", "net")] } },
            ),
        ];
        const state = plannedOf("10.0.0.0/16").map(({ urn, ...rest }) => ({
            ...(JSON.parse(JSON.stringify(rest).replaceAll("made-up", "0abc")) as StateResource),
            urn: urn.replace("urn:pulumi:s::", "urn:pulumi:prod::"),
        }));
        expect(compare(state, plannedOf("10.0.0.0/16")).changes).to.be.empty;
        const findings = judge(compare(state, plannedOf("10.9.0.0/16")).changes);
        expect(findings.map(({ name, verdict, operation }) => [name, operation, verdict])).to.deep.equal([
            ["net", "replace", "destructive"],
            ["data", "replace", "destructive"],
            ["group", "update", "rejected"],
        ]);
    });

    it("supports nested properties that cause a replacement", () => {
        const pool = "aws:cognito/userPool:UserPool";
        const causes = (before: object, after: object) =>
            changesOf(pool, before, after).map(({ operation, causes: all }) => [operation, ...all]);
        expect(
            causes({ usernameConfiguration: { caseSensitive: false } }, { usernameConfiguration: { caseSensitive: true } }),
        ).to.deep.equal([["replace", "usernameConfiguration.caseSensitive"]]);
        expect(causes({}, { usernameConfiguration: { caseSensitive: true } })).to.deep.equal([["replace", "usernameConfiguration"]]);
        expect(causes({ passwordPolicy: { minimumLength: 8 } }, { passwordPolicy: { minimumLength: 12 } })).to.deep.equal([["update"]]);
    });

    it("reports types that aren't in the table as unknown", () => {
        const verdicts = (type: string, before: object, after: object) =>
            judge(changesOf(type, before, after)).map(({ verdict }) => verdict);
        expect(verdicts("aws:quantum/computer:Computer", { qubits: 1 }, { qubits: 2 }), "a type without a table").to.deep.equal([
            "unknown",
        ]);
        expect(
            verdicts("aws:elasticache/replicationGroup:ReplicationGroup", { durability: "a" }, { durability: "b" }),
            "a property",
        ).to.deep.equal(["unknown"]);
        expect(verdicts("aws:budgets/budget:Budget", { limitAmount: "1" }, { limitAmount: "2" })).to.deep.equal(["harmless"]);
    });

    it("applies ignoreChanges", () => {
        const ignoring = (ignoreChanges: string[], before: object, after: object) =>
            compare([exported(DATABASE, "x", before)], [resource(DATABASE, "x", after, { ignoreChanges })]).changes;
        expect(ignoring(["username"], { username: "a" }, { username: "b" })).to.be.empty;
        expect(ignoring(["blueGreenUpdate.enabled"], { blueGreenUpdate: { enabled: true } }, { blueGreenUpdate: { enabled: false } })).to.be
            .empty;
        expect(ignoring(["port"], { username: "a" }, { username: "b" })).to.have.length(1);
    });

    it("uses protect and retainOnDelete from the state", () => {
        const [change] = compare([exported(QUEUE, "x", {}, { protect: true, retainOnDelete: true })], []).changes;
        expect(judge([change!])[0]).to.include({ protected: true, retained: true, operation: "delete" });
    });

    it("omits the engine's own resources, resources that are only read, and those pending deletion", () => {
        const state = [
            exported("pulumi:pulumi:Stack", "p", {}, { custom: false }),
            exported("pulumi:providers:aws", "default_7", {}),
            exported("ai-platform:components:Vpc", "c", {}, { custom: false }),
            exported(QUEUE, "read", {}, { external: true }),
            exported(QUEUE, "pending", {}, { delete: true }),
        ];
        expect(compare(state, []).changes).to.be.empty;
    });

    it("treats generated names, defaults, secrets, files, and equivalent spellings as equal", () => {
        for (const [before, after] of [
            [{ name: "x-123", __defaults: ["name"] }, {}],
            [{ kmsKeyId: "given-by-aws" }, {}],
            [{ password: SECRET }, { password: { ...SECRET, ciphertext: "" } }],
            [{ username: SECRET }, { username: "plain" }],
            [{ port: "5432" }, { port: 5432 }],
            [{ tags: {} }, {}],
            [{ vpcSecurityGroupIds: ["b", "a"] }, { vpcSecurityGroupIds: ["a", "b"] }],
            [{ restoreToPointInTime: '{"a":1,"b":2}' }, { restoreToPointInTime: '{ "b": 2, "a": 1 }' }],
        ]) {
            expect(changesOf(DATABASE, before!, after!), JSON.stringify(before)).to.be.empty;
        }
        expect(changesOf(DATABASE, { vpcSecurityGroupIds: ["b", "a"] }, { vpcSecurityGroupIds: ["a", "c"] })).to.have.length(1);
    });

    it("compares a literal value that looks like a placeholder", () => {
        const state = [exported(QUEUE, "a", {}, { id: "real-value" }), exported(DATABASE, "x", { dbName: "real-value" })];
        const planOf = (dependencies: string[]) => [
            resource(QUEUE, "a", {}, { id: "made-value" }),
            resource(DATABASE, "x", { dbName: "made-value" }, { propertyDependencies: { dbName: dependencies } }),
        ];
        expect(compare(state, planOf([from(QUEUE, "a")])).changes).to.be.empty;
        expect(compare(state, planOf([])).changes.map(({ causes }) => causes)).to.deep.equal([["dbName"]]);
    });

    it("doesn't derive a dependency from a name that several resources share", () => {
        const of = (cpu: string) => [
            resource("aws:ecs/taskDefinition:TaskDefinition", "task", { family: "shared-name", cpu }, { id: "shared-name" }),
            resource("aws:ecs/cluster:Cluster", "cluster", { name: "shared-name" }, { id: "shared-name" }),
            resource(
                "aws:ecs/service:Service",
                "service",
                { cluster: "shared-name" },
                { propertyDependencies: { cluster: [from("aws:ecs/cluster:Cluster", "cluster")] } },
            ),
        ];
        expect(compare(of("256"), of("512")).changes.map(({ name, operation }) => [name, operation])).to.deep.equal([["task", "replace"]]);
    });

    it("derives the order of a replacement from a generated name in the state", () => {
        const order = (before: object, after: object) => changesOf("aws:lb/targetGroup:TargetGroup", before, after)[0]!.order;
        expect(order({ name: "api-123", __defaults: ["name"], port: 1 }, { port: 2 })).to.equal("created first (assumed)");
        expect(order({ name: "api", port: 1 }, { name: "api", port: 2 })).to.equal("deleted first (assumed)");
    });

    it("marks a value as unknown if a replacement changes it", () => {
        const of = (fifoQueue: boolean) => [
            resource(QUEUE, "a", { fifoQueue }, { id: "the-queue" }),
            resource(
                "aws:lambda/function:Function",
                "f",
                { deadLetterConfig: { targetArn: "the-queue" } },
                { propertyDependencies: { deadLetterConfig: [from(QUEUE, "a")] } },
            ),
        ];
        const [, change] = compare(of(false), of(true)).changes;
        expect(change).to.deep.include({ name: "f", operation: "update", properties: ["deadLetterConfig"] });
        expect(change!.after!.inputs.deadLetterConfig).to.equal(UNKNOWN_VALUE);
    });
});

describe("npm run changes -- --against: placeholders", () => {
    it("are found in longer text, even if several match", () => {
        const translation = new Translation();
        translation.learn(
            { id: "queue-0001", outputs: { arn: "arn:made:queue-0001" } },
            { id: "https://q", outputs: { arn: "arn:aws:sqs:us-east-1:1:q" } },
        );
        translation.learn({ id: "other-0002", outputs: { name: "queue-0001" } }, { id: "second", outputs: { name: "another" } });
        const policy = (arn: string, url: string) => JSON.stringify({ Resource: arn, Url: url });
        expect(translation.matches("https://q", "queue-0001")).to.be.true;
        expect(translation.matches("another", "queue-0001")).to.be.true;
        expect(translation.matches(policy("arn:aws:sqs:us-east-1:1:q", "another/x"), policy("arn:made:queue-0001", "queue-0001/x"))).to.be
            .true;
        expect(translation.matches(policy("arn:aws:sqs:us-east-1:1:r", "another/x"), policy("arn:made:queue-0001", "queue-0001/x"))).to.be
            .false;
        expect(translation.matches("third", "queue-0001")).to.be.false;
    });

    it("don't include values from the program", () => {
        const translation = new Translation();
        translation.learn(
            { id: "lake-new", inputs: { bucket: "lake-new" }, outputs: { bucket: "lake-new" } },
            { id: "lake-old", outputs: { bucket: "lake-old" } },
        );
        expect(translation.matches("lake-old", "lake-new")).to.be.false;
    });
});

describe("npm run changes -- --against: exports", () => {
    it("contain the account and the zones", () => {
        const arn = (account: string) => ({ outputs: { arn: `arn:aws:sqs:us-east-1:${account}:q` } });
        const state = ["111122223333", "444455556666", "444455556666"].map((account, i) => exported(QUEUE, `q${i}`, {}, arn(account)));
        const zoned = ["us-east-1d", "us-east-1a", "us-east-1a"].map((availabilityZone, i) =>
            exported(SUBNET, `s${i}`, { availabilityZone }, { outputs: { availabilityZoneId: `use1-${availabilityZone}` } }),
        );
        expect(accountOf(state)).to.equal("444455556666");
        expect(accountOf([])).to.be.undefined;
        expect([...zonesOf(zoned)]).to.deep.equal([
            [
                "us-east-1",
                [
                    { name: "us-east-1a", id: "use1-us-east-1a" },
                    { name: "us-east-1d", id: "use1-us-east-1d" },
                ],
            ],
        ]);
    });

    for (const [text, message] of [
        ["hello", "it isn't JSON"],
        ["{}", "it has no deployment"],
        ['{"version":2,"deployment":{}}', "it has version 2"],
        ['{"version":3,"deployment":{"resources":[{}]}}', "resources[0] has no urn and type"],
    ] as const) {
        it(`are rejected if invalid: ${text}`, () => {
            expect(() => parseExport(text))
                .to.throw(message)
                .with.property("message")
                .that.contains("pulumi stack export");
        });
    }

    it("can be empty", () => {
        expect(parseExport('{"version":3,"deployment":{"resources":null}}')).to.deep.equal([]);
    });
});

describe("npm run changes -- --against: the command", () => {
    const run = (args: string[]) => ran(changesCommand, args);
    const folder = mkdtempSync(path.join(tmpdir(), "changes-"));
    after(() => {
        rmSync(folder, { recursive: true });
    });

    it("compares the plan of a stack with an export", async () => {
        const { stack } = Object.values(PLANS)[0]!;
        const deployment = (await plan(stack)).deployment();
        const file = path.join(folder, "export.json");
        writeFileSync(file, JSON.stringify(deployment));
        expect(await run([stack, "--against", file])).to.include({ code: 0, stderr: "" });

        const resources: DeployedResource[] = structuredClone(deployment.deployment.resources);
        const bus = {
            urn: `${resources[0]!.urn.split("::").slice(0, 2).join("::")}::${QUEUE}::left-behind`,
            type: QUEUE,
            custom: true,
            inputs: {},
        };
        writeFileSync(file, JSON.stringify({ ...deployment, deployment: { ...deployment.deployment, resources: [...resources, bus] } }));
        const { code, stdout } = await run([stack, "--against", file]);
        expect(code).to.equal(1);
        expect(stdout).to.contain("-  left-behind  SQS queue is deleted").and.contain("Not accepted: left-behind\n");
        expect(await run([stack, "--against", file, "--accept", "left-behind"])).to.include({ code: 0 });
    });

    it("reports changes that the program refuses, which can't be accepted", async () => {
        const file = path.join(folder, "deployed.json");
        writeFileSync(file, JSON.stringify((await plan("prod")).deployment()));
        const { code, stdout } = await run(["prod", "--against", file, "--set", "ai-platform:cache.nodes=1"]);
        expect(stdout).to.contain("Errors: the update would stop").and.contain("ai-platform:cache.nodes: 3 -> 1");
        expect(stdout).not.to.contain("Nothing is lost");
        expect(code).to.equal(1);
    });

    it("is available as an option of npm run plan, too", async () => {
        const file = path.join(folder, "planned.json");
        writeFileSync(file, JSON.stringify((await plan("dev")).deployment()));
        const set = ["--set", "ai-platform:database.dbName=orders"];
        const [planned, compared] = [
            await ran(planCommand, ["dev", "--against", file, ...set]),
            await run(["dev", "--against", file, ...set]),
        ];
        expect(planned).to.deep.equal(compared);
        expect(planned.stdout).to.contain("ai-platform:database.dbName: aiplatform -> orders");
        expect(planned.code).to.equal(1);
        expect((await ran(planCommand, ["--against", file, "--check"])).stderr).to.contain("--against can only be combined with");
    });

    it("rejects the export of another stack", async () => {
        const file = path.join(folder, "other.json");
        writeFileSync(file, JSON.stringify((await plan("dev")).deployment()));
        const { code, stderr } = await run(["prod", "--against", file]);
        expect(stderr).to.contain("it's an export of the stack dev, not of prod");
        expect(code).to.equal(2);
    });

    it("assumes the names of Availability Zones that the configuration adds", async () => {
        const file = path.join(folder, "two-zones.json");
        writeFileSync(file, JSON.stringify((await plan("dev")).deployment()));
        const { code, stdout } = await run(["dev", "--against", file, "--set", "ai-platform:network.numberOfAvailabilityZones=3"]);
        expect(stdout).to.contain("0 destructive, 0 rejected by AWS, 0 unknown");
        expect(code).to.equal(0);
    });

    it("exits 2 without an export", async () => {
        const { code, stderr } = await run(["--against", "missing.json"]);
        expect(code).to.equal(2);
        expect(stderr).to.contain("error: missing.json: no such file");
    });
});
