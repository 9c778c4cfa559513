import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULTS, type PortForwardingArgs, type PortForwardingParts, type Resolved, validated } from "./args";
import { withDefaults } from "../building-blocks/arguments";
import { type Grantee, policyDocument, type Statement } from "../building-blocks/iam";
import { logArgsOf } from "../building-blocks/logs";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { accountOf, regionOf } from "../building-blocks/provider";
import type { Connectable } from "../building-blocks/security-groups";
import { FargateTask } from "../fargate-task";

export type { PortForwardingArgs, PortForwardingParts };

/** Document of Session Manager that forwards a local port to a host in the network of the target. */
const DOCUMENT = "AWS-StartPortForwardingSessionToRemoteHost";
/**
 * Without this condition, a session without a document is an interactive shell, whatever documents the policy lists. It must be in every statement with
 * `ssm:StartSession` (AWS Systems Manager User Guide, "Start a session with a document by specifying the session documents in IAM policies").
 */
const ONLY_DOCUMENTS = { BoolIfExists: { "ssm:SessionDocumentAccessCheck": "true" } };

/**
 * Access to data stores in private subnets from a developer's machine, without a bastion host or a public address: a Fargate task that runs only on
 * demand, through which Session Manager forwards a local port. `npm run connect` starts and stops the task.
 *
 * The task can connect to HTTPS endpoints, and to components whose `allowFrom` gets the component. Nothing can connect to it: the session uses an
 * outbound connection of the agent. `policyArn` is a policy to attach to developers. It permits starting this task, and sessions in its tasks with
 * port forwarding only. It contains no permission to read the credentials of a database.
 *
 * Costs nothing while no task runs, and 0.01 USD an hour otherwise.
 */
export class PortForwarding extends pulumi.ComponentResource implements Connectable, Grantee {
    readonly logicalName: string;
    readonly securityGroupId: pulumi.Output<string>;
    readonly roleName: pulumi.Output<string>;
    readonly taskDefinitionFamily: pulumi.Output<string>;
    readonly containerName: string;
    /** Policy for developers. */
    readonly policyArn: pulumi.Output<string>;

    readonly nodes: Nodes<PortForwardingParts>;

    constructor(name: string, inputs: PortForwardingArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:PortForwarding", name, validated(name, args), opts);
        const parts = new PartFactory<PortForwardingParts>(this, args.transform);
        this.nodes = parts.nodes;
        this.logicalName = name;
        const task = parts.create("task", FargateTask, name, this.taskArgs(args));
        const policy = parts.create("policy", aws.iam.Policy, `${name}-policy`, {
            description: `Port forwarding through ${name}`,
            policy: policyDocument(this.statements(task)),
        });
        this.securityGroupId = task.securityGroupId;
        this.roleName = task.roleName;
        this.taskDefinitionFamily = task.taskDefinitionFamily;
        this.containerName = task.containerName;
        this.policyArn = policy.arn;
        this.registerOutputs({ policyArn: this.policyArn });
    }

    private taskArgs(args: Resolved) {
        const { vpc, vpcId, subnetIds, cluster, image, imageRepositoryArns, physicalName, maxHours } = args;
        return {
            ...logArgsOf(args),
            ...{ vpc, vpcId, subnetIds, cluster, image, imageRepositoryArns, physicalName },
            // Ends by itself if nobody stops it.
            command: ["sleep", String(maxHours * 3600)],
            cpu: 256,
            memory: 512,
            tracing: false,
            enableExecuteCommand: true,
            readonlyRootFilesystem: false,
            stopTimeout: 2,
        };
    }

    private statements(task: FargateTask): Statement[] {
        const [region, account] = [regionOf(this), accountOf(this)];
        const { Resource, Condition } = task.runs;
        return [
            ...task.runStatements,
            { Effect: "Allow", Action: "ssm:StartSession", Resource, Condition: { ...Condition, ...ONLY_DOCUMENTS } },
            {
                Effect: "Allow",
                Action: "ssm:StartSession",
                Resource: pulumi.interpolate`arn:aws:ssm:${region}::document/${DOCUMENT}`,
                Condition: ONLY_DOCUMENTS,
            },
            {
                Effect: "Allow",
                Action: ["ssm:ResumeSession", "ssm:TerminateSession"],
                // Sessions of the caller.
                Resource: pulumi.interpolate`arn:aws:ssm:${region}:${account}:session/\${aws:userid}-*`,
            },
        ];
    }
}
