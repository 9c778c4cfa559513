/** Rules for services, across their names, their paths, and the systems that they use. */
import { movesRequests, unusedSettings } from "../../components/fargate-service/deployment";
import { matches, patternsOf, priorityOf } from "../../components/fargate-service/paths";
import { API_PATH } from "../../components/internal/api-path";
import { RESERVED } from "../names";
import { SETTINGS_PATH, SETTINGS_PRIORITY } from "../site-settings";
import { enabledUses } from "../uses";
import { workloadsOf } from "../workloads";
import type { Problem } from "./rules";
import type { PlatformConfig } from "./schema";

export const workloadProblems = (values: PlatformConfig): Problem[] => [
    ...workloadsOf(values).flatMap(({ key, name, workload }) => [...nameProblems(key, name), ...useProblems(values, key, workload.uses)]),
    ...collisions(values),
    ...Object.entries(values.migrations).flatMap(([name, migration]) => migrationProblems(`migrations.${name}`, migration, values)),
    ...Object.entries(values.services).flatMap(([name, service]) => serviceProblems(`services.${name}`, service, values)),
    ...pathProblems(values),
];

const nameProblems = (key: string, name: string): Problem[] =>
    RESERVED.includes(name)
        ? [[key, `${name} is the name of another part of the platform, and alarms and rules are named after both`]]
        : [];

/** Names that several kinds of workloads use. */
function collisions({ services, jobs, migrations }: PlatformConfig): Problem[] {
    const shared = (key: string, names: object, others: object, kind: string) =>
        Object.keys(names)
            .filter((name) => Object.hasOwn(others, name))
            .map((name): Problem => [`${key}.${name}`, `${name} is also a ${kind}: both would have the same names`]);
    return [
        ...shared("jobs", jobs, services, "service"),
        ...shared("migrations", migrations, services, "service"),
        ...shared("migrations", migrations, jobs, "job"),
    ];
}

function migrationProblems(key: string, migration: PlatformConfig["migrations"][string], { services }: PlatformConfig): Problem[] {
    const { before, image, ownImage, byPipeline, cpuArchitecture } = migration;
    const names = Object.keys(services).join(", ");
    const unknown = before.filter((name) => !Object.hasOwn(services, name));
    if (unknown.length > 0) return unknown.map((name) => [`${key}.before`, `${name} must be one of ${names}`]);
    if (ownImage) return [];
    if (!byPipeline && image === undefined) {
        const why =
            before.length === 0
                ? "no service in before has one"
                : before.length === 1
                  ? `services.${before.join()} has none`
                  : `the services ${before.join(", ")} have different images, or none`;
        return [[`${key}.image`, `is missing: ${why}`]];
    }
    const other = before.find((name) => services[name]?.cpuArchitecture !== cpuArchitecture);
    if (other === undefined) return [];
    return [
        [`${key}.cpuArchitecture`, `must be ${services[other]?.cpuArchitecture ?? ""}, as in services.${other}: both run the same image`],
    ];
}

function useProblems(values: PlatformConfig, key: string, uses: readonly string[]): Problem[] {
    const enabled: string[] = enabledUses(values);
    return uses
        .filter((use) => !enabled.includes(use))
        .map((use): Problem => [`${key}.uses`, `${use} is off (${use}.enabled: false): enable it, or remove it from the list`]);
}

function serviceProblems(key: string, service: PlatformConfig["services"][string], { observability }: PlatformConfig): Problem[] {
    const { image, deployedBy, deployment, path, uses, scaling } = service;
    const problems: Problem[] = [];
    if (scaling.messagesPerTask !== undefined && !uses.includes("events"))
        problems.push([`${key}.scaling.messagesPerTask`, "requires events in uses: the messages are in the work queue"]);
    if (scaling.messagesPerTask !== undefined && observability.containerInsights === "disabled")
        problems.push([`${key}.scaling.messagesPerTask`, "requires observability.containerInsights, which counts the running tasks"]);
    for (const [name, message] of unusedSettings(deployment)) problems.push([`${key}.deployment.${name}`, message]);
    if (path !== undefined) return problems;
    if (movesRequests(deployment))
        problems.push([`${key}.deployment.strategy`, "must be rolling without a path: a worker gets no requests"]);
    if (image === undefined && deployedBy === "pulumi")
        problems.push([`${key}.image`, "is missing: a service without a path is a worker, and the sample image does no work"]);
    const ofPaths = {
        "scaling.requestsPerTarget": scaling.requestsPerTarget,
        healthCheckPath: service.healthCheckPath,
        rulePriority: service.rulePriority,
    };
    for (const [name, value] of Object.entries(ofPaths))
        if (value !== undefined) problems.push([`${key}.${name}`, "has no effect without a path: a worker gets no requests"]);
    return problems;
}

interface Rule {
    key: string;
    path: string;
    priority: number;
    healthCheckPath?: string;
}

/** Paths that get no requests, because of the API, or because of the rule of another service. */
function pathProblems({ api, services }: PlatformConfig): Problem[] {
    const rules = Object.entries(services).flatMap(([name, { path, rulePriority, healthCheckPath, deployment }]): Rule[] => {
        if (path === undefined) return [];
        const priority = rulePriority ?? priorityOf(name, path, movesRequests(deployment));
        return [{ key: `services.${name}`, path, priority, healthCheckPath }];
    });
    if (rules.length === 0) return [["services", "must contain a service with a path, which gets the requests"]];
    return rules.flatMap((rule, i): Problem[] => {
        const { key, path, healthCheckPath } = rule;
        if (api.enabled && !isBelow(API_PATH, path))
            return [[`${key}.path`, `${path} must be ${API_PATH}/* or a path below ${API_PATH}: the API forwards no other requests`]];
        const others = rules.slice(0, i);
        const same = others.find((other) => other.path === path);
        if (same) return [[`${key}.path`, `${path} is also the path of ${same.key}`]];
        if (api.enabled && healthCheckPath === SETTINGS_PATH)
            return [[`${key}.healthCheckPath`, `must not be ${SETTINGS_PATH}, where the site reads its settings`]];
        if (api.enabled && rule.priority === SETTINGS_PRIORITY)
            return [[`${key}.rulePriority`, `${rule.priority} is also the priority of the rule for ${SETTINGS_PATH}: set another one`]];
        const tied = others.find(({ priority }) => priority === rule.priority);
        if (tied) return [[`${key}.rulePriority`, `${rule.priority} is also the priority of ${tied.key}: set another one`]];
        const shadow = rules.find((other) => other.path !== path && other.priority < rule.priority && covers(other.path, path));
        if (shadow)
            return [
                [
                    `${key}.path`,
                    `${path} gets no requests: ${shadow.path} of ${shadow.key} matches them first. Change the rulePriority of one`,
                ],
            ];
        return [];
    });
}

const isBelow = (root: string, path: string): boolean => path === root || path.startsWith(`${root}/`);

/** Whether a path matches all requests of another one. */
const covers = (path: string, other: string): boolean =>
    patternsOf([other]).every((pattern) => patternsOf([path]).some((own) => matches(own, pattern.replace(/\/\*$/, "/any"))));
