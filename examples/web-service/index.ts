/** A web service with a PostgreSQL database, reachable from inside its VPC. */
import * as pulumi from "@pulumi/pulumi";
import { EncryptionKey, FargateService, PostgresCluster, Vpc } from "ai-platform";

export = () => {
    const config = new pulumi.Config();
    const name = `${pulumi.getProject()}-${pulumi.getStack()}`;

    const data = new EncryptionKey("data", { description: "Data at rest", alias: `${name}-data` });
    const logKey = new EncryptionKey("logs", { description: "Log groups", alias: `${name}-logs`, services: ["logs"] });
    const keys = { kmsKeyArn: data.arn, logKeyArn: logKey.arn };

    const network = new Vpc("network", {
        cidrBlock: "10.0.0.0/16",
        availabilityZoneNames: config.requireObject("availabilityZoneNames"),
        subnets: {
            public: ["10.0.1.0/24", "10.0.2.0/24"],
            private: ["10.0.4.0/24", "10.0.5.0/24"],
            data: ["10.0.7.0/24", "10.0.8.0/24"],
        },
        natGateways: "single",
        logKeyArn: logKey.arn,
    });

    const database = new PostgresCluster("database", {
        ...keys,
        vpc: network,
        identifier: name,
        secretName: `${name}/database`,
        dbName: "shop",
        username: "shop",
        instanceClass: config.get("instanceClass") ?? "db.t4g.micro",
        allocatedStorage: 20,
        multiAz: false,
        deletionProtection: config.getBoolean("deletionProtection") ?? true,
        skipFinalSnapshot: config.getBoolean("deletionProtection") === false,
    });

    const { arn, kmsKeyArn } = database.connectionSecret;
    const web = new FargateService("web", {
        vpc: network,
        cluster: { kmsKeyArn: data.arn },
        logKeyArn: logKey.arn,
        image: config.get("image") ?? "mcr.microsoft.com/dotnet/samples:aspnetapp",
        healthCheckPath: "/healthz",
        secrets: { ConnectionStrings__Shop: { arn, kmsKeyArn, jsonKey: "connectionString" } },
        scaling: { minCapacity: 1, maxCapacity: 4 },
    });
    database.allowFrom(web);

    return { address: web.loadBalancer?.dnsName, secret: database.connectionSecret.arn };
};
