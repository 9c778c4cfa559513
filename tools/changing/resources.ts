import { type Finding, judge } from "../changes/judge";
import { changesOf, type RecordedVariant } from "./recording";

/** The findings for the changes of a recorded variant. Creating a resource causes no loss. */
export const findingsOf = (variant: RecordedVariant): Finding[] =>
    judge(changesOf(variant)).map((it) => (it.operation === "create" ? { ...it, loses: [], effects: [], interruption: undefined } : it));

/** The systems by the logical names of their resources. */
const SYSTEMS: [RegExp, string][] = [
    [/^network-/, "network"],
    [/^database-/, "database"],
    [/^cache-/, "cache"],
    [/^documents-/, "document store"],
    [/^ingest-/, "document ingest"],
    [/^lake-/, "data lake"],
    [/^backups-/, "backups"],
    [/^events-/, "events"],
    [/^(ai|guardrail)-/, "AI services"],
    [/^identity-/, "sign-in"],
    [/^api-/, "service"],
    [/^(gateway|aws-waf-logs-gateway)/, "API"],
    [/^(edge|aws-waf-logs-edge)/, "edge"],
    [/^delivery-/, "delivery"],
    [/^images-/, "image registry"],
    [/-encryption-/, "keys"],
    [/-secret-|^jwt-/, "secrets"],
    [/access-logs-/, "access logs"],
    [/^observability-/, "observability"],
];

const systemOf = (name: string): string => SYSTEMS.find(([pattern]) => pattern.test(name))?.[1] ?? "other";

/** Longer lists are collapsed to systems. */
const MOST_TITLES = 4;

/** Types that belong to other resources: listed only if nothing else changes. */
const PARTS = [
    /^aws:s3\/bucket[A-Z]/,
    /Policy$/i,
    /^aws:kms\/alias:/,
    /^aws:secretsmanager\/secretVersion:/,
    /^aws:ec2\/(route|routeTable|routeTableAssociation):/,
    /^aws:vpc\/securityGroup/,
    /^aws:apigateway\/(resource|method|integration|methodResponse|integrationResponse|deployment|basePathMapping):/,
    /^aws:cloudwatch\/(metricAlarm|compositeAlarm|dashboard):/,
    /^aws:iam\//,
    /^aws:lambda\/permission:/,
    /^aws:acm\/certificateValidation:/,
    /^random:/,
    /^pulumi:/,
];

export const isPart = ({ type }: Finding): boolean => PARTS.some((part) => part.test(type));

/** Resources without their parts, or the parts if there is nothing else. */
export function wholesOf(all: readonly Finding[]): readonly Finding[] {
    const wholes = all.filter((it) => !isPart(it));
    return wholes.length > 0 ? wholes : all;
}

/** A short description of resources: titles with numbers, or the systems if there are many. */
export function titlesText(all: readonly Finding[]): string {
    const findings = wholesOf(all);
    const titles = counted(findings.map(titleOf)).map(([title, count]) => (count === 1 ? title : `${count} ${plural(title)}`));
    if (titles.length <= MOST_TITLES) return listed(titles);
    const systems = counted(findings.map(({ name }) => systemOf(name))).map(([system]) => system);
    const named = systems.length <= MOST_TITLES ? systems : [...systems.slice(0, MOST_TITLES - 1), "other systems"];
    return `${String(findings.length)} resources ${named.length === 1 ? "in" : "across"} ${listed(named)}`;
}

/** `a, b, and c` */
const listed = (texts: string[]): string => {
    const last = texts.at(-1) ?? "";
    return texts.length < 3 ? texts.join(" and ") : `${texts.slice(0, -1).join(", ")}, and ${last}`;
};

function counted(texts: string[]): [string, number][] {
    const counts = new Map<string, number>();
    for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
    return [...counts].sort(([, a], [, b]) => b - a);
}

/** Titles of types that the table of effects doesn't name, and whose type name is unclear. */
const TITLES: Record<string, string> = {
    "aws:apigateway/account:Account": "API account setting",
    "aws:apigateway/deployment:Deployment": "API deployment",
    "aws:apigateway/methodSettings:MethodSettings": "API method settings",
    "aws:appautoscaling/policy:Policy": "autoscaling policy",
    "aws:appautoscaling/target:Target": "autoscaling target",
    "aws:codebuild/project:Project": "build project",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "alarm",
    "aws:iam/rolePolicy:RolePolicy": "role policy",
    "aws:docdb/clusterParameterGroup:ClusterParameterGroup": "DocumentDB parameter group",
    "aws:elasticache/parameterGroup:ParameterGroup": "cache parameter group",
    "aws:rds/parameterGroup:ParameterGroup": "database parameter group",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": "endpoint configuration",
    "aws:sagemaker/model:Model": "model definition",
    "pulumi:providers:aws": "AWS provider",
};

/** The title in the table, or the type name in words: `aws:ecs/taskDefinition:TaskDefinition` becomes "task definition". */
const titleOf = ({ title, type }: Finding): string =>
    title === type ? (TITLES[type] ?? (type.split(":").pop() ?? type).replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase()) : title;

const plural = (title: string): string =>
    /(s|sh|ch|x)$/.test(title) ? `${title}es` : /[^aeiou]y$/.test(title) ? `${title.slice(0, -1)}ies` : `${title}s`;
