/** Building blocks for your own components; see docs/extending.md. */
export type { AlarmDefinition, MetricGraph, Monitored } from "./alarms";
export { type Bounds, type Check, checkBetween, checked, checkOneOf, isBetween, withDefaults, type WithDefaults } from "./arguments";
export { permissionsBoundary } from "./boundary";
export {
    grant,
    type Grantee,
    grantName,
    type GrantParts,
    KMS_DECRYPT,
    KMS_ENCRYPT,
    policyDocument,
    ServiceRole,
    type ServiceRoleArgs,
    type ServiceRoleParts,
    type Statement,
    tlsOnly,
    trustPolicy,
    useKeyVia,
    writeLogs,
} from "./iam";
export { checkLogs, forwardLogs, type LogArgs, logArgsOf, logGroupArgs, type LogParts, type LogType } from "./logs";
export { nameFor, shortHash } from "./names";
export { append, type Each, type Nodes, PartFactory, type Transform, type TransformFunction, type Transforms } from "./parts";
export { checkPlacement, placementOf, type VpcPlacement, type VpcPlacementArgs, type VpcReference } from "./placement";
export { accountOf, regionOf } from "./provider";
export {
    allowConnection,
    type Connectable,
    type Connection,
    type ConnectionParts,
    httpsEgressArgs,
    securityGroupArgs,
} from "./security-groups";
