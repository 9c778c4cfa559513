import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { DatabaseUsers, type DatabaseUsersArgs, PostgresCluster } from "../../components";
import { parseJson, parsePolicy, type Policy, record, type Recording, resolve } from "../../components/testing";
import { keys, placement, postgres } from "../support/minimal";

const SERVICE = { clusterName: "shop", serviceName: "shop-web" };
const USERS: DatabaseUsersArgs["users"] = {
    web: { service: SERVICE },
    "order-import": { access: "readOnly" },
    schema: { access: "owner" },
};
const SOURCE = {
    secretPrefix: "shop/prod/users",
    secretArns: ["arn:aws:secretsmanager:us-west-2:123456789012:secret:shop/prod/users/web-AbCdEf"],
    kmsKeyArn: "arn:aws:kms:us-west-2:123456789012:key/mrk-source",
};
const VERSION = "11111111-2222-4333-8444-555555555555";

type More = Partial<DatabaseUsersArgs>;
const required = { ...keys, placement, secretPrefix: "shop/it/users", users: USERS };
const recorded = (more: More = {}, use?: (users: DatabaseUsers) => void, result: unknown = JSON.stringify({ versionId: VERSION })) =>
    record(
        () => {
            const database = new PostgresCluster("database", { ...postgres, rootCertificate: "/etc/rds.pem" });
            const users = new DatabaseUsers("users", { ...required, database, ...more });
            use?.(users);
        },
        { outputs: { "aws:lambda/invocation:Invocation": () => ({ result }) } },
    );

/** Statements of all policies of a function's role that match. */
function statementsOf(recording: Recording, lambda: "setup" | "rotation", service: string): Policy["Statement"] {
    const role = recording.one(aws.iam.Role, `users-${lambda}-role`).outputs.name;
    const policies = recording.all(aws.iam.RolePolicy).filter(({ inputs }) => inputs.role === role);
    return policies
        .flatMap(({ inputs }) => parsePolicy(inputs.policy).Statement)
        .filter(({ Action }) => Action.some((action) => action.startsWith(`${service}:`)));
}
const variablesOf = (recording: Recording, lambda: "setup" | "rotation") =>
    recording.one(aws.lambda.Function, `users-${lambda}-function`).inputs.environment?.variables as Record<string, string>;
const arnsOf = (recording: Recording) =>
    ["order-import", "schema", "web"].map((user) => recording.one(aws.secretsmanager.Secret, `users-${user}-secret`).outputs.arn);

describe("DatabaseUsers", () => {
    let recording: Recording;
    before(async () => {
        recording = await recorded();
    });

    it("creates an encrypted secret for each user, without a value in the state", () => {
        const secret = recording.one(aws.secretsmanager.Secret, "users-order-import-secret");
        expect(secret.inputs).to.deep.include({ name: "shop/it/users/order_import", kmsKeyId: keys.kmsKeyArn, recoveryWindowInDays: 0 });
        expect(recording.all(aws.secretsmanager.Secret, /^users-/)).to.have.length(3);
        expect(recording.all(aws.secretsmanager.SecretVersion, /^users-/)).to.be.empty;
        expect(recording.all("random:index/randomPassword:RandomPassword", /^users-/)).to.be.empty;
    });

    it("replicates the secrets, so that a dr stack can copy them", async () => {
        const recovery = { region: "us-west-2", kmsKeyArn: "arn:aws:kms:us-west-2:123456789012:key/mrk-data" };
        const { inputs } = (await recorded({ recovery })).one(aws.secretsmanager.Secret, "users-web-secret");
        expect(inputs.replicas).to.deep.equal([{ region: "us-west-2", kmsKeyId: recovery.kmsKeyArn }]);
    });

    it("runs the setup once for each user, and again after a change of the user, the database, or the master password", () => {
        const { inputs } = recording.one(aws.lambda.Invocation, "users-order-import-setup");
        const secretArn = recording.one(aws.secretsmanager.Secret, "users-order-import-secret").outputs.arn;
        expect(parseJson(inputs.input)).to.deep.equal({ secretArn, user: "order_import", access: "readOnly" });
        expect(inputs.functionName).to.equal(recording.one(aws.lambda.Function, "users-setup-function").outputs.name);
        expect(inputs.triggers).to.deep.equal({
            database: recording.one(aws.rds.Instance).outputs.resourceId,
            masterVersion: recording.one(aws.secretsmanager.SecretVersion, "database-connection-version").outputs.versionId,
        });
        const access = (user: string) =>
            parseJson<{ access: string }>(recording.one(aws.lambda.Invocation, `users-${user}-setup`).inputs.input);
        expect([access("web").access, access("schema").access]).to.deep.equal(["readWrite", "owner"]);
    });

    it("tells both functions the read replicas, and runs the setup again if they change", async () => {
        const readReplicas = { reports: {}, audit: {} };
        const withReplicas = await record(() => {
            const database = new PostgresCluster("database", { ...postgres, readReplicas });
            new DatabaseUsers("users", { ...required, database });
        });
        const hosts = Object.fromEntries(
            ["audit", "reports"].map((name) => [
                name,
                withReplicas.one(aws.rds.Instance, `database-replica-${name}-instance`).outputs.address,
            ]),
        );
        for (const lambda of ["setup", "rotation"] as const) {
            expect(parseJson(variablesOf(withReplicas, lambda).READ_REPLICAS)).to.deep.equal(hosts);
            expect(variablesOf(recording, lambda)).not.to.have.property("READ_REPLICAS");
        }
        const { triggers } = withReplicas.one(aws.lambda.Invocation, "users-web-setup").inputs;
        expect(parseJson(triggers?.readReplicas)).to.deep.equal(hosts);
    });

    it("waits with the setup until the function can connect, and read and write the secrets", () => {
        const { dependencies } = recording.one(aws.lambda.Invocation, "users-web-setup");
        const needed = [
            recording.one(aws.vpc.SecurityGroupIngressRule, "database-from-users-setup-5432"),
            recording.one(aws.vpc.SecurityGroupEgressRule, "users-setup-to-database-5432"),
            recording.one(aws.vpc.SecurityGroupEgressRule, "users-setup-https-out"),
            recording.one(aws.iam.RolePolicy, "users-setup-users-secrets"),
            recording.one(aws.iam.RolePolicy, "users-setup-database-connection-read"),
        ];
        expect(dependencies).to.include.members(needed.map(({ urn }) => urn));
    });

    it("gives the version of the secret that the setup wrote, and an ARN that is known only then", async () => {
        let arn: unknown, versionId: unknown;
        const plan = await recorded({}, (users) => {
            arn = users.secrets.web?.arn;
            versionId = users.secrets.web?.versionId;
        });
        expect(await resolve(arn)).to.equal(plan.one(aws.secretsmanager.Secret, "users-web-secret").outputs.arn);
        expect(await resolve(versionId)).to.equal(VERSION);
    });

    for (const result of ["", "null", "{}", "not JSON", '{"versionId":7}']) {
        it(`accepts ${JSON.stringify(result)} of an emulator`, async () => {
            let versionId: unknown;
            await recorded(
                {},
                (users) => {
                    versionId = users.secrets.web?.versionId;
                },
                result,
            );
            expect(await resolve(versionId)).to.equal("");
        });
    }

    it("rotates each secret after rotationDays, not immediately, and only after the setup", async () => {
        const plan = await recorded({ rotationDays: 45 });
        const { inputs, dependencies } = plan.one(aws.secretsmanager.SecretRotation, "users-web-rotation");
        expect(inputs).to.deep.equal({
            secretId: plan.one(aws.secretsmanager.Secret, "users-web-secret").id,
            rotationLambdaArn: plan.one(aws.lambda.Function, "users-rotation-function").outputs.arn,
            rotateImmediately: false,
            rotationRules: { automaticallyAfterDays: 45 },
        });
        expect(plan.all(aws.secretsmanager.SecretRotation)).to.have.length(3);
        expect(dependencies).to.include.members([
            plan.one(aws.lambda.Invocation, "users-web-setup").urn,
            plan.one(aws.lambda.Permission).urn,
            plan.one(aws.iam.RolePolicy, "users-rotation-users-secrets").urn,
        ]);
        const [first] = recording.all(aws.secretsmanager.SecretRotation);
        expect(first?.inputs.rotationRules?.automaticallyAfterDays).to.equal(30);
    });

    it("lets only Secrets Manager of this account invoke the rotation", () => {
        expect(recording.one(aws.lambda.Permission).inputs).to.deep.equal({
            action: "lambda:InvokeFunction",
            function: recording.one(aws.lambda.Function, "users-rotation-function").outputs.name,
            principal: "secretsmanager.amazonaws.com",
            sourceAccount: "123456789012",
        });
    });

    const READ = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"];
    const WRITE = [...READ, "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"];

    it("lets the rotation read and write exactly the secrets of the users, and not that of the master user", () => {
        const statements = statementsOf(recording, "rotation", "secretsmanager");
        expect(statements.map(({ Action, Resource }) => ({ Action, Resource }))).to.deep.equal([
            { Action: WRITE, Resource: arnsOf(recording) },
        ]);
        const master = recording.one(aws.secretsmanager.Secret, "database-connection-secret").outputs.arn;
        expect(arnsOf(recording)).not.to.include(master);
        expect(JSON.stringify(variablesOf(recording, "rotation"))).not.to.contain(String(master));
    });

    it("lets the setup also read the secret of the master user, and not write it", () => {
        const master = recording.one(aws.secretsmanager.Secret, "database-connection-secret").outputs.arn;
        const statements = statementsOf(recording, "setup", "secretsmanager").map(({ Action, Resource }) => ({ Action, Resource }));
        expect(statements).to.have.length(2);
        expect(statements).to.deep.include.members([
            { Action: WRITE, Resource: arnsOf(recording) },
            { Action: READ, Resource: [master] },
        ]);
        expect(variablesOf(recording, "setup")).to.include({ MASTER_SECRET_ARN: master });
    });

    it("lets the rotation deploy exactly the services of the users", async () => {
        const [statement, ...others] = statementsOf(recording, "rotation", "ecs");
        expect(others).to.be.empty;
        expect(statement).to.deep.include({
            Action: ["ecs:UpdateService"],
            Resource: ["arn:aws:ecs:us-east-1:123456789012:service/shop/shop-web"],
        });
        expect(parseJson(variablesOf(recording, "rotation").SERVICES)).to.deep.equal({ web: "shop/shop-web" });
        expect(statementsOf(recording, "setup", "ecs")).to.be.empty;
        const jobs = await recorded({ users: { nightly: {} } });
        expect(statementsOf(jobs, "rotation", "ecs")).to.be.empty;
        expect(variablesOf(jobs, "rotation").SERVICES).to.equal("{}");
    });

    it("connects both functions to the instance, which they verify with the CAs of the runtime", () => {
        for (const lambda of ["setup", "rotation"] as const) {
            const group = recording.one(aws.ec2.SecurityGroup, `users-${lambda}-function`).id;
            const { inputs } = recording.one(aws.vpc.SecurityGroupIngressRule, `database-from-users-${lambda}-5432`);
            expect(inputs).to.deep.include({ fromPort: 5432, toPort: 5432, referencedSecurityGroupId: group });
            expect(variablesOf(recording, lambda)).to.include({
                DATABASE_HOST: recording.one(aws.rds.Instance).outputs.address,
                DATABASE_PORT: "5432",
                DATABASE_NAME: "app",
                ROOT_CERTIFICATE: "/etc/rds.pem",
                NODE_EXTRA_CA_CERTS: "/var/runtime/ca-cert.pem",
            });
            expect(variablesOf(recording, lambda)).not.to.have.property("COPY_FROM");
        }
    });

    it("leaves the functions enough time to report", () => {
        const { inputs } = recording.one(aws.lambda.Function, "users-setup-function");
        expect(Number(inputs.timeout) - Number(variablesOf(recording, "setup").TIMEOUT)).to.be.at.least(30);
    });

    it("uses the interface endpoints of a network, before the setup runs", async () => {
        const asked: string[] = [];
        await recorded({
            network: {
                allowEndpointsFrom: ({ logicalName }) => {
                    asked.push(logicalName);
                    return undefined;
                },
            },
        });
        expect(asked).to.deep.equal(["users-setup", "users-rotation"]);
    });

    describe("on a standby and after its promotion", () => {
        const of = (isStandby: boolean) => recorded({ source: { ...SOURCE, isStandby } });

        it("copies the logins of the source once a day until the promotion, and owns the users from then on", async () => {
            const [standby, active] = [await of(true), await of(false)];
            for (const lambda of ["setup", "rotation"] as const) {
                expect(variablesOf(standby, lambda)).to.include({ COPY_FROM: "shop/prod/users" });
                expect(variablesOf(active, lambda)).not.to.have.property("COPY_FROM");
            }
            const days = (plan: Recording) => plan.one(aws.secretsmanager.SecretRotation, "users-web-rotation").inputs.rotationRules;
            expect([days(standby), days(active)]).to.deep.equal([{ automaticallyAfterDays: 1 }, { automaticallyAfterDays: 30 }]);
            const triggers = (plan: Recording) => plan.one(aws.lambda.Invocation, "users-web-setup").inputs.triggers;
            expect(triggers(standby)?.standby).not.to.equal(triggers(active)?.standby);
        });

        it("changes no policy in a failover: the control plane of IAM can be down", async () => {
            const policies = (plan: Recording) => plan.all(aws.iam.RolePolicy).map(({ name, inputs }) => [name, inputs.policy]);
            expect(policies(await of(true))).to.deep.equal(policies(await of(false)));
        });

        it("lets both functions read the secrets of the source, and not write them", async () => {
            const standby = await of(true);
            for (const lambda of ["setup", "rotation"] as const) {
                const ofSource = statementsOf(standby, lambda, "secretsmanager").filter(({ Resource }) =>
                    Resource.includes(SOURCE.secretArns[0]!),
                );
                expect(ofSource.map(({ Action }) => Action)).to.deep.equal([READ]);
                const decrypts = statementsOf(standby, lambda, "kms").filter(({ Resource }) => Resource.includes(SOURCE.kmsKeyArn));
                expect(decrypts.map(({ Action }) => Action)).to.deep.equal([["kms:Decrypt", "kms:DescribeKey"]]);
            }
        });
    });

    it("lets a role read the secret of one user", async () => {
        const plan = await recorded({}, (users) => {
            users.grantRead({ logicalName: "reader", roleName: users.rotationFunction.roleName }, "web");
            expect(() => users.grantRead({ logicalName: "reader", roleName: users.rotationFunction.roleName }, "other")).to.throw(
                "other must be one of order-import, schema, web",
            );
        });
        const { Statement } = parsePolicy(plan.one(aws.iam.RolePolicy, "reader-users-web-read").inputs.policy);
        expect(Statement[0]?.Resource).to.deep.equal([plan.one(aws.secretsmanager.Secret, "users-web-secret").outputs.arn]);
    });

    it("pages for a single failed rotation, and says how to repair it", async () => {
        let alarms: DatabaseUsers["alarms"] = [];
        await recorded({}, (users) => {
            ({ alarms } = users);
        });
        const [failed, ...others] = alarms;
        expect(failed).to.include({ name: "rotation-errors", severity: "page", metricName: "Errors", periods: 1, threshold: 0 });
        expect(failed?.description).to.contain("database.passwordVersion");
        expect(others.map(({ name }) => name)).to.deep.equal(["rotation-throttles", "rotation-duration", "rotation-dead-letters"]);
    });

    const WRONG: [what: string, more: More, message: string][] = [
        ["a rotation every day", { rotationDays: 1 }, "rotationDays must be between 2 and 365 days"],
        [
            "names that are the same in PostgreSQL",
            { users: { "a-b": {}, a_b: {} } },
            "users.a_b has the same name in PostgreSQL as a-b: a_b",
        ],
        ["a reserved prefix", { users: { "pg-reports": {} } }, "users.pg-reports must not begin with pg- or rds-"],
        ["a name with other characters", { users: { "x;y": {} } }, "users.x;y must consist of lower-case letters"],
        ["a long name", { users: { ["x".repeat(62)]: {} } }, "must have at most 61 characters"],
        [
            "an unknown access",
            { users: { web: { access: "admin" as never } } },
            "users.web.access must be one of owner, readWrite, readOnly",
        ],
        ["a prefix with spaces", { secretPrefix: "a b" }, "secretPrefix must be 1 to 440"],
    ];
    for (const [what, more, message] of WRONG) {
        it(`rejects ${what}`, async () => {
            expect(await recorded(more).then(String, String))
                .to.contain('DatabaseUsers "users": ')
                .and.to.contain(message);
        });
    }

    it("rejects a database with a proxy, which wouldn't know the logins", async () => {
        const message = await record(() => {
            const database = new PostgresCluster("database", { ...postgres, proxy: { enabled: true } });
            return new DatabaseUsers("users", { ...required, database });
        }).then(String, String);
        expect(message).to.contain("database must have no proxy");
    });

    it("rejects a database whose name is too long for the names of roles", async () => {
        const message = await record(() => {
            const database = new PostgresCluster("database", { ...postgres, dbName: "d".repeat(54) });
            return new DatabaseUsers("users", { ...required, database });
        }).then(String, String);
        expect(message).to.contain("database.dbName must have at most 53 characters");
    });
});
