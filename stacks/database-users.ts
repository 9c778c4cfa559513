import * as z from "zod";
import { type DatabaseUserArgs, DatabaseUsers, type FargateCluster, type Network, type PostgresCluster } from "../components";
import { BOUNDS, DEFAULT_ACCESS, DEFAULTS } from "../components/database-users/args";
import type { DatabaseAccess } from "../functions/database-users/logins";
import { whole } from "./config/values";
import { logArgs, type Platform } from "./context";
import { userSecretPrefix } from "./names";
import { databaseWorkloads } from "./workloads";

export const usersKey = z
    .strictObject({
        enabled: z
            .boolean()
            .default(false)
            .describe(
                "Gives each workload with database in uses its own login, whose password rotates. Otherwise, they use the master user.",
            ),
        rotationDays: whole(BOUNDS.rotationDays, "days")
            .default(DEFAULTS.rotationDays)
            .describe("Days between two rotations. A login is valid for two rotations."),
    })
    .prefault({})
    .describe("A database user for each workload.");

const accessOf = (key: string, access: DatabaseAccess | undefined): DatabaseAccess =>
    access ?? (key.startsWith("migrations.") ? "owner" : DEFAULT_ACCESS);

interface UserParts {
    network: Network;
    cluster: FargateCluster;
    database: PostgresCluster;
}

/** Undefined unless `database.users.enabled` is set, or if no workload uses the database. */
export function createDatabaseUsers(platform: Platform, { network, cluster, database }: UserParts): DatabaseUsers | undefined {
    const { config, data, names, opts } = platform;
    const workloads = databaseWorkloads(config);
    if (workloads.length === 0) return undefined;
    const { clusterName } = cluster;
    const users = workloads.map(({ key, name, workload }): [string, DatabaseUserArgs] => [
        name,
        {
            access: accessOf(key, workload.databaseAccess),
            // Jobs and migrations start new tasks anyway.
            service: key.startsWith("services.") ? { clusterName, serviceName: names.workload(name) } : undefined,
        },
    ]);
    return new DatabaseUsers(
        "database-users",
        {
            ...logArgs(platform),
            database,
            placement: { vpc: network },
            network,
            kmsKeyArn: data.keys.data,
            secretPrefix: userSecretPrefix(names),
            users: Object.fromEntries(users),
            rotationDays: config.database.users.rotationDays,
            recovery: data.recovery,
            source: data.sourceUsers && {
                secretPrefix: userSecretPrefix(data.ownerNames),
                secretArns: data.sourceUsers,
                kmsKeyArn: data.keys.data,
                isStandby: data.isStandby,
            },
        },
        opts,
    );
}
