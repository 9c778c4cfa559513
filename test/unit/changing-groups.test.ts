import { expect } from "chai";
import { attribute } from "../../tools/changing/attribute";
import { groupsOf, type Predicted } from "../../tools/changing/group";
import type { Change, Operation } from "../../tools/changes/types";

const TASK = "aws:ecs/service:Service";
const DASHBOARD = "aws:cloudwatch/dashboard:Dashboard";
const CACHE = "aws:elasticache/replicationGroup:ReplicationGroup";
const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
const QUEUE = "aws:sqs/queue:Queue";
const urnOf = (type: string, name: string) => `urn:pulumi:prod::ai-platform::${type}::${name}`;

function change(type: string, name: string, properties: string[], operation: Operation = "update"): Change {
    return { urn: urnOf(type, name), type, name, operation, op: "", properties, causes: [] };
}

const predicted = (key: string, changes: Change[], created: string[] = []): Predicted => ({
    variant: { key, base: "prod", to: true },
    changes,
    created,
    unchanged: 0,
    from: false,
    refused: [],
    others: [],
});

const keys = (changes: Predicted[], isValid = () => true) =>
    groupsOf(changes, isValid)
        .map((group) => group.map(({ variant }) => variant.key).sort())
        .sort();

describe("the groups of changes that share a preview", () => {
    it("have no resource in common, except an update of one that holds nothing", () => {
        const [api, dashboard] = [change(TASK, "api", ["taskDefinition"]), change(DASHBOARD, "dashboard", ["dashboardBody"])];
        expect(keys([predicted("services.api.cpu", [api]), predicted("services.api.image", [api])])).to.have.length(2);
        expect(keys([predicted("services.api.cpu", [api, dashboard]), predicted("cache.nodes", [dashboard])])).to.have.length(1);
        const created = predicted("documents.enabled", [], [dashboard.urn]);
        expect(keys([created, predicted("cache.nodes", [dashboard])])).to.have.length(2);
    });

    it("don't change a key twice, or a key and its section", () => {
        const changes = [predicted("recovery.environment", []), predicted("recovery", [change(TASK, "api", [])])];
        expect(keys(changes)).to.deep.equal([["recovery"], ["recovery.environment"]]);
    });

    it("are valid configurations", () => {
        const changes = [predicted("network.subnets.data", []), predicted("network.availabilityZoneNames", [])];
        expect(keys(changes)).to.have.length(1);
        expect(keys(changes, () => false)).to.have.length(2);
    });

    it("leave settings of the provider alone, because they concern every resource", () => {
        const changes = [predicted("aws:profile", []), predicted("jwtVersion", []), predicted("services.api.cpu", [])];
        expect(keys(changes)).to.deep.equal([["aws:profile"], ["jwtVersion", "services.api.cpu"]]);
    });

    it("leave a change alone whose previews are known to show more than its plan", () => {
        const spreading = { ...predicted("domain.name", []), spreads: true };
        expect(keys([spreading, predicted("jwtVersion", []), predicted("services.api.cpu", [])])).to.deep.equal([
            ["domain.name"],
            ["jwtVersion", "services.api.cpu"],
        ]);
    });
});

describe("the resources of a shared preview", () => {
    const api = change(TASK, "api", ["taskDefinition"]);
    const group = [
        predicted("services.api.cpu", [api, change(DASHBOARD, "dashboard", ["dashboardBody"])]),
        predicted("cache.engine", [change(CACHE, "group", ["engine"], "replace"), change(DASHBOARD, "dashboard", ["dashboardBody"])]),
    ];
    const names = (changes: Change[]) => {
        const result = attribute(group, changes);
        return "parts" in result ? result.parts.map((part) => part.map(({ name }) => name)) : result.ambiguous;
    };

    it("belong to the change whose plan has them, or all of those", () => {
        const shown = [api, change(CACHE, "group", ["engine"], "replace"), change(DASHBOARD, "dashboard", ["dashboardBody"])];
        expect(names(shown)).to.deep.equal([
            ["api", "dashboard"],
            ["group", "dashboard"],
        ]);
    });

    it("can't be divided if no plan has them, or an update of several has a property that none has", () => {
        expect(names([change(ALARM, "cache-cpu", ["dimensions"])])).to.contain("cache-cpu");
        expect(names([change(DASHBOARD, "dashboard", ["dashboardBody", "dashboardName"])])).to.contain("dashboardName");
    });

    it("all belong to a change without a group", () => {
        const result = attribute(group.slice(0, 1), [change(QUEUE, "other", ["name"])]);
        expect(result).to.have.property("parts").with.length(1);
    });
});
