import { expect } from "chai";
import { isKnownChange } from "../../tools/changes/conditions";
import { EFFECTS, REPLACING } from "../../tools/changes/table";
import { PLANS, resourcesOf } from "../support/plans";

const LOSSES = ["data", "identity", "address", "availability"];

describe("the tables of npm run changes", () => {
    const { types, holdsNothing, updates, rejections, sources } = EFFECTS;

    it("contain every type that the platform plans", async () => {
        const planned = new Set<string>();
        for (const name of Object.keys(PLANS)) for (const { type, custom } of await resourcesOf(name)) if (custom) planned.add(type);
        const unknown = [...planned].filter((type) => !(type in types) && !holdsNothing.includes(type));
        expect(unknown, "effects.json").to.be.empty;
        const withoutProperties = [...planned].filter((type) => !type.startsWith("pulumi:") && !(type in REPLACING));
        expect(withoutProperties, "replacing.json").to.be.empty;
    });

    it("contain each type once", () => {
        expect(holdsNothing.filter((type) => type in types)).to.be.empty;
        expect(new Set(holdsNothing).size).to.equal(holdsNothing.length);
    });

    it("have a source for every entry, and no unused sources", () => {
        const entries = [...Object.values(types), ...updates, ...rejections];
        const used = new Set(entries.flatMap((entry) => entry.sources));
        expect(entries.filter((entry) => entry.sources.length === 0)).to.be.empty;
        expect([...used].filter((name) => !(name in sources))).to.be.empty;
        expect(Object.keys(sources).filter((name) => !used.has(name))).to.be.empty;
        expect(Object.values(sources).filter((address) => !address.startsWith("https://"))).to.be.empty;
        expect(EFFECTS.written).to.match(/^\d{4}-\d\d-\d\d$/);
    });

    it("have a recovery hint, and only fields that the tool supports", () => {
        for (const [type, { loses, recover, text, title }] of Object.entries(types)) {
            expect(LOSSES, type).to.include.members(loses);
            for (const part of [recover, text, title]) expect(part, type).to.not.be.empty;
        }
        for (const { change, type, loses = [], interruption } of updates) {
            expect(change === undefined || isKnownChange(change), `${type}: ${change}`).to.be.true;
            expect(LOSSES, type).to.include.members(loses);
            expect(interruption, type).to.not.be.empty;
        }
        const conditions = ["property", "change", "old", "oldNot", "new", "newNot", "unchanged", "notCauses", "newNetwork"];
        for (const { when, type, certainty, operation, procedure } of rejections) {
            expect(when.change === undefined || isKnownChange(when.change), `${type}: ${when.change}`).to.be.true;
            expect(conditions, type).to.include.members(Object.keys(when));
            expect(["always", "depends"]).to.include(certainty);
            expect(["update", "replace", "delete"]).to.include(operation);
            expect(procedure, type).to.not.be.empty;
        }
    });

    for (const [type, replacing, others] of [
        [
            "aws:rds/instance:Instance",
            ["engine", "username", "dbName", "storageEncrypted"],
            ["instanceClass", "engineVersion", "identifier"],
        ],
        ["aws:s3/bucket:Bucket", ["bucket"], ["forceDestroy"]],
        ["aws:ec2/vpc:Vpc", ["cidrBlock"], ["enableDnsSupport"]],
        ["aws:cognito/userPool:UserPool", ["usernameAttributes"], ["passwordPolicy"]],
        ["aws:elasticache/replicationGroup:ReplicationGroup", ["engine", "subnetGroupName"], ["nodeType"]],
        ["aws:sns/topic:Topic", ["name"], ["displayName"]],
    ] as const) {
        it(`contain the properties that replace ${type}`, () => {
            expect(REPLACING[type]!.replaces)
                .to.include.members([...replacing])
                .and.not.include.members([...others]);
            for (const property of others) expect(REPLACING[type]!.replaces).to.not.include(property);
        });
    }
});
