import { expect } from "chai";
import { SINGLETONS } from "../../tools/preflight/checks/singletons";
import { type Answers, OWN, planned, type Planned, run } from "../support/preflight";

const OTHER = [OWN[0], { Key: "Environment", Value: "dev" }] as typeof OWN;
const asMap = (tags: typeof OWN) => Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
const scanning = (filter: string) => ({
    scanType: "BASIC",
    rules: [{ scanFrequency: "SCAN_ON_PUSH", repositoryFilters: [{ filter, filterType: "WILDCARD" }] }],
});

interface Case {
    plan: Planned[];
    unset: Answers;
    own: Answers;
    other: Answers;
    status: string;
    owner: string;
}

const CASES: Record<string, Case> = {
    "API Gateway account role": {
        plan: [["aws:apigateway/account:Account", {}]],
        unset: { GetAccount: {} },
        own: { GetAccount: { cloudwatchRoleArn: "arn:aws:iam::111122223333:role/r" }, GetRole: { Role: { Tags: OWN } } },
        other: { GetAccount: { cloudwatchRoleArn: "arn:aws:iam::111122223333:role/r" }, GetRole: { Role: { Tags: OTHER } } },
        status: "warning",
        owner: "Environment=dev",
    },
    "ECR registry replication": {
        plan: [
            ["aws:ecr/replicationConfiguration:ReplicationConfiguration", {}],
            ["aws:ecr/repository:Repository", { name: "ai-platform/prod/api" }],
        ],
        unset: { DescribeRegistry: {} },
        own: { DescribeRegistry: { replicationConfiguration: { rules: [{ repositoryFilters: [{ filter: "ai-platform/prod/api" }] }] } } },
        other: { DescribeRegistry: { replicationConfiguration: { rules: [{ repositoryFilters: [{ filter: "shop/" }] }] } } },
        status: "warning",
        owner: "shop/",
    },
    "ECR registry scanning": {
        plan: [["aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration", scanning("*")]],
        unset: { GetRegistryScanningConfiguration: { scanningConfiguration: { scanType: "BASIC", rules: [] } } },
        own: { GetRegistryScanningConfiguration: { scanningConfiguration: scanning("*") } },
        other: { GetRegistryScanningConfiguration: { scanningConfiguration: scanning("shop/*") } },
        status: "warning",
        owner: "shop/*",
    },
    "Bedrock invocation logging": {
        plan: [["aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration", {}]],
        unset: { GetModelInvocationLoggingConfiguration: {} },
        own: {
            GetModelInvocationLoggingConfiguration: { loggingConfig: { cloudWatchConfig: { logGroupName: "calls" } } },
            ListTagsForResource: { tags: asMap(OWN) },
        },
        other: {
            GetModelInvocationLoggingConfiguration: { loggingConfig: { cloudWatchConfig: { logGroupName: "calls" } } },
            ListTagsForResource: { tags: asMap(OTHER) },
        },
        status: "warning",
        owner: "log group calls",
    },
    "cost anomaly monitor": {
        plan: [["aws:costexplorer/anomalyMonitor:AnomalyMonitor", { monitorType: "DIMENSIONAL", monitorDimension: "SERVICE" }]],
        unset: { GetAnomalyMonitors: { AnomalyMonitors: [{ MonitorArn: "arn:1", MonitorType: "CUSTOM" }] } },
        own: {
            GetAnomalyMonitors: { AnomalyMonitors: [{ MonitorArn: "arn:1", MonitorDimension: "SERVICE" }] },
            ListTagsForResource: { ResourceTags: OWN },
        },
        other: {
            GetAnomalyMonitors: {
                AnomalyMonitors: [{ MonitorArn: "arn:1", MonitorName: "Default-Services-Monitor", MonitorDimension: "SERVICE" }],
            },
            ListTagsForResource: { ResourceTags: [] },
        },
        status: "failed",
        owner: "Default-Services-Monitor by no stack of this project",
    },
};

describe("preflight: account-wide settings", () => {
    for (const [title, { plan, unset, own, other, status, owner }] of Object.entries(CASES)) {
        it(`reports whether the ${title} is unset, or set by this stack or another owner`, async () => {
            const [whenUnset, whenOwn, whenOther] = await Promise.all(
                [unset, own, other].map((answers) => run("singletons", planned(...plan), answers)),
            );
            expect(whenUnset?.findings[0], JSON.stringify(whenUnset)).to.include({ status: "passed", found: "not set" });
            expect(whenOwn?.findings[0], JSON.stringify(whenOwn)).to.include({ status: "passed", found: "set by this stack" });
            expect(whenOther?.findings[0]?.status).to.equal(status);
            expect(whenOther?.findings[0]?.found).to.contain(owner);
        });
    }

    it("fails for an API without a logging role that another stack should have set", async () => {
        const stage = planned(["aws:apigateway/stage:Stage", { accessLogSettings: { destinationArn: "arn:1" } }]);
        const missing = await run("singletons", stage, { GetAccount: {} });
        expect(missing.findings[0]).to.include({ status: "failed", found: "not set" });
        expect(missing.findings[0]?.action).to.contain("api.manageAccountLogging");
        const present = await run("singletons", stage, { GetAccount: { cloudwatchRoleArn: "arn:aws:iam::111122223333:role/r" } });
        expect(present.findings[0]?.status).to.equal("passed");
    });

    it("has a case for every setting", () => {
        const covered = Object.values(CASES).flatMap(({ plan }) => plan.map(([type]) => type));
        expect(SINGLETONS.map(({ type }) => type).filter((type) => !covered.includes(type))).to.deep.equal([]);
    });
});
