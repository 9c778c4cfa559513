import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { backupSignals, DEFAULT_RULES, validated } from "./backups-rules";
import { policyDocument, ServiceRole } from "./shared/policy";
import type { Signal, Watched } from "./shared/signals";
import { accountOf } from "./shared/surroundings";
import { type Transform, transformed } from "./shared/transform";

/** When backups are taken, and how long they and their copies are kept. */
export interface BackupRule {
    /**
     * When jobs are started, in UTC and AWS's notation: `cron(0 7 ? * * *)`. At least an hour before and not within a database's own backup
     * and maintenance windows, in which RDS refuses snapshots; a job may begin an hour late.
     */
    schedule: string;
    /** Days that a backup is kept: 1 to 36500. */
    keepDays: number;
    /** Days that its copy in the recovery region is kept: 1 to 36500. @default `keepDays` */
    copyKeepDays?: number;
}

/** Bounds that nobody can leave, for what is in the vaults and what will be. */
export interface VaultLock {
    /** Backups must be kept this many days or longer: 1 to 36500. */
    minKeepDays: number;
    /** And no longer than this: `minKeepDays` to 36500. @default no bound */
    maxKeepDays?: number;
    /**
     * Days until the lock cannot be taken away again, not even by AWS: 3 to 36500. Vaults with backups cannot be deleted from then on.
     * @default never: an administrator may lift it
     */
    irrevocableAfterDays?: number;
}

export interface BackupsArgs {
    /** Physical name of the vault in each region, which people restore from: 2 to 50 letters, digits, - and _. */
    vaultName: string;
    /** KMS key of the vault. RDS's and DocumentDB's snapshots in this region keep the database's own key. */
    kmsKeyArn: pulumi.Input<string>;
    /**
     * ARNs of what is backed up: `arn:aws:rds:us-east-1:123456789012:db:ai-platform-prod`. Given as text they make nothing wait for the
     * resource, and a plan may name what does not exist yet. 1 to 500.
     */
    resources: pulumi.Input<string>[];
    /** Region that gets a copy of each backup, and the key that encrypts the copies there. @default none */
    recovery?: { region: string; kmsKeyArn: pulumi.Input<string> };
    /** Rules by name. @default `daily` at 07:00 kept 35 days, and `often` at 01:00, 13:00 and 19:00 kept 7 days */
    rules?: Record<string, BackupRule>;
    /** Refuses everybody the deletion of single backups and a shorter life of theirs; they go when their time is over. @default false */
    refuseDeletion?: boolean;
    /** Locks the vaults of both regions. @default none */
    lock?: VaultLock;
    /** Deletes the backups with their vault. For environments without data of value. @default false */
    forceDestroy?: boolean;
    transform?: { vault?: Transform<aws.backup.VaultArgs>; plan?: Transform<aws.backup.PlanArgs> };
}

/**
 * Backups of databases by AWS Backup: an encrypted vault, one more in the recovery region, and a plan that takes backups and copies each of
 * them there. A replica copies mistakes as well; a backup is from before them.
 *
 * AWS takes no fee for vaults and plans. Backups cost what the service takes (RDS 0.095, DocumentDB 0.021 USD per GB and month, of what changed),
 * in each region again, and 0.02 USD per GB copied.
 *
 * It refuses schedules that are no cron expression, periods out of AWS's bounds, and rules that a lock would make fail. It does not take
 * continuous backups: AWS Backup would then own the database's own backup settings.
 */
export class Backups extends pulumi.ComponentResource implements Watched {
    readonly logicalName: string;
    readonly title = "Backups";
    /** Name of the vault, the same in both regions. */
    readonly vaultName: pulumi.Output<string>;
    readonly vaultArn: pulumi.Output<string>;
    /** ARN of the recovery region's vault, where there is one. */
    readonly recoveryVaultArn?: pulumi.Output<string>;
    readonly planArn: pulumi.Output<string>;
    private readonly copied: boolean;

    constructor(name: string, args: BackupsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ai-platform:components:Backups", name, validated(name, args), opts);
        this.logicalName = name;
        this.copied = args.recovery !== undefined;
        const vault = this.createVault(args, args.kmsKeyArn);
        const copies = args.recovery && this.createVault(args, args.recovery.kmsKeyArn, args.recovery.region);
        const plan = this.createPlan(args, vault, copies);
        this.select(args, plan);
        this.vaultName = vault.name;
        this.vaultArn = vault.arn;
        this.recoveryVaultArn = copies?.arn;
        this.planArn = plan.arn;
        this.registerOutputs({ vaultArn: this.vaultArn, recoveryVaultArn: this.recoveryVaultArn, planArn: this.planArn });
    }

    /** What is to be watched: jobs that fail or never run. */
    get signals(): Signal[] {
        return backupSignals(this.vaultName, this.copied);
    }

    private createVault(args: BackupsArgs, kmsKeyArn: pulumi.Input<string>, region?: string): aws.backup.Vault {
        const suffix = region ? "-recovery" : "";
        const vault = new aws.backup.Vault(
            `${this.logicalName}-vault${suffix}`,
            transformed(args.transform?.vault, { name: args.vaultName, region, kmsKeyArn, forceDestroy: args.forceDestroy ?? false }),
            { parent: this },
        );
        const settings = { region, backupVaultName: vault.name };
        if (args.refuseDeletion)
            new aws.backup.VaultPolicy(`${this.logicalName}-policy${suffix}`, { ...settings, policy: keepAll() }, { parent: this });
        if (args.lock) {
            const { minKeepDays: minRetentionDays, maxKeepDays: maxRetentionDays, irrevocableAfterDays: changeableForDays } = args.lock;
            new aws.backup.VaultLockConfiguration(
                `${this.logicalName}-lock${suffix}`,
                { ...settings, minRetentionDays, maxRetentionDays, changeableForDays },
                { parent: this },
            );
        }
        return vault;
    }

    private createPlan(
        { rules = DEFAULT_RULES, transform }: BackupsArgs,
        vault: aws.backup.Vault,
        copies?: aws.backup.Vault,
    ): aws.backup.Plan {
        const planned = Object.entries(rules).map(([ruleName, { schedule, keepDays, copyKeepDays = keepDays }]) => ({
            ruleName,
            schedule,
            targetVaultName: vault.name,
            startWindow: START_MINUTES,
            completionWindow: COMPLETION_MINUTES,
            lifecycle: { deleteAfter: keepDays },
            copyActions: copies && [{ destinationVaultArn: copies.arn, lifecycle: { deleteAfter: copyKeepDays } }],
        }));
        return new aws.backup.Plan(`${this.logicalName}-plan`, transformed(transform?.plan, { rules: planned }), { parent: this });
    }

    private select({ resources }: BackupsArgs, plan: aws.backup.Plan): void {
        const condition = { StringEquals: { "aws:SourceAccount": accountOf(this) } };
        const description = `Takes and copies the backups of ${this.logicalName}`;
        const role = new ServiceRole(
            `${this.logicalName}-role`,
            { service: "backup.amazonaws.com", description, condition },
            { parent: this },
        );
        // AWS's own policy, which follows the service as it changes: a backup that fails for a missing action is found when it is needed.
        new aws.iam.RolePolicyAttachment(
            `${this.logicalName}-role-policy`,
            { role: role.roleName, policyArn: "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup" },
            { parent: this },
        );
        new aws.backup.Selection(`${this.logicalName}-selection`, { planId: plan.id, iamRoleArn: role.arn, resources }, { parent: this });
    }
}

/** The least that AWS allows: a job that has not begun by then is given up, and counted as expired. */
const START_MINUTES = 60;
/** A job that takes longer is stopped; the first copy of a large database takes hours. */
const COMPLETION_MINUTES = 720;

/** Lets nobody delete a backup before its time, or bring that time nearer. The policy itself must go first. */
function keepAll(): pulumi.Output<string> {
    // Recovery points have ARNs of their services' kinds: a vault's policy names them all by *.
    const actions = ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"];
    return policyDocument([{ Sid: "KeepAll", Effect: "Deny", Principal: "*", Action: actions, Resource: "*" }]);
}
