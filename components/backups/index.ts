import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
    type BackupPlan,
    type BackupRule,
    type BackupsArgs,
    type BackupsParts,
    DEFAULTS,
    type Resolved,
    rulesOf,
    validated,
    type VaultLock,
} from "./args";
import { backupAlarms } from "./alarms";
import { START_MINUTES } from "./schedule";
import { withDefaults } from "../building-blocks/arguments";
import { policyDocument, ServiceRole } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { placeOf } from "../internal/recovery";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { accountOf } from "../building-blocks/provider";

export type { BackupPlan, BackupRule, BackupsArgs, BackupsParts, VaultLock };

/**
 * Backups of databases with AWS Backup: an encrypted vault in this region and one in the recovery region, and a plan that takes backups and
 * copies them there. Unlike a replica, a backup protects against accidental changes.
 *
 * Vaults and plans are free. Backups cost the price of the service in each region: RDS 0.095 USD per GB and month of changed data, DocumentDB
 * 0.021 USD per GB and month of each backup in full. Copies cost 0.02 USD per GB.
 *
 * Throws for invalid schedules and periods, and for rules that violate the vault lock. Doesn't take continuous backups, because AWS Backup
 * would take over the backup settings of the databases.
 */
export class Backups extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title = "Backups";
    /** Name of the vault, the same in both regions. */
    readonly vaultName: pulumi.Output<string>;
    readonly vaultArn: pulumi.Output<string>;
    /** ARN of the vault in the recovery region. Undefined without `recovery`. */
    readonly recoveryVaultArn?: pulumi.Output<string>;
    /** By plan. */
    readonly planArns: Record<string, pulumi.Output<string>>;
    private readonly args: Resolved;

    readonly nodes: Nodes<BackupsParts>;
    private readonly parts: PartFactory<BackupsParts>;

    constructor(name: string, inputs: BackupsArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:Backups", name, validated(name, args), opts);
        this.parts = new PartFactory<BackupsParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.args = args;
        const vault = this.createVault(args, args.kmsKeyArn);
        const recoveryVault = args.recovery && this.createVault(args, args.recovery.kmsKeyArn, args.recovery.region);
        const roleArn = this.createRole().arn;
        const plans = Object.entries(args.plans).map(([key, plan]) => {
            const { id, arn } = this.createPlan(key, plan, vault, recoveryVault);
            this.createSelection(key, plan, id, roleArn);
            return [key, arn] as const;
        });
        this.vaultName = vault.name;
        this.vaultArn = vault.arn;
        this.recoveryVaultArn = recoveryVault?.arn;
        this.planArns = Object.fromEntries(plans);
        this.registerOutputs({ vaultArn: this.vaultArn, recoveryVaultArn: this.recoveryVaultArn, planArns: this.planArns });
    }

    /** Alarms on jobs that fail or don't run. */
    get alarms(): AlarmDefinition[] {
        const { plans, recovery } = this.args;
        return backupAlarms({ vaultName: this.vaultName, plans: Object.values(plans), hasCopies: recovery !== undefined });
    }

    private createVault(args: Resolved, kmsKeyArn: pulumi.Input<string>, region?: string): aws.backup.Vault {
        const { key, suffix } = placeOf(region);
        const vault = this.parts.createEach("vaults", key, aws.backup.Vault, `${this.logicalName}-vault${suffix}`, {
            name: args.vaultName,
            region,
            kmsKeyArn,
            forceDestroy: args.forceDestroy,
        });
        const settings = { region, backupVaultName: vault.name };
        // Always created, so that turning off refuseDeletion is an update.
        this.parts.createEach("vaultPolicies", key, aws.backup.VaultPolicy, `${this.logicalName}-policy${suffix}`, {
            ...settings,
            policy: args.refuseDeletion ? keepAll() : describeOnly(accountOf(this)),
        });
        if (args.vaultLock) {
            const { minRetentionDays, maxRetentionDays, changeableForDays } = args.vaultLock;
            this.parts.createEach(
                "vaultLocks",
                key,
                aws.backup.VaultLockConfiguration,
                `${this.logicalName}-lock${suffix}`,
                { ...settings, minRetentionDays, maxRetentionDays, changeableForDays },
                {
                    // Every change replaces the lock. If the new one were created first, deleting the old one would unlock the vault.
                    deleteBeforeReplace: true,
                    // AWS rejects the deletion of a lock in compliance mode, but it ends with its vault, which can be deleted when it's empty.
                    deletedWith: changeableForDays === undefined ? undefined : vault,
                },
            );
        }
        return vault;
    }

    private createPlan(key: string, plan: BackupPlan, vault: aws.backup.Vault, recoveryVault?: aws.backup.Vault): aws.backup.Plan {
        const rules = Object.entries(rulesOf(plan)).map(([ruleName, { schedule, keepDays, copyKeepDays = keepDays }]) => ({
            ruleName,
            schedule,
            targetVaultName: vault.name,
            startWindow: START_MINUTES,
            completionWindow: COMPLETION_MINUTES,
            lifecycle: { deleteAfter: keepDays },
            copyActions: recoveryVault && [{ destinationVaultArn: recoveryVault.arn, lifecycle: { deleteAfter: copyKeepDays } }],
        }));
        return this.parts.createEach("plans", key, aws.backup.Plan, `${this.logicalName}-${key}-plan`, { rules });
    }

    private createSelection(
        key: string,
        { resources }: BackupPlan,
        planId: pulumi.Output<string>,
        iamRoleArn: pulumi.Output<string>,
    ): void {
        const name = `${this.logicalName}-${key}-selection`;
        this.parts.createEach("selections", key, aws.backup.Selection, name, { planId, iamRoleArn, resources });
    }

    private createRole(): ServiceRole {
        const description = `Takes and copies the backups of ${this.logicalName}`;
        // AWS Backup doesn't document aws:SourceAccount for this role. Other accounts can't pass the role.
        const roleArgs = { service: "backup.amazonaws.com", description };
        const role = this.parts.create("role", ServiceRole, `${this.logicalName}-role`, roleArgs);
        // The AWS managed policy stays current: a missing action would go unnoticed until a restore.
        this.parts.create("rolePolicy", aws.iam.RolePolicyAttachment, `${this.logicalName}-role-policy`, {
            role: role.roleName,
            policyArn: "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
        });
        return role;
    }
}

/** A job that takes longer is stopped. The first copy of a large database takes hours. */
const COMPLETION_MINUTES = 720;

/** Prevents everyone from deleting backups early and from shortening their retention, until the policy changes. */
function keepAll(): pulumi.Output<string> {
    // Recovery points have ARNs of their own services, so the vault policy uses *.
    const actions = ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"];
    return policyDocument([{ Sid: "KeepAll", Effect: "Deny", Principal: "*", Action: actions, Resource: "*" }]);
}

/** Has no effect, because principals of the account still need the permission in their own policies. A vault policy can't be empty. */
function describeOnly(account: pulumi.Output<string>): pulumi.Output<string> {
    const Principal = { AWS: pulumi.interpolate`arn:aws:iam::${account}:root` };
    return policyDocument([{ Sid: "Describe", Effect: "Allow", Principal, Action: "backup:DescribeBackupVault", Resource: "*" }]);
}
