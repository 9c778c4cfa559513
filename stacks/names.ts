import { PROJECT } from "./explain";

/** Physical names that another region, stack or person must know. All else keeps the names that Pulumi generates. */
export interface Names {
    /** Database, backup vaults, bus, alarms: `ai-platform-prod` */
    prefix: string;
    /** Document cluster. */
    documents: string;
    /** Alias of a KMS key, without `alias/`. */
    key: (what: string) => string;
    /** Secret in Secrets Manager: `ai-platform/prod/database` */
    secret: (what: string) => string;
    /** Bucket; names of buckets are global, so account and region are part of them. */
    bucket: (what: string, region: string) => string;
    /** Image repository: `ai-platform/prod/api` */
    repository: string;
    /** Glue database, as queries write it: `ai_platform_prod` */
    catalog: string;
}

export function namesOf(environment: string, account: string): Names {
    const prefix = `${PROJECT}-${environment}`;
    return {
        prefix,
        documents: `${prefix}-documents`,
        key: (what) => `${prefix}-${what}`,
        secret: (what) => `${PROJECT}/${environment}/${what}`,
        bucket: (what, region) => `${prefix}-${what}-${account}-${region}`,
        repository: `${PROJECT}/${environment}/api`,
        catalog: prefix.replaceAll("-", "_"),
    };
}

/** Names of the API below the site's: the shared one, and one for each region. */
export const apiNames = (domain: string) => ({ shared: `api.${domain}`, regional: (region: string) => `api-${region}.${domain}` });
