/** Rules for database users, across the database and the workloads. */
import { problemsOf } from "../../components/building-blocks/arguments";
import { checkRoles } from "../../components/database-users/roles";
import { databaseWorkloads, workloadsOf } from "../workloads";
import type { Problem } from "./rules";
import type { PlatformConfig } from "./schema";

export const databaseUserProblems = (values: PlatformConfig): Problem[] => [...accessProblems(values), ...userProblems(values)];

function accessProblems(values: PlatformConfig): Problem[] {
    return workloadsOf(values).flatMap(({ key, workload }): Problem[] => {
        if (workload.databaseAccess === undefined) return [];
        if (!workload.uses.includes("database")) return [[`${key}.databaseAccess`, "requires database in uses"]];
        return values.database.users.enabled
            ? []
            : [[`${key}.databaseAccess`, "requires database.users.enabled: the master user, which is the alternative, can do everything"]];
    });
}

function userProblems(values: PlatformConfig): Problem[] {
    const { database, role } = values;
    if (!database.users.enabled) return [];
    const workloads = databaseWorkloads(values);
    const roles = {
        dbName: database.dbName,
        users: workloads.map(({ name }) => name),
        // The master user of a replica is that of its source.
        username: role === "primary" ? values.database.username : undefined,
    };
    const keys = new Map(workloads.map(({ key, name }) => [`users.${name}`, key]));
    const ofRoles = problemsOf((check) => {
        checkRoles(check, roles);
    });
    const problems = ofRoles.map(([argument, problem]): Problem => [keys.get(argument) ?? argument, problem]);
    if (database.proxy.enabled)
        problems.push(["database.users.enabled", "requires database.proxy.enabled: false: the proxy doesn't know passwords that rotate"]);
    return problems;
}
