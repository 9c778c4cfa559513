/** Services of a live stack that are added, renamed, and removed. Part of the changes in live-changes.e2e.test.ts. */
import { expect } from "chai";
import type { Change } from "./live-changes.cases";
import type { LiveStack } from "./live-stack";

const RULE = "aws:lb/listenerRule:ListenerRule";

/** A second service, which uses the database. */
const settingsOf = (name: string): Record<string, string> => ({
    [`services.${name}.image`]: "registry.example.org/reports:1",
    [`services.${name}.path`]: "/api/reports/*",
    [`services.${name}.uses[0]`]: "database",
    [`services.${name}.tracing`]: "false",
    [`services.${name}.waitForSteadyState`]: "false",
});
/** What belongs to a service: its own resources and alarms, the rules to and from it. */
const resourcesOf = (name: string) => [new RegExp(`::${name}-`), new RegExp(`-(from|to)-${name}-\\d+$`)];
/** Its alarms are in the composite alarm and on the dashboard. */
const ALARMS = ["observability-composite", "observability-dashboard"];

/** The first service and its rule stay the same. */
const keepsFirst = async (live: LiveStack) => {
    expect(await live.input(RULE, "api-rule", "conditions")).to.deep.equal([{ pathPattern: { values: ["/api", "/api/*", "/healthz"] } }]);
};

export const SERVICES: Change[][] = [
    [
        {
            title: "adds a service: its rule and its permissions before its tasks",
            set: settingsOf("reports"),
            effect: { create: resourcesOf("reports"), update: ALARMS },
            order: [
                ["create reports-rule", "create reports-service"],
                ["create reports-execution-start", "create reports-service"],
            ],
            after: keepsFirst,
        },
    ],
    [
        {
            title: "renames a service: the new one is created before the old one is deleted",
            set: settingsOf("insights"),
            remove: ["services.reports"],
            effect: { create: resourcesOf("insights"), delete: resourcesOf("reports"), update: ALARMS },
            order: [
                ["create insights-service", "delete reports-service"],
                ["create insights-rule", "delete reports-rule"],
                ["delete reports-service", "delete reports-rule"],
            ],
            after: keepsFirst,
        },
    ],
    [
        {
            title: "removes a service: its tasks before its rule and its roles",
            remove: ["services.insights"],
            effect: { delete: resourcesOf("insights"), update: ALARMS },
            order: [
                ["delete insights-service", "delete insights-rule"],
                ["delete insights-service", "delete insights-tasks-group"],
            ],
            after: keepsFirst,
        },
    ],
];
