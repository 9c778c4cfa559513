import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Bounds, checkBetween, checked, checkOneOf, type WithDefaults } from "../building-blocks/arguments";
import type { ServiceRole } from "../building-blocks/iam";
import type { Each, Transforms } from "../building-blocks/parts";
import { checkPlacement, type VpcPlacementArgs } from "../building-blocks/placement";

/** Types that the component can restore, as AWS Backup names them. */
export const RESOURCE_TYPES = ["RDS", "DocumentDB"] as const;
export type RestoredType = (typeof RESOURCE_TYPES)[number];

export interface RestoreTestsArgs extends VpcPlacementArgs {
    /** Physical name of the restore testing plan: 1 to 50 letters, digits, and _. */
    planName: string;
    /** ARN of the vault, in the region of the tests. It can be created later. */
    vaultArn: pulumi.Input<string>;
    /** KMS key of the backups in the vault. */
    kmsKeyArn: pulumi.Input<string>;
    /** Types of the resources whose backups are tested: `RDS`, `DocumentDB`. */
    resourceTypes: RestoredType[];
    /** Cron expression in UTC. Each run restores the latest backup of each resource. @default `cron(0 10 ? * SUN *)` */
    schedule?: string;
    /** Hours for which restored databases are kept, 1 to 168. @default 1 */
    validationWindowHours?: number;
    transform?: Transforms<RestoreTestsParts>;
}

export interface RestoreTestsParts {
    securityGroup: typeof aws.ec2.SecurityGroup;
    subnetGroup: typeof aws.rds.SubnetGroup;
    role: typeof ServiceRole;
    plan: typeof aws.backup.RestoreTestingPlan;
    /** By resource type. */
    selections: Each<typeof aws.backup.RestoreTestingSelection>;
}

/** After the daily backups at 07:00 and their copies. */
export const DEFAULTS = { schedule: "cron(0 10 ? * SUN *)", validationWindowHours: 1 } satisfies Partial<RestoreTestsArgs>;

/** Lowest and highest values. */
export const BOUNDS = { validationWindowHours: [1, 168] } as const satisfies Record<string, Bounds>;

/** Six fields. */
export const SCHEDULE = /^cron\(\S+( \S+){5}\)$/;
export const SCHEDULE_RULE = "like cron(0 10 ? * SUN *), six fields in UTC";

export type Resolved = WithDefaults<RestoreTestsArgs, typeof DEFAULTS>;

export function validated(name: string, args: Resolved) {
    return checked("RestoreTests", name, args, (check) => {
        check(/^\w{1,50}$/.test(args.planName), "planName", "must be 1 to 50 letters, digits, and _");
        check(args.resourceTypes.length > 0, "resourceTypes", "must not be empty");
        for (const type of args.resourceTypes) checkOneOf(check, "resourceTypes", type, RESOURCE_TYPES);
        check(SCHEDULE.test(args.schedule), "schedule", `must be ${SCHEDULE_RULE}`);
        checkBetween(check, "validationWindowHours", args.validationWindowHours, BOUNDS.validationWindowHours, " hours");
        checkPlacement(check, args);
    });
}
