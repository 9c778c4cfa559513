import { all, ask } from "../../ask";
import { ownerOf, type PlannedResource, type Tags } from "../../planned";
import type { Check, Context, Finding } from "../../types";
import { ACCOUNT_KINDS } from "./account";
import { GLOBAL_KINDS } from "./global";
import type { NameKind, Occupant } from "./kind";

export const NAME_KINDS = [...GLOBAL_KINDS, ...ACCOUNT_KINDS];

/** Types whose explicit names aren't obstacles, with the reason. */
export const NO_OBSTACLE: Record<string, string> = {
    "aws:acm/certificate:Certificate": "several certificates can have the same domain name",
    "aws:apigateway/basePathMapping:BasePathMapping": "belongs to the API's domain name",
    "aws:backup/restoreTestingSelection:RestoreTestingSelection": "belongs to the restore testing plan",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "PutCompositeAlarm overwrites",
    "aws:cloudwatch/dashboard:Dashboard": "PutDashboard overwrites",
    "aws:cloudwatch/logStream:LogStream": "belongs to the log group",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "PutMetricAlarm overwrites",
    "aws:cognito/resourceServer:ResourceServer": "belongs to the user pool",
    "aws:cognito/userGroup:UserGroup": "belongs to the user pool",
    "aws:docdb/clusterInstance:ClusterInstance": "the input refers to its cluster",
    "aws:docdb/clusterParameterGroup:ClusterParameterGroup": "the input refers to its family",
    "aws:ecs/service:Service": "belongs to the cluster",
    "aws:ecs/taskDefinition:TaskDefinition": "registers another revision",
    "aws:elasticache/parameterGroup:ParameterGroup": "the input refers to its family",
    "aws:glue/catalogTable:CatalogTable": "belongs to the Glue database",
    "aws:rds/parameterGroup:ParameterGroup": "the input refers to its family",
    "aws:scheduler/schedule:Schedule": "the input refers to its group",
    "aws:sagemaker/endpoint:Endpoint": "ends with a generated suffix",
};

function nameFinding(asked: string, occupant: Occupant | undefined, owns: (tags?: Tags) => boolean): Finding {
    if (!occupant) return { status: "passed", asked, found: "free" };
    if (occupant.blocked) return { status: "failed", asked, found: occupant.blocked, action: "Choose another name, or free this name." };
    if (occupant.unclear) return { status: "unknown", asked, ...occupant.unclear };
    if (owns(occupant.tags)) return { status: "passed", asked, found: "belongs to this stack" };
    const action = "Delete or import it, or choose another name.";
    return { status: "failed", asked, found: `occupied: exists and belongs to ${ownerOf(occupant.tags)}`, action };
}

function questions(context: Context, kind: NameKind, resource: PlannedResource): Promise<Finding[]>[] {
    const owns = (tags?: Tags) => context.plan.owns(tags);
    return kind.places(resource).map(({ name, region }) => {
        const asked = `${kind.title} ${name} in ${region}`;
        const permissions = kind.permissions.join(" and ");
        return ask(asked, permissions, async () => nameFinding(asked, await kind.find(context, region, name), owns));
    });
}

export const names: Check = {
    id: "names",
    title: "Occupied names",
    actions: NAME_KINDS.flatMap(({ permissions }) => permissions),
    run: (context) =>
        all(NAME_KINDS.flatMap((kind) => context.plan.of(kind.type).flatMap((resource) => questions(context, kind, resource)))),
};
