import { expect } from "chai";
import { recordServices } from "../../tools/bench/growth";
import { median, run, secondsOf } from "../../tools/bench/measure";
import { terraformOf } from "../../tools/bench/terraform";

const resourcesIn = (text: string): string[] => [...text.matchAll(/^resource "(\w+)" "(\w+)"/gm)].map(([, type]) => type ?? "");

describe("bench", () => {
    it("gives Terraform as many resources as the plan has, of the same kinds where these are common", () => {
        const types = [
            ...Array<string>(30).fill("aws:cloudwatch/metricAlarm:MetricAlarm"),
            ...Array<string>(3).fill("aws:kms/key:Key"),
            ...Array<string>(20).fill("aws:glue/catalogTable:CatalogTable"),
        ];
        const resources = resourcesIn(terraformOf(types));
        expect(resources).to.have.length(types.length);
        expect(resources.filter((it) => it === "aws_cloudwatch_metric_alarm")).to.have.length(30);
        expect(resources.filter((it) => it === "aws_kms_key")).to.have.length(3);
    });

    it("asks AWS nothing", () => {
        expect(terraformOf([]))
            .to.contain("skip_requesting_account_id")
            .and.not.to.match(/^data "(?!aws_iam_policy_document)/m);
    });

    it("measures what a command took, and says why it failed", () => {
        const { wall, user } = run("sleep 0.05", { cwd: process.cwd() });
        expect(wall).to.be.above(0.04);
        expect(user).to.be.below(wall);
        expect(() => run("echo broken >&2; false", { cwd: process.cwd() })).to.throw("broken");
        expect(secondsOf("1m2.5s 0m0.1s")).to.equal(62.5);
    });

    it("takes the middle of each measure", () => {
        const runs = [1, 5, 3].map((wall) => ({ wall, user: 6 - wall }));
        expect(median(runs)).to.deep.equal({ wall: 3, user: 3 });
    });

    it("records services in one program", async () => {
        expect(await recordServices(1)).to.be.above(0);
    });
});
