import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { expect } from "chai";
import { accept } from "../../tools/changes/accept";
import { parseChangesArguments, USAGE } from "../../tools/changes/arguments";
import { changesCommand } from "../../tools/changes/command";
import { judge, needsAcceptance } from "../../tools/changes/judge";
import { parsePreview } from "../../tools/changes/preview";
import { exitCodeOf, render, reportOf } from "../../tools/changes/report";
import { type Properties, UNKNOWN_VALUE } from "../../tools/changes/types";
import { ran } from "../support/command";

const FIXTURES = "test/fixtures/changes";
const fixture = (name: string) => readFileSync(`${FIXTURES}/${name}`, "utf8");
const findingsIn = (name: string) => judge(parsePreview(fixture(name)).changes);
const reportIn = (text: string, accepted: string[] = []) => {
    const changes = parsePreview(text);
    const findings = judge(changes.changes);
    accept(findings, accepted);
    return reportOf(changes, findings);
};

const QUEUE = "aws:sqs/queue:Queue";
const DATABASE = "aws:rds/instance:Instance";
const urn = (type: string, name: string) => `urn:pulumi:s::p::${type}::${name}`;

interface StepOptions {
    name?: string;
    old?: Properties;
    new?: Properties;
    /** Inputs in the old state. */
    state?: Properties;
    diff?: Record<string, string>;
    replaceReasons?: string[];
}

/** A step as `pulumi preview --json` prints it. */
const step = (op: string, type: string, options: StepOptions = {}) => ({
    op,
    urn: urn(type, options.name ?? "x"),
    oldState: { urn: urn(type, options.name ?? "x"), type, custom: true, inputs: options.old ?? {}, ...options.state },
    ...(op.startsWith("delete")
        ? {}
        : { newState: { urn: urn(type, options.name ?? "x"), type, custom: true, inputs: options.new ?? {} } }),
    replaceReasons: options.replaceReasons,
    detailedDiff: options.diff ? Object.fromEntries(Object.entries(options.diff).map(([path, kind]) => [path, { kind }])) : null,
});
const previewOf = (...steps: object[]) => JSON.stringify({ steps, diagnostics: [], changeSummary: {} });
const judged = (...steps: object[]) => judge(parsePreview(previewOf(...steps)).changes);
/** The finding of a plain update of one property. */
const updated = (type: string, property: string, before: unknown, after: unknown, both: Properties = {}) =>
    judged(
        step("update", type, { old: { ...both, [property]: before }, new: { ...both, [property]: after }, diff: { [property]: "update" } }),
    )[0]!;
const certainties = (type: string, property: string, before: unknown, after: unknown, both: Properties = {}) =>
    updated(type, property, before, after, both).refusals.map(({ certainty }) => certainty);

describe("npm run changes: recorded previews", () => {
    it("reports nothing for a preview without changes", () => {
        const report = reportIn(fixture("no-change.json"));
        expect(report.findings).to.be.empty;
        expect(report.summary.unchanged).to.equal(10);
        expect(exitCodeOf(report)).to.equal(0);
    });

    it("passes an update that loses nothing", () => {
        const report = reportIn(fixture("tag.json"));
        expect(report.summary).to.include({ harmless: 1, unaccepted: 0 });
        expect(exitCodeOf(report)).to.equal(0);
        expect(render(report)).to.contain("Nothing is lost.").and.not.contain("lake");
    });

    it("names the property that replaces the database, and what is lost", () => {
        const [database] = findingsIn("replace-database.json");
        expect(database).to.deep.include({
            name: "database-instance",
            operation: "replace",
            order: "deleted first (assumed)",
            because: ["username"],
            verdict: "destructive",
            loses: ["data", "address", "availability"],
        });
        expect(database!.effects).to.include("The replacement starts empty.");
        expect(database!.interruption).to.contain("about 8 minutes");
    });

    for (const [file, name, loses] of [
        ["delete-queue.json", "jobs", ["data", "address"]],
        ["rename-bucket.json", "lake", ["data", "identity", "address"]],
        ["delete-address.json", "egress", ["address"]],
    ] as const) {
        it(`reports what ${file} loses`, () => {
            const [finding, ...others] = findingsIn(file).filter(needsAcceptance);
            expect(finding).to.deep.include({ name, loses });
            expect(others).to.be.empty;
        });
    }

    it("reports updates in the preview that AWS rejects", () => {
        for (const [file, text] of [
            ["downgrade.json", "doesn't support downgrades"],
            ["shrink.json", "doesn't reduce the storage"],
        ] as const) {
            const [finding] = findingsIn(file);
            expect(finding).to.include({ operation: "update", verdict: "rejected" });
            expect(finding!.refusals[0]!.text).to.contain(text);
            expect(exitCodeOf(reportIn(fixture(file)))).to.equal(1);
        }
    });

    it("reports that Pulumi rejects the deletion of a protected resource, and that the preview failed", () => {
        const report = reportIn(fixture("protected.json"), ["database-instance"]);
        expect(report.findings[0]).to.include({ protected: true, verdict: "destructive" });
        expect(report.errors[0]).to.contain("unable to replace resource");
        expect(exitCodeOf(report), "accepted, and still no preview that can be applied").to.equal(1);
        expect(render(report)).to.contain("If you remove the protection");
    });

    it("passes a deletion if AWS keeps the resource", () => {
        const [queue] = findingsIn("retained.json");
        expect(queue).to.deep.include({ retained: true, verdict: "harmless", loses: [] });
        expect(render(reportIn(fixture("retained.json")))).to.contain("retainOnDelete");
    });

    it("reads the order of replacements from events", () => {
        const orders = findingsIn("events.jsonl").map(({ name, order, because }) => [name, order, because.join()]);
        expect(orders).to.deep.equal([
            ["network", "created first", "cidrBlock"],
            ["lake", "created first", "bucket"],
            ["api", "created first", "vpcId"],
            ["network-data-1", "created first", "cidrBlock,vpcId"],
        ]);
    });
});

describe("npm run changes: steps", () => {
    it("treats deletion before creation as downtime", () => {
        const replacement = (...ops: string[]) =>
            judged(...ops.map((op) => step(op, "aws:lb/listener:Listener", { replaceReasons: ["port"] })))[0];
        expect(replacement("delete-replaced", "replace", "create-replacement")).to.include({
            order: "deleted first",
            verdict: "destructive",
        });
        expect(replacement("create-replacement", "replace", "delete-replaced")).to.include({
            order: "created first",
            verdict: "interrupts",
        });
    });

    it("derives the order from the physical name if the preview doesn't contain it", () => {
        const order = (old: Properties, after: Properties) => judged(step("replace", QUEUE, { old, new: after }))[0]!.order;
        expect(order({ name: "jobs" }, { name: "jobs" })).to.equal("deleted first (assumed)");
        expect(order({ name: "jobs" }, { name: "tasks" })).to.equal("created first (assumed)");
        expect(order({ name: "a-1", __defaults: ["name"] }, { name: "a-1", __defaults: ["name"] })).to.equal("created first (assumed)");
    });

    it("uses replaceReasons as causes if there is no detailed diff", () => {
        const [finding] = judged({
            ...step("replace", QUEUE, { replaceReasons: ["fifoQueue"] }),
            diffReasons: ["fifoQueue", "delaySeconds"],
        });
        expect(finding).to.deep.include({ because: ["fifoQueue"], properties: ["fifoQueue", "delaySeconds"] });
    });

    it("reports nested causes without indices", () => {
        const [finding] = judged(step("replace", QUEUE, { diff: { "rules[0].name": "update-replace", 'tags["a.b"]': "update" } }));
        expect(finding!.because).to.deep.equal(["rules.name"]);
    });

    it("never passes an unknown type", () => {
        for (const op of ["delete", "replace"]) {
            const report = reportIn(previewOf(step(op, "aws:quantum/computer:Computer")));
            expect(report.findings[0]!.verdict).to.equal("unknown");
            expect(report.findings[0]!.effects[0]).to.contain("check before you continue");
            expect(exitCodeOf(report)).to.equal(1);
        }
        expect(judged(step("delete", "docker:index/image:Image"))[0]!.verdict, "other providers too").to.equal("unknown");
        expect(judged(step("update", "aws:quantum/computer:Computer"))[0]!.verdict).to.equal("harmless");
    });

    it("never passes an unknown operation", () => {
        expect(judged(step("vaporize", "aws:iam/rolePolicy:RolePolicy"))[0]!.verdict).to.equal("unknown");
    });

    it("passes types that hold no data, components, and providers", () => {
        for (const type of ["aws:iam/rolePolicy:RolePolicy", "ai-platform:components:Vpc", "awsx:ec2:Vpc", "pulumi:providers:aws"]) {
            for (const op of ["delete", "replace"]) expect(judged(step(op, type))[0]!.verdict, type).to.equal("harmless");
        }
    });

    it("reports nothing for changes of the state only", () => {
        const none = ["same", "create", "read", "refresh", "import"].map((op) => step(op, QUEUE, { name: op }));
        expect(judged(...none)).to.be.empty;
    });

    it("treats what a failed update left as a deletion", () => {
        expect(judged(step("delete-replaced", QUEUE))[0]).to.include({ operation: "delete", verdict: "destructive" });
    });

    it("treats a replacement with retainOnDelete as a change of identity", () => {
        const [finding] = judged(step("replace", "aws:s3/bucket:Bucket", { state: { retainOnDelete: true } }));
        expect(finding!.verdict).to.equal("destructive");
        expect(finding!.effects.join(" ")).to.contain("stays in AWS unmanaged");
        expect(finding!.refusals, "nothing is deleted").to.be.empty;
    });

    it("distinguishes deletion from replacement", () => {
        const type = "aws:secretsmanager/secretVersion:SecretVersion";
        expect(judged(step("delete", type))[0]!.verdict).to.equal("destructive");
        expect(judged(step("replace", type))[0]!.verdict).to.equal("interrupts");
    });

    it("reports the source of a replacement's data", () => {
        const [finding] = judged(step("replace", DATABASE, { new: { snapshotIdentifier: "s" } }));
        expect(finding!.effects).to.include("The replacement starts from snapshotIdentifier.");
    });

    it("lists ignoreChanges of a resource", () => {
        const [finding] = judged({ ...step("replace", QUEUE), newState: { inputs: {}, ignoreChanges: ["desiredCount"] } });
        expect(finding!.ignoreChanges).to.deep.equal(["desiredCount"]);
    });
});

describe("npm run changes: updates in place", () => {
    it("reports new expiration rules of a bucket as a loss, but no other storage class", () => {
        const LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";
        const rules = (days: number, expires: number) => [
            { id: "all", status: "Enabled", transitions: [{ days, storageClass: "INTELLIGENT_TIERING" }] },
            { id: "old", status: "Enabled", noncurrentVersionExpiration: { noncurrentDays: expires } },
        ];
        expect(updated(LIFECYCLE, "rules", rules(0, 30), rules(0, 7)).verdict).to.equal("destructive");
        expect(updated(LIFECYCLE, "rules", rules(0, 30), rules(30, 30)).verdict).to.equal("harmless");
    });

    it("reports restarts without asking for acceptance", () => {
        const finding = updated(DATABASE, "instanceClass", "db.r6g.large", "db.r6g.xlarge");
        expect(finding).to.include({ verdict: "interrupts" });
        expect(finding.interruption).to.contain("60 to 120 seconds").and.contain("maintenance window");
        expect(updated(DATABASE, "instanceClass", "a", "b", { applyImmediately: true }).interruption).to.not.contain("maintenance window");
        expect(needsAcceptance(finding)).to.be.false;
    });

    for (const [type, property, before, after] of [
        ["aws:cloudwatch/logGroup:LogGroup", "retentionInDays", 30, 7],
        ["aws:cloudwatch/logGroup:LogGroup", "retentionInDays", 0, 7],
        [DATABASE, "backupRetentionPeriod", 7, 1],
        ["aws:kinesis/stream:Stream", "retentionPeriod", 48, 24],
        [QUEUE, "messageRetentionSeconds", 1209600, 60],
        ["aws:ecs/service:Service", "desiredCount", 3, 0],
        ["aws:kms/key:Key", "isEnabled", true, false],
        [DATABASE, "port", 5432, 5433],
        ["aws:cloudfront/distribution:Distribution", "aliases", ["a.example.com", "b.example.com"], ["a.example.com"]],
        ["aws:s3/bucketVersioning:BucketVersioning", "versioningConfiguration", { status: "Enabled" }, { status: "Suspended" }],
    ] as const) {
        it(`reports the loss if ${property} changes in ${type}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`, () => {
            expect(updated(type, property, before, after).verdict).to.equal("destructive");
        });
        it(`reports none for the opposite change of ${property} in ${type}, ${JSON.stringify(after)} -> ${JSON.stringify(before)}`, () => {
            if (property !== "port") expect(updated(type, property, after, before).loses).to.be.empty;
        });
    }

    for (const [what, expected, ...change] of [
        ["less storage", ["always"], DATABASE, "allocatedStorage", 100, 50],
        ["more storage, within six hours", ["depends"], DATABASE, "allocatedStorage", 100, 200],
        ["another subnet group", ["depends"], DATABASE, "dbSubnetGroupName", "a", "b"],
        ["another subnet group of a Multi-AZ instance", ["depends", "always"], DATABASE, "dbSubnetGroupName", "a", "b", { multiAz: true }],
        ["a major version without permission", ["always"], DATABASE, "engineVersion", "16.4", "17.1"],
        ["a major version with permission", [], DATABASE, "engineVersion", "16.4", "17.1", { allowMajorVersionUpgrade: true }],
        ["a minor version", [], DATABASE, "engineVersion", "17.1", "17.2"],
        ["a less exact version", [], DATABASE, "engineVersion", "17.2", "17"],
        ["an older version", ["always"], DATABASE, "engineVersion", "17.2", "17.1"],
        ["an older DocumentDB", ["always"], "aws:docdb/cluster:Cluster", "engineVersion", "5.0.0", "4.0.0"],
        ["an older cache", ["always"], "aws:elasticache/replicationGroup:ReplicationGroup", "engineVersion", "7.1", "6.2"],
        [
            "TLS required at once",
            ["always"],
            "aws:elasticache/replicationGroup:ReplicationGroup",
            "transitEncryptionMode",
            undefined,
            "required",
        ],
        [
            "TLS required after preferred",
            [],
            "aws:elasticache/replicationGroup:ReplicationGroup",
            "transitEncryptionMode",
            "preferred",
            "required",
        ],
        ["subnets that don't exist yet", [], "aws:rds/subnetGroup:SubnetGroup", "subnetIds", ["a"], UNKNOWN_VALUE],
        ["fewer subnets", ["depends"], "aws:rds/subnetGroup:SubnetGroup", "subnetIds", ["a", "b", "c"], ["a", "b"]],
        ["more subnets", [], "aws:rds/subnetGroup:SubnetGroup", "subnetIds", ["a", "b"], ["a", "b", "c"]],
        ["a user attribute less", ["always"], "aws:cognito/userPool:UserPool", "schemas", [{ name: "a" }], []],
        ["three times the shards", ["always"], "aws:kinesis/stream:Stream", "shardCount", 2, 6],
        ["twice the shards", [], "aws:kinesis/stream:Stream", "shardCount", 2, 4],
    ] as [string, string[], string, string, unknown, unknown, Properties?][]) {
        it(`${expected.length > 0 ? "warns of" : "lets pass"} ${what}`, () => {
            expect(certainties(...change)).to.deep.equal(expected);
        });
    }

    it("warns of subnets of a network that is replaced", () => {
        for (const type of [
            "aws:rds/subnetGroup:SubnetGroup",
            "aws:docdb/subnetGroup:SubnetGroup",
            "aws:elasticache/subnetGroup:SubnetGroup",
        ]) {
            const change = { old: { subnetIds: ["a"] }, new: { subnetIds: UNKNOWN_VALUE }, diff: { subnetIds: "update" } };
            const [, group] = judged(step("replace", "aws:ec2/vpc:Vpc"), step("update", type, { ...change, name: "group" }));
            expect(group?.verdict).to.equal("rejected");
        }
    });

    it("fails only for updates that AWS is certain to reject", () => {
        expect(updated(DATABASE, "allocatedStorage", 100, 50).verdict).to.equal("rejected");
        expect(updated(DATABASE, "allocatedStorage", 100, 200).verdict).to.equal("harmless");
        expect(
            render(
                reportIn(
                    previewOf(
                        step("update", DATABASE, {
                            old: { allocatedStorage: 1 },
                            new: { allocatedStorage: 2 },
                            diff: { allocatedStorage: "update" },
                        }),
                    ),
                ),
            ),
        ).to.contain("six hours");
    });

    it("reports what prevents a deletion", () => {
        const refusals = (op: string, type: string, old: Properties, after: Properties = old) =>
            judged(step(op, type, { old, new: after }))[0]!
                .refusals.map(({ text }) => text)
                .join(" ");
        expect(refusals("delete", DATABASE, { deletionProtection: true })).to.contain("deletion protection");
        expect(refusals("replace", DATABASE, { deletionProtection: true })).to.contain("deletion protection");
        expect(refusals("delete", DATABASE, {})).to.equal("");
        expect(refusals("delete", "aws:s3/bucket:Bucket", {})).to.contain("isn't empty");
        expect(refusals("delete", "aws:s3/bucket:Bucket", { forceDestroy: true })).to.equal("");
        expect(refusals("delete", "aws:ec2/subnet:Subnet", {})).to.contain("DependencyViolation");
        expect(refusals("replace", "aws:ec2/subnet:Subnet", { cidrBlock: "10.0.0.0/24" })).to.contain("InvalidSubnet.Conflict");
    });
});

describe("npm run changes: acceptance and report", () => {
    const mixed = fixture("mixed.json");
    const all = ["database-instance", "network", "network-data-1", "jobs"];

    it("passes when each destructive change is accepted, and not before", () => {
        expect(exitCodeOf(reportIn(mixed))).to.equal(1);
        expect(exitCodeOf(reportIn(mixed, all.slice(1)))).to.equal(1);
        expect(render(reportIn(mixed, all.slice(1)))).to.contain("Not accepted: database-instance\n");
        expect(exitCodeOf(reportIn(mixed, all))).to.equal(0);
        expect(render(reportIn(mixed, all))).to.contain("All losses are accepted.");
    });

    it("accepts a type and a name", () => {
        const two = previewOf(step("delete", QUEUE, { name: "same" }), step("delete", "aws:ec2/eip:Eip", { name: "same" }));
        expect(reportIn(two, [`${QUEUE}::same`]).summary).to.include({ accepted: 1, unaccepted: 1 });
        expect(reportIn(two, ["same"]).summary).to.include({ accepted: 2, unaccepted: 0 });
    });

    it("rejects --accept for a name that isn't in the report", () => {
        expect(() => reportIn(mixed, ["jbos"])).to.throw(
            "--accept jbos: no change has this name; changes to accept: database-instance, jobs, network, network-data-1",
        );
        expect(() => reportIn(mixed, ["lake"])).to.throw("--accept lake: the change of this resource needs no acceptance");
    });

    it("accepts unknown effects and rejected updates by name", () => {
        const preview = previewOf(
            step("delete", "aws:quantum/computer:Computer", { name: "q" }),
            step("update", DATABASE, {
                name: "db",
                old: { allocatedStorage: 2 },
                new: { allocatedStorage: 1 },
                diff: { allocatedStorage: "update" },
            }),
        );
        expect(exitCodeOf(reportIn(preview, ["q"]))).to.equal(1);
        expect(exitCodeOf(reportIn(preview, ["q", "db"]))).to.equal(0);
    });

    it("fails if the preview failed", () => {
        const failed = JSON.stringify({
            steps: [],
            changeSummary: {},
            diagnostics: [{ severity: "error", message: "error: no credentials\n" }],
        });
        expect(exitCodeOf(reportIn(failed))).to.equal(1);
        expect(render(reportIn(failed)))
            .to.contain("no credentials")
            .and.not.contain("Nothing is lost");
    });

    it("sorts by severity and lists sources", () => {
        const text = render(reportIn(mixed));
        expect(text.indexOf("Lost (4)")).to.be.lessThan(text.indexOf("Restarted or interrupted (1)"));
        expect(text).to.contain("+- database-instance  RDS database instance is replaced, deleted first (assumed)");
        expect(text).to.contain("https://docs.aws.amazon.com/");
    });

    it("lists what weakens the protection of data or the sign-in, although nothing is lost", () => {
        for (const [type, property, before, after, text] of [
            ["aws:s3/bucket:Bucket", "forceDestroy", false, true, "can now delete the bucket"],
            ["aws:backup/vaultPolicy:VaultPolicy", "policy", "a", "b", "who can delete recovery points"],
            ["aws:secretsmanager/secret:Secret", "recoveryWindowInDays", 30, 0, "restored for a shorter time"],
            ["aws:cognito/userPool:UserPool", "mfaConfiguration", "ON", "OPTIONAL", "without a second factor"],
            ["aws:cognito/userPool:UserPool", "adminCreateUserConfig", { a: true }, { a: false }, "anyone can sign up"],
        ] as const) {
            const change = { old: { [property]: before }, new: { [property]: after }, diff: { [property]: "update" } };
            expect(render(reportIn(previewOf(step("update", type, change)))), property).to.contain(text);
        }
        expect(updated("aws:s3/bucket:Bucket", "forceDestroy", true, false).effects).to.be.empty;
    });

    it("lists resources with the same effect once, and names each", () => {
        const addresses = ["one", "two", "three"].map((name) => step("delete", "aws:ec2/eip:Eip", { name }));
        const text = render(reportIn(previewOf(...addresses, step("delete", DATABASE, { name: "database" }))));
        expect(text)
            .to.contain("Lost (4)")
            .and.to.match(/-  3 resources {2}Elastic IP address is deleted\n\s+names\s+one, two, three\n/);
        expect(text.match(/^ +loses/gm)).to.have.length(2);
        expect(text)
            .to.contain("Not accepted: ")
            .and.to.match(/one, two, three/);
    });

    for (const [text, message] of [
        ["", "it has no steps"],
        ["hello", "line 1 isn't JSON"],
        ["{}", "it has no steps"],
        ['{"steps":[{}]}', "steps[0] has no op and urn"],
        ['{"sequence":0}\n', "it is cut off"],
    ] as const) {
        it(`rejects text that isn't a preview: ${JSON.stringify(text)}`, () => {
            expect(() => parsePreview(text))
                .to.throw(message)
                .with.property("message")
                .that.contains("pulumi preview --json");
        });
    }

    it("takes less than a second for 500 steps", () => {
        const types = [QUEUE, DATABASE, "aws:ec2/subnet:Subnet", "aws:rds/subnetGroup:SubnetGroup", "aws:iam/role:Role"];
        const steps = Array.from({ length: 500 }, (_, i) =>
            step(i % 2 ? "replace" : "update", types[i % types.length]!, {
                name: `r${i}`,
                old: { a: "x".repeat(5000) },
                new: { a: "y" },
                diff: { a: "update-replace" },
            }),
        );
        const text = previewOf(...steps);
        const start = performance.now();
        render(reportIn(text));
        expect(performance.now() - start).to.be.lessThan(1000);
    });
});

describe("npm run changes: arguments", () => {
    it("are a stack, prod by default, and flags", () => {
        const none = {
            stack: "prod",
            file: undefined,
            against: undefined,
            accept: [],
            set: [],
            json: false,
            help: false,
        };
        expect(parseChangesArguments([])).to.deep.equal(none);
        expect(parseChangesArguments(["dr", "-a", "x", "--accept", "y", "-j"])).to.deep.equal({
            ...none,
            stack: "dr",
            accept: ["x", "y"],
            json: true,
        });
        expect(parseChangesArguments(["--file", "p.json"])).to.deep.equal({ ...none, file: "p.json" });
        for (const argv of [["-"], ["--file", "-"], ["-f", "-"]]) expect(parseChangesArguments(argv)).to.deep.equal({ ...none, file: "-" });
        expect(parseChangesArguments(["-s", "dev", "--against", "e.json"])).to.deep.include({ stack: "dev", against: "e.json" });
    });

    for (const [argv, message] of [
        [["--jsn"], "unknown option --jsn\n"],
        [["prod", "dr"], "only one stack is allowed: prod, dr"],
        [["--file", "a", "--against", "b"], "--file and --against can't be combined"],
        [["prod", "--file", "a"], "omit prod"],
        [["--file", "a", "--set", "k=v"], "--set requires --against"],
        [["prod", "--set", "k=v"], "--set requires --against, because `pulumi preview` uses the stack file"],
        [["--accept", ""], "--accept requires the logical name"],
    ] as const) {
        it(`are rejected with the usage: ${argv.join(" ")}`, () => {
            expect(() => parseChangesArguments([...argv]))
                .to.throw(message)
                .with.property("message")
                .that.contains("usage: npm run changes");
        });
    }
});

describe("npm run changes: the command", () => {
    const run = (args: string[], input?: string) => ran(changesCommand, args, input);

    it("exits 0, 1 and 2", async () => {
        expect(await run(["--file", `${FIXTURES}/tag.json`])).to.include({ code: 0, stderr: "" });
        const lost = await run(["--file", `${FIXTURES}/delete-queue.json`]);
        expect(lost).to.include({ code: 1, stderr: "" });
        expect(lost.stdout).to.contain("Not accepted: jobs");
        expect(await run(["--file", `${FIXTURES}/delete-queue.json`, "--accept", "jobs"])).to.include({ code: 0 });
        for (const argv of [
            ["--file", "missing.json"],
            ["--nonsense"],
            ["--file", `${FIXTURES}/tag.json`, "--accept", "nothing"],
            ["--file", "package.json"],
        ]) {
            const { code, stdout, stderr } = await run(argv);
            expect(code, argv.join(" ")).to.equal(2);
            expect(stdout).to.equal("");
            expect(stderr)
                .to.match(/^error: /)
                .and.not.contain("    at ");
        }
        expect(await run(["--help"])).to.deep.equal({ code: 0, stdout: `${USAGE}\n`, stderr: "" });
    });

    it("reads standard input and prints JSON of the same content", async () => {
        const { code, stdout } = await run(["-", "--json"], fixture("mixed.json"));
        expect(code).to.equal(1);
        expect(JSON.parse(stdout)).to.deep.equal({
            ...(JSON.parse(JSON.stringify(reportIn(fixture("mixed.json")))) as object),
            source: "preview",
        });
    });

    it("explains what to do without pulumi on PATH", async () => {
        const { PATH } = process.env;
        process.env.PATH = "/nonexistent";
        const { code, stderr } = await run(["prod"]).finally(() => {
            process.env.PATH = PATH;
        });
        expect(code).to.equal(2);
        expect(stderr).to.contain("pulumi isn't on PATH").and.contain("--file");
    });
});
