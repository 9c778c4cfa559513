/** Changes of the domain, of recovery, and of the protection of a live stack. */
import { expect } from "chai";
import type { Change } from "./live-changes.cases";
import { PRIMARY, RECOVERY } from "./live-stack";

/** The DNS records and the name of the API, and what knows the address of the site. */
const DOMAIN = {
    create: [/::edge-certificate-validation-/, /::edge-\w+\.example\.com-a+$/, /::gateway-certificate-validation-/],
    update: ["edge-distribution", "gateway-keep-warm", "identity-site"],
};

/** Copies of keys, secrets, buckets, and images in the recovery region, and their alarms. */
const COPIES = [
    /-us-west-2(-alerts|$)/,
    /::(copy-|backups-|origin-secret-)/,
    /-copy(-|$)/,
    /::images-.*recovery$/,
    /replication(-failed|-latency|$)/,
    /::recovery-(table|stack-primary)$/,
];
/** What the DNS failover of the API adds. Its path belongs to the routes. */
const FAILOVER = [/::gateway-regional-/, "gateway-switch", /::gateway-certificate-validation-api-us-east-1/];

/** Everything about a route. Routes are replaced together, so that the next deployment doesn't contain a removed one. */
const ROUTES = /::gateway-(any|get|path)-/;

/** The API's record gets its failover policy, and its firewall lets the health checks of the switch pass. */
const SWITCHED = ["gateway-api-record", "gateway-firewall", "gateway-keep-warm", "gateway-stage"];
const SECRETS = [/::database-connection-secret$/, "jwt-secret-secret"];
/** With a counterpart, the role of enhanced monitoring trusts the instances that replace the database, too. */
const REPLICATED = [/::(alerts|data|logs)-encryption-key$/, "edge-distribution", "database-monitoring"];

/** What starts tasks and ingest, and what reports whether the stack is active. */
const ACTIVE = ["api-scaling", "ingest-mapping", "ingest-created", "gateway-stage"];
/** Alarms on tasks that a passive stack doesn't have. With recovery, those that page leave the composite alarm. */
const PAGES = ["api-running-tasks", "gateway-5xx", "services-alb-errors"];
const QUIET = [...PAGES, "gateway-keep-warm"];

/** Domain and recovery, added one after the other. */
export const ADDITIONS: Change[][] = [
    [
        {
            title: "adds a domain: certificates and names, and a distribution that stays",
            set: { "domain.name": "app.example.com", "domain.zoneId": "Z0123456789ABCDEFGHIJ" },
            effect: {
                create: [...DOMAIN.create, /::edge-certificate/, /::gateway-certificate/, /::gateway-api-(name|record)/],
                update: [...DOMAIN.update, "gateway-api", "observability-dashboard"],
                replace: ["gateway-deployment"],
            },
        },
    ],
    [
        {
            title: "changes the domain: the old certificates and names serve until the new ones do",
            set: { "domain.name": "portal.example.com", "confirmDeletion[0]": "domain" },
            effect: {
                create: DOMAIN.create,
                update: DOMAIN.update,
                replace: ["edge-certificate", "gateway-certificate", /::gateway-api-(name|record)/],
                delete: DOMAIN.create,
            },
            order: [
                ["create-replacement edge-certificate", "update edge-distribution"],
                ["update edge-distribution", "delete-replaced edge-certificate"],
                ["update edge-distribution", "delete-replaced gateway-api-name"],
                ["update edge-distribution", "delete edge-app.example.com-a"],
            ],
        },
    ],
    [
        {
            title: "adds recovery: copies, backups, and the DNS failover, and nothing that holds data is replaced",
            set: { "recovery.region": RECOVERY },
            effect: {
                create: [...COPIES, /::images-/, ...FAILOVER, /::gateway-(failover|path-failover)/],
                update: [...REPLICATED, ...SECRETS, ...SWITCHED, ...PAGES, "observability-composite", "observability-dashboard"],
                replace: [ROUTES, "gateway-deployment", "gateway-certificate"],
            },
            after: async (live) => expect((await live.dataIn(RECOVERY)).map(purposeOf)).to.include.members(["data", "raw", "jwt", "api"]),
        },
    ],
    [
        {
            title: "replicates in both directions, from the same buckets",
            set: { "lake.recovery.twoWay": "true", "edge.recovery.twoWay": "true" },
            effect: { create: [/-reverse-replication/], update: [/::(lake-(raw|curated)|edge)-replication$/, "observability-dashboard"] },
        },
    ],
    [
        {
            title: "replicates in one direction again",
            set: { "lake.recovery.twoWay": "false", "edge.recovery.twoWay": "false" },
            effect: { delete: [/-reverse-replication/], update: [/::(lake-(raw|curated)|edge)-replication$/, "observability-dashboard"] },
        },
    ],
    [
        {
            title: "makes the stack passive, as after a failover: no tasks, no ingest, and the API reports it",
            set: { active: "false" },
            effect: { update: [...ACTIVE, ...QUIET] },
            after: async (live) => {
                expect(await live.input("aws:appautoscaling/target:Target", "api-scaling", "maxCapacity")).to.equal(0);
                expect(await live.input("aws:lambda/eventSourceMapping:EventSourceMapping", "ingest-mapping", "enabled")).to.equal(false);
            },
        },
    ],
    [{ title: "makes it active again", set: { active: "true" }, effect: { update: [...ACTIVE, ...QUIET] } }],
];

/** Settings that allow deletion, or make it safe. Turning protection on or off changes these, and nothing else. */
export const PROTECTION_INPUTS = [
    "deleteAutomatedBackups",
    "deletionProtection",
    "deletionProtectionEnabled",
    "deletionWindowInDays",
    "finalSnapshotIdentifier",
    "forceDelete",
    "forceDestroy",
    "policy",
    "recoveryWindowInDays",
    "skipFinalSnapshot",
];
/** The two kinds of deletion that the protected stack confirms. */
export const REMOVAL: Change[] = [
    {
        title: "deletes the document store and ingest, after the service has left it",
        set: { "documents.enabled": "false" },
        effect: {
            delete: [/::documents-/, /::ingest-/, /-(to|from)-documents-\d+$/],
            replace: ["api-task"],
            update: ["api-service", "api-execution-start"],
        },
        order: [
            ["update api-service", "delete documents-from-api-27017"],
            ["update api-service", "delete documents-cluster"],
        ],
        after: async (live) => expect(await live.hasSecret("documents")).to.equal(false),
    },
    {
        title: "deletes the copies in the recovery region, and nothing in the own one",
        remove: ["recovery"],
        effect: {
            delete: [...COPIES, /::images-/, ...FAILOVER, /::gateway-(failover|path-failover)/],
            update: [...REPLICATED, ...SWITCHED, ...PAGES, "observability-composite", "observability-dashboard"],
            replace: [ROUTES, "gateway-deployment", "gateway-certificate"],
            // Older providers keep the last replica of a secret: https://github.com/hashicorp/terraform-provider-aws/issues/23316.
            optional: SECRETS,
        },
        after: async (live) => {
            const copies = await live.dataIn(RECOVERY);
            expect(copies.filter((name) => !/\/dev\/(database|jwt)$/.test(name))).to.deep.equal([]);
            expect((await live.dataIn(PRIMARY)).map(purposeOf)).to.include.members(["data", "raw", "curated", "jwt", "database", "api"]);
        },
    },
];

/** `raw` of ai-platform-dev-raw-123456789012-us-west-2, `data` of alias/ai-platform-dev-data, `jwt` of ai-platform/dev/jwt. */
const purposeOf = (name: string): string => name.split(/[-/]dev[-/]/)[1]?.replace(/-\d{12}-.*$/, "") ?? name;
