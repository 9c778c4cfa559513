import { ECSClient } from "@aws-sdk/client-ecs";
import { ResourceNotFoundException, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { expect } from "chai";
import { ecsServices, postgres, secretsManager } from "../../functions/database-users/adapters";
import { credentialsOf } from "../../functions/database-users/connection";
import { databaseSettings } from "../../functions/database-users/settings";

type Answer = (command: string, input: Record<string, unknown>) => object;

/** Replaces the requests of a client. Returns what it sent. */
function answering<Client extends { send: unknown }>(client: Client, answer: Answer) {
    const sent: [string, Record<string, unknown>][] = [];
    const send = (command: { input: Record<string, unknown>; constructor: { name: string } }) => {
        const name = command.constructor.name.replace(/Command$/, "");
        sent.push([name, command.input]);
        const found = answer(name, command.input);
        return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
    };
    return { client: Object.assign(client, { send }), sent };
}

const named = (name: string) => Object.assign(new Error(name), { name });
const secretsClient = (answer: Answer) => answering(new SecretsManagerClient({ region: "us-east-1" }), answer);

describe("adapters of the database users", () => {
    it("reads a version by its label, and none if it is missing or empty", async () => {
        const { client, sent } = secretsClient(() => ({ VersionId: "v1", SecretString: "text" }));
        expect(await secretsManager(client).read("arn", "AWSPENDING", "v1")).to.deep.equal({ versionId: "v1", value: "text" });
        expect(sent).to.deep.equal([["GetSecretValue", { SecretId: "arn", VersionStage: "AWSPENDING", VersionId: "v1" }]]);
        const missing = new ResourceNotFoundException({ message: "can't find", $metadata: {} });
        expect(await secretsManager(secretsClient(() => missing).client).read("arn", "AWSCURRENT")).to.equal(undefined);
        expect(await secretsManager(secretsClient(() => ({ VersionId: "v1" })).client).read("arn", "AWSCURRENT")).to.equal(undefined);
        const denied = secretsManager(secretsClient(() => named("AccessDeniedException")).client);
        expect(await denied.read("arn", "AWSCURRENT").then(String, String)).to.contain("AccessDeniedException");
    });

    it("writes a pending version under the ID of the rotation, and moves and removes labels", async () => {
        const { client, sent } = secretsClient(() => ({ VersionId: "v2" }));
        const secrets = secretsManager(client);
        expect(await secrets.write("arn", "text")).to.equal("v2");
        await secrets.writePending("arn", "text", "token");
        await secrets.moveStage("arn", "AWSCURRENT", "v1", "token");
        await secrets.moveStage("arn", "AWSPENDING", "token");
        expect(sent).to.deep.equal([
            ["PutSecretValue", { SecretId: "arn", SecretString: "text" }],
            ["PutSecretValue", { SecretId: "arn", SecretString: "text", ClientRequestToken: "token", VersionStages: ["AWSPENDING"] }],
            [
                "UpdateSecretVersionStage",
                { SecretId: "arn", VersionStage: "AWSCURRENT", RemoveFromVersionId: "v1", MoveToVersionId: "token" },
            ],
            [
                "UpdateSecretVersionStage",
                { SecretId: "arn", VersionStage: "AWSPENDING", RemoveFromVersionId: "token", MoveToVersionId: undefined },
            ],
        ]);
    });

    it("replaces the tasks of a service, which can be missing, and reports other errors", async () => {
        const lines: string[] = [];
        const log = (message: string) => void lines.push(message);
        const ecs = (answer: Answer) => answering(new ECSClient({ region: "us-east-1" }), answer);
        const { client, sent } = ecs(() => ({}));
        await ecsServices(client, log).redeploy("shop", "shop-web");
        expect(sent).to.deep.equal([["UpdateService", { cluster: "shop", service: "shop-web", forceNewDeployment: true }]]);
        for (const gone of ["ServiceNotFoundException", "ServiceNotActiveException"])
            await ecsServices(ecs(() => named(gone)).client, log).redeploy("shop", "shop-web");
        expect(lines).to.deep.equal(["the service doesn't exist", "the service doesn't exist"]);
        const failing = ecsServices(ecs(() => named("ThrottlingException")).client, log);
        expect(await failing.redeploy("shop", "shop-web").then(String, String)).to.contain("ThrottlingException");
    });

    it("reports a database that it can't connect to, instead of a rejected login", async () => {
        const login = { host: "127.0.0.1", port: 1, database: "it", username: "it", password: "hunter2" };
        const message = await postgres().open(login).then(String, String);
        expect(message).to.contain("ECONNREFUSED").and.not.to.contain("hunter2");
    });

    it("reads the settings, and names one that is missing", () => {
        const all = { DATABASE_HOST: "db", DATABASE_PORT: "5432", DATABASE_NAME: "shop" };
        expect(databaseSettings(all)).to.deep.equal({
            target: { host: "db", port: 5432, database: "shop" },
            rootCertificate: undefined,
            readReplicas: {},
            copyFrom: undefined,
        });
        expect(databaseSettings({ ...all, READ_REPLICAS: '{"reports":"reports.example.com"}' }).readReplicas).to.deep.equal({
            reports: "reports.example.com",
        });
        expect(() => databaseSettings({ ...all, DATABASE_NAME: "" })).to.throw("the environment variable DATABASE_NAME is missing");
    });

    for (const value of ["hunter2", "null", '"hunter2"', '{"username":"it","password":2}']) {
        it(`doesn't quote a secret that contains ${value}`, () => {
            expect(() => credentialsOf(value, "shop/users/web")).to.throw(
                /^the secret shop\/users\/web isn't JSON with username and password$/,
            );
        });
    }
});
