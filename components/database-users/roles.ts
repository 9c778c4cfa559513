import { groupsOf, loginsOf, LONGEST_NAME, nameProblem, userOf } from "../../functions/database-users/logins";
import type { Check } from "../building-blocks/arguments";

interface Roles {
    dbName: string;
    /** Names of the users, as in the component's arguments. */
    users: string[];
    /** The master user, if it's known. */
    username?: string;
}

/** Checks that PostgreSQL accepts the names of all roles, and that no two of them are the same. */
export function checkRoles(check: Check, { dbName, users, username }: Roles): void {
    const groups = Object.values(groupsOf(dbName));
    const most = LONGEST_NAME - Math.max(...groups.map((group) => group.length - dbName.length));
    check(dbName.length <= most, "database.dbName", `must have at most ${most} characters: roles are named after it`);
    check(!/^pg_/i.test(dbName), "database.dbName", "must not begin with pg_: roles are named after it");
    check(
        username === undefined || !groups.includes(username),
        "database.username",
        `${username ?? ""} is also the name of a role of the database users`,
    );
    for (const [i, name] of users.entries()) {
        const user = userOf(name);
        const problem = nameProblem(user);
        check(problem === undefined, `users.${name}`, problem ?? "");
        const same = users.slice(0, i).find((other) => userOf(other) === user);
        check(same === undefined, `users.${name}`, `has the same name in PostgreSQL as ${same ?? ""}: ${user}`);
        const taken = loginsOf(user).find((login) => login === username);
        check(taken === undefined, `users.${name}`, `has the login ${taken ?? ""}, which is the master user`);
    }
}
