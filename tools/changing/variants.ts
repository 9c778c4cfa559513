import { awsJsonSchema, jsonSchemaOf, type JsonSchema } from "../../stacks/config/explain";
import type { Json } from "./configuration";
import { another, examplesOf, hasNext, leaves } from "./values";

/** The stacks whose changes are recorded: `tools/changing/stacks/Pulumi.<base>.yaml`. dr needs prod. */
export const BASES = ["prod", "small", "dr"] as const;
export type Base = (typeof BASES)[number];

/** A change of one key. */
export interface Variant {
    key: string;
    base: Base;
    /** The new value; null removes the key. */
    to: Json;
    /** Other values that must change with the key, by path; null removes a value. */
    with?: Record<string, Json>;
    /** The changed path, if it isn't the key. For example, `recovery` is removed as a whole. */
    path?: string;
    /** Conditions that determine the effect, such as other settings of the stack. */
    note?: string;
    /** The program rejects the change on every stack. Its effect isn't recorded, because the change would replace everything. */
    refusedOnly?: boolean;
}

type Change = Omit<Variant, "key" | "base"> & { on?: Base };

const PROXY = { "database.proxy.enabled": true };
const LARGE = { with: { "database.allocatedStorage": 500, "database.maxAllocatedStorage": 1000 }, note: "with 400 GiB or more" };
const USERS = { with: { "database.users.enabled": true }, note: "with `database.users.enabled`" };
const TESTS = { on: "dr" as const, with: { "backups.restoreTests.enabled": true }, note: "with `restoreTests.enabled`" };
const DELIVERY = { "services.api.deployedBy": "pipeline" };
const NO_USERS = { "api.enabled": false, "identity.enabled": false, domain: null };
const VPC_ORIGIN: Change = { to: "vpcOrigin", with: { domain: null }, note: "with `recovery`, and without `domain`" };
const IN_ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/images/api:2";
const TRANSIT_GATEWAY = "tgw-0123456789abcdef0";
/** Moves a stack to an existing network. The stacks have networks of their own, so every key of `existing` does that. */
const MOVES: Change = {
    to: {
        vpcId: "vpc-0123456789abcdef0",
        privateSubnetIds: ["subnet-11111111111111111", "subnet-22222222222222222"],
        dataSubnetIds: ["subnet-44444444444444444", "subnet-55555555555555555"],
        s3EndpointId: "vpce-0123456789abcdef0",
    },
    path: "network.existing",
    with: { "network.availabilityZoneNames": null },
    refusedOnly: true,
};
/** A live stack rejects a source to restore from: only a new database can be restored. */
const SOURCE = { sourceDbInstanceIdentifier: "shop-ledger", restoreTime: "2026-11-24T09:31:07Z" };
const RESTORES: Change = { to: SOURCE, path: "database.restoreToPointInTime", refusedOnly: true };
const CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-aaaa-4bbb-8ccc-000000000001";
const SAML = { type: "saml", metadataUrl: "https://idp.example.com/metadata" };

/** Both directions of a number, or several kinds of change. */
const to = (...values: Json[]): Change[] => values.map((value) => ({ to: value }));
const inDr = (...values: Json[]): Change[] => values.map((value) => ({ to: value, on: "dr" as const }));
const inSmall = (...values: Json[]): Change[] => values.map((value) => ({ to: value, on: "small" as const }));

/** The second service of the base `prod`, and a domain for it. */
const REPORTS = { image: IN_ECR, path: "/api/reports/*", uses: ["database"] };
const OWN_DOMAIN = { name: "reports.example.com" };
/** The provider of an emulator can be older than the program's, and ignore the properties of a deployment. */
const NOT_SHOWN = "which also updates the service in place ([limits](#limits))";

/** A job, which exists only with an image and a schedule. */
const JOB = { image: "registry.example.org/shop-jobs:1", schedule: "rate(1 day)" };

/** Keys with several changes, or whose changes need other settings. All other keys have one change in prod: to an example of the schema, or to the next value. */
const CHANGES: Record<string, Change[]> = {
    role: [{ to: "dr", with: { recovery: null, primary: { environment: "other", region: "us-west-2" } }, refusedOnly: true }],
    active: [{ to: false }, { on: "dr", to: true }],
    environment: [{ to: "zeta", refusedOnly: true }],
    namePrefix: [{ to: "zeta", refusedOnly: true }],
    tags: to({ Owner: "zeta" }),
    "logRetention.build": inSmall(90),
    usEast1LogDestinationArn: inDr("arn:aws:logs:us-east-1:210987654321:destination:zeta"),
    "aws:region": [
        {
            to: "eu-west-1",
            with: {
                "network.availabilityZoneNames": null,
                "ai.endpoint": null,
                "services.reports": null,
                jobs: null,
                migrations: null,
                "services.api.image": IN_ECR.replace("us-east-1", "eu-west-1"),
            },
            refusedOnly: true,
        },
    ],
    "aws:profile": to("other"),
    "aws:allowedAccountIds": [{ to: ["123456789012"] }],
    "aws:defaultTags.tags": to({ Team: "zeta" }),
    "recovery.region": [{ to: "eu-west-3" }, { to: null, path: "recovery" }, { to: "us-west-2", on: "small" }],
    "recovery.continuousBackups": to(false),
    "network.numberOfAvailabilityZones": inDr(4, 2),
    "network.availabilityZoneNames": [
        { to: ["us-east-1a", "us-east-1b", "us-east-1d", "us-east-1f"], with: { "network.numberOfAvailabilityZones": 4 } },
        { to: ["us-east-1a", "us-east-1b"], with: { "network.numberOfAvailabilityZones": 2 } },
    ],
    "network.subnets.public": to(["10.0.101.0/24", "10.0.102.0/24", "10.0.103.0/24"]),
    "network.subnets.private": to(["10.0.104.0/24", "10.0.105.0/24", "10.0.106.0/24"]),
    "network.subnets.data": to(["10.0.107.0/24", "10.0.108.0/24", "10.0.109.0/24"]),
    "network.natGateways": [...to("single", "instance"), ...inSmall("one-per-zone")],
    "network.transitGatewayId": [{ to: TRANSIT_GATEWAY, with: { "network.transitGatewayCidrBlocks": ["172.20.0.0/14"] } }],
    "network.transitGatewayCidrBlocks": [{ to: ["172.20.0.0/14"], with: { "network.transitGatewayId": TRANSIT_GATEWAY } }],
    "network.existing.vpcId": [MOVES],
    "network.existing.privateSubnetIds": [MOVES],
    "network.existing.dataSubnetIds": [MOVES],
    "network.existing.s3EndpointId": [MOVES],
    "network.interfaceEndpoints": to(["ecr.api", "logs", "sqs"], ["ecr.api"]),
    logRetentionDays: to(60, 14),
    protectData: [...to(false), ...inDr(false)],
    confirmDeletion: to(["documents"]),
    "domain.name": [
        { to: "zeta.example.org" },
        { to: null, path: "domain" },
        { to: "zeta.example.org", on: "small", with: { "domain.zoneId": "ZZETA" } },
        { to: "zeta.example.org", on: "dr", with: { "domain.zoneId": "ZZETA" } },
    ],
    "domain.additionalNames": to({ "www.example.com": { redirect: true } }),
    "domain.dnsRoleArn": [
        { to: "arn:aws:iam::210987654321:role/dns", with: { "domain.zoneId": "ZZETA" }, note: "with another `domain.zoneId`" },
        { to: "arn:aws:iam::210987654321:role/dns", refusedOnly: true },
    ],
    "domain.certificateArn": to(CERTIFICATE),
    "domain.apiCertificateArn": to(CERTIFICATE),
    "access.allowedCidrBlocks": to(["203.0.113.0/24"], ["203.0.113.0/24", "2001:db8::/32"]),
    "edge.geoRestriction.restrictionType": [{ to: { restrictionType: "whitelist", locations: ["NZ"] }, path: "edge.geoRestriction" }],
    "edge.geoRestriction.locations": [{ to: { restrictionType: "blacklist", locations: ["NZ"] }, path: "edge.geoRestriction" }],
    "identity.providers": to({ Corporate: SAML }),
    "identity.passwordSignIn": [{ to: false, with: { "identity.providers": { Corporate: SAML } }, note: "with `providers`" }],
    "api.originSecretVersion": [{ to: 2 }, { to: 3, note: "by more than one" }],
    "cache.engine": [...to("redis"), ...inSmall("valkey")],
    "cache.nodes": to(4, 2, 1),
    "cache.snapshotRetentionLimit": to(8, 3, 0),
    "cache.enabled": [...to(false), ...inDr(false)],
    "lake.enabled": to(false),
    "events.enabled": to(false),
    "events.stream.enabled": to(false),
    "ai.enabled": to(false),
    "api.enabled": to(false),
    "api.kind": [{ to: "vpcOrigin", on: "small", with: { "api.manageAccountLogging": null } }, VPC_ORIGIN],
    "identity.enabled": [{ to: false, with: { "api.enabled": false }, note: "with `api.enabled: false`" }],
    "edge.enabled": [{ to: false, with: NO_USERS, note: "with `api.enabled: false` and `identity.enabled: false`, and without `domain`" }],
    "backups.enabled": to(false),
    "backups.vaultLock.minRetentionDays": [{ to: { minRetentionDays: 7 }, path: "backups.vaultLock" }],
    "backups.vaultLock.maxRetentionDays": [{ to: { minRetentionDays: 7, maxRetentionDays: 365 }, path: "backups.vaultLock" }],
    "backups.vaultLock.changeableForDays": [{ to: { minRetentionDays: 7, changeableForDays: 3 }, path: "backups.vaultLock" }],
    "backups.restoreTests.enabled": inDr(true),
    "backups.restoreTests.schedule": [{ to: "cron(30 11 ? * TUE *)", ...TESTS }],
    "backups.restoreTests.validationWindowHours": [{ to: 2, ...TESTS }],
    "documents.enabled": [...to(false), { to: true, on: "small", note: "with `deployedBy: pipeline`" }],
    "documents.instances": to(3, 1),
    "documents.backupRetentionPeriod": to(8, 3),
    "events.archiveRetentionDays": to(60, 14, 0),
    "events.schemaDiscovery": [...to(false), ...inSmall(true)],
    "events.notificationEmails": to(["team@example.com", "notices@example.org"], []),
    "ai.invocationLogging": [...to(false), ...inSmall(true)],
    "ai.endpoint.image": [
        { to: "123456789012.dkr.ecr.us-east-1.amazonaws.com/zeta:1" },
        { to: null, path: "ai.endpoint" },
        {
            to: { image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/zeta:1", modelDataUrl: "s3://zeta/model.tar.gz" },
            path: "ai.endpoint",
            on: "small",
        },
    ],
    "identity.groups": to(["admins", "users", "zetas"], ["admins"]),
    "observability.alertEmails": to(["team@example.com", "alerts@example.org"], []),
    "observability.pagingWebhooks": to(["https://pager.example.com/team", "https://pager.example.org/zeta"], []),
    "observability.budget.limitAmount": [{ to: 6000 }, { to: null, path: "observability.budget" }],
    "observability.costAnomalies.minimumUsd": [{ to: 60 }, { to: null, path: "observability.costAnomalies" }],
    "services.api.image": [...to(IN_ECR, null), { to: IN_ECR, on: "small", note: "with `deployedBy: pipeline`" }],
    "services.api.cpu": [{ to: 2048, with: { "services.api.memory": 4096 } }],
    "services.api.memory": to(4096),
    "services.api.desiredCount": to(5),
    "services.api.scaling.minCapacity": [...to(3), ...inDr(3)],
    "services.api.standbyCount": inDr(2),
    "services.api.scaling.maxCapacity": to(20),
    "services.api.deployment.strategy": [
        { to: "blueGreen", note: NOT_SHOWN },
        { to: "rolling", on: "small", note: NOT_SHOWN },
    ],
    "services.api.deployment.bakeTimeInMinutes": [{ to: 30, on: "small", note: NOT_SHOWN }],
    "services.api.deployment.canaryPercent": [{ to: 25, on: "small", note: NOT_SHOWN }],
    "services.api.deployment.canaryBakeTimeInMinutes": [{ to: 15, on: "small", note: NOT_SHOWN }],
    "services.api.deployedBy": [{ to: "pipeline" }, { to: "pulumi", on: "small", with: { delivery: null } }],
    "database.engineVersion": [
        { to: "17.6" },
        { to: "16" },
        {
            to: "17",
            with: { "database.allowMajorVersionUpgrade": true, "database.applyImmediately": true },
            on: "small",
            note: "with `allowMajorVersionUpgrade` and `applyImmediately`",
        },
    ],
    "database.allowMajorVersionUpgrade": [{ to: true, with: { "database.applyImmediately": true }, note: "with `applyImmediately`" }],
    "database.allocatedStorage": to(120, 50),
    "database.maxAllocatedStorage": to(300, 150),
    "database.storageType": [{ to: "io2", with: { "database.iops": 3000 }, note: "with `iops`" }],
    "database.iops": [{ to: 20000, ...LARGE }],
    "database.storageThroughput": [{ to: 1000, ...LARGE }],
    "database.snapshotIdentifier": [{ to: "shop-orders", refusedOnly: true }],
    "database.readReplicas": [{ to: { reports: {} } }, { to: { reports: {} }, on: "dr" }],
    "database.proxy.enabled": [...to(true), ...inDr(true)],
    "database.proxy.maxConnectionsPercent": [{ to: 90, with: PROXY }],
    "database.proxy.maxIdleConnectionsPercent": [{ to: 30, with: PROXY }],
    "database.proxy.connectionBorrowTimeout": [{ to: 60, with: PROXY }],
    "database.proxy.idleClientTimeout": [{ to: 600, with: PROXY }],
    "database.users.enabled": to(true),
    "database.users.rotationDays": [{ to: 60, ...USERS }],
    "database.backupRetentionPeriod": [...to(8, 3), ...inDr(8)],
    // The program looks up the copies of the primary stack, so a change to another primary stack can't be previewed.
    "primary.environment": [{ to: "staging", on: "dr", refusedOnly: true }],
    "primary.region": [{ to: "eu-west-1", on: "dr", refusedOnly: true }],
    "primary.cidrBlock": inDr("10.2.0.0/16"),
    "lake.tieringAfterDays": to(30),
    "delivery.service.repositoryId": [
        { to: "zeta/api", on: "small" },
        { to: null, path: "delivery", on: "small" },
        { to: { service: { repositoryId: "acme/api" } }, path: "delivery", with: DELIVERY },
    ],
    "delivery.service.name": [
        {
            to: "web",
            on: "small",
            with: { "services.web": { path: "/api/web", deployedBy: "pipeline" } },
            note: "to a service that is added at the same time",
        },
    ],
    "services.api.uses": [...to(["database"]), ...inSmall(["cache", "events"])],
    "services.api.databaseAccess": [{ to: "owner", ...USERS }],
    "services.api.path": [
        ...to("/api/web/*"),
        { to: REPORTS, path: "services.web", with: { "services.web.path": "/api/web/*" } },
        { to: null, path: "services.reports" },
        { to: null, path: "services.reports", with: { "services.insights": REPORTS }, note: "renamed to another name" },
    ],
    "services.api.domain.name": [{ to: OWN_DOMAIN, path: "services.reports.domain" }],
    "services.api.domain.zoneId": [{ to: { ...OWN_DOMAIN, zoneId: "ZZETA" }, path: "services.reports.domain" }],
    "services.api.domain.certificateArn": [{ to: { ...OWN_DOMAIN, certificateArn: CERTIFICATE }, path: "services.reports.domain" }],
    "services.api.rulePriority": to(49_999),
    "services.api.scaling.messagesPerTask": to(20),
    "services.api.scaling.schedules": to({ morning: { schedule: "cron(0 7 ? * MON-FRI *)", minCapacity: 4, maxCapacity: 12 } }),
    "services.api.command": to(["dotnet", "api.dll"]),
    "jobs.nightly.image": [...to("registry.example.org/shop-jobs:2"), { to: null, path: "jobs.nightly" }, { to: JOB, path: "jobs.weekly" }],
    "jobs.nightly.schedule": to("cron(0 3 * * ? *)"),
    "jobs.nightly.cpu": [{ to: 2048, with: { "jobs.nightly.memory": 4096 } }],
    "jobs.nightly.memory": to(4096),
    "jobs.nightly.uses": to(["database", "lake"], []),
    "jobs.nightly.databaseAccess": [{ to: "readOnly", ...USERS }],
    "jobs.nightly.command": to(["dotnet", "nightly.dll"]),
    "database.connect.image": [{ to: "registry.example.org/shop-sidecar:1", with: { "database.connect.enabled": true } }],
    "migrations.schema.image": [
        ...to("registry.example.org/shop-tools:2"),
        { to: null, path: "migrations.schema" },
        { to: { image: "registry.example.org/shop-tools:1" }, path: "migrations.seed" },
    ],
    "migrations.schema.command": to(["dotnet", "other.dll"]),
    "migrations.schema.cpu": [{ to: 2048, with: { "migrations.schema.memory": 4096 } }],
    "migrations.schema.memory": to(4096),
    "migrations.schema.uses": to(["database", "lake"], []),
    "migrations.schema.databaseAccess": [{ to: "readWrite", ...USERS }],
    "migrations.schema.before": to(["reports"]),
    "migrations.schema.timeout": to(300),
    "delivery.approval": [{ to: false, on: "small", note: "without `recovery`" }],
};

/** Keys that are set only in `small` have this base. */
const baseOf = (key: string): Base => (key.startsWith("delivery.") ? "small" : "prod");

/** All keys of the schema by role, with their schemas: the project's own keys, and the AWS provider's keys that have a schema. */
export function schemaKeys(role: "primary" | "dr"): Map<string, JsonSchema> {
    const aws = leaves(awsJsonSchema()).filter(([, { type }]) => type !== undefined);
    return new Map([...leaves(jsonSchemaOf(role)), ...aws.map(([key, schema]): [string, JsonSchema] => [`aws:${key}`, schema])]);
}

/** All changes. Each key of the schema has at least one. */
export function variants(present: (base: Base, key: string) => unknown): Variant[] {
    const [primary, dr] = [schemaKeys("primary"), schemaKeys("dr")];
    return [...new Set([...primary.keys(), ...dr.keys()])].flatMap((key): Variant[] => {
        const given = key.startsWith("database.restoreToPointInTime.") ? [RESTORES] : CHANGES[key];
        if (given) return given.map(({ on = "prod", ...change }) => ({ key, base: on, ...change }));
        const base = primary.has(key) ? baseOf(key) : "dr";
        return [{ key, base, to: valueFor(base, key) }];
    });

    function valueFor(base: Base, key: string): Json {
        const schema = (base === "dr" ? dr : primary).get(key) ?? {};
        const now = JSON.stringify(present(base, key) ?? schema.default);
        const example = examplesOf(key, schema).find((it) => JSON.stringify(it) !== now);
        if (example === undefined && !hasNext(schema))
            throw new Error(`${key} needs an entry in tools/changing/variants.ts, or examples in its schema`);
        return (example ?? another(schema, present(base, key))) as Json;
    }
}
