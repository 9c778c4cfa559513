/** Read replicas in the region of their source. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, checkBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import type { PartFactory } from "../building-blocks/parts";
import { INSTANCE_CLASS } from "../internal/database";
import { ReplicatedSecret } from "../replicated-secret";
import type { PostgresClusterParts, Resolved } from "./args";
import { connectionOf } from "./connection-string";
import { createLogs, type Credentials, type Monitoring, parametersOf, PORT, settingsOf, TIMEOUTS } from "./instance";
import { checkPerformance, type StorageArgs } from "./storage";

/** A read replica. Undefined storage arguments are those of the source when the replica is created. */
export interface ReadReplicaArgs extends StorageArgs {
    /** A replica that is smaller than its source can lag behind. @default the class of the source */
    instanceClass?: string;
    /** Keeps a standby of the replica in a second Availability Zone. @default false */
    multiAz?: boolean;
    /** Limit of storage autoscaling in GiB, at least that of the source: a full replica stops replicating. @default the limit of the source */
    maxAllocatedStorage?: number;
    /**
     * Milliseconds for which a query on the replica can delay changes that conflict with it, before PostgreSQL cancels the query. -1 for no limit.
     * AWS: `max_standby_streaming_delay`. @default 30000
     */
    maxStandbyStreamingDelayMs?: number;
}

export const READ_REPLICA_DEFAULTS = { multiAz: false, maxStandbyStreamingDelayMs: 30000 } satisfies ReadReplicaArgs;
export const READ_REPLICA_BOUNDS = { maxStandbyStreamingDelayMs: [-1, 2147483647], storage: [20, 65536] } as const;
/** RDS allows 15 read replicas of a PostgreSQL instance (RDS User Guide, "Working with DB instance read replicas"). */
const MOST_READ_REPLICAS = 15;
/** The name is part of identifiers: `ai-platform-prod-replica-reports`. */
export const REPLICA_NAME = /^(?=.{1,20}$)[a-z](-?[a-z0-9])*$/;
export const REPLICA_NAME_RULE = "1 to 20 lower-case letters, digits, and single hyphens, starting with a letter";

/** A read replica, and the secret with its connection. */
export interface ReadReplica {
    identifier: pulumi.Output<string>;
    arn: pulumi.Output<string>;
    /** For IAM authentication: a replica has its own. */
    resourceId: pulumi.Output<string>;
    /** Host name, without the port. */
    endpoint: pulumi.Output<string>;
    /** The same JSON as in the secret of the source, with the replica's host. */
    connectionSecret: ReplicatedSecret;
}

/** Identifier of a read replica. */
export const replicaIdentifier = (identifier: string, key: string): string => `${identifier}-replica-${key}`;

/** Storage and class of a replica, completed with those of its source. */
const completed = (args: Pick<Resolved, "instanceClass">, replica: ReadReplicaArgs) =>
    withDefaults(replica, { ...READ_REPLICA_DEFAULTS, instanceClass: args.instanceClass });

/** What a check knows of the source. */
type Source = Pick<Resolved, "instanceClass"> & { identifier?: string; allocatedStorage?: number; maxAllocatedStorage?: number };

/** Checks the read replicas. Problems have keys such as `readReplicas.reports.iops`. */
export function checkReadReplicas(check: Check, source: Source & { readReplicas: Record<string, ReadReplicaArgs> }): void {
    const replicas = Object.entries(source.readReplicas);
    check(replicas.length <= MOST_READ_REPLICAS, "readReplicas", `must have at most ${MOST_READ_REPLICAS} entries`);
    for (const [name, replica] of replicas) {
        const at: Check = (ok, argument, allowed) => {
            check(ok, `readReplicas.${name}${argument ? `.${argument}` : ""}`, allowed);
        };
        at(REPLICA_NAME.test(name), "", `must have a name of ${REPLICA_NAME_RULE}`);
        // The secret of the proxy has this name.
        at(name !== "proxy", "", "must have another name");
        const identifier = replicaIdentifier(source.identifier ?? "", name);
        at(identifier.length <= 63, "", `must have a shorter name: its identifier ${identifier} has more than 63 characters`);
        checkReadReplica(at, source, replica);
    }
}

function checkReadReplica(check: Check, source: Source, replica: ReadReplicaArgs): void {
    const { instanceClass, maxStandbyStreamingDelayMs } = completed(source, replica);
    const { storage, maxStandbyStreamingDelayMs: delays } = READ_REPLICA_BOUNDS;
    check(INSTANCE_CLASS.test(instanceClass), "instanceClass", "must be a class such as db.r6g.xlarge");
    checkBetween(check, "maxStandbyStreamingDelayMs", maxStandbyStreamingDelayMs, delays, " milliseconds; -1 for no limit");
    checkBetween(check, "maxAllocatedStorage", replica.maxAllocatedStorage, storage, " GiB");
    const { maxAllocatedStorage = storage[1] } = replica;
    const { maxAllocatedStorage: least = 0 } = source;
    check(maxAllocatedStorage >= least, "maxAllocatedStorage", `must be at least the limit of the source, ${least} GiB`);
    if (replica.storageType === undefined && replica.iops === undefined && replica.storageThroughput === undefined) return;
    checkPerformance(check, { ...replica, allocatedStorage: source.allocatedStorage });
}

/** What the read replicas of an instance have in common. */
interface Shared {
    parts: PartFactory<PostgresClusterParts>;
    /** Logical name of the component. */
    name: string;
    args: Resolved;
    source: aws.rds.Instance;
    dbSubnetGroupName: pulumi.Input<string>;
    securityGroupId: pulumi.Input<string>;
    monitoring?: Monitoring;
    credentials: Credentials;
}

/** Creates a read replica. It contains no data of its own, so it is not protected, and has no backups and no final snapshot. */
export function createReadReplica(shared: Shared, key: string, inputs: ReadReplicaArgs): ReadReplica {
    const { parts, args, source, monitoring } = shared;
    const replica = completed(args, inputs);
    const name = `${shared.name}-replica-${key}`;
    const identifier = replicaIdentifier(args.identifier, key);
    const logs = createLogs(parts, args, { name, identifier, key: `${key}-` });
    const settings = settingsOf(args, { ...shared, parameterGroupName: createParameters(shared, key, replica).name });
    const instance = parts.createEach(
        "readReplicas",
        key,
        aws.rds.Instance,
        `${name}-instance`,
        {
            ...settings,
            ...monitoring?.settings,
            identifier,
            // With a subnet group, the provider needs the ARN. The replica has the key of its source, which AWS doesn't accept as an argument.
            replicateSourceDb: source.arn,
            instanceClass: replica.instanceClass,
            multiAz: replica.multiAz,
            storageType: replica.storageType,
            iops: replica.iops,
            storageThroughput: replica.storageThroughput,
            maxAllocatedStorage: replica.maxAllocatedStorage,
            performanceInsightsRetentionPeriod: 7,
            backupRetentionPeriod: 0,
            deletionProtection: false,
            skipFinalSnapshot: true,
        },
        {
            dependsOn: [...logs, ...(monitoring ? [monitoring.permission] : [])],
            customTimeouts: TIMEOUTS,
            protect: false,
            ...(replica.maxAllocatedStorage === undefined ? { ignoreChanges: ["maxAllocatedStorage"] } : {}),
        },
    );
    return {
        identifier: instance.identifier,
        arn: instance.arn,
        resourceId: instance.resourceId,
        endpoint: instance.address,
        connectionSecret: createSecret(shared, key, instance.address),
    };
}

/** A group of its own, because a replica for reports allows longer queries than its source. */
function createParameters(
    { parts, name, args }: Shared,
    key: string,
    replica: WithDefaults<ReadReplicaArgs, typeof READ_REPLICA_DEFAULTS>,
) {
    const { family, parameters } = parametersOf(args);
    const delay = { name: "max_standby_streaming_delay", value: String(replica.maxStandbyStreamingDelayMs), applyMethod: "immediate" };
    return parts.createEach("readReplicaParameters", key, aws.rds.ParameterGroup, `${name}-replica-${key}-parameters`, {
        family,
        description: `Read replica ${key} of PostgreSQL ${name}`,
        parameters: [...parameters, delay],
    });
}

/** Deleted without a recovery window, so that a replica can be added again under its name. The credentials are those of the source. */
function createSecret({ parts, name, args, credentials }: Shared, key: string, host: pulumi.Output<string>): ReplicatedSecret {
    const { dbName: database, rootCertificate } = args;
    return parts.createEach(
        "readReplicaSecrets",
        key,
        ReplicatedSecret,
        `${name}-replica-${key}-connection`,
        {
            secretName: `${args.secretName}/${key}`,
            description: `Connection to the read replica ${replicaIdentifier(args.identifier, key)}`,
            kmsKeyArn: args.kmsKeyArn,
            value: connectionOf({ host, port: PORT, database, ...credentials, rootCertificate }),
            recoveryWindowDays: 0,
        },
        { protect: false },
    );
}
