import type * as pulumi from "@pulumi/pulumi";

/**
 * Types of resources that contain data or an identity that other systems depend on. While `protectData` is on, Pulumi rejects their
 * deletion or replacement. Everything else can be changed: settings, roles, log groups, and instances without their own data.
 */
export const PROTECTED_TYPES: ReadonlySet<string> = new Set([
    // Data
    "aws:backup/vault:Vault",
    "aws:cloudwatch/eventArchive:EventArchive",
    "aws:docdb/cluster:Cluster",
    "aws:dynamodb/table:Table",
    "aws:ecr/repository:Repository",
    "aws:kinesis/stream:Stream",
    "aws:rds/instance:Instance",
    "aws:s3/bucket:Bucket",
    // Without the key, encrypted data is lost.
    "aws:kms/key:Key",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:secretsmanager/secret:Secret",
    // Identities
    "aws:cloudfront/distribution:Distribution",
    "aws:cloudwatch/eventBus:EventBus",
    "aws:cognito/userPool:UserPool",
    "aws:cognito/userPoolClient:UserPoolClient",
    "aws:cognito/userPoolDomain:UserPoolDomain",
    "aws:ec2/eip:Eip",
]);

/** Logical names of resources without data of their own, by type. */
const REPRODUCIBLE: Record<string, RegExp> = {
    // Site, query results, build artifacts, and access logs.
    "aws:s3/bucket:Bucket": /^(edge-site(-copy)?|lake-results|delivery-.+|(copy-)?access-logs)-bucket$/,
    // The domain of a service. Its clients use the domain name, not the distribution's. The site's distribution is edge-distribution.
    "aws:cloudfront/distribution:Distribution": /^edge-[a-z0-9-]+-distribution$/,
    "aws:rds/instance:Instance": /-replica-[a-z0-9-]+-instance$/,
    // The connection secret of the database also has these credentials, or can create others: those of database users.
    "aws:secretsmanager/secret:Secret": /(-(replica-[a-z0-9-]+-connection|proxy-credentials)|^database-users-[a-z0-9-]+)-secret$/,
};

type Resource = pulumi.ResourceTransformationArgs;

/** Whether a resource contains data, or an identity that other systems depend on. */
export const isProtected = ({ type, name }: Pick<Resource, "type" | "name">): boolean =>
    PROTECTED_TYPES.has(type) && REPRODUCIBLE[type]?.test(name) !== true;

/** Deletions that the configuration can cause, by their names in `confirmDeletion`. */
export const DELETIONS = [
    "addresses",
    "ai",
    "api",
    "artifacts",
    "backupCopies",
    "backups",
    "cache",
    "distribution",
    "documents",
    "domain",
    "edge",
    "eventArchive",
    "eventStream",
    "events",
    "groups",
    "identity",
    "identityProviders",
    "invocationLogs",
    "lake",
    "recovery",
    "signInDomain",
    "vaultLock",
] as const;
export type Deletion = (typeof DELETIONS)[number];

interface Protection {
    protectData: boolean;
    confirmDeletion: Deletion[];
    recoveryRegion?: string;
}

/** Whether a resource is deleted with one of the `DELETIONS`. Names are complete, so that another cluster keeps its protection. */
const BELONGS: Record<Deletion, (resource: Resource, protection: Protection) => boolean> = {
    addresses: ({ type }) => type === "aws:ec2/eip:Eip",
    // Not protected, but AWS deletes only empty buckets.
    artifacts: ({ name }) => /^delivery-(service|site)-artifacts(-recovery)?-bucket$/.test(name),
    // Systems that are turned off.
    ai: ({ name }) => /^(guardrail-encryption-key|ai-calls-bucket)$/.test(name),
    api: ({ name }) => name === "origin-secret-secret",
    backups: ({ name }) => /^backups-vault(-recovery)?$/.test(name),
    cache: ({ name }) => name === "cache-connection-secret",
    edge: ({ type, name }, { recoveryRegion }) =>
        type === "aws:cloudfront/distribution:Distribution" ||
        /^edge-site(-copy)?-bucket$/.test(name) ||
        // Keys for the logs and alarms of CloudFront, unless they also encrypt copies.
        (recoveryRegion !== "us-east-1" && /^(logs|alerts)-encryption-replica-us-east-1$/.test(name)),
    events: ({ name }) => name.startsWith("events-"),
    identity: ({ type, name }) => /^aws:cognito\/userPool(Client|Domain)?:/.test(type) && name.startsWith("identity"),
    lake: ({ name }) =>
        /^((lake-(raw|curated)(-copy)?|lake-results|copy-access-logs)-bucket|lake-workgroup)$/.test(name) || isOfStream(name),
    distribution: ({ type }) => type === "aws:cloudfront/distribution:Distribution",
    documents: ({ name }) => /^documents-(cluster|connection-secret)$/.test(name),
    eventStream: ({ name }) => isOfStream(name),
    eventArchive: ({ type }) => type === "aws:cloudwatch/eventArchive:EventArchive",
    // Copies of backups, vault locks, DNS records, certificates, user groups, and identity providers aren't protected.
    backupCopies: () => false,
    vaultLock: () => false,
    domain: () => false,
    groups: () => false,
    identityProviders: () => false,
    invocationLogs: ({ name }) => name === "ai-calls-bucket",
    recovery: ({ name, props }, { recoveryRegion }) =>
        // Without a recovery region, resources without a region must not count as being there.
        (recoveryRegion !== undefined && regionOf(props) === recoveryRegion) ||
        /^(backups-vault(-recovery)?|origin-secret-secret)$/.test(name),
    signInDomain: ({ type }) => type === "aws:cognito/userPoolDomain:UserPoolDomain",
};

const isOfStream = (name: string): boolean => name.startsWith("events-stream-");

const regionOf = (props: unknown): unknown => (props as { region?: unknown } | undefined)?.region;

/** Settings without which AWS rejects the deletion of a resource that is protected or has content. */
const DELETABLE: Record<string, pulumi.Inputs> = {
    "aws:athena/workgroup:Workgroup": { forceDestroy: true },
    "aws:backup/vault:Vault": { forceDestroy: true },
    "aws:cognito/userPool:UserPool": { deletionProtection: "INACTIVE" },
    "aws:docdb/cluster:Cluster": { deletionProtection: false },
    "aws:dynamodb/table:Table": { deletionProtectionEnabled: false },
    "aws:ecr/repository:Repository": { forceDelete: true },
    "aws:s3/bucket:Bucket": { forceDestroy: true },
};

/**
 * Protects resources by type, except those whose deletion is confirmed. The `transform` of a component can set `protect` of a single
 * resource.
 */
export function protection(settings: Protection): pulumi.ResourceTransformation {
    const isConfirmed = (resource: Resource) => settings.confirmDeletion.some((deletion) => BELONGS[deletion](resource, settings));
    return (resource) => {
        const { type, opts } = resource;
        const props = resource.props;
        if (isConfirmed(resource)) return { props: { ...props, ...DELETABLE[type] }, opts };
        return settings.protectData && isProtected(resource) ? { props, opts: { ...opts, protect: opts.protect ?? true } } : undefined;
    };
}
