import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECSClient } from "@aws-sdk/client-ecs";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { RDSClient } from "@aws-sdk/client-rds";
import { S3Client } from "@aws-sdk/client-s3";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { STSClient } from "@aws-sdk/client-sts";
import type { Configure } from "../../preflight/clients";

export interface ClientOptions {
    region: string;
    profile?: string;
    /** Whether to use many retries and long timeouts. False for the old region, which may be down. */
    patient: boolean;
    /** How long to wait for a response, in milliseconds. @default 20 seconds, or 5 seconds if `patient` is false */
    requestTimeout?: number;
    configure?: Configure;
}

/** The clients of a region. The one for STS also uses a regional endpoint. */
export function clientsOf({
    region,
    profile,
    patient,
    requestTimeout = patient ? 20_000 : 5000,
    configure = () => undefined,
}: ClientOptions) {
    const config = {
        region,
        ...(profile !== undefined && { profile }),
        maxAttempts: patient ? 6 : 2,
        requestHandler: {
            connectionTimeout: patient ? 5000 : 3000,
            requestTimeout,
            throwOnRequestTimeout: true,
        },
    };
    const clients = {
        apiGateway: new APIGatewayClient(config),
        autoscaling: new ApplicationAutoScalingClient(config),
        cloudWatch: new CloudWatchClient(config),
        dynamodb: new DynamoDBClient(config),
        ecs: new ECSClient(config),
        events: new EventBridgeClient(config),
        lambda: new LambdaClient(config),
        rds: new RDSClient(config),
        s3: new S3Client(config),
        scheduler: new SchedulerClient(config),
        sts: new STSClient(config),
    };
    for (const client of Object.values(clients)) configure(client);
    return clients;
}

export type Clients = ReturnType<typeof clientsOf>;
