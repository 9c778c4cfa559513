import path from "node:path";
import * as aws from "@pulumi/aws";
import { expect } from "chai";
import ts from "typescript";
import * as components from "../../components";
import type { AlarmDefinition, Monitored } from "../../components/building-blocks/alarms";
import { record } from "../../components/testing";
import { componentSources } from "../support/interfaces";
import { metricProblem } from "../support/metrics";
import { PLANS, planOf } from "../support/plans";
import { inRelease } from "../support/release";
import {
    ai,
    arn,
    database,
    databaseUsers,
    endpoint,
    gateway,
    job,
    keys,
    monitor,
    network,
    pipeline,
    placement,
    postgres,
    service,
    stream,
} from "../support/minimal";

/**
 * The definition and severity of the platform's alarms. An alarm with a misspelled metric or the wrong comparison never changes its state, and no
 * other test would detect that. Components can have additional alarms, of which only the metrics are checked.
 */

const recovery = { region: "us-west-2", kmsKeyArn: keys.kmsKeyArn };

/** Every monitored component, with the arguments that its alarms need. */
const made: Record<string, () => Monitored> = {
    DataLake: () =>
        new components.DataLake("it", {
            kmsKeyArn: keys.kmsKeyArn,
            databaseName: "it",
            raw: { bucketName: "it-raw", replicaBucketName: "it-raw-copy" },
            curated: { bucketName: "it-curated", replicaBucketName: "it-curated-copy" },
            recovery,
            timeControl: true,
        }),
    Delivery: () =>
        new components.Delivery("it", {
            ...keys,
            service: {
                source: { repositoryId: "acme/api" },
                repository: new components.ImageRepository("images", { repositoryName: "it", kmsKeyArn: keys.kmsKeyArn }),
                containerName: "api",
            },
            site: { source: { repositoryId: "acme/site" }, bucketName: "it", distributionId: "E1", outputDirectory: "dist" },
        }),
    DatabaseUsers: () => new components.DatabaseUsers("it", databaseUsers),
    EventBus: () => new components.EventBus("it", { kmsKeyArn: keys.kmsKeyArn }),
    ModelEndpoint: () => new components.ModelEndpoint("it", { ...keys, ...endpoint }),
    NotificationTopic: () => new components.NotificationTopic("it", { kmsKeyArn: keys.kmsKeyArn }),
    PostgresCluster: () => new components.PostgresCluster("it", postgres),
    "PostgresCluster, a replica": () =>
        new components.PostgresCluster("it", {
            ...database,
            dbName: "app",
            replicaOf: { sourceArn: arn("rds", "db:source") },
            credentials: { username: "app", password: "secret" },
        }),
    DocumentCluster: () => new components.DocumentCluster("it", database),
    RedisCluster: () => new components.RedisCluster("it", { ...keys, ...placement, secretName: "it", nodes: 2 }),
    "RedisCluster, volatile-lru": () =>
        new components.RedisCluster("it", { ...keys, ...placement, secretName: "it", nodes: 1, evictionPolicy: "volatile-lru" }),
    "RedisCluster, noeviction": () =>
        new components.RedisCluster("it", { ...keys, ...placement, secretName: "it", nodes: 1, evictionPolicy: "noeviction" }),
    WorkQueue: () => new components.WorkQueue("it", keys),
    EventStream: () => new components.EventStream("it", { ...keys, ...stream }),
    EventHub: () =>
        new components.EventHub("it", {
            ...keys,
            stream,
            routes: { everything: { detailTypes: [], to: ["stream", "queue", "notifications"] } },
        }),
    IngestPipeline: () =>
        new components.IngestPipeline("it", {
            ...pipeline,
        }),
    VpcFunction: () =>
        new components.VpcFunction("it", { ...keys, placement, entry: path.resolve("functions/ingest/index.ts"), description: "It" }),
    InternalLoadBalancer: () => new components.InternalLoadBalancer("it", placement),
    ScheduledTask: () => new components.ScheduledTask("it", job),
    FargateService: () => new components.FargateService("it", service),
    ApiGateway: () =>
        new components.ApiGateway("it", {
            ...gateway,
            // A standby has keep-alive requests and a certificate.
            domain: { apiName: "api.example.com", regionalName: "api-us-east-1.example.com", zoneId: "Z1", failover: "SECONDARY" },
        }),
    Edge: () =>
        new components.Edge("it", {
            bucketName: "it-site",
            usEast1LogKeyArn: keys.logKeyArn,
            domain: { name: "app.example.com", zoneId: "Z1" },
            recovery: { region: "us-west-2", bucketName: "it-site-copy" },
        }),
    AiServices: () =>
        new components.AiServices("it", {
            ...ai,
            endpoint,
        }),
    Backups: () =>
        new components.Backups("it", {
            ...keys,
            vaultName: "it",
            plans: { it: { resources: [arn("rds", "db:it")], resourceTypes: ["RDS"] } },
            recovery,
        }),
    RecoveryMonitor: () =>
        new components.RecoveryMonitor("it", {
            ...monitor,
            restoreTests: {
                planName: "it",
                planArn: "arn:aws:backup:us-east-1:123456789012:restore-testing-plan:it-1",
                resourceTypes: ["RDS"],
            },
        }),
    ReplicatedBucket: () =>
        new components.ReplicatedBucket("it", {
            kmsKeyArn: keys.kmsKeyArn,
            bucketName: "it-raw",
            replicaBucketName: "it-raw-copy",
            recovery,
            twoWay: true,
        }),
    Vpc: () =>
        new components.Vpc("it", {
            ...network,
            natGateways: "one-per-zone",
        }),
};

/** Dimensions, with * for generated parts: `QueueName=it-dead-letters-*`. */
const by = (dimensions: AlarmDefinition["dimensions"]) =>
    Object.entries(dimensions)
        .map(([name, value]) => `${name}=${String(value).replace(/\b[A-Z]?[\dA-Fa-f]{7,}(-[\da-f]{4}){0,3}(-[\da-f]{12})?\b/g, "*")}`)
        .join(" ");

/** An alarm in one line. */
const line = (it: AlarmDefinition): string =>
    [
        `${it.severity}: ${it.namespace} ${it.metricName} ${it.statistic}`,
        ...(it.rateOf ? [`% of ${it.rateOf}`] : []),
        ...(it.complement ? [`% of it and ${it.complement}`] : []),
        `${it.comparison} ${it.threshold} for ${it.periods ?? 3} x ${it.period ?? 60} s`,
        ...(it.missingData ? [`or no data (${it.missingData})`] : []),
        ...(it.region ? [`in ${it.region}`] : []),
        `by ${by(it.dimensions)}`,
    ].join(" ");

const SIGNALS: Record<string, Record<string, string>> = {
    DataLake: {
        "raw-replication-failed":
            "ticket: AWS/S3 OperationsFailedReplication Sum above 0 for 1 x 300 s by SourceBucket=it-raw DestinationBucket=it-raw-copy RuleId=everything",
        "raw-replication-latency":
            "ticket: AWS/S3 ReplicationLatency Maximum above 900 for 3 x 300 s in us-west-2 by SourceBucket=it-raw DestinationBucket=it-raw-copy RuleId=everything",
        "curated-replication-failed":
            "ticket: AWS/S3 OperationsFailedReplication Sum above 0 for 1 x 300 s by SourceBucket=it-curated DestinationBucket=it-curated-copy RuleId=everything",
        "curated-replication-latency":
            "ticket: AWS/S3 ReplicationLatency Maximum above 900 for 3 x 300 s in us-west-2 by SourceBucket=it-curated DestinationBucket=it-curated-copy RuleId=everything",
    },
    Delivery: {
        "service-pipeline":
            "ticket: AWS/CodePipeline FailedPipelineExecutions Sum above 0 for 1 x 300 s by PipelineName=it-service-pipeline-*",
        "site-pipeline":
            "ticket: AWS/CodePipeline FailedPipelineExecutions Sum above 0 for 1 x 300 s by PipelineName=it-site-publication-pipeline-*",
    },
    EventBus: {
        "dead-letters": "page: AWS/SQS ApproximateNumberOfMessagesVisible Maximum above 0 for 1 x 60 s by QueueName=it-dead-letters-*",
    },
    ModelEndpoint: {
        "server-errors": "ticket: AWS/SageMaker Invocation5XXErrors Sum above 0 for 2 x 300 s by EndpointName=it-* VariantName=main",
    },
    NotificationTopic: {
        failed: "ticket: AWS/SNS NumberOfNotificationsFailed Sum above 0 for 1 x 300 s by TopicName=it-topic-*",
    },
    PostgresCluster: {
        cpu: "page: AWS/RDS CPUUtilization Average above 85 for 10 x 60 s by DBInstanceIdentifier=it",
        "free-storage": "page: AWS/RDS FreeStorageSpace Minimum below 5368709120 for 3 x 300 s by DBInstanceIdentifier=it",
        connections: "page: AWS/RDS DatabaseConnections Maximum above 2528 for 3 x 60 s by DBInstanceIdentifier=it",
        "free-memory": "ticket: AWS/RDS FreeableMemory Minimum below 1717986918 for 3 x 300 s by DBInstanceIdentifier=it",
        "disk-queue": "ticket: AWS/RDS DiskQueueDepth Average above 64 for 3 x 300 s by DBInstanceIdentifier=it",
    },
    "PostgresCluster, a replica": {
        cpu: "page: AWS/RDS CPUUtilization Average above 85 for 10 x 60 s by DBInstanceIdentifier=it",
        "free-storage": "page: AWS/RDS FreeStorageSpace Minimum below 5368709120 for 3 x 300 s by DBInstanceIdentifier=it",
        connections: "page: AWS/RDS DatabaseConnections Maximum above 2528 for 3 x 60 s by DBInstanceIdentifier=it",
        "free-memory": "ticket: AWS/RDS FreeableMemory Minimum below 1717986918 for 3 x 300 s by DBInstanceIdentifier=it",
        "disk-queue": "ticket: AWS/RDS DiskQueueDepth Average above 64 for 3 x 300 s by DBInstanceIdentifier=it",
        "replica-lag": "page: AWS/RDS ReplicaLag Maximum above 900 for 5 x 60 s or no data (breaching) by DBInstanceIdentifier=it",
        "replication-stopped": "page: AWS/RDS ReplicaLag Maximum below 0 for 5 x 60 s by DBInstanceIdentifier=it",
    },
    DocumentCluster: {
        cpu: "page: AWS/DocDB CPUUtilization Maximum above 85 for 10 x 60 s by DBClusterIdentifier=it",
        "free-memory": "page: AWS/DocDB FreeableMemory Minimum below 858993459 for 3 x 300 s by DBClusterIdentifier=it",
        "free-local-storage": "ticket: AWS/DocDB FreeLocalStorage Minimum below 2147483648 for 3 x 300 s by DBClusterIdentifier=it",
        connections: "page: AWS/DocDB DatabaseConnections Maximum above 1360 for 3 x 60 s by DBClusterIdentifier=it",
        "replica-lag": "ticket: AWS/DocDB DBClusterReplicaLagMaximum Maximum above 5000 for 5 x 60 s by DBClusterIdentifier=it",
    },
    RedisCluster: {
        "hit-rate-001":
            "ticket: AWS/ElastiCache CacheHits Sum % of it and CacheMisses below 80 for 12 x 300 s by CacheClusterId=it-group-*-001",
        "engine-cpu-001": "page: AWS/ElastiCache EngineCPUUtilization Average above 85 for 5 x 60 s by CacheClusterId=it-group-*-001",
        "connections-001": "ticket: AWS/ElastiCache CurrConnections Maximum above 50000 for 3 x 60 s by CacheClusterId=it-group-*-001",
        "replication-lag-001": "ticket: AWS/ElastiCache ReplicationLag Maximum above 5 for 5 x 60 s by CacheClusterId=it-group-*-001",
        "hit-rate-002":
            "ticket: AWS/ElastiCache CacheHits Sum % of it and CacheMisses below 80 for 12 x 300 s by CacheClusterId=it-group-*-002",
        "engine-cpu-002": "page: AWS/ElastiCache EngineCPUUtilization Average above 85 for 5 x 60 s by CacheClusterId=it-group-*-002",
        "connections-002": "ticket: AWS/ElastiCache CurrConnections Maximum above 50000 for 3 x 60 s by CacheClusterId=it-group-*-002",
        "replication-lag-002": "ticket: AWS/ElastiCache ReplicationLag Maximum above 5 for 5 x 60 s by CacheClusterId=it-group-*-002",
    },
    "RedisCluster, volatile-lru": {
        "memory-001": "page: AWS/ElastiCache DatabaseMemoryUsagePercentage Maximum above 90 for 5 x 60 s by CacheClusterId=it-group-*-001",
        "evictions-001": "ticket: AWS/ElastiCache Evictions Sum above 1000 for 3 x 300 s by CacheClusterId=it-group-*-001",
        "engine-cpu-001": "page: AWS/ElastiCache EngineCPUUtilization Average above 85 for 5 x 60 s by CacheClusterId=it-group-*-001",
        "connections-001": "ticket: AWS/ElastiCache CurrConnections Maximum above 50000 for 3 x 60 s by CacheClusterId=it-group-*-001",
    },
    "RedisCluster, noeviction": {
        "memory-001": "page: AWS/ElastiCache DatabaseMemoryUsagePercentage Maximum above 90 for 5 x 60 s by CacheClusterId=it-group-*-001",
        "engine-cpu-001": "page: AWS/ElastiCache EngineCPUUtilization Average above 85 for 5 x 60 s by CacheClusterId=it-group-*-001",
        "connections-001": "ticket: AWS/ElastiCache CurrConnections Maximum above 50000 for 3 x 60 s by CacheClusterId=it-group-*-001",
    },
    WorkQueue: {
        "dead-letters": "page: AWS/SQS ApproximateNumberOfMessagesVisible Maximum above 0 for 1 x 60 s by QueueName=it-dead-letters-*",
        age: "page: AWS/SQS ApproximateAgeOfOldestMessage Maximum above 900 for 5 x 60 s by QueueName=it-queue-*",
    },
    EventStream: {
        "iterator-age": "page: AWS/Kinesis GetRecords.IteratorAgeMilliseconds Maximum above 600000 for 5 x 60 s by StreamName=it-stream-*",
        "write-throttles": "ticket: AWS/Kinesis WriteProvisionedThroughputExceeded Sum above 0 for 5 x 60 s by StreamName=it-stream-*",
        "delivery-freshness":
            "page: AWS/Firehose DeliveryToS3.DataFreshness Maximum above 1800 for 1 x 300 s by DeliveryStreamName=it-delivery-*",
        "delivery-failed": "ticket: AWS/Firehose DeliveryToS3.Success Average below 1 for 3 x 300 s by DeliveryStreamName=it-delivery-*",
    },
    EventHub: {
        "bus-dead-letters": "page: AWS/SQS ApproximateNumberOfMessagesVisible Maximum above 0 for 1 x 60 s by QueueName=it-dead-letters-*",
        "work-dead-letters":
            "page: AWS/SQS ApproximateNumberOfMessagesVisible Maximum above 0 for 1 x 60 s by QueueName=it-work-dead-letters-*",
        "work-age": "page: AWS/SQS ApproximateAgeOfOldestMessage Maximum above 900 for 5 x 60 s by QueueName=it-work-queue-*",
        "notifications-failed":
            "ticket: AWS/SNS NumberOfNotificationsFailed Sum above 0 for 1 x 300 s by TopicName=it-notifications-topic-*",
        "stream-iterator-age":
            "page: AWS/Kinesis GetRecords.IteratorAgeMilliseconds Maximum above 600000 for 5 x 60 s by StreamName=it-stream-stream-*",
        "stream-write-throttles":
            "ticket: AWS/Kinesis WriteProvisionedThroughputExceeded Sum above 0 for 5 x 60 s by StreamName=it-stream-stream-*",
        "stream-delivery-freshness":
            "page: AWS/Firehose DeliveryToS3.DataFreshness Maximum above 1800 for 1 x 300 s by DeliveryStreamName=it-stream-delivery-*",
        "stream-delivery-failed":
            "ticket: AWS/Firehose DeliveryToS3.Success Average below 1 for 3 x 300 s by DeliveryStreamName=it-stream-delivery-*",
        undelivered: "page: AWS/SQS ApproximateNumberOfMessagesVisible Maximum above 0 for 1 x 60 s by QueueName=it-undelivered-*",
        "everything-failed":
            "ticket: AWS/Events FailedInvocations Sum above 0 for 1 x 300 s by EventBusName=it-bus-* RuleName=it-everything-*",
    },
    IngestPipeline: {
        failing: "page: AiPlatform Failed Sum % of Received above 50 for 1 x 900 s by service=it-reader-function-*",
        "failed-retries": "ticket: AiPlatform FailedRetries Sum above 0 for 1 x 300 s by service=it-reader-function-*",
        rejected: "ticket: AiPlatform Rejected Sum % of Received above 25 for 1 x 3600 s by service=it-reader-function-*",
        undelivered: "page: AWS/SQS ApproximateNumberOfMessagesVisible Maximum above 0 for 1 x 300 s by QueueName=it-undelivered-*",
        "queue-dead-letters":
            "ticket: AWS/SQS ApproximateNumberOfMessagesVisible Maximum above 0 for 1 x 60 s by QueueName=it-work-dead-letters-*",
        "queue-age": "page: AWS/SQS ApproximateAgeOfOldestMessage Maximum above 2175 for 5 x 60 s by QueueName=it-work-queue-*",
        "function-errors": "page: AWS/Lambda Errors Sum % of Invocations above 5 for 2 x 300 s by FunctionName=it-reader-function-*",
        "function-throttles": "ticket: AWS/Lambda Throttles Sum above 0 for 3 x 300 s by FunctionName=it-reader-function-*",
        "function-duration": "ticket: AWS/Lambda Duration p99 above 108000 for 3 x 300 s by FunctionName=it-reader-function-*",
        "function-dead-letters":
            "ticket: AWS/SQS ApproximateNumberOfMessagesVisible Maximum above 0 for 1 x 300 s by QueueName=it-reader-dead-letters-*",
    },
    DatabaseUsers: {
        "rotation-errors": "page: AWS/Lambda Errors Sum above 0 for 1 x 300 s by FunctionName=it-rotation-function-*",
        "rotation-throttles": "ticket: AWS/Lambda Throttles Sum above 0 for 3 x 300 s by FunctionName=it-rotation-function-*",
        "rotation-duration": "ticket: AWS/Lambda Duration p99 above 108000 for 3 x 300 s by FunctionName=it-rotation-function-*",
        "rotation-dead-letters":
            "ticket: AWS/SQS ApproximateNumberOfMessagesVisible Maximum above 0 for 1 x 300 s by QueueName=it-rotation-dead-letters-*",
    },
    VpcFunction: {
        errors: "page: AWS/Lambda Errors Sum % of Invocations above 5 for 2 x 300 s by FunctionName=it-function-*",
        throttles: "ticket: AWS/Lambda Throttles Sum above 0 for 3 x 300 s by FunctionName=it-function-*",
        duration: "ticket: AWS/Lambda Duration p99 above 54000 for 3 x 300 s by FunctionName=it-function-*",
        "dead-letters": "ticket: AWS/SQS ApproximateNumberOfMessagesVisible Maximum above 0 for 1 x 300 s by QueueName=it-dead-letters-*",
    },
    FargateService: {
        "load-balancer-errors": "page: AWS/ApplicationELB HTTPCode_ELB_5XX_Count Sum above 10 for 3 x 60 s by LoadBalancer=app/it-alb-*/*",
        errors: "page: AWS/ApplicationELB HTTPCode_Target_5XX_Count Sum % of RequestCount above 5 for 3 x 60 s by LoadBalancer=app/it-alb-*/* TargetGroup=targetgroup/it-tg-*/*",
        latency:
            "page: AWS/ApplicationELB TargetResponseTime p50 above 3 for 5 x 60 s by LoadBalancer=app/it-alb-*/* TargetGroup=targetgroup/it-tg-*/*",
        "latency-p99":
            "ticket: AWS/ApplicationELB TargetResponseTime p99 above 15 for 15 x 60 s by LoadBalancer=app/it-alb-*/* TargetGroup=targetgroup/it-tg-*/*",
        "unhealthy-hosts":
            "ticket: AWS/ApplicationELB UnHealthyHostCount Maximum above 0 for 5 x 60 s by LoadBalancer=app/it-alb-*/* TargetGroup=targetgroup/it-tg-*/*",
        cpu: "ticket: AWS/ECS CPUUtilization Average above 85 for 5 x 60 s by ClusterName=it-cluster-* ServiceName=it-service-*",
        memory: "ticket: AWS/ECS MemoryUtilization Average above 85 for 5 x 60 s by ClusterName=it-cluster-* ServiceName=it-service-*",
        "running-tasks":
            "page: ECS/ContainerInsights RunningTaskCount Minimum % of DesiredTaskCount below 100 for 5 x 60 s or no data (breaching) by ClusterName=it-cluster-* ServiceName=it-service-*",
    },
    ApiGateway: {
        "5xx": "page: AWS/ApiGateway 5XXError Sum % of Count above 5 for 3 x 60 s by ApiName=it-api-* Stage=prod",
        latency: "page: AWS/ApiGateway Latency p50 above 5000 for 5 x 60 s by ApiName=it-api-* Stage=prod",
        "latency-p99": "ticket: AWS/ApiGateway Latency p99 above 20000 for 15 x 60 s by ApiName=it-api-* Stage=prod",
        "4xx": "ticket: AWS/ApiGateway 4XXError Sum % of Count above 20 for 3 x 300 s by ApiName=it-api-* Stage=prod",
        "integration-latency": "ticket: AWS/ApiGateway IntegrationLatency p50 above 3000 for 15 x 60 s by ApiName=it-api-* Stage=prod",
        "keep-warm": "ticket: AWS/Events FailedInvocations Sum above 0 for 3 x 86400 s by RuleName=it-keep-warm-*",
        "certificate-expiry":
            "ticket: AWS/CertificateManager DaysToExpiry Minimum below 30 for 1 x 86400 s by CertificateArn=arn:aws:acm:us-east-1:*:certificate/*",
    },
    Edge: {
        "5xx": "page: AWS/CloudFront 5xxErrorRate Average above 5 for 5 x 60 s in us-east-1 by DistributionId=* Region=Global",
        "4xx": "ticket: AWS/CloudFront 4xxErrorRate Average above 25 for 3 x 300 s in us-east-1 by DistributionId=* Region=Global",
        "certificate-expiry":
            "ticket: AWS/CertificateManager DaysToExpiry Minimum below 30 for 1 x 86400 s in us-east-1 by CertificateArn=arn:aws:acm:us-east-1:*:certificate/*",
        "site-replication-failed":
            "ticket: AWS/S3 OperationsFailedReplication Sum above 0 for 1 x 300 s by SourceBucket=it-site DestinationBucket=it-site-copy RuleId=everything",
        "site-replication-latency":
            "ticket: AWS/S3 ReplicationLatency Maximum above 3600 for 3 x 300 s in us-west-2 by SourceBucket=it-site DestinationBucket=it-site-copy RuleId=everything",
    },
    AiServices: {
        "throttles-amazon-nova-lite-v1-0":
            "ticket: AWS/Bedrock InvocationThrottles Sum above 10 for 3 x 300 s by ModelId=amazon.nova-lite-v1:0",
        "server-errors-amazon-nova-lite-v1-0":
            "ticket: AWS/Bedrock InvocationServerErrors Sum above 5 for 2 x 300 s by ModelId=amazon.nova-lite-v1:0",
        "endpoint-server-errors":
            "ticket: AWS/SageMaker Invocation5XXErrors Sum above 0 for 2 x 300 s by EndpointName=it-model-* VariantName=main",
    },
    Backups: {
        failed: "ticket: AWS/Backup NumberOfBackupJobsFailed Sum above 0 for 1 x 3600 s by BackupVaultName=it",
        expired: "ticket: AWS/Backup NumberOfBackupJobsExpired Sum above 0 for 1 x 3600 s by BackupVaultName=it",
        "none-in-a-day":
            "ticket: AWS/Backup NumberOfBackupJobsCompleted Sum below 1 for 1 x 86400 s or no data (breaching) by BackupVaultName=it",
        "none-of-rds":
            "ticket: AWS/Backup NumberOfBackupJobsCompleted Sum below 1 for 1 x 86400 s or no data (breaching) by ResourceType=RDS",
        "copy-failed": "ticket: AWS/Backup NumberOfCopyJobsFailed Sum above 0 for 1 x 3600 s by BackupVaultName=it",
    },
    RecoveryMonitor: {
        "drill-age": "ticket: Recovery LastDrillAge Maximum above 31536000 for 1 x 7200 s by Environment=it",
        "restore-test-age": "ticket: Recovery LastRestoreTestAge Maximum above 691200 for 1 x 7200 s by Environment=it",
        rto: "ticket: Recovery RtoSeconds Maximum above 1800 for 1 x 86400 s by Environment=it",
        rpo: "ticket: Recovery RpoSeconds Maximum above 60 for 1 x 86400 s by Environment=it",
        errors: "ticket: AWS/Lambda Errors Sum above 0 for 2 x 3600 s by FunctionName=it-function-*",
        "missed-runs": "ticket: AWS/Lambda Invocations Sum below 1 for 3 x 3600 s or no data (breaching) by FunctionName=it-function-*",
    },
    ReplicatedBucket: {
        "replication-failed":
            "ticket: AWS/S3 OperationsFailedReplication Sum above 0 for 1 x 300 s by SourceBucket=it-raw DestinationBucket=it-raw-copy RuleId=everything",
        "replication-latency":
            "ticket: AWS/S3 ReplicationLatency Maximum above 3600 for 3 x 300 s in us-west-2 by SourceBucket=it-raw DestinationBucket=it-raw-copy RuleId=everything",
        "reverse-replication-failed":
            "ticket: AWS/S3 OperationsFailedReplication Sum above 0 for 1 x 300 s in us-west-2 by SourceBucket=it-raw-copy DestinationBucket=it-raw RuleId=everything",
        "reverse-replication-latency":
            "ticket: AWS/S3 ReplicationLatency Maximum above 3600 for 3 x 300 s by SourceBucket=it-raw-copy DestinationBucket=it-raw RuleId=everything",
    },
    Vpc: {
        "nat-us-east-1a-ports": "page: AWS/NATGateway ErrorPortAllocation Sum above 0 for 3 x 60 s by NatGatewayId=nat-*",
        "nat-us-east-1a-packets-dropped":
            "ticket: AWS/NATGateway PacketsDropCount Sum % of PacketsInFromSource above 0.01 for 3 x 300 s by NatGatewayId=nat-*",
        "nat-us-east-1b-ports": "page: AWS/NATGateway ErrorPortAllocation Sum above 0 for 3 x 60 s by NatGatewayId=nat-*",
        "nat-us-east-1b-packets-dropped":
            "ticket: AWS/NATGateway PacketsDropCount Sum % of PacketsInFromSource above 0.01 for 3 x 300 s by NatGatewayId=nat-*",
    },
};

/** The class of a component in `made`: `RedisCluster` for `RedisCluster, noeviction`. */
const classOf = (name: string) => name.split(",")[0] ?? "";

/** Components with alarms. */
const monitored = componentSources
    .flatMap(({ statements }) => [...statements])
    .filter(ts.isClassDeclaration)
    .filter(({ heritageClauses }) => heritageClauses?.some((it) => /\bMonitored\b/.test(it.getText())))
    .flatMap(({ name }) => name?.text ?? []);

const definitionsOf = async (name: string): Promise<AlarmDefinition[]> => {
    const { outputs } = await record(() => ({ alarms: made[name]?.().alarms }));
    return outputs.alarms as AlarmDefinition[];
};

describe("alarms", () => {
    inRelease("of every component that has some are in this test", () => {
        const tested = new Set(Object.keys(made).map(classOf));
        expect(monitored).to.include("RedisCluster");
        expect(monitored.filter((it) => !tested.has(it))).to.deep.equal([]);
    });

    for (const [name, signals] of Object.entries(SIGNALS)) {
        it(`of ${name} include these`, async () => {
            const alarms = await definitionsOf(name);
            expect(Object.fromEntries(alarms.map((it) => [it.name, line(it)]))).to.include(signals);
            // Alarms with the same text differ in the generated part.
            const watched = alarms.map((it) => JSON.stringify([it.metricName, it.statistic, it.dimensions, it.comparison]));
            expect(watched.filter((it, i) => watched.indexOf(it) < i)).to.deep.equal([]);
        });
    }

    for (const name of Object.keys(made)) {
        it(`of ${name} have metrics that exist`, async () => {
            const metrics = (await definitionsOf(name)).flatMap(({ namespace, metricName, rateOf, complement }) =>
                [metricName, rateOf, complement].flatMap((it) => (it === undefined ? [] : { namespace, metricName: it })),
            );
            expect(metrics).to.not.be.empty;
            expect(metrics.flatMap((it) => metricProblem(it) ?? [])).to.deep.equal([]);
        });
    }

    for (const [name, settings] of Object.entries(PLANS)) {
        it(`of ${name} have metrics that exist`, async () => {
            const metrics = (await planOf(settings)).all(aws.cloudwatch.MetricAlarm).flatMap(({ inputs }) => {
                const queried = inputs.metricQueries?.flatMap(({ metric }) => metric ?? []) ?? [];
                return [inputs as Partial<(typeof queried)[number]>, ...queried].filter(({ metricName }) => metricName !== undefined);
            });
            expect(metrics).to.not.be.empty;
            const problems = metrics.map(({ namespace = "", metricName = "" }) => metricProblem({ namespace, metricName }));
            expect(problems.filter((it) => it !== undefined)).to.deep.equal([]);
        });
    }
});
