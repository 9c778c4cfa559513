/** Rejects changes of the configuration that would replace or delete data, or an identity that other systems depend on. */
import * as pulumi from "@pulumi/pulumi";
import { movesRequests } from "../components/fargate-service/deployment";
import { priorityOf } from "../components/fargate-service/paths";
import { isObject, sortedEntries } from "../components/internal/unknown";
import { listenerCertificateOf } from "./api-kind";
import type { PlatformConfig } from "./config";
import { isSecret } from "./config/secrets";
import { comparedDataOf } from "./data";
import { RULES, type Settings } from "./live-rules";
import { PROJECT } from "./names";
import type { Deletion } from "./protection";
import { distributedNames } from "./service-domains";
import { SETTINGS_PATH, SETTINGS_PRIORITY } from "./site-settings";

export type { Settings };

/** The settings that the next update is compared with, apart from values that depend on the account. Pure. */
export function settingsOf(config: PlatformConfig, region: string | undefined): Settings {
    const { role, environment, namePrefix, network, protectData, confirmDeletion } = config;
    const own = {
        role,
        environment,
        namePrefix,
        protectData,
        confirmDeletion,
        "network.cidrBlock": network.existing ? `that of ${network.existing.vpcId}` : network.cidrBlock,
        ...systemsOf(config),
        ...imagesOf(config),
        "services.rulePriorities": prioritiesOf(config),
        "domain.name": config.domain?.name ?? null,
        "domain.zoneId": config.domain?.zoneId ?? null,
        "domain.additionalNames": Object.fromEntries(
            Object.entries(config.domain?.additionalNames ?? {}).map(([name, { zoneId }]) => [name, zoneId ?? config.domain?.zoneId]),
        ),
        ...distributedNames(config),
        "domain.dnsRoleArn": config.domain
            ? `${config.domain.zoneId} ${config.domain.dnsRoleArn ? "with a role" : "without a role"}`
            : null,
        ...comparedDataOf(config),
    };
    const prefixed = Object.entries(own).map(([key, value]) => [`${PROJECT}:${key}`, value] as const);
    return { "aws:region": region ?? null, ...Object.fromEntries(prefixed) };
}

/** Settings of the systems that can be off. Settings of a system that is off have no effect, so they aren't compared. */
function systemsOf(config: PlatformConfig): Settings {
    const { cache, lake, documents, ai, api, edge, events, identity } = config;
    const switches = { cache, documents, lake, events, ai, identity, api, edge };
    return {
        ...Object.fromEntries(Object.entries(switches).map(([system, { enabled }]) => [`${system}.enabled`, enabled])),
        "api.kind": api.enabled ? api.kind : null,
        ...(cache.enabled
            ? { "cache.engine": cache.engine, "cache.nodes": cache.nodes, "cache.applyImmediately": cache.applyImmediately }
            : {}),
        ...(ai.enabled ? { "ai.invocationLogging": ai.invocationLogging } : {}),
        ...(events.enabled
            ? { "events.archiveRetentionDays": events.archiveRetentionDays, "events.stream.enabled": events.stream.enabled }
            : {}),
        ...(identity.enabled ? { "identity.groups": identity.groups, "identity.providers": providersOf(identity.providers) } : {}),
    };
}

/** Whose users the providers accept, by name. Profiles of users belong to a name. */
const providersOf = (providers: PlatformConfig["identity"]["providers"]): Settings =>
    Object.fromEntries(
        Object.entries(providers).map(([name, it]) => {
            const source = it.type === "oidc" ? it.issuer : (it.metadataUrl ?? /entityID="([^"]*)"/.exec(it.metadataFile ?? "")?.[1] ?? "");
            return [name, `${it.type} ${source}`];
        }),
    );

/**
 * One paragraph for each rejected change: the key, its old and new value, the effect of the update, and the supported procedure. Pure.
 *
 * @param isSecret whether the values of a key must not be shown
 */
export function refusals(before: Settings, after: Settings, isSecret: (key: string) => boolean): string[] {
    const confirmed = (settings: Settings) => (settings[`${PROJECT}:confirmDeletion`] ?? []) as Deletion[];
    const wasProtected = before[`${PROJECT}:protectData`] === true;
    const initial = Object.keys(before).length === 0 ? [] : Object.keys(RULES).filter((key) => "initially" in (RULES[key] ?? {}));
    return [...new Set([...Object.keys(before), ...initial])].flatMap((key) => {
        const rule = ruleOf(key);
        if (!rule || !(key in after)) return [];
        const [old, now] = [key in before ? before[key] : rule.initially, after[key]];
        if (same(old, now) || !(rule.loses?.(old, now) ?? true) || rule.unless?.(after)) return [];
        const shown = (value: unknown) => (isSecret(key) ? "[secret]" : text(value));
        const change = `${key}: ${shown(old)} -> ${shown(now)}: ${rule.effect}.`;
        const { deletion, procedure } = rule;
        if (!deletion) return [`${change} ${procedure}.`];
        const isConfirmed = confirmed(after).includes(deletion);
        const isReleased = rule.unprotected === true || !wasProtected || confirmed(before).includes(deletion);
        if (isConfirmed && isReleased) return [];
        const add = `add ${deletion} to ${PROJECT}:confirmDeletion`;
        const steps = isReleased ? `${add} and repeat this update` : `keep the old value, ${add}, and run an update; then make this change`;
        return [`${change} ${procedure}. To continue, ${steps}.`];
    });
}

/** The rule of a key. `*` in the key of a rule is for any name. */
const ruleOf = (key: string) => RULES[key] ?? RULES[key.replace(/(:services)\.[^.]+\./, "$1.*.")];

/** Images of the services, by key. */
const imagesOf = ({ services }: PlatformConfig): Settings =>
    Object.fromEntries(
        Object.entries(services).map(([name, { image, deployedBy }]) => [
            `services.${name}.image`,
            image ?? (deployedBy === "pipeline" ? "of the pipeline" : null),
        ]),
    );

/** Listener and priority of each service's rule, by its logical name, and of the settings' rule, by its path. Pulumi creates new rules before it deletes others. */
function prioritiesOf(config: PlatformConfig): Settings {
    const listener = listenerCertificateOf(config) === undefined ? "HTTP" : "HTTPS";
    const own = config.api.enabled ? { [SETTINGS_PATH]: `${listener} ${SETTINGS_PRIORITY}` } : {};
    const ofServices = Object.fromEntries(
        Object.entries(config.services).flatMap(([name, { path, rulePriority, deployment }]) => {
            if (path === undefined) return [];
            const moves = movesRequests(deployment);
            return [[`${name}${moves ? "-moving" : ""}-rule`, `${listener} ${rulePriority ?? priorityOf(name, path, moves)}`]];
        }),
    );
    return { ...ofServices, ...own };
}

const same = (a: unknown, b: unknown): boolean => text(a) === text(b);

function text(value: unknown): string {
    if (value === null) return "none";
    return typeof value === "string" ? value : JSON.stringify(sorted(value));
}

/** Maps with sorted keys, because the backend doesn't keep their order. */
const sorted = (value: unknown): unknown => (isObject(value) ? Object.fromEntries(sortedEntries(value)) : value);

/** Name of the output that contains the settings. */
const OUTPUT = "deployedWith";

/** Compares the configuration with that of the last successful update. */
export class LiveChanges {
    private constructor(
        private readonly before: Settings,
        private after: Settings,
    ) {}

    /**
     * Reads the stack's own last outputs from the backend. A stack that was never deployed has no outputs. If reading them fails, the program
     * stops, because a change that isn't compared could delete data.
     */
    static async read(): Promise<LiveChanges> {
        const name = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
        const last = new pulumi.StackReference("last-update", { name });
        const output: { value?: unknown; secretValue?: unknown } = await last.getOutputDetails(OUTPUT);
        return new LiveChanges((output.value ?? output.secretValue ?? {}) as Settings, {});
    }

    /**
     * Adds settings of this update.
     *
     * @throws pulumi.RunError if the update would lose data or an identity, or would fail partway
     */
    check(settings: Settings): void {
        this.after = { ...this.after, ...settings };
        const problems = refusals(this.before, this.after, isSecret);
        if (problems.length === 0) return;
        const lines = problems.map((problem) => `  ${problem}`).join("\n");
        throw new pulumi.RunError(
            `Nothing was changed: the update of stack ${pulumi.getStack()} would lose data or an identity that other systems depend on, or would fail partway. See docs/changing.md.\n${lines}`,
        );
    }

    /** Whether the stack was never deployed. */
    get isNew(): boolean {
        return Object.keys(this.before).length === 0;
    }

    /** The output that the next update is compared with. It's secret if any of its values is secret. */
    get output(): Record<string, pulumi.Input<Settings>> {
        return { [OUTPUT]: Object.keys(this.after).some(isSecret) ? pulumi.secret(this.after) : this.after };
    }
}
