import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { Engine } from "../../tools/changing/engine";
import { Predictions } from "../../tools/changing/predict";
import { record } from "../../tools/changing/record";
import { parseRecording, readRecording, type RecordedVariant, recordingText } from "../../tools/changing/recording";
import { RELEASE_CHECKS } from "../support/release";
import { skipIfMissing } from "./support";

/** Keys whose changes share a preview of the small stack. */
const KEYS = ["events.schemaDiscovery", "ai.invocationLogging", "delivery.service.branch"];

describe("docs/changing.md, recorded again", function () {
    this.timeout(15 * 60_000);
    let folder = "";

    before(function () {
        skipIfMissing(this);
        // An adapted copy of the project can have other effects.
        if (!RELEASE_CHECKS) this.skip();
        folder = mkdtempSync(path.join(tmpdir(), "ai-platform-changing-"));
    });
    after(async () => {
        if (folder === "") return;
        await new Engine(folder).destroy("small");
        rmSync(folder, { recursive: true, force: true });
    });

    it("says what a change does to a live stack", async () => {
        const recorded = readRecording().variants.filter(({ base, key }) => base === "small" && KEYS.includes(key));
        expect(recorded).to.have.length(KEYS.length);
        const predictions = new Predictions();
        const changes = [];
        for (const variant of Predictions.variants().filter(({ base, key }) => base === "small" && KEYS.includes(key)))
            changes.push({ variant, ...(await predictions.predict(variant)) });
        predictions.remove();

        const shown: RecordedVariant[] = [];
        const save = (more: RecordedVariant[]) => shown.push(...more);
        await record(changes, { folder, notify: console.log, digests: new Map(), save });
        const sorted = (variants: RecordedVariant[]) => [...variants].sort((a, b) => KEYS.indexOf(a.key) - KEYS.indexOf(b.key));
        const asRead = parseRecording(recordingText({ provider: "", variants: shown })).variants;
        expect(sorted(asRead)).to.deep.equal(sorted(recorded));
    });
});
