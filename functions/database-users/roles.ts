/** The SQL of the setup: roles, the objects that they own, and their permissions. Every statement can be repeated. */
import { type DatabaseAccess, ACCESS, groupsOf, loginsOf } from "./logins";
import type { Session } from "./ports";

/** Marks the roles that the setup created, so that it never changes a role of somebody else. */
const MARK = "Managed by the database users of the platform";

/** Serializes the setups of all users, which change the same roles. Any number that nobody else uses. */
const LOCK = 7_205_759_403;

/** Names in these statements consist of letters, digits, and _. */
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

interface User {
    database: string;
    user: string;
    access: DatabaseAccess;
}

/**
 * Creates the roles of a user and those that all users share, hands over objects of the master user to the owner role, and sets the permissions, in
 * one transaction. The logins get no password.
 *
 * @param session of the master user
 */
export async function createRoles(session: Session, { database, user, access }: User): Promise<void> {
    const groups = groupsOf(database);
    await session.query("BEGIN");
    // Before the lock timeout, because it applies to this lock, too.
    await session.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
    // A statement that waits for a table makes all later ones wait, so it gives up soon.
    await session.query("SET LOCAL lock_timeout = '10s'");
    const version = Number((await session.query("SELECT current_setting('server_version_num') AS version"))[0]?.version);
    for (const group of Object.values(groups)) await ensureRole(session, group, "NOLOGIN", version);
    // For changing the owner of objects, and the default privileges of the owner. The master user keeps its access.
    if (version >= 160_000) await session.query(`GRANT ${quoted(groups.owner)} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE`);
    await shareDatabase(session, database);
    await session.query(handOver(groups));
    for (const statement of defaultPrivileges(groups)) await session.query(statement);
    for (const login of loginsOf(user)) {
        await ensureRole(session, login, "LOGIN", version);
        await setAccess(session, login, groups, access);
    }
    await session.query("COMMIT");
}

/** @throws Error if a role of this name exists that the setup didn't create: it could have other permissions */
async function ensureRole(session: Session, name: string, kind: "LOGIN" | "NOLOGIN", version: number): Promise<void> {
    const found = await session.query(`SELECT shobj_description(oid, 'pg_authid') AS mark FROM pg_roles WHERE rolname = ${literal(name)}`);
    if (found[0] && found[0].mark !== MARK)
        throw new Error(`the role ${name} exists, and it isn't one of the database users. Rename it, or the workload or the database`);
    if (!found[0]) {
        await session.query(`CREATE ROLE ${quoted(name)} ${kind}`);
        await session.query(`COMMENT ON ROLE ${quoted(name)} IS ${literal(MARK)}`);
    }
    // Since PostgreSQL 16, only a role with this option can change another one. Its creator has it, also after an upgrade.
    if (version < 160_000) await session.query(`GRANT ${quoted(name)} TO CURRENT_USER WITH ADMIN OPTION`);
}

async function shareDatabase(session: Session, database: string): Promise<void> {
    const { owner, readWrite, readOnly } = groupsOf(database);
    const groups = [readWrite, readOnly].map(quoted).join(", ");
    await session.query(`GRANT ALL ON DATABASE ${quoted(database)} TO ${quoted(owner)}`);
    await session.query(`GRANT CONNECT ON DATABASE ${quoted(database)} TO ${groups}`);
    const [schema] = await session.query(
        "SELECT has_schema_privilege(oid, 'CREATE WITH GRANT OPTION') AS mine FROM pg_namespace WHERE nspname = 'public'",
    );
    if (schema?.mine === true) {
        await session.query(`GRANT USAGE, CREATE ON SCHEMA public TO ${quoted(owner)}`);
        await session.query(`GRANT USAGE ON SCHEMA public TO ${groups}`);
        // Databases of PostgreSQL 14 and earlier let every user create tables.
        await session.query("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    }
    // The databases that every instance has. Those that somebody created are not the platform's.
    const others = await session.query(
        "SELECT datname FROM pg_database WHERE datname IN ('postgres', 'template1') AND datname <> current_database() AND pg_get_userbyid(datdba) = current_user",
    );
    for (const { datname } of others) await session.query(`REVOKE CONNECT ON DATABASE ${quoted(String(datname))} FROM PUBLIC`);
}

/**
 * Hands over the objects that the master user owns in this database, with the permissions of the groups. Schemas come first, because the owner of an
 * object needs a permission in its schema. Later runs don't grant again, so that a permission that somebody revoked stays revoked.
 *
 * Leaves out members of extensions, and sequences of columns, which follow their table.
 */
const handOver = ({ owner, readWrite, readOnly }: Record<DatabaseAccess, string>): string => `
DO $hand_over$
DECLARE it record;
BEGIN
    FOR it IN
        SELECT object.type, object.schema, object.identity
        FROM pg_shdepend AS owned
        CROSS JOIN LATERAL pg_identify_object(owned.classid, owned.objid, 0) AS object
        WHERE owned.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND owned.refclassid = 'pg_authid'::regclass
            AND owned.refobjid = (SELECT oid FROM pg_roles WHERE rolname = current_user)
            AND owned.deptype = 'o'
            AND object.type <> 'default acl'
            AND (object.type IN ('schema', 'large object') OR object.schema !~ '^(pg_|information_schema$)')
            AND NOT EXISTS (
                SELECT FROM pg_depend AS member
                WHERE member.classid = owned.classid AND member.objid = owned.objid
                    AND (member.deptype = 'e' OR object.type = 'sequence' AND member.deptype IN ('a', 'i'))
            )
        ORDER BY object.type <> 'schema'
    LOOP
        IF it.schema IS NOT NULL AND NOT has_schema_privilege(${literal(owner)}, it.schema::regnamespace, 'CREATE') THEN
            RAISE WARNING '% % keeps its owner: its schema belongs to another role', it.type, it.identity;
            CONTINUE;
        END IF;
        EXECUTE format('ALTER %s %s OWNER TO %I',
            CASE it.type WHEN 'statistics object' THEN 'statistics' ELSE it.type END, it.identity, ${literal(owner)});
        IF it.type = 'schema' THEN
            EXECUTE format('GRANT USAGE ON SCHEMA %s TO %I, %I', it.identity, ${literal(readWrite)}, ${literal(readOnly)});
        ELSIF it.type = 'sequence' THEN
            EXECUTE format('GRANT ALL ON SEQUENCE %s TO %I', it.identity, ${literal(readWrite)});
            EXECUTE format('GRANT SELECT ON SEQUENCE %s TO %I', it.identity, ${literal(readOnly)});
        ELSIF it.type IN ('table', 'view', 'materialized view', 'foreign table') THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE %s TO %I', it.identity, ${literal(readWrite)});
            EXECUTE format('GRANT SELECT ON TABLE %s TO %I', it.identity, ${literal(readOnly)});
        END IF;
    END LOOP;
    -- Sequences of columns, which have changed their owner with their table.
    FOR it IN
        SELECT sequence.oid::regclass AS identity
        FROM pg_class AS sequence
        WHERE sequence.relkind = 'S' AND pg_get_userbyid(sequence.relowner) = ${literal(owner)} AND sequence.relacl IS NULL
    LOOP
        EXECUTE format('GRANT ALL ON SEQUENCE %s TO %I', it.identity, ${literal(readWrite)});
        EXECUTE format('GRANT SELECT ON SEQUENCE %s TO %I', it.identity, ${literal(readOnly)});
    END LOOP;
END
$hand_over$`;

/** Permissions on objects that the owner role creates from now on. */
function defaultPrivileges({ owner, readWrite, readOnly }: Record<DatabaseAccess, string>): string[] {
    const grant = (privileges: string, type: string, group: string): string =>
        `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoted(owner)} GRANT ${privileges} ON ${type} TO ${quoted(group)}`;
    return [
        grant("USAGE", "SCHEMAS", readWrite),
        grant("USAGE", "SCHEMAS", readOnly),
        grant("SELECT, INSERT, UPDATE, DELETE", "TABLES", readWrite),
        grant("SELECT", "TABLES", readOnly),
        grant("ALL", "SEQUENCES", readWrite),
        grant("SELECT", "SEQUENCES", readOnly),
    ];
}

/** Makes a login a member of exactly one of the groups. */
async function setAccess(session: Session, login: string, groups: Record<DatabaseAccess, string>, access: DatabaseAccess): Promise<void> {
    const members = await session.query(
        `SELECT pg_get_userbyid(roleid) AS name FROM pg_auth_members WHERE member = ${literal(login)}::regrole`,
    );
    const before = members.map(({ name }) => name);
    for (const level of ACCESS)
        if (level !== access && before.includes(groups[level]))
            await session.query(`REVOKE ${quoted(groups[level])} FROM ${quoted(login)}`);
    await session.query(`GRANT ${quoted(groups[access])} TO ${quoted(login)}`);
    // What the login creates belongs to the owner role, and not to one of two logins.
    if (access === "owner") await session.query(`ALTER ROLE ${quoted(login)} SET role = ${literal(groups.owner)}`);
    else await session.query(`ALTER ROLE ${quoted(login)} RESET role`);
}

/** Sets the password of a login. @param verifier what PostgreSQL stores, not the password itself */
export async function setPassword(session: Session, login: string, verifier: string): Promise<void> {
    await session.query(`ALTER ROLE ${quoted(login)} PASSWORD ${literal(verifier)}`);
}

/** Sets the password of the login that the session belongs to. */
export async function setOwnPassword(session: Session, verifier: string): Promise<void> {
    // A login with the access `owner` begins its sessions as the owner role, whose password this would otherwise be. RESET ROLE would return to it.
    await session.query("SET ROLE NONE");
    await session.query(`ALTER ROLE CURRENT_USER PASSWORD ${literal(verifier)}`);
}
