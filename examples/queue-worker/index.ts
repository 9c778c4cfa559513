/** A worker that processes messages from a queue, and stops when the queue is empty. */
import * as pulumi from "@pulumi/pulumi";
import { EncryptionKey, FargateService, PrivateBucket, Vpc, WorkQueue } from "ai-platform";

export = () => {
    const config = new pulumi.Config();
    const name = `${pulumi.getProject()}-${pulumi.getStack()}`;

    const data = new EncryptionKey("data", { description: "Messages and results", alias: `${name}-data` });
    const logKey = new EncryptionKey("logs", { description: "Log groups", alias: `${name}-logs`, services: ["logs"] });

    const network = new Vpc("network", {
        cidrBlock: "10.0.0.0/16",
        availabilityZoneNames: config.requireObject("availabilityZoneNames"),
        subnets: { public: ["10.0.1.0/24", "10.0.2.0/24"], private: ["10.0.4.0/24", "10.0.5.0/24"], data: ["10.0.7.0/24", "10.0.8.0/24"] },
        natGateways: "single",
        logKeyArn: logKey.arn,
    });

    // A message is visible again if the worker doesn't delete it within 5 minutes, and is set aside after 3 attempts.
    const orders = new WorkQueue("orders", { kmsKeyArn: data.arn, visibilityTimeoutSeconds: 300, maxReceiveCount: 3 });
    const invoices = new PrivateBucket("invoices", { kmsKeyArn: data.arn });

    const worker = new FargateService("worker", {
        vpc: network,
        cluster: { kmsKeyArn: data.arn },
        loadBalancer: "none",
        logKeyArn: logKey.arn,
        image: config.require("image"),
        imageRepositoryArns: config.getObject("imageRepositoryArns"),
        spotPercent: 80,
        environment: { QUEUE_URL: orders.url, BUCKET: invoices.bucketName },
        scaling: { minCapacity: 0, maxCapacity: 20, messagesPerTask: 50, queueName: orders.queueName },
    });
    orders.grantConsume(worker);
    invoices.grantWrite(worker, "orders/");

    return { queue: orders.url, failures: orders.deadLetterUrl, bucket: invoices.bucketName };
};
