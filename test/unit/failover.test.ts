import { expect } from "chai";
import { USAGE } from "../../tools/failover/arguments";
import { LEASE } from "../../tools/failover/run";
import type { Report } from "../../tools/failover/steps/report";
import { DR, PRIMARY, World } from "../support/failover";

const WEST = "us-west-2";
const EAST = "us-east-1";

/** Position of a change. Fails if there is none. */
function at(world: World, change: string): number {
    const index = world.changes.indexOf(change);
    expect(index, `${change} in ${world.changes.join(", ")}`).to.be.at.least(0);
    return index;
}

const reportIn = (stdout: string) => JSON.parse(stdout) as Report & { error?: string };
const changesOfAws = (world: World) => world.changes.filter((it) => !it.startsWith("table"));

describe("npm run failover", () => {
    it("makes dr active and prod passive, in the order that loses and risks the least", async () => {
        const world = new World();
        const { code, stdout, stderr } = await world.go();
        expect(code, stderr).to.equal(0);
        const order = [
            "table run/current and role",
            `${EAST} disable nightly`,
            `${EAST} count ai-platform-prod-api 0`,
            `${EAST} stop task-of-a-job`,
            `${WEST} promote ai-platform-dr`,
            `${WEST} enable mapping-dr`,
            `${WEST} variable true`,
            `${WEST} enable dr-errors+dr-latency`,
            `${WEST} publish`,
        ];
        expect(order.map((change) => at(world, change))).to.deep.equal(order.map((change) => at(world, change)).sort((a, b) => a - b));
        expect(at(world, `${WEST} count ai-platform-dr-api 4`))
            .to.be.above(at(world, `${EAST} stop task-of-a-job`))
            .and.below(at(world, `${WEST} enable mapping-dr`));
        const { services, targets, schedules, jobs, consumers, rules, databases, alarms, variables } = world.dr;
        // prod ran 4 and 9 tasks; the maximum of the worker is 3.
        expect(services).to.deep.equal({
            "ai-platform-dr-api": { desired: 4, running: 4, rollout: "COMPLETED" },
            "ai-platform-dr-worker": { desired: 3, running: 3, rollout: "COMPLETED" },
        });
        expect(targets["ai-platform-dr-api"]).to.deep.equal({ minCapacity: 2, maxCapacity: 6 });
        expect(schedules["night-0"]).to.deep.equal(DR.services.api?.schedules["night-0"]);
        expect([jobs, rules, consumers, variables]).to.deep.equal([
            { nightly: true },
            { "orders-dr": true, "daily-dr": true },
            { "mapping-dr": "Enabled" },
            { "rest-dr": "true" },
        ]);
        expect(databases["ai-platform-dr"]).to.deep.include({ status: "available" }).and.not.to.have.property("source");
        expect(alarms).to.deep.equal({ "dr-errors": true, "dr-latency": true, "dr-replica-lag": false });
        expect(world.role).to.deep.include({ active: "dr", run: "run/2026-11-30T12:00:00.000Z" });
        expect(world.items.get("capacity")?.services).to.deep.equal({ api: 4, worker: 9 });
        expect(stdout)
            .to.match(/dr \(us-west-2\) is active after a failover/)
            .and.to.match(/RPO 0.5 s\nRTO \d+/);
        expect(stdout).to.contain("ai-platform-dr contains the transactions until 2026-11-30T12:0");
    });

    it("leaves prod as a passive stack leaves it", async () => {
        const world = new World();
        await world.go();
        const { services, targets, schedules, tasks, jobs, consumers, rules, alarms, variables, databases } = world.prod;
        for (const [name, { desired, running }] of Object.entries(services)) expect([name, desired, running]).to.deep.equal([name, 0, 0]);
        for (const limits of Object.values(targets)) expect(limits).to.deep.equal({ minCapacity: 0, maxCapacity: 0 });
        expect(schedules["night-0"]).to.deep.include({ minCapacity: 0, maxCapacity: 0, timezone: "Europe/Berlin" });
        expect(tasks).to.be.empty;
        expect([jobs, rules, consumers, variables]).to.deep.equal([
            { nightly: false },
            { "orders-prod": false, "daily-prod": false },
            { "mapping-prod": "Disabled" },
            { "rest-prod": "false" },
        ]);
        expect(alarms).to.deep.equal({ "prod-errors": false, "prod-latency": false, "prod-replica-lag": true });
        expect(Object.keys(databases)).to.deep.equal(["ai-platform-prod"]);
    });

    it("opens the switch only after the database and the tasks are ready", async () => {
        const world = new World();
        const ready: boolean[] = [];
        world.fault = (change) => {
            if (change !== `${WEST} variable true`) return;
            const isReady = Object.values(world.dr.services).every(({ desired, running }) => desired > 0 && running === desired);
            ready.push(isReady && world.dr.databases["ai-platform-dr"]?.source === undefined);
        };
        await world.go();
        expect(ready).to.deep.equal([true]);
    });

    it("publishes the measured times, and marks those of a drill", async () => {
        const world = new World();
        await world.go();
        expect(world.published.map(({ name, dimensions }) => [name, dimensions])).to.deep.equal([
            ["RtoSeconds", { Environment: "dr" }],
            ["RpoSeconds", { Environment: "dr" }],
        ]);
        expect(world.published[0]?.value).to.be.above(120);
        const drill = new World();
        const { stdout } = await drill.go("--drill", "--json");
        expect(reportIn(stdout).drill).to.equal(true);
        expect(drill.published.map(({ dimensions }) => dimensions.Kind)).to.deep.equal([undefined, "drill", undefined, "drill"]);
        const denied = new World();
        denied.fault = (change) => {
            if (change.endsWith("publish")) throw new Error("AccessDenied");
        };
        const outcome = await denied.go();
        expect(outcome.code).to.equal(0);
        expect(outcome.stdout).to.contain("the metrics weren't published: AccessDenied");
    });

    it("prints one JSON document", async () => {
        const world = new World();
        const { stdout, stderr } = await world.go("--json");
        const report = reportIn(stdout);
        expect(report).to.deep.include({ environment: "dr", region: WEST, status: "done", planned: false, rpoSeconds: 0.5 });
        expect(report.counts).to.deep.equal({ api: 4, worker: 3 });
        expect(report.steps.map(({ name, status }) => `${name} ${status}`)).to.deep.equal(
            ["preflight", "fence", "capacity", "databases", "verify", "switch", "report"].map((name) => `${name} done`),
        );
        expect(report.rtoSeconds).to.be.a("number");
        expect(stderr).to.contain("[4/7] databases: done in").and.to.contain("Promote the database ai-platform-dr (can't be undone)");
    });

    describe("when the primary region is down", () => {
        it("asks it once for its capacity and once for the fence, and never again", async () => {
            const world = new World();
            world.down.add(EAST);
            world.items.set("capacity", { id: "capacity", services: { api: 5 }, at: "2026-11-30T11:00:00Z" });
            const { code, stdout, stderr } = await world.go();
            expect(code).to.equal(0);
            expect(world.requests[EAST]).to.equal(2);
            expect(world.dr.services["ai-platform-dr-api"]?.running).to.equal(5);
            expect(stderr).to.contain("the counts of 2026-11-30T11:00:00Z");
            expect(stdout).to.contain(
                "skipped: region us-east-1 doesn't respond (connect timed out). When it responds again, run `node failover.cjs",
            );
            expect(world.items.get("capacity")?.services).to.deep.equal({ api: 5 });
        });

        it("uses the last known counts of the services that it can't measure anymore", async () => {
            const world = new World();
            world.items.set("capacity", { id: "capacity", services: { api: 5, worker: 2 }, at: "2026-11-30T11:00:00Z" });
            const read = world.prod.services["ai-platform-prod-api"]!;
            Object.defineProperty(read, "peak", {
                get: () => {
                    world.down.add(EAST);
                    return 4;
                },
            });
            expect((await world.go()).code).to.equal(0);
            expect(world.dr.services["ai-platform-dr-api"]?.running).to.equal(4);
            expect(world.dr.services["ai-platform-dr-worker"]?.running).to.equal(2);
            expect(world.items.get("capacity")?.services).to.deep.equal({ api: 4, worker: 2 });
        });

        it("uses minCapacity without known counts", async () => {
            const world = new World();
            world.down.add(EAST);
            await world.go();
            expect(world.dr.services["ai-platform-dr-api"]?.running).to.equal(2);
        });

        it("makes it passive when the command runs again, and changes nothing else", async () => {
            const world = new World();
            world.down.add(EAST);
            await world.go();
            const since = world.role?.since;
            expect(world.journal?.fence.status).to.equal("pending");
            expect((await world.go("--json")).stdout).to.contain('"status": "fence pending"');
            world.down.clear();
            world.changes = [];
            world.isTerminal = false;
            const { code, stdout } = await world.run("--table", "recovery", "--region", WEST, "--resume");
            expect(code).to.equal(0);
            expect(stdout).to.contain("is active after a failover").and.not.to.contain("isn't passive");
            expect(changesOfAws(world).every((it) => it.startsWith(EAST))).to.equal(true);
            const whole = new World();
            await whole.go();
            expect({ ...world.outcome.states[EAST] }).to.deep.equal(whole.outcome.states[EAST]);
            expect(world.role?.since).to.equal(since);
            expect(world.items.has("run/current")).to.equal(false);
            expect((await world.go()).code).to.equal(3);
        });

        it("stops asking if the region stops responding during the fence", async () => {
            const world = new World();
            world.fault = (change) => {
                if (change.startsWith(`${EAST} count`)) world.down.add(EAST);
            };
            const { code, stdout } = await world.go("--json");
            expect(code).to.equal(0);
            expect(reportIn(stdout).fence.reason).to.contain("skipped the rest: region us-east-1 doesn't respond");
            expect(world.prod.alarms).to.deep.equal(new World().prod.alarms);
        });

        it("refuses a planned failover", async () => {
            const world = new World();
            world.down.add(EAST);
            const { code, stderr } = await world.go("--planned");
            expect(code).to.equal(3);
            expect(stderr).to.contain("us-east-1 doesn't respond").and.to.contain("run without --planned");
            expect(world.changes).to.be.empty;
        });
    });

    it("continues in dr if only some actions in the primary region fail, and reports them", async () => {
        const world = new World();
        world.fault = (change) => {
            if (change === `${EAST} disable nightly`) throw new Error("AccessDeniedException");
        };
        const { code, stdout } = await world.go("--json");
        expect(code).to.equal(0);
        expect(reportIn(stdout).fence).to.deep.equal({
            status: "pending",
            reason: "Disable the schedule ai-platform-prod/nightly: AccessDeniedException",
        });
        expect(world.prod.services["ai-platform-prod-api"]?.desired).to.equal(0);
    });

    describe("killed after any change, and run again", () => {
        const variants: [string, string[], (world: World) => void][] = [
            ["a failover", [], () => undefined],
            ["a planned failover", ["--planned"], () => undefined],
            ["a failover without the primary region", [], (world) => world.down.add(EAST)],
        ];
        for (const [title, args, setUp] of variants) {
            it(`${title} ends in the same state`, async () => {
                const whole = new World();
                setUp(whole);
                expect((await whole.go(...args)).code).to.equal(0);
                const total = whole.changes.length;
                expect(total).to.be.above(25);
                for (let count = 1; count < total; count++) {
                    const world = new World();
                    setUp(world);
                    world.killAfter = count;
                    expect((await world.go(...args)).wasKilled, `change ${count}`).to.equal(true);
                    world.killAfter = Infinity;
                    const isFinished = !world.items.has("run/current");
                    const { code, stderr } = await world.go(...(world.items.has("run/current") ? ["--resume"] : []));
                    expect(code, `after ${world.changes[count - 1] ?? ""}: ${stderr}`).to.equal(isFinished ? 3 : 0);
                    expect(world.outcome, `after ${world.changes[count - 1] ?? ""}`).to.deep.equal(whole.outcome);
                    for (const [step, { status }] of Object.entries(world.journal?.steps ?? {})) expect(status, step).to.equal("done");
                    const promotions = world.changes.filter((it) => it.includes("promote"));
                    expect(promotions).to.have.length(1);
                }
            });
        }

        it("twice, it ends in the same state as well", async () => {
            const whole = new World();
            await whole.go();
            for (const [first, second] of [
                [3, 6],
                [12, 3],
                [20, 12],
                [30, 5],
            ] as const) {
                const world = new World();
                world.killAfter = first;
                await world.go();
                world.killAfter = world.changes.length + second;
                await world.go("--resume");
                world.killAfter = Infinity;
                await world.go("--resume");
                expect(world.outcome).to.deep.equal(whole.outcome);
            }
        });

        it("measures from the first start", async () => {
            const world = new World();
            world.killAfter = 20;
            await world.go();
            world.now += 600_000;
            world.killAfter = Infinity;
            const { stdout } = await world.go("--json");
            expect(reportIn(stdout).rtoSeconds).to.be.above(600);
        });
    });

    describe("the lock", () => {
        const killed = async () => {
            const world = new World();
            world.killAfter = 20;
            await world.go();
            world.killAfter = Infinity;
            return world;
        };

        it("refuses a second run, which learns who holds it and since when", async () => {
            const world = await killed();
            const before = world.changes.length;
            const { code, stderr } = await world.go();
            expect(code).to.equal(3);
            expect(stderr).to.contain("user/oncall (host, process 1), since 2026-11-30T12:00:00.000Z");
            expect(world.changes).to.have.length(before);
        });

        it("expires, and a plain run continues", async () => {
            const world = await killed();
            world.now += LEASE;
            const { code, stderr } = await world.go();
            expect(code).to.equal(0);
            expect(stderr).to.contain("Continuing run/2026-11-30T12:00:00.000Z");
        });

        it("isn't taken by --resume while the other run renews it", async () => {
            const world = await killed();
            world.afterSleep = () => {
                const item = world.items.get("run/current")!;
                world.items.set("run/current", { ...item, version: Number(item.version) + 1, leaseUntil: world.now + LEASE });
            };
            const { code, stderr } = await world.go("--resume");
            expect([code, stderr]).to.deep.equal([3, stderr]);
            expect(stderr).to.contain("another run holds the lock");
        });

        it("is renewed while AWS takes long", async () => {
            const world = new World();
            const gaps: number[] = [];
            world.afterSleep = () => {
                const lease = Number(world.items.get("run/current")?.leaseUntil ?? 0);
                if (lease > 0) gaps.push(lease - world.now);
            };
            await world.go();
            expect(gaps).to.have.length.above(20);
            expect(Math.min(...gaps)).to.be.above(0);
        });

        it("lost to another run, it ends this one before its next change", async () => {
            const world = new World();
            world.fault = (change) => {
                if (!change.includes("promote")) return;
                const item = world.items.get("run/current")!;
                world.items.set("run/current", { ...item, holder: "somebody else", version: Number(item.version) + 7 });
            };
            const { code, stderr } = await world.go();
            expect(code).to.equal(3);
            expect(stderr).to.contain("the lock was lost").and.to.contain("somebody else");
            expect(world.dr.variables["rest-dr"]).to.equal("false");
        });

        it("lost, it also ends the step that goes on", async () => {
            const world = new World();
            // They stop one after the other, which takes longer than a renewal.
            Object.assign(world.prod.services["ai-platform-prod-api"]!, { desired: 9, running: 9 });
            world.fault = (change) => {
                if (!change.startsWith(`${EAST} count ai-platform-prod-api`)) return;
                const item = world.items.get("run/current")!;
                world.items.set("run/current", { ...item, holder: "somebody else", version: Number(item.version) + 7 });
            };
            const { code } = await world.go();
            expect(code).to.equal(3);
            expect(world.prod.alarms).to.deep.equal(new World().prod.alarms);
        });

        it("isn't lost if the response to a write is", async () => {
            const world = new World();
            let writes = 0;
            const { table } = world as unknown as { table: (name: string) => { write: (changes: unknown[]) => Promise<boolean> } };
            (world as unknown as { table: unknown }).table = (name: string) => {
                const real = table.call(world, name);
                const write = async (changes: unknown[]) => {
                    const result = await real.write(changes);
                    if (++writes === 5) await real.write([]);
                    return writes === 5 ? false : result;
                };
                return { ...real, write };
            };
            const { code, stderr } = await world.go();
            expect(code, stderr).to.equal(0);
        });

        it("is released after a failure, so that the command can run again immediately", async () => {
            const world = new World();
            world.dr.services["ai-platform-dr-api"]!.rollout = "FAILED";
            const { code, stderr } = await world.go();
            expect(code).to.equal(1);
            expect(stderr).to.contain("Run 4 tasks of the service ai-platform-dr-api: its deployment failed: tasks failed to start");
            expect(stderr).to.contain("The journal is kept");
            expect(world.dr.variables["rest-dr"]).to.equal("false");
            world.dr.services["ai-platform-dr-api"]!.rollout = "COMPLETED";
            expect((await world.go()).code).to.equal(0);
        });
    });

    describe("planned", () => {
        /** The replica is behind until a time after the fence: it contains what prod wrote a minute before. */
        const behind = (world: World, until: number) => {
            world.lag = (now) => (now < until ? 60 + (now - Date.parse("2026-11-30T12:00:00Z")) / 1000 : 0.5);
        };

        it("waits until the replica has what prod wrote before it became passive", async () => {
            const world = new World();
            behind(world, world.now + 240_000);
            let promotedAt = 0;
            world.fault = (change) => {
                if (change.includes("promote")) promotedAt = world.now;
            };
            const { code, stdout, stderr } = await world.go("--planned", "--json");
            expect(code, stderr).to.equal(0);
            expect(promotedAt).to.be.at.least(Date.parse("2026-11-30T12:04:00Z"));
            expect(reportIn(stdout)).to.deep.include({ planned: true, rpoSeconds: 0 });
            const unplanned = new World();
            behind(unplanned, unplanned.now + 240_000);
            expect(reportIn((await unplanned.go("--json")).stdout).rpoSeconds).to.be.above(60);
        });

        it("promotes nothing if the replica doesn't catch up, or if the replication has stopped", async () => {
            const late = new World();
            behind(late, Infinity);
            const outcome = await late.go("--planned");
            expect(outcome.code).to.equal(1);
            expect(outcome.stderr).to.contain("Wait until ai-platform-dr has all transactions: it has those until");
            const stopped = new World();
            stopped.lag = () => (stopped.role ? -1 : 1);
            expect((await stopped.go("--planned")).stderr).to.contain("the replication has stopped. Nothing was promoted");
            for (const world of [late, stopped]) expect(world.changes.join()).not.to.contain("promote");
        });

        it("waits until the last task of prod has stopped, and fails if prod can't be made passive", async () => {
            const world = new World();
            world.fault = (change) => {
                if (change === `${EAST} disable nightly`) throw new Error("AccessDeniedException");
            };
            const { code, stderr } = await world.go("--planned");
            expect(code).to.equal(1);
            expect(stderr).to.contain(
                "prod (us-east-1) isn't passive: Disable the schedule ai-platform-prod/nightly: AccessDeniedException",
            );
            expect(changesOfAws(world).some((it) => it.startsWith(WEST))).to.equal(false);
            world.fault = () => undefined;
            expect((await world.go()).code).to.equal(0);
        });

        it("continues with --unplanned if the primary region stops responding", async () => {
            const world = new World();
            world.fault = (change) => {
                if (change.startsWith(`${EAST} count`)) world.down.add(EAST);
            };
            expect((await world.go("--planned")).code).to.equal(1);
            expect((await world.go("--resume")).code).to.equal(1);
            const { code, stdout } = await world.go("--unplanned", "--json");
            expect(code).to.equal(0);
            expect(reportIn(stdout)).to.deep.include({ planned: false, status: "fence pending" });
            expect(reportIn(stdout).warnings.join()).to.contain("without the old region");
        });
    });

    describe("refuses", () => {
        const without = <K extends keyof typeof DR>(key: K, value: (typeof DR)[K]) => JSON.stringify({ ...DR, [key]: value });
        const cases: [string, (world: World) => void, string, string[]?][] = [
            [
                "a dr stack that is active already",
                (world) => world.items.set("role", { id: "role", active: "dr", since: "2026-11-01T00:00:00Z", run: "run/x" }),
                "dr (us-west-2) is already active, since 2026-11-01T00:00:00Z (run/x)",
            ],
            ["a table without descriptions", (world) => world.items.delete("stack/dr"), "has no item stack/dr: update the dr stack first"],
            [
                "an invalid description",
                (world) => world.items.set("stack/dr", { id: "stack/dr", description: without("cluster", "") }),
                "item stack/dr of table recovery isn't valid: cluster: ",
            ],
            [
                "a description of the wrong role",
                (world) => world.items.set("stack/dr", { id: "stack/dr", description: JSON.stringify(PRIMARY) }),
                "describes a stack with the role primary",
            ],
            [
                "another region than that of the stack",
                (world) => world.items.set("stack/dr", { id: "stack/dr", description: without("region", "eu-west-1") }),
                "describes a dr stack in eu-west-1, but the region is us-west-2",
            ],
            [
                "credentials of another account",
                (world) => world.items.set("stack/dr", { id: "stack/dr", description: without("account", "999999999999") }),
                "belong to account 111122223333, but dr is in 999999999999",
            ],
            ["an unknown role", (world) => world.items.set("role", { id: "role", active: "both" }), "active must be primary or dr"],
            [
                "a database that doesn't exist",
                (world) => delete world.dr.databases["ai-platform-dr"],
                "database ai-platform-dr doesn't exist",
            ],
            [
                "a service that doesn't exist",
                (world) => delete world.dr.services["ai-platform-dr-api"],
                "service ai-platform-dr-api doesn't exist",
            ],
            [
                "a planned failover to a promoted database",
                (world) => delete world.dr.databases["ai-platform-dr"]?.source,
                "is no longer a replica",
                ["--planned"],
            ],
            ["--resume without a run", () => undefined, "there is no run to continue", ["--resume"]],
            ["--unplanned without a planned run", () => undefined, "there is no planned run to continue", ["--unplanned"]],
        ];
        for (const [title, setUp, message, args = []] of cases) {
            it(title, async () => {
                const world = new World();
                setUp(world);
                const { code, stderr, stdout } = await world.go(...args);
                expect([code, stdout]).to.deep.equal([3, ""]);
                expect(stderr).to.contain(message);
                expect(world.changes).to.be.empty;
            });
        }

        it("to continue a run after which the roles changed again", async () => {
            const world = new World();
            world.down.add(EAST);
            await world.go();
            world.down.clear();
            world.items.set("role", { id: "role", active: "primary", since: "2026-12-01T00:00:00Z", run: "run/failback" });
            const { code, stderr } = await world.go("--resume");
            expect(code).to.equal(3);
            expect(stderr).to.contain("primary is active, since 2026-12-01T00:00:00Z (run/failback)");
            // The promotion of its replica isn't a change in prod.
            const before = new World().prod;
            expect(world.prod).to.deep.equal({ ...before, databases: world.prod.databases });
            expect(Object.keys(world.prod.databases)).to.deep.equal(["ai-platform-prod"]);
        });
    });

    describe("asks before it starts", () => {
        const ask = (world: World, ...args: string[]) => world.run("--table", "recovery", "--region", WEST, ...args);

        it("for the name of the environment", async () => {
            const world = new World();
            expect((await ask(world)).code).to.equal(0);
            expect(world.questions).to.deep.equal(["The promotion of a database can't be undone. Type dr to continue: "]);
            const unsure = new World();
            unsure.answer = "yes";
            const { code, stderr } = await ask(unsure);
            expect(code).to.equal(3);
            expect(stderr).to.contain("not confirmed. Nothing was changed");
            expect(unsure.changes).to.be.empty;
        });

        it("and shows the actions before", async () => {
            const world = new World();
            world.answer = undefined;
            const { code, stderr } = await ask(world);
            expect(code).to.equal(130);
            expect(stderr)
                .to.contain("Stop the service ai-platform-prod-api\n")
                .and.to.contain("Run 4 tasks of the service ai-platform-dr-api");
            expect(stderr).to.contain("Promote the database ai-platform-dr (can't be undone)");
            expect(world.changes).to.be.empty;
        });

        it("and refuses without a terminal and --yes", async () => {
            const world = new World();
            world.isTerminal = false;
            const { code, stderr } = await ask(world);
            expect(code).to.equal(3);
            expect(stderr).to.contain("standard input isn't a terminal: pass --yes to confirm");
            expect(world.changes).to.be.empty;
        });
    });

    describe("--dry-run", () => {
        it("makes all checks, prints the actions, and changes nothing", async () => {
            const world = new World();
            world.dr.alarms["dr-replica-lag"] = false;
            const { code, stdout, stderr } = await world.run("--table", "recovery", "--region", WEST, "--dry-run");
            expect([code, stdout]).to.deep.equal([0, "Nothing was changed: dry run\n"]);
            expect(stderr).to.contain("Promote the database ai-platform-dr (can't be undone)\n");
            expect(stderr).to.contain("Disable the actions of 1 alarm (dr-replica-lag) (done)\n");
            expect(world.questions).to.be.empty;
            expect(world.changes).to.be.empty;
        });

        it("reports what would be refused, and prints JSON", async () => {
            const world = new World();
            delete world.dr.databases["ai-platform-dr"];
            const { code, stdout } = await world.go("--dry-run", "--json");
            expect(code).to.equal(3);
            const { problems, plan } = JSON.parse(stdout) as { problems: string[]; plan: { step: string; actions: { text: string }[] }[] };
            expect(problems).to.deep.equal(["database ai-platform-dr doesn't exist in us-west-2"]);
            expect(plan.map(({ step }) => step)).to.deep.equal(["fence", "capacity", "databases", "verify", "switch"]);
            expect(world.changes).to.be.empty;
        });

        it("shows what remains of a run that was killed", async () => {
            const world = new World();
            world.killAfter = 45;
            await world.go();
            world.killAfter = Infinity;
            const before = world.changes.length;
            const { code, stderr } = await world.go("--dry-run");
            expect(code).to.equal(0);
            expect(stderr).to.contain("Continuing run/").and.not.to.contain("fence in");
            expect(world.changes).to.have.length(before);
        });
    });

    it("stops at Ctrl-C before the next change, and continues when it runs again", async () => {
        const world = new World();
        let pauses = 0;
        world.afterSleep = () => {
            if (++pauses === 4) world.interrupt();
        };
        const { code, stderr } = await world.go();
        expect(code).to.equal(130);
        expect(stderr).to.contain("interrupted. The journal is kept: run the same command again to continue");
        expect(world.dr.variables["rest-dr"]).to.equal("false");
        world.interrupt();
        expect(world.exits).to.deep.equal([130]);
        world.afterSleep = () => undefined;
        expect((await world.go()).code).to.equal(0);
        const whole = new World();
        await whole.go();
        expect(world.outcome).to.deep.equal(whole.outcome);
    });

    it("prints the state as JSON if a step fails, with --json", async () => {
        const world = new World();
        world.fault = (change) => {
            if (change.includes("promote")) throw new Error("AccessDenied");
        };
        const { code, stdout, stderr } = await world.go("--json");
        expect(code).to.equal(1);
        expect(reportIn(stdout)).to.deep.include({
            status: "incomplete",
            rtoSeconds: null,
            error: "Promote the database ai-platform-dr: AccessDenied",
        });
        expect(reportIn(stdout).steps.find(({ name }) => name === "databases")?.status).to.equal("running");
        expect(stderr).to.contain("error: Promote the database ai-platform-dr: AccessDenied. The journal is kept");
    });

    it("doesn't fail if the shared name doesn't answer yet", async () => {
        const world = new World();
        world.items.set("stack/dr", {
            id: "stack/dr",
            description: JSON.stringify({ ...DR, checks: { ...DR.checks, sharedHealthUrl: "https://api-us-east-1.example.com/health" } }),
        });
        const { code, stdout } = await world.go();
        expect(code).to.equal(0);
        expect(stdout).to.contain("Warning: Check that https://api-us-east-1.example.com/health responds with 200: status 503");
    });

    it("tells clients to use another URL in a stack without a domain", async () => {
        const world = new World();
        const description = JSON.stringify({ ...DR, switch: undefined, checks: undefined });
        world.items.set("stack/dr", { id: "stack/dr", description });
        const { code, stdout } = await world.go();
        expect(code).to.equal(0);
        expect(stdout).to.contain("Clients must use the URL of dr now.");
    });

    it("retries a request that AWS throttles", async () => {
        const world = new World();
        let failures = 0;
        world.fault = (change) => {
            if (change.includes("promote") && failures++ < 3) throw Object.assign(new Error("slow down"), { name: "ThrottlingException" });
        };
        expect((await world.go()).code).to.equal(0);
        expect(failures).to.equal(4);
    });

    describe("--status", () => {
        it("prints the role, and the run that goes on, waits, or was the last", async () => {
            const world = new World();
            expect((await world.go("--status")).stdout).to.equal("Active: primary\nRunning: nothing\n");
            world.killAfter = 20;
            await world.go();
            world.killAfter = Infinity;
            const { stdout } = await world.go("--status");
            expect(stdout).to.match(
                /^Active: dr, since 2026-11-30T12:00:\d\d.000Z\nRunning: arn:aws:iam::111122223333:user\/oncall \(host, process 2\)/,
            );
            expect(stdout).to.contain("The failover isn't complete");
            await world.go("--resume");
            const last = JSON.parse((await world.go("--status", "--json")).stdout) as { active: string; holder: null; run: Report };
            expect(last).to.deep.include({ active: "dr", holder: null });
            expect(last.run.status).to.equal("done");
        });
    });

    describe("arguments", () => {
        it("reads table and region from the file of the dr stack", async () => {
            const world = new World();
            expect((await world.run("dr", "--dry-run")).code).to.equal(0);
            expect((await world.run("--dry-run", "--stack", "dr")).code).to.equal(0);
        });

        const rejected: [string[], string][] = [
            [["dr", "other"], "only one stack is allowed: dr, other"],
            [["--table", "t"], "--table and --region must be set together"],
            [["dr", "--table", "t", "--region", WEST], "--table and --region replace the stack"],
            [["--planned", "--unplanned"], "can't be used together"],
            [["--status", "--drill"], "--status changes nothing"],
            [["--nonsense"], "unknown option --nonsense"],
            [["missing"], "no stack named missing"],
            [["prod"], "Pulumi.prod.yaml: ai-platform:role is primary, but must be dr"],
        ];
        for (const [args, message] of rejected) {
            it(`rejects ${args.join(" ")}`, async () => {
                const { code, stderr } = await new World().run(...args);
                expect(code).to.equal(2);
                expect(stderr).to.contain(message);
            });
        }

        it("prints the usage", async () => {
            expect(await new World().run("--help")).to.deep.include({ code: 0, stdout: `${USAGE}\n` });
        });
    });
});
