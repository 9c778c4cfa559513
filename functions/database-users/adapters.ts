import { type ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import {
    DescribeSecretCommand,
    GetSecretValueCommand,
    PutSecretValueCommand,
    ResourceNotFoundException,
    type SecretsManagerClient,
    UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { Client, type ClientConfig } from "pg";
import { codeOf } from "./errors";
import type { Databases, Log, Secrets, Services } from "./ports";

/** Secrets Manager implementation of `Secrets`. */
export const secretsManager = (client: SecretsManagerClient): Secrets => ({
    async read(secret, stage, versionId) {
        try {
            const request = { SecretId: secret, VersionStage: stage, VersionId: versionId };
            const { VersionId, SecretString } = await client.send(new GetSecretValueCommand(request));
            return VersionId === undefined || SecretString === undefined ? undefined : { versionId: VersionId, value: SecretString };
        } catch (error) {
            if (error instanceof ResourceNotFoundException) return undefined;
            throw error;
        }
    },
    async stages(secret) {
        const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: secret }));
        return VersionIdsToStages;
    },
    async write(secret, value) {
        const { VersionId = "" } = await client.send(new PutSecretValueCommand({ SecretId: secret, SecretString: value }));
        return VersionId;
    },
    async writePending(secret, value, versionId) {
        const request = { SecretId: secret, SecretString: value, ClientRequestToken: versionId, VersionStages: ["AWSPENDING"] };
        await client.send(new PutSecretValueCommand(request));
    },
    async moveStage(secret, stage, from, to) {
        const request = { SecretId: secret, VersionStage: stage, RemoveFromVersionId: from, MoveToVersionId: to };
        await client.send(new UpdateSecretVersionStageCommand(request));
    },
});

/** The server didn't accept the password, or the user doesn't exist (PostgreSQL, appendix "Error Codes"). */
const REJECTED = ["28P01", "28000"];

/**
 * PostgreSQL implementation of `Databases`.
 *
 * @param ssl the default verifies the certificate and the name of the server. The runtime's certificates include those of RDS
 *   (`NODE_EXTRA_CA_CERTS`).
 */
export const postgres = (ssl: ClientConfig["ssl"] = { rejectUnauthorized: true }): Databases => ({
    async open({ host, port, database, username: user, password }) {
        const limits = { connectionTimeoutMillis: 10_000, statement_timeout: 120_000, query_timeout: 130_000 };
        const client = new Client({ host, port, database, user, password, ssl, application_name: "database-users", ...limits });
        // A connection that breaks while it's idle: the next statement reports it.
        client.on("error", () => undefined);
        try {
            await client.connect();
        } catch (error) {
            await client.end().catch(() => undefined);
            if (REJECTED.includes(codeOf(error))) return "rejected";
            throw error;
        }
        return {
            async query(sql) {
                const { rows } = await client.query<Record<string, unknown>>(sql);
                return rows;
            },
            close: () => client.end(),
        };
    },
});

/** ECS implementation of `Services`. */
export const ecsServices = (client: ECSClient, log: Log): Services => ({
    async redeploy(cluster, service) {
        try {
            await client.send(new UpdateServiceCommand({ cluster, service, forceNewDeployment: true }));
        } catch (error) {
            // No service, or one that is being deleted: no tasks to replace.
            const name = error instanceof Error ? error.name : "";
            if (name !== "ServiceNotFoundException" && name !== "ServiceNotActiveException") throw error;
            log("the service doesn't exist", { cluster, service });
        }
    },
});

/** The log of a function, as JSON. */
export const consoleLog: Log = (message, facts) => {
    console.info({ message, ...facts });
};
