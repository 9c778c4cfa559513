import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { parseJson, parsePolicy, type Recording } from "../../components/testing";
import { nameOf } from "../../components/testing/urn";
import { SECRETS } from "../support/config";
import { plan, planOf, planWith, prefixed, problemsWith } from "../support/plans";

const IMAGE = "registry.example.org/shop/app:1";
const ON = ["database.users.enabled=true"];
const WORKLOADS = [
    `services.api.image=${IMAGE}`,
    `services.mailer.image=${IMAGE}`,
    "services.mailer.uses[0]=jwt",
    `jobs.order-import.image=${IMAGE}`,
    "jobs.order-import.schedule=rate(1 day)",
    "jobs.order-import.uses[0]=database",
    "jobs.order-import.databaseAccess=readOnly",
    `migrations.schema.image=${IMAGE}`,
    "migrations.schema.command[0]=migrate",
    "migrations.schema.before[0]=api",
];
const planned = (overrides: string[], stack = "prod") => planOf({ stack, overrides: prefixed(overrides) });
const problemsOf = (overrides: string[], stack = "prod") =>
    problemsWith(stack, prefixed(overrides)).map((it) => it.replace("ai-platform:", ""));

interface Container {
    secrets?: { name: string; valueFrom: string }[];
}
const secretsOf = (recording: Recording, workload: string) => {
    const [container] = parseJson<Container[]>(recording.one(aws.ecs.TaskDefinition, `${workload}-task`).inputs.containerDefinitions);
    return Object.fromEntries((container?.secrets ?? []).map(({ name, valueFrom }) => [name, valueFrom]));
};
const secretArn = (recording: Recording, name: string) => String(recording.one(aws.secretsmanager.Secret, `${name}-secret`).outputs.arn);

/** ARNs of secrets that policies of a role allow to read. */
function readableBy(recording: Recording, role: string): string[] {
    const { name } = recording.one(aws.iam.Role, role).outputs;
    return recording
        .all(aws.iam.RolePolicy)
        .filter(({ inputs }) => inputs.role === name)
        .flatMap(({ inputs }) => parsePolicy(inputs.policy).Statement)
        .filter(({ Action }) => Action.includes("secretsmanager:GetSecretValue"))
        .flatMap(({ Resource }) => Resource);
}

describe("database users of a stack", () => {
    let recording: Recording;
    before(async () => {
        recording = await planned([...ON, ...WORKLOADS]);
    });
    const master = (from = recording) => secretArn(from, "database-connection");
    const setups = (from: Recording) =>
        from.all(aws.lambda.Invocation, /^database-users-/).map(({ inputs }) => parseJson<{ user: string; access: string }>(inputs.input));

    it("changes nothing unless it is enabled", async () => {
        const standard = await planned(WORKLOADS.filter((it) => !it.includes("databaseAccess")));
        expect(standard.registered.filter(({ name }) => name.startsWith("database-users"))).to.be.empty;
        expect(secretsOf(standard, "api")[SECRETS.database]).to.contain(master(standard));
    });

    it("creates a user for each workload that uses the database, with the access of its kind", () => {
        const users = setups(recording).map(({ user, access }) => [user, access]);
        expect(users).to.have.deep.members([
            ["api", "readWrite"],
            ["order_import", "readOnly"],
            ["schema", "owner"],
        ]);
    });

    for (const workload of ["api", "order-import", "schema"]) {
        it(`${workload} gets its own login, which only its own roles and the functions can read`, () => {
            const own = secretArn(recording, `database-users-${workload}`);
            expect(secretsOf(recording, workload)[SECRETS.database]).to.equal(`${own}:connectionString::`);
            const readable = readableBy(recording, `${workload}-execution`);
            expect(readable).to.include(own);
            expect(readable.filter((it) => it.includes("/database"))).to.deep.equal([own]);
            const readers = recording.all(aws.iam.Role).filter(({ name }) => readableBy(recording, name).includes(own));
            expect(readers.map(({ name }) => name).sort()).to.deep.equal(
                [`${workload}-execution`, "database-users-rotation-role", "database-users-setup-role"].sort(),
            );
        });
    }

    it("only the setup function can read the login of the master user", () => {
        const readers = recording.all(aws.iam.Role).filter(({ name }) => readableBy(recording, name).includes(master()));
        expect(readers.map(({ name }) => name)).to.deep.equal(["database-users-setup-role"]);
    });

    it("replaces the tasks of services after a rotation, and not those of jobs and migrations", () => {
        const { variables } = recording.one(aws.lambda.Function, "database-users-rotation-function").inputs.environment as {
            variables: Record<string, string>;
        };
        const { clusterName } = { clusterName: String(recording.one(aws.ecs.Cluster).outputs.name) };
        const service = String(recording.one(aws.ecs.Service, "api-service").inputs.name);
        expect(parseJson(variables.SERVICES)).to.deep.equal({ api: `${clusterName}/${service}` });
    });

    it("runs a migration after the setup of its user, and updates services after that of theirs", () => {
        for (const [name, user] of [
            ["schema-task", "schema"],
            ["api-task", "api"],
        ] as const) {
            const { dependencies } = recording.one(aws.ecs.TaskDefinition, name);
            expect(dependencies.map(nameOf), name).to.include(`database-users-${user}-setup`);
        }
    });

    it("replicates the secrets to the recovery region, where the dr stack finds them by name", async () => {
        const { inputs } = recording.one(aws.secretsmanager.Secret, "database-users-order-import-secret");
        expect(inputs.name).to.equal("ai-platform/prod/database/users/order_import");
        expect(inputs.replicas?.map(({ region }) => region)).to.deep.equal(["us-west-2"]);
        const dr = await planned([...ON, ...WORKLOADS], "dr");
        const looked = dr.lookups.map(({ inputs: { name } }) => name);
        expect(looked).to.include("ai-platform/prod/database/users/order_import");
    });

    it("copies the logins while dr is on standby, and sets up users of its own once it's active", async () => {
        const of = async (active: boolean) => {
            const dr = await planned([...ON, ...WORKLOADS, `active=${active}`], "dr");
            const { variables } = dr.one(aws.lambda.Function, "database-users-rotation-function").inputs.environment as {
                variables: Record<string, string>;
            };
            const { inputs } = dr.one(aws.secretsmanager.SecretRotation, "database-users-api-rotation");
            return { dr, copies: variables.COPY_FROM, days: inputs.rotationRules?.automaticallyAfterDays };
        };
        const [standby, active] = [await of(false), await of(true)];
        expect([standby.copies, standby.days]).to.deep.equal(["ai-platform/prod/database/users", 1]);
        expect([active.copies, active.days]).to.deep.equal([undefined, 30]);
        const name = standby.dr.one(aws.secretsmanager.Secret, "database-users-api-secret").inputs.name;
        expect(name).to.equal("ai-platform/dr/database/users/api");
        expect(secretsOf(standby.dr, "api")[SECRETS.database]).to.contain(secretArn(standby.dr, "database-users-api"));
        // The promotion comes first.
        const setup = active.dr.one(aws.lambda.Invocation, "database-users-api-setup");
        expect(setup.dependencies.map(nameOf)).to.include("database-instance");
    });

    it("names the missing setting if the primary stack has no users", async () => {
        const missing = ({ name }: Record<string, unknown>) => {
            if (String(name).includes("/users/")) throw new Error("couldn't find resource");
            return undefined;
        };
        const message = await planWith({ "aws:secretsmanager/getSecret:getSecret": missing }, "dr", prefixed(ON)).then(String, String);
        expect(message).to.contain("secret ai-platform/prod/database/users/api doesn't exist in us-west-2");
        expect(message).to.contain("and database.users.enabled: true");
    });

    it("has alarms on the rotation", () => {
        const alarm = recording.one(aws.cloudwatch.MetricAlarm, "database-users-rotation-errors");
        expect(alarm.inputs.dimensions).to.deep.equal({
            FunctionName: recording.one(aws.lambda.Function, "database-users-rotation-function").outputs.name,
        });
        expect(alarm.inputs.alarmActions).not.to.be.empty;
    });

    it("creates nothing if no workload uses the database", async () => {
        const without = await planned([...ON, "services.api.uses[0]=jwt"]);
        expect(without.registered.filter(({ name }) => name.startsWith("database-users"))).to.be.empty;
    });

    it("doesn't protect secrets that the setup can create again", async () => {
        const protectedOnes = await plan("prod", prefixed([...ON, "protectData=true"]));
        expect(protectedOnes.one(aws.secretsmanager.Secret, "database-users-api-secret").protect).not.to.equal(true);
        expect(protectedOnes.one(aws.secretsmanager.Secret, "database-connection-secret").protect).to.equal(true);
    });

    const INVALID: [what: string, overrides: string[], key: string, problem: string][] = [
        ["a proxy", [...ON, "database.proxy.enabled=true"], "database.users.enabled", "the proxy doesn't know passwords that rotate"],
        ["access without users", ["services.api.databaseAccess=owner"], "services.api.databaseAccess", "requires database.users.enabled"],
        [
            "access without the database",
            [...ON, ...WORKLOADS, "services.mailer.databaseAccess=readOnly"],
            "services.mailer.databaseAccess",
            "requires database in uses",
        ],
        ["a rotation every day", ["database.users.rotationDays=1"], "database.users.rotationDays", "below the minimum 2"],
        [
            "a master user that is a login",
            [...ON, "database.username=api_a"],
            "services.api",
            "has the login api_a, which is the master user",
        ],
        ["a master user that is a role", [...ON, "database.username=aiplatform_owner"], "database.username", "is also the name of a role"],
        ["a long database name", [...ON, `database.dbName=${"d".repeat(54)}`], "database.dbName", "must have at most 53 characters"],
        ["a database name with a reserved prefix", [...ON, "database.dbName=pg_shop"], "database.dbName", "must not begin with pg_"],
        [
            "a workload with a reserved prefix",
            [
                ...ON,
                `services.api.image=${IMAGE}`,
                `jobs.rds-export.image=${IMAGE}`,
                "jobs.rds-export.schedule=rate(1 day)",
                "jobs.rds-export.uses[0]=database",
            ],
            "jobs.rds-export",
            "must not begin with pg- or rds-",
        ],
        [
            "the name of the users",
            [`services.database-users.image=${IMAGE}`, "services.database-users.uses[0]=jwt"],
            "services.database-users",
            "another part of the platform",
        ],
    ];
    for (const [what, overrides, key, problem] of INVALID) {
        it(`rejects ${what} by its key`, () => {
            expect(
                problemsOf(overrides).some((it) => it.startsWith(`${key}: `) && it.includes(problem)),
                problemsOf(overrides).join("\n"),
            ).to.equal(true);
        });
    }

    it("accepts everything that it plans above", () => {
        expect(problemsOf([...ON, ...WORKLOADS])).to.deep.equal([]);
    });

    it("requires the endpoint of ECS in a network without internet access, where the rotation replaces tasks", () => {
        const isolated = ["network.natGateways=none"];
        const needs = (overrides: string[]) => problemsOf([...isolated, ...overrides]).some((it) => /must also contain .*\becs\b/.test(it));
        expect(needs(ON)).to.equal(true);
        expect(needs([])).to.equal(false);
    });
});
