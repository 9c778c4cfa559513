import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { AiServices, IngestPipeline, type IngestPipelineArgs, PrivateBucket } from "../../components";
import { PartFactory } from "../../components/building-blocks/parts";
import { allowConnection } from "../../components/building-blocks/security-groups";
import { EventBus } from "../../components/event-bus";
import { parseJson, parsePolicy, record, type Recording } from "../../components/testing";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-data";
const LOG_KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-logs";
const SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:documents-AbCdEf";
const MODELS = ["us.amazon.nova-lite-v1:0", "us.amazon.nova-pro-v1:0"];

/** The pipeline with real components, as in the platform. */
const recorded = (more: Partial<IngestPipelineArgs> = {}, use?: (ingest: IngestPipeline) => void): Promise<Recording> =>
    record(() => {
        const database = { logicalName: "documents", securityGroupId: new aws.ec2.SecurityGroup("documents", {}).id };
        const ai = new AiServices("ai", { models: MODELS, kmsKeyArn: KEY, guardrailKeyArn: KEY, logKeyArn: LOG_KEY });
        const ingest = new IngestPipeline("ingest", {
            placement: { vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"] },
            raw: new PrivateBucket("raw", { bucketName: "lake-raw", kmsKeyArn: KEY }),
            curated: new PrivateBucket("curated", { bucketName: "lake-curated", kmsKeyArn: KEY }),
            ai,
            bus: new EventBus("bus", { busName: "platform", kmsKeyArn: KEY }),
            documents: {
                connectionSecret: { arn: SECRET, kmsKeyArn: KEY },
                allowFrom: (source) => allowConnection(new PartFactory(ai, undefined), source, database, 27017),
            },
            kmsKeyArn: KEY,
            logKeyArn: LOG_KEY,
            ...more,
        });
        use?.(ingest);
    });
const environmentOf = async (more: Partial<IngestPipelineArgs> = {}) =>
    (await recorded(more)).one(aws.lambda.Function).inputs.environment?.variables;

/** The permissions of a grant: the first action of each statement, and its resources. */
const granted = (recording: Recording, name: string) =>
    parsePolicy(recording.one(aws.iam.RolePolicy, name).inputs.policy).Statement.map(({ Action, Resource }) => [Action[0], Resource]);

describe("IngestPipeline", () => {
    it("listens on the default bus for new objects in the raw bucket's folder", async () => {
        const recording = await recorded();
        const rule = recording.one(aws.cloudwatch.EventRule, "ingest-created");
        expect(rule.inputs).not.to.have.any.keys("eventBusName");
        expect(rule.parent).to.contain("ai-platform:components:IngestPipeline::ingest");
        expect(parseJson(rule.inputs.eventPattern)).to.deep.equal({
            source: ["aws.s3"],
            "detail-type": ["Object Created"],
            detail: { bucket: { name: ["lake-raw"] }, object: { key: [{ prefix: "documents/" }] } },
        });
    });

    it("sends events to its queue, and undelivered events to another; both allow the rule, and the target waits for the policy", async () => {
        const recording = await recorded();
        const rule = recording.one(aws.cloudwatch.EventRule, "ingest-created");
        const queue = recording.one(aws.sqs.Queue, "ingest-work-queue");
        const undelivered = recording.one(aws.sqs.Queue, "ingest-undelivered");
        const target = recording.one(aws.cloudwatch.EventTarget);
        expect(target.inputs).to.deep.include({
            arn: queue.outputs.arn,
            rule: rule.outputs.name,
            deadLetterConfig: { arn: undelivered.outputs.arn },
            retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
        });
        expect(target.dependencies).to.include(recording.one(aws.sqs.QueuePolicy, "ingest-work-policy").urn);
        expect(undelivered.inputs).to.include({ kmsMasterKeyId: KEY, messageRetentionSeconds: 14 * 24 * 60 * 60 });
        const { Statement } = parsePolicy(recording.one(aws.sqs.QueuePolicy, "ingest-undelivered-policy").inputs.policy);
        expect(Statement.filter(({ Effect }) => Effect === "Deny")).to.deep.equal([
            {
                Sid: "TlsOnly",
                Effect: "Deny",
                Principal: ["*"],
                Action: ["sqs:*"],
                Resource: [undelivered.outputs.arn],
                Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
        ]);
        for (const name of ["ingest-work-policy", "ingest-undelivered-policy"]) {
            const send = parsePolicy(recording.one(aws.sqs.QueuePolicy, name).inputs.policy).Statement.find(
                ({ Effect }) => Effect === "Allow",
            );
            expect(send?.Condition).to.deep.equal({ ArnEquals: { "aws:SourceArn": [rule.outputs.arn] } });
        }
    });

    it("invokes the function in batches whose messages fail individually, within its maximum concurrency", async () => {
        const recording = await recorded({ maximumConcurrency: 7, batchSize: 3, maximumBatchingWindowInSeconds: 20 });
        const mapping = recording.one(aws.lambda.EventSourceMapping);
        const lambda = recording.one(aws.lambda.Function);
        expect(mapping.inputs).to.deep.include({
            eventSourceArn: recording.one(aws.sqs.Queue, "ingest-work-queue").outputs.arn,
            functionName: lambda.outputs.arn,
            batchSize: 3,
            maximumBatchingWindowInSeconds: 20,
            functionResponseTypes: ["ReportBatchItemFailures"],
            scalingConfig: { maximumConcurrency: 7 },
        });
        expect(lambda.inputs).not.to.have.property("reservedConcurrentExecutions");
        expect(mapping.dependencies).to.include(recording.one(aws.iam.RolePolicy, "ingest-reader-ingest-work-consume").urn);
    });

    it("reserves the maximum concurrency if reserveConcurrency is set", async () => {
        const reserved = async (more: Parameters<typeof recorded>[0]) =>
            (await recorded(more)).one(aws.lambda.Function).inputs.reservedConcurrentExecutions;
        expect(await reserved({ reserveConcurrency: true })).to.equal(5);
        expect(await reserved({ reserveConcurrency: true, maximumConcurrency: 7 })).to.equal(7);
        expect(await reserved({ reserveConcurrency: false })).to.equal(undefined);
    });

    it("hides a message for six times the function's timeout plus the batch window, and moves it to the dead-letter queue after five receives", async () => {
        const recording = await recorded({ timeout: 200, maximumBatchingWindowInSeconds: 10 });
        const { inputs, outputs } = recording.one(aws.sqs.Queue, "ingest-work-queue");
        expect(inputs.visibilityTimeoutSeconds).to.equal(1210);
        expect(recording.one(aws.lambda.Function).inputs.timeout).to.equal(200);
        expect(parseJson<{ maxReceiveCount: number }>(inputs.redrivePolicy).maxReceiveCount).to.equal(5);
        expect(outputs.name).to.match(/^ingest-work-queue-/);
        const named = await recorded({ queueName: "ingest", maxReceiveCount: 3 });
        expect(named.one(aws.sqs.Queue, "ingest-work-queue").inputs.name).to.equal("ingest");
        expect(
            parseJson<{ maxReceiveCount: number }>(named.one(aws.sqs.Queue, "ingest-work-queue").inputs.redrivePolicy).maxReceiveCount,
        ).to.equal(3);
    });

    it("allows the function only to read the raw folder, write to the curated folder, call models, publish, read one secret, and consume", async () => {
        const recording = await recorded();
        const policies = recording.all(aws.iam.RolePolicy, /^ingest-reader-/).map(({ name }) => name);
        expect(policies.sort()).to.deep.equal([
            "ingest-reader-ai-invoke",
            "ingest-reader-bus-publish",
            "ingest-reader-curated-write-documents",
            "ingest-reader-documents-read-secret",
            "ingest-reader-ingest-work-consume",
            "ingest-reader-raw-read-documents",
            "ingest-reader-role-basics",
            "ingest-reader-role-no-interfaces",
        ]);
        expect(granted(recording, "ingest-reader-raw-read-documents")).to.deep.include([
            "s3:GetObject",
            ["arn:aws:s3:::lake-raw/documents/*"],
        ]);
        expect(granted(recording, "ingest-reader-curated-write-documents")).to.deep.include([
            "s3:AbortMultipartUpload",
            ["arn:aws:s3:::lake-curated/documents/*"],
        ]);
        expect(granted(recording, "ingest-reader-documents-read-secret")).to.deep.equal([
            ["secretsmanager:DescribeSecret", [SECRET]],
            ["kms:Decrypt", [KEY]],
        ]);
        const [publish] = parsePolicy(recording.one(aws.iam.RolePolicy, "ingest-reader-bus-publish").inputs.policy).Statement;
        expect(publish?.Condition).to.deep.equal({ StringEquals: { "events:source": ["ai-platform.ingest"] } });
    });

    it("returns a pattern for the role name of its function, for bucket policies that are created earlier", async () => {
        const role = (await recorded()).one(aws.iam.Role, "ingest-reader-role").outputs.name as string;
        const pattern = IngestPipeline.rolePattern("ingest");
        expect(pattern).to.match(/^[\w-]+\*$/);
        expect(role).to.match(new RegExp(`^${pattern.replace("*", ".*")}$`));
        expect(role).not.to.match(new RegExp(`^${IngestPipeline.rolePattern("other").replace("*", ".*")}$`));
    });

    it("can connect only to HTTPS and, by security group, to the database's port", async () => {
        const recording = await recorded();
        const group = recording.one(aws.ec2.SecurityGroup, "ingest-reader-function").id;
        const egress = recording.all(aws.vpc.SecurityGroupEgressRule).filter(({ inputs }) => inputs.securityGroupId === group);
        expect(
            egress.map(({ inputs }) => [inputs.fromPort, inputs.toPort, inputs.referencedSecurityGroupId ?? inputs.cidrIpv4]),
        ).to.have.deep.members([
            [443, 443, "0.0.0.0/0"],
            [27017, 27017, recording.one(aws.ec2.SecurityGroup, "documents").id],
        ]);
    });

    it("passes the names of all resources to the function, and no secret", async () => {
        const recording = await recorded();
        const guardrail = recording.one(aws.bedrock.Guardrail).outputs;
        expect(recording.one(aws.lambda.Function).inputs.environment?.variables).to.deep.equal({
            NODE_OPTIONS: "--enable-source-maps",
            NODE_EXTRA_CA_CERTS: "/var/runtime/ca-cert.pem",
            MODEL_ID: MODELS[0],
            GUARDRAIL_ID: guardrail.guardrailId,
            GUARDRAIL_VERSION: "1",
            CURATED_BUCKET: "lake-curated",
            BUS_NAME: "platform",
            DOCUMENTS_SECRET_ARN: SECRET,
            METRIC_NAMESPACE: "AiPlatform",
            MAX_RECEIVE_COUNT: "5",
        });
    });

    it("accepts a model, categories, limits, memory, and another runtime", async () => {
        const limits = { model: MODELS[1], categories: ["invoice", "other"], maxBytes: 1000, maxCharacters: 500, modelTimeout: 45 };
        expect(await environmentOf(limits)).to.include({
            MODEL_ID: MODELS[1],
            CATEGORIES: "invoice,other",
            MAX_BYTES: "1000",
            MAX_CHARACTERS: "500",
            MODEL_TIMEOUT_MS: "45000",
        });
        expect(await environmentOf({ maxReceiveCount: 3 })).to.include({ MAX_RECEIVE_COUNT: "3" });
        const { inputs } = (await recorded({ memorySize: 1024, runtime: "nodejs22.x" })).one(aws.lambda.Function);
        expect(inputs).to.include({ memorySize: 1024, runtime: "nodejs22.x" });
    });

    it("uses the given folder in the rule and in the permission", async () => {
        const recording = await recorded({ prefix: "inbox/" });
        const { detail } = parseJson<{ detail: { object: unknown } }>(
            recording.one(aws.cloudwatch.EventRule, "ingest-created").inputs.eventPattern,
        );
        expect(detail.object).to.deep.equal({ key: [{ prefix: "inbox/" }] });
        expect(granted(recording, "ingest-reader-raw-read-inbox")).to.deep.include(["s3:GetObject", ["arn:aws:s3:::lake-raw/inbox/*"]]);
    });

    it("has alarms, including those of its queue and its function, with unique names", async () => {
        await recorded({}, ({ alarms }) => {
            const names = alarms.map(({ name }) => name);
            expect(new Set(names).size).to.equal(names.length);
            expect(names).to.include.members([
                "failing",
                "failed-retries",
                "rejected",
                "undelivered",
                "queue-dead-letters",
                "queue-age",
                "function-errors",
                "function-throttles",
            ]);
            const functionMetrics = alarms.filter(({ namespace }) => namespace === "AiPlatform");
            expect(functionMetrics.map(({ metricName }) => metricName)).to.deep.equal(["Failed", "FailedRetries", "Rejected"]);
            for (const { dimensions } of functionMetrics) expect(Object.keys(dimensions)).to.deep.equal(["service"]);
        });
    });

    it("opens a ticket for one document that always fails, and doesn't page", async () => {
        await recorded({ timeout: 200, maximumBatchingWindowInSeconds: 10 }, ({ alarms }) => {
            const alarm = (name: string) => alarms.find((it) => it.name === name)!;
            // SQS counts the age of a message up to its third receive.
            expect(alarm("queue-age")).to.include({ severity: "page", threshold: 3 * 1210 });
            expect(alarm("queue-age").description).to.contain("61 minutes");
            expect(alarm("queue-dead-letters").severity).to.equal("ticket");
            expect(alarm("failed-retries")).to.include({ severity: "ticket", threshold: 0, periods: 1 });
            // A rate counts from 20 deliveries.
            expect(alarm("failing"))
                .to.include({ severity: "page", rateOf: "Received", statistic: "Sum" })
                .and.not.to.have.property("minimumWhole");
        });
        await recorded({ timeout: 30, maximumBatchingWindowInSeconds: 0 }, ({ alarms }) => {
            expect(alarms.find((it) => it.name === "queue-age")?.threshold).to.equal(900);
        });
    });

    it("applies transforms last", async () => {
        const recording = await recorded({
            transform: {
                rule: (args) => ({ ...args, state: "DISABLED" }),
                target: (args) => ({ ...args, targetId: "other" }),
                mapping: (args) => ({ ...args, enabled: false }),
                function: (args) => ({ ...args, description: "mine" }),
            },
        });
        expect(recording.one(aws.cloudwatch.EventRule, "ingest-created").inputs.state).to.equal("DISABLED");
        expect(recording.one(aws.cloudwatch.EventTarget).inputs.targetId).to.equal("other");
        expect(recording.one(aws.lambda.EventSourceMapping).inputs.enabled).to.be.false;
        expect(recording.one(aws.lambda.Function).inputs.description).to.equal("mine");
    });

    it("rejects all invalid arguments at once, including a folder that would match its own events", () => {
        const wrong = {
            ai: { models: MODELS },
            prefix: "",
            model: "amazon.nova-lite-v1:0",
            categories: ["a,b"],
            maxBytes: 0,
            maxCharacters: 99,
            batchSize: 11,
            maximumBatchingWindowInSeconds: 301,
            maximumConcurrency: 1,
            timeout: 29,
            modelTimeout: 29,
            memorySize: 128,
            maxReceiveCount: 1,
            runtime: "python3.14",
        } as unknown as IngestPipelineArgs;
        expect(() => new IngestPipeline("ingest", wrong)).to.throw(
            [
                "prefix must be a key prefix such as documents/, not the whole bucket, which also contains the events of this pipeline",
                `model must be one of ${MODELS.join(", ")}`,
                "categories must be 1 to 50 names of letters, digits, spaces, and hyphens",
                "maxBytes must be between 1 and 10485760",
                "maxCharacters must be between 100 and 100000",
                "batchSize must be between 1 and 10",
                "maximumBatchingWindowInSeconds must be between 0 and 300",
                "maximumConcurrency must be between 2 and 1000",
                "timeout must be between 30 and 900",
                "modelTimeout must be less than timeout",
                "memorySize must be between 256 and 10240 MiB",
                "maxReceiveCount must be between 2 and 1000",
                "runtime must be a Node.js runtime such as nodejs24.x",
            ]
                .map((problem) => `IngestPipeline "ingest": ${problem}`)
                .join("\n"),
        );
    });
});
