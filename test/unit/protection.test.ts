import { expect } from "chai";
import type { Recording } from "../../components/testing";
import { type Deletion, DELETIONS, PROTECTED_TYPES } from "../../stacks/protection";
import { compare } from "../../tools/changes/compare";
import { judge } from "../../tools/changes/judge";
import { identityOf } from "../../tools/plan/compare";
import { plan, PLANS, prefixed } from "../support/plans";
import { smallest } from "../support/smallest";

const sectionsOf = (overrides: string[]) => overrides.map((it) => it.split(".")[0] ?? "");
const names = (resources: Recording["registered"]) => resources.map(({ name }) => name).sort();

/** Buckets whose content is produced again or expires. */
const REPRODUCIBLE = ["access-logs", "copy-access-logs", "edge-site", "edge-site-copy", "lake-results"];
/** Read replicas, and secrets that repeat the credentials of the database. */
const COPIES = ["database-replica-reports-instance", "database-replica-reports-connection-secret", "database-proxy-credentials-secret"];
/** Clients of a service's domain don't use the distribution's own name. */
const OF_SERVICES = ["edge-reports-distribution"];
/** The setup creates the logins of users again. */
const OF_USERS = ["database-users-api-secret", "database-users-schema-secret"];
const isReproducible = (name: string) =>
    name.startsWith("delivery-") ||
    OF_SERVICES.includes(name) ||
    COPIES.includes(name) ||
    OF_USERS.includes(name) ||
    REPRODUCIBLE.some((it) => name === `${it}-bucket`);

const OFF = "ai-platform:protectData=false";
const EVERY_STACK = { ...PLANS, "dev, protected": { stack: "dev", overrides: ["ai-platform:protectData=true"] } };

describe("protectData", () => {
    for (const [title, { stack, overrides = [] }] of Object.entries(EVERY_STACK)) {
        if (title === "dev") continue;

        it(`protects what holds data or an identity, and nothing else: ${title}`, async () => {
            const { registered } = await plan(stack, overrides);
            // The provider of a remote component creates its resources, which the program can't protect one by one.
            const own = registered.filter(({ expanded }) => !expanded);
            const expected = own.filter(({ type, name }) => PROTECTED_TYPES.has(type) && !isReproducible(name));
            expect(names(registered.filter(({ protect }) => protect))).to.deep.equal(names(expected));
            expect(new Set(expected.map(({ type }) => type)).size).to.be.greaterThan(4);
        });

        it(`can be turned off: nothing is protected, and nothing leaves the program: ${title}`, async () => {
            const on = await plan(stack, overrides);
            const off = await plan(stack, [...overrides.filter((it) => !it.startsWith("ai-platform:protectData=")), OFF]);
            expect(names(off.registered.filter(({ protect }) => protect))).to.be.empty;
            expect(off.registered.map(identityOf).sort()).to.deep.equal(on.registered.map(identityOf).sort());
        });

        it(`is turned off without a replacement: ${title}`, async () => {
            const off = await plan(stack, [...overrides.filter((it) => !it.startsWith("ai-platform:protectData=")), OFF]);
            expect(refused(await plan(stack, overrides), off)).to.be.empty;
        });
    }

    it("protects each data store, key, secret, and identity of prod", async () => {
        const { registered } = await plan("prod");
        expect(names(registered.filter(({ protect }) => protect))).to.include.members([
            ...["database-instance", "documents-cluster", "events-archive", "events-bus", "events-stream-stream"],
            ...["lake-raw-bucket", "lake-curated-bucket", "lake-raw-copy-bucket", "lake-curated-copy-bucket"],
            ...["backups-vault", "backups-vault-recovery", "images-repository", "images-repository-recovery"],
            ...["data-encryption-key", "logs-encryption-key", "alerts-encryption-key", "guardrail-encryption-key"],
            ...["data-encryption-replica-us-west-2", "logs-encryption-replica-us-west-2", "alerts-encryption-replica-us-west-2"],
            ...["database-connection-secret", "cache-connection-secret", "documents-connection-secret", "jwt-secret-secret"],
            ...["origin-secret-secret", "identity-users", "identity-site", "identity-domain", "edge-distribution"],
        ]);
        expect(registered.filter(({ type, protect }) => type === "aws:ec2/eip:Eip" && !protect)).to.be.empty;
    });

    describe("allows the deletion of what an update before confirmed", () => {
        const PIPELINES = [
            "delivery.service.repositoryId=acme/api",
            "delivery.site.repositoryId=acme/site",
            "services.api.deployedBy=pipeline",
        ];
        const DOMAIN = ["domain.name=app.example.com", "domain.zoneId=Z0123456789ABCDEFGHIJ"];
        const SAML = ["type=saml", "metadataUrl=https://idp.example.com/metadata"].map((it) => `identity.providers["Corporate"].${it}`);
        const NO_USERS = ["api.enabled=false", "identity.enabled=false"];
        /** Deletions of what isn't protected. */
        const UNPROTECTED: Deletion[] = ["artifacts", "backupCopies", "domain", "groups", "identityProviders", "vaultLock"];
        /** Deletions that include resources of several systems. */
        const OF_SEVERAL: Deletion[] = [
            "ai",
            "api",
            "distribution",
            "domain",
            "edge",
            "eventStream",
            "events",
            "identity",
            "lake",
            "recovery",
        ];
        const DELETED: [deletion: Deletion, stack: string, before: string[], after: string[]][] = [
            ["addresses", "prod", [], ["network.natGateways=single"]],
            ["ai", "prod", ["ai.invocationLogging=true"], ["ai.enabled=false"]],
            ["api", "prod", [], ["api.enabled=false"]],
            ["artifacts", "prod", PIPELINES, ["services.api.deployedBy=pipeline"]],
            ["backupCopies", "prod", ["recovery.continuousBackups=true"], []],
            ["backups", "prod", [], ["backups.enabled=false"]],
            ["cache", "prod", [], ["cache.enabled=false"]],
            ["distribution", "dr", [], DOMAIN],
            ["documents", "prod", [], ["documents.enabled=false"]],
            ["domain", "prod", DOMAIN, []],
            ["edge", "prod", NO_USERS, [...NO_USERS, "edge.enabled=false"]],
            ["eventArchive", "prod", [], ["events.archiveRetentionDays=0"]],
            ["eventStream", "prod", [], ["events.stream.enabled=false"]],
            ["events", "prod", [], ["events.enabled=false"]],
            ["groups", "prod", [], ["identity.groups[0]=admins"]],
            ["identity", "prod", ["api.enabled=false"], NO_USERS],
            ["identityProviders", "prod", SAML, []],
            ["invocationLogs", "prod", ["ai.invocationLogging=true"], []],
            ["lake", "prod", [], ["lake.enabled=false"]],
            ["recovery", "prod", [], ["recovery.region=eu-west-3"]],
            ["signInDomain", "prod", [], ["identity.domainPrefix=other"]],
            ["vaultLock", "prod", ["backups.vaultLock.minRetentionDays=7", "backups.vaultLock.changeableForDays=3"], []],
        ];
        for (const [deletion, stack, before, after] of DELETED)
            it(deletion, async () => {
                const confirm = `confirmDeletion[0]=${deletion}`;
                const variants = [[...before, confirm], [...after, confirm], before].map(prefixed);
                const base = OF_SEVERAL.includes(deletion) ? [] : smallest(stack, sectionsOf([deletion, ...before, ...after]), variants);
                const planned = (overrides: string[]) => plan(stack, [...base, ...prefixed(overrides)]);
                const [released, removed] = [await planned([...before, confirm]), await planned([...after, confirm])];
                expect(refused(released, removed)).to.be.empty;
                if (UNPROTECTED.includes(deletion)) return;
                // Without the confirmation, it's protected.
                expect(refused(await planned(before), removed)).not.to.be.empty;
            });

        it("for each deletion that can be confirmed", () => {
            expect(DELETED.map(([deletion]) => deletion)).to.deep.equal([...DELETIONS].sort());
        });
    });

    describe("allows a documented change", () => {
        const CHANGES: [stack: string, before: string[], after: string[]][] = [
            ["prod", [], ["documents.instances=1"]],
            ["prod", [], ["recovery.manageRegistry=false"]],
            ["prod", ["recovery.continuousBackups=true"], ["recovery.continuousBackups=false"]],
            ["prod", ["identity.groups[0]=admins", "identity.groups[1]=users"], ["identity.groups[0]=admins"]],
            [
                "prod",
                ["database.engineVersion=16.10"],
                ["database.engineVersion=17.6", "database.allowMajorVersionUpgrade=true", "database.applyImmediately=true"],
            ],
            ["prod", [], ["cache.engine=redis"]],
            ["prod", [], ["logRetentionDays=14"]],
            ["prod", [], ["database.passwordVersion=2", "documents.passwordVersion=2", "jwtVersion=2", "api.originSecretVersion=2"]],
            ["prod", [], ["domain.name=app.example.com", "domain.zoneId=Z0123456789ABCDEFGHIJ"]],
            ["dr", [], ["active=true"]],
        ];
        for (const [stack, before, after] of CHANGES)
            it(`${stack}: ${after.join(", ")}`, async () => {
                const variants = [before, after].map(prefixed);
                const sections = sectionsOf([...before, ...after]);
                const base = sections.every((it) => ["cache", "database", "documents", "identity"].includes(it))
                    ? smallest(stack, sections, variants)
                    : [];
                const planned = (overrides: string[]) => plan(stack, [...base, ...prefixed(overrides)]);
                const protectedChanges = refused(await planned(before), await planned(after));
                expect(protectedChanges).to.be.empty;
            });
    });
});

/** Protected resources that the second program would delete or replace. */
function refused(before: Recording, after: Recording): string[] {
    const [state, planned] = [before.deployment().deployment.resources, after.deployment().deployment.resources];
    return judge(compare(state, planned).changes)
        .filter((finding) => finding.protected)
        .map(({ operation, name, because }) => `${operation} ${name} (${because.join(", ")})`);
}
