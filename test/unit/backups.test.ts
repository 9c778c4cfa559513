import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { type BackupPlan, Backups, type BackupsArgs, DocumentCluster, PostgresCluster } from "../../components";
import { DEFAULT_RULES } from "../../components/backups/args";
import { freeSpans, meets, startTimes } from "../../components/backups/schedule";
import { parseDailyWindow, parseWeeklyWindow } from "../../components/internal/windows";
import { parsePolicy, record } from "../../components/testing";
import { database, postgres } from "../support/minimal";
import { untransformable } from "../support/transforms";

const RECOVERY = { region: "us-west-2", kmsKeyArn: "arn:aws:kms:us-west-2:123456789012:key/mrk-1" };
const DATABASE = "arn:aws:rds:us-east-1:123456789012:db:ai-platform-prod";
const args: BackupsArgs = {
    vaultName: "ai-platform-prod",
    kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/mrk-1",
    plans: { database: { resources: [DATABASE] } },
};
const DAILY = { schedule: "cron(0 7 ? * * *)", keepDays: 35 };
/** One plan with other settings. */
const planWith = (more: Partial<BackupPlan>) => ({ plans: { database: { resources: [DATABASE], ...more } } });
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

    it("backs up the resources of each plan by the rules of that plan only", async () => {
        const cluster = "arn:aws:rds:us-east-1:123456789012:cluster:documents";
        const plans = { ...args.plans, documents: { resources: [cluster], rules: { daily: { ...DAILY, keepDays: 7 } } } };
        const recording = await recorded({ plans });
        const planOf = (resource: string) => {
            const selection = recording.all(aws.backup.Selection).find(({ inputs }) => inputs.resources?.includes(resource));
            expect(selection?.inputs.resources).to.deep.equal([resource]);
            return recording.all(aws.backup.Plan).find(({ id }) => id === selection?.inputs.planId);
        };
        const days = (resource: string) =>
            planOf(resource)?.inputs.rules.map(({ ruleName, lifecycle }) => [ruleName, lifecycle?.deleteAfter]);
        expect(days(cluster)).to.deep.equal([["daily", 7]]);
        expect(days(DATABASE)).to.deep.equal([
            ["daily", 35],
            ["often", 7],
        ]);
    });

    it("copies each backup to a vault of the same name in the recovery region, with the key of that region", async () => {
        const rules = {
            weekly: { schedule: "cron(0 7 ? * SUN *)", keepDays: 90, copyKeepDays: 365 },
            daily: { schedule: "cron(0 7 ? * * *)", keepDays: 35 },
        };
        const recording = await recorded({ recovery: RECOVERY, ...planWith({ rules }) });
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

    it("prevents everyone from deleting backups in both regions with refuseDeletion", async () => {
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

    it("locks the vaults of both regions with vaultLock", async () => {
        const vaultLock = { minRetentionDays: 7, maxRetentionDays: 35, changeableForDays: 14 };
        const recording = await recorded({ recovery: RECOVERY, vaultLock });
        const locks = recording.all(aws.backup.VaultLockConfiguration);
        expect(locks.map(({ inputs }) => inputs.region)).to.deep.equal([undefined, "us-west-2"]);
        for (const { inputs } of locks) {
            expect(inputs).to.include({ minRetentionDays: 7, maxRetentionDays: 35, changeableForDays: 14 });
        }
        // Every change replaces a lock, and deleting the previous one must not unlock the vault.
        expect(locks.map(({ deleteBeforeReplace }) => deleteBeforeReplace)).to.deep.equal([true, true]);
        const [revocable] = (await recorded({ vaultLock: { minRetentionDays: 7 } })).all(aws.backup.VaultLockConfiguration);
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
        const alarms = await alarmsOf(planWith({ resourceTypes: ["RDS", "DocumentDB"] }));
        const none = alarms.filter(({ name }) => name.startsWith("none-of-"));
        expect(none.map(({ name, dimensions }) => [name, dimensions])).to.deep.equal([
            ["none-of-rds", { ResourceType: "RDS" }],
            ["none-of-documentdb", { ResourceType: "DocumentDB" }],
        ]);
        for (const alarm of none) expect(alarm).to.include({ comparison: "below", threshold: 1, period: 86400, missingData: "breaching" });
    });

    it("allows a daily backup to be completed later than the day before", async () => {
        const documents = { resources: [DATABASE], resourceTypes: ["DocumentDB"], rules: { daily: DAILY } };
        const alarms = await alarmsOf({ plans: { ...planWith({ resourceTypes: ["RDS"] }).plans, documents } });
        const periods = Object.fromEntries(alarms.map((alarm) => [alarm.name, alarm.periods]));
        expect(periods).to.include({ "none-in-a-day": 1, "none-of-rds": 1, "none-of-documentdb": 2 });
        expect((await alarmsOf({ plans: { documents } })).find(({ name }) => name === "none-in-a-day")?.periods).to.equal(2);
    });

    it("applies transforms", async () => {
        const recording = await recorded({
            transform: {
                vaults: () => ({ tags: { Kept: "yes" } }),
                plans: { name: "mine" },
                role: { transform: { role: { path: "/backups/" } } },
            },
        });
        expect(recording.one(aws.backup.Vault).inputs.tags).to.deep.equal({ Kept: "yes" });
        expect(recording.one(aws.backup.Plan).inputs.name).to.equal("mine");
        expect(recording.one(aws.iam.Role).inputs.path).to.equal("/backups/");
    });

    it("can have every resource transformed", async () => {
        const create = (transform: never) =>
            new Backups("backups", { ...args, recovery: RECOVERY, refuseDeletion: true, vaultLock: { minRetentionDays: 7 }, transform });
        expect(await untransformable(create)).to.deep.equal([]);
    });

    const REJECTED: [problem: string, more: Partial<BackupsArgs>][] = [
        ["vaultName must be 2 to 50 letters, digits, -, and _", { vaultName: "a b" }],
        ["plans must not be empty", { plans: {} }],
        ["plans.A must have a name of lower-case letters, digits, and hyphens", { plans: { A: { resources: [DATABASE] } } }],
        ["plans.database.resources must contain 1 to 500 resources", planWith({ resources: [] })],
        ["plans.database.resources[1] must be the ARN of one resource", planWith({ resources: [DATABASE, "ai-platform-prod"] })],
        ["plans.database.rules must not be empty", planWith({ rules: {} })],
        ["plans.database.rules.a b must have a name of 1 to 50 letters, digits, -, _, and .", planWith({ rules: { "a b": DAILY } })],
        [
            "plans.database.rules.daily.schedule must be like cron(0 7 ? * * *), six fields in UTC",
            planWith({ rules: { daily: { ...DAILY, schedule: "cron(0 7 * * *)" } } }),
        ],
        ["plans.database.rules.daily.keepDays must be between 1 and 36500 days", planWith({ rules: { daily: { ...DAILY, keepDays: 0 } } })],
        [
            "plans.database.rules.daily.copyKeepDays must be between 1 and 36500 days",
            { recovery: RECOVERY, ...planWith({ rules: { daily: { ...DAILY, copyKeepDays: 1.5 } } }) },
        ],
        ["plans.database.rules.daily.copyKeepDays requires recovery", planWith({ rules: { daily: { ...DAILY, copyKeepDays: 7 } } })],
        [
            "plans.database.rules.daily.keepDays must be between 40 and 36500 days, the limits of vaultLock",
            { ...planWith({ rules: { daily: DAILY } }), vaultLock: { minRetentionDays: 40 } },
        ],
        ["vaultLock.minRetentionDays must be between 1 and 36500 days", { vaultLock: { minRetentionDays: 0 } }],
        [
            "vaultLock.maxRetentionDays must be between minRetentionDays (7) and 36500 days",
            { vaultLock: { minRetentionDays: 7, maxRetentionDays: 5 } },
        ],
        ["vaultLock.changeableForDays must be between 3 and 36500 days", { vaultLock: { minRetentionDays: 7, changeableForDays: 2 } }],
        ["forceDestroy must not be set with refuseDeletion", { forceDestroy: true, refuseDeletion: true }],
        ["forceDestroy must not be set with vaultLock", { forceDestroy: true, vaultLock: { minRetentionDays: 7 } }],
    ];
    for (const [problem, more] of REJECTED) {
        it(`rejects: ${problem}`, () => {
            expect(() => new Backups("backups", { ...args, ...more })).to.throw(`Backups "backups": ${problem}`);
        });
    }
});

describe("the schedule of backups", () => {
    it("is read from cron expressions", () => {
        expect(startTimes("cron(0 7 ? * * *)")).to.deep.equal([420]);
        expect(startTimes("cron(30 19,1 ? * * *)")).to.deep.equal([90, 1170]);
        expect(startTimes("cron(0 1/6 ? * * *)")).to.deep.equal([60, 420, 780, 1140]);
        expect(startTimes("cron(0 */12 ? * * *)")).to.deep.equal([0, 720]);
        expect(startTimes("cron(0,30 4-5 ? * * *)")).to.deep.equal([240, 270, 300, 330]);
        expect(startTimes("rate(1 day)")).to.deep.equal([]);
    });

    /** A backup that starts at 7:00 can start until 8:00, and the database refuses it in a window and an hour before. */
    const windows: [window: string, isMet: boolean][] = [
        ["05:30-07:00", false],
        ["05:30-07:01", true],
        ["07:30-08:00", true],
        ["08:30-09:30", true],
        ["08:59-09:30", true],
        ["09:00-10:00", false],
        ["22:00-07:30", true],
    ];
    for (const [window, isMet] of windows) {
        it(`at 07:00 ${isMet ? "meets" : "doesn't meet"} the window ${window}`, () => {
            const parsed = parseDailyWindow(window);
            expect(parsed && meets([420], parsed)).to.equal(isMet);
        });
    }

    it("at midnight meets windows of the days before and after", () => {
        const meetsMidnight = (window: string) => {
            const parsed = parseDailyWindow(window);
            return parsed && meets([0], parsed);
        };
        expect(["23:30-00:30", "01:30-02:30", "00:30-01:30", "02:00-03:00", "22:00-23:59"].map(meetsMidnight)).to.deep.equal([
            true,
            true,
            true,
            false,
            false,
        ]);
    });

    it("leaves spans for the windows of databases", () => {
        expect(freeSpans([60, 420, 780, 1140])).to.deep.equal(["03:00 to 07:00", "09:00 to 13:00", "15:00 to 19:00", "21:00 to 01:00"]);
        expect(freeSpans([0, 60, 120])).to.deep.equal(["04:00 to 00:00"]);
    });

    it("avoids the default windows of this library's databases", async () => {
        const starts = Object.values(DEFAULT_RULES).flatMap(({ schedule }) => startTimes(schedule));
        const recording = await record(() => [
            new PostgresCluster("database", postgres),
            new DocumentCluster("documents", { ...database, identifier: "documents" }),
        ]);
        const { backupWindow, maintenanceWindow } = recording.one(aws.rds.Instance).inputs;
        const { preferredBackupWindow, preferredMaintenanceWindow } = recording.one(aws.docdb.Cluster).inputs;
        for (const window of [backupWindow, preferredBackupWindow].map((text = "") => parseDailyWindow(text))) {
            expect(window && meets(starts, window)).to.equal(false);
        }
        for (const window of [maintenanceWindow, preferredMaintenanceWindow].map((text = "") => parseWeeklyWindow(text))) {
            expect(window && meets(starts, window)).to.equal(false);
        }
    });
});
