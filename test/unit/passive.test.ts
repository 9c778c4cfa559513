import * as aws from "@pulumi/aws";
import { expect } from "chai";
import type { Recording } from "../../components/testing";
import { differences } from "../../tools/plan/compare";
import { parseConfig } from "../support/config";
import { failureOf, registeredBefore } from "../support/failures";
import { plan, planWith, planWithResults, prefixed } from "../support/plans";
import { planBusy } from "../support/workloads";

const GET_INSTANCE = "aws:rds/getInstance:getInstance";
const PASSIVE = "ai-platform:active=false";
const DOMAIN = ["ai-platform:domain.name=app.example.com", "ai-platform:domain.zoneId=Z0123456789ABCDEFGHIJ"];

/** A worker that scales with its queue, and a task that the update itself starts. */
const MORE = prefixed(["services.worker.scaling.messagesPerTask=20", "migrations.schema.command[0]=migrate"]);

const resourcesIn = (recording: Recording) => recording.deployment().deployment.resources;

describe("a passive primary stack", () => {
    const planned = (...overrides: string[]) => planBusy("prod", "schema", [...MORE, ...overrides]);

    it("runs no tasks, and nothing starts any: no request, message, schedule, job, or update", async () => {
        const recording = await planned(PASSIVE);
        const counts = recording.all(aws.appautoscaling.Target).map(({ inputs }) => [inputs.minCapacity, inputs.maxCapacity]);
        expect(counts).to.deep.equal([
            [0, 0],
            [0, 0],
        ]);
        expect(recording.all(aws.ecs.Service).map(({ inputs }) => inputs.desiredCount)).to.deep.equal([0, 0]);
        const [scheduled] = recording.all(aws.appautoscaling.ScheduledAction).map(({ inputs }) => inputs.scalableTargetAction);
        expect(scheduled).to.deep.equal({ minCapacity: 0, maxCapacity: 0 });
        expect(recording.one(aws.cloudwatch.EventRule, "ingest-created").inputs.state).to.equal("DISABLED");
        expect(recording.one(aws.scheduler.Schedule).inputs.state).to.equal("DISABLED");
        expect(recording.all(aws.lambda.Invocation)).to.be.empty;
        expect(recording.one(aws.lambda.EventSourceMapping).inputs.enabled).to.be.false;
    });

    it("does all of this if it's active", async () => {
        const recording = await planned();
        expect(recording.all(aws.appautoscaling.Target).map(({ inputs }) => inputs.minCapacity)).to.not.include(0);
        const [scheduled] = recording.all(aws.appautoscaling.ScheduledAction).map(({ inputs }) => inputs.scalableTargetAction);
        expect(scheduled).to.deep.equal({ minCapacity: 4, maxCapacity: 9 });
        expect(recording.one(aws.cloudwatch.EventRule, "ingest-created").inputs.state).to.equal("ENABLED");
        expect(recording.one(aws.scheduler.Schedule).inputs.state).to.equal("ENABLED");
        expect(recording.all(aws.lambda.Invocation)).to.not.be.empty;
        expect(recording.one(aws.lambda.EventSourceMapping).inputs.enabled).to.be.true;
    });

    it("differs from the active stack only in settings: nothing is added or removed", async () => {
        const found = differences(resourcesIn(await plan("prod")), resourcesIn(await plan("prod", [PASSIVE])));
        expect(found.filter(({ change }) => change !== "changed").map(({ what }) => what)).to.be.empty;
        expect(found.map(({ what }) => what.split(" ").at(-1))).to.include.members(["api-service", "api-scaling", "ingest-mapping"]);
    });

    it("runs standbyCount tasks, within scaling.minCapacity", async () => {
        const recording = await plan("prod", [PASSIVE, "ai-platform:services.api.standbyCount=1"]);
        expect(recording.one(aws.appautoscaling.Target).inputs).to.include({ minCapacity: 1, maxCapacity: 1 });
        const { problems } = parseConfig(
            { role: "primary", recovery: { region: "us-west-2" }, services: { api: { standbyCount: 3 } } },
            { region: "us-east-1" },
            "prod",
        );
        expect(problems).to.deep.equal(["ai-platform:services.api.standbyCount: 3 is above scaling.minCapacity 2"]);
    });

    it("reports with a domain that it isn't active", async () => {
        const variables = async (...overrides: string[]) =>
            (await plan("prod", [...DOMAIN, ...overrides])).one(aws.apigateway.Stage).inputs.variables;
        expect(Object.values((await variables()) ?? {})).to.deep.equal(["true"]);
        expect(Object.values((await variables(PASSIVE)) ?? {})).to.deep.equal(["false"]);
    });

    it("doesn't notify anyone of errors that follow from having no tasks", async () => {
        const silent = async (...overrides: string[]) =>
            (await plan("prod", overrides))
                .all(aws.cloudwatch.MetricAlarm)
                .filter(({ inputs }) => inputs.actionsEnabled === false)
                .map(({ name }) => name)
                .sort();
        const before = await silent();
        const added = (names: string[]) => names.filter((name) => !before.includes(name));
        expect(added(await silent(PASSIVE))).to.deep.equal([
            "api-running-tasks",
            "gateway-5xx",
            "gateway-keep-warm",
            "services-alb-errors",
        ]);
        expect(added(await silent(PASSIVE, "ai-platform:services.api.standbyCount=1"))).to.be.empty;
        // The failover path returns 503 to each health check.
        expect(added(await silent(PASSIVE, "ai-platform:services.api.standbyCount=1", ...DOMAIN))).to.deep.equal(["gateway-5xx"]);
    });

    it("requires recovery", () => {
        const { problems } = parseConfig({ role: "primary", active: false }, { region: "us-east-1" }, "prod");
        expect(problems).to.deep.equal(["ai-platform:active: must be true without recovery: no other stack serves the traffic"]);
    });
});

describe("an active primary stack", () => {
    const promoted = { [GET_INSTANCE]: { replicateSourceDb: "" } };

    it("is rejected after a failover, before anything is registered", async () => {
        const failure = await failureOf(planWithResults(promoted, "prod"));
        expect(failure)
            .to.contain("The database ai-platform-dr in us-west-2 was promoted: the dr stack serves the traffic")
            .and.to.contain("Set ai-platform:active: false");
        expect(await registeredBefore(planWithResults(promoted, "prod"))).to.deep.equal([]);
    });

    it("looks the database of its dr stack up in the recovery region", async () => {
        const asked: Record<string, unknown>[] = [];
        const replica = (inputs: Record<string, unknown>) => {
            asked.push(inputs);
            return { replicateSourceDb: "source" };
        };
        await planWith({ [GET_INSTANCE]: replica }, "prod", ["ai-platform:recovery.environment=standby"]);
        expect(asked[0]).to.include({ dbInstanceIdentifier: "ai-platform-standby", region: "us-west-2" });
    });

    it("isn't limited by a dr stack that doesn't exist yet", async () => {
        const missing = () => {
            throw new Error("couldn't find resource");
        };
        expect(await failureOf(planWith({ [GET_INSTANCE]: missing }, "prod"))).to.equal("");
    });

    it("is rejected if the recovery region doesn't answer", async () => {
        const unreachable = () => {
            throw new Error("dial tcp: i/o timeout");
        };
        const failure = await failureOf(planWith({ [GET_INSTANCE]: unreachable }, "prod"));
        expect(failure).to.contain("The database ai-platform-dr in us-west-2 can't be looked up: dial tcp: i/o timeout");
    });

    it("is allowed again during a failback, with a warning", async () => {
        const recording = await planWithResults(promoted, "prod", ["ai-platform:recovery.failback=true"]);
        expect(recording.warnings.join()).to.contain("recovery.failback is true");
    });

    it("doesn't look anything up if it's passive", async () => {
        expect(await failureOf(planWithResults(promoted, "prod", [PASSIVE]))).to.equal("");
    });
});
