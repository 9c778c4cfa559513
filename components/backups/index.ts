import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type BackupRule, type BackupsArgs, DEFAULTS, type Resolved, validated, type VaultLock } from "./args";
import { backupAlarms } from "./alarms";
import { withDefaults } from "../building-blocks/arguments";
import { policyDocument, ServiceRole } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { transformed } from "../building-blocks/transform";

export type { BackupRule, BackupsArgs, VaultLock };

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
export class Backups extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title = "Backups";
    /** Name of the vault, the same in both regions. */
    readonly vaultName: pulumi.Output<string>;
    readonly vaultArn: pulumi.Output<string>;
    /** ARN of the recovery region's vault, where there is one. */
    readonly recoveryVaultArn?: pulumi.Output<string>;
    readonly planArn: pulumi.Output<string>;
    private readonly copied: boolean;
    private readonly resourceTypes: string[];

    constructor(name: string, given: BackupsArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:Backups", name, validated(name, args), opts);
        this.logicalName = name;
        this.copied = args.recovery !== undefined;
        this.resourceTypes = args.resourceTypes;
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
    get alarms(): AlarmDefinition[] {
        return backupAlarms(this.vaultName, this.resourceTypes, this.copied);
    }

    private createVault(args: Resolved, kmsKeyArn: pulumi.Input<string>, region?: string): aws.backup.Vault {
        const suffix = region ? "-recovery" : "";
        const vault = new aws.backup.Vault(
            `${this.logicalName}-vault${suffix}`,
            transformed(args.transform?.vault, { name: args.vaultName, region, kmsKeyArn, forceDestroy: args.forceDestroy }),
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

    private createPlan({ rules, transform }: Resolved, vault: aws.backup.Vault, copies?: aws.backup.Vault): aws.backup.Plan {
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

    private select({ resources }: Resolved, plan: aws.backup.Plan): void {
        const description = `Takes and copies the backups of ${this.logicalName}`;
        const role = new ServiceRole(
            `${this.logicalName}-role`,
            // AWS documents no aws:SourceAccount for this role, and refuses a selection whose role it cannot assume; another account cannot pass it.
            { service: "backup.amazonaws.com", description },
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
