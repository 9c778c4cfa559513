/** The changes of backups and copies of a live stack that an update rejects, by key. */
import { changesCompliance, turnsOff } from "./live-comparisons";
import type { Rule } from "./live-rules";
import { PROJECT } from "./names";

export const RULES_OF_BACKUPS: Record<string, Rule> = {
    [`${PROJECT}:backups.enabled`]: {
        initially: true,
        loses: turnsOff,
        // Without recovery, there are no backups, and removing recovery has a rule of its own.
        unless: (after) => after[`${PROJECT}:recovery.region`] === null,
        effect: "deletes all backups of AWS Backup, including those in the recovery region",
        procedure: "Make sure that you don't need to restore from them",
        deletion: "backups",
    },
    [`${PROJECT}:backups.vaultLock`]: {
        loses: changesCompliance,
        effect: "changes or removes a vault lock in compliance mode, or deletes a vault with such a lock. AWS rejects that after changeableForDays",
        procedure: "Check LockDate in the output of `aws backup describe-backup-vault`. Until then, AWS accepts the change",
        deletion: "vaultLock",
        unprotected: true,
    },
    [`${PROJECT}:recovery.region`]: {
        loses: (before, after) => typeof before === "string" && before !== after,
        effect: "deletes the copies of all data, keys, and secrets in the recovery region and, without recovery, all backups of AWS Backup",
        procedure: "Destroy the dr stack",
        deletion: "recovery",
    },
    [`${PROJECT}:recovery.continuousBackups`]: {
        // Without recovery, everything in the region is deleted, which has a rule of its own.
        loses: (before, after) => before === true && after === false,
        effect: "deletes the copies of the database's automated backups in the recovery region",
        procedure: "Make sure that you don't need to restore from them",
        deletion: "backupCopies",
        unprotected: true,
    },
    [`${PROJECT}:database.backupRetentionPeriod`]: {
        unless: (after) => after[`${PROJECT}:recovery.continuousBackups`] !== true,
        effect: "replaces the copies of the automated backups in the recovery region, so only new backups have copies",
        procedure: "Make sure that you don't need to restore from the current copies",
        deletion: "backupCopies",
        unprotected: true,
    },
};
