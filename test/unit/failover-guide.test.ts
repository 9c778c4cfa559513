import { execFileSync } from "node:child_process";
import { expect } from "chai";
import * as aws from "@pulumi/aws";
import { nameOf } from "../../components/testing/urn";
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

    it("allows the tool to pass the roles of schedules and of enhanced monitoring, to modify these databases, and to copy these buckets", async () => {
        const recording = await planWithWorkloads(["nightly"], "prod", [
            "ai-platform:jobs.nightly.image=example.com/app:1",
            "ai-platform:jobs.nightly.schedule=rate(1 day)",
        ]);
        const [, json = "{}"] = /```json\n([\s\S]*?)```/.exec(read("docs/recovery.md")) ?? [];
        const { Statement } = JSON.parse(json) as { Statement: { Action: string | string[]; Resource: string | string[] }[] };
        const isAllowed = (action: string, resource: string) =>
            Statement.filter(({ Action }) => [Action].flat().includes(action))
                .flatMap(({ Resource }) => Resource)
                .some((pattern) => new RegExp(`^${pattern.replaceAll("ACCOUNT", "123456789012").replaceAll("*", ".*")}$`).test(resource));
        const passed = recording
            .all(aws.iam.Role)
            .filter(({ inputs }) => /\b(scheduler|monitoring\.rds)\.amazonaws\.com/.test(JSON.stringify(inputs.assumeRolePolicy)));
        expect(passed).to.have.length.above(1);
        for (const { urn, inputs } of passed) {
            // Pulumi adds seven characters to the name of a resource.
            const name = inputs.name ?? `${nameOf(urn)}-1a2b3c4`;
            expect(isAllowed("iam:PassRole", `arn:aws:iam::123456789012:role/${name}`), name).to.equal(true);
        }
        const buckets = recording.all(aws.s3.BucketReplicationConfig).map(({ inputs }) => `arn:aws:s3:::${inputs.bucket}/key`);
        for (const bucket of buckets) expect(isAllowed("s3:PutObject", bucket), bucket).to.equal(true);
        const instance = (region: string, name: string) => `arn:aws:rds:${region}:123456789012:db:${name}`;
        const [own, other] = [instance("us-east-1", "ai-platform-prod"), instance("us-west-2", "ai-platform-dr-next")];
        for (const arn of [own, other]) expect(isAllowed("rds:ModifyDBInstance", arn), arn).to.equal(true);
        expect(isAllowed("rds:ModifyDBInstance", instance("us-east-1", "ai-platform-dev"))).to.equal(false);
        expect(isAllowed("rds:DeleteDBInstance", own)).to.equal(false);
        expect(isAllowed("rds:DeleteDBInstance", `${own}-retired-20261201t013000z`)).to.equal(true);
    });
});
