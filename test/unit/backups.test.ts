import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { Backups, type BackupsArgs } from "../../components";
import { parsePolicy, record } from "../../components/testing";
import { untransformable } from "../support/transforms";

const RECOVERY = { region: "us-west-2", kmsKeyArn: "arn:aws:kms:us-west-2:123456789012:key/mrk-1" };
const DATABASE = "arn:aws:rds:us-east-1:123456789012:db:ai-platform-prod";
const args: BackupsArgs = {
    vaultName: "ai-platform-prod",
    kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/mrk-1",
    resources: [DATABASE],
};
const recorded = (more: Partial<BackupsArgs> = {}) => record(() => new Backups("backups", { ...args, ...more }));
const alarmsOf = async (more: Partial<BackupsArgs> = {}) => {
    let backups: Backups | undefined;
    await record(() => (backups = new Backups("backups", { ...args, ...more })));
    return backups?.alarms ?? [];
};

describe("Backups", () => {
    it("backs up resources by ARN to an encrypted vault, four times a day", async () => {
        const recording = await recorded();
        const vault = recording.one(aws.backup.Vault);
        expect(vault.inputs).to.deep.equal({ name: args.vaultName, kmsKeyArn: args.kmsKeyArn, forceDestroy: false });
        expect(vault.parent).to.contain("ai-platform:components:Backups::backups");
        const plan = recording.one(aws.backup.Plan);
        const common = { targetVaultName: args.vaultName, startWindow: 60, completionWindow: 720 };
        expect(plan.inputs.rules).to.deep.equal([
            { ...common, ruleName: "daily", schedule: "cron(0 7 ? * * *)", lifecycle: { deleteAfter: 35 } },
            { ...common, ruleName: "often", schedule: "cron(0 1,13,19 ? * * *)", lifecycle: { deleteAfter: 7 } },
        ]);
        const selection = recording.one(aws.backup.Selection);
        expect(selection.inputs).to.include({ planId: plan.id, iamRoleArn: recording.one(aws.iam.Role).outputs.arn });
        expect(selection.inputs.resources).to.deep.equal([DATABASE]);
        expect(recording.all(aws.backup.VaultLockConfiguration)).to.be.empty;
    });

    it("copies each backup to a vault of the same name in the recovery region, with the key of that region", async () => {
        const rules = {
            weekly: { schedule: "cron(0 7 ? * SUN *)", keepDays: 90, copyKeepDays: 365 },
            daily: { schedule: "cron(0 7 ? * * *)", keepDays: 35 },
        };
        const recording = await recorded({ recovery: RECOVERY, rules });
        const copies = recording.one(aws.backup.Vault, "backups-vault-recovery");
        expect(copies.inputs).to.include({ region: "us-west-2", name: args.vaultName, kmsKeyArn: RECOVERY.kmsKeyArn });
        const destinationVaultArn = "arn:aws:backup:us-west-2:123456789012:backup-vault:ai-platform-prod";
        expect(copies.outputs.arn).to.equal(destinationVaultArn);
        expect(recording.one(aws.backup.Plan).inputs.rules.map(({ copyActions }) => copyActions)).to.deep.equal([
            [{ destinationVaultArn, lifecycle: { deleteAfter: 365 } }],
            [{ destinationVaultArn, lifecycle: { deleteAfter: 35 } }],
        ]);
    });

    it("has a role that only AWS Backup can assume, with only the AWS managed policy for backups", async () => {
        const recording = await recorded();
        const [trust] = parsePolicy(recording.one(aws.iam.Role).inputs.assumeRolePolicy).Statement;
        expect(trust?.Principal).to.deep.equal(["backup.amazonaws.com"]);
        // AWS documents no condition keys for this role.
        expect(trust?.Condition).to.be.undefined;
        const policies = recording.all(aws.iam.RolePolicyAttachment).map(({ inputs }) => inputs.policyArn);
        expect(policies).to.deep.equal(["arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"]);
    });

    it("doesn't depend on the database", async () => {
        const recording = await record(() => {
            const database = new aws.rds.Instance("database", { instanceClass: "db.t4g.micro", identifier: "ai-platform-prod" });
            return [database, new Backups("backups", args)];
        });
        const database = recording.one(aws.rds.Instance).urn;
        for (const { urn, dependencies } of recording.registered.filter(({ type }) => type.startsWith("aws:backup/"))) {
            expect(dependencies, urn).not.to.include(database);
        }
    });

    it("denies everyone to delete backups in both regions with refuseDeletion", async () => {
        const recording = await recorded({ recovery: RECOVERY, refuseDeletion: true });
        const policies = recording.all(aws.backup.VaultPolicy);
        expect(policies.map(({ inputs }) => [inputs.backupVaultName, inputs.region])).to.deep.equal([
            ["ai-platform-prod", undefined],
            ["ai-platform-prod", "us-west-2"],
        ]);
        for (const { inputs } of policies) {
            const [statement, ...more] = parsePolicy(inputs.policy).Statement;
            expect(more).to.be.empty;
            expect(statement).to.include({ Effect: "Deny" });
            expect(statement?.Principal).to.deep.equal(["*"]);
            expect(statement?.Action).to.deep.equal(["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]);
        }
    });

    it("keeps the vault policies without refuseDeletion, so that turning it off deletes nothing", async () => {
        const policies = (await recorded({ recovery: RECOVERY })).all(aws.backup.VaultPolicy);
        expect(policies.map(({ name }) => name)).to.deep.equal(["backups-policy", "backups-policy-recovery"]);
        for (const { inputs } of policies) {
            const [statement, ...more] = parsePolicy(inputs.policy).Statement;
            expect(more).to.be.empty;
            expect(statement).to.deep.include({ Effect: "Allow", Principal: ["arn:aws:iam::123456789012:root"] });
            expect(statement?.Action).to.deep.equal(["backup:DescribeBackupVault"]);
        }
    });

    it("locks the vaults of both regions with lock", async () => {
        const lock = { minKeepDays: 7, maxKeepDays: 35, irrevocableAfterDays: 14 };
        const recording = await recorded({ recovery: RECOVERY, lock });
        const locks = recording.all(aws.backup.VaultLockConfiguration);
        expect(locks.map(({ inputs }) => inputs.region)).to.deep.equal([undefined, "us-west-2"]);
        for (const { inputs } of locks) {
            expect(inputs).to.include({ minRetentionDays: 7, maxRetentionDays: 35, changeableForDays: 14 });
        }
        const [revocable] = (await recorded({ lock: { minKeepDays: 7 } })).all(aws.backup.VaultLockConfiguration);
        expect(revocable?.inputs).to.deep.equal({ backupVaultName: "ai-platform-prod", minRetentionDays: 7 });
    });

    it("deletes the backups with the vaults only with forceDestroy", async () => {
        const recording = await recorded({ recovery: RECOVERY, forceDestroy: true });
        expect(recording.all(aws.backup.Vault).map(({ inputs }) => inputs.forceDestroy)).to.deep.equal([true, true]);
    });

    it("has alarms on jobs that fail, expire or don't run, and on failed copies", async () => {
        const alarms = await alarmsOf({ recovery: RECOVERY });
        expect(alarms.map(({ name, metricName }) => [name, metricName])).to.deep.equal([
            ["failed", "NumberOfBackupJobsFailed"],
            ["expired", "NumberOfBackupJobsExpired"],
            ["none-in-a-day", "NumberOfBackupJobsCompleted"],
            ["copy-failed", "NumberOfCopyJobsFailed"],
        ]);
        for (const alarm of alarms) expect(alarm).to.include({ namespace: "AWS/Backup", statistic: "Sum", severity: "ticket" });
        expect(alarms[2]).to.include({ comparison: "below", threshold: 1, period: 86400, missingData: "breaching" });
        expect((await alarmsOf()).map(({ name }) => name)).not.to.include("copy-failed");
    });

    it("has an alarm for each resource type", async () => {
        const none = (await alarmsOf({ resourceTypes: ["RDS", "DocumentDB"] })).filter(({ name }) => name.startsWith("none-of-"));
        expect(none.map(({ name, dimensions }) => [name, dimensions])).to.deep.equal([
            ["none-of-rds", { ResourceType: "RDS" }],
            ["none-of-documentdb", { ResourceType: "DocumentDB" }],
        ]);
        for (const alarm of none) expect(alarm).to.include({ comparison: "below", threshold: 1, period: 86400, missingData: "breaching" });
    });

    it("applies transforms", async () => {
        const recording = await recorded({
            transform: { vaults: () => ({ tags: { Kept: "yes" } }), plan: { name: "mine" }, role: { role: { path: "/backups/" } } },
        });
        expect(recording.one(aws.backup.Vault).inputs.tags).to.deep.equal({ Kept: "yes" });
        expect(recording.one(aws.backup.Plan).inputs.name).to.equal("mine");
        expect(recording.one(aws.iam.Role).inputs.path).to.equal("/backups/");
    });

    it("can have every resource transformed", async () => {
        const create = (transform: never) =>
            new Backups("backups", { ...args, recovery: RECOVERY, refuseDeletion: true, lock: { minKeepDays: 7 }, transform });
        expect(await untransformable(create)).to.deep.equal([]);
    });

    const daily = { schedule: "cron(0 7 ? * * *)", keepDays: 35 };
    const REJECTED: [problem: string, more: Partial<BackupsArgs>][] = [
        ["vaultName must be 2 to 50 letters, digits, -, and _", { vaultName: "a b" }],
        ["resources must contain 1 to 500 resources", { resources: [] }],
        ["resources[1] must be the ARN of one resource", { resources: [DATABASE, "ai-platform-prod"] }],
        ["rules must not be empty", { rules: {} }],
        ["rules.a b must have a name of 1 to 50 letters, digits, -, _, and .", { rules: { "a b": daily } }],
        [
            "rules.daily.schedule must be like cron(0 7 ? * * *), six fields in UTC",
            { rules: { daily: { ...daily, schedule: "cron(0 7 * * *)" } } },
        ],
        ["rules.daily.keepDays must be between 1 and 36500 days", { rules: { daily: { ...daily, keepDays: 0 } } }],
        [
            "rules.daily.copyKeepDays must be between 1 and 36500 days",
            { recovery: RECOVERY, rules: { daily: { ...daily, copyKeepDays: 1.5 } } },
        ],
        ["rules.daily.copyKeepDays requires recovery", { rules: { daily: { ...daily, copyKeepDays: 7 } } }],
        ["rules.daily.keepDays must be between 40 and 36500 days, the limits of lock", { rules: { daily }, lock: { minKeepDays: 40 } }],
        ["lock.minKeepDays must be between 1 and 36500 days", { lock: { minKeepDays: 0 } }],
        ["lock.maxKeepDays must be between minKeepDays (7) and 36500 days", { lock: { minKeepDays: 7, maxKeepDays: 5 } }],
        ["lock.irrevocableAfterDays must be between 3 and 36500 days", { lock: { minKeepDays: 7, irrevocableAfterDays: 2 } }],
        ["forceDestroy must not be set with refuseDeletion", { forceDestroy: true, refuseDeletion: true }],
        ["forceDestroy must not be set with lock", { forceDestroy: true, lock: { minKeepDays: 7 } }],
    ];
    for (const [problem, more] of REJECTED) {
        it(`rejects: ${problem}`, () => {
            expect(() => new Backups("backups", { ...args, ...more })).to.throw(`Backups "backups": ${problem}`);
        });
    }
});
