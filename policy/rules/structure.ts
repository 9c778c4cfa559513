import type { DeployedResource } from "../../components/testing";
import { nameOf, typeOf } from "../../components/testing/urn";
import { inputsOf, isAws, perResource, type Rule, UNKNOWN } from "./rule";

const STACK = "pulumi:pulumi:Stack";

export const everyResourceHasAParent: Rule = perResource(
    "every-resource-has-a-parent",
    "Every resource belongs to a component, so that it inherits the component's options and appears below it.",
    ({ type, parent, custom, id }) => {
        if (type === STACK || type === "pulumi:pulumi:StackReference" || type.startsWith("pulumi:providers:")) return [];
        if (!parent) return ["has no parent"];
        const isTop = typeOf(parent) === STACK;
        return isTop && custom && id !== undefined ? ["is a direct child of the stack: create it in a component"] : [];
    },
);

export const oneProvider: Rule = perResource(
    "tagged-by-the-provider",
    "Every AWS resource uses an explicit provider, which adds the default tags.",
    (resource) => {
        const isDefault = (resource.provider ?? "").includes("::pulumi:providers:aws::default");
        return isAws(resource) && resource.custom && isDefault ? ["uses the default provider: pass `parent: this`"] : [];
    },
);

export const noUnresolvedText: Rule = perResource(
    "no-unresolved-text",
    "No input contains the text of an undefined value or of an output.",
    (resource) =>
        texts(inputsOf(resource))
            .filter((text) => /\bundefined\b|\[object \w+\]|Calling \[toString\]|\bNaN\b/.test(text))
            .map((text) => `contains the text ${text.slice(0, 160)}`),
);

const texts = (value: unknown): string[] => {
    if (typeof value === "string") return [value];
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
};

/** Limits of physical names, from the AWS API references. */
const NAME_LIMITS: Record<string, { key: string; limit: number; pattern?: RegExp }> = {
    "aws:lb/loadBalancer:LoadBalancer": { key: "name", limit: 32, pattern: /^(?!internal-)[A-Za-z0-9-]+$/ },
    "aws:lb/targetGroup:TargetGroup": { key: "name", limit: 32, pattern: /^[A-Za-z0-9-]+$/ },
    "aws:iam/role:Role": { key: "name", limit: 64, pattern: /^[\w+=,.@-]+$/ },
    "aws:iam/rolePolicy:RolePolicy": { key: "name", limit: 128 },
    "aws:lambda/function:Function": { key: "name", limit: 64 },
    "aws:elasticache/replicationGroup:ReplicationGroup": { key: "replicationGroupId", limit: 40, pattern: /^[a-z][a-z0-9-]*$/ },
    "aws:rds/instance:Instance": { key: "identifier", limit: 63, pattern: /^[a-z][a-z0-9-]*$/ },
    "aws:docdb/cluster:Cluster": { key: "clusterIdentifier", limit: 63, pattern: /^[a-z][a-z0-9-]*$/ },
    "aws:s3/bucket:Bucket": { key: "bucket", limit: 63, pattern: /^[a-z0-9][a-z0-9.-]*[a-z0-9]$/ },
    "aws:sqs/queue:Queue": { key: "name", limit: 80 },
    "aws:cloudwatch/eventRule:EventRule": { key: "name", limit: 64 },
    "aws:cloudwatch/eventArchive:EventArchive": { key: "name", limit: 48 },
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": { key: "name", limit: 64 },
    "aws:cloudfront/function:Function": { key: "name", limit: 64 },
    "aws:wafv2/webAcl:WebAcl": { key: "name", limit: 128 },
    "aws:cognito/userPoolDomain:UserPoolDomain": { key: "domain", limit: 63 },
    "aws:xray/samplingRule:SamplingRule": { key: "ruleName", limit: 32 },
    "aws:xray/group:Group": { key: "groupName", limit: 32 },
    "aws:codebuild/project:Project": { key: "name", limit: 150 },
};
/** Characters that Pulumi adds to a logical name. */
const GENERATED_SUFFIX = 8;

export const namesFit: Rule = perResource(
    "names-fit",
    "Physical names, explicit or generated, are within the limits of AWS.",
    (resource) => {
        const rule = NAME_LIMITS[resource.type];
        if (!rule) return [];
        const given = inputsOf(resource)[rule.key];
        if (given === UNKNOWN) return [];
        const name = typeof given === "string" ? given : `${nameOf(resource.urn)}-1234567`;
        const wrong = [];
        if (name.length > rule.limit) {
            const length = typeof given === "string" ? name.length : `${name.length - GENERATED_SUFFIX} + ${GENERATED_SUFFIX} generated`;
            wrong.push(`is named ${name}: ${length} characters, at most ${rule.limit} allowed`);
        }
        if (rule.pattern && !rule.pattern.test(name)) wrong.push(`is named ${name}, which AWS rejects`);
        return wrong;
    },
);

/** Properties with a physical name, unique in an account and region (bucket names: globally). */
const NAMED = [
    "name",
    "bucket",
    "identifier",
    "clusterIdentifier",
    "replicationGroupId",
    "family",
    "alarmName",
    "dashboardName",
    "groupName",
    "ruleName",
    "domain",
    "finalSnapshotIdentifier",
];
/** Types whose `name` is unique only within another resource, by the property with the other resource. */
const WITHIN: Record<string, string> = { "aws:ecs/service:Service": "cluster" };
/** Types whose `name` isn't unique, or refers to another resource. */
const NOT_NAMES =
    /^aws:(appautoscaling|route53|iam\/rolePolic|s3\/bucket(?!:)|cloudwatch\/logStream|glue\/catalogTable|ecr\/(lifecycle|repositoryPolicy)|apigateway|vpc)|^random:|^aws:cognito\/(userGroup|resourceServer|userPoolClient)/;

/** The explicit physical names in a deployment, as `type region name`. */
export function explicitNames(resources: readonly DeployedResource[], region: string): string[] {
    return resources
        .filter((it) => isAws(it) && it.custom && !NOT_NAMES.test(it.type))
        .flatMap((it) => {
            const inputs = inputsOf(it);
            const where = it.type === "aws:s3/bucket:Bucket" ? "everywhere" : typeof inputs.region === "string" ? inputs.region : region;
            return NAMED.filter((key) => typeof inputs[key] === "string" && isOwnName(it.type, key)).map(
                (key) => `${it.type} ${where} ${withinOf(it.type, inputs)}${String(inputs[key])}`,
            );
        });
}

const withinOf = (type: string, inputs: Record<string, unknown>): string => {
    const scope = inputs[WITHIN[type] ?? ""];
    return typeof scope === "string" ? `${scope}/` : "";
};

/** The `family` of a parameter group is an engine, and an instance's `clusterIdentifier` is its cluster. */
const isOwnName = (type: string, key: string): boolean =>
    (key !== "family" || type.startsWith("aws:ecs/")) && (key !== "clusterIdentifier" || type === "aws:docdb/cluster:Cluster");
