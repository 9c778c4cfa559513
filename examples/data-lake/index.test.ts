import * as aws from "@pulumi/aws";
import { parsePolicy, record, type Recording } from "ai-platform/testing";
import { expect } from "chai";
import program = require("./index");

describe("the data lake", () => {
    let recording: Recording;
    before(async () => {
        recording = await record(program, { project: "data-lake", stack: "test", region: "us-east-1" });
    });

    const actionsOf = (role: RegExp) =>
        recording
            .all(aws.iam.RolePolicy, role)
            .flatMap(({ inputs }) => parsePolicy(inputs.policy).Statement)
            .flatMap(({ Action }) => Action);

    it("encrypts all data with its key", () => {
        const key = recording.one(aws.kms.Key).outputs.arn;
        for (const name of ["lake-raw", "lake-curated"]) {
            const [rule] = recording.one(aws.s3.BucketServerSideEncryptionConfiguration, new RegExp(`^${name}`)).inputs.rules;
            expect(rule?.applyServerSideEncryptionByDefault?.kmsMasterKeyId, name).to.equal(key);
        }
    });

    it("limits the data that a query can scan", () => {
        const { configuration } = recording.one(aws.athena.Workgroup).inputs;
        expect(configuration?.bytesScannedCutoffPerQuery).to.equal(10e9);
    });

    it("lets the analyst query, but not write tables' data", () => {
        expect(actionsOf(/^analyst/)).to.include("athena:StartQueryExecution");
        expect(actionsOf(/^loader/))
            .to.include("s3:PutObject")
            .and.not.include("athena:StartQueryExecution");
    });
});
