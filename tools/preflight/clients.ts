import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { BackupClient } from "@aws-sdk/client-backup";
import { BedrockClient } from "@aws-sdk/client-bedrock";
import { CloudFrontClient } from "@aws-sdk/client-cloudfront";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { CostExplorerClient } from "@aws-sdk/client-cost-explorer";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { GlueClient } from "@aws-sdk/client-glue";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { RDSClient } from "@aws-sdk/client-rds";
import { ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { Route53Client } from "@aws-sdk/client-route-53";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { STSClient } from "@aws-sdk/client-sts";
import { XRayClient } from "@aws-sdk/client-xray";

interface ClientConfig {
    region: string;
    maxAttempts: number;
    profile?: string;
}

/** Changes a client after its creation. Tests use this to answer its requests. */
export type Configure = (client: object) => void;

/** AWS clients by service and region, with the caller's credentials. */
export class Clients {
    constructor(
        private readonly profile?: string,
        private readonly configure: Configure = () => undefined,
    ) {}

    readonly apiGateway = this.factory(APIGatewayClient);
    readonly backup = this.factory(BackupClient);
    readonly bedrock = this.factory(BedrockClient);
    readonly cloudFront = this.factory(CloudFrontClient);
    readonly cloudWatch = this.factory(CloudWatchClient);
    readonly costExplorer = this.factory(CostExplorerClient);
    readonly dynamodb = this.factory(DynamoDBClient);
    readonly ecs = this.factory(ECSClient);
    readonly glue = this.factory(GlueClient);
    readonly lambda = this.factory(LambdaClient);
    readonly xray = this.factory(XRayClient);
    readonly logs = this.factory(CloudWatchLogsClient);
    readonly cognito = this.factory(CognitoIdentityProviderClient);
    readonly ec2 = this.factory(EC2Client);
    readonly ecr = this.factory(ECRClient);
    readonly elastiCache = this.factory(ElastiCacheClient);
    readonly events = this.factory(EventBridgeClient);
    readonly iam = this.factory(IAMClient);
    readonly kms = this.factory(KMSClient);
    readonly rds = this.factory(RDSClient);
    readonly route53 = this.factory(Route53Client);
    readonly s3 = this.factory(S3Client);
    readonly secrets = this.factory(SecretsManagerClient);
    readonly quotas = this.factory(ServiceQuotasClient);
    readonly tagging = this.factory(ResourceGroupsTaggingAPIClient);
    readonly sts = this.factory(STSClient);

    private factory<T extends object>(Client: new (config: ClientConfig) => T): (region: string) => T {
        const cache = new Map<string, T>();
        return (region) => {
            const cached = cache.get(region);
            if (cached) return cached;
            const client = new Client({ region, maxAttempts: 3, ...(this.profile && { profile: this.profile }) });
            this.configure(client);
            cache.set(region, client);
            return client;
        };
    }
}
