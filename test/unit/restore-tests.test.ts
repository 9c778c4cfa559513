import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { RestoreTests, type RestoreTestsArgs } from "../../components";
import { parsePolicy, record } from "../../components/testing";
import { failureOf } from "../support/failures";
import { restoreTests } from "../support/minimal";
import { plan } from "../support/plans";

const recorded = (more: Partial<RestoreTestsArgs> = {}) => record(() => new RestoreTests("it", { ...restoreTests, ...more }));

describe("RestoreTests", () => {
    it("restores the latest recent backup of each resource in the vault every week", async () => {
        const { inputs } = (await recorded()).one(aws.backup.RestoreTestingPlan);
        expect(inputs).to.include({ name: "it", scheduleExpression: "cron(0 10 ? * SUN *)", scheduleExpressionTimezone: "Etc/UTC" });
        expect(inputs.recoveryPointSelection).to.deep.equal({
            algorithm: "LATEST_WITHIN_WINDOW",
            includeVaults: [restoreTests.vaultArn],
            recoveryPointTypes: ["SNAPSHOT"],
            selectionWindowDays: 2,
        });
    });

    it("restores to private subnets, without public addresses, behind a security group without rules", async () => {
        const recording = await recorded({ validationWindowHours: 3 });
        const { name: dbSubnetGroupName } = recording.one(aws.rds.SubnetGroup).outputs;
        expect(recording.one(aws.rds.SubnetGroup).inputs.subnetIds).to.deep.equal(restoreTests.subnetIds);
        const group = recording.one(aws.ec2.SecurityGroup);
        expect(group.inputs).to.not.have.any.keys("ingress", "egress");
        for (const rule of [aws.vpc.SecurityGroupIngressRule, aws.vpc.SecurityGroupEgressRule]) expect(recording.all(rule)).to.be.empty;
        const network = { dbSubnetGroupName, vpcSecurityGroupIds: JSON.stringify([group.id]) };
        const selections = recording.all(aws.backup.RestoreTestingSelection).map(({ inputs }) => inputs);
        const overridesOf = (type: string) =>
            selections.find(({ protectedResourceType }) => protectedResourceType === type)?.restoreMetadataOverrides;
        expect(selections).to.have.length(2);
        expect(overridesOf("RDS")).to.deep.equal({
            ...network,
            dbInstanceClass: "db.t4g.medium",
            multiAz: "false",
            publiclyAccessible: "false",
        });
        expect(overridesOf("DocumentDB")).to.deep.equal(network);
        for (const selection of selections)
            expect(selection).to.deep.include({ protectedResourceArns: ["*"], validationWindowHours: 3, restoreTestingPlanName: "it" });
    });

    it("lets AWS Backup create, tag, and delete only databases of restore tests, in this subnet group, with this key", async () => {
        const recording = await recorded();
        const [trust] = parsePolicy(recording.one(aws.iam.Role).inputs.assumeRolePolicy).Statement;
        expect(trust?.Principal).to.deep.equal(["backup.amazonaws.com"]);
        expect(recording.all(aws.iam.RolePolicyAttachment)).to.be.empty;
        const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy).inputs.policy);
        const writes = Statement.filter(({ Action }) => Action.some((it) => /^rds:(Add|Delete|Restore)/.test(it)));
        const named = (kind: string) => `arn:aws:rds:us-east-1:123456789012:${kind}`;
        for (const { Action, Resource } of writes) {
            const databases = Resource.filter((it) => /:(db|cluster):/.test(it));
            expect(databases, Action.join()).to.not.be.empty;
            for (const arn of databases) expect(arn).to.match(/:(db|cluster):awsbackup-restore-test-\*$/);
        }
        const instance = writes.find(({ Action }) => Action.includes("rds:RestoreDBInstanceFromDBSnapshot"))?.Resource;
        expect(instance).to.include.members([named("snapshot:awsbackup:*"), recording.one(aws.rds.SubnetGroup).outputs.arn]);
        const keys = Statement.filter(({ Action }) => Action.some((it) => it.startsWith("kms:")));
        expect(keys.map(({ Resource, Condition }) => [Resource, Condition?.StringEquals?.["kms:ViaService"]])).to.deep.equal([
            [[restoreTests.kmsKeyArn], "rds.us-east-1.amazonaws.com"],
        ]);
        for (const { urn, dependencies } of recording.all(aws.backup.RestoreTestingSelection))
            expect(dependencies, urn).to.include(recording.one(aws.iam.RolePolicy).urn);
    });

    it("has no permission for types that it doesn't test", async () => {
        const { Statement } = parsePolicy((await recorded({ resourceTypes: ["RDS"] })).one(aws.iam.RolePolicy).inputs.policy);
        expect(JSON.stringify(Statement)).not.to.match(/cluster/i);
    });

    it("rejects invalid arguments", async () => {
        const invalid = { planName: "a-b", resourceTypes: [], schedule: "rate(7 days)", validationWindowHours: 0, vpcId: undefined };
        expect(await failureOf(recorded(invalid)))
            .to.contain('RestoreTests "it": planName must be 1 to 50 letters, digits, and _')
            .and.to.contain("resourceTypes must not be empty")
            .and.to.contain("schedule must be like cron(0 10 ? * SUN *)")
            .and.to.contain("validationWindowHours must be between 1 and 168 hours")
            .and.to.contain("vpc must be set");
    });
});

describe("the restore tests of a stack", () => {
    const ON = "ai-platform:backups.restoreTests.enabled=true";

    it("are off by default, and test the copies of the primary stack in the region of dr, in both roles", async () => {
        for (const stack of ["prod", "dr"]) expect((await plan(stack)).all(aws.backup.RestoreTestingPlan)).to.be.empty;
        const [standby, active, prod] = await Promise.all([plan("dr", [ON]), plan("dr", [ON, "ai-platform:active=true"]), plan("prod")]);
        const { inputs } = standby.one(aws.backup.RestoreTestingPlan);
        expect(inputs.name).to.equal("ai_platform_dr");
        expect(inputs.recoveryPointSelection.includeVaults).to.deep.equal([
            prod.one(aws.backup.Vault, "backups-vault-recovery").outputs.arn,
        ]);
        expect(active.one(aws.backup.RestoreTestingPlan).inputs).to.deep.equal(inputs);
        const [alarm] = standby.all(aws.cloudwatch.MetricAlarm).filter(({ name }) => name === "recovery-monitor-restore-test-age");
        expect(alarm?.inputs).to.include({ threshold: 8 * 86_400, actionsEnabled: true });
        const { environment } = standby.one(aws.lambda.Function, "recovery-monitor-function").inputs;
        expect(environment?.variables).to.include({ RESTORE_TESTING_PLAN: "ai_platform_dr", RESTORE_TESTING_TYPES: "RDS,DocumentDB" });
    });

    it("test DocumentDB only if the stack has it", async () => {
        const recording = await plan("dr", [ON, "ai-platform:documents.enabled=false"]);
        const types = recording.all(aws.backup.RestoreTestingSelection).map(({ inputs }) => inputs.protectedResourceType);
        expect(types).to.deep.equal(["RDS"]);
    });
});
