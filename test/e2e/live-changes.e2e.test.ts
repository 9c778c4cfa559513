import { expect } from "chai";
import { nameOf } from "../../components/testing/urn";
import { type Deployment, missing, Project, type Steps, skipIfMissing } from "./support";

/** Changes of a live stack, one after the other, each with everything that the engine does because of it. */

/** Logical names by operation; an entry can be a pattern. Deletions of replaced resources are part of `replace`. */
interface Effect {
    create?: (string | RegExp)[];
    update?: (string | RegExp)[];
    replace?: (string | RegExp)[];
    delete?: (string | RegExp)[];
}

interface Change {
    title: string;
    /** Values by path, as `pulumi config set --path` takes them. */
    set?: Record<string, string>;
    remove?: string[];
    effect: Effect;
}

const key = (path: string) => `ai-platform:${path}`;

/** What has the subnets of the network among its arguments. */
const PLACED = ["api-alb", "api-service", "cache-subnets", "database-subnets", "documents-subnets", "ingest-reader-function"];
/** A VPC link can't change its subnets: AWS allows no update. The API is deployed again with the new link. */
const LINK = { replace: ["gateway-link", "gateway-deployment"], update: [/^gateway-.*-to-service$/] };
const SUBNETS = [/^network-data-/, /^network-private-/, /^network-public-/];

const CHANGES: Change[] = [
    {
        title: "adds the subnets of a third Availability Zone",
        set: { "network.numberOfAvailabilityZones": "3" },
        effect: { create: SUBNETS, update: [...PLACED, ...LINK.update], replace: LINK.replace },
    },
    {
        title: "removes the subnets of the third zone again",
        set: { "network.numberOfAvailabilityZones": "2" },
        effect: { delete: SUBNETS, update: [...PLACED, ...LINK.update], replace: LINK.replace },
    },
    {
        title: "deletes the subscription of the first email address, and no other",
        remove: ["events.notificationEmails[0]"],
        effect: { delete: [/^events-notifications-email-first-/] },
    },
    {
        title: "deletes the subscription of the first pager, and no other",
        remove: ["observability.pagingWebhooks[0]"],
        effect: { delete: [/^observability-pages-to-/] },
    },
    {
        // The target group stays: ECS registers each task with its own port.
        title: "opens another port for a new task definition, deploys the service, and closes the old port",
        set: { "service.containerPort": "8081" },
        effect: {
            create: ["api-alb-to-api-8081", "api-from-api-alb-8081"],
            replace: ["api-task"],
            update: ["api-service"],
            delete: ["api-alb-to-api-8080", "api-from-api-alb-8080"],
        },
    },
];

const OPERATIONS: Record<string, keyof Effect> = {
    create: "create",
    update: "update",
    replace: "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    delete: "delete",
};

/** Names by operation, sorted and without duplicates. */
function effectOf(steps: Steps): Record<string, string[]> {
    const effect: Record<string, Set<string>> = {};
    for (const [op, urns] of Object.entries(steps)) {
        for (const urn of urns) (effect[OPERATIONS[op] ?? op] ??= new Set()).add(nameOf(urn));
    }
    return Object.fromEntries(Object.entries(effect).map(([op, names]) => [op, [...names].sort()]));
}

function expectEffect(steps: Steps, expected: Effect): void {
    const actual = effectOf(steps);
    expect(Object.keys(actual).sort(), JSON.stringify(actual)).to.deep.equal(Object.keys(expected).sort());
    for (const [op, patterns] of Object.entries(expected) as [keyof Effect, (string | RegExp)[]][]) {
        const names = actual[op] ?? [];
        const matches = (name: string, pattern: string | RegExp) => (typeof pattern === "string" ? name === pattern : pattern.test(name));
        const unexpected = names.filter((name) => !patterns.some((pattern) => matches(name, pattern)));
        const absent = patterns.filter((pattern) => !names.some((name) => matches(name, pattern)));
        expect({ unexpected, absent: absent.map(String) }, op).to.deep.equal({ unexpected: [], absent: [] });
    }
}

describe("changes of a live stack", function () {
    this.timeout(30 * 60_000);
    let project: Project;
    let dev: Deployment;

    before(async function () {
        skipIfMissing(this);
        project = new Project();
        dev = await project.stack("dev", {
            [key("events.notificationEmails[0]")]: "first@example.com",
            [key("events.notificationEmails[1]")]: "second@example.com",
            [key("observability.pagingWebhooks[0]")]: "https://pager.example.com/first",
            [key("observability.pagingWebhooks[1]")]: "https://pager.example.com/second",
        });
        await dev.create();
    });
    after(async () => {
        if (missing()) return;
        await dev.destroy();
        project.remove();
    });

    for (const { title, set = {}, remove = [], effect } of CHANGES) {
        it(title, async () => {
            for (const path of remove) await dev.remove(key(path));
            for (const [path, value] of Object.entries(set)) await dev.set(key(path), value);
            const steps = await dev.up();
            expectEffect(steps, effect);
        });
    }
});
