/** What to do with a resource that isn't adopted. */
export type Kind = "attached" | "data" | "address" | "unknown" | "setting" | "recreated";

type Table = [reason: string, types: string[]][];

/** Resources that hold data. */
const DATA: Table = [
    [
        "a database: keep it until you have moved its data",
        [
            "aws_db_instance aws_rds_cluster aws_rds_cluster_instance aws_rds_global_cluster aws_docdb_cluster aws_docdb_cluster_instance",
            "aws_docdb_global_cluster aws_docdbelastic_cluster aws_neptune_cluster aws_neptune_cluster_instance aws_neptune_global_cluster",
            "aws_dynamodb_table aws_dynamodb_table_item aws_dynamodb_table_replica aws_dynamodb_global_table aws_keyspaces_keyspace",
            "aws_keyspaces_table aws_redshift_cluster aws_redshiftserverless_namespace aws_timestreamwrite_database aws_timestreamwrite_table",
            "aws_timestreaminfluxdb_db_instance aws_qldb_ledger aws_memorydb_cluster aws_opensearch_domain aws_elasticsearch_domain",
            "aws_opensearchserverless_collection aws_glue_catalog_database aws_glue_catalog_table aws_bedrockagent_knowledge_base",
            "aws_prometheus_workspace aws_dsql_cluster",
        ],
    ],
    [
        "a cache, which might be used as a database: check its contents",
        [
            "aws_elasticache_replication_group aws_elasticache_cluster aws_elasticache_serverless_cache",
            "aws_elasticache_global_replication_group",
        ],
    ],
    [
        "a backup: keep it while you might need to restore from it",
        [
            "aws_db_snapshot aws_db_snapshot_copy aws_db_cluster_snapshot aws_db_instance_automated_backups_replication",
            "aws_docdb_cluster_snapshot aws_neptune_cluster_snapshot aws_memorydb_snapshot aws_redshift_cluster_snapshot",
            "aws_rds_cluster_snapshot_copy aws_ebs_snapshot aws_ebs_snapshot_copy aws_ebs_snapshot_import aws_ami aws_ami_copy",
            "aws_ami_from_instance aws_backup_vault aws_backup_logically_air_gapped_vault aws_glacier_vault aws_fsx_backup",
        ],
    ],
    [
        "files: keep it until you have moved them",
        [
            "aws_s3_bucket aws_s3_bucket_object aws_s3_object aws_s3_object_copy aws_s3_directory_bucket aws_s3control_bucket",
            "aws_s3tables_table_bucket aws_s3tables_table aws_efs_file_system aws_ebs_volume aws_instance aws_fsx_lustre_file_system",
            "aws_fsx_ontap_file_system aws_fsx_ontap_volume aws_fsx_openzfs_file_system aws_fsx_openzfs_volume",
            "aws_fsx_windows_file_system aws_lightsail_instance aws_lightsail_disk aws_lightsail_database aws_sagemaker_domain",
            "aws_sagemaker_notebook_instance aws_sagemaker_feature_group",
        ],
    ],
    [
        "a key: without it, encrypted data can't be read",
        [
            "aws_kms_key aws_kms_external_key aws_kms_replica_key aws_kms_replica_external_key aws_kms_custom_key_store",
            "aws_cloudhsm_v2_cluster aws_acmpca_certificate_authority",
        ],
    ],
    [
        "a secret: keep it until no system reads it and you have moved its value",
        [
            "aws_secretsmanager_secret aws_secretsmanager_secret_version aws_ssm_parameter aws_iam_access_key aws_api_gateway_api_key",
            "random_password random_string tls_private_key",
        ],
    ],
    [
        "users and their passwords: keep it until users sign in to the new system",
        [
            "aws_cognito_user_pool aws_cognito_user aws_cognito_identity_pool aws_iam_user aws_iam_user_login_profile",
            "aws_identitystore_user aws_identitystore_group",
        ],
    ],
    [
        "images or code: keep it until you have moved them",
        [
            "aws_ecr_repository aws_ecrpublic_repository aws_codecommit_repository aws_codeartifact_domain aws_codeartifact_repository",
            "aws_lambda_function aws_lambda_layer_version",
        ],
    ],
    [
        "messages: keep it until it is empty",
        ["aws_sqs_queue aws_kinesis_stream aws_msk_cluster aws_msk_serverless_cluster aws_mq_broker aws_cloudwatch_event_archive"],
    ],
    [
        "logs, which are deleted with it: keep it while you need them",
        ["aws_cloudwatch_log_group aws_cloudwatch_log_stream aws_cloudtrail_event_data_store"],
    ],
];

/** Resources whose address clients or other systems use. */
const ADDRESS: Table = [
    ["keep it, and set domain.zoneId to its ID", ["aws_route53_zone"]],
    ["keep it until this program creates its record", ["aws_route53_record"]],
    ["keep it until clients use another distribution", ["aws_cloudfront_distribution"]],
    ["the address of a sign-in page: keep it while the user pool exists", ["aws_cognito_user_pool_domain"]],
    [
        "an address that other systems might have on their allowlists",
        [
            "aws_eip aws_globalaccelerator_accelerator aws_api_gateway_domain_name aws_apigatewayv2_domain_name aws_ses_domain_identity",
            "aws_sesv2_email_identity aws_route53_delegation_set aws_route53domains_registered_domain",
        ],
    ],
];

/** Settings that are needed while another resource exists. */
const SETTING: Table = [
    [
        "a setting of a bucket: keep it while the bucket exists",
        [
            "aws_s3_bucket_accelerate_configuration aws_s3_bucket_acl aws_s3_bucket_analytics_configuration aws_s3_bucket_cors_configuration",
            "aws_s3_bucket_intelligent_tiering_configuration aws_s3_bucket_inventory aws_s3_bucket_lifecycle_configuration",
            "aws_s3_bucket_logging aws_s3_bucket_metric aws_s3_bucket_notification aws_s3_bucket_object_lock_configuration",
            "aws_s3_bucket_ownership_controls aws_s3_bucket_policy aws_s3_bucket_public_access_block",
            "aws_s3_bucket_replication_configuration aws_s3_bucket_request_payment_configuration",
            "aws_s3_bucket_server_side_encryption_configuration aws_s3_bucket_versioning aws_s3_bucket_website_configuration",
        ],
    ],
    ["a setting of a key: keep it for as long as the key", ["aws_kms_alias aws_kms_key_policy aws_kms_grant"]],
    ["a setting of a secret: keep it for as long as the secret", ["aws_secretsmanager_secret_policy aws_secretsmanager_secret_rotation"]],
    [
        "a setting of a queue: keep it while the queue exists",
        ["aws_sqs_queue_policy aws_sqs_queue_redrive_policy aws_sqs_queue_redrive_allow_policy"],
    ],
    ["a setting of a repository: keep it for as long as the repository", ["aws_ecr_lifecycle_policy aws_ecr_repository_policy"]],
    [
        "a setting of a user pool: keep it while users sign in to the pool",
        [
            "aws_cognito_user_pool_client aws_cognito_user_pool_ui_customization aws_cognito_resource_server aws_cognito_user_group",
            "aws_cognito_user_in_group aws_cognito_identity_provider aws_cognito_risk_configuration",
        ],
    ],
    [
        "a setting of a database or cache: keep it while the database or cache uses it",
        [
            "aws_db_subnet_group aws_db_parameter_group aws_db_option_group aws_elasticache_subnet_group aws_elasticache_parameter_group",
            "aws_docdb_subnet_group aws_docdb_cluster_parameter_group aws_rds_cluster_parameter_group",
        ],
    ],
];

/** Types that can be destroyed once nothing uses them. Full names, so that no other type matches by accident. */
const ANEW: Table = [
    [
        "the program creates a network with separate data subnets; keep the old network until it is empty",
        [
            "aws_vpc aws_subnet aws_nat_gateway aws_internet_gateway aws_egress_only_internet_gateway aws_route aws_route_table",
            "aws_route_table_association aws_main_route_table_association aws_network_acl aws_network_acl_rule",
            "aws_network_acl_association aws_default_network_acl aws_default_route_table aws_default_security_group aws_flow_log",
            "aws_vpc_dhcp_options aws_vpc_dhcp_options_association aws_vpc_endpoint aws_vpc_endpoint_policy",
            "aws_vpc_endpoint_route_table_association aws_vpc_endpoint_subnet_association aws_vpc_endpoint_security_group_association",
        ],
    ],
    [
        "inline rules conflict with separate rule resources; an adopted resource keeps this group until `up` changes it",
        ["aws_security_group aws_security_group_rule aws_vpc_security_group_ingress_rule aws_vpc_security_group_egress_rule"],
    ],
    [
        "recreated with least-privilege permissions",
        ["aws_iam_role aws_iam_role_policy aws_iam_role_policy_attachment aws_iam_policy aws_iam_instance_profile"],
    ],
    [
        "recreated: contains no data",
        [
            "aws_ecs_cluster aws_ecs_cluster_capacity_providers aws_ecs_service aws_ecs_task_definition aws_appautoscaling_target",
            "aws_appautoscaling_policy aws_appautoscaling_scheduled_action aws_lb aws_alb aws_lb_listener aws_lb_listener_rule",
            "aws_lb_listener_certificate aws_lb_target_group aws_lb_target_group_attachment aws_alb_listener aws_alb_target_group",
            "aws_lambda_permission aws_lambda_alias aws_lambda_event_source_mapping aws_lambda_function_event_invoke_config",
            "aws_cloudwatch_event_bus aws_cloudwatch_event_bus_policy aws_cloudwatch_event_permission aws_cloudwatch_event_rule",
            "aws_cloudwatch_event_target aws_sns_topic aws_sns_topic_policy aws_sns_topic_subscription",
            "aws_cloudwatch_metric_alarm aws_cloudwatch_composite_alarm",
            "aws_cloudwatch_dashboard aws_cloudwatch_log_metric_filter aws_cloudwatch_log_resource_policy",
            "aws_cloudwatch_log_subscription_filter aws_xray_group aws_xray_sampling_rule aws_wafv2_web_acl",
            "aws_wafv2_web_acl_association aws_wafv2_web_acl_logging_configuration aws_api_gateway_rest_api aws_api_gateway_resource",
            "aws_api_gateway_method aws_api_gateway_method_response aws_api_gateway_method_settings aws_api_gateway_integration",
            "aws_api_gateway_integration_response aws_api_gateway_deployment aws_api_gateway_stage aws_api_gateway_authorizer",
            "aws_api_gateway_vpc_link aws_apigatewayv2_api aws_apigatewayv2_route aws_apigatewayv2_integration aws_apigatewayv2_stage",
            "aws_apigatewayv2_deployment aws_apigatewayv2_authorizer aws_apigatewayv2_vpc_link aws_cloudfront_cache_policy",
            "aws_cloudfront_function aws_cloudfront_origin_access_control aws_cloudfront_origin_access_identity aws_cloudfront_origin_request_policy",
            "aws_cloudfront_response_headers_policy aws_acm_certificate aws_acm_certificate_validation random_id random_integer",
            "random_pet random_shuffle random_uuid time_sleep",
        ],
    ],
];

const UNKNOWN = "unknown type: keep it, and check it before you destroy it";

const byType = new Map<string, { kind: Kind; reason: string }>();
for (const [kind, table] of [
    ["data", DATA],
    ["address", ADDRESS],
    ["setting", SETTING],
    ["recreated", ANEW],
] as [Kind, Table][]) {
    for (const [reason, types] of table) for (const type of types.join(" ").split(" ")) byType.set(type, { kind, reason });
}

/** What to do with a resource of a type by default. Types that aren't listed must be kept. */
export const fateOf = (type: string): { kind: Kind; reason: string } => byType.get(type) ?? { kind: "unknown", reason: UNKNOWN };

/** Types that can be destroyed. */
export const mayGo = (): string[] => [...byType].flatMap(([type, { kind }]) => (kind === "recreated" ? [type] : []));
