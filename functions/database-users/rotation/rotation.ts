/** Rotates the logins of one user, without the master user. Secrets Manager invokes it once for each step. */
import { contentOf, credentialsOf, type Login } from "../connection";
import { reasonOf } from "../errors";
import { otherLogin, userOfLogin } from "../logins";
import { newPassword, scramVerifier } from "../password";
import type { Databases, Log, Secrets, Services } from "../ports";
import { setOwnPassword } from "../roles";
import type { DatabaseSettings } from "../settings";
import { works } from "../works";

export interface RotationSettings extends DatabaseSettings {
    /** `cluster/service` of each user whose secret a service reads. */
    services: Record<string, string>;
}

/** Event of Secrets Manager (User Guide, "Lambda rotation functions"). */
export interface RotationEvent {
    SecretId: string;
    ClientRequestToken: string;
    Step: string;
}

interface Ports {
    secrets: Secrets;
    databases: Databases;
    services: Services;
    log: Log;
}

/** What the error of a broken login says. */
const REPAIR = "Increase database.passwordVersion, and run pulumi up: the setup gives both logins new passwords";

/**
 * Creates the handler. The secret's two logins take turns: the login that isn't current gets a new password, which it sets itself, and becomes current.
 * The login of running tasks stays valid until the next rotation. Each step can be repeated.
 *
 * Its errors contain no statements and no secrets.
 */
export function createRotation(settings: RotationSettings, { secrets, databases, services, log }: Ports) {
    const { target, copyFrom } = settings;

    const steps: Record<string, (secret: string, token: string) => Promise<void>> = {
        createSecret: async (secret, token) => {
            const current = await currentLogin(secret);
            if (await secrets.read(secret, "AWSPENDING", token)) return;
            const login = copyFrom === undefined ? nextLogin(current) : await sourceLogin(current, copyFrom);
            await secrets.writePending(secret, contentOf(login, settings), token);
        },
        setSecret: async (secret, token) => {
            const pending = await pendingLogin(secret, token);
            if (await works(databases, pending)) return;
            if (copyFrom !== undefined)
                throw new Error(`the replica rejects the login ${pending.username} that it copies. Check the lag of the replica`);
            await setPending(secret, pending);
        },
        testSecret: async (secret, token) => {
            // Without `RotateImmediately`, Secrets Manager runs this step alone when rotation is set up: it creates a pending version for the test and
            // removes it (API Reference, `RotateSecret`). AWS doesn't document its value. In a rotation, `setSecret` has rejected an empty version.
            const version = await secrets.read(secret, "AWSPENDING", token);
            const login = version ? loginOf(version.value, secret) : await currentLogin(secret);
            if (!(await works(databases, login))) throw new Error(`the database rejects the login ${login.username}. ${REPAIR}`);
        },
        finishSecret: async (secret, token) => {
            const current = await secrets.read(secret, "AWSCURRENT");
            // A repetition only has to redeploy.
            if (current?.versionId !== token) {
                await pendingLogin(secret, token);
                await secrets.moveStage(secret, "AWSCURRENT", current?.versionId, token);
            }
            // A label that stays on this version would let the next repair look like a rotation that hasn't ended.
            const labels = (await secrets.stages(secret))[token] ?? [];
            if (labels.includes("AWSPENDING")) await secrets.moveStage(secret, "AWSPENDING", token);
            await redeploy(secret);
        },
    };

    return async ({ SecretId: secret, ClientRequestToken: token, Step: step }: RotationEvent): Promise<void> => {
        const run = Object.hasOwn(steps, step) ? steps[step] : undefined;
        if (!run) throw new Error(`unknown step ${step}`);
        try {
            const labels = (await secrets.stages(secret))[token];
            // Secrets Manager removes the version of a test soon, so that it can be missing.
            if (!labels && step !== "testSecret") throw new Error("the secret has no version with the ID of this rotation");
            if (labels?.includes("AWSCURRENT") && step !== "finishSecret") return;
            if (labels && !labels.includes("AWSCURRENT") && !labels.includes("AWSPENDING"))
                throw new Error("the version of this rotation isn't pending");
            await run(secret, token);
            log("finished a step of the rotation", { secret, step });
        } catch (error) {
            // A new error: that of the driver has properties with statements.
            throw new Error(`${step} of ${secret} failed: ${reasonOf(error)}`);
        }
    };

    function loginOf(value: string, secret: string): Login {
        return { ...target, ...credentialsOf(value, secret) };
    }

    async function currentLogin(secret: string): Promise<Login> {
        const version = await secrets.read(secret, "AWSCURRENT");
        if (!version) throw new Error("the secret has no value. Run pulumi up, which sets up the user");
        return loginOf(version.value, secret);
    }

    /** The login of this rotation, which must be the one that isn't current: the current one is in use. */
    async function pendingLogin(secret: string, token: string): Promise<Login> {
        const version = await secrets.read(secret, "AWSPENDING", token);
        if (!version) throw new Error("the pending version is empty: createSecret hasn't run");
        const login = loginOf(version.value, secret);
        const current = await currentLogin(secret);
        if (copyFrom === undefined && login.username !== otherLogin(current.username))
            throw new Error(`the pending version contains ${login.username} instead of ${otherLogin(current.username)}. ${REPAIR}`);
        return login;
    }

    function nextLogin({ username }: Login): Login {
        return { ...target, username: otherLogin(username), password: newPassword() };
    }

    /** On standby, the source rotates its users, and this stack follows. */
    async function sourceLogin({ username }: Login, prefix: string): Promise<Login> {
        const name = `${prefix}/${userOfLogin(username) ?? username}`;
        const source = await secrets.read(name, "AWSCURRENT");
        if (!source) throw new Error(`the secret ${name} has no value`);
        return loginOf(source.value, name);
    }

    /** Lets the login that isn't current change its own password. */
    async function setPending(secret: string, { username, password }: Login): Promise<void> {
        const version = await secrets.read(secret, "AWSPREVIOUS");
        const previous = version && loginOf(version.value, secret);
        const session = previous?.username === username ? await databases.open(previous) : "rejected";
        if (session === "rejected") throw new Error(`the database rejects both stored passwords of ${username}. ${REPAIR}`);
        try {
            await setOwnPassword(session, scramVerifier(password));
        } finally {
            await session.close();
        }
    }

    /** Tasks read the secret when they start. Without new tasks, the next rotation would invalidate the login of the running ones. */
    async function redeploy(secret: string): Promise<void> {
        const current = await currentLogin(secret);
        const previous = await secrets.read(secret, "AWSPREVIOUS");
        // A copy of an unchanged login.
        if (previous?.value === contentOf(current, settings)) return;
        const [cluster, service] = (settings.services[userOfLogin(current.username) ?? ""] ?? "").split("/");
        if (!cluster || !service) return;
        await services.redeploy(cluster, service);
        log("replacing the tasks of the service", { cluster, service });
    }
}
