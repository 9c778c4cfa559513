import { type Creation, dashed, short, text } from "./computed";
import { EDGE_AND_EVENTS } from "./computed-edge-and-events";
import { NETWORK_AND_DATA } from "./computed-network-and-data";
import type { Properties, Value } from "./values";

const PACKAGES = /^(\w+):(\w+)\/(\w+):(\w+)$/;

/** The property with the physical name, if it isn't `name`. */
const NAME_KEYS: Record<string, string> = {
    "aws:s3/bucket:Bucket": "bucket",
    "aws:rds/instance:Instance": "identifier",
    "aws:docdb/cluster:Cluster": "clusterIdentifier",
    "aws:docdb/clusterInstance:ClusterInstance": "identifier",
    "aws:elasticache/replicationGroup:ReplicationGroup": "replicationGroupId",
    "aws:ecs/taskDefinition:TaskDefinition": "family",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "alarmName",
    "aws:cloudwatch/dashboard:Dashboard": "dashboardName",
    "aws:xray/group:Group": "groupName",
    "aws:xray/samplingRule:SamplingRule": "ruleName",
    "aws:elasticache/user:User": "userId",
    "aws:elasticache/userGroup:UserGroup": "userGroupId",
    "aws:apigateway/stage:Stage": "stageName",
    "aws:schemas/registry:Registry": "name",
    "aws:cognito/userPoolDomain:UserPoolDomain": "domain",
};

const COMPUTED = { ...NETWORK_AND_DATA, ...EDGE_AND_EVENTS };

/**
 * Realistic values for outputs that AWS computes: IDs, generated names, ARNs, and endpoints, equal in every run. Types without an entry
 * get an ID, a name, and an ARN in the usual format.
 */
export function computedOutputs(resource: Creation): Properties & { id: Value } {
    const { type, name, inputs, region, account, hash } = resource;
    const [, pkg = "", module = "", , kind = ""] = PACKAGES.exec(type) ?? [];
    if (pkg === "random") return randomOutputs(kind, name, inputs, hash);
    const nameKey = NAME_KEYS[type] ?? "name";
    // Generated names are the logical name and seven hexadecimal digits.
    const physical = typeof inputs[nameKey] === "string" ? inputs[nameKey] : `${name}-${hash.slice(0, 7)}`;
    const arn = (rest: string, service = module) => `arn:aws:${service}:${region}:${account}:${rest}`;
    const computed = COMPUTED[type]?.({ ...resource, physical, arn }) ?? { arn: arn(`${kind.toLowerCase()}/${physical}`) };
    return { region, [nameKey]: physical, name: physical, ...computed, id: computed.id ?? physical };
}

/** Generated secrets contain `generated-secret`, so that tests can find leaks. */
function randomOutputs(kind: string, name: string, inputs: Properties, hash: string): Properties & { id: Value } {
    if (kind === "RandomPassword") return { id: "none", result: `generated-secret-${name}`, bcryptHash: `generated-secret-bcrypt-${name}` };
    if (kind === "RandomUuid") return { id: dashed(hash), result: dashed(hash) };
    if (kind === "RandomId")
        return { id: short(hash, 8), hex: `${text(inputs.prefix ?? "")}${hash.slice(0, Number(inputs.byteLength ?? 4) * 2)}` };
    const length = Number(inputs.length ?? 8);
    return { id: hash.slice(0, length), result: hash.slice(0, length) };
}
