/**
 * The bundled ingest function under faults: in separate processes, with buckets and a queue at `AWS_ENDPOINT_URL` (an emulator), documents at
 * `DOCUMENTS_URL` (a MongoDB-compatible database), and proxies that fail. Skipped if one of them isn't set.
 */
import { expect } from "chai";
import { type Fault, type Step, STEPS } from "./faults";
import { type Counts, Rig } from "./ingest-rig";

const TEXT = "Invoice 4711 for Jane Doe";
const ONE: Counts = { ledger: ["ingested"], curated: 1, events: 1, ids: 1, calls: 1, deliveries: 1, dead: 0 };

/** The result for a document with a fault at a step, in a rig that polls. */
async function withFault(rig: Rig, step: Step, fault: Fault): Promise<Counts> {
    const key = `documents/${step}.txt`;
    const before = await rig.counts();
    rig.faults.plan(step, fault);
    await rig.send(await rig.put(key, TEXT));
    const after = await rig.settled();
    const added = (name: Exclude<keyof Counts, "ledger">) => after[name] - before[name];
    const numbers = { curated: added("curated"), events: added("events"), ids: added("ids"), calls: added("calls") };
    return { ledger: await rig.ledgerOf(key), ...numbers, deliveries: added("deliveries"), dead: added("dead") };
}

/** The same for several steps in sequence. The first one is the first call of the process. */
async function atSteps(steps: readonly Step[], fault: Fault): Promise<[Step, Counts][]> {
    const rig = await new Rig().start();
    try {
        rig.poll();
        const counts: [Step, Counts][] = [];
        for (const step of steps) counts.push([step, await withFault(rig, step, fault)]);
        return counts;
    } finally {
        await rig.stop();
    }
}

const atEachStep = async (fault: Fault) => Object.fromEntries(await atSteps(STEPS, fault));

const expected = (differences: Partial<Record<Step, Partial<Counts>>>, common: Partial<Counts> = {}) =>
    Object.fromEntries(STEPS.map((step) => [step, { ...ONE, ...common, ...differences[step] }]));

describe("ingest, under faults", function () {
    this.timeout(120_000);
    let rig: Rig;

    before(function () {
        for (const [name, what] of [
            ["AWS_ENDPOINT_URL", "emulator"],
            ["DOCUMENTS_URL", "MongoDB-compatible database"],
        ] as const) {
            if (process.env[name]) continue;
            console.log(`    skipped: ${name} isn't set (${what})`);
            this.skip();
        }
    });

    it("processes a document once if the process is killed at any step; the event is repeated only between event and record", async () => {
        // A killed process keeps its claim until the end of its invocation, so these run in parallel.
        const pairs = [STEPS.slice(0, 1), STEPS.slice(1, 3), STEPS.slice(3, 5), STEPS.slice(5, 8)];
        const counts = await Promise.all(pairs.map((steps) => atSteps(steps, "kill")));
        expect(Object.fromEntries(counts.flat())).to.deep.equal(
            expected({ analyse: { calls: 2 }, save: { calls: 2 }, complete: { events: 2 } }, { deliveries: 2 }),
        );
    });

    it("processes it in one delivery if a connection is reset at any step", async () => {
        expect(await atEachStep("reset")).to.deep.equal(expected({ analyse: { calls: 2 } }));
    });

    it("processes it in one delivery if a call gets no response at any step", async () => {
        expect(await atEachStep("silent")).to.deep.equal(expected({ analyse: { calls: 2 } }));
    });

    it("processes it in one delivery if a response is lost; a lost response of the bus repeats the event", async () => {
        expect(await atEachStep("lose")).to.deep.equal(expected({ analyse: { calls: 2 }, publish: { events: 2 } }));
    });

    describe("one document or batch", () => {
        afterEach(() => rig.stop());

        it("changes nothing in a delivery that resumes after another delivery", async () => {
            rig = await new Rig().start({ timeout: 7 });
            rig.faults.plan("analyse", "freeze");
            await rig.send(await rig.put("documents/a.txt", TEXT));
            rig.poll();
            while (rig.bedrock.calls.length === 0) await new Promise((done) => setTimeout(done, 50));
            const frozen = rig.process;
            rig.poll();
            expect(await rig.settled()).to.deep.equal({ ...ONE, calls: 2, deliveries: 2 });
            frozen?.thaw();
            await new Promise((done) => setTimeout(done, 1500));
            expect(await rig.counts()).to.deep.equal({ ...ONE, calls: 2, deliveries: 2 });
            expect(rig.aws.writes).to.equal(1);
        });

        it("records documents whose responses stay malformed, and uses a valid second response", async () => {
            rig = await new Rig().start();
            rig.answer = ({ body }, n) => {
                const text = body.messages[0]?.content[1]?.guardContent?.text.text;
                if (text === "always") return { text: "{ half", stopReason: "max_tokens" };
                return text === "once" && n === 1 ? { text: "Sure!" } : { text: '{"summary":"s","category":"other","topics":[]}' };
            };
            await rig.send(await rig.put("documents/once.txt", "once"));
            rig.poll();
            await rig.settled();
            await rig.send(await rig.put("documents/always.txt", "always"));
            const counts = await rig.settled();
            expect(counts).to.deep.equal({ ...ONE, ledger: ["ingested", "unanswerable"], calls: 4, deliveries: 2 });
        });

        it("distinguishes overwritten content from content that was uploaded again, in a bucket without versions", async () => {
            rig = await new Rig().start();
            const messages = [await rig.put("documents/a.txt", "first", "01"), await rig.put("documents/a.txt", "second", "02")];
            await rig.send(...messages, await rig.put("documents/a.txt", "second", "03"), messages[1]!);
            rig.poll();
            const counts = await rig.settled();
            expect(counts).to.deep.include({ ledger: ["ingested", "ingested", "superseded"], curated: 2, ids: 2, calls: 2, dead: 0 });
        });

        it("records why a document failed, and continues after a redrive without calling the model again", async () => {
            rig = await new Rig().start({ visibilityTimeout: 2 });
            rig.faults.plan("write", "denied", "denied", "denied");
            await rig.send(await rig.put("documents/a.txt", TEXT));
            rig.poll();
            expect(await rig.settled()).to.deep.equal({
                ...ONE,
                ledger: ["failed"],
                curated: 0,
                events: 0,
                ids: 0,
                deliveries: 3,
                dead: 1,
            });
            const [entry] = await rig.entries();
            expect(entry?.failure).to.include({ error: "AccessDenied", status: 403, delivery: 3 });
            expect(rig.lines.map((line) => line.message)).to.include("message given up");
            await rig.redrive();
            expect(await rig.settled()).to.deep.equal({ ...ONE, deliveries: 4 });
        });

        it("publishes again if the bus rejects the entry, in the same delivery", async () => {
            rig = await new Rig().start();
            rig.faults.plan("publish", "rejected");
            await rig.send(await rig.put("documents/a.txt", TEXT));
            rig.poll();
            expect(await rig.settled()).to.deep.equal(ONE);
        });

        it("processes batches of ten through random faults, and loses nothing", async () => {
            rig = await new Rig().start({ timeout: 20 });
            let seed = 7;
            const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
            const faults: Fault[] = ["reset", "lose", "unavailable"];
            rig.faults.random = (step) => (random() < 0.1 && step !== "secret" ? faults[Math.floor(random() * 3)] : undefined);
            const keys = Array.from({ length: 20 }, (_, i) => `documents/${i}.txt`);
            for (const key of keys) await rig.send(await rig.put(key, key));
            rig.poll(10);
            rig.poll(10);
            const { ledger, curated, ids, dead } = await rig.settled();
            expect({ ledger: new Set(ledger), documents: ledger.length, curated, ids, dead }).to.deep.equal({
                ledger: new Set(["ingested"]),
                documents: 20,
                curated: 20,
                ids: 20,
                dead: 0,
            });
            await rig.stop();
            expect(rig.warnings).not.to.include("MaxListenersExceededWarning");
            expect(JSON.stringify(rig.lines)).not.to.contain("paper");
        });
    });
});
