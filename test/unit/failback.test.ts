import { expect } from "chai";
import type { Description } from "../../stacks/recovery/description";
import type { Report } from "../../tools/failover/steps/report";
import { DR, PRIMARY, World } from "../support/failover";
import { storedObject } from "../support/failover-data";

const WEST = "us-west-2";
const EAST = "us-east-1";
const PROD_RETIRED = /^ai-platform-prod-retired-20\d{6}t\d{6}z$/;
const DR_RETIRED = /^ai-platform-dr-retired-20\d{6}t\d{6}z$/;

/** Replaces settings of the database in the description of a stack. */
function redescribe(world: World, description: Description, settings: object): void {
    const databases = description.databases.map((it) => ({ ...it, ...settings }));
    const id = `stack/${description.role}`;
    world.items.set(id, { id, description: JSON.stringify({ ...description, databases }) });
}

function addReadReplica({ databases }: World["prod"], source: string): void {
    databases[`${source}-reports`] = { ...databases[source]!, source, replicas: [] };
    databases[source]!.replicas.push(`${source}-reports`);
}

const reportIn = (stdout: string) => JSON.parse(stdout) as Report & { error?: string };

/** A pair of regions some hours after a failover. */
async function failedOver(): Promise<World> {
    const world = new World();
    expect((await world.go()).code).to.equal(0);
    world.now += 6 * 3_600_000;
    world.changes = [];
    world.published = [];
    return world;
}

/** What a stack leaves in its region, apart from data. */
const settingsOf = ({ services, schedules, targets, tasks, jobs, consumers, rules, variables, alarms }: World["prod"]) => ({
    ...{ schedules, targets, tasks, jobs, consumers, rules, variables, alarms },
    counts: Object.values(services).map(({ desired }) => desired),
});

describe("npm run failback", () => {
    it("makes prod active, with a replica of dr's database under the name of the old one, and dr the standby again", async () => {
        const world = await failedOver();
        const { code, stdout, stderr } = await world.go("--back");
        expect(code, stderr).to.equal(0);
        expect(stdout).to.contain("prod (us-east-1) is active after a failback");
        const before = new World();
        // As many tasks as dr ran.
        expect(settingsOf(world.prod)).to.deep.equal({ ...settingsOf(before.prod), tasks: [], counts: [4, 3] });
        expect(settingsOf(world.dr)).to.deep.equal(settingsOf(before.dr));
        const { databases } = world.prod;
        expect(databases["ai-platform-prod"]).to.deep.include({ status: "available", window: "03:00", backupRetentionPeriod: 14 });
        expect(databases["ai-platform-prod"]).not.to.have.property("source");
        expect(databases["ai-platform-prod"]?.like).to.equal("ai-platform-prod");
        expect(world.dr.databases["ai-platform-dr"]).to.deep.include({ status: "available", source: databases["ai-platform-prod"]?.arn });
        expect(databases["ai-platform-prod"]?.replicas).to.deep.equal([world.dr.databases["ai-platform-dr"]?.arn]);
        // Nothing was destroyed.
        expect(Object.keys(databases).filter((name) => PROD_RETIRED.test(name))).to.have.length(1);
        expect(Object.keys(world.dr.databases).filter((name) => DR_RETIRED.test(name))).to.have.length(1);
        expect(world.role?.active).to.equal("primary");
        expect(world.items.has("run/current")).to.equal(false);
    });

    it("interrupts writes only from the fence until the switch", async () => {
        const world = await failedOver();
        const { stdout } = await world.go("--back", "--json");
        const fence = world.changes.indexOf("table run/current and role");
        const slow = world.changes.filter((it) => it.startsWith(EAST) && /create|align|rename/.test(it));
        expect(slow).to.have.length(4);
        for (const change of slow) expect(world.changes.indexOf(change), change).to.be.below(fence);
        const switched = world.changes.indexOf(`${EAST} variable true`);
        for (const change of world.changes.filter((it) => it.startsWith(WEST) && /create|align|rename/.test(it)))
            expect(world.changes.indexOf(change), change).to.be.above(switched);
        // A replica takes half an hour in this model, and a promotion two minutes.
        const { rtoSeconds, rpoSeconds, steps } = reportIn(stdout);
        expect(rtoSeconds).to.be.below(300).and.above(100);
        expect(rpoSeconds).to.equal(0);
        expect(steps.find(({ name }) => name === "standby")?.seconds).to.be.above(1800);
        expect(world.published.map(({ name, dimensions }) => [name, dimensions.Environment])).to.deep.include(["RtoSeconds", "prod"]);
    });

    it("promotes only when the replica has all transactions from before the fence", async () => {
        const world = await failedOver();
        const lags: [number, number][] = [];
        world.lag = () => 700;
        world.fault = (change) => {
            if (change === `${EAST} promote ai-platform-prod`) lags.push([world.now, Date.parse(world.journal?.fence.doneAt ?? "")]);
        };
        expect((await world.go("--back")).code).to.equal(0);
        expect(lags).to.have.length(1);
        expect((lags[0]?.[0] ?? 0) - (lags[0]?.[1] ?? 0)).to.be.at.least(700_000);
    });

    describe("the objects", () => {
        it("that were written in dr are copied and verified, and older ones aren't", async () => {
            const world = await failedOver();
            const written = world.now - 3_600_000;
            Object.assign(world.dr.buckets["raw-west"]!, {
                "new.json": storedObject(20, written),
                "ä/ö.json": storedObject(30, written),
                // Replicated by S3: it has the time of its source.
                "both.json": storedObject(40, written),
                "changed.json": storedObject(51, written),
                // prod has deleted it, before the failover.
                "deleted.json": storedObject(60, Date.parse("2026-11-29T00:00:00Z")),
            });
            Object.assign(world.prod.buckets["raw-east"]!, {
                "both.json": storedObject(40, written),
                "changed.json": storedObject(50, written - 1000),
                // Written in prod before it failed, and never replicated.
                "only-in-prod.json": storedObject(70, Date.parse("2026-11-30T11:59:59Z")),
            });
            const { stdout } = await world.go("--back", "--json");
            expect(reportIn(stdout).objects).to.deep.equal({ "raw-east": { compared: 4, copied: 3 } });
            const { "raw-east": raw } = world.prod.buckets;
            expect(Object.keys(raw!).sort()).to.deep.equal(
                ["both.json", "changed.json", "new.json", "old.json", "only-in-prod.json", "ä/ö.json"].sort(),
            );
            expect(raw?.["changed.json"]?.size).to.equal(51);
        });

        it("that are written while the replica is created are copied after the fence", async () => {
            const world = await failedOver();
            world.fault = (change) => {
                if (change === "table run/current and role") world.dr.buckets["raw-west"]!["late.json"] = storedObject(5, world.now);
            };
            expect((await world.go("--back")).code).to.equal(0);
            expect(world.prod.buckets["raw-east"]).to.have.property("late.json");
        });

        it("that S3 is replicating get some time", async () => {
            const world = await failedOver();
            const { "raw-west": west } = world.dr.buckets;
            west!["pending.json"] = storedObject(5, world.now - 1000, { isPending: true });
            const start = world.now;
            const copied: number[] = [];
            world.fault = (change) => {
                if (change.endsWith("copy pending.json")) copied.push(world.now - start);
            };
            expect((await world.go("--back")).code).to.equal(0);
            expect(copied).to.have.length(1);
            expect(copied[0]).to.be.at.least(600_000);
            const replicated = await failedOver();
            replicated.dr.buckets["raw-west"]!["pending.json"] = storedObject(5, replicated.now - 1000, { isPending: true });
            replicated.afterSleep = () => {
                replicated.prod.buckets["raw-east"]!["pending.json"] ??= { ...replicated.dr.buckets["raw-west"]!["pending.json"]! };
            };
            expect((await replicated.go("--back")).code).to.equal(0);
            expect(replicated.changes.join()).not.to.contain("copy pending.json");
        });

        it("that change while they are copied are copied again", async () => {
            const world = await failedOver();
            const { "raw-west": west } = world.dr.buckets;
            west!["new.json"] = storedObject(20, world.now);
            let isChanged = false;
            world.fault = (change) => {
                // The copy of the previous version then gets a later time.
                if (change.endsWith("copy new.json") && !isChanged) {
                    isChanged = true;
                    west!["new.json"] = storedObject(21, world.now - 1000);
                }
            };
            expect((await world.go("--back")).code).to.equal(0);
            expect(world.prod.buckets["raw-east"]?.["new.json"]?.size).to.equal(21);
        });

        it("whose copy differs stop the failback before the fence", async () => {
            const world = await failedOver();
            world.dr.buckets["raw-west"]!["new.json"] = storedObject(20, world.now);
            world.damage = () => ({ checksums: { CRC64: "another" } });
            const { code, stderr } = await world.go("--back");
            expect(code).to.equal(1);
            expect(stderr).to.contain("the copy of new.json in raw-east differs from its source");
            expect(world.role?.active).to.equal("dr");
        });

        it("of a planned failover are compared, too", async () => {
            const world = new World();
            world.prod.buckets["raw-east"]!["new.json"] = storedObject(20, world.now);
            const { stdout } = await world.go("--planned", "--json");
            expect(reportIn(stdout).objects).to.deep.equal({ "raw-east": { compared: 1, copied: 1 } });
            expect(world.dr.buckets["raw-west"]).to.have.property("new.json");
        });
    });

    it("killed after any change, and run again, ends in the same state", async () => {
        const start = async () => {
            const world = await failedOver();
            world.dr.buckets["raw-west"]!["new.json"] = storedObject(20, world.now);
            return world;
        };
        const names = (world: World) =>
            JSON.stringify(world.outcome)
                .replaceAll(/retired-\w+/g, "retired")
                .replaceAll(/"modifiedAt":\d+/g, "");
        const whole = await start();
        expect((await whole.go("--back")).code).to.equal(0);
        const total = whole.changes.length;
        expect(total).to.be.above(40);
        for (let count = 1; count < total; count++) {
            const world = await start();
            world.killAfter = count;
            expect((await world.go("--back")).wasKilled, `change ${count}`).to.equal(true);
            world.killAfter = Infinity;
            const isFinished = !world.items.has("run/current");
            const { code, stderr } = await world.go("--back", ...(isFinished ? [] : ["--resume"]));
            expect(code, `after ${world.changes[count - 1] ?? ""}: ${stderr}`).to.equal(isFinished ? 3 : 0);
            expect(names(world), `after ${world.changes[count - 1] ?? ""}`).to.deep.equal(names(whole));
            const kinds = world.changes.map((it) => /(create|promote) \S+/.exec(it)?.[0]).filter(Boolean);
            expect(kinds).to.deep.equal(["create ai-platform-prod-next", "promote ai-platform-prod", "create ai-platform-dr-next"]);
        }
    });

    it("moves the traffic there and back again before anything is deleted", async () => {
        const world = await failedOver();
        for (const args of [["--back"], ["--planned"], ["--back"], []]) {
            world.now += 3_600_000;
            const { code, stderr } = await world.go(...args);
            expect(code, stderr).to.equal(0);
        }
        expect(world.role?.active).to.equal("dr");
        expect(world.changes.filter((it) => it.includes("delete ai-platform"))).to.be.empty;
    });

    describe("refuses", () => {
        const cases: [string, (world: World) => void, string][] = [
            ["if prod is active", (world) => world.items.delete("role"), "prod (us-east-1) is already active"],
            ["if prod doesn't respond", (world) => world.down.add(EAST), "region us-east-1 doesn't respond"],
            [
                "if the database of dr has no backups, which a replica needs",
                (world) => (world.dr.databases["ai-platform-dr"]!.backupRetentionPeriod = 0),
                "database ai-platform-dr keeps no backups, so it can't have a replica",
            ],
            [
                "if the database of prod has replicas, which would be left behind",
                (world) => {
                    addReadReplica(world.prod, "ai-platform-prod");
                },
                "replicas can't follow another instance: remove ai-platform-prod-reports",
            ],
            [
                "without the settings of an instance in prod",
                (world) => delete world.prod.databases["ai-platform-prod"],
                "database ai-platform-prod doesn't exist in us-east-1",
            ],
            [
                "if the database of dr has replicas",
                (world) => {
                    addReadReplica(world.dr, "ai-platform-dr");
                },
                "replicas can't follow another instance: remove ai-platform-dr-reports",
            ],
            [
                "if a database has a proxy, which would stay with the old instance",
                (world) => {
                    redescribe(world, PRIMARY, { proxy: true });
                },
                "ai-platform-prod has a proxy, which can't follow another instance: turn database.proxy off in prod",
            ],
            [
                "if workloads have logins of their own, which the replica doesn't know",
                (world) => {
                    redescribe(world, DR, { users: true });
                },
                "the logins of ai-platform-dr would be outdated: turn database.users off in dr",
            ],
            [
                "if the clock is wrong, with which the end of the fence is compared",
                (world) => (world.skew = 15_000),
                "the clock of this computer differs from that of AWS by 15 seconds",
            ],
            ["without a description of prod", (world) => world.items.delete("stack/primary"), "item stack/primary is missing"],
        ];
        for (const [title, change, message] of cases)
            it(title, async () => {
                const world = await failedOver();
                change(world);
                const { code, stderr } = await world.go("--back");
                expect(code).to.equal(3);
                expect(stderr).to.contain(message);
                expect(world.changes).to.be.empty;
            });

        it("while a failover isn't complete, and the other way round", async () => {
            const world = new World();
            world.down.add(EAST);
            await world.go();
            world.down.clear();
            const { code, stderr } = await world.go("--back");
            expect(code).to.equal(3);
            expect(stderr).to.contain("is a failover that isn't complete: continue it with `node failover.cjs --table recovery");
            const other = await failedOver();
            other.killAfter = 10;
            await other.go("--back");
            other.killAfter = Infinity;
            expect((await other.go()).stderr).to.contain(
                "is a failback that isn't complete: continue it with `node failover.cjs --back --table recovery",
            );
        });

        it("--unplanned, because it needs both regions", async () => {
            const { code, stderr } = await (await failedOver()).go("--back", "--unplanned");
            expect(code).to.equal(2);
            expect(stderr).to.contain("a failback needs both regions");
        });

        it("to replace an instance with one that isn't its replica", async () => {
            const world = await failedOver();
            world.prod.databases["ai-platform-prod-next"] = { ...world.prod.databases["ai-platform-prod"]! };
            const { code, stderr } = await world.go("--back");
            expect(code).to.equal(1);
            expect(stderr).to.contain("ai-platform-prod-next exists, but isn't a replica of ai-platform-dr");
            expect(world.role?.active).to.equal("dr");
        });
    });

    describe("the fence", () => {
        it("leaves no task that could write to the old database, until dr is a standby again", async () => {
            const world = await failedOver();
            const tasks: number[] = [];
            world.fault = (change) => {
                if (/promote|create ai-platform-dr|variable true/.test(change))
                    tasks.push(world.dr.services["ai-platform-dr-api"]!.running);
            };
            expect((await world.go("--back")).code).to.equal(0);
            expect(tasks).to.deep.equal([0, 0, 0]);
            expect(world.dr.services["ai-platform-dr-api"]?.desired).to.equal(1);
            expect(world.dr.targets["ai-platform-dr-api"]).to.deep.equal({ minCapacity: 1, maxCapacity: 1 });
        });

        it("isn't reached if the database of prod is no longer a replica", async () => {
            const whole = await failedOver();
            await whole.go("--back");
            const world = await failedOver();
            world.killAfter = whole.changes.indexOf("table run/current and role");
            await world.go("--back");
            world.killAfter = Infinity;
            delete world.prod.databases["ai-platform-prod"]!.source;
            world.dr.databases["ai-platform-dr"]!.replicas = [];
            const { code, stderr } = await world.go("--back", "--resume");
            expect(code).to.equal(1);
            expect(stderr).to.contain("database ai-platform-prod isn't a replica of ai-platform-dr");
            expect(world.role?.active).to.equal("dr");
        });
    });

    it("waits for a slow first backup, and gives up on an instance that doesn't recover", async () => {
        const slow = await failedOver();
        slow.rds.alignment = 3600;
        expect((await slow.go("--back")).code).to.equal(0);
        const world = await failedOver();
        world.fault = (change) => {
            if (change.endsWith("align ai-platform-prod-next")) world.prod.databases["ai-platform-prod-next"]!.status = "storage-full";
        };
        const { code, stderr } = await world.go("--back");
        expect(code).to.equal(1);
        expect(stderr).to.contain("the instance is storage-full");
        expect(world.role?.active).to.equal("dr");
    });

    describe("--abandon", () => {
        it("ends a failback that can't continue, and a failover makes dr active again", async () => {
            const world = await failedOver();
            world.lag = () => (world.role?.active === "primary" ? -1 : 0);
            expect((await world.go("--back")).stderr).to.contain("the replication has stopped. Nothing was promoted");
            expect((await world.go()).code).to.equal(3);
            const { code, stdout } = await world.go("--back", "--abandon");
            expect(code).to.equal(0);
            expect(stdout).to.contain("is abandoned. To make the recovery region active, run `node failover.cjs --table recovery");
            const again = await world.go();
            expect(again.code, again.stderr).to.equal(0);
            const expected = await failedOver();
            expect(settingsOf(world.dr)).to.deep.equal(settingsOf(expected.dr));
            expect(settingsOf(world.prod)).to.deep.equal(settingsOf(expected.prod));
            expect(world.role?.active).to.equal("dr");
        });

        it("gives the databases their names again, and warns about what would be lost", async () => {
            const whole = await failedOver();
            await whole.go("--back");
            const killedAt = async (change: RegExp) => {
                const world = await failedOver();
                world.killAfter = whole.changes.findIndex((it) => change.test(it)) + 1;
                await world.go("--back");
                world.killAfter = Infinity;
                world.now += 600_000;
                return world;
            };
            const early = await killedAt(/rename ai-platform-prod ai-platform-prod-retired/);
            const { code, stdout } = await early.go("--back", "--abandon");
            expect(code).to.equal(0);
            expect(stdout).to.contain("The recovery region is still active");
            early.now += 600_000;
            expect((await early.go("--back")).code).to.equal(0);

            const late = await killedAt(/rename ai-platform-dr ai-platform-dr-retired/);
            late.down.add(EAST);
            late.answer = "dr";
            const outcome = await late.run("--table", "recovery", "--region", WEST, "--back", "--abandon");
            expect(outcome.code, outcome.stderr).to.equal(0);
            expect(late.questions.at(-1)).to.match(/What was written since 2026-\S+ isn't in the recovery region/);
            late.now += 600_000;
            const failover = await late.go();
            expect(failover.code, failover.stderr).to.equal(0);
            // The replica of prod's database has later data than the old instance.
            expect(late.dr.databases["ai-platform-dr"]?.like).to.equal("ai-platform-dr");
        });

        it("makes the next failback compare what this one copied", async () => {
            const world = await failedOver();
            const { "raw-west": west } = world.dr.buckets;
            west!["new.json"] = storedObject(20, world.now);
            world.fault = (change) => {
                if (!change.endsWith("copy new.json")) return;
                // The copy of the previous version gets a later time.
                west!["new.json"] = storedObject(21, world.now - 1000);
                world.fault = () => undefined;
                world.killAfter = world.changes.length + 1;
            };
            await world.go("--back");
            world.killAfter = Infinity;
            world.now += 3_600_000;
            expect((await world.go("--back", "--abandon")).code).to.equal(0);
            expect((await world.go("--back")).code).to.equal(0);
            expect(world.prod.buckets["raw-east"]?.["new.json"]?.size).to.equal(21);
        });

        it("refuses if there is no failback, and if it isn't confirmed", async () => {
            const world = await failedOver();
            expect((await world.go("--back", "--abandon")).stderr).to.contain("there is no failback to abandon");
            expect((await world.go("--abandon")).code).to.equal(2);
            world.killAfter = 10;
            await world.go("--back");
            world.killAfter = Infinity;
            world.answer = "no";
            expect((await world.run("--table", "recovery", "--region", WEST, "--back", "--abandon")).code).to.equal(3);
            expect(world.items.has("run/current")).to.equal(true);
        });
    });

    it("prints a plan, and changes nothing", async () => {
        const world = await failedOver();
        const { code, stdout, stderr } = await world.go("--back", "--dry-run");
        expect(code).to.equal(0);
        expect(stdout).to.contain("Nothing was changed");
        expect(stderr)
            .to.contain("Failback to prod (us-east-1)")
            .and.to.contain("Create ai-platform-prod-next as a replica of ai-platform-dr")
            .and.to.contain("rebuild in us-west-2");
        expect(world.changes).to.be.empty;
    });

    it("asks for the name of the environment that becomes active", async () => {
        const world = await failedOver();
        world.answer = "prod";
        expect((await world.run("--table", "recovery", "--region", WEST, "--back")).code).to.equal(0);
        expect(world.questions).to.deep.equal(["Type prod to continue: "]);
    });

    describe("--cleanup", () => {
        it("deletes the replaced instances, each with a final snapshot, and nothing else", async () => {
            const world = await failedOver();
            await world.go("--back");
            world.changes = [];
            const listed = await world.go("--back", "--cleanup", "--dry-run", "--json");
            expect((JSON.parse(listed.stdout) as { deleted: unknown[] }).deleted).to.have.length(2);
            expect(world.changes).to.be.empty;
            expect((await world.go("--back", "--cleanup")).code).to.equal(0);
            expect(world.changes.map((it) => it.replaceAll(/retired-\w+?z/g, "retired"))).to.have.members([
                `${EAST} delete ai-platform-prod-retired ai-platform-prod-retired-final`,
                `${WEST} delete ai-platform-dr-retired ai-platform-dr-retired-final`,
            ]);
            world.now += 600_000;
            expect((await world.go("--back", "--cleanup")).stdout).to.contain("No instance was replaced");
        });

        it("doesn't delete an instance that has a replica", async () => {
            const world = await failedOver();
            await world.go("--back");
            const name = Object.keys(world.prod.databases).find((it) => PROD_RETIRED.test(it)) ?? "";
            addReadReplica(world.prod, name);
            const { code, stderr } = await world.go("--back", "--cleanup");
            expect(code).to.equal(1);
            expect(stderr).to.contain(`it has replicas: ${name}-reports`);
            expect(world.prod.databases).to.have.property(name);
        });

        it("refuses during a run, without an answer, and with options of a run", async () => {
            const world = await failedOver();
            world.killAfter = 10;
            await world.go("--back");
            world.killAfter = Infinity;
            expect((await world.go("--cleanup")).code).to.equal(3);
            const done = await failedOver();
            await done.go("--back");
            done.answer = "no";
            const before = done.changes.length;
            expect((await done.run("--table", "recovery", "--region", WEST, "--cleanup")).code).to.equal(3);
            expect(done.changes).to.have.length(before);
            expect((await done.go("--cleanup", "--resume")).code).to.equal(2);
        });
    });
});
