import { expect } from "chai";
import { USAGE as CHANGES_USAGE } from "../../tools/changes/arguments";
import { USAGE as FAILOVER_USAGE } from "../../tools/failover/arguments";
import { USAGE as IMPORT_USAGE } from "../../tools/import/arguments";
import { USAGE as PREFLIGHT_USAGE } from "../../tools/preflight/arguments";
import { USAGE as RESTORE_USAGE } from "../../tools/restore-documents/arguments";
import { preflightCommand } from "../../tools/preflight/command";
import type { Report } from "../../tools/preflight/run";
import { ran, started } from "../support/command";
import { type Answers, clientsWith } from "../support/preflight";

describe("tools as processes", () => {
    for (const [tool, usage, usageCode] of [
        ["changes", CHANGES_USAGE, 2],
        ["failover", FAILOVER_USAGE, 2],
        ["import", IMPORT_USAGE, 1],
        ["preflight", PREFLIGHT_USAGE, 2],
        ["restore-documents", RESTORE_USAGE, 2],
    ] as const) {
        it(`npm run ${tool} prints errors to standard error, without a stack trace, and exits with ${usageCode}`, async () => {
            const stderr = `error: unknown option --nonsense\n\n${usage}\n`;
            expect(await started(tool, "--nonsense")).to.deep.equal({ code: usageCode, stdout: "", stderr });
        });
    }
});

describe("npm run", () => {
    it("rejects an option that npm took, with which the tool would run without it", async () => {
        process.env.npm_config_check = "true";
        try {
            const { code, stderr } = await started("plan");
            expect(stderr).to.contain("npm took the option --check: put options after --, as in `npm run plan -- --check`");
            expect(code).to.equal(1);
        } finally {
            delete process.env.npm_config_check;
        }
    });
});

describe("npm run preflight: the command", () => {
    const command = (answers: Answers) =>
        preflightCommand(() => ({
            clients: clientsWith(answers),
            dns: { resolveNs: () => Promise.resolve([]), resolveCaa: () => Promise.resolve([]) },
            http: () => Promise.reject(new Error("offline")),
        }));

    it("reports every check, and fails for missing answers with --strict", async () => {
        const { code, stdout, stderr } = await ran(command({ GetCallerIdentity: { Account: "111122223333" } }), ["--json", "--strict"]);
        const reports = JSON.parse(stdout) as Report[];
        expect(code).to.equal(1);
        expect(reports.map(({ status }) => status)).to.include("unknown");
        for (const { title, status } of reports) expect(stderr).to.contain(`${title}: ${status}\n`);
    });

    it("exits with 1 if AWS doesn't accept the credentials, and with 2 for wrong arguments", async () => {
        const denied = command({ GetCallerIdentity: "ExpiredToken" });
        const { code, stdout, stderr } = await ran(denied, ["prod", "--profile", "old"]);
        expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
        // What needs no credentials is reported nevertheless.
        expect(stderr)
            .to.contain("Agreement of the stack files")
            .and.contain("error: AWS can't identify the caller: ExpiredToken. Check the profile old");
        expect(await ran(denied, ["prod", "dr"])).to.include({ code: 2, stdout: "" });
    });
});
