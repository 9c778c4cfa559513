/** A static site with an API: CloudFront, sign-in with Cognito, API Gateway, and a service on Fargate. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ApiGateway, Edge, EncryptionKey, FargateService, Identity, LogBucket, Vpc } from "ai-platform";

export = () => {
    const config = new pulumi.Config();
    const name = `${pulumi.getProject()}-${pulumi.getStack()}`;
    const account = aws.getCallerIdentityOutput({}).accountId;

    const data = new EncryptionKey("data", { description: "Sessions in containers", alias: `${name}-data` });
    const logKey = new EncryptionKey("logs", { description: "Log groups", alias: `${name}-logs`, services: ["logs"] });
    const accessLogs = new LogBucket("access-logs");

    const network = new Vpc("network", {
        cidrBlock: "10.0.0.0/16",
        availabilityZoneNames: config.requireObject("availabilityZoneNames"),
        subnets: { public: ["10.0.1.0/24", "10.0.2.0/24"], private: ["10.0.4.0/24", "10.0.5.0/24"], data: ["10.0.7.0/24", "10.0.8.0/24"] },
        natGateways: "single",
        logKeyArn: logKey.arn,
    });

    const api = new FargateService("api", {
        vpc: network,
        cluster: { kmsKeyArn: data.arn },
        logKeyArn: logKey.arn,
        image: config.get("image") ?? "mcr.microsoft.com/dotnet/samples:aspnetapp",
        healthCheckPath: "/healthz",
        scaling: { minCapacity: 1, maxCapacity: 4 },
    });
    if (!api.loadBalancer) throw new Error("the API needs a load balancer");

    // The prefix of the sign-in page must be unique among all AWS accounts.
    const identity = new Identity("identity", { domain: { prefix: config.require("signInPrefix") } });
    const gateway = new ApiGateway("gateway", {
        vpc: network,
        stageName: pulumi.getStack(),
        backend: api.loadBalancer,
        authorizer: { userPoolArns: [identity.userPoolArn], scopes: identity.scopes },
        routes: { "GET /health": { open: true, backendPath: "/healthz" } },
        logKeyArn: logKey.arn,
        manageAccountLogging: config.getBoolean("manageAccountLogging") ?? false,
    });
    api.allowFrom(gateway);

    const site = new Edge("site", {
        bucketName: pulumi.interpolate`${name}-site-${account}`,
        apiOrigin: gateway.origin,
        connectSources: [identity.domainUrl],
        // The web ACL of a distribution is in us-east-1, and so is its log group.
        usEast1LogKeyArn: logKey.arn,
        accessLogBucket: accessLogs.bucketName,
    });
    const client = identity.addSpaClient("web", {
        callbackUrls: [pulumi.interpolate`${site.url}/signed-in`],
        logoutUrls: [pulumi.interpolate`${site.url}/`],
    });

    return { url: site.url, bucket: site.siteBucketName, login: identity.domainUrl, clientId: client.clientId };
};
