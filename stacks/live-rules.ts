/** The changes of a live stack that an update rejects, by key. */
import {
    changesAccess,
    changesBlocks,
    changesEntries,
    losesAddresses,
    movesEntries,
    removesEntries,
    takesPlaces,
    turnsOff,
} from "./live-comparisons";
import { RULES_OF_BACKUPS } from "./live-rules-backups";
import { PROJECT } from "./names";
import type { Deletion } from "./protection";

/** The values that the stack was deployed with, by full key: the output `deployedWith` of the stack. */
export type Settings = Record<string, unknown>;

export interface Rule {
    /** Whether the change loses something. @default true for every change */
    loses?: (before: unknown, after: unknown) => boolean;
    /** Whether another setting makes the change possible. @default never */
    unless?: (after: Settings) => boolean;
    /** What the update would do. */
    effect: string;
    /** How to make the change instead, or what to do before a deletion. */
    procedure: string;
    /** Name in `confirmDeletion` that allows the change. */
    deletion?: Deletion;
    /** The value before versions that record the key. @default none: a change from such a version isn't compared */
    initially?: unknown;
    /** The deleted resources are never protected, so the deletion takes one update. @default false */
    unprotected?: boolean;
}

const NEW_ENVIRONMENT = "Deploy a new environment, move the data, and destroy this one";
const NETWORK = {
    effect: "replaces subnets that contain databases, which AWS rejects partway through the update",
    procedure: NEW_ENVIRONMENT,
};
/** Removing the key changes nothing, and is therefore possible. */
const RESTORE: Rule = {
    initially: null,
    loses: (_, after) => after !== null,
    effect: "has no effect, because a database is restored only when it is created",
    procedure: "Restore into a new stack, or replace the instance as described in docs/databases.md",
};
/** Effect and procedure of turning off a system, by section of the configuration. */
const SWITCHES = {
    cache: ["deletes the cache (a final snapshot remains) and its secret", "Make sure that nothing needs the cached values"],
    documents: ["deletes the document cluster, its secret, and the queues of document ingest", "Export the documents"],
    lake: [
        "deletes the buckets of the data lake, their copies in the recovery region, and the event stream",
        "Copy the objects that you need",
    ],
    events: [
        "deletes the event bus, its archive, the event stream, and the work queue with its messages",
        "Replay and process the events that you still need",
    ],
    ai: ["deletes the guardrail, its key, and the logged prompts and responses", "Copy the objects that you need"],
    identity: ["deletes the user pool with all users and their passwords", "Export the users"],
    api: ["deletes the REST API, and with it the URL that clients use", "Move clients to another address"],
    edge: ["deletes the distribution of the site with its URL, and the bucket of the site", "Move clients to another address"],
} as const satisfies Partial<Record<Deletion, [effect: string, procedure: string]>>;

/** Every system was on before versions that record the keys, except `documents`, which all versions record. */
function switchRules(): Record<string, Rule> {
    const rules = Object.entries(SWITCHES).map(([system, [effect, procedure]]): [string, Rule] => [
        `${PROJECT}:${system}.enabled`,
        { initially: true, loses: turnsOff, effect, procedure, deletion: system as keyof typeof SWITCHES },
    ]);
    return Object.fromEntries(rules);
}

/** The rules by full key. A key that isn't in both records is not compared. */
export const RULES: Record<string, Rule> = {
    account: {
        effect: "replaces everything, because names contain the account",
        procedure: "Use the credentials of the account that the stack was deployed to, or create another stack for this account",
    },
    "aws:region": { effect: "replaces everything, with an empty database", procedure: "Create a stack for the other region" },
    [`${PROJECT}:role`]: { effect: "replaces the database and its keys", procedure: "Create a stack for the other role" },
    [`${PROJECT}:environment`]: {
        effect: "renames databases, buckets, secrets, and most other resources, which replaces them",
        procedure: `If the stack was renamed, set environment to its old name. Otherwise: ${NEW_ENVIRONMENT.toLowerCase()}`,
    },
    [`${PROJECT}:namePrefix`]: {
        initially: PROJECT,
        effect: "renames databases, buckets, secrets, and most other resources, which replaces them",
        procedure: NEW_ENVIRONMENT,
    },
    [`${PROJECT}:network.cidrBlock`]: {
        effect: "replaces the network, and AWS can't move databases between networks",
        procedure: NEW_ENVIRONMENT,
    },
    [`${PROJECT}:network.subnets.public`]: { ...NETWORK, loses: changesBlocks },
    [`${PROJECT}:network.subnets.private`]: { ...NETWORK, loses: changesBlocks },
    [`${PROJECT}:network.subnets.data`]: { ...NETWORK, loses: changesBlocks },
    [`${PROJECT}:network.existing.dataSubnetIds`]: {
        loses: changesBlocks,
        effect: "replaces the subnet of a zone that contains databases or cache nodes, which AWS rejects partway through the update",
        procedure: NEW_ENVIRONMENT,
    },
    [`${PROJECT}:network.natGateways`]: {
        loses: losesAddresses,
        effect: "releases Elastic IP addresses, which partners might have on their allowlists. You can't recover the same addresses",
        procedure: "Tell these partners which addresses remain",
        deletion: "addresses",
    },
    [`${PROJECT}:database.dbName`]: {
        effect: "replaces the database instance, and its data is lost",
        procedure: `Create additional databases with SQL (CREATE DATABASE). To rename this database, ${NEW_ENVIRONMENT.toLowerCase()}`,
    },
    [`${PROJECT}:database.username`]: {
        effect: "replaces the database instance, and its data is lost",
        procedure: "Create additional users with SQL (CREATE ROLE). The name of the master user can't be changed",
    },
    [`${PROJECT}:database.allocatedStorage`]: {
        loses: (before, after) => Number(after) < Number(before),
        effect: "has no effect: RDS can't shrink storage",
        procedure: "Keep the value. Only a new instance can be smaller",
    },
    [`${PROJECT}:database.snapshotIdentifier`]: RESTORE,
    [`${PROJECT}:database.restoreToPointInTime`]: RESTORE,
    [`${PROJECT}:cache.engine`]: {
        // AWS upgrades Redis to Valkey in place. The other direction replaces the cache.
        loses: (before, after) => before === "redis" && after === "valkey",
        unless: appliesCacheImmediately,
        effect: "deletes the parameter group of the previous engine, which the cache uses until the maintenance window, so AWS rejects the deletion",
        procedure: `Set ${PROJECT}:cache.applyImmediately to true for this update`,
    },
    [`${PROJECT}:cache.nodes`]: {
        loses: (before, after) => Number(before) > 1 && after === 1,
        unless: appliesCacheImmediately,
        effect: "removes all replicas before AWS turns off automatic failover in the maintenance window, which AWS rejects",
        procedure: `Set ${PROJECT}:cache.applyImmediately to true for this update`,
    },
    [`${PROJECT}:primary.environment`]: {
        effect: "replaces the database replica and the document cluster",
        procedure: "Destroy this stack and deploy it again for the other primary stack",
    },
    [`${PROJECT}:primary.region`]: {
        effect: "changes the source of the replica, which AWS rejects",
        procedure: "Destroy this stack and deploy it again for the other primary stack",
    },
    ...switchRules(),
    [`${PROJECT}:events.stream.enabled`]: {
        initially: true,
        loses: turnsOff,
        // The stream is part of what the lake's rule names.
        unless: (after) => after[`${PROJECT}:lake.enabled`] === false,
        effect: "deletes the stream of events, with the events that aren't in the lake yet",
        procedure: "Wait until the events of the last minutes are in the lake",
        deletion: "eventStream",
    },
    ...RULES_OF_BACKUPS,
    [`${PROJECT}:delivery`]: {
        loses: removesEntries,
        effect: "deletes the pipelines with their history, and the buckets with the sources and build artifacts",
        procedure: "Copy the objects that you need",
        deletion: "artifacts",
    },
    [`${PROJECT}:ai.invocationLogging`]: {
        loses: turnsOff,
        effect: "deletes the bucket with the logged prompts and responses",
        procedure: "Copy the objects that you need",
        deletion: "invocationLogs",
    },
    [`${PROJECT}:events.archiveRetentionDays`]: {
        // 0 creates no archive.
        loses: (before, after) => before !== 0 && after === 0,
        effect: "deletes the archive of the event bus, so its events can't be replayed",
        procedure: "Replay the events that you still need",
        deletion: "eventArchive",
    },
    [`${PROJECT}:identity.groups`]: {
        loses: removesEntries,
        effect: "deletes user groups with their memberships",
        procedure: "Export the members of the groups",
        deletion: "groups",
        unprotected: true,
    },
    [`${PROJECT}:identity.domainPrefix`]: {
        effect: "replaces the domain of the sign-in page, so sign-in fails during the update, and in a site that was built with the previous domain",
        procedure: "Announce the interruption, and register the new domain with external identity providers",
        deletion: "signInDomain",
    },
    [`${PROJECT}:identity.providers`]: {
        loses: changesEntries,
        effect: "removes external identity providers, or lets users of another issuer sign in to the profiles of a provider's users",
        procedure: "Add the new provider under another name, and move its users before you remove the previous one",
        deletion: "identityProviders",
        unprotected: true,
    },
    [`${PROJECT}:services.*.image`]: {
        loses: (before, after) => before !== null && after === null,
        effect: "replaces the application with the public sample image",
        procedure: "Set image to the running image, or deployedBy to pipeline",
    },
    [`${PROJECT}:services.rulePriorities`]: {
        loses: takesPlaces,
        effect: "gives a listener rule the priority of another one that exists until the end of the update, so AWS rejects it partway",
        procedure: "Set another rulePriority. To exchange two, move one of them to a free priority in an update of its own",
    },
    [`${PROJECT}:api.originSecretVersion`]: {
        loses: (before, after) => typeof before === "number" && after !== before + 1,
        effect: "removes the value that CloudFront still sends, so the API rejects all requests until the distribution is deployed",
        procedure: "Increase the version by one per update",
    },
    [`${PROJECT}:api.kind`]: {
        initially: "gateway",
        loses: (before, after) => before === "gateway" && after === "vpcOrigin",
        // Only then, the secret is stored for the dr stack.
        unless: (after) => typeof after[`${PROJECT}:recovery.region`] !== "string",
        effect: "deletes the secret with which CloudFront authenticates to the API, and its copy for the dr stack",
        procedure: "Change the kind in the dr stack, too",
        deletion: "api",
    },
    [`${PROJECT}:domain.name`]: {
        loses: (before) => typeof before === "string",
        effect: "deletes the DNS records and certificates of the previous domain name, which clients and the other region use",
        procedure: "Move clients to the new URL, and change the stacks of both regions",
        deletion: "domain",
        unprotected: true,
    },
    [`${PROJECT}:domain.zoneId`]: {
        loses: (before, after) => typeof before === "string" && typeof after === "string",
        effect: "deletes the DNS records in the previous zone, which clients and the other region use until their resolvers use the new one",
        procedure: "Delegate the domain to the new zone, and change the stacks of both regions",
        deletion: "domain",
        unprotected: true,
    },
    [`${PROJECT}:domain.additionalNames`]: {
        loses: changesEntries,
        effect: "deletes the DNS records of additional names, which clients use",
        procedure: "Move clients to another name, and change the stacks of both regions",
        deletion: "domain",
        unprotected: true,
    },
    [`${PROJECT}:services.domains`]: {
        loses: changesEntries,
        effect: "deletes the DNS records and the certificate of a service's domain, which clients use",
        procedure: "Move clients to another name",
        deletion: "domain",
        unprotected: true,
    },
    [`${PROJECT}:domain.distributions`]: {
        loses: movesEntries,
        effect: "moves a domain name to another distribution, which CloudFront rejects while the previous one has the name",
        procedure: "Remove the name in one update, and add it to the other distribution in the next",
    },
    [`${PROJECT}:domain.dnsRoleArn`]: {
        loses: changesAccess,
        effect: "replaces all DNS records of the same hosted zone, which Route 53 rejects because they exist",
        procedure:
            "Keep the setting. To start or stop using a role, move the domain to another hosted zone in the same update, with domain.zoneId",
    },
    [`${PROJECT}:domain`]: {
        loses: (before, after) => before === null && after !== null,
        effect: "deletes the distribution of this stack, and with it the URL that clients use",
        procedure: "Move clients to the domain",
        deletion: "distribution",
    },
};

function appliesCacheImmediately(after: Settings): boolean {
    return after[`${PROJECT}:cache.applyImmediately`] === true;
}
