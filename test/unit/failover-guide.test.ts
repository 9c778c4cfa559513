import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { planWithWorkloads } from "../support/plans";
import { read } from "../support/samples";

/** The commands of docs/recovery.md that stop the old primary find everything there that starts or does work. */

describe("the failover in docs/recovery.md", () => {
    const [, failover = ""] = read("docs/recovery.md").split("\n## Without the tool\n");
    const [step = ""] = failover.split("\n## ");
    const filters = [...step.matchAll(/jq -r '([^']+)'/g)].map(([, filter = ""]) => filter);

    it("stops all services, workers, jobs, and their autoscaling in the old primary, by the names in its state", async () => {
        const recording = await planWithWorkloads(["worker", "nightly"], "prod", [
            "ai-platform:services.api.image=example.com/app:1",
            "ai-platform:services.worker.image=example.com/app:1",
            "ai-platform:jobs.nightly.image=example.com/app:1",
            "ai-platform:jobs.nightly.schedule=rate(1 day)",
        ]);
        const input = JSON.stringify(recording.deployment());
        const found = filters.flatMap((filter) => execFileSync("jq", ["-r", filter], { input, encoding: "utf8" }).trim().split("\n"));
        const named = (name: string) =>
            recording.one("aws:scheduler/schedule:Schedule", name).outputs as { name: string; groupName: string };
        const { name, groupName } = named("nightly-schedule");
        expect(found).to.include.members([
            ...["service/ai-platform-prod/ai-platform-prod-api", "service/ai-platform-prod/ai-platform-prod-worker"],
            ...["ai-platform-prod-api", "ai-platform-prod-worker"],
            ...["--group-name", groupName, "--name", name],
        ]);
    });
});
