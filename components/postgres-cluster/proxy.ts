/** An RDS Proxy, which pools the connections to an instance. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";
import { type Check, checkBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { ServiceRole } from "../building-blocks/iam";
import { forwardLogs, logGroupArgs } from "../building-blocks/logs";
import type { PartFactory } from "../building-blocks/parts";
import { placementOf } from "../building-blocks/placement";
import { regionOf } from "../building-blocks/provider";
import { allowConnection, type Connectable, securityGroupArgs } from "../building-blocks/security-groups";
import { readStatements, ReplicatedSecret, type SecretReference } from "../replicated-secret";
import type { PostgresClusterParts, Resolved } from "./args";
import { type Credentials, PORT } from "./instance";

/** Arguments of an RDS Proxy. The connection secret contains its endpoint instead of that of the instance. */
export interface ProxyArgs {
    /** @default false */
    enabled?: boolean;
    /** Share of the instance's `max_connections` that the proxy can open, 1 to 100 percent. @default 100 */
    maxConnectionsPercent?: number;
    /** Share of `max_connections` that the proxy keeps open without clients, 0 percent to `maxConnectionsPercent`. @default 50 */
    maxIdleConnectionsPercent?: number;
    /** Seconds that a client waits for a connection if all are busy, 1 to 3600. @default 120 */
    connectionBorrowTimeout?: number;
    /** Seconds after which the proxy closes idle client connections, 1 to 28800. @default 1800 */
    idleClientTimeout?: number;
    /** Secrets of more database users, as JSON with `username` and `password`. The proxy accepts only users whose secret it knows. @default only the master user */
    secrets?: SecretReference[];
}

export const PROXY_DEFAULTS = {
    enabled: false,
    maxConnectionsPercent: 100,
    maxIdleConnectionsPercent: 50,
    connectionBorrowTimeout: 120,
    idleClientTimeout: 1800,
} satisfies ProxyArgs;

/** Lowest and highest values (RDS API, `CreateDBProxy` and `ConnectionPoolConfiguration`). */
export const PROXY_BOUNDS = {
    maxConnectionsPercent: [1, 100],
    maxIdleConnectionsPercent: [0, 100],
    connectionBorrowTimeout: [1, 3600],
    idleClientTimeout: [1, 28800],
} as const;

export type ResolvedProxy = WithDefaults<ProxyArgs, typeof PROXY_DEFAULTS>;
export const resolvedProxy = (args: ProxyArgs): ResolvedProxy => withDefaults(args, PROXY_DEFAULTS);

/** Checks the proxy. Problems have keys such as `proxy.idleClientTimeout`. */
export function checkProxy(check: Check, { proxy }: { proxy: ProxyArgs }): void {
    const args = resolvedProxy(proxy);
    const { maxConnectionsPercent: most, maxIdleConnectionsPercent: idle } = args;
    checkBetween(check, "proxy.maxConnectionsPercent", most, PROXY_BOUNDS.maxConnectionsPercent, " percent");
    checkBetween(check, "proxy.maxIdleConnectionsPercent", idle, PROXY_BOUNDS.maxIdleConnectionsPercent, " percent");
    checkBetween(check, "proxy.connectionBorrowTimeout", args.connectionBorrowTimeout, PROXY_BOUNDS.connectionBorrowTimeout, " seconds");
    checkBetween(check, "proxy.idleClientTimeout", args.idleClientTimeout, PROXY_BOUNDS.idleClientTimeout, " seconds");
    check(idle <= most || idle > 100, "proxy.maxIdleConnectionsPercent", `is above maxConnectionsPercent (${most})`);
}

interface ProxyContext {
    parts: PartFactory<PostgresClusterParts>;
    owner: pulumi.ComponentResource;
    /** Logical name of the component. */
    name: string;
    args: Resolved;
    proxy: ResolvedProxy;
    database: Connectable;
    instance: aws.rds.Instance;
    credentials: Credentials;
    /** A proxy can only connect to a primary, so that of a replica has no target until the promotion. */
    isReplica: boolean;
}

/** A proxy with its own security group. */
export class Proxy implements Connectable {
    readonly logicalName: string;
    readonly securityGroupId: pulumi.Output<string>;
    readonly proxyName: pulumi.Output<string>;
    /** Host name. With a target, it's known only after the target is registered, so that clients get it when it works. */
    readonly endpoint: pulumi.Output<string>;
    readonly hasTarget: boolean;

    constructor(private readonly context: ProxyContext) {
        const { parts, name, args, proxy, database, isReplica } = context;
        this.logicalName = `${name}-proxy`;
        this.hasTarget = !isReplica;
        this.securityGroupId = parts.create(
            "proxySecurityGroup",
            aws.ec2.SecurityGroup,
            `${name}-proxy-access`,
            securityGroupArgs(`${name}-proxy-access`, `RDS Proxy of ${name}`, placementOf(args, "data").vpcId),
        ).id;
        allowConnection(parts, this, database, PORT);
        const secrets = [this.createSecret(), ...(proxy.secrets ?? [])];
        const resource = this.createProxy(secrets);
        this.proxyName = resource.name;
        const registered = this.createTargets(resource);
        this.endpoint = pulumi.all([resource.endpoint, registered]).apply(([endpoint]) => endpoint);
    }

    /** The user that the proxy logs in as. It's separate from the connection secret, whose host depends on the proxy. */
    private createSecret(): SecretReference {
        const { parts, name, args, credentials } = this.context;
        return parts.create(
            "proxySecret",
            ReplicatedSecret,
            `${name}-proxy-credentials`,
            {
                secretName: `${args.secretName}/proxy`,
                description: `Credentials of the RDS Proxy of ${args.identifier}`,
                kmsKeyArn: args.kmsKeyArn,
                value: pulumi.jsonStringify({ username: credentials.username, password: credentials.password }),
                // The proxy can be added again under its name. The credentials are also in the connection secret.
                recoveryWindowDays: 0,
            },
            { protect: false },
        );
    }

    private createRole(secrets: SecretReference[]) {
        const { parts, owner, name, args } = this.context;
        // Without a condition: AWS doesn't document that RDS Proxy sends aws:SourceAccount.
        const role = parts.create("proxyRole", ServiceRole, `${name}-proxy`, {
            service: "rds.amazonaws.com",
            description: `RDS Proxy of ${args.identifier}: reads the credentials of database users`,
        });
        const statements = secrets.flatMap((secret) => readStatements(secret, regionOf(owner)));
        return { role, permission: role.allow("read-credentials", statements) };
    }

    private createProxy(secrets: SecretReference[]): aws.rds.Proxy {
        const { parts, name, args, proxy } = this.context;
        const { role, permission } = this.createRole(secrets);
        // If the log group doesn't exist, RDS creates it without encryption and retention.
        const logName = `${name}-proxy-log`;
        const groupArgs = logGroupArgs(args, "database", `/aws/rds/proxy/${args.identifier}`);
        const logs = parts.createEach("logs", "proxy", aws.cloudwatch.LogGroup, logName, groupArgs);
        forwardLogs(parts, logName, logs, args);
        return parts.create(
            "proxy",
            aws.rds.Proxy,
            `${name}-proxy`,
            {
                name: args.identifier,
                engineFamily: "POSTGRESQL",
                requireTls: true,
                idleClientTimeout: proxy.idleClientTimeout,
                roleArn: role.arn,
                vpcSubnetIds: placementOf(args, "data").subnetIds,
                vpcSecurityGroupIds: [this.securityGroupId],
                auths: secrets.map(({ arn }) => ({
                    authScheme: "SECRETS",
                    iamAuth: "DISABLED",
                    clientPasswordAuthType: "POSTGRES_SCRAM_SHA_256",
                    secretArn: arn,
                })),
            },
            { dependsOn: [logs, permission] },
        );
    }

    /** Registers the instance, unless it's a replica (RDS User Guide, limitations of RDS Proxy). Resolves when the proxy can be used. */
    private createTargets({ name: dbProxyName }: aws.rds.Proxy): pulumi.Output<string> {
        const { parts, name, proxy, instance } = this.context;
        const { maxConnectionsPercent, maxIdleConnectionsPercent, connectionBorrowTimeout } = proxy;
        const group = parts.create("proxyTargetGroup", aws.rds.ProxyDefaultTargetGroup, `${name}-proxy-targets`, {
            dbProxyName,
            connectionPoolConfig: { maxConnectionsPercent, maxIdleConnectionsPercent, connectionBorrowTimeout },
        });
        if (!this.hasTarget) return group.name;
        const target = parts.create("proxyTarget", aws.rds.ProxyTarget, `${name}-proxy-target`, {
            dbProxyName,
            targetGroupName: group.name,
            dbInstanceIdentifier: instance.identifier,
        });
        return target.targetArn;
    }

    /** Alarms of a proxy with a target. */
    get alarms(): AlarmDefinition[] {
        if (!this.hasTarget) return [];
        const proxy = { namespace: "AWS/RDS", dimensions: { ProxyName: this.proxyName } };
        return [
            {
                ...proxy,
                name: "proxy-connections-failed",
                description:
                    "RDS Proxy can't connect to the database. Check the credentials in its secret, the instance, and the log of the proxy.",
                severity: "page",
                metricName: "DatabaseConnectionsSetupFailed",
                statistic: "Sum",
                periods: 5,
                comparison: "above",
                threshold: 0,
            },
            {
                ...proxy,
                name: "proxy-logins-failed",
                description: "Clients log in to RDS Proxy with wrong credentials, or as users whose secrets the proxy doesn't have.",
                severity: "ticket",
                metricName: "ClientConnectionsSetupFailedAuth",
                statistic: "Sum",
                period: 300,
                comparison: "above",
                threshold: 10,
            },
            {
                ...proxy,
                name: "proxy-borrow-latency",
                // In microseconds.
                description:
                    "Clients of RDS Proxy wait for database connections: all are in use or pinned. Look for long transactions and for sessions that the log reports as pinned.",
                severity: "page",
                metricName: "DatabaseConnectionsBorrowLatency",
                statistic: "Average",
                periods: 5,
                comparison: "above",
                threshold: 500_000,
            },
        ];
    }
}
