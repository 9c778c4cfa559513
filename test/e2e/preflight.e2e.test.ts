import { expect } from "chai";
import { execFileSync } from "node:child_process";
import path from "node:path";
import type { Report } from "../../tools/preflight/run";

const ROOT = path.resolve(__dirname, "..", "..");

describe("preflight against AWS_ENDPOINT_URL", function () {
    before(function () {
        if (process.env.AWS_ENDPOINT_URL) return;
        console.log("skipped: AWS_ENDPOINT_URL names no emulator");
        this.skip();
    });

    it("reports every check of the prod stack", () => {
        let text: string;
        try {
            text = execFileSync(process.execPath, ["tools/run.cjs", "preflight", "prod", "--json"], { cwd: ROOT, encoding: "utf8" });
        } catch (error) {
            text = (error as { stdout: string }).stdout; // exit code 1: an empty account lacks service-linked roles
        }
        const reports = JSON.parse(text) as Report[];
        expect(reports.map(({ id }) => id)).to.include.members(["identity", "service-linked-roles", "quotas", "names"]);
        expect(reports.find(({ id }) => id === "identity")?.status).to.equal("passed");
    });
});
