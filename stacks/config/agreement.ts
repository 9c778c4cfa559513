/** Settings that the stacks of a project must agree on. Pure, so that tools can check stack files without AWS. */
import { isDeepStrictEqual } from "node:util";
import { problemsOf } from "../../components/building-blocks/arguments";
import { isObject } from "../../components/internal/unknown";
import { checkPerformance } from "../../components/postgres-cluster/storage";
import { overlap } from "../../components/vpc/cidr";
import {
    canShareAccount,
    type ConfiguredStack,
    type Disagreement,
    type Dr,
    error,
    isDr,
    isPair,
    isPrimary,
    pairsOf,
    type Primary,
    type Setting,
    settingOf,
} from "./configured-stack";
import { domainsOf } from "../service-domains";
import { enabledUses } from "../uses";
import { ownerDisagreements } from "./owners";

export type { ConfiguredStack, Disagreement };

/**
 * All disagreements between the stacks of a project: between each dr stack and its primary stack, and between stacks that share an account.
 *
 * @param isComplete whether these are all stacks; a missing one could be the primary stack of a dr stack
 */
export function disagreements(stacks: ConfiguredStack[], isComplete = true): Disagreement[] {
    const primaries = stacks.filter(isPrimary);
    return [
        ...stacks.filter(isDr).flatMap((dr) => counterpartDisagreements(dr, primaries, isComplete)),
        ...pairsOf(stacks).flatMap(([a, b]) => [...nameDisagreements(a, b), ...networkDisagreements(a, b)]),
        ...ownerDisagreements(stacks),
    ];
}

function counterpartDisagreements(dr: Dr, primaries: Primary[], isComplete: boolean): Disagreement[] {
    const primary = primaries.find((it) => isPair(it, dr));
    if (primary) return pairDisagreements(primary, dr);
    const { environment } = dr.values.primary;
    const elsewhere = primaries.find(({ values }) => values.environment === environment);
    if (elsewhere) {
        const [from, to] = [settingOf(elsewhere, "aws:region"), settingOf(dr, "primary.region")];
        return [error(`${dr.stack} must specify the region of its primary stack`, from, to)];
    }
    if (!isComplete) return [];
    return [error(`no valid stack file of a primary stack has the environment ${environment}`, settingOf(dr, "primary.environment"))];
}

/** Keys that must have the same value in a primary stack and its dr stack, and why. */
export const EQUAL: Record<string, string> = {
    "access.allowedCidrBlocks": "after a failover, the same clients use both regions",
    "api.countedRules": "the web ACLs of both stacks inspect a request",
    "api.kind": "both regions run the same application",
    "api.documentPaths": "the web ACLs of both stacks inspect a request",
    "database.dbName": "a replica contains the databases of its source",
    "database.users.enabled": "a replica contains the users of its source",
    "database.engineVersion": "a replica has the engine version of its source",
    ...Object.fromEntries(
        ["ai", "api", "cache", "documents", "edge", "events", "identity", "lake"].map((system) => [
            `${system}.enabled`,
            "both regions run the same application",
        ]),
    ),
    namePrefix: "the dr stack finds the copies of the data by their names",
    "domain.name": "both regions share the domain for DNS failover",
    "domain.zoneId": "both regions share the domain for DNS failover",
    "identity.passwordSignIn": "users sign in to the user pool of dr after a failover",
};

/** Keys of each service that must have the same value in both stacks, and why. */
export const EQUAL_IN_SERVICES: Record<string, string> = {
    containerPort: "both regions run the same image",
    cpuArchitecture: "both regions run the same image",
    databaseAccess: "a replica contains the users of its source",
    deployedBy: "the pipeline deploys to both regions",
    path: "both regions answer the same requests",
};

function pairDisagreements(primary: Primary, dr: Dr): Disagreement[] {
    const both = (key: string, other = key): [Setting, Setting] => [settingOf(primary, key), settingOf(dr, other)];
    const names = (key: string): [Setting, Setting] => [namesBelow(primary, key), namesBelow(dr, key)];
    const equal = (why: string, [a, b]: [Setting, Setting]) =>
        isDeepStrictEqual(a.value, b.value) ? [] : [error(`must be equal: ${why}`, a, b)];
    const { recovery } = primary.values;
    return [
        ...(recovery
            ? [
                  ...equal("the primary stack copies its data to the region of the dr stack", both("recovery.region", "aws:region")),
                  ...equal("pipelines and alarms find the dr stack by its environment", both("recovery.environment", "environment")),
              ]
            : [error(`${primary.stack} must copy its data to the region of ${dr.stack}`, ...both("recovery", "aws:region"))]),
        ...accountDisagreements(primary, dr),
        ...activeDisagreements(both("active")),
        ...(isExisting(primary) || isExisting(dr)
            ? []
            : equal(
                  "the program compares the dr stack's network with this copy of the primary's block",
                  both("network.cidrBlock", "primary.cidrBlock"),
              )),
        ...Object.entries(EQUAL).flatMap(([key, why]) => equal(why, both(key))),
        ...equal("both regions run the same services", names("services")),
        ...Object.keys(primary.values.services)
            .filter((name) => name in dr.values.services)
            .flatMap((name) => [
                ...Object.entries(EQUAL_IN_SERVICES).flatMap(([key, why]) => equal(why, both(`services.${name}.${key}`))),
                ...equal("both regions run the same application", [usesOf(primary, name, dr), usesOf(dr, name, primary)]),
            ]),
        // Without a domain in one of the stacks, only the domain's name is reported.
        ...(primary.values.domain && dr.values.domain
            ? equal("sign-in must return to the same names after a failover", both("domain.additionalNames"))
            : []),
        ...certificateDisagreements(both("domain.apiCertificateArn")),
        ...(primary.values.domain && dr.values.domain
            ? oneSided("both stacks create records in the hosted zone", "error", both("domain.dnsRoleArn"))
            : []),
        ...oneSided("the roles of one stack have no boundary", "warning", both("permissionsBoundaryArn")),
        ...missingJobs(primary, dr),
        ...equal("users sign in to the user pool of dr after a failover", names("identity.providers")),
        ...storageDisagreements(both("database.maxAllocatedStorage")),
        ...(dr.values.backups.restoreTests.enabled && !primary.values.backups.enabled
            ? [error("the tests restore copies of the primary stack's backups", ...both("backups.enabled", "backups.restoreTests.enabled"))]
            : []),
        ...performanceDisagreements(primary, dr),
        ...["observability.alertEmails", "observability.pagingWebhooks"].flatMap((key) => recipientDisagreements(both(key))),
    ];
}

/** The systems that a service uses, without those that the other stack lacks, which is reported by their own keys. */
function usesOf(stack: Primary | Dr, name: string, other: Primary | Dr): Setting {
    const common = enabledUses(other.values);
    const uses = stack.values.services[name]?.uses ?? [];
    return { ...settingOf(stack, `services.${name}.uses`), value: uses.filter((use) => common.includes(use)).sort() };
}

/** The names in a map. Its values can be secret, so they aren't reported. */
const namesBelow = (stack: ConfiguredStack, key: string): Setting => {
    const { key: fullKey, value } = settingOf(stack, key);
    return { stack: stack.stack, key: `names of ${fullKey}`, value: isObject(value) ? Object.keys(value).sort() : [] };
};

/** A key that has a value in one stack only. The values can differ, because accounts and regions do. */
function oneSided(why: string, severity: Disagreement["severity"], settings: [Setting, Setting]): Disagreement[] {
    const [one, other] = settings.map(({ value }) => value === undefined);
    return one === other ? [] : [{ severity, problem: `must be set in both stacks: ${why}`, settings }];
}

/** During a failover, the settings change one after the other. */
function activeDisagreements(settings: [Setting, Setting]): Disagreement[] {
    const [{ value: primary = true }, { value: dr = false }] = settings;
    if (primary !== dr) return [];
    const problem =
        primary === true
            ? "only one stack of a pair serves the traffic: after a failover, set active to false in the primary stack"
            : "one stack of a pair must serve the traffic";
    return [{ severity: "warning", problem, settings }];
}

/** Jobs of the primary stack that don't run after a failover. A job can be meant for one region. */
function missingJobs(primary: Primary, dr: Dr): Disagreement[] {
    const missing = Object.keys(primary.values.jobs).filter((name) => !(name in dr.values.jobs));
    if (missing.length === 0) return [];
    const problem = `after a failover, these jobs don't run: ${missing.join(", ")}`;
    return [{ severity: "warning", problem, settings: [namesBelow(primary, "jobs"), namesBelow(dr, "jobs")] }];
}

/** The primary's certificate owns the record that validates the shared name for the certificate of dr. */
function certificateDisagreements([source, standby]: [Setting, Setting]): Disagreement[] {
    if (source.value === undefined || standby.value !== undefined) return [];
    const why = "the primary stack doesn't create the DNS record that validates the API's certificate in dr";
    return [error(`must be set in both stacks: ${why}`, source, standby)];
}

/** Replicas of secrets and keys belong to the account of the original, and RDS replicates across regions only within an account. */
function accountDisagreements(primary: Primary, dr: Dr): Disagreement[] {
    if (canShareAccount(primary, dr)) return [];
    const setting = ({ stack, accounts }: ConfiguredStack): Setting => ({ stack, key: "aws:allowedAccountIds", value: accounts });
    return [
        error(
            "must be in the same account: AWS doesn't replicate databases, keys, and secrets to another account",
            setting(primary),
            setting(dr),
        ),
    ];
}

/** A replica whose storage limit is below that of its source stops replicating when it is full. */
function storageDisagreements([source, replica]: [Setting, Setting]): Disagreement[] {
    const isSmaller = typeof source.value === "number" && typeof replica.value === "number" && replica.value < source.value;
    return isSmaller ? [error("the replica's limit must not be below that of its source", source, replica)] : [];
}

/** A replica has the storage of its source, which limits its IOPS and throughput. */
function performanceDisagreements(primary: Primary, dr: Dr): Disagreement[] {
    const { allocatedStorage } = primary.values.database;
    const source = settingOf(primary, "database.allocatedStorage");
    const { storageType, iops, storageThroughput } = dr.values.database;
    const problems = problemsOf((check) => {
        checkPerformance(check, { storageType, iops, storageThroughput, allocatedStorage });
    });
    return problems.map(([key, allowed]) => error(`database.${key} of the replica ${allowed}`, source, settingOf(dr, `database.${key}`)));
}

/** After a failover, only the alarms of the dr stack matter. Reports the number of recipients, because addresses can be secret. */
function recipientDisagreements(settings: [Setting, Setting]): Disagreement[] {
    const [source, standby] = settings.map(({ stack, key, value }) => ({
        stack,
        key: `number of ${key}`,
        value: Array.isArray(value) ? value.length : 0,
    }));
    if (!source || !standby || source.value === 0 || standby.value > 0) return [];
    return [
        {
            severity: "warning",
            problem: "after a failover, no alarm reaches these recipients of the primary stack",
            settings: [source, standby],
        },
    ];
}

/** Physical names contain the environment. Names of IAM roles must be unique in the account, and domain names globally. */
function nameDisagreements(a: ConfiguredStack, b: ConfiguredStack): Disagreement[] {
    const both = (key: string): [Setting, Setting] => [settingOf(a, key), settingOf(b, key)];
    const same = (key: string) => both(key)[0].value !== undefined && both(key)[0].value === both(key)[1].value;
    const problems: Disagreement[] = [];
    if (canShareAccount(a, b) && same("environment"))
        problems.push(error("must differ: physical names contain the environment", ...both("environment")));
    if (isPrimary(a) && isPrimary(b)) {
        const [own, other] = [siteNames(a), siteNames(b)];
        const [shared, key = ""] = [...own].find(([name]) => other.has(name)) ?? [];
        if (shared !== undefined) {
            const settings = [settingOf(a, key), settingOf(b, other.get(shared) ?? "")] as const;
            problems.push(error("must differ: only one distribution can have a domain name", ...settings));
        }
    }
    if (a.region === b.region && same("identity.domainPrefix")) {
        problems.push(error("must differ: a prefix belongs to one user pool in a region", ...both("identity.domainPrefix")));
    }
    return problems;
}

/** Whether the stack's network has another owner. Its blocks aren't in the configuration. */
const isExisting = ({ values }: ConfiguredStack): boolean => values.network.existing !== undefined;

/** The names of a stack's distributions, with the keys that set them. */
const siteNames = ({ values: { domain, ...values } }: Primary): Map<string, string> =>
    new Map(
        domain
            ? [
                  [domain.name, "domain.name"] as const,
                  ...Object.keys(domain.additionalNames).map((name) => [name, "domain.additionalNames"] as const),
                  ...domainsOf(values).map(([service, { name }]) => [name, `services.${service}.domain.name`] as const),
              ]
            : [],
    );

/** A dr stack and its primary stack must have different networks. For other stacks, an overlap matters only if you connect their networks. */
function networkDisagreements(a: ConfiguredStack, b: ConfiguredStack): Disagreement[] {
    const settings = [settingOf(a, "network.cidrBlock"), settingOf(b, "network.cidrBlock")];
    if (isExisting(a) || isExisting(b) || !overlap(a.values.network.cidrBlock, b.values.network.cidrBlock)) return [];
    return [{ severity: "warning", problem: "overlap: these networks can't be connected", settings }];
}
