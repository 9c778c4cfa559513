import { Backups } from "../components";
import type { Platform } from "./context";

/** Backups of the databases, with copies in the recovery region. Without one, the databases keep only their own backups. */
export function createBackups({ config, data, names, opts }: Platform): Backups | undefined {
    if (!data.backups) return undefined;
    return new Backups(
        "backups",
        {
            ...data.backups,
            vaultName: names.prefix,
            kmsKeyArn: data.keys.data,
            recovery: data.recovery,
            refuseDeletion: config.protectData,
            forceDestroy: !config.protectData,
        },
        opts,
    );
}
