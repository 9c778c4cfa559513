/**
 * Metrics that AWS publishes, by namespace, from the page of its documentation. A metric that AWS doesn't publish has no data, so its alarm never
 * changes state, and neither a preview nor AWS rejects it.
 */
const PUBLISHED: Record<string, [source: string, names: string]> = {
    "AWS/RDS": [
        "AmazonRDS/latest/UserGuide/rds-metrics.html and rds-proxy.monitoring.html",
        `AvailabilityPercentage ClientConnections ClientConnectionsClosed ClientConnectionsNoTLS ClientConnectionsReceived
        ClientConnectionsSetupFailedAuth ClientConnectionsSetupSucceeded ClientConnectionsTLS DatabaseConnectionRequests
        DatabaseConnectionsBorrowLatency DatabaseConnectionsCurrentlyBorrowed DatabaseConnectionsCurrentlyInTransaction
        DatabaseConnectionsCurrentlySessionPinned DatabaseConnectionsSetupFailed DatabaseConnectionsSetupSucceeded MaxDatabaseConnectionsAllowed
        QueryDatabaseResponseLatency QueryRequests QueryResponseLatency
        BinLogDiskUsage BurstBalance CheckpointLag CPUCreditBalance CPUCreditUsage CPUUtilization DatabaseConnections DBLoad DBLoadCPU DBLoadNonCPU
        DiskQueueDepth EBSByteBalance% EBSIOBalance% FreeableMemory FreeStorageSpace MaximumUsedTransactionIDs NetworkReceiveThroughput
        NetworkTransmitThroughput OldestLogicalReplicationSlotLag OldestReplicationSlotLag ReadIOPS ReadLatency ReadThroughput ReplicaLag
        ReplicationSlotDiskUsage SwapUsage TransactionLogsDiskUsage TransactionLogsGeneration WriteIOPS WriteLatency WriteThroughput`,
    ],
    "AWS/DocDB": [
        "documentdb/latest/developerguide/cloud_watch.html",
        `BackupRetentionPeriodStorageUsed BufferCacheHitRatio ChangeStreamLogSize CPUCreditBalance CPUCreditUsage CPUUtilization DatabaseConnections
        DatabaseConnectionsLimit DatabaseConnectionsMax DatabaseCursors DatabaseCursorsLimit DatabaseCursorsMax DatabaseCursorsTimedOut
        DBClusterReplicaLagMaximum DBClusterReplicaLagMinimum DBInstanceReplicaLag DiskQueueDepth DocumentsDeleted DocumentsInserted
        DocumentsReturned DocumentsUpdated EngineUptime FreeableMemory FreeLocalStorage IndexBufferCacheHitRatio LowMemNumOperationsThrottled
        LowMemThrottleQueueDepth NetworkReceiveThroughput NetworkThroughput NetworkTransmitThroughput OpcountersCommand OpcountersDelete
        OpcountersGetmore OpcountersInsert OpcountersQuery OpcountersUpdate ReadIOPS ReadLatency ReadThroughput SnapshotStorageUsed
        SwapUsage TotalBackupStorageBilled TransactionsAborted TransactionsCommitted TransactionsOpen TransactionsOpenLimit
        TransactionsOpenMax TransactionsStarted VolumeBytesUsed VolumeReadIOPs VolumeWriteIOPs WriteIOPS WriteLatency WriteThroughput`,
    ],
    "AWS/ElastiCache": [
        "AmazonElastiCache/latest/dg/CacheMetrics.Redis.html and CacheMetrics.HostLevel.html",
        `ActiveDefragHits AuthenticationFailures BytesUsedForCache CacheHitRate CacheHits CacheMisses CommandAuthorizationFailures CPUCreditBalance
        CPUCreditUsage CPUUtilization CurrConnections CurrItems CurrVolatileItems DatabaseCapacityUsagePercentage DatabaseMemoryUsagePercentage
        DB0AverageTTL EngineCPUUtilization Evictions FreeableMemory GlobalDatastoreReplicationLag IsMaster KeyAuthorizationFailures KeysTracked
        MasterLinkHealthStatus MemoryFragmentationRatio NetworkBandwidthInAllowanceExceeded NetworkBandwidthOutAllowanceExceeded NetworkBytesIn
        NetworkBytesOut NetworkConntrackAllowanceExceeded NetworkPacketsIn NetworkPacketsOut NetworkPacketsPerSecondAllowanceExceeded
        NewConnections NumItemsReadFromDisk NumItemsWrittenToDisk Reclaimed ReplicationBytes ReplicationLag SaveInProgress
        SuccessfulReadRequestLatency SuccessfulWriteRequestLatency SwapUsage TrafficManagementActive`,
    ],
    "AWS/SQS": [
        "AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
        `ApproximateAgeOfOldestMessage ApproximateNumberOfGroupsWithInflightMessages ApproximateNumberOfMessagesDelayed
        ApproximateNumberOfMessagesNotVisible ApproximateNumberOfMessagesVisible NumberOfDeduplicatedSentMessages NumberOfEmptyReceives
        NumberOfMessagesDeleted NumberOfMessagesReceived NumberOfMessagesSent SentMessageSize`,
    ],
    "AWS/SNS": [
        "sns/latest/dg/sns-monitoring-using-cloudwatch.html",
        `NumberOfMessagesPublished NumberOfNotificationsDelivered NumberOfNotificationsFailed NumberOfNotificationsFailedToRedriveToDlq
        NumberOfNotificationsFilteredOut NumberOfNotificationsFilteredOut-InvalidAttributes NumberOfNotificationsFilteredOut-InvalidMessageBody
        NumberOfNotificationsFilteredOut-MessageAttributes NumberOfNotificationsFilteredOut-MessageBody
        NumberOfNotificationsFilteredOut-NoMessageAttributes NumberOfNotificationsRedrivenToDlq PublishSize`,
    ],
    "AWS/Events": [
        "eventbridge/latest/userguide/eb-monitoring.html",
        `DeadLetterInvocations Events FailedInvocations IngestionToInvocationCompleteLatency IngestionToInvocationStartLatency
        InvocationAttempts Invocations InvocationsCreated InvocationsFailedToBeSentToDlq InvocationsSentToDlq MatchedEvents RetryInvocationAttempts
        SuccessfulInvocationAttempts ThrottledRules TriggeredRules PutEventsApproximateCallCount PutEventsApproximateFailedCount
        PutEventsApproximateSuccessCount PutEventsApproximateThrottledCount PutEventsEntriesCount PutEventsFailedEntriesCount PutEventsLatency
        PutEventsRequestSize`,
    ],
    "AWS/Scheduler": [
        "scheduler/latest/UserGuide/monitoring-cloudwatch.html",
        `InvocationAttemptCount InvocationDroppedCount InvocationThrottleCount InvocationsFailedToBeSentToDeadLetterCount
        InvocationsSentToDeadLetterCount InvocationsSentToDeadLetterCount_Truncated_MessageSizeExceeded TargetErrorCount
        TargetErrorThrottledCount`,
    ],
    "AWS/Kinesis": [
        "streams/latest/dev/monitoring-with-cloudwatch.html",
        `GetRecords.Bytes GetRecords.IteratorAgeMilliseconds GetRecords.Latency GetRecords.Records GetRecords.Success IncomingBytes IncomingRecords
        PutRecord.Bytes PutRecord.Latency PutRecord.Success PutRecords.Bytes PutRecords.FailedRecords PutRecords.Latency PutRecords.Success
        PutRecords.SuccessfulRecords PutRecords.ThrottledRecords PutRecords.TotalRecords ReadProvisionedThroughputExceeded
        SubscribeToShard.RateExceeded SubscribeToShard.Success SubscribeToShardEvent.Bytes SubscribeToShardEvent.MillisBehindLatest
        SubscribeToShardEvent.Records SubscribeToShardEvent.Success WriteProvisionedThroughputExceeded`,
    ],
    "AWS/Firehose": [
        "firehose/latest/dev/cloudwatch-metrics.html",
        `BackupToS3.Bytes BackupToS3.DataFreshness BackupToS3.Records BackupToS3.Success BytesPerSecondLimit DataReadFromKinesisStream.Bytes
        DataReadFromKinesisStream.Records DeliveryToS3.Bytes DeliveryToS3.DataFreshness DeliveryToS3.ObjectCount DeliveryToS3.Records
        DeliveryToS3.Success ExecuteProcessing.Duration ExecuteProcessing.Success FailedConversion.Bytes FailedConversion.Records
        IncomingBytes IncomingPutRequests IncomingRecords KinesisMillisBehindLatest RecordsPerSecondLimit SucceedConversion.Bytes
        SucceedConversion.Records SucceedProcessing.Bytes SucceedProcessing.Records ThrottledGetRecords ThrottledGetShardIterator ThrottledRecords`,
    ],
    "AWS/Lambda": [
        "lambda/latest/dg/monitoring-metrics-types.html",
        `AsyncEventAge AsyncEventsDropped AsyncEventsReceived ClaimedAccountConcurrency ConcurrentExecutions DeadLetterErrors
        DestinationDeliveryFailures Duration Errors Invocations IteratorAge OffsetLag OversizedRecordCount PostRuntimeExtensionsDuration
        ProvisionedConcurrencyInvocations ProvisionedConcurrencySpilloverInvocations ProvisionedConcurrencyUtilization
        ProvisionedConcurrentExecutions RecursiveInvocationsDropped Throttles UnreservedConcurrentExecutions`,
    ],
    "AWS/ApplicationELB": [
        "elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
        `ActiveConnectionCount AnomalousHostCount ClientTLSNegotiationErrorCount ConsumedLCUs HealthyHostCount HTTPCode_ELB_3XX_Count
        HTTPCode_ELB_4XX_Count HTTPCode_ELB_500_Count HTTPCode_ELB_502_Count HTTPCode_ELB_503_Count HTTPCode_ELB_504_Count
        HTTPCode_ELB_5XX_Count HTTPCode_Target_2XX_Count HTTPCode_Target_3XX_Count HTTPCode_Target_4XX_Count HTTPCode_Target_5XX_Count
        MitigatedHostCount NewConnectionCount NonStickyRequestCount ProcessedBytes RejectedConnectionCount RequestCount
        RequestCountPerTarget RuleEvaluations TargetConnectionErrorCount TargetResponseTime TargetTLSNegotiationErrorCount
        UnHealthyHostCount`,
    ],
    "AWS/ECS": [
        "AmazonECS/latest/developerguide/available-metrics.html",
        `ActiveConnectionCount CPUReservation CPUUtilization EBSFilesystemUtilization GPUReservation HTTPCode_Target_2XX_Count
        HTTPCode_Target_3XX_Count HTTPCode_Target_4XX_Count HTTPCode_Target_5XX_Count MemoryReservation MemoryUtilization NewConnectionCount
        ProcessedBytes RequestCount RequestCountPerTarget TargetResponseTime`,
    ],
    "ECS/ContainerInsights": [
        "AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html",
        `ContainerInstanceCount CpuReserved CpuUtilized DeploymentCount DesiredTaskCount EphemeralStorageReserved EphemeralStorageUtilized
        MemoryReserved MemoryUtilized NetworkRxBytes NetworkTxBytes PendingTaskCount RestartCount RunningTaskCount ServiceCount StorageReadBytes
        StorageWriteBytes TaskCount TaskSetCount`,
    ],
    "AWS/ApiGateway": [
        "apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
        "4XXError 5XXError CacheHitCount CacheMissCount Count IntegrationLatency Latency",
    ],
    "AWS/CertificateManager": ["acm/latest/userguide/cloudwatch-metrics.html", "DaysToExpiry"],
    "AWS/CloudFront": [
        "AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html",
        `4xxErrorRate 401ErrorRate 403ErrorRate 404ErrorRate 5xxErrorRate 502ErrorRate 503ErrorRate 504ErrorRate BytesDownloaded BytesUploaded
        CacheHitRate FunctionComputeUtilization FunctionExecutionErrors FunctionInvocations FunctionThrottles FunctionValidationErrors
        OriginLatency Requests TotalErrorRate`,
    ],
    "AWS/Bedrock": [
        "bedrock/latest/userguide/monitoring.html",
        `CacheReadInputTokens CacheWriteInputTokens InputTokenCount InvocationClientErrors InvocationLatency Invocations InvocationServerErrors
        InvocationThrottles LegacyModelInvocations OutputImageCount OutputTokenCount`,
    ],
    "AWS/SageMaker": [
        "sagemaker/latest/dg/monitoring-cloudwatch.html",
        `Invocation4XXErrors Invocation5XXErrors InvocationModelErrors Invocations InvocationsPerCopy InvocationsPerInstance ModelLatency
        ModelSetupTime OverheadLatency ServerlessConcurrentExecutionsUtilization`,
    ],
    "AWS/Backup": [
        "aws-backup/latest/devguide/cloudwatch.html",
        `NumberOfBackupJobsAborted NumberOfBackupJobsCompleted NumberOfBackupJobsCreated NumberOfBackupJobsExpired NumberOfBackupJobsFailed
        NumberOfBackupJobsPending NumberOfBackupJobsRunning NumberOfCopyJobsCompleted NumberOfCopyJobsCreated NumberOfCopyJobsFailed
        NumberOfCopyJobsRunning NumberOfRecoveryPointsCold NumberOfRecoveryPointsCompleted NumberOfRecoveryPointsDeleting
        NumberOfRecoveryPointsExpired NumberOfRecoveryPointsPartial NumberOfRestoreJobsCompleted NumberOfRestoreJobsFailed
        NumberOfRestoreJobsPending NumberOfRestoreJobsRunning`,
    ],
    "AWS/S3": [
        "AmazonS3/latest/userguide/metrics-dimensions.html",
        `4xxErrors 5xxErrors AllRequests BucketSizeBytes BytesDownloaded BytesPendingReplication BytesUploaded DeleteRequests FirstByteLatency
        GetRequests HeadRequests ListRequests NumberOfObjects OperationsFailedReplication OperationsPendingReplication PostRequests PutRequests
        ReplicationLatency TotalRequestLatency`,
    ],
    "AWS/AutoScaling": [
        "autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html",
        `GroupAndWarmPoolDesiredCapacity GroupAndWarmPoolTotalCapacity GroupDesiredCapacity GroupInServiceCapacity GroupInServiceInstances
        GroupMaxSize GroupMinSize GroupPendingCapacity GroupPendingInstances GroupStandbyCapacity GroupStandbyInstances GroupTerminatingCapacity
        GroupTerminatingInstances GroupTotalCapacity GroupTotalInstances WarmPoolDesiredCapacity WarmPoolMinSize`,
    ],
    "AWS/NATGateway": [
        "vpc/latest/userguide/metrics-dimensions-nat-gateway.html",
        `ActiveConnectionCount BytesInFromDestination BytesInFromSource BytesOutToDestination BytesOutToSource ConnectionAttemptCount
        ConnectionEstablishedCount ErrorPortAllocation IdleTimeoutCount PacketsDropCount PacketsInFromDestination PacketsInFromSource
        PacketsOutToDestination PacketsOutToSource PeakBytesPerSecond PeakPacketsPerSecond`,
    ],
    "AWS/CodePipeline": [
        "codepipeline/latest/userguide/metrics-dimensions.html",
        "FailedPipelineExecutions PipelineDuration SuccessfulPipelineExecutions",
    ],
    // Published by functions/ingest.
    AiPlatform: ["../functions/ingest", "Failed FailedRetries Received Rejected"],
    // Published by functions/recovery-monitor and tools/failover.
    Recovery: ["../docs/recovery.md", "LastDrillAge LastRestoreTestAge RpoSeconds RtoSeconds"],
};

interface Metric {
    namespace: string;
    metricName: string;
}

/** What is wrong with a metric; undefined if AWS publishes it. */
export function metricProblem({ namespace, metricName }: Metric): string | undefined {
    const [source, names] = PUBLISHED[namespace] ?? [];
    if (source === undefined) return `${namespace} isn't in test/support/metrics.ts. Add its metrics, from the AWS documentation`;
    if (names?.split(/\s+/).includes(metricName)) return undefined;
    return `${namespace} has no metric ${metricName} in test/support/metrics.ts. Compare with https://docs.aws.amazon.com/${source}`;
}
