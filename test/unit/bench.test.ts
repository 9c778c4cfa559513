import { expect } from "chai";
import { median, run, secondsOf } from "../../tools/bench/measure";
import { terraformOf } from "../../tools/bench/terraform";

describe("bench", () => {
    it("generates a Terraform configuration with as many resources as the plan, and the same common types", () => {
        const types = [
            ...Array<string>(30).fill("aws:cloudwatch/metricAlarm:MetricAlarm"),
            ...Array<string>(20).fill("aws:glue/catalogTable:CatalogTable"),
        ];
        const text = terraformOf(types);
        const resources = [...text.matchAll(/^resource "(\w+)" "(\w+)"/gm)].map(([, type]) => type);
        expect(resources).to.have.length(types.length);
        expect(resources.filter((it) => it === "aws_cloudwatch_metric_alarm")).to.have.length(29);
        expect(text, "no call of AWS")
            .to.contain("skip_requesting_account_id")
            .and.not.to.match(/^data "(?!aws_iam_policy_document)/m);
    });

    it("measures a command, and reports why it failed", () => {
        const { wall, cpu } = run("sleep 0.05", { cwd: process.cwd() });
        expect(wall).to.be.above(0.04);
        expect(cpu).to.be.below(wall);
        expect(() => run("echo broken >&2; false", { cwd: process.cwd() })).to.throw("broken");
        expect(secondsOf("1m2.5s 0m0.1s")).to.be.closeTo(62.6, 1e-9);
        expect(median([1, 5, 3])).to.equal(3);
    });
});
