import { readFileSync } from "node:fs";
import { expect } from "chai";
import { RULES } from "../../stacks/live-rules";
import { isProtected } from "../../stacks/protection";
import { changingCommand } from "../../tools/changing/command";
import { driftOf } from "../../tools/changing/drift";
import { effectText } from "../../tools/changing/effect";
import { labelOf } from "../../tools/changing/label";
import { PAGE, withKeys } from "../../tools/changing/page";
import { Predictions } from "../../tools/changing/predict";
import { idOf, changesOf, parseRecording, readRecording, type RecordedVariant, recordingText } from "../../tools/changing/recording";
import { findingsOf, titlesText } from "../../tools/changing/resources";
import { schemaKeys } from "../../tools/changing/variants";
import { EFFECTS } from "../../tools/changes/table";
import { ran } from "../support/command";
import { inRelease } from "../support/release";

const recording = readRecording();
const { variants } = recording;
const RECORD = "run `npm run changing`";

/** Changes that are planned again: a failover, a replacement of the database, and an additional system. */
const SAMPLE = ["dr active", "prod database.dbName", "small documents.enabled"];

/** Changes that lose data or an identity and need no confirmation, and why. */
const ACCEPTED: Record<string, string> = {
    "api.kind": "clients use the distribution, whose origin changes; the gateway takes its own address and log groups with it",
    "cache.engine": "a cache holds what can be computed again, and a final snapshot remains",
    "recovery.manageRegistry": "copies of images remain, and another stack manages the replication",
    jwtVersion: "a new key is the purpose of this setting",
    "cache.tokenVersion": "a new password is the purpose of this setting",
    "database.passwordVersion": "a new password is the purpose of this setting",
    "documents.passwordVersion": "a new password is the purpose of this setting",
    "ai.endpoint.image": "the log group of the model, whose endpoint is removed",
    "delivery.connectionArn": "the connection holds nothing but an authorization",
    "services.api.path": "a removed service takes its own roles and log group with it",
    "services.api.deployment.strategy": "a rolling deployment needs no role to move requests",
    "migrations.schema.image": "a removed migration takes its own roles, function, and log groups with it",
    "jobs.nightly.image": "a removed job takes its own roles, log group, and queue of failed runs with it",
    "domain.additionalNames": "the certificate is created with the new names before the old one is deleted",
    "domain.certificateArn": "the distribution uses the configured certificate before the old one is deleted",
    "domain.apiCertificateArn": "the API uses the configured certificate before the old one is deleted",
    "api.manageAccountLogging": "the role belongs to the setting, which another stack manages",
};

/** Refusals that no base can show, because its stack file lacks the key. live-changes.test.ts and service-domains.test.ts test the rules. */
const UNRECORDED = [
    ...["domain.additionalNames: domain", "identity.providers: identityProviders", "network.existing.dataSubnetIds"],
    ...["domain.distributions", "services.domains: domain", "services.rulePriorities", "backups.vaultLock: vaultLock"],
];

const nameOf = ({ key, to, base }: RecordedVariant) => `${key}: ${JSON.stringify(to)} (${base})`;

/** A recorded change without what a test doesn't need. */
const change = (more: Partial<RecordedVariant>): RecordedVariant => ({
    key: "services.api.cpu",
    base: "prod",
    from: 1,
    to: 2,
    refused: [],
    others: [],
    steps: {},
    values: {},
    ...more,
});

describe("docs/changing.md", () => {
    inRelease("has a row for every key of the configuration, and no other", () => {
        const keys = new Set([...schemaKeys("primary").keys(), ...schemaKeys("dr").keys()]);
        const recorded = new Set(variants.map(({ key }) => key));
        expect(
            [...keys].filter((key) => !recorded.has(key)),
            RECORD,
        ).to.be.empty;
        expect(
            [...recorded].filter((key) => !keys.has(key)),
            RECORD,
        ).to.be.empty;
    });

    it("is recorded from changes that differ from each other", () => {
        const ids = variants.map(idOf);
        expect(ids.filter((id, i) => ids.indexOf(id) < i)).to.deep.equal([]);
    });

    it("has the values that decide which effects an update has", () => {
        const conditional = EFFECTS.updates.filter(({ change }) => change !== undefined);
        const missing = variants.flatMap((variant) =>
            changesOf(variant)
                .filter(({ operation }) => operation === "update")
                .flatMap(({ type, name, properties: changed, before, after }) =>
                    conditional
                        .filter((it) => it.type === type)
                        .flatMap(({ properties }) => properties)
                        .filter((property) => changed.includes(property))
                        .filter((property) => before?.inputs[property] === undefined && after?.inputs[property] === undefined)
                        .map((property) => `${nameOf(variant)}: ${name} ${property}`),
                ),
        );
        expect([...new Set(missing)], `${RECORD} with --all for these keys`).to.be.empty;
    });

    it("is generated from the recording", () => {
        const page = readFileSync(PAGE, "utf8");
        expect(withKeys(page, recording), "run `npm run docs`").to.equal(page);
        expect(() => withKeys("no markers", recording)).to.throw("must contain");
    });

    inRelease("marks the keys that the program refuses to change, and no others", () => {
        const rules = Object.entries(RULES).map(([key, { deletion }]) => [
            key.replace("ai-platform:", ""),
            ...(deletion ? [deletion] : []),
        ]);
        // The account is no key. Rules for any service are recorded for one.
        const expected = rules
            .map((it) => it.join(": ").replace(".*.", ".api."))
            .filter((it) => it !== "account" && !UNRECORDED.includes(it));
        expect([...new Set(variants.flatMap(({ refused }) => refused))].sort(), RECORD).to.deep.equal(expected.sort());
    });

    // `npm run changing -- --check` in .ci/run compares all changes.
    inRelease("describes the program: a sample of the changes still has the recorded effects", async () => {
        const predictions = new Predictions();
        try {
            for (const recorded of variants.filter(({ key, base }) => SAMPLE.includes(`${base} ${key}`))) {
                const drift = driftOf(recorded, { variant: recorded, ...(await predictions.predict(recorded)) });
                expect(drift, `${nameOf(recorded)}: ${RECORD}`).to.be.empty;
            }
        } finally {
            predictions.remove();
        }
    });
});

describe("a recorded change", () => {
    it("that replaces or deletes a protected resource is refused, or needs a confirmation", () => {
        const losing = variants.filter((it) =>
            findingsOf(it).some((found) => ["replace", "delete"].includes(found.operation) && isProtected(found)),
        );
        expect(losing).to.not.be.empty;
        expect(losing.filter(({ refused }) => refused.length === 0).map(nameOf)).to.be.empty;
    });

    it("that loses other data, or an identity, is refused or intended", () => {
        const isLoss = ({ operation, loses }: ReturnType<typeof findingsOf>[number]) =>
            operation !== "update" && loses.some((loss) => loss === "data" || loss === "identity");
        const losing = variants.filter((it) => it.refused.length === 0 && !(it.key in ACCEPTED) && findingsOf(it).some(isLoss));
        expect(
            losing.map(
                (it) =>
                    `${nameOf(it)}: ${findingsOf(it)
                        .filter(isLoss)
                        .map(({ name }) => name)
                        .join(", ")}`,
            ),
        ).to.deep.equal([]);
    });
});

describe("a row of docs/changing.md", () => {
    const rowOf = (more: Partial<RecordedVariant>) => {
        const recorded = change(more);
        return {
            label: labelOf(recorded),
            effect: effectText(recorded, findingsOf(recorded)),
        };
    };
    const DATABASE = "aws:rds/instance:Instance database-instance";
    const TASK = "aws:ecs/taskDefinition:TaskDefinition api-task";

    it("names the direction of the change", () => {
        const labels: [RecordedVariant["from"], RecordedVariant["to"], string][] = [
            [1, 2, "increased"],
            [3, 2, "decreased"],
            [2, 1, "decreased to 1"],
            ["17", "17.6", "`17` → `17.6`"],
            [true, false, "`true` → `false`"],
            ["ON", "OPTIONAL", "`ON` → `OPTIONAL`"],
            ["10.0.0.0/16", "10.1.0.0/16", "changed"],
            [["a"], ["a", "b"], "entry added"],
            [["a", "b"], ["a"], "entry removed"],
            [["a"], ["b"], "entries changed"],
            [null, 1, "set"],
            [{ limitAmount: 5 }, null, "removed"],
        ];
        for (const [from, to, label] of labels) expect(rowOf({ from, to }).label).to.equal(label);
        const removed = rowOf({ key: "recovery.region", path: "recovery", from: {}, to: null, base: "dr", note: "with a domain" });
        expect(removed.label).to.equal("`recovery` removed, in dr, with a domain");
    });

    it("says what is lost with a replacement, and what only restarts", () => {
        const replaced = rowOf({
            steps: { "replace, deleted first": [`${DATABASE}: dbName*`], replace: [`${TASK}: containerDefinitions*`] },
        });
        expect(replaced.effect).to.equal(
            "**Replaces:** RDS database instance (lost: data, address). All data in the database and its automated backups are lost.",
        );
        const service = "aws:ecs/service:Service api-service: taskDefinition";
        expect(rowOf({ steps: { update: [service] } }).effect).to.equal("Rolling restart: ECS service.");
        expect(rowOf({ steps: { update: [`${DATABASE}: instanceClass`] } }).effect).to.equal(
            "**Restarts:** RDS database instance. AWS moves the instance to another host (Multi-AZ: a failover, typically 60 to 120 seconds. Single-AZ: minutes).",
        );
        const [before, after] = [{ backupRetentionPeriod: 7 }, { backupRetentionPeriod: 3 }];
        const shortened = rowOf({ steps: { update: [`${DATABASE}: backupRetentionPeriod`] }, values: { [DATABASE]: [before, after] } });
        expect(shortened.effect).to.equal("**Loses data:** automated backups older than the new period are deleted.");
        const extended = rowOf({ steps: { update: [`${DATABASE}: backupRetentionPeriod`] }, values: { [DATABASE]: [after, before] } });
        expect(extended.effect).to.equal("Updates in place: RDS database instance.");
    });

    it("says what is unavailable until its replacement exists", () => {
        const RULE = "aws:cloudwatch/eventRule:EventRule";
        const steps = { replace: [`${RULE} events-a: name*`], "replace, deleted first": [`${RULE} events-b: name*`] };
        expect(rowOf({ steps }).effect).to.equal("Replaces: event rule. Replaces: event rule (deleted first).");
    });

    it("says what only creates, and what does nothing", () => {
        expect(rowOf({ steps: { create: [TASK] } }).effect).to.equal("Creates: task definition.");
        expect(rowOf({}).effect).to.equal("No resource changes.");
    });

    it("says who refuses the change, and which other stacks must agree", () => {
        const steps = { delete: [DATABASE] };
        expect(rowOf({ refused: ["database.dbName"], others: ["dr: database.dbName"], steps }).effect).to.equal(
            "[**Rejected**](#rejected-changes). Also change `database.dbName` in dr.",
        );
        expect(rowOf({ refused: ["documents.enabled: documents"], steps }).effect).to.match(
            /^\[\*\*Requires confirmation\*\*\]\(#changes-that-require-confirmation\): `documents`\. \*\*Deletes:\*\* /,
        );
    });

    it("names many resources by their systems, and no parts of what it names", () => {
        const titles = (...resources: string[]) => titlesText(findingsOf(change({ steps: { create: resources } })));
        const types = ["queue:Queue", "table:Table", "topic:Topic", "key:Key", "role:Role", "rule:Rule", "stream:Stream"];
        const many = types.map((type, i) => `aws:x/${type} ${i < 3 ? "lake" : "events"}-${String(i)}`);
        expect(titles(...many)).to.equal("7 resources across events and data lake");
        expect(titles(...many.slice(0, 3))).to.equal("queue, table, and topic");
        const [queue, policy] = ["aws:sqs/queue:Queue events-work", "aws:sqs/queuePolicy:QueuePolicy events-work"];
        expect(titles(queue, policy)).to.equal("SQS queue");
        expect(titles(policy)).to.equal("queue policy");
    });
});

describe("the recording of changes", () => {
    it("is read as it was written", () => {
        const text = recordingText(recording);
        expect(recordingText(parseRecording(text))).to.equal(text);
        const emptied = change({ key: "events.notificationEmails", from: ["a"], to: [] });
        expect(parseRecording(recordingText({ provider: "7", variants: [emptied] })).variants[0]).to.deep.equal(emptied);
    });

    it("is out of date if the plan has other changes, or the guard another rule", () => {
        const created = "urn:pulumi:prod::ai-platform::aws:sqs/queue:Queue::events-work";
        const recorded = change({ steps: { create: ["aws:sqs/queue:Queue events-work"] }, planAdds: ["update x y"] });
        const prediction = { changes: [], created: [created], unchanged: 0, from: 1, refused: [], others: [] };
        const drift = (more: object) => driftOf(recorded, { variant: recorded, ...prediction, ...more });
        expect(drift({})).to.deep.equal(["no longer: update x y"]);
        expect(driftOf({ ...recorded, planAdds: [] }, { variant: recorded, ...prediction })).to.be.empty;
        expect(drift({ created: [] })).to.have.members(["no longer: update x y", "no longer: create aws:sqs/queue:Queue events-work"]);
        expect(drift({ refused: ["services.api.cpu"] })).to.include("other values, refusals, or settings of other stacks");
        expect(driftOf(undefined, { variant: recorded, ...prediction })).to.deep.equal(["isn't recorded"]);
    });

    it("needs an emulator and keys that exist", async () => {
        expect(await ran(changingCommand, ["--check", "--all"])).to.include({ code: 2, stdout: "" });
        expect((await ran(changingCommand, ["no.such.key"])).stderr).to.contain("unknown configuration key: no.such.key");
    });
});
