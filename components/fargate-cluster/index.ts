import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type ClusterReference, DEFAULTS, type FargateClusterArgs, type FargateClusterParts, validated } from "./args";
import { withDefaults } from "../building-blocks/arguments";
import { forwardLogs, logGroupArgs } from "../building-blocks/logs";
import { type Nodes, PartFactory } from "../building-blocks/parts";

export type { ClusterReference, FargateClusterArgs, FargateClusterParts };

/**
 * An ECS cluster with the capacity providers Fargate and Fargate Spot. Sessions of ECS Exec are encrypted and logged.
 *
 * Services, jobs, and one-off tasks share it: pass it as `cluster`. The cluster itself is free; Container Insights is charged per metric.
 */
export class FargateCluster extends pulumi.ComponentResource implements ClusterReference {
    readonly clusterName: pulumi.Output<string>;
    readonly clusterArn: pulumi.Output<string>;
    readonly exec: { logGroupArn: pulumi.Output<string>; kmsKeyArn: pulumi.Input<string> };
    readonly countsTasks: boolean;
    readonly capacityProviders: pulumi.Resource;

    readonly nodes: Nodes<FargateClusterParts>;

    constructor(name: string, inputs: FargateClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:FargateCluster", name, validated(name, args), opts);
        const parts = new PartFactory<FargateClusterParts>(this, args.transform);
        this.nodes = parts.nodes;
        const execLogs = parts.create("execLogs", aws.cloudwatch.LogGroup, `${name}-exec-logs`, logGroupArgs(args, "audit"));
        forwardLogs(parts, `${name}-exec-logs`, execLogs, args);
        const cluster = parts.create("cluster", aws.ecs.Cluster, `${name}-cluster`, {
            name: args.physicalName,
            settings: [{ name: "containerInsights", value: args.containerInsights }],
            configuration: {
                executeCommandConfiguration: {
                    kmsKeyId: args.kmsKeyArn,
                    logging: "OVERRIDE",
                    logConfiguration: { cloudWatchLogGroupName: execLogs.name, cloudWatchEncryptionEnabled: true },
                },
            },
        });
        // The default strategy is for tasks that are started without one.
        this.capacityProviders = parts.create("capacityProviders", aws.ecs.ClusterCapacityProviders, `${name}-capacity`, {
            clusterName: cluster.name,
            capacityProviders: ["FARGATE", "FARGATE_SPOT"],
            defaultCapacityProviderStrategies: [{ capacityProvider: "FARGATE", base: 1, weight: 100 }],
        });
        this.clusterName = cluster.name;
        this.clusterArn = cluster.arn;
        this.exec = { logGroupArn: execLogs.arn, kmsKeyArn: args.kmsKeyArn };
        this.countsTasks = args.containerInsights !== "disabled";
        this.registerOutputs({ clusterName: this.clusterName });
    }
}
