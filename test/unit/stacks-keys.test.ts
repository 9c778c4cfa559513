import { expect } from "chai";
import { ACCOUNT, type Recording } from "../../components/testing";
import { nameOf } from "../../components/testing/urn";
import { another, hasNext, leaves } from "../../tools/changing/values";
import { differences } from "../../tools/plan/compare";
import { jsonSchemaOf, type JsonSchema } from "../support/config";
import { examplesOf, noExample } from "../support/examples";
import { configOf, plan, prefixed, problemsWith } from "../support/plans";
import { smallest } from "../support/smallest";

/**
 * Every configuration key has an effect. New keys are found through the schema, and so are their values: choices, bounds, or `examples`. Only
 * values that depend on other keys are in this file.
 *
 * - A key that can have a value that isn't in the plan yet gets such a value, and the value must appear. All of these share one plan.
 * - The others, switches and small numbers, must change the plan. Keys of different sections share a plan, and each must change a resource of its
 *   own section. Keys for which that fails are planned separately.
 *
 * `parseConfig` determines which keys can share a plan, so keys that exclude or require each other need no special handling.
 */

const restore = (...keys: string[]) => keys.map((it) => `database.restoreToPointInTime.${it}`);

/** Keys that are only validated, and affect no resource. */
const CHECKED_ONLY = ["role", "primary.cidrBlock", "recovery.failback"];

/** Values that depend on each other, or that the program accepts in certain stacks only. All others come from the schema. */
const GIVEN: Record<string, unknown> = {
    "primary.region": "eu-west-1",
    "recovery.region": "eu-west-3",
    "network.subnets.public": ["10.77.11.0/24", "10.77.12.0/24", "10.77.13.0/24"],
    "network.subnets.private": ["10.77.21.0/24", "10.77.22.0/24", "10.77.23.0/24"],
    "network.subnets.data": ["10.77.31.0/24", "10.77.32.0/24", "10.77.33.0/24"],
    // The names of the others are in the plan already.
    "network.interfaceEndpoints": ["kinesis-streams"],
    "services.api.cpu": 4096,
    "services.api.memory": 17408,
    "services.api.scaling.minCapacity": 211,
    "services.api.desiredCount": 223,
    // With a pipeline, at most 40 together.
    "services.api.deployment.bakeTimeInMinutes": 27,
    "services.api.deployment.canaryBakeTimeInMinutes": 11,
    "services.api.scaling.maxCapacity": 227,
    "jobs.nightly.cpu": 8192,
    "jobs.nightly.memory": 24576,
    "migrations.schema.cpu": 16384,
    "migrations.schema.memory": 40960,
    "migrations.schema.timeout": 787,
    "database.allocatedStorage": 511,
    "database.maxAllocatedStorage": 647,
    "database.storageType": "gp3",
    "database.iops": 23456,
    "database.storageThroughput": 1234,
    "database.connect.image": "registry.example.org/shop-tunnel:7",
    "database.proxy.maxConnectionsPercent": 97,
    "database.proxy.maxIdleConnectionsPercent": 83,
    "database.proxy.connectionBorrowTimeout": 1237,
    "database.proxy.idleClientTimeout": 2741,
    // Most values are in the plan as parts of other numbers.
    "database.logMinDurationMs": 1789,
};

/** Values of switches whose bounds in the schema don't determine a valid value, or that the test's stack file sets. */
const CHANGED: Record<string, string[]> = {
    active: ["active=false"],
    confirmDeletion: ["confirmDeletion[0]=documents"],
    "network.numberOfAvailabilityZones": ["network.numberOfAvailabilityZones=2"],
    "network.availabilityZoneNames": ["network.availabilityZoneNames[0]=us-east-1d", "network.availabilityZoneNames[1]=us-east-1f"],
    "network.natGateways": ["network.natGateways=single"],
    // An existing network excludes the other keys of the section.
    "network.existing.vpcId": [`network.existing.vpcId=vpc-${"9".repeat(17)}`],
    "network.existing.privateSubnetIds": [`network.existing.privateSubnetIds[0]=subnet-${"9".repeat(17)}`],
    "network.existing.dataSubnetIds": [`network.existing.dataSubnetIds[0]=subnet-${"9".repeat(17)}`],
    "network.existing.s3EndpointId": [`network.existing.s3EndpointId=vpce-${"9".repeat(17)}`],
    // The other plans set the retention of every type of log.
    logRetentionDays: ["logRetentionDays=60"],
    "services.api.spotPercent": ["services.api.spotPercent=50"],
    "services.api.deployedBy": ["services.api.deployedBy=pipeline"],
    "services.api.deployment.strategy": ["services.api.deployment.strategy=canary"],
    "services.api.uses": ["services.api.uses[0]=cache"],
    "services.api.standbyCount": ["services.api.standbyCount=2"],
    "services.api.scaling.schedules": [
        "services.api.scaling.schedules.morning.schedule=rate(1 day)",
        "services.api.scaling.schedules.morning.minCapacity=3",
        "services.api.scaling.schedules.morning.maxCapacity=9",
    ],
    "jobs.nightly.uses": ["jobs.nightly.uses[0]=cache"],
    "jobs.nightly.command": ["jobs.nightly.command[0]=zulu"],
    "jobs.nightly.environment": ["jobs.nightly.environment.ZULU=value"],
    "jobs.nightly.collectorImage": ["jobs.nightly.collectorImage=registry.example.org/collector:7"],
    "migrations.schema.uses": ["migrations.schema.uses[0]=cache"],
    "migrations.schema.command": ["migrations.schema.command[0]=zulu"],
    "migrations.schema.environment": ["migrations.schema.environment.ZULU=value"],
    "migrations.schema.collectorImage": ["migrations.schema.collectorImage=registry.example.org/collector:7"],
    "migrations.schema.before": ["migrations.schema.before[0]=web"],
    "delivery.service.name": ["delivery.service.name=web"],
    "cache.engine": ["cache.engine=redis"],
    "backups.vaultLock.minRetentionDays": ["backups.vaultLock.minRetentionDays=3"],
    "backups.vaultLock.maxRetentionDays": ["backups.vaultLock.maxRetentionDays=400"],
    "backups.vaultLock.changeableForDays": ["backups.vaultLock.changeableForDays=9"],
    "database.storageType": ["database.storageType=io2", "database.iops=1000"],
    "database.users.rotationDays": ["database.users.rotationDays=57"],
    "services.api.databaseAccess": ["services.api.databaseAccess=readOnly"],
    "jobs.nightly.databaseAccess": ["jobs.nightly.databaseAccess=readOnly"],
    "migrations.schema.databaseAccess": ["migrations.schema.databaseAccess=readOnly"],
    "database.snapshotIdentifier": ["database.snapshotIdentifier=shop-orders"],
    // Sources and times exclude each other.
    "database.restoreToPointInTime.sourceDbInstanceIdentifier": restore(
        "sourceDbInstanceIdentifier=shop-ledger",
        "useLatestRestorableTime=true",
    ),
    "database.restoreToPointInTime.sourceDbiResourceId": restore("sourceDbiResourceId=db-ZETA", "useLatestRestorableTime=true"),
    "database.restoreToPointInTime.sourceDbInstanceAutomatedBackupsArn": restore(
        "sourceDbInstanceAutomatedBackupsArn=arn:aws:rds:us-east-1:123456789012:auto-backup:ab-zeta",
        "useLatestRestorableTime=true",
    ),
    "database.restoreToPointInTime.restoreTime": restore("sourceDbiResourceId=db-ZETA", "restoreTime=2026-11-24T09:31:07Z"),
    "database.restoreToPointInTime.useLatestRestorableTime": restore("sourceDbiResourceId=db-ZETA", "useLatestRestorableTime=true"),
    // Appears in bytes.
    "events.stream.enabled": ["events.stream.enabled=false"],
    // disabled excludes messagesPerTask.
    "observability.containerInsights": ["observability.containerInsights=enabled"],
    "lake.queryScanLimit": ["lake.queryScanLimit=20"],
    "delivery.approval": ["delivery.approval=false"],
    "domain.additionalNames": ['domain.additionalNames["www.example.org"].redirect=false'],
    "domain.dnsRoleArn": ["domain.dnsRoleArn=arn:aws:iam::210987654321:role/dns"],
    "domain.certificateArn": [`domain.certificateArn=arn:aws:acm:us-east-1:${ACCOUNT}:certificate/1`],
    "domain.apiCertificateArn": [`domain.apiCertificateArn=arn:aws:acm:us-east-1:${ACCOUNT}:certificate/1`],
    // vpcOrigin excludes other keys of the section.
    "api.kind": ["api.kind=vpcOrigin"],
    "edge.geoRestriction.restrictionType": ["edge.geoRestriction.restrictionType=blacklist"],
    "edge.geoRestriction.locations": ["edge.geoRestriction.locations[0]=IS"],
    "identity.passwordSignIn": ["identity.passwordSignIn=false"],
};
/** Keys of a job, which exists only with an image and a schedule. */
const JOB = ["jobs.nightly.image=registry.example.org/shop-jobs:7", "jobs.nightly.schedule=rate(11 days)"];
/** Keys of a migration. The default service has no image that it could run. */
const MIGRATION = ["migrations.schema.image=registry.example.org/shop-tools:7"];
const ownerOf = (key: string) => (key.startsWith("jobs.nightly.") ? JOB : key.startsWith("migrations.schema.") ? MIGRATION : []);
/** Values in dr, which is in another region. */
const GIVEN_IN_DR: Record<string, unknown> = { logDestinationArn: "arn:aws:logs:us-west-2:210987654321:destination:central" };
/** Also for dr. */
const CHANGED_IN_DR: Record<string, string[]> = {
    active: ["active=true"],
    // With a domain, the primary owns the edge, so a domain excludes other keys.
    "domain.name": ["domain.name=zeta.example.org"],
    "domain.zoneId": ["domain.zoneId=ZZETA"],
    "domain.apiCertificateArn": [`domain.apiCertificateArn=arn:aws:acm:us-west-2:${ACCOUNT}:certificate/1`],
    // Only on a standby.
    "primary.region": ["primary.region=eu-west-1"],
    // Appear in seconds.
    "recoveryObjectives.drillAgeDays": ["recoveryObjectives.drillAgeDays=400"],
    "backups.restoreTests.validationWindowHours": ["backups.restoreTests.validationWindowHours=2"],
    "recoveryObjectives.rtoMinutes": ["recoveryObjectives.rtoMinutes=31"],
};
/** A stack in an existing network. */
const EXISTING = [
    `network.existing.vpcId=vpc-${"0".repeat(17)}`,
    ...["1", "2"].map((digit, i) => `network.existing.privateSubnetIds[${i}]=subnet-${digit.repeat(17)}`),
    ...["3", "4"].map((digit, i) => `network.existing.dataSubnetIds[${i}]=subnet-${digit.repeat(17)}`),
    `network.existing.s3EndpointId=vpce-${"5".repeat(17)}`,
];
const DOMAIN = ["domain.name=app.example.org", "domain.zoneId=ZZONE"];
const COUNTRIES = ["edge.geoRestriction.restrictionType=whitelist", "edge.geoRestriction.locations[0]=NZ"];
const USERS = ["database.users.enabled=true"];
const LOCK = ["backups.vaultLock.minRetentionDays=7"];
/** Other settings that a key requires, in both compared plans. */
const BESIDE: Record<string, string[]> = {
    // Users exclude the proxy of the other plans.
    "database.users.rotationDays": USERS,
    "services.api.databaseAccess": USERS,
    "jobs.nightly.databaseAccess": [...JOB, "jobs.nightly.uses[0]=database", ...USERS],
    "migrations.schema.databaseAccess": [...MIGRATION, ...USERS],
    "backups.vaultLock.maxRetentionDays": LOCK,
    "backups.vaultLock.changeableForDays": LOCK,
    "database.allowMajorVersionUpgrade": ["database.applyImmediately=true"],
    "database.restoreToPointInTime.restoreTime": restore("sourceDbiResourceId=db-ZETA", "restoreTime=2026-11-23T09:31:07Z"),
    "network.availabilityZoneNames": ["network.numberOfAvailabilityZones=2"],
    "network.existing.vpcId": EXISTING,
    "network.existing.privateSubnetIds": EXISTING,
    "network.existing.dataSubnetIds": EXISTING,
    "network.existing.s3EndpointId": EXISTING,
    "services.api.standbyCount": ["active=false"],
    // The migration runs the image of the service.
    "migrations.schema.before": [
        "migrations.schema.command[0]=migrate",
        "services.api.image=registry.example.org/shop-api:7",
        "services.web.image=registry.example.org/shop-web:7",
        "services.web.path=/api/web",
    ],
    "delivery.approval": ["delivery.service.repositoryId=zeta/api", "services.api.deployedBy=pipeline"],
    "delivery.service.name": [
        "delivery.service.repositoryId=zeta/api",
        "services.api.deployedBy=pipeline",
        "services.web.deployedBy=pipeline",
        "services.web.path=/api/web",
    ],
    "domain.name": DOMAIN,
    "domain.zoneId": DOMAIN,
    "domain.additionalNames": DOMAIN,
    "domain.dnsRoleArn": DOMAIN,
    "domain.certificateArn": DOMAIN,
    "domain.apiCertificateArn": DOMAIN,
    "edge.geoRestriction.restrictionType": COUNTRIES,
    "edge.geoRestriction.locations": COUNTRIES,
    // The API requires both.
    "identity.enabled": ["api.enabled=false"],
    "edge.enabled": ["api.enabled=false", "identity.enabled=false"],
    "identity.passwordSignIn": ["type=saml", "metadataUrl=https://idp.example.org/m"].map((it) => `identity.providers["Corporate"].${it}`),
};
const TESTS = ["backups.restoreTests.enabled=true"];
/** Also for dr. */
const BESIDE_IN_DR: Record<string, string[]> = {
    "backups.restoreTests.validationWindowHours": TESTS,
    // A standby copies the logins every day.
    "database.users.rotationDays": [...USERS, "active=true"],
};
/** Sections whose keys change resources of other sections too, so that they can't share a plan. */
const BROAD = ["network", "domain", "primary", "recovery"];
/** Logical names of a section's resources, if they don't start with its name. */
const NAMED: Record<string, RegExp> = {
    api: /^gateway/,
    service: /^api/,
    ai: /^(ai|ingest|guardrail)/,
    delivery: /^(delivery|images)/,
    backups: /^(backups|restore-tests)/,
    recoveryObjectives: /^recovery-monitor/,
};

/** Keys that stacks in us-east-1 reject, such as the primary stack of this test. */
const IN_OTHER_REGIONS = ["usEast1LogDestinationArn"];

/** Keys whose effect depends on the dr role. */
const OF_DR = ["active", "primary", "domain", "database", "lake", "service"];

/** Switches of systems that both roles create with the same code: one role's plan is enough. */
const isShownByPrimary = (role: string, key: string, { type }: JsonSchema): boolean =>
    role === "dr" && (type === "boolean" || key in CHANGED) && !(key in CHANGED_IN_DR) && !OF_DR.includes(sectionOf(key));

const sectionOf = (key: string) => key.split(".")[0] ?? "";

/** Everything that a program registers, with secrets in plain text. */
const textOf = (recording: Recording): string =>
    JSON.stringify(recording.registered.map(({ urn, inputs, ignoreChanges, protect }) => [urn, inputs, ignoreChanges, protect]));

/** Registrations as comparable resources, with secrets and options as part of the inputs. */
const comparable = (recording: Recording) =>
    recording.registered.map(({ urn, type, custom, inputs, ignoreChanges, protect }) => ({
        urn,
        type,
        custom,
        inputs: { ...inputs, "option ignoreChanges": ignoreChanges, "option protect": protect },
    }));

/** Logical names of the resources that differ between two plans. */
const changedNames = (before: Recording, after: Recording): string[] =>
    differences(comparable(before), comparable(after)).map(({ resource }) => nameOf(resource.urn));

/** Whether text contains a value as a separate word. */
function shows(value: unknown, text: string): boolean {
    const word = String(value).replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    return new RegExp(`(?<![\\w.])${word}(?![\\w.])`, "i").test(text);
}

/** Parts of a key's value that must appear: each value in a list or map, at any depth. */
const members = (value: unknown): unknown[] => {
    if (typeof value === "object" && value !== null) return Object.values(value).flatMap(members);
    // The plan contains true and false anyway.
    return typeof value === "boolean" ? [] : [value];
};

/** `-c` arguments of a key. */
function settings(key: string, value: unknown): string[] {
    if (Array.isArray(value)) return value.flatMap((it, i) => settings(`${key}[${i}]`, it));
    if (typeof value !== "object" || value === null) return [`${key}=${String(value)}`];
    return Object.entries(value).flatMap(([member, it]) => settings(`${key}["${member}"]`, it));
}

/** A value that doesn't appear in the plan yet: an example, a choice, or a number. Undefined if there is none. */
function distinct(key: string, schema: JsonSchema, taken: (value: unknown) => boolean): unknown {
    const { enum: choices, minimum, maximum, type } = schema;
    const example = examplesOf(key, schema).find((it) => !members(it).some(taken));
    if (example !== undefined) return example;
    if (!choices && type !== "integer" && type !== "number") return undefined;
    const all = choices ?? Array.from({ length: Math.min(1000, (maximum ?? Infinity) - (minimum ?? 0)) }, (_, i) => (minimum ?? 0) + i);
    return all.find((it) => String(it).length > 1 && !taken(it));
}

/** The stack file's value of a key. */
function presentValue(stack: string, key: string): unknown {
    let value: unknown = configOf(stack).own;
    for (const part of key.split(".")) value = typeof value === "object" && value !== null ? Reflect.get(value, part) : undefined;
    return value;
}

/**
 * Divides keys into groups that are valid configurations, the first as large as possible. Keys that exclude each other are in different groups;
 * those that need each other stay together. Keys whose value no configuration accepts are in `rejected`, with the reason.
 */
function compatible(stack: string, values: Map<string, unknown>, together: string[]) {
    const groups: { keys: string[]; overrides: string[] }[] = [];
    const rejected = new Map<string, string>();
    let left = [...values.keys()];
    while (left.length > 0) {
        const keys = new Set([...values.keys()].filter((key) => !rejected.has(key)));
        let reasons: string[] = [];
        for (;;) {
            const overrides = [...together, ...[...keys].flatMap((key) => settings(key, values.get(key)))];
            const problems = problemsWith(stack, prefixed(overrides));
            const blamed = [...keys].filter((key) => problems.some((it) => it.startsWith(`ai-platform:${key}:`)));
            // Keys of previous groups can be removed first.
            const dropped = blamed.find((key) => !left.includes(key)) ?? blamed[0];
            if (problems.length === 0) {
                groups.push({ keys: left.filter((key) => keys.has(key)), overrides });
                break;
            }
            if (dropped === undefined) throw new Error(`no key of this test has these problems: ${problems.join("; ")}`);
            reasons = problems;
            keys.delete(dropped);
        }
        const rest = left.filter((key) => !keys.has(key));
        if (rest.length === left.length) {
            for (const key of rest) rejected.set(key, `the sample value of ${key} is rejected: ${reasons.join("; ")}`);
            break;
        }
        left = rest;
    }
    return { groups: groups.filter((group) => group.keys.length > 0), rejected };
}

/** Divides switches into valid configurations that have one switch of a section each. */
function apart(stack: string, switches: Switch[]): Switch[][] {
    const groups: Switch[][] = [];
    for (const it of switches) {
        const fits = (group: Switch[]) =>
            !group.some(({ key }) => sectionOf(key) === sectionOf(it.key)) &&
            problemsWith(stack, prefixed([...group, it].flatMap(({ set }) => set))).length === 0;
        const group = groups.find(fits);
        if (group) group.push(it);
        else groups.push([it]);
    }
    return groups;
}

interface Switch {
    key: string;
    beside: string[];
    set: string[];
}

for (const { role, stack, together, changed, beside } of [
    {
        role: "primary",
        stack: "prod",
        together: [
            "services.api.deployedBy=pipeline",
            "services.api.deployment.strategy=canary",
            "database.proxy.enabled=true",
            "database.connect.enabled=true",
        ],
        changed: CHANGED,
        beside: BESIDE,
    },
    // Active, because a standby doesn't have the full size of the service.
    {
        role: "dr",
        stack: "dr",
        together: [
            "active=true",
            ...TESTS,
            "services.api.deployment.strategy=canary",
            "database.proxy.enabled=true",
            "database.connect.enabled=true",
        ],
        changed: { ...CHANGED, ...CHANGED_IN_DR },
        beside: { ...BESIDE, ...BESIDE_IN_DR },
    },
] as { role: "primary" | "dr"; stack: string; together: string[]; changed: typeof CHANGED; beside: typeof BESIDE }[]) {
    describe(`every key of a ${role} stack has an effect`, () => {
        const keys = leaves(jsonSchemaOf(role)).filter(
            ([key, schema]) =>
                !CHECKED_ONLY.includes(key) &&
                !isShownByPrimary(role, key, schema) &&
                !(role === "primary" && IN_OTHER_REGIONS.includes(key)),
        );
        const values = new Map<string, unknown>();
        const switches: Switch[] = [];
        let own: Recording;
        let text: string;
        let withValues: Map<string, string>;
        /** Logical names that changed in the shared plan of a switch. */
        const shared = new Map<string, string[]>();
        /** Keys without a valid sample value, and why. */
        let invalid = new Map<string, string>();

        before(async function () {
            this.timeout(60_000);
            own = await plan(stack);
            text = textOf(own);
            const words = new Set(text.match(/[\w.]+/g));
            const given = new Set(Object.values(GIVEN).flatMap(members));
            const taken = (value: unknown) =>
                (typeof value === "number" ? words.has(String(value)) : shows(value, text)) ||
                given.has(value) ||
                [...values.values()].flatMap(members).includes(value);
            for (const [key, schema] of keys) {
                const ownGiven = role === "dr" ? { ...GIVEN, ...GIVEN_IN_DR } : GIVEN;
                const value = key in changed ? undefined : (ownGiven[key] ?? distinct(key, schema, taken));
                if (value !== undefined) values.set(key, value);
                else if (!(key in changed) && !hasNext(schema)) invalid.set(key, noExample(key));
                else {
                    const set = changed[key] ?? [`${key}=${String(another(schema, presentValue(stack, key)))}`];
                    switches.push({ key, beside: beside[key] ?? ownerOf(key), set });
                }
            }
            withValues = new Map();
            const { groups, rejected } = compatible(stack, values, together);
            invalid = new Map([...invalid, ...rejected]);
            for (const group of groups) {
                const shown = textOf(await plan(stack, prefixed(group.overrides)));
                for (const key of group.keys) withValues.set(key, shown);
            }
            const sharing = switches.filter(
                ({ key, beside }) =>
                    key.includes(".") && beside.length === 0 && !key.endsWith(".enabled") && !BROAD.includes(sectionOf(key)),
            );
            for (const group of apart(stack, sharing)) {
                // Planned separately if the plan fails.
                const recording = await plan(stack, prefixed(group.flatMap((it) => it.set))).catch(() => undefined);
                const names = recording ? changedNames(own, recording) : [];
                for (const { key } of group) shared.set(key, names);
            }
        });

        for (const [key] of keys) {
            it(key, async () => {
                const reason = invalid.get(key);
                if (reason !== undefined) expect.fail(reason);
                if (values.has(key)) {
                    for (const value of members(values.get(key))) {
                        expect(shows(value, text), `${String(value)} shows without being set`).to.be.false;
                        expect(shows(value, withValues.get(key) ?? ""), `${key} is ignored: ${String(value)} shows nowhere`).to.be.true;
                    }
                    return;
                }
                const section = NAMED[sectionOf(key)] ?? new RegExp(`^${sectionOf(key)}`);
                if (shared.get(key)?.some((name) => section.test(name))) return;
                const found = switches.find((it) => it.key === key) ?? { beside: [], set: [] };
                const [before, after] = [prefixed(found.beside), prefixed([...found.beside, ...found.set])];
                const changes = async (base: string[]) =>
                    changedNames(await plan(stack, [...base, ...before]), await plan(stack, [...base, ...after]));
                const base = smallest(stack, [sectionOf(key)], [before, after]);
                // Some keys have an effect only together with other systems.
                if ((await changes(base).catch(() => [])).length > 0) return;
                expect(await changes([]), `${key} is ignored`).to.not.be.empty;
            });
        }
    });
}
