import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type DatabaseAccess, ACCESS } from "../../functions/database-users/logins";
import { type Bounds, checkBetween, checked, checkOneOf, type WithDefaults } from "../building-blocks/arguments";
import type { GrantParts } from "../building-blocks/iam";
import { checkLogs, type LogArgs } from "../building-blocks/logs";
import type { Each, Transforms } from "../building-blocks/parts";
import { checkPlacement, type VpcPlacementArgs } from "../building-blocks/placement";
import type { PostgresCluster } from "../postgres-cluster";
import type { Network } from "../vpc/network";
import type { VpcFunction } from "../vpc-function";
import { checkRoles } from "./roles";

/** A user of the database. */
export interface DatabaseUserArgs {
    /**
     * `owner` can do everything with the objects of the database, and owns those that it creates together with all other owners. `readWrite` can read
     * and change rows, and `readOnly` can read them. @default "readWrite"
     */
    access?: DatabaseAccess;
    /** ECS service that reads the secret. After a rotation, its tasks are replaced. @default none */
    service?: { clusterName: pulumi.Input<string>; serviceName: string };
}

/** The users of the database that a replica is a copy of. */
export interface SourceUsersArgs {
    /** `secretPrefix` of the source, whose secrets are replicated to this region. */
    secretPrefix: string;
    /** ARNs of the replicated secrets, for the permissions. */
    secretArns: pulumi.Input<string>[];
    /** KMS key that encrypts the replicated secrets. */
    kmsKeyArn: pulumi.Input<string>;
    /** Whether the database is still a replica, so that the logins are copied once a day. Otherwise, this component owns the users. */
    isStandby: boolean;
}

/** A `PostgresCluster`. */
export interface UsersDatabase extends Pick<
    PostgresCluster,
    "allowFrom" | "dbName" | "endpoint" | "proxy" | "resourceId" | "rootCertificate"
> {
    /** Read replicas, which have the users of the database. @default none */
    readReplicas?: Readonly<Record<string, { endpoint: pulumi.Output<string> }>>;
    port: number;
    connectionSecret: Pick<PostgresCluster["connectionSecret"], "arn" | "grantRead" | "versionId">;
}

export interface DatabaseUsersArgs extends LogArgs {
    /** Database without an RDS Proxy, which would have to know all logins. */
    database: UsersDatabase;
    /** VPC and private subnets of the functions. */
    placement: VpcPlacementArgs;
    /** Network whose interface endpoints the functions use. @default none: public endpoints of AWS */
    network?: Pick<Network, "allowEndpointsFrom">;
    /** KMS key that encrypts the secrets and the functions' environment variables. */
    kmsKeyArn: pulumi.Input<string>;
    /** Prefix of the physical names of the secrets: `ai-platform/prod/database/users`. */
    secretPrefix: string;
    /** Users by name: lower-case letters, digits, hyphens, and `_`. In PostgreSQL, hyphens become `_`. */
    users: Record<string, DatabaseUserArgs>;
    /** Days between two rotations, 2 to 365. A login is valid for two rotations. @default 30 */
    rotationDays?: number;
    /** Region of the secrets' replicas, and the KMS key in that region. @default none */
    recovery?: { region: string; kmsKeyArn: pulumi.Input<string> };
    /** The users of the source, for the database of a standby. @default none: the component owns the users */
    source?: SourceUsersArgs;
    transform?: Transforms<DatabaseUsersParts>;
}

export interface DatabaseUsersParts extends GrantParts {
    /** Secrets by user. */
    secrets: Each<typeof aws.secretsmanager.Secret>;
    setupFunction: typeof VpcFunction;
    rotationFunction: typeof VpcFunction;
    rotationPermission: typeof aws.lambda.Permission;
    /** Runs of the setup by user. */
    invocations: Each<typeof aws.lambda.Invocation>;
    /** Rotations by user. */
    rotations: Each<typeof aws.secretsmanager.SecretRotation>;
}

export const DEFAULTS = { rotationDays: 30 } satisfies Partial<DatabaseUsersArgs>;
export const DEFAULT_ACCESS: DatabaseAccess = "readWrite";

/** A standby copies logins once a day, and a login is valid for two rotations. */
export const BOUNDS = { rotationDays: [2, 365] } as const satisfies Record<string, Bounds>;

export type Resolved = WithDefaults<DatabaseUsersArgs, typeof DEFAULTS>;

export function validated(name: string, args: Resolved) {
    return checked("DatabaseUsers", name, args, (check) => {
        checkPlacement(check, args.placement, "placement.");
        checkBetween(check, "rotationDays", args.rotationDays, BOUNDS.rotationDays, " days");
        check(args.database.proxy === undefined, "database", "must have no proxy: it would have to know all logins");
        check(/^[\w/+=.@-]{1,440}$/.test(args.secretPrefix), "secretPrefix", "must be 1 to 440 letters, digits, and / _ + = . @ -");
        checkRoles(check, { dbName: args.database.dbName, users: Object.keys(args.users) });
        for (const [user, { access }] of Object.entries(args.users)) checkOneOf(check, `users.${user}.access`, access, ACCESS);
        checkLogs(check, args);
    });
}
