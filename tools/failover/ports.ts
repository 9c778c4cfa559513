/** The interfaces that the failover tool depends on. `sdk/` implements them with AWS SDK clients, and the tests with an in-memory model. */

/** Limits of a scalable target or of a scheduled action, in tasks. */
export interface Capacity {
    minCapacity: number;
    maxCapacity: number;
}

export interface ScheduledAction extends Capacity {
    schedule: string;
    timezone: string;
}

/** The names of an ECS service and of its cluster. */
export interface ServiceName {
    cluster: string;
    service: string;
}

export interface ServiceState {
    desired: number;
    running: number;
    /** State of the current deployment, such as `COMPLETED`. Missing if another controller deploys the service. */
    rollout?: string;
    /** Why the deployment is in this state. */
    reason?: string;
}

export interface DatabaseState {
    /** Such as `available`. */
    status: string;
    /** The instance that this one replicates: its ARN if it's in another region. Missing after the promotion. */
    source?: string;
    arn: string;
    /** Identifiers of its replicas, or ARNs of replicas in other regions. */
    replicas: string[];
    /** Days for which RDS keeps backups. Without backups, an instance can't have replicas. */
    backupRetentionPeriod: number;
}

/** A new replica of an instance in another region, which will replace an instance. */
export interface NewReplica {
    identifier: string;
    /** ARN of the source. */
    source: string;
    /** The instance to replace, from which the replica gets its class, network, parameters, keys, and tags. */
    like: string;
}

export interface StoredObject {
    key: string;
    /** In bytes. */
    size: number;
    /** In milliseconds since 1970. A replica has the time of its source. */
    modifiedAt: number;
}

/** Properties by which two copies of an object are compared. */
export interface ObjectState {
    size: number;
    /** Checksums by algorithm. Missing for objects that were written before S3 stored checksums by default. */
    checksums: Record<string, string>;
    /** Whether S3 is still replicating it. */
    isPending: boolean;
}

/** A data point of the metric ReplicaLag. */
export interface Lag {
    seconds: number;
    /** Time of the measurement, in milliseconds since 1970. */
    at: number;
}

export interface JobName {
    group: string;
    name: string;
}

export interface RuleName {
    name: string;
    bus?: string;
}

export interface StageVariable {
    restApiId: string;
    stageName: string;
    variable: string;
}

/** State of an event source mapping, such as `Enabled` or `Disabling`. */
export type ConsumerState = string;

export interface Metric {
    name: string;
    /** In seconds, except for counts. */
    value: number;
    unit: "Seconds" | "Count";
    dimensions: Record<string, string>;
}

/** Requests to one region. All methods that change something can be repeated. */
export interface Region {
    readonly name: string;
    caller(): Promise<{ account: string; arn: string }>;

    /** Undefined if the service doesn't exist. */
    service(name: ServiceName): Promise<ServiceState | undefined>;
    setDesiredCount(name: ServiceName, count: number): Promise<void>;
    scalableTarget(name: ServiceName): Promise<Capacity | undefined>;
    setScalableTarget(name: ServiceName, capacity: Capacity): Promise<void>;
    /** By name. */
    scheduledActions(name: ServiceName): Promise<Record<string, Capacity>>;
    setScheduledAction(name: ServiceName, action: string, value: ScheduledAction): Promise<void>;
    /** Highest number of running tasks in the last 24 hours. Undefined without data. */
    peakCount(name: ServiceName): Promise<number | undefined>;
    /** Running tasks that don't belong to a service. */
    otherTasks(cluster: string): Promise<string[]>;
    stopTask(cluster: string, task: string): Promise<void>;

    isJobEnabled(job: JobName): Promise<boolean>;
    setJob(job: JobName, enabled: boolean): Promise<void>;
    consumer(id: string): Promise<ConsumerState>;
    setConsumer(id: string, enabled: boolean): Promise<void>;
    isRuleEnabled(rule: RuleName): Promise<boolean>;
    setRule(rule: RuleName, enabled: boolean): Promise<void>;
    /** Undefined if the variable isn't set. */
    stageVariable(name: StageVariable): Promise<string | undefined>;
    setStageVariable(name: StageVariable, value: string): Promise<void>;
    /** Whether the actions of each alarm are enabled. Alarms that don't exist are missing. */
    alarmActions(names: string[]): Promise<Record<string, boolean>>;
    setAlarmActions(names: string[], enabled: boolean): Promise<void>;

    /** Undefined if the instance doesn't exist. */
    database(identifier: string): Promise<DatabaseState | undefined>;
    /** Identifiers of all instances that start with a text. */
    databases(prefix: string): Promise<string[]>;
    createReplica(replica: NewReplica): Promise<void>;
    /** Names of the settings that differ from those of another instance, among those that can't be set when a replica is created. */
    differences(identifier: string, like: string): Promise<string[]>;
    /** Applies these settings immediately. */
    align(identifier: string, like: string): Promise<void>;
    renameDatabase(from: string, to: string): Promise<void>;
    /** Deletes an instance with a final snapshot, even if it's protected. */
    deleteDatabase(identifier: string, snapshot: string): Promise<void>;
    /** Starts the promotion of a replica. Does nothing if RDS is already changing the instance. */
    promote(identifier: string): Promise<void>;
    /** The latest data point. Undefined without data. */
    replicaLag(identifier: string): Promise<Lag | undefined>;
    publish(metrics: Metric[]): Promise<void>;

    /** All objects of a bucket, in the order of the UTF-8 bytes of their keys. */
    objects(bucket: string): AsyncIterable<StoredObject>;
    /** Undefined if the object doesn't exist. */
    object(bucket: string, key: string): Promise<ObjectState | undefined>;
    /** Copies an object from another bucket to the same key in a bucket of this region. */
    copyObject(from: string, to: string, object: StoredObject): Promise<void>;
}

export type Value = string | number | boolean | { [key: string]: Value };

/** An item of the table. For items that several runs write, `version` changes with each write. */
export interface Item {
    id: string;
    version?: number;
    [attribute: string]: Value | undefined;
}

export interface Change {
    put?: Item;
    delete?: string;
    /** Condition: the version of the item before the change, or `none` if it must not exist. @default no condition */
    expected?: number | "none";
}

/** The table in the recovery region that all runs share. */
export interface Table {
    readonly name: string;
    get(id: string): Promise<Item | undefined>;
    /** Items whose ID starts with a text. */
    list(prefix: string): Promise<Item[]>;
    /** Writes all changes, or none. Returns false if a condition isn't met. */
    write(changes: Change[]): Promise<boolean>;
}

export interface Clock {
    /** In milliseconds since 1970. */
    now(): number;
    sleep(milliseconds: number): Promise<void>;
    /** Calls a function regularly. Returns a function that stops this. */
    every(milliseconds: number, call: () => Promise<void>): () => void;
}

/** Status code of a GET request, or undefined if there is no response. */
export type HttpStatus = (url: string) => Promise<number | undefined>;

/** Names of errors that mean that a region doesn't respond. */
const NETWORK =
    /^(TimeoutError|NetworkingError|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EPROTO)$/;

/** Whether an error means that the region doesn't respond. An error in its response, such as a missing permission, doesn't count. */
export function isUnreachable(error: unknown): boolean {
    if (!(error instanceof Error)) return false;
    const { name, code, $metadata } = error as Error & { code?: unknown; $metadata?: { httpStatusCode?: number } };
    return NETWORK.test(name) || NETWORK.test(String(code)) || ($metadata?.httpStatusCode ?? 0) >= 500;
}
