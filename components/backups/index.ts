import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type BackupRule, type BackupsArgs, type BackupsParts, DEFAULTS, type Resolved, validated, type VaultLock } from "./args";
import { backupAlarms } from "./alarms";
import { withDefaults } from "../building-blocks/arguments";
import { policyDocument, ServiceRole } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { placeOf } from "../internal/recovery";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { accountOf } from "../building-blocks/provider";

export type { BackupRule, BackupsArgs, BackupsParts, VaultLock };

/**
 * Backups of databases with AWS Backup: an encrypted vault in this region and one in the recovery region, and a plan that takes backups and
 * copies them there. Unlike a replica, a backup protects against accidental changes.
 *
 * Vaults and plans are free. Backups cost the price of the service (RDS 0.095, DocumentDB 0.021 USD per GB-month of changed data) in each
 * region, plus 0.02 USD per GB copied.
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
    readonly planArn: pulumi.Output<string>;
    private readonly hasCopies: boolean;
    private readonly resourceTypes: string[];

    readonly nodes: Nodes<BackupsParts>;
    private readonly parts: PartFactory<BackupsParts>;

    constructor(name: string, inputs: BackupsArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:Backups", name, validated(name, args), opts);
        this.parts = new PartFactory<BackupsParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.hasCopies = args.recovery !== undefined;
        this.resourceTypes = args.resourceTypes;
        const vault = this.createVault(args, args.kmsKeyArn);
        const recoveryVault = args.recovery && this.createVault(args, args.recovery.kmsKeyArn, args.recovery.region);
        const plan = this.createPlan(args, vault, recoveryVault);
        this.createSelection(args, plan);
        this.vaultName = vault.name;
        this.vaultArn = vault.arn;
        this.recoveryVaultArn = recoveryVault?.arn;
        this.planArn = plan.arn;
        this.registerOutputs({ vaultArn: this.vaultArn, recoveryVaultArn: this.recoveryVaultArn, planArn: this.planArn });
    }

    /** Alarms on jobs that fail or don't run. */
    get alarms(): AlarmDefinition[] {
        return backupAlarms(this.vaultName, this.resourceTypes, this.hasCopies);
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
        if (args.lock) {
            const { minKeepDays: minRetentionDays, maxKeepDays: maxRetentionDays, irrevocableAfterDays: changeableForDays } = args.lock;
            this.parts.createEach("vaultLocks", key, aws.backup.VaultLockConfiguration, `${this.logicalName}-lock${suffix}`, {
                ...settings,
                minRetentionDays,
                maxRetentionDays,
                changeableForDays,
            });
        }
        return vault;
    }

    private createPlan({ rules }: Resolved, vault: aws.backup.Vault, recoveryVault?: aws.backup.Vault): aws.backup.Plan {
        const planned = Object.entries(rules).map(([ruleName, { schedule, keepDays, copyKeepDays = keepDays }]) => ({
            ruleName,
            schedule,
            targetVaultName: vault.name,
            startWindow: START_MINUTES,
            completionWindow: COMPLETION_MINUTES,
            lifecycle: { deleteAfter: keepDays },
            copyActions: recoveryVault && [{ destinationVaultArn: recoveryVault.arn, lifecycle: { deleteAfter: copyKeepDays } }],
        }));
        return this.parts.create("plan", aws.backup.Plan, `${this.logicalName}-plan`, { rules: planned });
    }

    private createSelection({ resources, transform }: Resolved, plan: aws.backup.Plan): void {
        const description = `Takes and copies the backups of ${this.logicalName}`;
        const role = new ServiceRole(
            `${this.logicalName}-role`,
            // AWS Backup doesn't document aws:SourceAccount for this role. Other accounts can't pass the role.
            { service: "backup.amazonaws.com", description, transform: transform?.role },
            { parent: this },
        );
        // AWS keeps the managed policy up to date. In a custom policy, a missing action would go unnoticed until a restore.
        this.parts.create("rolePolicy", aws.iam.RolePolicyAttachment, `${this.logicalName}-role-policy`, {
            role: role.roleName,
            policyArn: "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
        });
        this.parts.create("selection", aws.backup.Selection, `${this.logicalName}-selection`, {
            planId: plan.id,
            iamRoleArn: role.arn,
            resources,
        });
    }
}

/** AWS's minimum. A job that hasn't started by then expires. */
const START_MINUTES = 60;
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
