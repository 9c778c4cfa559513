/**
 * Changes of a live stack, and what the engine does because of each. The changes of one list are made in the same update: they are independent,
 * and each resource belongs to the effect of one of them.
 */
import { expect } from "chai";
import type { Effect, Order } from "./effects";
import { type LiveStack, zoneBeside } from "./live-stack";
import type { Project } from "./support";

export interface Change {
    title: string;
    /** Values by path below `ai-platform:`, as `pulumi config set --path` takes them. */
    set?: Record<string, string> | ((live: LiveStack) => Promise<Record<string, string>>);
    remove?: string[];
    /** A change of the program, for what the configuration can't change. */
    edit?: (live: LiveStack) => void;
    effect: Effect;
    order?: Order[];
    /** What must exist afterwards. */
    after?: (live: LiveStack) => Promise<unknown>;
}

/** Settings of the stack before the first change. */
export const BEFORE: Record<string, string> = {
    "events.notificationEmails[0]": "first@example.com",
    "events.notificationEmails[1]": "second@example.com",
    "observability.pagingWebhooks[0]": "https://pager.example.com/first",
    "observability.pagingWebhooks[1]": "https://pager.example.com/second",
    "database.engineVersion": "16",
    "services.api.waitForSteadyState": "true",
};

/** Parts of an earlier program, with which the stack is created: a route that is removed later, and a version of the cache. */
const EARLIER = {
    route: { file: "stacks/api.ts", place: "routes: { ", more: '"GET /reports": { open: true }, ' },
    cache: { file: "stacks/cache.ts", place: "...cache, ", more: 'engineVersion: "8.0", ' },
};
export function useEarlierProgram(project: Project): void {
    for (const { file, place, more } of Object.values(EARLIER)) project.edit(file, (text) => text.replace(place, place + more));
}
const withoutEarlier =
    ({ file, more }: (typeof EARLIER)["route"]) =>
    ({ project }: LiveStack) => {
        project.edit(file, (text) => text.replace(more, ""));
    };

/** What has the subnets of the network among its arguments. */
const PLACED = ["services-alb", "api-service", "cache-subnets", "database-subnets", "documents-subnets", "ingest-reader-function"];
/** A VPC link can't change its subnets: AWS allows no update. The API is deployed again with the new link. */
const LINK = { replace: ["gateway-link", "gateway-deployment"], update: [/::gateway-.*-to-service$/] };
const SUBNETS = [/::network-data-/, /::network-private-/, /::network-public-/];
const NEW_LINK: Order[] = [
    ["create-replacement gateway-link", "create-replacement gateway-deployment"],
    ["create-replacement gateway-deployment", "delete-replaced gateway-link"],
];

const CLUSTER = "aws:docdb/cluster:Cluster";
const GROUP = "aws:elasticache/replicationGroup:ReplicationGroup";
const INSTANCE = "aws:rds/instance:Instance";
const SERVICE = "aws:ecs/service:Service";

/** Network, service, API, and data stores. */
export const CHANGES: Change[][] = [
    [
        {
            title: "adds the subnets of a third Availability Zone",
            set: { "network.numberOfAvailabilityZones": "3" },
            effect: { create: SUBNETS, update: [...PLACED, ...LINK.update], replace: LINK.replace },
            order: NEW_LINK,
            after: async (live) => expect(await live.zones()).to.have.length(3),
        },
    ],
    [
        {
            title: "removes the subnets of the third zone again, after everything has left them",
            set: { "network.numberOfAvailabilityZones": "2" },
            effect: { delete: SUBNETS, update: [...PLACED, ...LINK.update], replace: LINK.replace },
            order: NEW_LINK,
            after: async (live) => expect(await live.zones()).to.have.length(2),
        },
    ],
    [
        {
            title: "exchanges a zone: the new subnets first, the old ones last",
            set: async (live) => {
                const [kept = "", removed = ""] = await live.zones();
                return {
                    "network.availabilityZoneNames[0]": kept,
                    "network.availabilityZoneNames[1]": await zoneBeside([kept, removed]),
                };
            },
            effect: { create: SUBNETS, delete: SUBNETS, update: [...PLACED, ...LINK.update], replace: LINK.replace },
            order: NEW_LINK,
            after: async (live) => {
                expect(await live.zones())
                    .to.have.length(2)
                    .and.to.include(await live.configured("network.availabilityZoneNames[1]"));
            },
        },
    ],
    [
        {
            title: "deletes the subscription of the first email address, and no other",
            remove: ["events.notificationEmails[0]"],
            effect: { delete: [/::events-notifications-email-first-/] },
        },
        {
            title: "deletes the subscription of the first pager, and no other",
            remove: ["observability.pagingWebhooks[0]"],
            effect: { delete: [/::observability-pages-to-/] },
        },
        {
            title: "keeps all logs for two weeks",
            set: { logRetentionDays: "14" },
            effect: { update: [/logGroup:LogGroup::/] },
            after: async (live) => expect(await live.logGroupsNotKeptFor(14)).to.deep.equal([]),
        },
        {
            title: "keeps the backups of all data stores for longer",
            set: { "database.backupRetentionPeriod": "9", "documents.backupRetentionPeriod": "9", "cache.snapshotRetentionLimit": "9" },
            effect: { update: ["database-instance", "documents-cluster", "cache-group"] },
            after: async (live) => {
                expect(await live.input(INSTANCE, "database-instance", "backupRetentionPeriod")).to.equal(9);
                expect(await live.input(CLUSTER, "documents-cluster", "backupRetentionPeriod")).to.equal(9);
                expect(await live.input(GROUP, "cache-group", "snapshotRetentionLimit")).to.equal(9);
            },
        },
        {
            title: "moves tasks to Spot by a deployment of the same service",
            set: { "services.api.spotPercent": "50" },
            effect: { update: ["api-service"] },
            after: async (live) => {
                const strategies = await live.input(SERVICE, "api-service", "capacityProviderStrategies");
                expect(strategies).to.deep.equal([
                    { base: 1, capacityProvider: "FARGATE", weight: 50 },
                    { capacityProvider: "FARGATE_SPOT", weight: 50 },
                ]);
            },
        },
    ],
    [
        {
            title: "opens another port, deploys the service, and then closes the old port",
            set: { "services.api.containerPort": "8081" },
            effect: {
                create: ["api-from-services-alb-8081", "services-alb-to-api-8081"],
                replace: ["api-task"],
                update: ["api-service"],
                delete: ["api-from-services-alb-8080", "services-alb-to-api-8080"],
            },
            order: ["api-from-services-alb", "services-alb-to-api"].flatMap((rule): Order[] => [
                [`create ${rule}-8081`, `delete ${rule}-8080`],
                ["update api-service", `delete ${rule}-8080`],
            ]),
        },
    ],
    [
        {
            title: "deletes a route before the API is deployed, and the old deployment last",
            edit: withoutEarlier(EARLIER.route),
            effect: {
                delete: [/::gateway-(get|path)-reports/],
                replace: [/::gateway-(any|get|path)-(api|config|health)/, "gateway-deployment"],
            },
            order: [
                ["delete-replaced gateway-get-reports", "create-replacement gateway-deployment"],
                ["delete-replaced gateway-path-reports", "create-replacement gateway-deployment"],
                ["create-replacement gateway-any-api", "create-replacement gateway-deployment"],
                ["create-replacement gateway-deployment", "delete-replaced gateway-deployment"],
            ],
        },
    ],
    [
        {
            title: "upgrades PostgreSQL with a parameter group of the new version, and deletes the old one last",
            set: {
                "database.engineVersion": "17",
                "database.allowMajorVersionUpgrade": "true",
                "database.applyImmediately": "true",
            },
            effect: { replace: ["database-parameters"], update: ["database-instance"] },
            order: [
                ["create-replacement database-parameters", "update database-instance"],
                ["update database-instance", "delete-replaced database-parameters"],
            ],
            after: async (live) => expect(await live.input(INSTANCE, "database-instance", "engineVersion")).to.equal("17"),
        },
        {
            title: "upgrades the cache in place",
            edit: withoutEarlier(EARLIER.cache),
            effect: { update: ["cache-group"] },
            after: async (live) => expect(await live.input(GROUP, "cache-group", "engineVersion")).to.equal("8.1"),
        },
    ],
    [
        {
            title: "changes the class of the database's instance in place",
            set: { "database.instanceClass": "db.t4g.small" },
            // The thresholds of its alarms and of those of the document instance are on the dashboard.
            effect: { update: ["database-instance", "database-connections", "database-free-memory", "observability-dashboard"] },
        },
        {
            title: "changes the cache's nodes in place",
            set: { "cache.nodeType": "cache.t4g.small" },
            effect: { update: ["cache-group"] },
        },
        {
            title: "changes the class of the document instance in place",
            set: { "documents.instanceClass": "db.r6g.large" },
            effect: { update: ["documents-1", "documents-connections", "documents-free-memory"] },
        },
    ],
];
