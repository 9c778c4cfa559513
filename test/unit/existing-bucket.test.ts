import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { ExistingBucket } from "../../components";
import { ServiceRole } from "../../components/building-blocks/iam";
import { parsePolicy, record } from "../../components/testing";
import { untransformable } from "../support/transforms";

const KEY = "arn:aws:kms:us-west-2:123456789012:key/mrk-data";
const ARN = "arn:aws:s3:::invoices-replica";
const args = { bucketName: "invoices-replica", kmsKeyArn: KEY };

describe("ExistingBucket", () => {
    it("looks up the bucket and creates nothing but grants", async () => {
        const recording = await record(
            () => {
                const role = new ServiceRole("app", { service: "ecs-tasks.amazonaws.com", description: "test" }, {});
                new ExistingBucket("invoices", args).grantWrite(role, "in/");
            },
            { region: "us-west-2" },
        );
        expect(recording.registered.filter(({ custom, type }) => custom && !type.startsWith("aws:iam/"))).to.be.empty;
        const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy).inputs.policy);
        expect(Statement.map(({ Resource }) => Resource)).to.deep.equal([[`${ARN}/in/*`], [KEY]]);
        expect(Statement[1]?.Condition).to.deep.equal({ StringEquals: { "kms:ViaService": "s3.us-west-2.amazonaws.com" } });
    });

    it("grants one role access to two prefixes", async () => {
        const recording = await record(() => {
            const role = new ServiceRole("app", { service: "ecs-tasks.amazonaws.com", description: "test" }, {});
            const bucket = new ExistingBucket("invoices", args);
            bucket.grantRead(role, "2025/");
            bucket.grantRead(role, "2026/");
            bucket.grantDelete(role, "drafts/");
        });
        const names = recording.all(aws.iam.RolePolicy).map(({ name }) => name);
        expect(names).to.have.members(["app-invoices-read-2025", "app-invoices-read-2026", "app-invoices-delete-drafts"]);
    });

    it("can have every resource transformed", async () => {
        const create = (transform: never) => {
            const bucket = new ExistingBucket("invoices", { ...args, transform });
            bucket.grantRead({ logicalName: "app", roleName: bucket.bucketName });
        };
        expect(await untransformable(create)).to.deep.equal([]);
    });

    it("rejects an empty name", () => {
        expect(() => new ExistingBucket("invoices", { bucketName: "" })).to.throw(
            'ExistingBucket "invoices": bucketName must be the name of a bucket',
        );
    });
});
