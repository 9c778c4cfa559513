import { expect } from "chai";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fargateVcpus } from "../../tools/preflight/checks/quotas/counts";
import { load } from "../../tools/preflight/load";
import { stackFilesReport } from "../../tools/preflight/stack-files";
import { FIXTURES, planOf } from "../support/plans";

const ACCOUNT = "111122223333";

describe("preflight: the stacks that it plans", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(path.join(tmpdir(), "preflight-"));
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
    });
    const copy = (...names: string[]) => {
        for (const name of names) copyFileSync(path.join(FIXTURES, `Pulumi.${name}.yaml`), path.join(folder, `Pulumi.${name}.yaml`));
    };

    it("adds the active dr stack to the peak of a primary stack", async () => {
        copy("prod", "dr");
        const { peaks, gaps } = await load("prod", folder, ACCOUNT, planOf);
        expect(peaks.map(({ title, plan }) => [title, plan.region])).to.deep.equal([
            ["prod", "us-east-1"],
            ["dr after a failover", "us-west-2"],
        ]);
        expect(gaps).to.deep.equal([]);
    });

    it("assumes the demand of the primary stack in the recovery region if there is no dr stack", async () => {
        copy("prod");
        const { peaks } = await load("prod", folder, ACCOUNT, planOf);
        const [primary, assumed] = peaks;
        expect(assumed?.title).to.contain("us-west-2");
        expect(assumed?.plan.regions).to.deep.equal(["us-west-2"]);
        expect(assumed && fargateVcpus(assumed.plan, "us-west-2")).to.equal(primary && fargateVcpus(primary.plan, "us-east-1"));
    });

    it("continues without a dr stack if a stack file is invalid, and says why", async () => {
        copy("prod");
        writeFileSync(path.join(folder, "Pulumi.west.yaml"), "config:\n  aws:region: us-west-2\n  ai-platform:nonsense: 1\n");
        const { peaks, gaps } = await load("prod", folder, ACCOUNT, planOf);
        expect(peaks).to.have.length(1);
        expect(gaps.join()).to.match(/west.yaml is invalid[^]*nonsense/);
    });

    it("doesn't need the stack files of other environments", async () => {
        copy("prod", "dr");
        writeFileSync(path.join(folder, "Pulumi.broken.yaml"), "config: [\n");
        const { peaks, gaps } = await load("prod", folder, ACCOUNT, planOf);
        expect(peaks.map(({ title }) => title)).to.deep.equal(["prod", "dr after a failover"]);
        expect(gaps).to.deep.equal([]);
    });

    it("counts a standby as if it were active, and looks its sources up in the real account", async () => {
        copy("dr");
        const { peaks, plan, lookups } = await load("dr", folder, ACCOUNT, planOf);
        const minimum = (stack: typeof plan | undefined) => stack?.of("aws:appautoscaling/target:Target")[0]?.inputs.minCapacity;
        expect(Number(minimum(peaks[0]?.plan))).to.be.greaterThan(Number(minimum(plan)));
        const buckets = lookups.filter(({ token }) => token.includes("getBucket")).map(({ inputs }) => inputs.bucket);
        expect(buckets).not.to.be.empty;
        expect(buckets.every((name) => String(name).includes(ACCOUNT))).to.equal(true);
    });

    it("names the settings on which the stack file and another one disagree", () => {
        copy("prod", "dr");
        expect(stackFilesReport("prod", folder).status).not.to.equal("failed");
        const file = path.join(folder, "Pulumi.dr.yaml");
        writeFileSync(file, readFileSync(file, "utf8").replace("multiAz: false", "multiAz: false\n    dbName: other"));
        for (const stack of ["prod", "dr"]) {
            const { status, findings } = stackFilesReport(stack, folder);
            expect(status).to.equal("failed");
            expect(findings[0]?.found).to.contain("database.dbName").and.contain("other").and.contain("aiplatform");
        }
        copy("dev");
        expect(stackFilesReport("dev", folder).status).not.to.equal("failed");
    });
});
