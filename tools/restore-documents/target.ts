import { isObject } from "../../components/internal/unknown";
import { namesOf, PRIMARY_DEFAULTS, PROJECT } from "../../stacks/names";
import { readStackFile } from "../plan/stack-file";

/** The cluster to fill, and where its backups are. */
export interface Target {
    stack: string;
    environment: string;
    region: string;
    /** Identifier of the cluster. */
    identifier: string;
    /** Name of the connection secret. */
    secret: string;
    /** Name of the vault in this region. */
    vault: string;
    /** The cluster that is backed up: this one, or that of the primary stack. */
    source: { region: string; identifier: string };
    /** Accounts that the stack file allows. Empty without a limit. */
    accounts: string[];
}

/**
 * The target, from the stack file.
 *
 * @throws Error if the file doesn't exist, or has no region
 */
export function targetOf(stack: string, directory: string): Target {
    const { config } = readStackFile({ stack, directory, project: PROJECT, overrides: [] });
    const key = (name: string): string | undefined => config[`${PROJECT}:${name}`];
    const { "aws:region": region, "aws:allowedAccountIds": allowed = "[]" } = config;
    if (region === undefined) throw new Error(`Pulumi.${stack}.yaml: aws:region isn't set`);
    const namePrefix = key("namePrefix") ?? PROJECT;
    const environment = key("environment") ?? stack;
    // The names don't depend on the account.
    const own = namesOf({ namePrefix, environment }, "");
    const source = key("role") === "dr" ? primaryOf(key("primary")) : { environment, region };
    const owner = namesOf({ namePrefix, environment: source.environment }, "");
    const accounts: unknown = JSON.parse(allowed);
    return {
        ...{ stack, environment, region, identifier: own.documents, secret: own.secret("documents"), vault: owner.prefix },
        source: { region: source.region, identifier: owner.documents },
        accounts: Array.isArray(accounts) ? accounts.map(String) : [],
    };
}

/** The primary stack, with the defaults of the configuration. */
function primaryOf(text = "{}"): { environment: string; region: string } {
    const primary: unknown = JSON.parse(text);
    return { ...PRIMARY_DEFAULTS, ...(isObject(primary) ? primary : {}) };
}
