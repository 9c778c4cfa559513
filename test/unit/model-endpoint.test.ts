import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { ModelEndpoint, type ModelEndpointArgs } from "../../components";
import { ServiceRole } from "../../components/building-blocks/iam";
import { parsePolicy, record, type Recording } from "../../components/testing";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-data";
const LOG_KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-logs";
const required: ModelEndpointArgs = {
    image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/models/rank:1",
    modelDataUrl: "s3://models/rank/model.tar.gz",
    kmsKeyArn: KEY,
    logKeyArn: LOG_KEY,
};

const recorded = (more: Partial<ModelEndpointArgs> = {}, use?: (rank: ModelEndpoint) => void): Promise<Recording> =>
    record(() => {
        const rank = new ModelEndpoint("rank", { ...required, ...more });
        use?.(rank);
        return { endpointName: rank.endpointName, arn: rank.arn, alarms: rank.alarms };
    });
const allowed = async (more: Partial<ModelEndpointArgs> = {}) =>
    parsePolicy((await recorded(more)).one(aws.iam.RolePolicy, "rank-role-run").inputs.policy).Statement;
const refusal = (more: Partial<ModelEndpointArgs>, name = "rank") => {
    try {
        new ModelEndpoint(name, { ...required, ...more });
    } catch (error) {
        return (error as Error).message.split("\n").map((line) => line.replace(/^ModelEndpoint "[^"]*": /, ""));
    }
    return [];
};

describe("ModelEndpoint", () => {
    it("runs the image with the model archive on a serverless endpoint with encrypted storage", async () => {
        const recording = await recorded();
        const model = recording.one(aws.sagemaker.Model);
        const { image, modelDataUrl } = required;
        expect(model.inputs.primaryContainer).to.deep.equal({ image, modelDataUrl });
        const configuration = recording.one(aws.sagemaker.EndpointConfiguration);
        expect(configuration.inputs).to.deep.include({
            kmsKeyArn: KEY,
            productionVariants: [
                { variantName: "main", modelName: model.outputs.name, serverlessConfig: { memorySizeInMb: 2048, maxConcurrency: 5 } },
            ],
        });
        const endpoint = recording.one(aws.sagemaker.Endpoint);
        expect(endpoint.inputs.endpointConfigName).to.equal(configuration.outputs.name);
        expect(endpoint.parent).to.contain("ai-platform:components:ModelEndpoint::rank");
        expect(recording.outputs).to.include({ endpointName: endpoint.inputs.name, arn: endpoint.outputs.arn });
    });

    it("accepts memory, concurrency, and an environment", async () => {
        const recording = await recorded({ memorySizeInMb: 6144, maxConcurrency: 200, environment: { MODE: "fast" } });
        expect(recording.one(aws.sagemaker.Model).inputs.primaryContainer?.environment).to.deep.equal({ MODE: "fast" });
        const [variant] = recording.one(aws.sagemaker.EndpointConfiguration).inputs.productionVariants;
        expect(variant?.serverlessConfig).to.deep.equal({ memorySizeInMb: 6144, maxConcurrency: 200 });
    });

    it("logs to an encrypted log group that exists before SageMaker would create one", async () => {
        const recording = await recorded({ logRetentionDays: 90 });
        const logs = recording.one(aws.cloudwatch.LogGroup);
        const endpoint = recording.one(aws.sagemaker.Endpoint);
        expect(endpoint.inputs.name).to.match(/^rank-[0-9a-f]{8}$/);
        expect(logs.inputs).to.deep.include({
            name: `/aws/sagemaker/Endpoints/${String(endpoint.inputs.name)}`,
            kmsKeyId: LOG_KEY,
            retentionInDays: 90,
        });
        expect(endpoint.dependencies).to.include(logs.urn);
    });

    it("has a role that SageMaker can assume only for endpoints of this account, used after its policy exists", async () => {
        const recording = await recorded();
        const role = recording.one(aws.iam.Role);
        const [trust] = parsePolicy(role.inputs.assumeRolePolicy).Statement;
        expect(trust?.Principal).to.deep.equal(["sagemaker.amazonaws.com"]);
        expect(trust?.Condition).to.deep.equal({
            StringEquals: { "aws:SourceAccount": "123456789012" },
            ArnLike: { "aws:SourceArn": "arn:aws:sagemaker:us-east-1:123456789012:*" },
        });
        const model = recording.one(aws.sagemaker.Model);
        expect(model.inputs.executionRoleArn).to.equal(role.outputs.arn);
        expect(model.dependencies).to.include(recording.one(aws.iam.RolePolicy, "rank-role-run").urn);
    });

    it("can only read this archive and image, and write this log", async () => {
        const statements = await allowed();
        expect(statements.map(({ Action, Resource }) => [Action, Resource])).to.deep.equal([
            [["s3:GetObject"], ["arn:aws:s3:::models/rank/model.tar.gz"]],
            [
                ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                ["arn:aws:ecr:us-east-1:123456789012:repository/models/rank"],
            ],
            [["ecr:GetAuthorizationToken"], ["*"]],
            [["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], [statements.at(-1)?.Resource[0]]],
        ]);
        expect(statements.at(-1)?.Resource[0]).to.match(/:log-group:\/aws\/sagemaker\/Endpoints\/rank-[0-9a-f]{8}:\*$/);
    });

    it("can use the archive's key through S3 only", async () => {
        const modelDataKeyArn = `${KEY}-models`;
        expect((await allowed({ modelDataKeyArn }))[1]).to.deep.include({
            Action: ["kms:Decrypt", "kms:DescribeKey"],
            Resource: [modelDataKeyArn],
            Condition: { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
        });
    });

    it("grants invocation of this endpoint", async () => {
        const recording = await recorded({}, (rank) => {
            rank.grantInvoke(new ServiceRole("reader", { service: "ec2.amazonaws.com", description: "Reads" }, {}));
        });
        const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy, "reader-rank-invoke").inputs.policy);
        expect(Statement.map(({ Action, Resource }) => [Action, Resource])).to.deep.equal([
            [["sagemaker:InvokeEndpoint"], [recording.one(aws.sagemaker.Endpoint).outputs.arn]],
        ]);
    });

    it("has an alarm on container failures", async () => {
        const { outputs } = await recorded();
        expect(outputs.alarms).to.have.length(1);
        expect(outputs.alarms).to.have.nested.property("[0].dimensions").that.deep.equals({
            EndpointName: outputs.endpointName,
            VariantName: "main",
        });
    });

    it("applies transforms last", async () => {
        const recording = await recorded({
            transform: {
                model: (args) => ({ ...args, tags: { of: "model" } }),
                configuration: (args) => ({ ...args, tags: { of: "configuration" } }),
                endpoint: (args) => ({ ...args, tags: { of: "endpoint" } }),
            },
        });
        expect(recording.one(aws.sagemaker.Model).inputs.tags).to.deep.equal({ of: "model" });
        expect(recording.one(aws.sagemaker.EndpointConfiguration).inputs.tags).to.deep.equal({ of: "configuration" });
        expect(recording.one(aws.sagemaker.Endpoint).inputs.tags).to.deep.equal({ of: "endpoint" });
    });

    it("rejects invalid arguments, all at once", () => {
        expect(
            refusal(
                { image: "nginx", modelDataUrl: "http://x", memorySizeInMb: 1500, maxConcurrency: 201, logRetentionDays: 31 },
                "r".repeat(41),
            ),
        ).to.deep.equal([
            "name must be at most 40 characters, because endpoint names are limited to 63",
            "image must be an ECR image: <account>.dkr.ecr.<region>.amazonaws.com/...",
            "modelDataUrl must be s3://<bucket>/<key>",
            "memorySizeInMb must be one of 1024, 2048, 3072, 4096, 5120, 6144",
            "maxConcurrency must be between 1 and 200",
            "logRetentionDays must be a number of days that CloudWatch Logs supports, such as 30",
        ]);
        for (const memorySizeInMb of [512, 7168]) expect(refusal({ memorySizeInMb })).to.have.length(1);
        expect(refusal({ maxConcurrency: 0 })).to.deep.equal(["maxConcurrency must be between 1 and 200"]);
    });
});
