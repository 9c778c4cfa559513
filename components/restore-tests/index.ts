import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULTS, type Resolved, type RestoredType, type RestoreTestsArgs, type RestoreTestsParts, validated } from "./args";
import { withDefaults } from "../building-blocks/arguments";
import { ServiceRole, type Statement, useKeyVia } from "../building-blocks/iam";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { placementOf } from "../building-blocks/placement";
import { accountOf, regionOf } from "../building-blocks/provider";
import { securityGroupArgs } from "../building-blocks/security-groups";

export type { RestoredType, RestoreTestsArgs, RestoreTestsParts } from "./args";

/**
 * Restores the latest backup of each database in a vault of AWS Backup on a schedule, and deletes the restored databases afterwards. The restored databases
 * are in private subnets, and their security group has no rules, so nothing can connect to them. A test passes if the restore is completed.
 *
 * AWS Backup charges about 1.50 USD per restored backup, and RDS charges for the instance (`db.t4g.medium`) and its storage until they are deleted. A
 * DocumentDB cluster is restored without instances.
 */
export class RestoreTests extends pulumi.ComponentResource {
    readonly logicalName: string;
    readonly planName: pulumi.Output<string>;
    readonly planArn: pulumi.Output<string>;
    readonly resourceTypes: RestoredType[];

    readonly nodes: Nodes<RestoreTestsParts>;
    private readonly parts: PartFactory<RestoreTestsParts>;

    constructor(name: string, inputs: RestoreTestsArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:RestoreTests", name, validated(name, args), opts);
        this.parts = new PartFactory<RestoreTestsParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.resourceTypes = args.resourceTypes;
        const { vpcId, subnetIds } = placementOf(args, "data");
        const securityGroup = this.parts.create(
            "securityGroup",
            aws.ec2.SecurityGroup,
            `${name}-access`,
            securityGroupArgs(`${name}-access`, `Restored databases of ${name}: no connections`, vpcId),
        );
        // DocumentDB uses the same subnet groups.
        const subnetGroup = this.parts.create("subnetGroup", aws.rds.SubnetGroup, `${name}-subnets`, { subnetIds });
        const role = this.parts.create("role", ServiceRole, `${name}-role`, {
            // AWS Backup doesn't document aws:SourceAccount for this role. Other accounts can't pass the role.
            service: "backup.amazonaws.com",
            description: `Restores backups for ${name}`,
        });
        const permission = role.allow("restore", this.statements(args, subnetGroup));
        const plan = this.createPlan(args);
        const network = {
            dbSubnetGroupName: subnetGroup.name,
            vpcSecurityGroupIds: pulumi.jsonStringify([securityGroup.id]),
        };
        for (const type of args.resourceTypes) {
            this.parts.createEach(
                "selections",
                type,
                aws.backup.RestoreTestingSelection,
                `${name}-${type.toLowerCase()}`,
                {
                    name: type.toLowerCase(),
                    restoreTestingPlanName: plan.name,
                    protectedResourceType: type,
                    // Everything in the vault: copies can belong to a resource of another region.
                    protectedResourceArns: ["*"],
                    iamRoleArn: role.arn,
                    restoreMetadataOverrides: type === "RDS" ? { ...network, ...INSTANCE } : network,
                    validationWindowHours: args.validationWindowHours,
                },
                { dependsOn: [permission] },
            );
        }
        this.planName = plan.name;
        this.planArn = plan.arn;
        this.registerOutputs({ planArn: this.planArn });
    }

    private createPlan({ planName, vaultArn, schedule }: Resolved): aws.backup.RestoreTestingPlan {
        return this.parts.create("plan", aws.backup.RestoreTestingPlan, `${this.logicalName}-plan`, {
            name: planName,
            scheduleExpression: schedule,
            scheduleExpressionTimezone: "Etc/UTC",
            startWindowHours: 1,
            recoveryPointSelection: {
                algorithm: "LATEST_WITHIN_WINDOW",
                includeVaults: [vaultArn],
                recoveryPointTypes: ["SNAPSHOT"],
                // Older backups don't count, so a test also shows that backups still arrive.
                selectionWindowDays: 2,
            },
        });
    }

    /** Only what AWS Backup needs to create databases with the names of restore tests, unlike the AWS managed policy, which can delete all databases. */
    private statements(args: Resolved, subnetGroup: aws.rds.SubnetGroup): Statement[] {
        const { kmsKeyArn, resourceTypes } = args;
        const [region, account] = [regionOf(this), accountOf(this)];
        const arn = (resource: pulumi.Input<string>) => pulumi.interpolate`arn:aws:rds:${region}:${account}:${resource}`;
        const restores = RESTORES.filter(({ type }) => resourceTypes.includes(type));
        const tests = restores.map(({ resource }) => arn(`${resource}:awsbackup-restore-test-*`));
        return [
            {
                Effect: "Allow",
                Action: ["rds:ListTagsForResource", ...restores.flatMap(({ describes }) => describes)],
                Resource: restores.flatMap(({ resource, snapshot }) => [arn(`${resource}:*`), arn(`${snapshot}:*`)]),
            },
            ...restores.map(({ action, resource, snapshot, parameterGroup }): Statement => ({
                Effect: "Allow",
                Action: action,
                Resource: [
                    arn(`${resource}:awsbackup-restore-test-*`),
                    arn(`${snapshot}:awsbackup:*`),
                    arn(`${parameterGroup}:*`),
                    arn("og:*"),
                    subnetGroup.arn,
                ],
            })),
            { Effect: "Allow", Action: ["rds:AddTagsToResource", ...restores.map(({ deletion }) => deletion)], Resource: tests },
            // EC2 doesn't support resource-level permissions for these.
            { Effect: "Allow", Action: NETWORK_READS, Resource: "*" },
            {
                Effect: "Allow",
                Action: "ec2:DescribeVpcAttribute",
                Resource: pulumi.interpolate`arn:aws:ec2:${region}:${account}:vpc/${placementOf(args, "data").vpcId}`,
            },
            useKeyVia("rds", region, kmsKeyArn, ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]),
        ];
    }
}

/** Settings of restored instances. By default, they would have the class of the original. */
const INSTANCE = { dbInstanceClass: "db.t4g.medium", multiAz: "false", publiclyAccessible: "false" };

/** What RDS reads with the permissions of the caller when it creates an instance or a cluster. */
const NETWORK_READS = [
    ...["ec2:DescribeAccountAttributes", "ec2:DescribeAvailabilityZones", "ec2:DescribeInternetGateways", "ec2:DescribeSecurityGroups"],
    ...["ec2:DescribeSubnets", "ec2:DescribeVpcs"],
];

const RESTORES = [
    {
        type: "RDS",
        resource: "db",
        snapshot: "snapshot",
        parameterGroup: "pg",
        action: "rds:RestoreDBInstanceFromDBSnapshot",
        deletion: "rds:DeleteDBInstance",
        describes: ["rds:DescribeDBInstances", "rds:DescribeDBSnapshots"],
    },
    {
        type: "DocumentDB",
        resource: "cluster",
        snapshot: "cluster-snapshot",
        parameterGroup: "cluster-pg",
        action: "rds:RestoreDBClusterFromSnapshot",
        deletion: "rds:DeleteDBCluster",
        describes: ["rds:DescribeDBClusters", "rds:DescribeDBClusterSnapshots"],
    },
] as const satisfies { type: RestoredType; [part: string]: unknown }[];
