/** What `npm run restore-documents` needs from AWS. `sdk.ts` implements it, and tests use a model in memory. */

/** A backup in a vault. A recovery point of DocumentDB is a cluster snapshot, and its ARN is that of the snapshot. */
export interface RecoveryPoint {
    arn: string;
    /** ARN of the cluster that was backed up. A copy keeps it. */
    source: string;
    /** Such as `COMPLETED`. */
    status: string;
    /** Time of the backup in milliseconds since 1970. */
    createdAt: number;
}

/** What a restored cluster gets from a snapshot, and can't change afterward. */
export interface Snapshot {
    username: string;
    engineVersion: string;
}

export interface Cluster extends Snapshot {
    identifier: string;
    arn: string;
    /** Stays the same when the cluster is renamed. */
    resourceId: string;
    /** Such as `available`. */
    status: string;
    /** Identifiers of its instances. */
    members: string[];
    /** Types of logs that are exported to CloudWatch Logs. */
    logExports: string[];
    /** A new password isn't applied yet. */
    isPasswordPending: boolean;
}

export interface Instance {
    /** Identifier of its cluster. */
    cluster: string;
    status: string;
}

export type Tags = Record<string, string>;

export interface NewCluster {
    identifier: string;
    /** ARN of the recovery point. */
    point: string;
    /** The cluster to replace, from which the new one gets its network, parameters, key, and protection, but no log exports. */
    like: string;
    tags: Tags;
}

export interface NewInstance {
    identifier: string;
    /** Identifier of the cluster. */
    cluster: string;
    /** The instance from which the new one gets its class, zone, certificate, and tags. */
    like: string;
}

/** Requests to one region. All methods that change something can be repeated. */
export interface Documents {
    /** Account of the credentials. */
    account(): Promise<string>;
    /** Recovery points of DocumentDB in a vault. */
    points(vault: string): Promise<RecoveryPoint[]>;
    /** Undefined if the snapshot can't be found. */
    snapshot(arn: string): Promise<Snapshot | undefined>;
    /** User name in a connection secret. Throws an error that doesn't contain the secret. */
    secretUsername(secret: string): Promise<string>;

    /** Undefined if the cluster doesn't exist. */
    cluster(identifier: string): Promise<Cluster | undefined>;
    /** Identifiers of all clusters that start with a text. */
    clusters(prefix: string): Promise<string[]>;
    /** Undefined if the instance doesn't exist. */
    instance(identifier: string): Promise<Instance | undefined>;
    tags(arn: string): Promise<Tags>;
    setTags(arn: string, tags: Tags): Promise<void>;
    removeTags(arn: string, keys: string[]): Promise<void>;

    restore(cluster: NewCluster): Promise<void>;
    /** Names of the settings in which a cluster differs from another one. */
    differences(identifier: string, like: string): Promise<string[]>;
    /** Applies these settings immediately. */
    align(identifier: string, like: string): Promise<void>;
    createInstance(instance: NewInstance): Promise<void>;
    /** Sets the master password to the one in a connection secret. The password isn't returned, printed, or part of an error. */
    setPassword(identifier: string, secret: string): Promise<void>;
    setLogExports(identifier: string, types: string[]): Promise<void>;
    renameCluster(from: string, to: string): Promise<void>;
    renameInstance(from: string, to: string): Promise<void>;
    deleteInstance(identifier: string): Promise<void>;
    /** Deletes a cluster without instances, with a final snapshot, also if it's protected. */
    deleteCluster(identifier: string, snapshot: string): Promise<void>;
}
