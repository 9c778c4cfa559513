import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { rotationAlarms } from "./alarms";
import {
    DEFAULT_ACCESS,
    DEFAULTS,
    type DatabaseUserArgs,
    type DatabaseUsersArgs,
    type DatabaseUsersParts,
    type Resolved,
    type UsersDatabase,
    validated,
} from "./args";
import { ownFile } from "../../functions/bundle";
import { userOf } from "../../functions/database-users/logins";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { withDefaults } from "../building-blocks/arguments";
import { grant, type Grantee, KMS_DECRYPT, KMS_ENCRYPT, type Statement, useKeyVia } from "../building-blocks/iam";
import { logArgsOf } from "../building-blocks/logs";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { accountOf, regionOf } from "../building-blocks/provider";
import { readStatements, type SecretReference } from "../replicated-secret";
import { VpcFunction } from "../vpc-function";
import { sortedEntries } from "../internal/unknown";

export type { DatabaseUserArgs, DatabaseUsersArgs, DatabaseUsersParts, SourceUsersArgs, UsersDatabase } from "./args";

/** Seconds. The setup repeats attempts that fail, and needs time to report the last one. */
const SETUP_TIMEOUT = 300;
const SETUP_REPORTS = 60;
const ROTATION_TIMEOUT = 120;

/** The database of a standby has the logins of its source, which rotates them. */
const COPY_DAYS = 1;

/**
 * PostgreSQL users with passwords that rotate without an interruption, and a secret for each.
 *
 * Each user has two logins, `<user>_a` and `<user>_b`. The secret contains one of them. A rotation gives the other login a new password and stores it in
 * the secret, so that the login of running tasks stays valid until the next rotation. Before that, the tasks of the user's `service` are replaced.
 *
 * A setup function creates the logins during the deployment, with the master user. Nothing reads the master user's secret at run time: in a rotation, a
 * login changes its own password.
 *
 * Costs 0.40 USD a month for each secret, plus 0.40 USD for its replica. The functions cost less than 0.01 USD a month.
 */
export class DatabaseUsers extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title = "Database users";
    /**
     * Secrets by user: JSON with `host`, `port`, `database`, `username`, `password`, and `connectionString` (in the format of Npgsql), and for each read
     * replica `connectionString_<name>`.
     */
    readonly secrets: Readonly<Record<string, Required<SecretReference>>>;
    readonly setupFunction: VpcFunction;
    readonly rotationFunction: VpcFunction;

    readonly nodes: Nodes<DatabaseUsersParts>;
    private readonly parts: PartFactory<DatabaseUsersParts>;

    constructor(name: string, inputs: DatabaseUsersArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:DatabaseUsers", name, validated(name, args), opts);
        this.parts = new PartFactory<DatabaseUsersParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        const users = sortedEntries(args.users).map(([user, settings]) => ({ user, settings, secret: this.createSecret(args, user) }));
        const all = users.map(({ secret }) => secret);
        this.setupFunction = this.createSetup(args);
        this.rotationFunction = this.createRotation(args);
        const ready = {
            setup: [
                ...this.connect(args, this.setupFunction),
                ...this.allow(args, this.setupFunction, all),
                args.database.connectionSecret.grantRead(this.setupFunction),
            ],
            rotation: [
                ...this.connect(args, this.rotationFunction),
                ...this.allow(args, this.rotationFunction, all),
                ...this.allowDeployments(args, this.rotationFunction),
                this.allowInvocations(this.rotationFunction),
            ],
        };
        const references = users.map(({ user, settings, secret }): [string, Required<SecretReference>] => {
            const run = this.setUp(args, user, settings, secret, ready.setup);
            this.rotate(args, user, secret, [run, ...ready.rotation]);
            const versionId = run.result.apply(versionIdOf);
            // Consumers of the ARN wait until the secret has content. Unlike the result, an input of the run is known when a preview replaces it.
            const arn = pulumi.all([secret.arn, run.functionName]).apply(([known]) => known);
            return [user, { arn, kmsKeyArn: args.kmsKeyArn, versionId }];
        });
        this.secrets = Object.fromEntries(references);
        this.registerOutputs({ setupFunctionName: this.setupFunction.functionName });
    }

    /** Alarms of the rotation. */
    get alarms(): AlarmDefinition[] {
        return rotationAlarms(this.rotationFunction);
    }

    /** Lets a role read the secret of a user. */
    grantRead(grantee: Grantee, user: string): aws.iam.RolePolicy {
        const secret = this.secrets[user];
        if (!secret) throw new Error(`grantRead: ${user} must be one of ${Object.keys(this.secrets).join(", ")}`);
        return grant(this.parts, `${this.logicalName}-${user}`, grantee, "read", readStatements(secret, regionOf(this)));
    }

    private createSecret(args: Resolved, user: string): aws.secretsmanager.Secret {
        const { recovery } = args;
        return this.parts.createEach(
            "secrets",
            user,
            aws.secretsmanager.Secret,
            `${this.logicalName}-${user}-secret`,
            {
                // The name in PostgreSQL has no hyphen, which could look like the random suffix of an ARN.
                name: `${args.secretPrefix}/${userOf(user)}`,
                description: `Login of the database user ${userOf(user)}`,
                kmsKeyId: args.kmsKeyArn,
                // A user can be added again under its name. The setup then gives it new passwords.
                recoveryWindowInDays: 0,
                replicas: recovery ? [{ region: recovery.region, kmsKeyId: recovery.kmsKeyArn }] : undefined,
            },
            { protect: false },
        );
    }

    private createSetup(args: Resolved): VpcFunction {
        return this.parts.create("setupFunction", VpcFunction, `${this.logicalName}-setup`, {
            ...this.functionArgs(args, "setup"),
            description: "Creates the database users of workloads during a deployment",
            timeout: SETUP_TIMEOUT,
            environment: {
                ...this.environment(args),
                MASTER_SECRET_ARN: args.database.connectionSecret.arn,
                TIMEOUT: String(SETUP_TIMEOUT - SETUP_REPORTS),
            },
        });
    }

    private createRotation(args: Resolved): VpcFunction {
        const services = Object.entries(args.users).flatMap(([user, { service }]) =>
            service ? [[userOf(user), pulumi.interpolate`${service.clusterName}/${service.serviceName}`] as const] : [],
        );
        return this.parts.create("rotationFunction", VpcFunction, `${this.logicalName}-rotation`, {
            ...this.functionArgs(args, "rotation"),
            description: "Rotates the passwords of database users, for Secrets Manager",
            timeout: ROTATION_TIMEOUT,
            environment: { ...this.environment(args), SERVICES: pulumi.jsonStringify(Object.fromEntries(services)) },
        });
    }

    private functionArgs(args: Resolved, folder: string) {
        const entry = ownFile("functions", "database-users", folder, "index.ts");
        return { entry, placement: args.placement, kmsKeyArn: args.kmsKeyArn, ...logArgsOf(args) };
    }

    /** The functions always connect to the instance. */
    private environment({ database, source }: Resolved): Record<string, pulumi.Input<string>> {
        return {
            DATABASE_HOST: database.endpoint,
            DATABASE_PORT: String(database.port),
            DATABASE_NAME: database.dbName,
            // Since Node.js 20, the Lambda runtime doesn't load the Amazon CAs (RDS, DocumentDB) by default.
            NODE_EXTRA_CA_CERTS: "/var/runtime/ca-cert.pem",
            ...(database.rootCertificate === undefined ? {} : { ROOT_CERTIFICATE: database.rootCertificate }),
            ...(source?.isStandby ? { COPY_FROM: source.secretPrefix } : {}),
            ...replicaHosts("READ_REPLICAS", database),
        };
    }

    private connect({ database, network }: Resolved, lambda: VpcFunction): pulumi.Resource[] {
        const toDatabase = database.allowFrom(lambda);
        const toEndpoints = network?.allowEndpointsFrom(lambda);
        const rules = [toDatabase, toEndpoints].flatMap((it) => (it ? [it.ingressRule, it.egressRule] : []));
        return [...rules, lambda.nodes.httpsEgress];
    }

    /** Access to the secrets of the users, and of no others. That of the source doesn't depend on the role of the stack, so a failover changes no policy. */
    private allow(args: Resolved, lambda: VpcFunction, secrets: aws.secretsmanager.Secret[]): aws.iam.RolePolicy[] {
        const region = regionOf(this);
        const { kmsKeyArn, source } = args;
        const read = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"];
        if (secrets.length === 0) return [];
        const statements: Statement[] = [
            {
                Effect: "Allow",
                Action: [...read, "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
                Resource: secrets.map(({ arn }) => arn),
            },
            useKeyVia("secretsmanager", region, kmsKeyArn, KMS_ENCRYPT),
        ];
        if (source)
            statements.push(
                { Effect: "Allow", Action: read, Resource: source.secretArns },
                useKeyVia("secretsmanager", region, source.kmsKeyArn, KMS_DECRYPT),
            );
        return [grant(this.parts, this.logicalName, lambda, "secrets", statements)];
    }

    private allowDeployments({ users }: Resolved, lambda: VpcFunction): aws.iam.RolePolicy[] {
        const prefix = pulumi.interpolate`arn:aws:ecs:${regionOf(this)}:${accountOf(this)}:service`;
        const arns = Object.values(users).flatMap(({ service }) =>
            service ? [pulumi.interpolate`${prefix}/${service.clusterName}/${service.serviceName}`] : [],
        );
        if (arns.length === 0) return [];
        const statement: Statement = { Effect: "Allow", Action: "ecs:UpdateService", Resource: arns };
        return [grant(this.parts, this.logicalName, lambda, "deploy", [statement])];
    }

    private allowInvocations(lambda: VpcFunction): aws.lambda.Permission {
        return this.parts.create("rotationPermission", aws.lambda.Permission, `${this.logicalName}-rotation-permission`, {
            action: "lambda:InvokeFunction",
            function: lambda.functionName,
            principal: "secretsmanager.amazonaws.com",
            sourceAccount: accountOf(this),
        });
    }

    /** Runs again if the user, the database, its read replicas, or the master password changes. */
    private setUp(
        { database, source }: Resolved,
        user: string,
        { access = DEFAULT_ACCESS }: DatabaseUserArgs,
        { arn: secretArn }: aws.secretsmanager.Secret,
        dependsOn: pulumi.Resource[],
    ): aws.lambda.Invocation {
        const triggers = {
            database: database.resourceId,
            masterVersion: database.connectionSecret.versionId,
            ...(source ? { standby: String(source.isStandby) } : {}),
            ...replicaHosts("readReplicas", database),
        };
        return this.parts.createEach(
            "invocations",
            user,
            aws.lambda.Invocation,
            `${this.logicalName}-${user}-setup`,
            {
                functionName: this.setupFunction.functionName,
                input: pulumi.jsonStringify({ secretArn, user: userOf(user), access }),
                triggers,
            },
            { dependsOn },
        );
    }

    private rotate(
        { rotationDays, source }: Resolved,
        user: string,
        { id }: aws.secretsmanager.Secret,
        dependsOn: pulumi.Resource[],
    ): void {
        this.parts.createEach(
            "rotations",
            user,
            aws.secretsmanager.SecretRotation,
            `${this.logicalName}-${user}-rotation`,
            {
                secretId: id,
                rotationLambdaArn: this.rotationFunction.arn,
                // The passwords of the setup are new.
                rotateImmediately: false,
                rotationRules: { automaticallyAfterDays: source?.isStandby ? COPY_DAYS : rotationDays },
            },
            { dependsOn },
        );
    }
}

/** Hosts of the read replicas by name, as JSON, under a key. Nothing without read replicas, so that such a database gets no new settings. */
function replicaHosts(key: string, { readReplicas = {} }: Pick<UsersDatabase, "readReplicas">): Record<string, pulumi.Output<string>> {
    const hosts = sortedEntries(readReplicas).map(([name, { endpoint }]) => [name, endpoint] as const);
    return hosts.length === 0 ? {} : { [key]: pulumi.jsonStringify(Object.fromEntries(hosts)) };
}

/** The version in the result of the setup. Empty if the function didn't run, as in an emulator. */
function versionIdOf(result: string | undefined): string {
    try {
        const { versionId } = JSON.parse(result ?? "") as { versionId?: unknown };
        return typeof versionId === "string" ? versionId : "";
    } catch {
        return "";
    }
}
