import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { FargateCluster, FargateService, type FargateServiceArgs, InternalLoadBalancer } from "../../components";
import { parsePolicy, type Recording, record, resolve } from "../../components/testing";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-1";
const place = { vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"] };
const args: FargateServiceArgs = {
    ...place,
    cluster: { kmsKeyArn: KEY },
    logKeyArn: KEY,
    image: "mcr.microsoft.com/dotnet/samples:aspnetapp",
};
const service = (more: Partial<FargateServiceArgs> = {}) => new FargateService("api", { ...args, ...more });
const withTests = { loadBalancer: { testListenerPort: 9000 } };
const recorded = (deployment: FargateServiceArgs["deployment"], more: Partial<FargateServiceArgs> = withTests) =>
    record(() => service({ deployment, ...more }));

const group = (recording: Recording, name: string) => recording.one(aws.lb.TargetGroup, name);
const rule = (recording: Recording, name: string) => recording.one(aws.lb.ListenerRule, name);

describe("deployments of a FargateService", () => {
    it("are rolling by default: one target group, and a rule that stays as the program sets it", async () => {
        const recording = await recorded(undefined, {});
        const { inputs } = recording.one(aws.ecs.Service);
        expect(inputs).to.not.have.any.keys("deploymentConfiguration", "alarms");
        expect(inputs.deploymentCircuitBreaker).to.deep.equal({ enable: true, rollback: true });
        expect(inputs.loadBalancers?.[0]).to.not.have.property("advancedConfiguration");
        expect(recording.all(aws.lb.TargetGroup)).to.have.length(1);
        expect(rule(recording, "api-rule").inputs.actions).to.deep.equal([
            { type: "forward", targetGroupArn: group(recording, "api-tg").outputs.arn },
        ]);
    });

    for (const [strategy, expected] of [
        ["blueGreen", { strategy: "BLUE_GREEN", bakeTimeInMinutes: "7" }],
        [
            "canary",
            { strategy: "CANARY", bakeTimeInMinutes: "7", canaryConfiguration: { canaryPercent: 10, canaryBakeTimeInMinutes: "5" } },
        ],
    ] as const) {
        describe(strategy, () => {
            let recording: Recording;
            before(async () => {
                recording = await recorded({ strategy, bakeTimeInMinutes: 7 });
            });

            it("is the strategy of the service, without limits and the circuit breaker of rolling deployments", () => {
                const { inputs } = recording.one(aws.ecs.Service);
                expect(inputs.deploymentConfiguration).to.deep.equal(expected);
                expect(inputs).to.not.have.any.keys(
                    "deploymentCircuitBreaker",
                    "deploymentMinimumHealthyPercent",
                    "deploymentMaximumPercent",
                );
            });

            it("moves requests between two equal target groups with the rules of this service", () => {
                const [first, second] = [group(recording, "api-tg"), group(recording, "api-alt")];
                expect(second.inputs).to.deep.include({ port: first.inputs.port, healthCheck: first.inputs.healthCheck });
                const production = rule(recording, "api-moving-rule");
                const test = rule(recording, "api-test-rule");
                expect(recording.one(aws.ecs.Service).inputs.loadBalancers?.[0]).to.deep.include({
                    targetGroupArn: first.outputs.arn,
                    advancedConfiguration: {
                        alternateTargetGroupArn: second.outputs.arn,
                        productionListenerRule: production.outputs.arn,
                        testListenerRule: test.outputs.arn,
                        roleArn: recording.one(aws.iam.Role, "api-deployment").outputs.arn,
                    },
                });
                expect(test.inputs.conditions).to.deep.equal(production.inputs.conditions);
                const listener = (name: string) => recording.one(aws.lb.Listener, name).outputs.arn;
                expect(production.inputs.listenerArn).to.equal(listener("api-listener-80"));
                expect(test.inputs.listenerArn).to.equal(listener("api-test-listener-9000"));
            });

            it("starts with all requests for the first target group, and keeps the weights that ECS sets", () => {
                for (const name of ["api-moving-rule", "api-test-rule"]) {
                    const { inputs, ignoreChanges } = rule(recording, name);
                    expect(inputs.actions[0]?.forward?.targetGroups).to.deep.equal([
                        { arn: group(recording, "api-tg").outputs.arn, weight: 100 },
                        { arn: group(recording, "api-alt").outputs.arn, weight: 0 },
                    ]);
                    expect(ignoreChanges, name).to.deep.equal(["actions"]);
                }
            });

            it("lets ECS change these rules and target groups, and no others", () => {
                const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy, "api-deployment-move").inputs.policy);
                const of = (action: string) =>
                    Statement.filter(({ Action }) => [Action].flat().includes(action)).flatMap((s) => s.Resource);
                const groups = ["api-tg", "api-alt"].map((name) => group(recording, name).outputs.arn);
                const rules = ["api-moving-rule", "api-test-rule"].map((name) => rule(recording, name).outputs.arn);
                expect(of("elasticloadbalancing:RegisterTargets")).to.have.members(groups);
                expect(of("elasticloadbalancing:DeregisterTargets")).to.have.members(groups);
                expect(of("elasticloadbalancing:ModifyRule")).to.have.members(rules);
                // Without this one, a deployment stops.
                expect(of("elasticloadbalancing:DescribeTargetHealth")).to.deep.equal(["*"]);
                const { assumeRolePolicy } = recording.one(aws.iam.Role, "api-deployment").inputs;
                expect(parsePolicy(assumeRolePolicy).Statement[0]?.Principal).to.deep.equal(["ecs.amazonaws.com"]);
            });

            it("moves the requests back when the tasks of either target group fail", () => {
                const alarm = recording.one(aws.cloudwatch.MetricAlarm, "api-rollback");
                expect(recording.one(aws.ecs.Service).inputs.alarms).to.deep.equal({
                    alarmNames: [alarm.outputs.name],
                    enable: true,
                    rollback: true,
                });
                const groups = alarm.inputs.metricQueries?.flatMap(({ metric }) => metric?.dimensions?.TargetGroup ?? []);
                for (const name of ["api-tg", "api-alt"])
                    expect(
                        groups?.filter((suffix) => suffix === group(recording, name).outputs.arnSuffix),
                        name,
                    ).to.have.length(2);
            });

            it("scales by the requests of both target groups", () => {
                const { targetTrackingScalingPolicyConfiguration } = recording.one(
                    aws.appautoscaling.Policy,
                    "api-scale-by-requests",
                ).inputs;
                const { customizedMetricSpecification, predefinedMetricSpecification } = targetTrackingScalingPolicyConfiguration ?? {};
                expect(predefinedMetricSpecification).to.equal(undefined);
                const values = customizedMetricSpecification?.metrics?.flatMap(({ metricStat }) => metricStat?.metric.dimensions ?? []);
                expect(values?.map(({ value }) => value)).to.deep.equal(
                    ["api-tg", "api-alt"].map((name) => group(recording, name).outputs.arnSuffix),
                );
            });
        });
    }

    it("wait for the bake times, and have alarms for both target groups", async () => {
        const settings = { strategy: "canary", bakeTimeInMinutes: 30, canaryBakeTimeInMinutes: 15, canaryPercent: 25 } as const;
        const recording = await recorded(settings);
        const created = recording.one(aws.ecs.Service);
        expect(created.customTimeouts).to.deep.include({ create: "65m", update: "65m" });
        expect(created.inputs.deploymentConfiguration?.canaryConfiguration?.canaryPercent).to.equal(25);
        const alarms = await record(async () => {
            const { alarms, targetGroup, alternateTargetGroup } = service({ ...withTests, deployment: settings });
            const groups = alarms.filter(({ dimensions }) => "TargetGroup" in dimensions);
            const suffixes = await Promise.all(groups.map(({ dimensions }) => resolve(dimensions.TargetGroup)));
            expect(new Set(suffixes)).to.deep.equal(
                new Set([await resolve(targetGroup?.arnSuffix), await resolve(alternateTargetGroup?.arnSuffix)]),
            );
            expect(new Set(alarms.map(({ name }) => name)).size).to.equal(alarms.length);
        });
        expect(alarms).to.not.equal(undefined);
    });

    it("work behind a shared load balancer without a test listener", async () => {
        const recording = await record(() => {
            const cluster = new FargateCluster("shared", { kmsKeyArn: KEY, logKeyArn: KEY });
            const loadBalancer = new InternalLoadBalancer("shared", place);
            service({ cluster, loadBalancer, deployment: { strategy: "blueGreen" } });
        });
        const { advancedConfiguration } = recording.one(aws.ecs.Service).inputs.loadBalancers?.[0] ?? {};
        expect(advancedConfiguration?.testListenerRule).to.equal(undefined);
        expect(advancedConfiguration?.productionListenerRule).to.equal(rule(recording, "api-moving-rule").outputs.arn);
    });

    it("get another rule with another priority, so that a change of the strategy never leaves the path without one", async () => {
        const [rolling, moving] = [await recorded(undefined), await recorded({ strategy: "blueGreen" })];
        const [before, after] = [rule(rolling, "api-rule").inputs.priority, rule(moving, "api-moving-rule").inputs.priority];
        // ECS keeps the weights of the second rule up to date, so it must be the one that applies while both exist.
        expect(after).to.be.lessThan(before ?? 0);
    });

    it("opens the test listener only to sources that are allowed", async () => {
        const recording = await record(() => {
            const source = { logicalName: "smoke-test", securityGroupId: pulumi.output("sg-1") };
            new InternalLoadBalancer("shared", { ...place, testListenerPort: 9000 }).allowTestsFrom(source);
        });
        const [ingress, ...others] = recording.all(aws.vpc.SecurityGroupIngressRule);
        expect(others).to.deep.equal([]);
        expect(ingress?.inputs).to.include({ fromPort: 9000, toPort: 9000, referencedSecurityGroupId: "sg-1" });
        expect(() =>
            new InternalLoadBalancer("shared", place).allowTestsFrom({ logicalName: "x", securityGroupId: pulumi.output("sg-1") }),
        ).to.throw("testListenerPort");
    });

    for (const [more, message] of [
        [{ deployment: { strategy: "green" as never } }, "deployment.strategy must be one of rolling, blueGreen, canary"],
        [{ loadBalancer: "none", deployment: { strategy: "canary" } }, "deployment.strategy must be rolling without a load balancer"],
        [
            { deployment: { canaryPercent: 20 } },
            "deployment.canaryPercent has no effect with rolling: it requires deployment.strategy canary",
        ],
        [{ deployment: { strategy: "blueGreen", maximumPercent: 150 } }, "deployment.maximumPercent has no effect with blueGreen"],
        [{ deployment: { strategy: "canary", canaryPercent: 100 } }, "deployment.canaryPercent must be between 1 and 99"],
        [{ deployment: { strategy: "blueGreen", bakeTimeInMinutes: 1441 } }, "deployment.bakeTimeInMinutes must be between 0 and 1440"],
        [{ loadBalancer: { testListenerPort: 80 } }, "loadBalancer.testListenerPort must not be 80"],
    ] as [Partial<FargateServiceArgs>, string][]) {
        it(`rejects: ${message}`, () => {
            expect(() => service(more)).to.throw(message);
        });
    }
});
