/** Rules across sections, and between the configuration and the stack. */
import { problemsOf } from "../../components/building-blocks/arguments";
import { MOST_MINUTES } from "../../components/delivery/args";
import { DISTRIBUTION_GROUPS } from "../../components/edge/web-acl";
import { minutesOf } from "../../components/fargate-service/deployment";
import { checkCountedRules } from "../../components/internal/web-acl";
import { ecrImage } from "../../components/image-repository/ecr-image";
import { isObject } from "../../components/internal/unknown";
import { namesOf } from "../names";
import { workloadsOf } from "../workloads";
import { apiProblems } from "./api-rules";
import { backupProblems } from "./backup-rules";
import { databaseUserProblems } from "./database-user-rules";
import { endpointProblems } from "./egress";
import { existingNetworkProblems } from "./existing-network";
import { recoveryRegionOf, regionProblems } from "./regions";
import type { DrConfig, PlatformConfig, PrimaryConfig } from "./schema";
import { serviceDomainProblems } from "./service-domain-rules";
import { ENVIRONMENT, ENVIRONMENT_RULE } from "./values";
import { systemProblems } from "./system-rules";
import { workloadProblems } from "./workload-rules";

/** Sample account ID, to compute the length of names. */
const ACCOUNT = "123456789012";
/** The purpose with the longest name among the buckets. */
const LONGEST_BUCKET = "curated";

/** A key of the project, or a full key such as `aws:region`, and the problem. */
export type Problem = [key: string, problem: string];

/** The configuration as written, before defaults. */
type Written = Record<string, unknown>;

/** All problems across sections. Pure. */
export function crossSectionProblems(values: PlatformConfig, written: Written, region: string | undefined): Problem[] {
    return [
        ...environmentProblems(values, region),
        ...(values.role === "primary" ? primaryProblems(values, region) : drProblems(values, written, region)),
        ...certificateProblems(values, region),
        ...(region ? [...regionProblems(values, region), ...foreignImages(values, region)] : []),
        ...endpointProblems(values),
        ...existingNetworkProblems(values, written),
        ...workloadProblems(values),
        ...systemProblems(values),
        ...databaseUserProblems(values),
        ...serviceDomainProblems(values),
        ...apiProblems(values, written),
        ...countedRuleProblems(values),
    ];
}

/** API Gateway and load balancers use certificates of their own region. */
function certificateProblems({ domain }: PlatformConfig, region: string | undefined): Problem[] {
    const where = domain?.apiCertificateArn?.split(":")[3] ?? region;
    if (region === undefined || where === region) return [];
    return [["domain.apiCertificateArn", `is in ${where ?? ""}: the API in ${region} requires a certificate in ${region}`]];
}

/** Counted rules of groups that the distribution's web ACL lacks. A dr stack with a domain has no distribution. */
function countedRuleProblems({ api, edge, domain, role }: PlatformConfig): Problem[] {
    if (role === "dr" && domain) return [];
    return problemsOf((check) => {
        checkCountedRules(check, api.countedRules, [...DISTRIBUTION_GROUPS, ...edge.managedRuleGroups]);
    }).map(([, problem]) => ["api.countedRules", problem]);
}

function environmentProblems(values: PlatformConfig, region: string | undefined): Problem[] {
    const { environment, namePrefix, identity } = values;
    const problems: Problem[] = [];
    if (!ENVIRONMENT.test(environment)) {
        problems.push(["environment", `must be ${ENVIRONMENT_RULE}. It defaults to the stack's name, ${environment}`]);
    }
    const recovery = recoveryRegionOf(values);
    for (const place of [region, recovery]) {
        const bucket = namesOf(values, ACCOUNT).bucket(LONGEST_BUCKET, place ?? "");
        if (place && bucket.length > 63) {
            const most = environment.length - (bucket.length - 63);
            problems.push(["environment", `${environment} must have at most ${most} characters in ${place}: bucket names have at most 63`]);
        }
    }
    const rejected = [environment, namePrefix].find((name) => /aws|amazon|cognito/.test(name));
    if (identity.enabled && identity.domainPrefix === undefined && rejected !== undefined) {
        const why = `Cognito doesn't allow aws, amazon, or cognito in the domain of the sign-in page, but ${rejected} contains one of them`;
        problems.push(["identity.domainPrefix", `is missing: ${why}`]);
    }
    return problems;
}

function primaryProblems(values: PrimaryConfig, region: string | undefined): Problem[] {
    const { active, recovery, delivery, services } = values;
    const problems = [...backupProblems(values), ...replicationProblems(values)];
    if (active === false && !recovery) problems.push(["active", "must be true without recovery: no other stack serves the traffic"]);
    if (recovery && recovery.region === region) {
        problems.push(["recovery.region", `${recovery.region} is the stack's own region: copies must be in another region`]);
    }
    if (recovery && !recovery.manageRegistry && recovery.additionalEnvironments.length > 0) {
        problems.push(["recovery.additionalEnvironments", "requires recovery.manageRegistry"]);
    }
    if (!delivery) return problems;
    const { name } = delivery.service;
    const service = services[name];
    if (!service) problems.push(["delivery.service.name", `${name} must be one of ${Object.keys(services).join(", ")}`]);
    else if (service.deployedBy !== "pipeline") {
        problems.push([
            `services.${name}.deployedBy`,
            `must be pipeline with delivery: with ${service.deployedBy}, \`pulumi up\` would revert the pipeline's deployments`,
        ]);
    }
    if (minutesOf(service?.deployment ?? {}) > MOST_MINUTES) {
        const most = MOST_MINUTES - minutesOf({});
        const why = `CodePipeline waits at most ${MOST_MINUTES} minutes for a deployment, and deploys to no other region after that`;
        const { bakeTimeInMinutes = 0, canaryBakeTimeInMinutes = 0 } = service?.deployment ?? {};
        const key = canaryBakeTimeInMinutes > bakeTimeInMinutes ? "canaryBakeTimeInMinutes" : "bakeTimeInMinutes";
        problems.push([
            `services.${name}.deployment.${key}`,
            `must be at most ${most} minutes together with the other bake time, with delivery: ${why}`,
        ]);
    }
    return problems;
}

/** Settings of a replication that doesn't exist. */
function replicationProblems({ recovery, lake, edge }: PrimaryConfig): Problem[] {
    const settings = {
        "lake.recovery.timeControl": lake.recovery.timeControl,
        "lake.recovery.twoWay": lake.recovery.twoWay,
        "edge.recovery.twoWay": edge.recovery.twoWay,
    };
    const set = Object.entries(settings).filter(([, value]) => value);
    return recovery ? [] : set.map(([key]) => [key, "requires recovery: without it, there is no copy in another region"]);
}

function drProblems(values: DrConfig, written: Written, region: string | undefined): Problem[] {
    const { primary, environment, domain } = values;
    const problems: Problem[] = domain ? unused(written) : [];
    if (primary.region === region) {
        const source = isObject(written.primary) && "region" in written.primary ? "" : " (the default)";
        problems.push(["primary.region", `${primary.region}${source} is the stack's own region: the dr stack must be in another region`]);
    }
    if (primary.environment === environment) {
        problems.push(["environment", `${environment} is also the primary's environment: their physical names would conflict`]);
    }
    return problems;
}

/** Images in registries of other regions, on which the stack must not depend. */
const foreignImages = (values: PlatformConfig, region: string): Problem[] =>
    workloadsOf(values).flatMap(({ key, workload }) =>
        (["image", "collectorImage"] as const).flatMap((property): Problem[] => {
            const image = workload[property] ?? "";
            const other = ecrImage(image)?.region ?? region;
            if (other === region) return [];
            return [[`${key}.${property}`, `${image} is in ${other}: the stack in ${region} must not depend on another region's registry`]];
        }),
    );

/** Keys without effect in a dr stack with a domain, where the primary's distribution serves the site. */
function unused({ edge, api, ...others }: Written): Problem[] {
    const why = "has no effect in a dr stack with a domain: the primary stack owns the CloudFront distribution";
    return [
        ...(isObject(edge) ? Object.keys(edge).map((key): Problem => [`edge.${key}`, why]) : []),
        ...(isObject(api) && "originSecretVersion" in api ? [["api.originSecretVersion", why] as Problem] : []),
        ...("usEast1LogDestinationArn" in others ? [["usEast1LogDestinationArn", why] as Problem] : []),
    ];
}
