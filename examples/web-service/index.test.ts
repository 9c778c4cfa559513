import * as aws from "@pulumi/aws";
import { record, type Recording } from "ai-platform/testing";
import { expect } from "chai";
import program = require("./index");

const settings = { project: "web-service", stack: "test", region: "us-east-1" };
const zones = { "web-service:availabilityZoneNames": '["us-east-1a", "us-east-1b"]' };

describe("the web service", () => {
    let recording: Recording;
    before(async () => {
        recording = await record(program, { ...settings, config: zones });
    });

    it("gets the connection string from the database's secret", () => {
        const { containerDefinitions } = recording.one(aws.ecs.TaskDefinition).inputs;
        const secret = recording.one(aws.secretsmanager.Secret).outputs.arn;
        expect(containerDefinitions).to.contain(`"valueFrom":"${String(secret)}:connectionString::"`);
    });

    it("is the only one that can connect to the database", () => {
        const [rule, ...others] = recording.all(aws.vpc.SecurityGroupIngressRule).filter(({ inputs }) => inputs.fromPort === 5432);
        expect(others).to.deep.equal([]);
        expect(rule?.inputs.referencedSecurityGroupId).to.equal(recording.one(aws.ec2.SecurityGroup, "web-tasks-group").id);
    });

    it("is reachable inside the VPC only, and so is the database", () => {
        expect(recording.one(aws.lb.LoadBalancer).inputs.internal).to.equal(true);
        expect(recording.one(aws.rds.Instance).inputs).to.include({ publiclyAccessible: false, storageEncrypted: true });
    });

    it("keeps its data by default, and a test environment can give it up", async () => {
        expect(recording.one(aws.rds.Instance).inputs).to.include({ deletionProtection: true, skipFinalSnapshot: false });
        const config = { ...zones, "web-service:deletionProtection": "false" };
        const temporary = await record(program, { ...settings, config });
        expect(temporary.one(aws.rds.Instance).inputs).to.include({ deletionProtection: false, skipFinalSnapshot: true });
    });
});
