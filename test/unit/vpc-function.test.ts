import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { VpcFunction, type VpcFunctionArgs } from "../../components";
import { parsePolicy, record } from "../../components/testing";
import { untransformable } from "../support/transforms";
import { bundle } from "../../functions/bundle";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-data";
const LOG_KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-logs";

describe("VpcFunction", () => {
    const directory = mkdtempSync(join(tmpdir(), "vpc-function-"));
    const entry = join(directory, "hello.ts");
    const required: VpcFunctionArgs = {
        entry,
        description: "Says hello",
        placement: { vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"] },
        kmsKeyArn: KEY,
        logKeyArn: LOG_KEY,
    };
    before(() => {
        writeFileSync(entry, "export const handler = (name: string): string => `hello ${name}`;\n");
    });
    after(() => {
        rmSync(directory, { recursive: true });
    });

    const recorded = (more: Partial<VpcFunctionArgs> = {}, use?: (hello: VpcFunction) => void) =>
        record(() => {
            const hello = new VpcFunction("hello", { ...required, ...more });
            use?.(hello);
        });
    const functionOf = async (more: Partial<VpcFunctionArgs> = {}) => (await recorded(more)).one(aws.lambda.Function);

    it("runs the bundled handler on arm64 and Node.js 24, traced, without reserving concurrency", async () => {
        const { inputs, parent } = await functionOf();
        expect(parent).to.contain("ai-platform:components:VpcFunction::hello");
        expect(inputs).to.deep.include({
            runtime: "nodejs24.x",
            architectures: ["arm64"],
            handler: "index.handler",
            memorySize: 512,
            timeout: 60,
            tracingConfig: { mode: "Active" },
        });
        expect(inputs).not.to.have.property("reservedConcurrentExecutions");
    });

    it("accepts other sizes, runtimes, and environments", async () => {
        const { inputs } = await functionOf({
            memorySize: 1769,
            timeout: 900,
            reservedConcurrentExecutions: 0,
            architectures: ["x86_64"],
            runtime: "nodejs22.x",
            environment: { BUCKET: "b", NODE_OPTIONS: "--max-old-space-size=100" },
        });
        expect(inputs).to.deep.include({
            memorySize: 1769,
            timeout: 900,
            reservedConcurrentExecutions: 0,
            architectures: ["x86_64"],
            runtime: "nodejs22.x",
            environment: { variables: { BUCKET: "b", NODE_OPTIONS: "--max-old-space-size=100" } },
        });
    });

    it("runs in the private subnets with its own security group, which allows only outbound HTTPS", async () => {
        const recording = await recorded();
        const group = recording.one(aws.ec2.SecurityGroup);
        expect(recording.one(aws.lambda.Function).inputs.vpcConfig).to.deep.equal({
            subnetIds: ["subnet-1", "subnet-2"],
            securityGroupIds: [group.id],
        });
        expect(recording.all(aws.vpc.SecurityGroupIngressRule)).to.be.empty;
        expect(recording.one(aws.vpc.SecurityGroupEgressRule).inputs).to.include({
            securityGroupId: group.id,
            fromPort: 443,
            toPort: 443,
            ipProtocol: "tcp",
        });
    });

    it("encrypts environment, log group, and dead letters, and keeps logs for 30 days", async () => {
        const recording = await recorded();
        const logs = recording.one(aws.cloudwatch.LogGroup);
        const lambda = recording.one(aws.lambda.Function);
        expect(lambda.inputs.kmsKeyArn).to.equal(KEY);
        expect(logs.inputs).to.include({ kmsKeyId: LOG_KEY, retentionInDays: 30 });
        expect(lambda.inputs.loggingConfig).to.include({ logFormat: "JSON", logGroup: logs.outputs.name });
        const queue = recording.one(aws.sqs.Queue);
        expect(queue.inputs).to.include({ kmsMasterKeyId: KEY, messageRetentionSeconds: 1_209_600 });
        expect(lambda.inputs.deadLetterConfig).to.deep.equal({ targetArn: queue.outputs.arn });
        const [statement] = parsePolicy(recording.one(aws.sqs.QueuePolicy).inputs.policy).Statement;
        expect(statement).to.deep.include({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } });
    });

    it("grants its role its own log group, network interfaces, traces, and dead letters, before the function is created", async () => {
        const recording = await recorded();
        const policy = recording.one(aws.iam.RolePolicy, "hello-role-basics");
        expect(parsePolicy(policy.inputs.policy).Statement.map(({ Action, Resource }) => [Action, Resource])).to.deep.equal([
            [["logs:CreateLogStream", "logs:PutLogEvents"], [`${String(recording.one(aws.cloudwatch.LogGroup).outputs.arn)}:*`]],
            [
                [
                    "ec2:AssignPrivateIpAddresses",
                    "ec2:CreateNetworkInterface",
                    "ec2:DeleteNetworkInterface",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSubnets",
                    "ec2:UnassignPrivateIpAddresses",
                ],
                ["*"],
            ],
            [["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"]],
            [["sqs:SendMessage"], [recording.one(aws.sqs.Queue).outputs.arn]],
            [["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], [KEY]],
            [["kms:Decrypt"], [KEY]],
        ]);
        expect(recording.one(aws.lambda.Function).dependencies).to.include(policy.urn);
    });

    it("denies the function's code Lambda's permissions for network interfaces", async () => {
        const recording = await recorded();
        const [statement] = parsePolicy(recording.one(aws.iam.RolePolicy, "hello-role-no-interfaces").inputs.policy).Statement;
        expect(statement).to.deep.include({ Effect: "Deny", Resource: ["*"] });
        const basics = parsePolicy(recording.one(aws.iam.RolePolicy, "hello-role-basics").inputs.policy).Statement;
        const allowed = basics.flatMap(({ Action }) => Action).filter((action) => action.startsWith("ec2:"));
        expect(statement?.Action).to.have.members(allowed);
        expect(statement?.Condition).to.deep.equal({
            ArnEquals: { "lambda:SourceFunctionArn": recording.one(aws.lambda.Function).outputs.arn },
        });
    });

    it("has alarms on errors, throttles, duration near the timeout, and dead letters", async () => {
        await recorded({ timeout: 100 }, ({ alarms }) => {
            expect(alarms.map(({ name, metricName, threshold }) => [name, metricName, threshold])).to.deep.equal([
                ["errors", "Errors", 5],
                ["throttles", "Throttles", 0],
                ["duration", "Duration", 90_000],
                ["dead-letters", "ApproximateNumberOfMessagesVisible", 0],
            ]);
        });
    });

    it("can have every resource transformed", async () => {
        expect(await untransformable((transform) => new VpcFunction("hello", { ...required, transform }))).to.deep.equal([]);
    });

    it("applies transforms last", async () => {
        const { inputs } = await functionOf({ transform: { function: () => ({ ephemeralStorage: { size: 1024 } }) } });
        expect(inputs.ephemeralStorage).to.deep.equal({ size: 1024 });
    });

    it("reports all invalid arguments at once", () => {
        const wrong = {
            entry: "hello.ts",
            memorySize: 127,
            timeout: 901,
            reservedConcurrentExecutions: -1,
            logRetentionDays: 2,
            architectures: ["arm64", "x86_64"] as unknown as ["arm64"],
            runtime: "python3.14",
            environment: { AWS_REGION: "x", LAMBDA_X: "x", "A-B": "x", FINE: "x" },
        };
        expect(() => new VpcFunction("hello", { ...required, ...wrong })).to.throw(
            [
                "entry must be the absolute path of a TypeScript file",
                "memorySize must be between 128 and 10240 MiB",
                "timeout must be between 1 and 900",
                "reservedConcurrentExecutions must be between 0 and 1000",
                "logRetentionDays must be a number of days that CloudWatch Logs supports, such as 30",
                'architectures must be ["arm64"] or ["x86_64"]',
                "runtime must be a Node.js runtime such as nodejs24.x",
                "environment must have names of letters, digits, and _ that do not begin with AWS_ or LAMBDA_: AWS_REGION, LAMBDA_X, A-B",
            ]
                .map((problem) => `VpcFunction "hello": ${problem}`)
                .join("\n"),
        );
    });
});

describe("functions/bundle", () => {
    const directories: string[] = [];
    const project = (source: string) => {
        const directory = mkdtempSync(join(tmpdir(), "bundle-"));
        directories.push(directory);
        writeFileSync(join(directory, "package.json"), "{}");
        writeFileSync(join(directory, "helper.ts"), "export const greeting: string = 'hello';\n");
        writeFileSync(join(directory, "entry.ts"), source);
        return { directory, entry: join(directory, "entry.ts"), cache: join(directory, "cache") };
    };
    const SOURCE =
        "import { greeting } from './helper';\nimport { S3Client } from '@aws-sdk/client-s3';\nexport const handler = () => [greeting, S3Client];\n";
    after(() => {
        for (const directory of directories) rmSync(directory, { recursive: true });
    });

    it("creates one file that exports the handler, without the SDK of the runtime", async () => {
        const { entry, cache, directory } = project(SOURCE);
        const { code, map } = await bundle(entry, cache);
        const text = readFileSync(code, "utf8");
        expect(text).to.contain('require("@aws-sdk/client-s3")').and.to.contain("hello").and.to.contain("sourceMappingURL=index.js.map");
        expect(readFileSync(map, "utf8")).to.contain('"helper.ts"').and.not.to.contain(directory);
        expect(text).not.to.contain(directory);
    });

    it("creates the same bytes in any folder and with any tsconfig.json", async () => {
        const [one, other] = [project(SOURCE), project(SOURCE)];
        writeFileSync(join(other.directory, "tsconfig.json"), '{ "compilerOptions": { "strict": true, "target": "es5" } }');
        expect((await bundle(one.entry, one.cache)).hash).to.equal((await bundle(other.entry, other.cache)).hash);
    });

    it("reuses a bundle until one of its sources changes", async () => {
        const { entry, cache, directory } = project(SOURCE);
        const first = await bundle(entry, cache);
        // Another path of the same cache, to bypass the cache in memory.
        const again = await bundle(entry, `${cache}/.`);
        expect(again.hash).to.equal(first.hash);
        writeFileSync(join(directory, "helper.ts"), "export const greeting: string = 'good morning';\n");
        const changed = await bundle(entry, `${cache}/./.`);
        expect(changed.hash).not.to.equal(first.hash);
        expect(readFileSync(changed.code, "utf8")).to.contain("good morning");
    });

    it("puts the bundle in a temporary directory if the cache can't be written", async () => {
        const { entry, directory } = project(SOURCE);
        const { code } = await bundle(entry, join(entry, "cache"));
        directories.push(dirname(dirname(code)));
        expect(code).to.contain(tmpdir()).and.not.to.contain(directory);
        expect(readFileSync(code, "utf8")).to.contain("hello");
    });

    it("reports errors in the sources", async () => {
        const { entry, cache } = project("export const handler = (;\n");
        expect(await bundle(entry, cache).then(String, String)).to.contain("entry.ts:1");
    });
});
