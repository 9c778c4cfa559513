export * from "./building-blocks";
export * from "./ai-services";
export * from "./api-gateway";
export * from "./backups";
export * from "./data-lake";
export {
    DatabaseUsers,
    type DatabaseUserArgs,
    type DatabaseUsersArgs,
    type DatabaseUsersParts,
    type SourceUsersArgs,
    type UsersDatabase,
} from "./database-users";
export * from "./delivery";
export * from "./document-cluster";
export * from "./edge";
export * from "./encryption-key";
export * from "./event-hub";
export { EventBus, type EventBusArgs, type EventBusParts } from "./event-bus";
export { EventStream, type EventStreamArgs, type EventStreamParts } from "./event-stream";
export * from "./notification-topic";
export * from "./scheduled-task";
export { type QueueSenders, WorkQueue, type WorkQueueArgs, type WorkQueueParts } from "./work-queue";
export * from "./existing-bucket";
export * from "./existing-vpc";
export * from "./fargate-cluster";
export * from "./fargate-service";
export * from "./fargate-task";
export * from "./identity";
export * from "./image-repository";
export * from "./ingest-pipeline";
export * from "./internal-load-balancer";
export * from "./log-bucket";
export { ModelEndpoint, type ModelEndpointArgs, type ModelEndpointParts, type ModelEndpointSettings } from "./model-endpoint";
export * from "./observability";
export * from "./port-forwarding";
export * from "./postgres-cluster";
export * from "./private-bucket";
export {
    type MonitoredCluster,
    type MonitoredRestoreTests,
    RecoveryMonitor,
    type RecoveryMonitorArgs,
    type RecoveryMonitorParts,
} from "./recovery-monitor";
export { RecoveryTable, type RecoveryTableArgs, type RecoveryTableParts } from "./recovery-table";
export * from "./redis-cluster";
export * from "./replicated-bucket";
export { ReplicatedSecret, type ReplicatedSecretArgs, type ReplicatedSecretParts, type SecretReference } from "./replicated-secret";
export { type RestoredType, RestoreTests, type RestoreTestsArgs, type RestoreTestsParts } from "./restore-tests";
export * from "./task-run";
export * from "./vpc";
export { VpcFunction, type VpcFunctionArgs, type VpcFunctionParts } from "./vpc-function";
export { findAvailabilityZones } from "./vpc/zones";
export type { Network } from "./vpc/network";
export { addressProblems, type EndpointFacts, type ExistingVpcFacts, existingVpcProblems, type SubnetFacts } from "./existing-vpc/rules";
export type { DatabaseAccess } from "../functions/database-users/logins";
export { DOCUMENT_INGESTED, DOCUMENTS_FOLDER } from "../functions/ingest/contract";
export { DOCUMENTS_TABLE, EVENTS_TABLE, type LakeTable } from "./data-lake/tables";

// Types in the arguments and methods of these components, so that programs can refer to them.
export type { ContentFilter, DeniedTopic, FilterStrength, GuardrailSettings } from "./ai-services/guardrail";
export type { InvocationData, InvocationLogging, InvocationLoggingArgs, InvocationLoggingSettings } from "./ai-services/invocation-logging";
export type { ConnectedOrigin, SharedDistributionArgs } from "./edge/distribution";
export type { ServiceDistribution, ServiceDistributionArgs } from "./edge/service-domains";
export type { PrefixedDomains } from "./edge/service-prefix";
export type { SiteArgs } from "./edge/site";
export type { WebAclArgs } from "./edge/web-acl";
export type { Destination, Route } from "./event-hub/routes";
export type { EndpointRestriction } from "./data-lake/endpoint-policy";
export type { LakeQueriesArgs } from "./data-lake/queries";
export type { SubnetBlocks } from "./vpc/cidr";

// Groups of parts, which the components' `XParts` interfaces extend.
export type { InvocationLoggingParts } from "./ai-services/invocation-logging";
export type { AccountLoggingParts } from "./api-gateway/access-log";
export type { ApiDomainParts } from "./api-gateway/domain";
export type { KeepAliveParts } from "./api-gateway/keep-alive";
export type { MethodParts } from "./api-gateway/methods";
export type { LakeQueriesParts } from "./data-lake/queries";
export type { BuildParts } from "./delivery/build";
export type { PipelineParts } from "./delivery/pipeline";
export type { AccessLogParts } from "./edge/access-logs";
export type { EdgeDomainParts } from "./edge/domain";
export type { SecurityHeaderParts } from "./edge/security-headers";
export type { ServiceDistributionParts } from "./edge/service-domains";
export type { SiteParts } from "./edge/site";
export type { VpcOriginParts } from "./edge/vpc-origin";
export type { WebAclParts } from "./edge/web-acl";
export type { ScalingParts } from "./fargate-service/scaling";
export type { TargetParts } from "./fargate-service/targets";
export type { TaskTransforms } from "./fargate-task/args";
export type { CertificateParts } from "./internal/certificate";
export type { InterfaceEndpointParts } from "./vpc/interface-endpoints";
export type { SubnetParts } from "./vpc/subnets";
export type { DeadLetterParts } from "./internal/dead-letter-queue";
export type { ReplicationParts } from "./internal/replication";
export type { WebAclLogParts } from "./internal/web-acl";
export type { RegionalAlarmParts } from "./observability/regional-alarms";
export type { SpendingParts } from "./observability/spending";
export type { TopicParts } from "./observability/topic";
export type { TracingParts } from "./observability/tracing";
export type { FactProblem } from "./existing-vpc/rules";
export type { AdditionalGroup } from "./internal/managed-rules";
export type { IpSetParts } from "./internal/ip-sets";
export type { NatInstanceParts } from "./vpc/nat-instance";
export type { ProviderParts } from "./identity/providers";
export type { UserPoolWebAclParts } from "./identity/web-acl";
export type { StorageArgs } from "./postgres-cluster/storage";
export type { TransitGatewayParts } from "./vpc/transit-gateway";
