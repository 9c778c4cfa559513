/** Sets up the logins of one user, with the master user. Runs in a deployment. */
import { contentOf, credentialsOf, type Login } from "../connection";
import { codeOf, reasonOf } from "../errors";
import { type DatabaseAccess, loginsOf } from "../logins";
import { newPassword, scramVerifier } from "../password";
import type { Clock, Databases, Log, Secrets, Session } from "../ports";
import { createRoles, setPassword } from "../roles";
import type { DatabaseSettings } from "../settings";
import { works } from "../works";

export interface SetupSettings extends DatabaseSettings {
    masterSecretArn: string;
    /** Seconds for repeating failed attempts, from the start of the invocation. */
    timeout: number;
}

/** Input of the function. */
export interface SetupRequest {
    /** Secret of the user. */
    secretArn: string;
    user: string;
    access: DatabaseAccess;
}

/** Result of the function. */
export interface SetupResult {
    /** Current version of the secret. */
    versionId: string;
}

interface Ports {
    secrets: Secrets;
    databases: Databases;
    log: Log;
    clock: Clock;
}

const PAUSE = 5000;

/** The database or the replica doesn't accept a login yet, for example while RDS changes the master password. */
class Rejected extends Error {}

/**
 * States that end by themselves: policies and security group rules aren't effective yet, the database starts or is being promoted, or a transaction
 * holds a lock.
 */
const TEMPORARY = /^(AccessDenied|ECONN|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|57P0|25006|55P03|40|08)/;
const isTemporary = (error: unknown): boolean =>
    error instanceof Rejected ||
    (error instanceof Error && (TEMPORARY.test(error.name) || TEMPORARY.test(codeOf(error)) || /timeout|terminated/i.test(error.message)));

/**
 * Creates the handler. It can be repeated: it keeps passwords that work, and replaces others.
 *
 * Its errors contain no statements and no secrets.
 */
export function createSetup(settings: SetupSettings, { secrets, databases, log, clock }: Ports) {
    const { target, copyFrom } = settings;
    const content = (login: Login): string => contentOf(login, settings);

    return async (request: SetupRequest): Promise<SetupResult> => {
        const deadline = clock.now() + settings.timeout * 1000;
        for (;;) {
            try {
                const versionId = copyFrom === undefined ? await setUp(request) : await copy(request, copyFrom);
                return { versionId };
            } catch (error) {
                const reason = reasonOf(error);
                if (!isTemporary(error) || clock.now() + PAUSE >= deadline)
                    // A new error: that of the driver has properties with statements.
                    throw new Error(`the database user ${request.user} couldn't be set up: ${reason}`);
                log("retrying", { user: request.user, reason });
                await clock.sleep(PAUSE);
            }
        }
    };

    async function setUp({ secretArn, user, access }: SetupRequest): Promise<string> {
        const session = await openMaster();
        try {
            await createRoles(session, { database: target.database, user, access });
            return await ensureLogins(session, secretArn, user);
        } finally {
            await session.close();
        }
    }

    async function openMaster(): Promise<Session> {
        const { masterSecretArn } = settings;
        const master = await secrets.read(masterSecretArn, "AWSCURRENT");
        if (!master) throw new Error(`the secret ${masterSecretArn} has no value`);
        const session = await databases.open({ ...target, ...credentialsOf(master.value, masterSecretArn) });
        if (session === "rejected") throw new Rejected("the database rejects the master user of its connection secret");
        return session;
    }

    /** Keeps the stored passwords that work. Returns the current version of the secret. */
    async function ensureLogins(session: Session, secretArn: string, user: string): Promise<string> {
        const [current, previous] = [await secrets.read(secretArn, "AWSCURRENT"), await secrets.read(secretArn, "AWSPREVIOUS")];
        const stored = [current, previous].flatMap((version) => (version ? credentialsOrNone(version.value) : []));
        const valid = new Map<string, Login>();
        for (const name of loginsOf(user)) {
            const login = { ...target, ...stored.find(({ username }) => username === name) };
            if (isComplete(login) && (await works(databases, login))) valid.set(name, login);
        }
        const [first, second] = loginsOf(user);
        // Running tasks have the current login.
        const now = stored[0] && valid.has(stored[0].username) ? stored[0].username : first;
        const logins: [Login, Login] = [now === first ? second : first, now].map(
            (username) => valid.get(username) ?? { ...target, username, password: newPassword() },
        ) as [Login, Login];
        const [next, active] = logins;
        if (valid.size === 2 && previous?.value === content(next) && current?.value === content(active)) return current.versionId;
        for (const { username, password } of logins)
            if (!valid.has(username)) await setPassword(session, username, scramVerifier(password));
        await endRotation(secretArn);
        await secrets.write(secretArn, content(next));
        const versionId = await secrets.write(secretArn, content(active));
        log("stored the logins", { user, changed: logins.map(({ username }) => username).filter((name) => !valid.has(name)) });
        return versionId;
    }

    /** Removes the label of a rotation that failed. Secrets Manager would continue it with a password that isn't valid any more. */
    async function endRotation(secretArn: string): Promise<void> {
        for (const [versionId, labels] of Object.entries(await secrets.stages(secretArn)))
            if (labels.includes("AWSPENDING")) await secrets.moveStage(secretArn, "AWSPENDING", versionId);
    }

    /** On standby, the database is a copy with the users of its source, so only the secret is needed. */
    async function copy({ secretArn, user }: SetupRequest, prefix: string): Promise<string> {
        const name = `${prefix}/${user}`;
        const source = await secrets.read(name, "AWSCURRENT");
        if (!source) throw new Error(`the secret ${name} has no value: run pulumi up in the primary stack`);
        const login = { ...target, ...credentialsOf(source.value, name) };
        const current = await secrets.read(secretArn, "AWSCURRENT");
        if (current?.value === content(login)) return current.versionId;
        if (!(await works(databases, login))) throw new Rejected(`the replica rejects the login ${login.username} of the secret ${name}`);
        return secrets.write(secretArn, content(login));
    }
}

/** Content that isn't a login counts as none, because the setup replaces it. */
function credentialsOrNone(value: string): ReturnType<typeof credentialsOf>[] {
    try {
        return [credentialsOf(value, "")];
    } catch {
        return [];
    }
}

const isComplete = (login: Partial<Login>): login is Login => login.username !== undefined && login.password !== undefined;
