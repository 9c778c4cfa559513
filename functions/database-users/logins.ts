/** Names of the PostgreSQL roles of workloads. The functions and the component derive them in the same way. */

/** What a workload may do in the database. */
export const ACCESS = ["owner", "readWrite", "readOnly"] as const;
export type DatabaseAccess = (typeof ACCESS)[number];

/** PostgreSQL cuts longer names off. */
export const LONGEST_NAME = 63;

/** Name of the user of a workload. SQL names without quotes have no hyphens. */
export const userOf = (workload: string): string => workload.replaceAll("-", "_");

/** The two logins of a user, which take turns. */
export const loginsOf = (user: string): [first: string, second: string] => [`${user}_a`, `${user}_b`];

/** The user that a login belongs to. Undefined for other roles. */
export const userOfLogin = (login: string): string | undefined => /^(.+)_[ab]$/.exec(login)?.[1];

/** The login that takes the place of another one at the next rotation. */
export function otherLogin(login: string): string {
    const user = userOfLogin(login);
    if (user === undefined) throw new Error(`${login} isn't the name of an alternating login`);
    const [first, second] = loginsOf(user);
    return login === first ? second : first;
}

/** Roles without a login: the owner of all objects, and those that grant access to them. */
export const groupsOf = (database: string): Record<DatabaseAccess, string> => ({
    owner: `${database}_owner`,
    readWrite: `${database}_readwrite`,
    readOnly: `${database}_readonly`,
});

/** Why a name can't be that of a user. Undefined if it can. */
export function nameProblem(user: string): string | undefined {
    if (!/^[a-z][a-z0-9_]*$/.test(user)) return "must consist of lower-case letters, digits, _, and hyphens, starting with a letter";
    if (/^(pg|rds)_/.test(user)) return "must not begin with pg- or rds-: PostgreSQL and RDS reserve these names";
    const most = LONGEST_NAME - "_a".length;
    return user.length > most ? `must have at most ${most} characters` : undefined;
}
