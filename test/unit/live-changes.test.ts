import { expect } from "chai";
import type { Zone } from "../../components/vpc/zones";
import { addressSettings } from "../../stacks/addresses";
import type { PlatformConfig } from "../../stacks/config";
import { refusals, type Settings, settingsOf } from "../../stacks/live-changes";
import { DELETIONS } from "../../stacks/protection";
import { failureOf, registeredBefore } from "../support/failures";
import { parseConfig } from "../support/config";
import { configOf, plan, planLive, prefixed } from "../support/plans";

/** Settings of a stack file of the tests with overrides. */
function settings(stack: string, overrides: string[] = []): Settings {
    const { own, aws } = configOf(stack, prefixed(overrides));
    const { values, problems } = parseConfig(own, aws, stack);
    if (!values) throw new Error(problems.join("; "));
    return { ...settingsOf(values, aws.region as string), ...addressSettings(values.network, zonesOf(values.network)) };
}

/** The configured zones, or the first ones of the region. */
function zonesOf({ availabilityZoneNames, numberOfAvailabilityZones }: PlatformConfig["network"]): Zone[] {
    const names = availabilityZoneNames ?? ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"].slice(0, numberOfAvailabilityZones);
    return names.map((name) => ({ name, slot: name.charCodeAt(name.length - 1) - "a".charCodeAt(0) }));
}

const never = () => false;
const refused = (before: Settings, after: Settings) => refusals(before, after, never);
const DOMAIN = ["domain.name=app.example.com", "domain.zoneId=Z0123456789ABCDEFGHIJ"];

const COPIES = ["recovery.continuousBackups=true"];
const GOVERNANCE = ["backups.vaultLock.minRetentionDays=7"];
const COMPLIANCE = [...GOVERNANCE, "backups.vaultLock.changeableForDays=3"];
const PIPELINES = ["service=acme/api", "site=acme/site"]
    .map((it) => `delivery.${it.replace("=", ".repositoryId=")}`)
    .concat("services.api.deployedBy=pipeline");

describe("a change of a live stack", () => {
    describe("that would replace data or an identity", () => {
        const IMMUTABLE: [stack: string, change: string, old: string, now: string, beside?: string][] = [
            ["prod", "environment=live", "prod", "live"],
            ["prod", "namePrefix=zeta", "ai-platform", "zeta"],
            ["dr", "namePrefix=zeta", "ai-platform", "zeta"],
            ["prod", "network.cidrBlock=10.77.0.0/16", "10.0.0.0/16", "10.77.0.0/16"],
            ["prod", "database.dbName=orders", "aiplatform", "orders"],
            ["prod", "database.username=orders", "aiplatform", "orders"],
            ["prod", "database.allocatedStorage=50", "100", "50"],
            ["dev", "database.dbName=orders", "aiplatform", "orders"],
            ["dr", "environment=standby", "dr", "standby"],
            ["dr", "primary.environment=live", "prod", "live"],
            ["dr", "primary.region=us-east-2", "us-east-1", "us-east-2"],
        ];
        for (const [stack, change, old, now] of IMMUTABLE)
            it(`is refused whatever protectData says: ${stack}, ${change}`, () => {
                const [key = ""] = change.split("=");
                for (const protect of ["true", "false"]) {
                    const before = settings(stack, [`protectData=${protect}`]);
                    const [problem, ...more] = refused(before, settings(stack, ["protectData=false", change]));
                    expect(problem).to.contain(`ai-platform:${key}: ${old} -> ${now}: `);
                    expect(more.filter((it) => !it.startsWith("ai-platform:network."))).to.be.empty;
                }
            });

        it("is refused for a source to restore from, which a live database ignores; the source can be removed", () => {
            const [live, snapshot] = [settings("prod"), settings("prod", ["database.snapshotIdentifier=shop"])];
            const latest = settings(
                "prod",
                ["sourceDbiResourceId=db-ZETA", "useLatestRestorableTime=true"].map((it) => `database.restoreToPointInTime.${it}`),
            );
            const earlier = Object.fromEntries(Object.entries(live).filter(([key]) => !key.startsWith("ai-platform:database.snapshot")));
            for (const before of [live, earlier])
                expect(refused(before, snapshot)[0]).to.contain("database.snapshotIdentifier: none -> shop: has no effect");
            expect(refused(live, latest)[0]).to.contain("database.restoreToPointInTime: none -> ");
            expect(refused(snapshot, settings("prod", ["database.snapshotIdentifier=other"]))[0]).to.contain("shop -> other: ");
            for (const before of [snapshot, latest]) {
                expect(refused(before, live)).to.be.empty;
                expect(refused(before, before)).to.be.empty;
            }
            expect(refused({}, snapshot)).to.be.empty;
        });

        it("is refused for the first role that changes DNS records, and for none, but not for another role or hosted zone", () => {
            const role = (name: string) => `domain.dnsRoleArn=arn:aws:iam::210987654321:role/${name}`;
            const [without, withRole] = [settings("prod", DOMAIN), settings("prod", [...DOMAIN, role("dns")])];
            const zone = [DOMAIN[0]!, "domain.zoneId=Z1123456789ABCDEFGHIJ"];
            for (const [before, after] of [[without, withRole] as const, [withRole, without] as const])
                expect(refused(before, after)[0]).to.match(
                    /^ai-platform:domain\.dnsRoleArn: .* replaces all DNS records of the same hosted zone/,
                );
            expect(refused(withRole, settings("prod", [...DOMAIN, role("records")]))).to.be.empty;
            const moved = refused(without, settings("prod", [...zone, role("dns")]));
            expect(moved.filter((it) => it.includes("dnsRoleArn"))).to.be.empty;
        });

        it("is refused for another prefix of names than that of a version without the key", () => {
            const { "ai-platform:namePrefix": prefix, ...earlier } = settings("prod");
            expect(prefix).to.equal("ai-platform");
            expect(refused(earlier, settings("prod"))).to.be.empty;
            expect(refused(earlier, settings("prod", ["namePrefix=zeta"]))[0]).to.contain("ai-platform:namePrefix: ai-platform -> zeta: ");
            expect(refused({}, settings("prod", ["namePrefix=zeta"]))).to.be.empty;
        });

        it("is refused for another role, region or account", () => {
            const before = { ...settings("prod"), account: "123456789012" };
            const after = { ...before, "ai-platform:role": "dr", "aws:region": "eu-west-1", account: "210987654321" };
            expect(refused(before, after).map((it) => it.split(": ")[0])).to.have.members(["account", "aws:region", "ai-platform:role"]);
        });

        it("is refused for the block of a zone, but zones can be added and removed", () => {
            const zones = (list: string) => list.split("").map((letter, i) => `network.availabilityZoneNames[${i}]=us-east-1${letter}`);
            const blocks = (octets: number[]) =>
                ["public", "private", "data"].flatMap((tier, t) =>
                    octets.map((octet, i) => `network.subnets.${tier}[${i}]=10.0.${octet + 100 * t + 1}.0/24`),
                );
            const before = settings("prod", [...zones("abc"), ...blocks([1, 2, 3])]);
            expect(zoneProblems(before, settings("prod", [...zones("abd"), ...blocks([1, 2, 4])]))).to.be.empty;
            expect(zoneProblems(before, settings("prod", [...zones("abc"), ...blocks([1, 2, 9])]))).to.have.length(3);
        });

        it("is refused if a listener rule would get the priority of another one, which exists until the end of the update", () => {
            const web = (name: string, priority?: number, more: string[] = []) => [
                ...[`services.${name}.image=example.com/web:1`, `services.${name}.path=/api/web/*`],
                ...(priority === undefined ? [] : [`services.${name}.rulePriority=${priority}`]),
                ...more.map((it) => `services.${name}.${it}`),
            ];
            const other = (priority: number) => [
                "services.reports.image=example.com/web:1",
                "services.reports.path=/api/r",
                `services.reports.rulePriority=${priority}`,
            ];
            const refusedKeys = (before: string[], after: string[]) =>
                refused(settings("prod", before), settings("prod", after)).map((it) => it.split(": ")[0]);
            const KEY = ["ai-platform:services.rulePriorities"];
            const moving = ["deployment.strategy=blueGreen"];
            expect(refusedKeys(web("web", 7), web("site", 7)), "renamed").to.deep.equal(KEY);
            expect(refusedKeys(web("web", 7), web("web", 7, moving)), "another rule").to.deep.equal(KEY);
            expect(refusedKeys([...web("web", 7), ...other(8)], [...web("web", 8), ...other(7)]), "exchanged").to.deep.equal(KEY);
            expect(refusedKeys(web("web", 7), web("site", 8)), "another priority").to.be.empty;
            expect(refusedKeys(web("web"), web("site")), "priorities of their own").to.be.empty;
            expect(refusedKeys(web("web"), web("web", undefined, moving)), "a strategy").to.be.empty;
            expect(refusedKeys([...web("web", 7), ...other(8)], web("web", 7)), "removed").to.be.empty;
            const [problem] = refused(settings("prod", web("web", 7)), settings("prod", web("site", 7)));
            expect(problem).to.contain("AWS rejects it partway. Set another rulePriority.");
        });

        it("is refused if the public sample image would replace the application", () => {
            const image = "services.api.image=123456789012.dkr.ecr.us-east-1.amazonaws.com/ai-platform/prod/api:v1";
            const pipeline = "services.api.deployedBy=pipeline";
            expect(refused(settings("prod", [image]), settings("prod"))[0]).to.contain("services.api.image");
            expect(refused(settings("prod", [pipeline]), settings("prod"))[0]).to.contain("services.api.image");
            expect(refused(settings("prod", [image]), settings("prod", [pipeline]))).to.be.empty;
            expect(refused(settings("prod", [pipeline]), settings("prod", [image]))).to.be.empty;
            expect(refused(settings("prod"), settings("prod", [image]))).to.be.empty;
        });

        it("is refused for a version of the origin secret that isn't the next one", () => {
            const version = (number: number) => settings("prod", [`api.originSecretVersion=${number}`]);
            expect(refused(version(1), version(2))).to.be.empty;
            for (const [before, after] of [
                [1, 3],
                [3, 2],
            ] as const) {
                expect(refused(version(before), version(after))[0])
                    .to.contain("api.originSecretVersion")
                    .and.to.contain("by one");
            }
        });

        it("is refused if AWS would only make it in the maintenance window, and the update deletes what is in use until then", () => {
            const redis = settings("prod", ["cache.engine=redis"]);
            const problems = refused(redis, settings("prod"));
            expect(problems.map((it) => it.split(": ")[0])).to.deep.equal(["ai-platform:cache.engine"]);
            expect(problems[0]).to.contain("Set ai-platform:cache.applyImmediately to true");
            expect(refused(redis, settings("prod", ["cache.applyImmediately=true"]))).to.be.empty;
            // Redis replaces Valkey.
            expect(refused(settings("prod"), redis)).to.be.empty;
            const one = settings("prod", ["cache.nodes=1"]);
            expect(refused(settings("prod"), one)[0]).to.contain("ai-platform:cache.nodes: 3 -> 1");
            expect(refused(settings("prod"), settings("prod", ["cache.nodes=1", "cache.applyImmediately=true"]))).to.be.empty;
            expect(refused(settings("prod"), settings("prod", ["cache.nodes=2"]))).to.be.empty;
            expect(refused(settings("prod", ["cache.nodes=2"]), one)).to.have.length(1);
            expect(refused(one, settings("prod"))).to.be.empty;
        });

        it("is not refused for the nodes of a standby's cache, which has one", () => {
            const one = ["cache.nodes=1"];
            expect(refused(settings("dr"), settings("dr", one))).to.be.empty;
            expect(refused(settings("dr"), settings("dr", ["active=true", ...one]))).to.be.empty;
            expect(refused(settings("dr", ["active=true"]), settings("dr", ["active=true", ...one]))).to.be.empty;
        });

        it("is not refused for a first domain name", () => {
            expect(refused(settings("prod"), settings("prod", DOMAIN))).to.be.empty;
            expect(refused(settings("prod", DOMAIN), settings("prod"))[0]).to.contain("domain.name");
        });

        it("is not refused if it writes out what holds by default", () => {
            const zones = ["a", "b", "c"].map((letter, i) => `network.availabilityZoneNames[${i}]=us-east-1${letter}`);
            const blocks = ["public", "private", "data"].flatMap((tier, t) =>
                [1, 2, 3].map((octet, i) => `network.subnets.${tier}[${i}]=10.0.${octet + 3 * t}.0/24`),
            );
            expect(refused(settings("prod"), settings("prod", [...zones, ...blocks]))).to.be.empty;
            expect(refused(settings("prod", [...zones, ...blocks]), settings("prod"))).to.be.empty;
            const other = blocks.map((it) => it.replace("10.0.7.0", "10.0.77.0"));
            const [problem, ...more] = refused(settings("prod"), settings("prod", [...zones, ...other]));
            expect(problem).to.match(/^ai-platform:network\.subnets\.data: .*10\.0\.7\.0.* -> .*10\.0\.77\.0/);
            expect(more).to.be.empty;
        });

        it("is not refused for another order of the zones, of which the first one in the alphabet has the single NAT gateway", () => {
            const zones = (list: string) => list.split("").map((letter, i) => `network.availabilityZoneNames[${i}]=us-east-1${letter}`);
            const single = (list: string) => settings("prod", ["network.natGateways=single", ...zones(list)]);
            expect(refused(single("abc"), single("cab"))).to.be.empty;
            expect(refused(single("abc"), single("bcd"))[0]).to.contain('network.natGateways: ["us-east-1a"] -> ["us-east-1b"]');
        });

        it("is not refused because an earlier version recorded less: no default blocks, and zones by number", () => {
            const earlier = {
                ...settings("prod"),
                "ai-platform:network.subnets.data": null,
                "ai-platform:network.natGateways": [0, 1, 2],
            };
            expect(refused(earlier, settings("prod"))).to.be.empty;
            expect(refused(earlier, settings("prod", ["network.natGateways=single"]))).to.have.length(1);
        });
    });

    describe("that deletes data or an identity", () => {
        const PROVIDER = ["type=saml", "metadataUrl=https://idp.example.com/metadata"].map((it) => `identity.providers["Corporate"].${it}`);
        const NO_USERS = ["api.enabled=false", "identity.enabled=false"];
        const ADDITIONAL = 'domain.additionalNames["www.example.com"].redirect=true';
        const REMOVALS: [deletion: string, stack: string, before: string[], after: string[], key: string][] = [
            ["ai", "prod", [], ["ai.enabled=false"], "ai.enabled"],
            ["api", "prod", [], ["api.enabled=false"], "api.enabled"],
            ["api", "dr", [], ["api.enabled=false"], "api.enabled"],
            ["backups", "prod", [], ["backups.enabled=false"], "backups.enabled"],
            ["cache", "prod", [], ["cache.enabled=false"], "cache.enabled"],
            ["documents", "prod", [], ["documents.enabled=false"], "documents.enabled"],
            ["edge", "prod", NO_USERS, [...NO_USERS, "edge.enabled=false"], "edge.enabled"],
            ["events", "prod", [], ["events.enabled=false"], "events.enabled"],
            ["eventStream", "prod", [], ["events.stream.enabled=false"], "events.stream.enabled"],
            ["identity", "prod", ["api.enabled=false"], NO_USERS, "identity.enabled"],
            ["lake", "prod", [], ["lake.enabled=false"], "lake.enabled"],
            ["lake", "dr", [], ["lake.enabled=false"], "lake.enabled"],
            ["recovery", "prod", [], ["recovery.region=eu-west-3"], "recovery.region"],
            ["invocationLogs", "prod", ["ai.invocationLogging=true"], [], "ai.invocationLogging"],
            ["artifacts", "prod", PIPELINES, ["services.api.deployedBy=pipeline"], "delivery"],
            ["artifacts", "prod", PIPELINES, PIPELINES.filter((it) => !it.includes("site")), "delivery"],
            ["eventArchive", "prod", [], ["events.archiveRetentionDays=0"], "events.archiveRetentionDays"],
            ["groups", "prod", [], ["identity.groups[0]=admins"], "identity.groups"],
            ["identityProviders", "prod", PROVIDER, [], "identity.providers"],
            ["identityProviders", "prod", PROVIDER, [PROVIDER[0]!, PROVIDER[1]!.replace("example", "other")], "identity.providers"],
            ["domain", "prod", [...DOMAIN, ADDITIONAL], DOMAIN, "domain.additionalNames"],
            ["backupCopies", "prod", COPIES, ["recovery.continuousBackups=false"], "recovery.continuousBackups"],
            ["backupCopies", "prod", COPIES, [...COPIES, "database.backupRetentionPeriod=30"], "database.backupRetentionPeriod"],
            ["vaultLock", "prod", COMPLIANCE, [], "backups.vaultLock"],
            ["vaultLock", "prod", COMPLIANCE, GOVERNANCE, "backups.vaultLock"],
            ["vaultLock", "prod", COMPLIANCE, [COMPLIANCE[0]!.replace("7", "1"), COMPLIANCE[1]!], "backups.vaultLock"],
            ["vaultLock", "prod", COMPLIANCE, [...COMPLIANCE, "backups.vaultLock.maxRetentionDays=365"], "backups.vaultLock"],
            ["domain", "prod", DOMAIN, [DOMAIN[0]!, "domain.zoneId=Z1"], "domain.zoneId"],
            ["addresses", "prod", [], ["network.natGateways=single"], "network.natGateways"],
            ["distribution", "dr", [], DOMAIN, "domain"],
            ["domain", "prod", DOMAIN, ["domain.name=other.example.com", DOMAIN[1]!], "domain.name"],
        ];
        const confirm = (deletion: string) => `confirmDeletion[0]=${deletion}`;

        for (const [deletion, stack, before, after, key] of REMOVALS) {
            it(`needs the name of what it deletes: ${deletion}`, () => {
                const [problem, ...more] = refused(settings(stack, before), settings(stack, after));
                expect(more).to.be.empty;
                expect(problem).to.match(
                    new RegExp(`^ai-platform:${key.replace(".", "\\.")}: .+ -> .+: .*add ${deletion} to ai-platform:confirmDeletion`),
                );
                expect(refused(settings(stack, before), settings(stack, [...after, confirm("signInDomain")]))).to.have.length(1);
            });

            it(`takes two updates on a protected stack, the first of which lifts the protection: ${deletion}`, () => {
                const released = settings(stack, [...before, confirm(deletion)]);
                const removed = settings(stack, [...after, confirm(deletion)]);
                expect(refused(settings(stack, before), released)).to.be.empty;
                expect(refused(released, removed)).to.be.empty;
                const inOne = refused(settings(stack, before), removed);
                // Nothing of these is protected, so one update is enough.
                if (["backupCopies", "domain", "groups", "identityProviders", "vaultLock"].includes(deletion)) expect(inOne).to.be.empty;
                else expect(inOne[0]).to.contain("keep the old value");
            });

            it(`takes one update without protectData: ${deletion}`, () => {
                const off = "protectData=false";
                expect(refused(settings(stack, [...before, off]), settings(stack, [...after, off]))).to.have.length(1);
                expect(refused(settings(stack, [...before, off]), settings(stack, [...after, off, confirm(deletion)]))).to.be.empty;
            });
        }

        it("is also noticed on a stack of a version without the switches, and not for settings of a system that is off", () => {
            const [off, switches] = [
                ["cache.enabled=false", "cache.nodes=1"],
                /:(ai|api|backups|cache|edge|events|events\.stream|identity|lake)\.enabled$/,
            ];
            const earlier = Object.fromEntries(Object.entries(settings("prod")).filter(([key]) => !switches.test(key)));
            expect(refused(earlier, settings("prod"))).to.be.empty;
            expect(refused(earlier, settings("prod", off)).map((it) => it.split(": ")[0])).to.deep.equal(["ai-platform:cache.enabled"]);
            expect(refused(settings("prod", off), settings("prod"))).to.be.empty;
            expect(refused({}, settings("prod", off))).to.be.empty;
        });

        it("is noticed for a vault lock in compliance mode that would be deleted with its vault, and not for a governance lock", () => {
            const keysOf = (before: string[], after: string[]) =>
                refused(settings("prod", before), settings("prod", after)).map((it) => it.split(": ")[0]);
            const off = "backups.enabled=false";
            expect(keysOf(COMPLIANCE, [off])).to.have.members(["ai-platform:backups.enabled", "ai-platform:backups.vaultLock"]);
            const moved = [...COMPLIANCE, "recovery.region=eu-west-3"];
            expect(keysOf(COMPLIANCE, moved)).to.have.members(["ai-platform:recovery.region", "ai-platform:backups.vaultLock"]);
            for (const after of [[], [GOVERNANCE[0]!.replace("7", "1")], COMPLIANCE]) expect(keysOf(GOVERNANCE, after)).to.be.empty;
            expect(keysOf(GOVERNANCE, [off])).to.deep.equal(["ai-platform:backups.enabled"]);
        });

        it("is not noticed for backups that don't exist without recovery", () => {
            expect(refused(settings("dev"), settings("dev", ["backups.enabled=false"]))).to.be.empty;
        });

        it("can be confirmed for everything that confirmDeletion can name", () => {
            const named = new Set([...REMOVALS.map(([deletion]) => deletion), "signInDomain"]);
            expect([...named].sort()).to.deep.equal([...DELETIONS].sort());
        });

        it("is not confirmed by a stack that sets the same value", () => {
            expect(refused(settings("prod"), settings("prod"))).to.be.empty;
            expect(refused({}, settings("prod"))).to.be.empty;
        });
    });

    it("shows no secret", () => {
        const [problem] = refusals(settings("prod"), settings("prod", ["database.username=hidden"]), () => true);
        expect(problem).to.contain("ai-platform:database.username: [secret] -> [secret]").and.not.to.contain("hidden");
    });

    describe("in the program", () => {
        let outputs: Record<string, unknown>;
        before(async () => {
            ({ outputs } = await plan("dev"));
        });

        it("is compared with the last outputs of the stack, before anything is registered", async () => {
            const attempt = planLive(outputs, "dev", ["ai-platform:database.dbName=orders"]);
            const failure = await failureOf(attempt);
            expect(failure).to.contain("Nothing was changed").and.to.contain("ai-platform:database.dbName: aiplatform -> orders");
            expect(await registeredBefore(attempt)).to.deep.equal([]);
        });

        it("knows the domain of the sign-in page by its value, set or not", async () => {
            const same = "ai-platform:identity.domainPrefix=ai-platform-dev-123456789012";
            expect(await failureOf(planLive(outputs, "dev", [same]))).to.equal("");
            const failure = await failureOf(planLive(outputs, "dev", ["ai-platform:identity.domainPrefix=other"]));
            expect(failure).to.contain("identity.domainPrefix: ai-platform-dev-123456789012 -> other").and.to.contain("add signInDomain");
        });

        it("knows the blocks of the subnets by their values, set or not", async () => {
            const deployed = outputs.deployedWith as Record<string, Record<string, string>>;
            const listed = (tier: string) => Object.entries(deployed[`ai-platform:network.subnets.${tier}`] ?? {});
            const zones = listed("data").map(([zone], i) => `ai-platform:network.availabilityZoneNames[${i}]=${zone}`);
            const blocks = ["public", "private", "data"].flatMap((tier) =>
                listed(tier).map(([, block], i) => `ai-platform:network.subnets.${tier}[${i}]=${block}`),
            );
            expect(zones).not.to.be.empty;
            expect(await failureOf(planLive(outputs, "dev", [...zones, ...blocks]))).to.equal("");
            const other = blocks.map((it) => it.replace(/(data\[0\]=10\.8)\.\d+/, "$1.200"));
            const failure = await failureOf(planLive(outputs, "dev", [...zones, ...other]));
            expect(failure).to.match(/network\.subnets\.data: .+ -> .+10\.8\.200\.0\/24/);
        });

        it("is allowed where nothing is lost, and on a stack that was never deployed", async () => {
            expect(
                await failureOf(planLive(outputs, "dev", ["ai-platform:services.api.cpu=512", "ai-platform:protectData=true"])),
            ).to.equal("");
            expect(await failureOf(planLive({}, "dev", ["ai-platform:database.dbName=orders"]))).to.equal("");
        });
    });

    describe("with confirmDeletion", () => {
        const unprotected = async (stack: string, deletion: string, overrides: string[] = []) => {
            const names = (list: string[]) =>
                plan(stack, prefixed([...overrides, ...list])).then(({ registered }) =>
                    registered.filter(({ protect }) => protect).map(({ name }) => name),
                );
            const confirmed = await names([`confirmDeletion[0]=${deletion}`]);
            return (await names([])).filter((name) => !confirmed.includes(name)).sort();
        };

        it("lifts the protection of what is named, and of nothing else", async () => {
            expect(await unprotected("prod", "documents")).to.deep.equal(["documents-cluster", "documents-connection-secret"]);
            expect(await unprotected("prod", "recovery")).to.deep.equal([
                "alerts-encryption-replica-us-west-2",
                "backups-vault",
                "backups-vault-recovery",
                "data-encryption-replica-us-west-2",
                "images-repository-recovery",
                "lake-curated-copy-bucket",
                "lake-raw-copy-bucket",
                "logs-encryption-replica-us-west-2",
                "origin-secret-secret",
                "recovery-table",
            ]);
            expect(await unprotected("dr", "distribution")).to.deep.equal(["edge-distribution"]);
            expect(await unprotected("prod", "cache")).to.deep.equal(["cache-connection-secret"]);
            expect(await unprotected("prod", "lake")).to.deep.equal([
                "events-stream-stream",
                "lake-curated-bucket",
                "lake-curated-copy-bucket",
                "lake-raw-bucket",
                "lake-raw-copy-bucket",
            ]);
            expect(await unprotected("prod", "identity")).to.deep.equal(["identity-domain", "identity-site", "identity-users"]);
            expect(await unprotected("prod", "events")).to.deep.equal(["events-archive", "events-bus", "events-stream-stream"]);
            expect(await unprotected("prod", "eventArchive")).to.deep.equal(["events-archive"]);
            expect(await unprotected("prod", "signInDomain")).to.deep.equal(["identity-domain"]);
        });

        it("lifts no protection in a stack without anything to delete, such as after the deletion", async () => {
            expect(await unprotected("dev", "recovery", ["protectData=true"])).to.deep.equal([]);
            expect(await unprotected("dr", "recovery", ["protectData=true"])).to.deep.equal([]);
        });

        it("lets AWS delete what contains something, and warns as long as it is set", async () => {
            const { registered, warnings } = await plan("prod", prefixed(["confirmDeletion[0]=recovery", "confirmDeletion[1]=documents"]));
            const inputs = (name: string) => registered.find((it) => it.name === name)?.inputs;
            expect(inputs("lake-raw-copy-bucket")).to.include({ forceDestroy: true });
            expect(inputs("lake-raw-bucket")).to.include({ forceDestroy: false });
            expect(inputs("backups-vault-recovery")).to.include({ forceDestroy: true });
            expect(inputs("documents-cluster")).to.include({ deletionProtection: false, skipFinalSnapshot: false });
            expect(warnings.join()).to.contain("confirmDeletion lists recovery, documents");
        });

        it("lets AWS delete the artifacts of pipelines, which it keeps otherwise", async () => {
            const kept = async (...set: string[]) => {
                const { registered } = await plan("prod", prefixed([...PIPELINES, ...set]));
                return registered
                    .filter(({ type, inputs }) => type === "aws:s3/bucket:Bucket" && !inputs.forceDestroy)
                    .map(({ name }) => name);
            };
            const all = await kept();
            const artifacts = all.filter((name) => name.startsWith("delivery-"));
            expect(artifacts).to.include.members(["delivery-service-artifacts-bucket", "delivery-site-artifacts-bucket"]);
            expect(await kept("confirmDeletion[0]=artifacts")).to.deep.equal(all.filter((name) => !artifacts.includes(name)));
        });
    });
});

const zoneProblems = (before: Settings, after: Settings) => refused(before, after).filter((it) => it.includes("network.subnets"));
