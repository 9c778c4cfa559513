/** Settings that exist once per account and region: only one stack in the account can manage each. */
import { usesGateway } from "../api-kind";
import { canShareAccount, type ConfiguredStack, type Disagreement, isPrimary, pairsOf, settingOf } from "./configured-stack";

/** A setting of an account, the key that manages it, and the regions in which a stack manages it. */
interface Singleton {
    what: string;
    key: string;
    regionsOf: (stack: ConfiguredStack) => string[];
}

const SINGLETONS: Singleton[] = [
    {
        what: "API Gateway's role for logs",
        key: "api.manageAccountLogging",
        regionsOf: ({ values, region }) => (usesGateway(values) && values.api.manageAccountLogging ? [region] : []),
    },
    {
        what: "Bedrock's invocation logging",
        key: "ai.invocationLogging",
        regionsOf: ({ values, region }) => (values.ai.enabled && values.ai.invocationLogging ? [region] : []),
    },
    {
        what: "the replication and scanning of the image registry",
        key: "recovery.manageRegistry",
        regionsOf: (stack) =>
            isPrimary(stack) && stack.values.recovery?.manageRegistry ? [stack.region, stack.values.recovery.region] : [],
    },
    {
        what: "the cost anomaly monitor of services",
        key: "observability.costAnomalies",
        // The monitor is global, so one entry represents all regions.
        regionsOf: ({ values }) => (values.observability.costAnomalies ? ["all regions"] : []),
    },
];

export function ownerDisagreements(stacks: ConfiguredStack[]): Disagreement[] {
    const pairs = pairsOf(stacks).filter(([a, b]) => canShareAccount(a, b));
    return [...pairs.flatMap(([a, b]) => SINGLETONS.flatMap((singleton) => shared(singleton, a, b))), ...unlisted(stacks)];
}

function shared({ what, key, regionsOf }: Singleton, a: ConfiguredStack, b: ConfiguredStack): Disagreement[] {
    const common = regionsOf(a).filter((region) => regionsOf(b).includes(region));
    if (common.length === 0) return [];
    const settings = [settingOf(a, key), settingOf(b, key)];
    const problem = `only one stack in an account can manage ${what} in ${common.join(" and ")}`;
    // Without aws:allowedAccountIds, the stacks can be in different accounts.
    const isCertain = a.accounts.length > 0 && b.accounts.length > 0;
    if (isCertain) return [{ severity: "error", problem, settings }];
    return [{ severity: "warning", problem: `${problem}. If the accounts differ, set aws:allowedAccountIds in both stacks`, settings }];
}

/** Images are replicated only if the owner of the registry lists their environment. */
function unlisted(stacks: ConfiguredStack[]): Disagreement[] {
    const primaries = stacks.filter(isPrimary).filter(({ values }) => values.recovery !== undefined);
    const owners = primaries.filter(({ values }) => values.recovery?.manageRegistry);
    return primaries
        .filter((it) => !owners.includes(it))
        .flatMap((dependent) => {
            const { environment, recovery } = dependent.values;
            const isOwner = (it: ConfiguredStack) => it.region === dependent.region && canShareAccount(it, dependent);
            const owner = owners.find((it) => isOwner(it) && it.values.recovery?.region === recovery?.region);
            if (!owner || owner.values.recovery?.additionalEnvironments.includes(environment)) return [];
            const settings = [settingOf(owner, "recovery.additionalEnvironments"), settingOf(dependent, "recovery.manageRegistry")];
            return [{ severity: "error" as const, problem: `${owner.stack} must replicate the images of ${environment}`, settings }];
        });
}
