/** The primary stack of a dr stack whose file doesn't name another one. */
export const PRIMARY_DEFAULTS = { environment: "prod", region: "us-east-1" };

/** Namespace of the configuration, and the default of `namePrefix`: the project's name in Pulumi.yaml. */
export const PROJECT = "ai-platform";

/** Databases by logical name. Each has its own instance and connection secret; all are backed up, and replicated to the recovery region. */
export const DATABASES = ["database"] as const;
export type DatabaseName = (typeof DATABASES)[number];

/** Logical names of the platform's own components. Workloads need other names, because alarms and security group rules are named after both. */
export const RESERVED = [
    ...[
        "network",
        "database",
        "cache",
        "documents",
        "lake",
        "events",
        "ai",
        "ingest",
        "identity",
        "gateway",
        "edge",
        "services",
        "services-alb",
        "database-connect",
        "database-users",
        "database-users-setup",
    ],
    ...[
        "delivery",
        "backups",
        "images",
        "observability",
        "access-logs",
        "copy-access-logs",
        "recovery",
        "recovery-monitor",
        "restore-tests",
    ],
];

/** Physical names that other regions, other stacks, or operators refer to. Everything else uses the names that Pulumi generates. */
export interface Names {
    /** Backup vaults, event bus, cluster, alarms: `ai-platform-prod`. */
    prefix: string;
    /** Database instance: `ai-platform-prod`, and with another logical name than `database`, `ai-platform-prod-<name>`. */
    database: (name: DatabaseName) => string;
    /** Service, task definition family, and prefix of the roles of a workload: `ai-platform-prod-api`. */
    workload: (name: string) => string;
    /** DocumentDB cluster. */
    documents: string;
    /** Alias of a KMS key, without `alias/`. */
    key: (purpose: string) => string;
    /** Secret in Secrets Manager: `ai-platform/prod/database`. */
    secret: (purpose: string) => string;
    /** S3 bucket. Bucket names are global, so they include the account and the region. */
    bucket: (purpose: string, region: string) => string;
    /** Image repository: `ai-platform/prod/api`. */
    repository: string;
    /** DynamoDB table in the recovery region, which records the active stack and the failovers: `ai-platform-prod-recovery`. */
    recoveryTable: string;
    /** Restore testing plan of AWS Backup, whose name can't contain hyphens: `ai_platform_dr`. */
    restoreTestingPlan: string;
    /** Glue database, as written in queries: `ai_platform_prod`. */
    catalog: string;
}

/** The configuration that determines the names. */
export interface Named {
    namePrefix: string;
    environment: string;
}

export function namesOf({ namePrefix, environment }: Named, account: string): Names {
    const prefix = `${namePrefix}-${environment}`;
    return {
        prefix,
        database: (name: string) => (name === "database" ? prefix : `${prefix}-${name}`),
        workload: (name) => `${prefix}-${name}`,
        documents: `${prefix}-documents`,
        key: (purpose) => `${prefix}-${purpose}`,
        secret: (purpose) => `${namePrefix}/${environment}/${purpose}`,
        bucket: (purpose, region) => `${prefix}-${purpose}-${account}-${region}`,
        repository: `${namePrefix}/${environment}/api`,
        recoveryTable: `${prefix}-recovery`,
        restoreTestingPlan: prefix.replaceAll("-", "_"),
        catalog: prefix.replaceAll("-", "_"),
    };
}

/** Prefix of the names of the secrets of database users. */
export const userSecretPrefix = (names: Names): string => names.secret("database/users");

/** Domain names of the API: one that both regions share, and one for each region. */
export const apiNames = (domain: string) => ({ shared: `api.${domain}`, regional: (region: string) => `api-${region}.${domain}` });

/** Whether a name is the API's, or could become that of the API in another region. */
export const isApiName = (domain: string, name: string): boolean =>
    name === apiNames(domain).shared ||
    (name.startsWith("api-") && name.endsWith(`.${domain}`) && !name.slice(0, -domain.length - 1).includes("."));
