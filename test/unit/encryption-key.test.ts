import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { EncryptionKey, type EncryptionKeyArgs } from "../../components";
import { ServiceRole } from "../../components/building-blocks/iam";
import { parsePolicy, record, resolve } from "../../components/testing";
import { untransformable } from "../support/transforms";

const args: EncryptionKeyArgs = { description: "test", alias: "ai-platform-prod-data" };
const recorded = (more: Partial<EncryptionKeyArgs> = {}) => record(() => new EncryptionKey("data", { ...args, ...more }));

describe("EncryptionKey", () => {
    it("creates a multi-region key with rotation and an alias", async () => {
        const recording = await recorded();
        const key = recording.one(aws.kms.Key);
        expect(key.inputs).to.include({ multiRegion: true, enableKeyRotation: true, deletionWindowInDays: 30 });
        expect(key.parent).to.contain("ai-platform:components:EncryptionKey::data");
        expect(recording.one(aws.kms.Alias).inputs).to.include({ name: "alias/ai-platform-prod-data", targetKeyId: key.outputs.keyId });
        expect(recording.all(aws.kms.ReplicaKey)).to.be.empty;
    });

    it("replicates the key, its alias and its policy to other regions", async () => {
        const recording = await recorded({ replicaRegions: ["us-west-2"], services: ["logs"] });
        const replica = recording.one(aws.kms.ReplicaKey);
        expect(replica.inputs).to.include({ region: "us-west-2", primaryKeyArn: recording.one(aws.kms.Key).outputs.arn });
        expect(recording.one(aws.kms.Alias, "data-alias-us-west-2").inputs).to.include({
            region: "us-west-2",
            name: "alias/ai-platform-prod-data",
        });
        // The same policy in all regions allows the log service of each.
        expect(replica.inputs.policy).to.equal(recording.one(aws.kms.Key).inputs.policy);
        const [logs] = parsePolicy(replica.inputs.policy).Statement.filter(({ Sid }) => Sid === "UseBylogs");
        expect(logs?.Principal).to.deep.equal(["logs.us-east-1.amazonaws.com", "logs.us-west-2.amazonaws.com"]);
        expect(logs?.Condition).to.deep.equal({
            ArnLike: {
                "kms:EncryptionContext:aws:logs:arn": [
                    "arn:aws:logs:us-east-1:123456789012:log-group:*",
                    "arn:aws:logs:us-west-2:123456789012:log-group:*",
                ],
            },
        });
    });

    it("allows IAM of this account and the given services, each for this account only", async () => {
        const recording = await recorded({ services: ["sns", "bedrock"] });
        const { Statement } = parsePolicy(recording.one(aws.kms.Key).inputs.policy);
        expect(Statement.map(({ Principal }) => Principal[0])).to.deep.equal([
            "arn:aws:iam::123456789012:root",
            "arn:aws:iam::123456789012:root",
            "sns.amazonaws.com",
            "bedrock.amazonaws.com",
        ]);
        // Replicas need it to receive rotated key material.
        expect(Statement[0]?.Action).to.include("kms:SynchronizeMultiRegionKey");
        for (const { Action, Condition } of Statement.slice(2)) {
            expect(Action).to.deep.equal(["kms:Decrypt", "kms:GenerateDataKey"]);
            expect(Condition).to.deep.equal({ StringEquals: { "aws:SourceAccount": "123456789012" } });
        }
    });

    it("allows EventBridge for buses, topics and queues", async () => {
        const recording = await recorded({ services: ["events"] });
        const statements = parsePolicy(recording.one(aws.kms.Key).inputs.policy).Statement.filter(
            ({ Principal }) => Principal[0] === "events.amazonaws.com",
        );
        const conditions = Object.fromEntries(statements.map(({ Sid = "", Condition }) => [Sid, Condition]));
        expect(conditions).to.deep.equal({
            UseByeventsDescribe: undefined,
            UseByeventsBuses: {
                ArnLike: { "kms:EncryptionContext:aws:events:event-bus:arn": ["arn:aws:events:us-east-1:123456789012:event-bus/*"] },
            },
            UseByeventsTopics: { ArnLike: { "kms:EncryptionContext:aws:sns:topicArn": ["arn:aws:sns:us-east-1:123456789012:*"] } },
            UseByeventsQueues: { ArnLike: { "kms:EncryptionContext:aws:sqs:arn": ["arn:aws:sqs:us-east-1:123456789012:*"] } },
            UseByevents: { StringEquals: { "aws:SourceAccount": "123456789012" } },
        });
        expect(statements[0]?.Action).to.deep.equal(["kms:DescribeKey"]);
    });

    it("allows alarms for topics of this account in all regions of the key", async () => {
        const recording = await recorded({ services: ["cloudwatch"], replicaRegions: ["us-west-2"] });
        const { Statement } = parsePolicy(recording.one(aws.kms.Key).inputs.policy);
        const [statement, ...more] = Statement.filter(({ Principal }) => Principal[0] === "cloudwatch.amazonaws.com");
        expect(more).to.be.empty;
        expect(statement?.Action).to.deep.equal(["kms:Decrypt", "kms:GenerateDataKey"]);
        const topics = ["us-east-1", "us-west-2"].map((region) => `arn:aws:sns:${region}:123456789012:*`);
        expect(statement?.Condition).to.deep.equal({ ArnLike: { "kms:EncryptionContext:aws:sns:topicArn": topics } });
    });

    it("grants one role decryption and another one encryption only", async () => {
        const recording = await record(() => {
            const key = new EncryptionKey("data", args);
            const role = (name: string) => new ServiceRole(name, { service: "ecs-tasks.amazonaws.com", description: "test" }, {});
            key.grantDecrypt(role("reader"));
            key.grantEncrypt(role("writer"));
        });
        const granted = recording.all(aws.iam.RolePolicy).map(({ name, inputs }) => {
            const [statement, ...more] = parsePolicy(inputs.policy).Statement;
            expect(more).to.be.empty;
            expect(statement?.Resource).to.deep.equal([recording.one(aws.kms.Key).outputs.arn]);
            return [name, statement?.Action];
        });
        expect(granted).to.deep.equal([
            ["reader-data-decrypt", ["kms:Decrypt", "kms:DescribeKey"]],
            ["writer-data-encrypt", ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]],
        ]);
    });

    it("returns the ARNs of its replicas, and throws for other regions", async () => {
        await record(async () => {
            const key = new EncryptionKey("data", { ...args, replicaRegions: ["us-west-2"] });
            expect(await resolve(key.arnIn("us-west-2"))).to.match(/^arn:aws:kms:us-west-2:123456789012:key\/mrk-/);
            expect(() => key.arnIn("eu-west-1")).to.throw('EncryptionKey "data": has no replica in eu-west-1, only in us-west-2');
        });
    });

    it("applies transforms", async () => {
        const recording = await recorded({ transform: { key: { rotationPeriodInDays: 180 } } });
        expect(recording.one(aws.kms.Key).inputs.rotationPeriodInDays).to.equal(180);
    });

    it("can have every resource transformed", async () => {
        const create = (transform: never) => {
            const key = new EncryptionKey("data", { ...args, replicaRegions: ["us-west-2"], transform });
            key.grantDecrypt({ logicalName: "reader", roleName: key.keyId });
        };
        expect(await untransformable(create)).to.deep.equal([]);
    });

    it("rejects invalid arguments, all at once, before anything is registered", () => {
        expect(() => new EncryptionKey("data", { ...args, alias: "aws/rds", deletionWindowDays: 3 })).to.throw(
            'EncryptionKey "data": alias must consist of letters, digits, -, _, and /, and not start with aws/ or alias/\n' +
                'EncryptionKey "data": deletionWindowDays must be between 7 and 30',
        );
    });
});
