import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Bounds, type Check, checkBetween, checked, isBetween, type WithDefaults } from "../building-blocks/arguments";
import type { ServiceRole } from "../building-blocks/iam";
import type { Each, Transforms } from "../building-blocks/parts";

/** Schedule of backups, and retention of backups and copies. */
export interface BackupRule {
    /**
     * Cron expression in UTC: `cron(0 7 ? * * *)`. Avoid the backup and maintenance windows of the databases, in which RDS rejects
     * snapshots, and the hour before them, because jobs can start up to an hour late.
     */
    schedule: string;
    /** Days to keep a backup, 1 to 36500. */
    keepDays: number;
    /** Days to keep its copy in the recovery region, 1 to 36500. @default `keepDays` */
    copyKeepDays?: number;
}

/** AWS Backup Vault Lock: limits of the retention of all backups in the vaults. */
export interface VaultLock {
    /** Minimum retention in days, 1 to 36500. */
    minRetentionDays: number;
    /** Maximum retention in days, `minRetentionDays` to 36500. @default no limit */
    maxRetentionDays?: number;
    /**
     * Compliance mode: days until the lock can't be changed or removed, even by AWS, 3 to 36500. After that, vaults with backups can't be deleted.
     * @default governance mode: administrators can change and remove the lock
     */
    changeableForDays?: number;
}

/** Resources with the same schedule and retention. Every rule of a plan applies to all of its resources. */
export interface BackupPlan {
    /**
     * ARNs of the resources to back up, 1 to 500: `arn:aws:rds:us-east-1:123456789012:db:ai-platform-prod`. A string doesn't depend on
     * the resource, which can be created later.
     */
    resources: pulumi.Input<string>[];
    /**
     * Resource types as named by AWS Backup (`RDS`, `DocumentDB`). Each type has an alarm for a day, or two with daily rules, without
     * any backup of the type in the account and region. AWS Backup skips types that the account hasn't opted in to, without an error. @default none
     */
    resourceTypes?: string[];
    /**
     * Rules by name. Backups of some services, such as DocumentDB, are full copies each time (AWS Backup Developer Guide, "Feature availability
     * by resource"). @default `daily` at 07:00, kept for 35 days, and `often` at 01:00, 13:00, and 19:00, kept for 7 days
     */
    rules?: Record<string, BackupRule>;
}

export interface BackupsArgs {
    /** Physical name of the vault in each region: 2 to 50 letters, digits, -, and _. */
    vaultName: string;
    /** KMS key of the vault. Snapshots of RDS and DocumentDB in this region keep the key of the database. */
    kmsKeyArn: pulumi.Input<string>;
    /** Plans by name: what is backed up, when, and for how long. All use the same vaults. */
    plans: Record<string, BackupPlan>;
    /** Region of the copies of all backups, and the KMS key in that region. @default none */
    recovery?: { region: string; kmsKeyArn: pulumi.Input<string> };
    /** Prevents everyone from deleting backups and from shortening their retention. Backups still expire. @default false */
    refuseDeletion?: boolean;
    /** Locks the vaults of both regions. @default none */
    vaultLock?: VaultLock;
    /** Deletes the backups with the vaults. Only for environments without valuable data. @default false */
    forceDestroy?: boolean;
    transform?: Transforms<BackupsParts>;
}

export interface BackupsParts {
    /** `primary` and `recovery`, like the policies and locks. */
    vaults: Each<typeof aws.backup.Vault>;
    vaultPolicies: Each<typeof aws.backup.VaultPolicy>;
    vaultLocks?: Each<typeof aws.backup.VaultLockConfiguration>;
    /** By name, like the selections of their resources. */
    plans: Each<typeof aws.backup.Plan>;
    selections: Each<typeof aws.backup.Selection>;
    role: typeof ServiceRole;
    rolePolicy: typeof aws.iam.RolePolicyAttachment;
}

export const DEFAULTS = { refuseDeletion: false, forceDestroy: false } satisfies Partial<BackupsArgs>;

/** Rules of a plan without its own. They avoid the default windows of this library's databases (03:00-04:00, Sunday 04:00-05:00). */
export const DEFAULT_RULES: Record<string, BackupRule> = {
    daily: { schedule: "cron(0 7 ? * * *)", keepDays: 35 },
    often: { schedule: "cron(0 1,13,19 ? * * *)", keepDays: 7 },
};

export const rulesOf = ({ rules = DEFAULT_RULES }: BackupPlan): Record<string, BackupRule> => rules;

/** The arguments with all defaults. */
export type Resolved = WithDefaults<BackupsArgs, typeof DEFAULTS>;

/** Maximum retention in AWS Backup. */
const MAX_DAYS = 36500;
/** Lowest and highest values of `VaultLock`. */
export const LOCK_BOUNDS = { retentionDays: [1, MAX_DAYS], changeableForDays: [3, MAX_DAYS] } as const satisfies Record<string, Bounds>;
/** Maximum number of resources in a selection (AWS Backup quotas). */
const MAX_RESOURCES = 500;
const CRON = /^cron\(\S+( \S+){5}\)$/;

/** Checks the arguments and reports all problems at once. */
export function validated(name: string, args: Resolved) {
    return checked("Backups", name, args, (check) => {
        const { plans, vaultName, vaultLock } = args;
        check(/^[\w-]{2,50}$/.test(vaultName), "vaultName", "must be 2 to 50 letters, digits, -, and _");
        check(Object.keys(plans).length > 0, "plans", "must not be empty");
        for (const [plan, settings] of Object.entries(plans)) checkPlan(check, plan, settings, args);
        if (vaultLock) checkLock(check, vaultLock);
        check(!(args.forceDestroy && args.refuseDeletion), "forceDestroy", "must not be set with refuseDeletion");
        check(!(args.forceDestroy && vaultLock), "forceDestroy", "must not be set with vaultLock");
    });
}

function checkPlan(check: Check, name: string, plan: BackupPlan, args: Resolved): void {
    const argument = `plans.${name}`;
    const { resources, resourceTypes = [] } = plan;
    const rules = rulesOf(plan);
    check(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name), argument, "must have a name of lower-case letters, digits, and hyphens");
    check(isBetween(resources.length, 1, MAX_RESOURCES), `${argument}.resources`, `must contain 1 to ${MAX_RESOURCES} resources`);
    resources.forEach((arn, i) => {
        const isArn = typeof arn !== "string" || /^arn:[\w-]+:[\w-]+:\S+$/.test(arn);
        check(isArn, `${argument}.resources[${i}]`, "must be the ARN of one resource");
    });
    const areTypes = resourceTypes.every((type) => /^[A-Za-z0-9 ]{2,50}$/.test(type));
    check(areTypes, `${argument}.resourceTypes`, "must be types such as RDS or DocumentDB");
    check(Object.keys(rules).length > 0, `${argument}.rules`, "must not be empty");
    for (const [rule, settings] of Object.entries(rules)) checkRule(check, `${argument}.rules`, rule, settings, args);
}

function checkRule(check: Check, rules: string, name: string, settings: BackupRule, { recovery, vaultLock }: Resolved): void {
    const argument = `${rules}.${name}`;
    const { schedule, keepDays, copyKeepDays } = settings;
    const { minRetentionDays = 1, maxRetentionDays = MAX_DAYS } = vaultLock ?? {};
    const bounds = `must be between ${minRetentionDays} and ${maxRetentionDays} days${vaultLock ? ", the limits of vaultLock" : ""}`;
    check(/^[\w.-]{1,50}$/.test(name), argument, "must have a name of 1 to 50 letters, digits, -, _, and .");
    check(CRON.test(schedule), `${argument}.schedule`, "must be like cron(0 7 ? * * *), six fields in UTC");
    check(isBetween(keepDays, minRetentionDays, maxRetentionDays), `${argument}.keepDays`, bounds);
    if (copyKeepDays === undefined) return;
    check(isBetween(copyKeepDays, minRetentionDays, maxRetentionDays), `${argument}.copyKeepDays`, bounds);
    check(recovery !== undefined, `${argument}.copyKeepDays`, "requires recovery");
}

function checkLock(check: Check, { minRetentionDays, maxRetentionDays, changeableForDays }: VaultLock): void {
    const { retentionDays, changeableForDays: days } = LOCK_BOUNDS;
    checkBetween(check, "vaultLock.minRetentionDays", minRetentionDays, retentionDays, " days");
    const isHigher = isBetween(maxRetentionDays ?? MAX_DAYS, minRetentionDays, MAX_DAYS);
    check(isHigher, "vaultLock.maxRetentionDays", `must be between minRetentionDays (${minRetentionDays}) and ${MAX_DAYS} days`);
    checkBetween(check, "vaultLock.changeableForDays", changeableForDays ?? days[0], days, " days");
}
