import { readFileSync } from "node:fs";
import path from "node:path";
import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { parse } from "yaml";
import { type DeployedResource, type Recording } from "../../components/testing";
import { estimate } from "../../tools/cost/estimate";
import { FREE } from "../../tools/cost/free";
import { PRICED } from "../../tools/cost/priced";
import { INSTANCES, PRICES } from "../../tools/cost/prices";
import { rules } from "../../policy/rules";
import { FIXTURES, planIn } from "../support/plans";
import { inRelease } from "../support/release";

/** Folder with a copy of the project's Pulumi.dev.yaml. */
const LEAN = path.join(FIXTURES, "lean");

const resource = (type: string, inputs: object = {}, more: object = {}): DeployedResource => ({
    urn: `urn:pulumi:dev::project::${type}::it`,
    custom: true,
    type,
    inputs: { ...inputs },
    ...more,
});
const costOf = (...resources: DeployedResource[]) => estimate({ deployment: { resources } }).total;
const rounded = (usd: number) => Math.round(usd * 100) / 100;

describe("the shipped dev stack", () => {
    let recording: Recording;
    before(async () => {
        recording = await planIn(LEAN, "dev");
    });

    it("costs less than 60 USD a month without traffic", () => {
        const { total, costs } = estimate(recording.deployment());
        expect(total).to.be.below(60);
        // It would be below with a missing price, too.
        expect(total).to.be.above(50);
        expect(rounded(total)).to.equal(rounded(costs.reduce((sum, { usd }) => sum + usd, 0)));
    });

    it("has a page, a healthy service behind a load balancer, and a database", () => {
        expect(recording.all(aws.s3.BucketObjectv2, "edge-placeholder")).to.have.length(1);
        expect(recording.outputs.url).to.match(/^https:/);
        expect(recording.one(aws.ecs.Service).inputs.loadBalancers).to.have.length(1);
        expect(recording.one(aws.lb.TargetGroup).inputs.healthCheck?.path).to.equal("/healthz");
        expect(recording.all(aws.rds.Instance)).to.have.length(1);
    });

    it("complies with the policy rules", async () => {
        for (const rule of rules) expect(await rule.check(recording.deployment().deployment.resources), rule.name).to.deep.equal([]);
    });

    inRelease("costs what docs/costs.md says", () => {
        const page = readFileSync(path.join(__dirname, "..", "..", "docs", "costs.md"), "utf8");
        const [, stated] = /^\| \*\*Total\*\* \|.*\| \*\*(\d+)\*\* \|$/m.exec(page) ?? [];
        expect(Number(stated)).to.equal(Math.round(estimate(recording.deployment()).total));
    });

    inRelease("has the configuration that these tests use", () => {
        const config = (file: string) => (parse(readFileSync(file, "utf8")) as { config: object }).config;
        const shipped = path.join(__dirname, "..", "..", "Pulumi.dev.yaml");
        expect(config(shipped)).to.deep.equal(config(path.join(LEAN, "Pulumi.dev.yaml")));
    });
});

describe("an estimate", () => {
    it("rejects what it doesn't know, and lists all of it", () => {
        const unknown = [
            resource("aws:kinesis/stream:Stream"),
            resource("aws:rds/instance:Instance", { instanceClass: "db.x99.huge", storageType: "gp3", allocatedStorage: 20 }),
            resource("aws:ecs/cluster:Cluster", { settings: [{ name: "containerInsights", value: "enhanced" }] }),
        ];
        expect(() => costOf(...unknown)).to.throw(
            /aws:kinesis\/stream:Stream it: has no price\n.*db\.x99\.huge has no price\n.*Container Insights/,
        );
    });

    it("counts what AWS bills: metrics of alarms, rules, replicas, and standbys", () => {
        const alarm = "aws:cloudwatch/metricAlarm:MetricAlarm";
        expect(costOf(resource(alarm))).to.equal(0.1);
        const rate = [{ metric: {} }, { metric: {} }, { expression: "a / b" }];
        expect(rounded(costOf(resource(alarm, { metricQueries: rate })))).to.equal(0.2);
        expect(costOf(resource("aws:wafv2/webAcl:WebAcl", { rules: [{}, {}] }))).to.equal(7);
        expect(costOf(resource("aws:secretsmanager/secret:Secret", { replicas: [{ region: "us-west-2" }] }))).to.equal(0.8);
        const database = { instanceClass: "db.t4g.micro", storageType: "gp3", allocatedStorage: 20 };
        expect(rounded(costOf(resource("aws:rds/instance:Instance", database)))).to.equal(13.98);
        expect(rounded(costOf(resource("aws:rds/instance:Instance", { ...database, multiAz: true })))).to.equal(27.96);
        expect(costOf(resource("aws:ec2/vpcEndpoint:VpcEndpoint", { vpcEndpointType: "Gateway" }))).to.equal(0);
        expect(
            rounded(costOf(resource("aws:ec2/vpcEndpoint:VpcEndpoint", { vpcEndpointType: "Interface", subnetIds: ["a", "b"] }))),
        ).to.equal(14.6);
    });

    it("counts tasks by their size and the share on Spot", () => {
        const task = (cpuArchitecture: string) =>
            resource(
                "aws:ecs/taskDefinition:TaskDefinition",
                { cpu: "1024", memory: "2048", runtimePlatform: { cpuArchitecture } },
                { outputs: { arn: "task" } },
            );
        const service = (desiredCount: number, capacityProviderStrategies: object[]) =>
            resource("aws:ecs/service:Service", { taskDefinition: "task", name: "api", desiredCount, capacityProviderStrategies });
        const onDemand = (base: number, weight: number) => ({ capacityProvider: "FARGATE", base, weight });
        const spot = { capacityProvider: "FARGATE_SPOT", weight: 100 };
        const x86 = (...parts: Parameters<typeof service>) => rounded(costOf(task("X86_64"), service(...parts)));
        expect(x86(3, [onDemand(1, 100)])).to.equal(108.12);
        expect(rounded(costOf(task("ARM64"), service(3, [onDemand(1, 100)])))).to.equal(86.51);
        expect(x86(3, [onDemand(1, 0), spot])).to.equal(rounded((108.12 * 2) / 3));
        expect(x86(2, [onDemand(0, 0), spot])).to.equal(rounded(108.12 / 3));
    });

    it("has a source and a date for each price, and no type twice", () => {
        for (const [name, { usd, source, date }] of Object.entries({ ...PRICES, ...INSTANCES })) {
            expect(usd, name).to.be.above(0);
            expect(source, name).not.to.equal("");
            expect(date, name).to.match(/^20\d\d(-\d\d)?$/);
        }
        expect(Object.keys(PRICED).filter((type) => FREE.has(type))).to.deep.equal([]);
    });
});
