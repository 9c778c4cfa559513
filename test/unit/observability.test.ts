import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { Observability, type ObservabilityArgs, type AlarmDefinition, type Monitored } from "../../components";
import { alarmArgs, resolveAlarms } from "../../components/observability/alarms";
import { anyOf, COMPOSITE_LIMITS, nameProblems, plannedRules } from "../../components/observability/composite-alarms";
import { type DashboardBody, dashboardBody } from "../../components/observability/dashboard";
import { parseJson, parsePolicy, record } from "../../components/testing";

const cpu: AlarmDefinition = {
    name: "cpu",
    description: "Processors are busy: look for slow queries.",
    severity: "ticket",
    namespace: "AWS/RDS",
    metricName: "CPUUtilization",
    dimensions: { DBInstanceIdentifier: "ai-platform" },
    statistic: "Average",
    comparison: "above",
    threshold: 80,
};
const errors: AlarmDefinition = {
    ...cpu,
    name: "5xx",
    severity: "page",
    namespace: "AWS/ApplicationELB",
    metricName: "HTTPCode_Target_5XX_Count",
    rateOf: "RequestCount",
    dimensions: { LoadBalancer: "app/api/1" },
    statistic: "Sum",
    threshold: 5,
};
const latency: AlarmDefinition = {
    ...errors,
    name: "latency",
    rateOf: undefined,
    metricName: "TargetResponseTime",
    statistic: "p99",
    threshold: 2,
};
const storage: AlarmDefinition = {
    ...cpu,
    name: "free-storage",
    severity: "page",
    comparison: "below",
    threshold: 10e9,
    period: 300,
    periods: 2,
};
const edgeErrors: AlarmDefinition = { ...cpu, name: "5xx", severity: "page", namespace: "AWS/CloudFront", region: "us-east-1" };

const component = (logicalName: string, ...alarms: AlarmDefinition[]): Monitored => ({ logicalName, title: `The ${logicalName}`, alarms });
const api = component("api", errors, latency);
const database = component("database", cpu, storage);
const edge = component("edge", edgeErrors);

const args: ObservabilityArgs = {
    environment: "ai-platform-prod",
    region: "us-east-1",
    monitored: [api, database, edge],
    kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/data",
};
const inRecovery: Partial<ObservabilityArgs> = {
    environment: "ai-platform-dr",
    region: "us-west-2",
    regionalKeyArns: { "us-east-1": "arn:aws:kms:us-east-1:123456789012:key/mrk-1" },
};
const recorded = (more: Partial<ObservabilityArgs> = {}) => {
    const all = { ...args, ...more };
    return record(() => new Observability("observability", all), { region: all.region });
};
const create = (more: Partial<ObservabilityArgs>) => () => new Observability("observability", { ...args, ...more });
const alarmOf = (alarm: AlarmDefinition) => {
    const [monitored] = resolveAlarms([component("service", alarm)], {});
    return alarmArgs(monitored!.alarms[0]!);
};

describe("Observability: arguments of a CloudWatch alarm", () => {
    it("compares the metric with the threshold for three minutes by default, and treats missing data as healthy", () => {
        expect(alarmOf(cpu)).to.deep.equal({
            alarmDescription: cpu.description,
            comparisonOperator: "GreaterThanThreshold",
            threshold: 80,
            evaluationPeriods: 3,
            treatMissingData: "notBreaching",
            actionsEnabled: true,
            namespace: "AWS/RDS",
            metricName: "CPUUtilization",
            dimensions: { DBInstanceIdentifier: "ai-platform" },
            period: 60,
            statistic: "Average",
        });
        expect(alarmOf({ ...storage, missingData: "breaching" })).to.include({
            comparisonOperator: "LessThanThreshold",
            period: 300,
            evaluationPeriods: 2,
            treatMissingData: "breaching",
        });
    });

    it("keeps its state while there are too few requests for a percentile", () => {
        const alarm = alarmOf(latency);
        expect(alarm).to.include({ extendedStatistic: "p99", evaluateLowSampleCountPercentiles: "ignore" });
        expect(alarm).not.to.have.property("statistic");
    });

    it("divides one metric by another, and returns 0 if there are too few requests", () => {
        const alarm = alarmOf(errors);
        expect(alarm).not.to.have.any.keys("metricName", "statistic", "period", "namespace", "dimensions");
        expect(alarm.metricQueries).to.deep.equal([
            {
                id: "rate",
                expression: "IF(whole >= 20, 100 * FILL(part, 0) / whole, 0)",
                label: "HTTPCode_Target_5XX_Count of RequestCount, %",
                returnData: true,
            },
            { id: "part", returnData: false, metric: metric("HTTPCode_Target_5XX_Count") },
            { id: "whole", returnData: false, metric: metric("RequestCount") },
        ]);
        function metric(metricName: string) {
            return { namespace: "AWS/ApplicationELB", metricName, dimensions: { LoadBalancer: "app/api/1" }, period: 60, stat: "Sum" };
        }
    });

    it("compares a metric with the whole that it makes with another one, also on the dashboard", () => {
        const hits = { ...errors, rateOf: undefined, metricName: "CacheHits", complement: "CacheMisses", comparison: "below" as const };
        const [rate, part, rest] = alarmOf(hits).metricQueries as { id: string; expression: string; metric?: { metricName: string } }[];
        const expression = "IF((FILL(part, 0) + FILL(rest, 0)) >= 20, 100 * FILL(part, 0) / (FILL(part, 0) + FILL(rest, 0)), 100)";
        expect(rate?.expression).to.equal(expression);
        expect([part, rest].map((it) => [it?.id, it?.metric?.metricName])).to.deep.equal([
            ["part", "CacheHits"],
            ["rest", "CacheMisses"],
        ]);
        const components = resolveAlarms([component("api", hits)], {});
        const graphs = dashboardBody({ environment: "it", region: "us-east-1", statuses: [], components }).widgets;
        const metrics = graphs.find(({ type }) => type === "metric")?.properties.metrics as unknown[][];
        expect(metrics.map((it) => it.at(-1))).to.deep.equal([
            { id: "rate", expression, label: "CacheHits of CacheHits and CacheMisses, %" },
            { id: "part", visible: false },
            { id: "rest", visible: false },
        ]);
    });

    it("returns a healthy value below the minimum", () => {
        const expression = (more: Partial<AlarmDefinition>) =>
            (alarmOf({ ...errors, ...more }).metricQueries as { expression: string }[])[0]?.expression;
        expect(expression({ minimumWhole: 100 }))
            .to.contain("whole >= 100")
            .and.to.match(/, 0\)$/);
        expect(expression({ statistic: "Average", comparison: "below" }))
            .to.contain("whole >= 1,")
            .and.to.match(/, 100\)$/);
    });
});

describe("Observability", () => {
    it("creates each alarm with the name of environment, component and alarm, and sends both state changes to the alerts topic", async () => {
        const recording = await recorded();
        const names = recording.all(aws.cloudwatch.MetricAlarm).map(({ name, inputs }) => [name, inputs.name]);
        expect(Object.fromEntries(names)).to.deep.equal({
            "api-5xx": "ai-platform-prod-api-5xx",
            "api-latency": "ai-platform-prod-api-latency",
            "database-cpu": "ai-platform-prod-database-cpu",
            "database-free-storage": "ai-platform-prod-database-free-storage",
            "edge-5xx": "ai-platform-prod-edge-5xx",
        });
        const topic = recording.one(aws.sns.Topic, "observability-alerts").outputs.arn;
        for (const alarm of recording.all(aws.cloudwatch.MetricAlarm)) {
            expect(alarm.inputs).to.deep.include({ alarmActions: [topic], okActions: [topic], actionsEnabled: true });
            expect(alarm.inputs.region).to.equal(undefined);
            expect(alarm.parent).to.contain("ai-platform:components:Observability::observability");
        }
    });

    it("pages with one composite alarm that refers to all paging alarms", async () => {
        const recording = await recorded();
        const pages = recording.one(aws.sns.Topic, "observability-pages").outputs.arn;
        expect(recording.one(aws.cloudwatch.CompositeAlarm).inputs).to.deep.include({
            alarmName: "ai-platform-prod",
            alarmRule:
                'ALARM("ai-platform-prod-api-5xx") OR ALARM("ai-platform-prod-api-latency") OR ' +
                'ALARM("ai-platform-prod-database-free-storage") OR ALARM("ai-platform-prod-edge-5xx")',
            alarmActions: [pages],
            okActions: [pages],
        });
        expect((await recorded({ monitored: [component("database", cpu)] })).all(aws.cloudwatch.CompositeAlarm)).to.be.empty;
    });

    it("configures the suppressor", async () => {
        const recording = await recorded({ suppressor: { alarm: "maintenance", extensionSeconds: 300 } });
        expect(recording.one(aws.cloudwatch.CompositeAlarm).inputs.actionsSuppressor).to.deep.equal({
            alarm: "maintenance",
            waitPeriod: 60,
            extensionPeriod: 300,
        });
    });

    it("keeps alarms, topics and the composite alarm in the region of the metric", async () => {
        const recording = await recorded({
            ...inRecovery,
            alertEmails: ["ops@example.com"],
            pagingWebhooks: { events: "https://events.example.com/key" },
        });
        const otherRegion = { region: "us-east-1" };
        const alerts = recording.one(aws.sns.Topic, "observability-us-east-1-alerts");
        const pages = recording.one(aws.sns.Topic, "observability-us-east-1-pages");
        expect(alerts.inputs).to.include({ ...otherRegion, kmsMasterKeyId: "arn:aws:kms:us-east-1:123456789012:key/mrk-1" });
        expect(recording.one(aws.cloudwatch.MetricAlarm, "edge-5xx").inputs).to.deep.include({
            ...otherRegion,
            alarmActions: [alerts.outputs.arn],
        });
        expect(recording.one(aws.cloudwatch.CompositeAlarm, "observability-us-east-1-composite").inputs).to.deep.include({
            ...otherRegion,
            alarmName: "ai-platform-dr-us-east-1",
            alarmRule: 'ALARM("ai-platform-dr-edge-5xx")',
            alarmActions: [pages.outputs.arn],
        });
        expect(recording.one(aws.cloudwatch.CompositeAlarm, "observability-composite").inputs.alarmRule).not.to.contain("edge");
        expect(recording.all(aws.sns.TopicPolicy, /us-east-1/).map(({ inputs }) => inputs.region)).to.deep.equal([
            "us-east-1",
            "us-east-1",
        ]);
        expect(recording.all(aws.sns.TopicSubscription, /us-east-1/).map(({ inputs }) => [inputs.region, inputs.topic])).to.deep.equal([
            ["us-east-1", alerts.outputs.arn],
            ["us-east-1", pages.outputs.arn],
        ]);
    });

    it("has no topic for pages in another region whose alarms are all tickets", async () => {
        const recording = await recorded({
            monitored: [component("lake", { ...cpu, name: "late", region: "us-west-2" })],
            regionalKeyArns: { "us-west-2": "arn:aws:kms:us-west-2:123456789012:key/mrk-1" },
            pagingWebhooks: { events: "https://events.example.com/key" },
        });
        expect(recording.all(aws.sns.Topic).map(({ name }) => name)).to.have.members([
            "observability-alerts",
            "observability-pages",
            "observability-us-west-2-alerts",
        ]);
        const subscriptions = recording.all(aws.sns.TopicSubscription).map(({ name }) => name);
        expect(subscriptions).to.deep.equal(["observability-pages-to-events"]);
    });

    it("sends a paging alarm that a failover switches to both topics, because it isn't part of the composite alarm", async () => {
        const recording = await recorded({ monitored: [component("api", latency)], switched: { "api.latency": true } });
        const topics = ["alerts", "pages"].map((topic) => recording.one(aws.sns.Topic, `observability-${topic}`).outputs.arn);
        expect(recording.one(aws.cloudwatch.MetricAlarm, "api-latency").inputs.alarmActions).to.deep.equal(topics);
    });

    it("encrypts the topics and allows only AWS services of this account to publish, over TLS", async () => {
        const recording = await recorded();
        for (const topic of recording.all(aws.sns.Topic)) expect(topic.inputs.kmsMasterKeyId).to.equal(args.kmsKeyArn);
        const { Statement } = parsePolicy(recording.one(aws.sns.TopicPolicy, "observability-alerts-policy").inputs.policy);
        expect(Statement[0]).to.deep.include({
            Effect: "Deny",
            Principal: ["*"],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
        });
        const allowed = Statement.slice(1);
        expect(allowed.map(({ Principal }) => Principal[0])).to.deep.equal([
            "cloudwatch.amazonaws.com",
            "budgets.amazonaws.com",
            "costalerts.amazonaws.com",
        ]);
        for (const statement of allowed) {
            expect(statement.Action).to.deep.equal(["sns:Publish"]);
            expect(statement.Resource).to.deep.equal([recording.one(aws.sns.Topic, "observability-alerts").outputs.arn]);
            expect(statement.Condition?.StringEquals).to.deep.equal({ "aws:SourceAccount": "123456789012" });
        }
        expect(allowed[0]?.Condition?.ArnLike).to.deep.equal({ "aws:SourceArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:*" });
        const pages = parsePolicy(recording.one(aws.sns.TopicPolicy, "observability-pages-policy").inputs.policy);
        expect(pages.Statement.map(({ Principal }) => Principal[0])).to.deep.equal(["*", "cloudwatch.amazonaws.com"]);
    });

    it("subscribes email addresses to all alarms and webhooks to pages", async () => {
        const recording = await recorded({
            alertEmails: ["ops@example.com"],
            pagingWebhooks: { events: "https://events.example.com/key" },
        });
        const email = recording.one(aws.sns.TopicSubscription, "observability-alerts-to-ops-example-com-af3c8254");
        expect(email.inputs).to.include({
            protocol: "email",
            endpoint: "ops@example.com",
            topic: recording.one(aws.sns.Topic, "observability-alerts").outputs.arn,
        });
        const pager = recording.one(aws.sns.TopicSubscription, "observability-pages-to-events");
        expect(pager.inputs).to.include({
            protocol: "https",
            endpointAutoConfirms: true,
            topic: recording.one(aws.sns.Topic, "observability-pages").outputs.arn,
        });
        expect(pager.isSecret("endpoint")).to.equal(true);
    });

    it("applies configured thresholds to the alarm and the dashboard", async () => {
        const recording = await recorded({ thresholds: { "database.cpu": 95 } });
        expect(recording.one(aws.cloudwatch.MetricAlarm, "database-cpu").inputs.threshold).to.equal(95);
        expect(recording.one(aws.cloudwatch.MetricAlarm, "api-5xx").outputs.threshold).to.equal(5);
        expect(recording.one(aws.cloudwatch.Dashboard).inputs.dashboardBody).to.contain('"value":95');
    });

    it("mutes alarms, which then send no notifications and aren't part of the composite alarm", async () => {
        const recording = await recorded({ muted: ["api", "database.free-storage"] });
        const enabled = recording.all(aws.cloudwatch.MetricAlarm).map(({ name, inputs }) => [name, inputs.actionsEnabled]);
        expect(Object.fromEntries(enabled)).to.deep.equal({
            "api-5xx": false,
            "api-latency": false,
            "database-cpu": true,
            "database-free-storage": false,
            "edge-5xx": true,
        });
        expect(recording.one(aws.cloudwatch.CompositeAlarm).inputs.alarmRule).to.equal('ALARM("ai-platform-prod-edge-5xx")');
    });

    it("has no dashboard if it's turned off", async () => {
        const recording = await recorded({ ...args, dashboard: false });
        expect(recording.all(aws.cloudwatch.Dashboard)).to.be.empty;
        expect(recording.all(aws.cloudwatch.MetricAlarm)).not.to.be.empty;
    });

    it("returns names and ARNs", async () => {
        const recording = await record(() => {
            const { alarmNames, compositeAlarmArn, dashboardName, alertsTopicArn } = new Observability("observability", args);
            return { names: alarmNames, composite: compositeAlarmArn, dashboard: dashboardName, alerts: alertsTopicArn };
        });
        expect(recording.outputs).to.deep.include({
            composite: "arn:aws:cloudwatch:us-east-1:123456789012:alarm:ai-platform-prod",
            dashboard: "ai-platform-prod",
            alerts: recording.one(aws.sns.Topic, "observability-alerts").outputs.arn,
        });
        expect(recording.outputs.names).to.include({ "edge.5xx": "ai-platform-prod-edge-5xx" });
    });

    it("creates a sampling rule and a trace group for the service", async () => {
        const recording = await recorded({ tracing: { serviceName: "ai-platform-api", samplingRate: 0.1 } });
        expect(recording.one(aws.xray.SamplingRule).inputs).to.include({
            ruleName: "ai-platform-prod",
            serviceName: "ai-platform-api",
            fixedRate: 0.1,
            reservoirSize: 1,
        });
        expect(recording.one(aws.xray.Group).inputs).to.include({
            groupName: "ai-platform-prod",
            filterExpression: 'service("ai-platform-api")',
        });
        expect((await recorded()).all(aws.xray.Group)).to.be.empty;
    });

    it("turns on Transaction Search only on request, after the policy that allows X-Ray to write spans", async () => {
        expect((await recorded()).all(aws.xray.TraceSegmentDestination)).to.be.empty;
        const recording = await recorded({ transactionSearch: { indexedPercent: 5 } });
        const policy = recording.one(aws.cloudwatch.LogResourcePolicy);
        expect(parsePolicy(policy.inputs.policyDocument).Statement[0]).to.deep.include({
            Principal: ["xray.amazonaws.com"],
            Action: ["logs:PutLogEvents"],
            Resource: [
                "arn:aws:logs:us-east-1:123456789012:log-group:aws/spans:*",
                "arn:aws:logs:us-east-1:123456789012:log-group:/aws/application-signals/data:*",
            ],
        });
        const destination = recording.one(aws.xray.TraceSegmentDestination);
        expect(destination.inputs.destination).to.equal("CloudWatchLogs");
        expect(destination.dependencies).to.include(policy.urn);
        expect(recording.one(aws.xray.IndexingRule).inputs.rule).to.deep.equal({ probabilistic: { desiredSamplingPercentage: 5 } });
    });

    it("creates a budget with notifications for actual and forecasted cost", async () => {
        const recording = await recorded({ budget: { limitAmount: 3000, emails: ["cfo@example.com"] } });
        const { inputs } = recording.one(aws.budgets.Budget);
        expect(inputs).to.deep.include({
            budgetType: "COST",
            timeUnit: "MONTHLY",
            limitAmount: "3000",
            costFilters: [{ name: "TagKeyValue", values: ["user:Environment$ai-platform-prod"] }],
        });
        const notifications = inputs.notifications as { notificationType: string; threshold: number }[];
        expect(notifications.map(({ notificationType, threshold }) => [notificationType, threshold])).to.deep.equal([
            ["ACTUAL", 80],
            ["ACTUAL", 100],
            ["FORECASTED", 100],
        ]);
        for (const notification of notifications)
            expect(notification).to.deep.include({
                comparisonOperator: "GREATER_THAN",
                thresholdType: "PERCENTAGE",
                subscriberEmailAddresses: ["cfo@example.com"],
                subscriberSnsTopicArns: [recording.one(aws.sns.Topic, "observability-alerts").outputs.arn],
            });
        const tagged = await recorded({ budget: { limitAmount: 1, tag: { key: "Team", value: "ai" } } });
        expect(tagged.one(aws.budgets.Budget).inputs.costFilters).to.deep.equal([{ name: "TagKeyValue", values: ["user:Team$ai"] }]);
    });

    it("subscribes to the existing cost anomaly monitor, or creates one", async () => {
        const created = await recorded({ costAnomalies: { minimumUsd: 50 } });
        expect(created.one(aws.costexplorer.AnomalyMonitor).inputs).to.include({ monitorType: "DIMENSIONAL", monitorDimension: "SERVICE" });
        const existing = await recorded({ costAnomalies: { minimumUsd: 50, monitorArn: "arn:aws:ce::123456789012:anomalymonitor/1" } });
        expect(existing.all(aws.costexplorer.AnomalyMonitor)).to.be.empty;
        expect(existing.one(aws.costexplorer.AnomalySubscription).inputs).to.deep.include({
            frequency: "IMMEDIATE",
            monitorArnLists: ["arn:aws:ce::123456789012:anomalymonitor/1"],
            subscribers: [{ type: "SNS", address: existing.one(aws.sns.Topic, "observability-alerts").outputs.arn }],
            thresholdExpression: {
                dimension: { key: "ANOMALY_TOTAL_IMPACT_ABSOLUTE", matchOptions: ["GREATER_THAN_OR_EQUAL"], values: ["50"] },
            },
        });
    });

    it("applies transforms", async () => {
        const recording = await recorded({
            budget: { limitAmount: 10 },
            transform: {
                alarms: { datapointsToAlarm: 2 },
                dashboard: { dashboardName: "mine" },
                budget: { timeUnit: "QUARTERLY" },
            },
        });
        for (const alarm of recording.all(aws.cloudwatch.MetricAlarm)) expect(alarm.inputs.datapointsToAlarm).to.equal(2);
        expect(recording.one(aws.cloudwatch.Dashboard).inputs.dashboardName).to.equal("mine");
        expect(recording.one(aws.budgets.Budget).inputs.timeUnit).to.equal("QUARTERLY");
    });
});

const many = (name: string, count: number, length = 1) =>
    component(name, ...Array.from({ length: count }, (_, i) => ({ ...errors, name: `${i}-${"x".repeat(length)}` })));

describe("Observability: many alarms", () => {
    const environment = "ai-platform-prod";
    const planned = (monitored: Monitored[], region?: string) => {
        const alarms = resolveAlarms(monitored, {}).flatMap((resolved) => resolved.alarms);
        expect(nameProblems(environment, alarms, region)).to.be.empty;
        return plannedRules(environment, alarms, region);
    };
    const expectWithinLimits = (rules: { children: string[] }[]) => {
        for (const { children } of rules) {
            expect(children.length).to.be.within(1, COMPOSITE_LIMITS.children);
            expect(anyOf(children).length).to.be.at.most(COMPOSITE_LIMITS.characters);
        }
    };

    it("groups them by component below the composite alarm of the environment", async () => {
        const recording = await recorded({ monitored: ["one", "two", "three"].map((name) => many(name, 50)) });
        const ruleOf = (name: string) => recording.one(aws.cloudwatch.CompositeAlarm, name).inputs.alarmRule;
        expect(ruleOf("observability-composite")).to.equal(anyOf(["one", "two", "three"].map((name) => `ai-platform-prod-group-${name}`)));
        expect(ruleOf("observability-composite-group-two").match(/ALARM\(/g)).to.have.length(50);
        const actions = recording.all(aws.cloudwatch.CompositeAlarm).filter(({ inputs }) => inputs.alarmActions);
        expect(actions.map(({ name }) => name)).to.deep.equal(["observability-composite"]);
    });

    it("splits the group of a component with 250 alarms", async () => {
        const names = ["group-api", "group-api-2", "group-api-3"].map((group) => `${environment}-${group}`);
        const recording = await recorded({ monitored: [many("api", 250)] });
        const composites = recording.all(aws.cloudwatch.CompositeAlarm).map(({ inputs }) => inputs.alarmName);
        expect(composites).to.have.members([...names, environment]);
        expect(recording.one(aws.cloudwatch.CompositeAlarm, "observability-composite").inputs.alarmRule).to.equal(anyOf(names));
        expect(planned([many("api", 250)]).map(({ children }) => children.length)).to.deep.equal([100, 100, 50, 3]);
    });

    it("combines the groups of 150 components in another level", async () => {
        const monitored = Array.from({ length: 150 }, (_, i) => many(`service${i}`, 1));
        const recording = await recorded({ monitored });
        const ruleOf = (name: string) => recording.one(aws.cloudwatch.CompositeAlarm, name).inputs.alarmRule;
        expect(ruleOf("observability-composite")).to.equal(anyOf([`${environment}-level-2-1`, `${environment}-level-2-2`]));
        expect(ruleOf("observability-composite-level-2-1")).to.contain('ALARM("ai-platform-prod-group-service0")');
        expect(recording.all(aws.cloudwatch.CompositeAlarm)).to.have.length(153);
        expectWithinLimits(planned(monitored));
    });

    it("refers to each paging alarm exactly once and keeps every rule within the limits", () => {
        for (const monitored of [[many("api", 250, 90)], Array.from({ length: 150 }, (_, i) => many(`service${i}`, 12, 20))]) {
            const rules = planned(monitored);
            expectWithinLimits(rules);
            const referred = rules.flatMap(({ children }) => children);
            expect(new Set(referred).size).to.equal(referred.length);
            const alarms = monitored.flatMap(({ logicalName, alarms }) =>
                alarms.map(({ name }) => `${environment}-${logicalName}-${name}`),
            );
            expect(alarms.filter((name) => !referred.includes(name))).to.be.empty;
            expect(rules.at(-1)?.alarmName).to.equal(environment);
        }
    });

    it("has the region in the names of composite alarms of other regions", () => {
        expect(planned([many("edge", 101)], "us-east-1").map(({ alarmName }) => alarmName)).to.deep.equal([
            "ai-platform-prod-us-east-1-group-edge",
            "ai-platform-prod-us-east-1-group-edge-2",
            "ai-platform-prod-us-east-1",
        ]);
    });

    it("has no composite alarm without paging alarms", () => {
        expect(planned([component("database", cpu)])).to.be.empty;
    });

    it("accepts the name of a group that isn't needed", () => {
        expect(planned([many("api", 100), component("group", { ...cpu, name: "api" })])).to.have.length(1);
    });

    it("accepts an alarm name that begins with the name of another component", () => {
        const monitored = [many("api", 101), component("api-group", { ...cpu, name: "api" }), component("a", { ...cpu, name: "pi" })];
        expect(planned(monitored)).to.have.length(3);
    });
});

describe("Observability rejects", () => {
    const refusals: [what: string, more: Partial<ObservabilityArgs>, message: string][] = [
        [
            "thresholds of unknown alarms",
            { thresholds: { "database.cpuu": 1 } },
            'thresholds "database.cpuu" must be one of database.cpu, database.free-storage',
        ],
        ["muted components that are unknown", { muted: ["cache"], monitored: [database] }, 'muted "cache" must start with one of database'],
        [
            "muted alarms in another region",
            { ...inRecovery, muted: ["edge"] },
            'muted "edge.5xx" must not contain an alarm in us-east-1: a failover must not',
        ],
        ["a region without a key", { region: "us-west-2" }, 'regionalKeyArns["us-east-1"] must be set: some alarms are in that region'],
        ["long names", { environment: "e".repeat(33) }, "environment must be 1 to 32 letters, digits, and hyphens"],
        [
            "two alarms of one name",
            { monitored: [api, component("api", errors)] },
            'monitored "api.5xx" must not have the same name as another alarm',
        ],
        ["invalid names", { monitored: [component("service", { ...cpu, name: "CPU load" })] }, "must have a name of lower-case letters"],
        [
            "invalid statistics",
            { monitored: [component("service", { ...cpu, statistic: "Median" })] },
            "must have a statistic such as Average",
        ],
        [
            "two kinds of a rate",
            { monitored: [component("service", { ...errors, complement: "Misses" })] },
            "must not have both rateOf and complement",
        ],
        [
            "invalid periods",
            { monitored: [component("service", { ...cpu, period: 45 })] },
            "must have a period of 10, 20, 30, or a multiple of 60 s",
        ],
        [
            "evaluation windows over a day",
            { monitored: [component("service", { ...cpu, period: 1800, periods: 49 })] },
            "must not evaluate more than 86400 s",
        ],
        [
            "evaluation windows over a week",
            { monitored: [component("service", { ...cpu, period: 86400, periods: 8 })] },
            "must not evaluate more than 604800 s",
        ],
        [
            "long descriptions",
            { monitored: [component("service", { ...cpu, description: "x".repeat(1025) })] },
            "description of at most 1024 characters",
        ],
        ["invalid email addresses", { alertEmails: ["ops"] }, 'alertEmails "ops" must be an email address'],
        ["plain http", { pagingWebhooks: { pager: "http://example.com" } }, 'pagingWebhooks["pager"] must begin with https://'],
        [
            "a webhook without a name",
            { pagingWebhooks: { "": "https://example.com" } },
            'pagingWebhooks[""] must have a name of lower-case letters',
        ],
        ["an address twice", { alertEmails: ["a@example.com", "a@example.com"] }, "alertEmails must not contain an address twice"],
        ["invalid sampling rates", { tracing: { serviceName: "api", samplingRate: 5 } }, "tracing.samplingRate must be between 0 and 1"],
        ["invalid reservoirs", { tracing: { serviceName: "api", reservoirPerSecond: -1 } }, "tracing.reservoirPerSecond must be 0 or more"],
        [
            "invalid indexing percentages",
            { transactionSearch: { indexedPercent: 101 } },
            "transactionSearch.indexedPercent must be between 0 and 100",
        ],
        ["budgets without a limit", { budget: { limitAmount: 0 } }, "budget.limitAmount must be above 0 USD"],
        [
            "too many budget email addresses",
            { budget: { limitAmount: 1, emails: new Array<string>(11).fill("a@b.c") } },
            "budget.emails must be at most 10",
        ],
        ["cost anomalies without a minimum", { costAnomalies: { minimumUsd: 0 } }, "costAnomalies.minimumUsd must be above 0 USD"],
    ];
    for (const [what, more, message] of refusals) it(what, () => expect(create(more)).to.throw(message));

    it("alarms with the name of a composite alarm", () => {
        const group = component("group", { ...cpu, name: "api" });
        expect(create({ monitored: [many("api", 101), group] })).to.throw(
            "monitored must not have an alarm with the name of the composite alarm ai-platform-prod-group-api",
        );
        expect(create({ monitored: [many("api", 101), component("api-2", errors)] })).to.throw(
            "composite alarm ai-platform-prod-group-api-2",
        );
        const region = component("us", { ...edgeErrors, name: "east-1" });
        expect(create({ ...inRecovery, monitored: [region] })).to.throw("composite alarm ai-platform-dr-us-east-1");
    });

    it("alarm names that are too long", () => {
        expect(create({ monitored: [component("api", { ...errors, name: "x".repeat(240) })] })).to.throw(
            "monitored must not have an alarm name over 255 characters: ai-platform-prod-api-xxx",
        );
    });

    it("with all problems in one error", () => {
        expect(create({ environment: "", thresholds: { no: 1 } })).to.throw(
            /^Observability "observability": environment .*\n.*thresholds "no"/,
        );
    });
});

describe("Observability: the dashboard", () => {
    const board = (region: string): DashboardBody =>
        dashboardBody({
            environment: "ai-platform-prod",
            region,
            statuses: [
                { title: "Alarms in us-west-2", arns: Array.from({ length: 101 }, (_, i) => `arn:${i}`) },
                { title: "Alarms in us-east-1", arns: ["arn:edge"] },
            ],
            components: resolveAlarms(
                [component("api", errors, latency, cpu, storage, { ...cpu, name: "fifth" }), component("quiet"), edge],
                {},
            ),
        });
    const graphs = (body: DashboardBody) => body.widgets.filter(({ type }) => type === "metric");
    const graph = (title: string, n = 0) =>
        graphs(board("us-west-2")).filter(({ properties }) => properties.title === title)[n]!.properties;

    it("lays widgets on the grid of 24 columns without overlap", () => {
        const { widgets } = board("us-west-2");
        const taken = new Set<string>();
        for (const { x, y, width, height } of widgets) {
            expect(x + width).to.be.at.most(24);
            for (let column = x; column < x + width; column++)
                for (let row = y; row < y + height; row++) {
                    expect(taken.has(`${column},${row}`), `${column},${row} is taken twice`).to.equal(false);
                    taken.add(`${column},${row}`);
                }
        }
    });

    it("shows the alarm status first, then a section per component", () => {
        const { widgets } = board("us-west-2");
        expect(widgets.map(({ type }) => type).join(" ")).to.equal(
            "text alarm alarm alarm text metric metric metric metric metric text metric",
        );
        const headings = widgets.filter(({ type }) => type === "text").map(({ properties }) => String(properties.markdown).split("\n")[0]);
        expect(headings).to.deep.equal(["# ai-platform-prod", "## The api", "## The edge"]);
        const alarms = widgets.filter(({ type }) => type === "alarm").map(({ properties }) => (properties.alarms as string[]).length);
        expect(alarms).to.deep.equal([100, 1, 1]);
    });

    it("draws a metric in its region, with its threshold", () => {
        expect(graph("cpu")).to.deep.include({
            region: "us-west-2",
            stat: "Average",
            period: 60,
            metrics: [["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "ai-platform", { label: "CPUUtilization (Average)" }]],
            annotations: { horizontal: [{ label: "ticket above 80", value: 80, color: "#ff9900", fill: "above" }] },
        });
        expect(graph("free-storage").annotations).to.deep.equal({
            horizontal: [{ label: "page below 10000000000", value: 10e9, color: "#d13212", fill: "below" }],
        });
        expect(graph("5xx", 1).region).to.equal("us-east-1");
    });

    it("draws a rate with the expression of its alarm", () => {
        expect(graph("5xx").metrics).to.deep.equal([
            [
                {
                    id: "rate",
                    expression: "IF(whole >= 20, 100 * FILL(part, 0) / whole, 0)",
                    label: "HTTPCode_Target_5XX_Count of RequestCount, %",
                },
            ],
            ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", "app/api/1", { id: "part", visible: false }],
            ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", "app/api/1", { id: "whole", visible: false }],
        ]);
    });

    it("lists the composite alarm before the other alarms, and marks muted alarms", async () => {
        const recording = await recorded({ ...inRecovery, muted: ["database.cpu"] });
        const { inputs } = recording.one(aws.cloudwatch.Dashboard);
        expect(inputs.dashboardName).to.equal("ai-platform-dr");
        const body = parseJson<DashboardBody>(inputs.dashboardBody);
        const rows = body.widgets.filter(({ type }) => type === "alarm").map(({ properties }) => properties);
        expect(rows.map(({ title }) => title)).to.deep.equal(["Alarms in us-west-2", "Alarms in us-east-1"]);
        expect(rows[1]?.alarms).to.deep.equal([
            "arn:aws:cloudwatch:us-east-1:123456789012:alarm:ai-platform-dr-us-east-1",
            "arn:aws:cloudwatch:us-east-1:123456789012:alarm:ai-platform-dr-edge-5xx",
        ]);
        expect(graphs(body).map(({ properties }) => properties.title)).to.include("cpu (muted)");
    });
});
