import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { AiServices, type AiServicesArgs } from "../../components";
import { type Policy, parsePolicy, record } from "../../components/testing";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-data";
const GUARDRAIL_KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-guardrail";
const LOG_KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-logs";
const PROFILE = "us.anthropic.claude-sonnet-4-20250514-v1:0";
const MODEL = "amazon.nova-lite-v1:0";
const required: AiServicesArgs = { models: [PROFILE, MODEL], kmsKeyArn: KEY, guardrailKeyArn: GUARDRAIL_KEY, logKeyArn: LOG_KEY };
const endpoint = { image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/models/rank:1", modelDataUrl: "s3://models/rank/model.tar.gz" };

const recorded = (more: Partial<AiServicesArgs> = {}, use?: (ai: AiServices) => void, region = "us-east-1") =>
    record(
        () => {
            const ai = new AiServices("ai", { ...required, ...more });
            use?.(ai);
        },
        { region },
    );
const grantee = () => ({ logicalName: "reader", roleName: new aws.iam.Role("reader", { assumeRolePolicy: "{}" }).name });
const invokePolicy = async (more: Partial<AiServicesArgs> = {}, region?: string): Promise<Policy["Statement"]> => {
    const use = (ai: AiServices) => {
        ai.grantInvoke(grantee());
    };
    const recording = await recorded(more, use, region);
    return parsePolicy(recording.one(aws.iam.RolePolicy, "reader-ai-invoke").inputs.policy).Statement;
};
const guardrailOf = async (more: Partial<AiServicesArgs> = {}) => (await recorded(more)).one(aws.bedrock.Guardrail);
const refusal = (more: Partial<AiServicesArgs>) => () => new AiServices("ai", { ...required, ...more });

describe("AiServices: guardrail", () => {
    it("filters harmful content in prompts and answers, and prompt attacks in prompts only", async () => {
        const { inputs, parent } = await guardrailOf();
        expect(parent).to.contain("ai-platform:components:AiServices::ai");
        expect(inputs.contentPolicyConfig?.filtersConfigs).to.deep.equal([
            ...["HATE", "INSULTS", "MISCONDUCT", "SEXUAL", "VIOLENCE"].map((type) => ({
                type,
                inputStrength: "MEDIUM",
                outputStrength: "MEDIUM",
            })),
            { type: "PROMPT_ATTACK", inputStrength: "HIGH", outputStrength: "NONE" },
        ]);
        expect(inputs.kmsKeyArn).to.equal(GUARDRAIL_KEY);
    });

    it("masks personal data and credentials", async () => {
        const entities = (await guardrailOf()).inputs.sensitiveInformationPolicyConfig?.piiEntitiesConfigs ?? [];
        expect(new Set(entities.map(({ action }) => action))).to.deep.equal(new Set(["ANONYMIZE"]));
        expect(entities.map(({ type }) => type)).to.include.members(["AWS_SECRET_KEY", "CREDIT_DEBIT_CARD_NUMBER", "EMAIL", "PASSWORD"]);
    });

    it("applies configured strengths, personal data, topics, grounding, and messages", async () => {
        const topic = { name: "Tax", definition: "Advice on taxes.", examples: ["How do I avoid tax?"] };
        const { inputs } = await guardrailOf({
            guardrail: {
                contentFilters: { VIOLENCE: "LOW" },
                promptAttack: "LOW",
                personalData: { PASSWORD: "BLOCK", EMAIL: "ANONYMIZE" },
                deniedTopics: [topic],
                grounding: { grounding: 0.7, relevance: 0.5 },
                blockedInputMessage: "in",
                blockedOutputMessage: "out",
            },
        });
        expect(inputs.contentPolicyConfig?.filtersConfigs).to.deep.include({
            type: "VIOLENCE",
            inputStrength: "LOW",
            outputStrength: "LOW",
        });
        expect(inputs.contentPolicyConfig?.filtersConfigs).to.deep.include({
            type: "PROMPT_ATTACK",
            inputStrength: "LOW",
            outputStrength: "NONE",
        });
        expect(inputs.sensitiveInformationPolicyConfig?.piiEntitiesConfigs).to.deep.equal([
            { type: "EMAIL", action: "ANONYMIZE" },
            { type: "PASSWORD", action: "BLOCK" },
        ]);
        expect(inputs.topicPolicyConfig?.topicsConfigs).to.deep.equal([{ ...topic, type: "DENY" }]);
        expect(inputs.contextualGroundingPolicyConfig?.filtersConfigs).to.deep.equal([
            { type: "GROUNDING", threshold: 0.7 },
            { type: "RELEVANCE", threshold: 0.5 },
        ]);
        expect(inputs).to.include({ blockedInputMessaging: "in", blockedOutputsMessaging: "out" });
    });

    it("omits filters that are turned off", async () => {
        const { inputs } = await guardrailOf({ guardrail: { personalData: {} } });
        expect(inputs).not.to.have.any.keys("sensitiveInformationPolicyConfig", "topicPolicyConfig", "contextualGroundingPolicyConfig");
    });

    it("publishes a new version whenever the policy changes, by argument or transform, and only then", async () => {
        const description = async (more: Partial<AiServicesArgs>) => {
            const recording = await recorded(more);
            const version = recording.one(aws.bedrock.GuardrailVersion);
            expect(version.inputs.guardrailArn).to.equal(recording.one(aws.bedrock.Guardrail).outputs.guardrailArn);
            return version.inputs.description;
        };
        const before = await description({});
        expect(await description({ kmsKeyArn: `${KEY}-2`, models: [MODEL] })).to.equal(before);
        expect(await description({ guardrail: { promptAttack: "LOW" } })).not.to.equal(before);
        expect(await description({ transform: { guardrail: (args) => ({ ...args, blockedInputMessaging: "no" }) } })).not.to.equal(before);
    });
});

describe("AiServices: permission to invoke models", () => {
    it("allows the listed models, and a profile's model only through the profile and in its geography", async () => {
        const statements = (await invokePolicy()).filter(
            ({ Effect, Action }) => Effect === "Allow" && Action.includes("bedrock:InvokeModel"),
        );
        const profile = `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${PROFILE}`;
        expect(statements.map(({ Resource, Condition }) => [Resource, Condition])).to.deep.equal([
            [[`arn:aws:bedrock:us-east-1::foundation-model/${MODEL}`], undefined],
            [[profile], undefined],
            [
                ["us-east-1", "us-east-2", "us-west-2"].map(
                    (region) => `arn:aws:bedrock:${region}::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0`,
                ),
                { StringEquals: { "bedrock:InferenceProfileArn": profile } },
            ],
        ]);
        for (const { Action } of statements) expect(Action).to.deep.equal(["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]);
    });

    it("includes the stack's region, the configured regions, and the model ARN without a region for a global profile", async () => {
        const regions = async (models: string[], destinationRegions?: string[], region?: string) =>
            (await invokePolicy({ models, destinationRegions }, region))
                .find(({ Condition }) => Condition?.StringEquals?.["bedrock:InferenceProfileArn"])
                ?.Resource.map((arn) => arn.split(":")[3]);
        const europe = ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"];
        expect(await regions(["eu.amazon.nova-lite-v1:0"], undefined, "eu-west-3")).to.deep.equal(europe);
        // The region of the call is added if the geography's profiles can be called from there.
        expect(await regions(["eu.amazon.nova-lite-v1:0"], undefined, "eu-west-2")).to.have.members([...europe, "eu-west-2"]);
        expect(await regions(["ca.amazon.nova-lite-v1:0"], undefined, "ca-central-1")).to.deep.equal(["ca-central-1", "ca-west-1"]);
        expect(await regions([PROFILE], ["us-west-2"])).to.deep.equal(["us-east-1", "us-west-2"]);
        expect(await regions(["global.anthropic.claude-sonnet-4-20250514-v1:0"])).to.deep.equal(["", "us-east-1"]);
    });

    it("rejects a profile that can't be called from the provider's region", async () => {
        const message = await invokePolicy({ models: ["eu.amazon.nova-lite-v1:0"] }).then(
            () => "",
            (error: unknown) => String(error),
        );
        expect(message).to.contain('AiServices: "models": eu.amazon.nova-lite-v1:0 can\'t be called from us-east-1');
    });

    it("requires no profile if only models are listed", async () => {
        expect(JSON.stringify(await invokePolicy({ models: [MODEL] }))).not.to.contain("inference-profile");
    });

    it("allows this guardrail and its key only, and denies calls without the guardrail", async () => {
        const recording = await recorded({}, (ai) => {
            ai.grantInvoke(grantee());
        });
        const arn = recording.one(aws.bedrock.Guardrail).outputs.guardrailArn as string;
        const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy, "reader-ai-invoke").inputs.policy);
        expect(Statement.find(({ Action }) => Action.includes("bedrock:ApplyGuardrail"))?.Resource).to.deep.equal([arn]);
        const deny = Statement.find(({ Effect }) => Effect === "Deny");
        expect(deny?.Action).to.deep.equal(["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]);
        expect(deny?.Condition).to.deep.equal({ StringNotLike: { "bedrock:GuardrailIdentifier": `${arn}:*` } });
        const decrypt = Statement.find(({ Action }) => Action.includes("kms:Decrypt"));
        // No condition: AWS doesn't document that Bedrock's runtime passes kms:ViaService.
        expect([decrypt?.Action, decrypt?.Resource, decrypt?.Condition]).to.deep.equal([["kms:Decrypt"], [GUARDRAIL_KEY], undefined]);
    });

    it("allows calls without the guardrail if configured", async () => {
        expect((await invokePolicy({ requireGuardrail: false })).filter(({ Effect }) => Effect === "Deny")).to.be.empty;
    });
});

describe("AiServices: invocation logging", () => {
    it("doesn't change the account's setting by default", async () => {
        expect((await recorded()).all(aws.bedrockmodel.InvocationLoggingConfiguration)).to.be.empty;
    });

    it("logs text to an encrypted bucket and log group, once both allow Bedrock to write", async () => {
        const recording = await recorded({ invocationLogging: { bucketName: "calls", expirationDays: 30 }, logRetentionDays: 90 });
        const configuration = recording.one(aws.bedrockmodel.InvocationLoggingConfiguration);
        const logs = recording.one(aws.cloudwatch.LogGroup, "ai-calls-logs");
        const s3Config = { bucketName: "calls", keyPrefix: "invocations" };
        expect(configuration.inputs.loggingConfig).to.deep.equal({
            s3Config,
            cloudwatchConfig: {
                logGroupName: logs.outputs.name,
                roleArn: recording.one(aws.iam.Role, "ai-calls-role").outputs.arn,
                largeDataDeliveryS3Config: s3Config,
            },
            textDataDeliveryEnabled: true,
            imageDataDeliveryEnabled: false,
            embeddingDataDeliveryEnabled: false,
            videoDataDeliveryEnabled: false,
        });
        expect(configuration.dependencies).to.include.members([
            recording.one(aws.s3.BucketPolicy).urn,
            recording.one(aws.iam.RolePolicy, "ai-calls-role-write").urn,
        ]);
        expect(logs.inputs).to.include({ kmsKeyId: LOG_KEY, retentionInDays: 90 });
        const [rule] = recording.one(aws.s3.BucketServerSideEncryptionConfiguration).inputs.rules;
        expect(rule?.applyServerSideEncryptionByDefault?.kmsMasterKeyId).to.equal(KEY);
        const expiry = recording.one(aws.s3.BucketLifecycleConfiguration).inputs.rules?.find(({ id }) => id === "expiry");
        expect(expiry?.expiration?.days).to.equal(30);
    });

    it("allows Bedrock to write for this account only", async () => {
        const recording = await recorded({ invocationLogging: { bucketName: "calls" } });
        const fromHere = {
            StringEquals: { "aws:SourceAccount": "123456789012" },
            ArnLike: { "aws:SourceArn": "arn:aws:bedrock:us-east-1:123456789012:*" },
        };
        const write = parsePolicy(recording.one(aws.s3.BucketPolicy).inputs.policy).Statement.find(({ Sid }) => Sid === "BedrockLogs");
        expect(write).to.deep.include({ Action: ["s3:PutObject"], Principal: ["bedrock.amazonaws.com"], Condition: fromHere });
        expect(write?.Resource).to.deep.equal(["arn:aws:s3:::calls/invocations/AWSLogs/123456789012/BedrockModelInvocationLogs/*"]);
        expect(parsePolicy(recording.one(aws.iam.Role, "ai-calls-role").inputs.assumeRolePolicy).Statement[0]?.Condition).to.deep.equal(
            fromHere,
        );
        const logs = parsePolicy(recording.one(aws.iam.RolePolicy, "ai-calls-role-write").inputs.policy).Statement;
        expect(logs.flatMap(({ Resource }) => Resource)).to.deep.equal([
            `${String(recording.one(aws.cloudwatch.LogGroup).outputs.arn)}:log-stream:aws/bedrock/modelinvocations`,
        ]);
    });

    it("logs the configured kinds of data", async () => {
        const delivered = async (data: ("text" | "image" | "embedding" | "video")[]) => {
            const recording = await recorded({ invocationLogging: { data } });
            const config = recording.one(aws.bedrockmodel.InvocationLoggingConfiguration).inputs.loggingConfig;
            return [
                config.textDataDeliveryEnabled,
                config.imageDataDeliveryEnabled,
                config.embeddingDataDeliveryEnabled,
                config.videoDataDeliveryEnabled,
            ];
        };
        expect(await delivered([])).to.deep.equal([false, false, false, false]);
        expect(await delivered(["image", "embedding", "video"])).to.deep.equal([false, true, true, true]);
    });
});

describe("AiServices: SageMaker endpoint", () => {
    it("exists only if a model is configured", async () => {
        expect((await recorded()).all(aws.sagemaker.Endpoint)).to.be.empty;
        const use = (ai: AiServices) => {
            ai.grantInvokeEndpoint(grantee());
        };
        const error = await recorded({}, use).then(String, String);
        expect(error).to.contain('AiServices "ai": grantInvokeEndpoint requires the argument');
    });

    it("is serverless, with an encrypted log group created before it", async () => {
        const recording = await recorded({
            endpoint: { ...endpoint, memorySizeInMb: 4096, maxConcurrency: 20, environment: { MODE: "fast" } },
        });
        const model = recording.one(aws.sagemaker.Model);
        expect(model.inputs.primaryContainer).to.deep.equal({ ...endpoint, environment: { MODE: "fast" } });
        const configuration = recording.one(aws.sagemaker.EndpointConfiguration);
        expect(configuration.inputs).to.deep.include({ kmsKeyArn: KEY });
        expect(configuration.inputs.productionVariants).to.deep.equal([
            { variantName: "main", modelName: model.outputs.name, serverlessConfig: { memorySizeInMb: 4096, maxConcurrency: 20 } },
        ]);
        const logs = recording.one(aws.cloudwatch.LogGroup, "ai-model-logs");
        const made = recording.one(aws.sagemaker.Endpoint);
        expect(made.inputs.name).to.match(/^ai-model-[0-9a-f]{8}$/);
        expect(logs.inputs).to.include({ name: `/aws/sagemaker/Endpoints/${String(made.inputs.name)}`, kmsKeyId: LOG_KEY });
        expect(made.dependencies).to.include(logs.urn);
    });

    it("sets nothing that AWS rejects for a serverless endpoint", async () => {
        const recording = await recorded({ endpoint });
        expect(recording.one(aws.sagemaker.Model).inputs).not.to.have.any.keys("vpcConfig", "enableNetworkIsolation", "containers");
        expect(recording.one(aws.sagemaker.EndpointConfiguration).inputs).not.to.have.any.keys("dataCaptureConfig");
    });

    it("runs with a role that can only read this model and image and write this log", async () => {
        const modelDataKeyArn = `${KEY}-models`;
        const recording = await recorded({ endpoint: { ...endpoint, modelDataKeyArn } });
        const role = recording.one(aws.iam.Role, "ai-model-role");
        expect(parsePolicy(role.inputs.assumeRolePolicy).Statement[0]?.Condition).to.deep.equal({
            StringEquals: { "aws:SourceAccount": "123456789012" },
            ArnLike: { "aws:SourceArn": "arn:aws:sagemaker:us-east-1:123456789012:*" },
        });
        const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy, "ai-model-role-run").inputs.policy);
        expect(Statement.map(({ Action, Resource }) => [Action[0], Resource])).to.deep.equal([
            ["s3:GetObject", ["arn:aws:s3:::models/rank/model.tar.gz"]],
            ["kms:Decrypt", [modelDataKeyArn]],
            ["ecr:BatchCheckLayerAvailability", ["arn:aws:ecr:us-east-1:123456789012:repository/models/rank"]],
            ["ecr:GetAuthorizationToken", ["*"]],
            ["logs:CreateLogStream", [`${String(recording.one(aws.cloudwatch.LogGroup).outputs.arn)}:*`]],
        ]);
        expect(recording.one(aws.sagemaker.Model).dependencies).to.include(recording.one(aws.iam.RolePolicy, "ai-model-role-run").urn);
    });

    it("grants invocation of this endpoint only", async () => {
        const recording = await recorded({ endpoint }, (ai) => {
            ai.grantInvokeEndpoint(grantee());
        });
        const [statement] = parsePolicy(recording.one(aws.iam.RolePolicy, "reader-ai-model-invoke").inputs.policy).Statement;
        expect(statement?.Action).to.deep.equal(["sagemaker:InvokeEndpoint"]);
        expect(statement?.Resource).to.deep.equal([recording.one(aws.sagemaker.Endpoint).outputs.arn]);
    });

    it("rejects images, archives, and sizes that AWS rejects", () => {
        expect(refusal({ endpoint: { image: "nginx", modelDataUrl: "http://x", memorySizeInMb: 1500, maxConcurrency: 201 } })).to.throw(
            [
                'AiServices "ai": endpoint.image must be an ECR image: <account>.dkr.ecr.<region>.amazonaws.com/...',
                'AiServices "ai": endpoint.modelDataUrl must be s3://<bucket>/<key>',
                'AiServices "ai": endpoint.memorySizeInMb must be one of 1024, 2048, 3072, 4096, 5120, 6144',
                'AiServices "ai": endpoint.maxConcurrency must be between 1 and 200',
            ].join("\n"),
        );
    });
});

describe("AiServices: arguments and alarms", () => {
    it("accepts every form of Bedrock model ID", () => {
        const ids = [
            "anthropic.claude-3-haiku-20240307-v1:0",
            "amazon.titan-embed-text-v2:0",
            "cohere.embed-english-v3",
            "openai.gpt-oss-120b-1:0",
            "apac.amazon.nova-pro-v1:0",
        ];
        return recorded({ models: ids });
    });

    it("reports all invalid arguments at once", () => {
        const wrong: Partial<AiServicesArgs> = {
            models: ["claude", "us.claude", "arn:aws:bedrock:us-east-1::foundation-model/x.y"],
            destinationRegions: ["america"],
            logRetentionDays: 29,
            invocationLogging: { expirationDays: 0 },
            guardrail: {
                contentFilters: { HATE: "SOME" as "LOW", RAGE: "LOW" } as Record<string, "LOW">,
                promptAttack: "ALL" as "LOW",
                personalData: { email: "ANONYMIZE" },
                deniedTopics: [{ name: "", definition: "x" }],
                grounding: { grounding: 1, relevance: 0 },
                blockedInputMessage: "",
                blockedOutputMessage: "x".repeat(501),
            },
        };
        const forms = "must be model IDs such as amazon.nova-lite-v1:0 or inference profile IDs such as us.amazon.nova-lite-v1:0";
        expect(refusal(wrong)).to.throw(
            [
                `models ${forms}, not "claude"`,
                `models ${forms}, not "us.claude"`,
                `models ${forms}, not "arn:aws:bedrock:us-east-1::foundation-model/x.y"`,
                "destinationRegions must be regions such as us-east-1",
                "guardrail.contentFilters must be one of NONE, LOW, MEDIUM, HIGH",
                "guardrail.contentFilters must have keys among HATE, INSULTS, MISCONDUCT, SEXUAL, VIOLENCE, not RAGE",
                "guardrail.promptAttack must be one of NONE, LOW, MEDIUM, HIGH",
                "guardrail.personalData must map PII types such as EMAIL to ANONYMIZE or BLOCK",
                "guardrail.deniedTopics must have at most 30 topics, each with a name of up to 100 characters, a definition of up to 200 and up to 5 examples of up to 100",
                "guardrail.grounding must be between 0 and 0.99",
                "guardrail.blockedInputMessage must be 1 to 500 characters",
                "guardrail.blockedOutputMessage must be 1 to 500 characters",
                "logRetentionDays must be a number of days that CloudWatch Logs supports, such as 30",
                "invocationLogging.expirationDays must be between 1 and 36500",
            ]
                .map((problem) => `AiServices "ai": ${problem}`)
                .join("\n"),
        );
        expect(refusal({ models: [] })).to.throw('AiServices "ai": models must contain at least one model and no duplicates');
        expect(refusal({ models: [MODEL, MODEL] })).to.throw("models must contain at least one model and no duplicates");
        expect(() => new AiServices("a".repeat(33), required)).to.throw("name must be at most 32 characters");
    });

    it("has alarms with unique names for every model and the endpoint", async () => {
        await recorded({ endpoint }, ({ alarms }) => {
            const names = alarms.map(({ name }) => name);
            expect(new Set(names).size).to.equal(names.length);
            expect(names).to.include.members([
                "throttles-amazon-nova-lite-v1-0",
                `server-errors-${PROFILE.replace(/[.:]/g, "-")}`,
                "endpoint-server-errors",
            ]);
            const ofProfile = alarms.find(({ name }) => name === `server-errors-${PROFILE.replace(/[.:]/g, "-")}`);
            expect(ofProfile?.dimensions).to.deep.equal({ ModelId: PROFILE });
        });
    });
});
