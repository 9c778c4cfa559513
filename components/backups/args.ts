import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, checked, isBetween, type WithDefaults } from "../building-blocks/arguments";
import type { Transform } from "../building-blocks/transform";

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
    /**
     * Types of the resources, as AWS Backup names them (`RDS`, `DocumentDB`): each has an alarm of its own, for a day without any backup of
     * the type in this account and region. AWS Backup leaves out types that the account has not opted in for, without an error.
     * @default none
     */
    resourceTypes?: string[];
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

export const DEFAULTS = {
    // Four times a day, away from the default windows of this library's databases (03:00-04:00, Sunday 04:00-05:00).
    rules: {
        daily: { schedule: "cron(0 7 ? * * *)", keepDays: 35 },
        often: { schedule: "cron(0 1,13,19 ? * * *)", keepDays: 7 },
    },
    resourceTypes: [],
    refuseDeletion: false,
    forceDestroy: false,
} satisfies Partial<BackupsArgs>;

/** The arguments with all defaults. */
export type Resolved = WithDefaults<BackupsArgs, typeof DEFAULTS>;

/** AWS Backup's longest life of a backup. */
const MAX_DAYS = 36500;
/** Resources in one selection (AWS Backup quotas). */
const MAX_RESOURCES = 500;
const CRON = /^cron\(\S+( \S+){5}\)$/;

/** Refuses what AWS would refuse, or what would make a job fail at night; all at once. */
export function validated(name: string, args: Resolved) {
    return checked("Backups", name, args, (check) => {
        const { rules, resources, vaultName, lock } = args;
        check(/^[\w-]{2,50}$/.test(vaultName), "vaultName", "must be 2 to 50 letters, digits, - and _");
        check(isBetween(resources.length, 1, MAX_RESOURCES), "resources", `must name 1 to ${MAX_RESOURCES} resources`);
        resources.forEach((it, i) => {
            check(typeof it !== "string" || /^arn:[\w-]+:[\w-]+:\S+$/.test(it), `resources[${i}]`, "must be the ARN of one resource");
        });
        check(
            args.resourceTypes.every((type) => /^[A-Za-z0-9 ]{2,50}$/.test(type)),
            "resourceTypes",
            "must be types such as RDS or DocumentDB",
        );
        check(Object.keys(rules).length > 0, "rules", "must not be empty");
        for (const [rule, settings] of Object.entries(rules)) checkRule(check, rule, settings, args);
        if (lock) checkLock(check, lock);
        check(!(args.forceDestroy && args.refuseDeletion), "forceDestroy", "must not be given with refuseDeletion, which it cannot pass");
        check(!(args.forceDestroy && lock), "forceDestroy", "must not be given with lock, which it cannot pass");
    });
}

function checkRule(check: Check, name: string, { schedule, keepDays, copyKeepDays }: BackupRule, { recovery, lock }: Resolved): void {
    const at = `rules.${name}`;
    const { minKeepDays = 1, maxKeepDays = MAX_DAYS } = lock ?? {};
    const bounds = `must be between ${minKeepDays} and ${maxKeepDays} days${lock ? ", as lock says" : ""}`;
    check(/^[\w.-]{1,50}$/.test(name), at, "must have a name of 1 to 50 letters, digits, - _ and .");
    check(CRON.test(schedule), `${at}.schedule`, "must be like cron(0 7 ? * * *), six fields in UTC");
    check(isBetween(keepDays, minKeepDays, maxKeepDays), `${at}.keepDays`, bounds);
    if (copyKeepDays === undefined) return;
    check(isBetween(copyKeepDays, minKeepDays, maxKeepDays), `${at}.copyKeepDays`, bounds);
    check(recovery !== undefined, `${at}.copyKeepDays`, "must not be given without recovery");
}

function checkLock(check: Check, { minKeepDays, maxKeepDays, irrevocableAfterDays }: VaultLock): void {
    check(isBetween(minKeepDays, 1, MAX_DAYS), "lock.minKeepDays", `must be between 1 and ${MAX_DAYS} days`);
    const most = maxKeepDays ?? MAX_DAYS;
    check(isBetween(most, minKeepDays, MAX_DAYS), "lock.maxKeepDays", `must be between minKeepDays (${minKeepDays}) and ${MAX_DAYS} days`);
    const grace = irrevocableAfterDays ?? 3;
    check(isBetween(grace, 3, MAX_DAYS), "lock.irrevocableAfterDays", `must be between 3 and ${MAX_DAYS} days`);
}
