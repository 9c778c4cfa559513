import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, checkBetween, checked, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import type { GrantParts } from "../building-blocks/iam";
import type { Transforms } from "../building-blocks/parts";
import type { DeadLetterParts } from "../internal/dead-letter-queue";

export interface EventBusArgs {
    /** Physical name of the bus: 1 to 256 letters, digits, and . - _, not `default`. @default generated */
    busName?: string;
    /** ARN of the KMS key of the bus and its archive. The key policy must allow the service `events`. */
    kmsKeyArn: pulumi.Input<string>;
    /** Encrypts the bus with `kmsKeyArn` instead of an AWS owned key. The archive always uses `kmsKeyArn`. @default true */
    encryptBus?: boolean;
    /**
     * Days that the archive keeps events for replay: 1 to 3650, or 0 for no archive. In the AWS API, `RetentionDays` of 0 keeps events
     * indefinitely, which this component doesn't support. @default 30
     */
    archiveRetentionDays?: number;
    /** Discovers event schemas in the registry `discovered-schemas`. Requires `encryptBus: false`. @default false */
    schemaDiscovery?: boolean;
    transform?: Transforms<EventBusParts>;
}

export interface EventBusParts extends GrantParts, DeadLetterParts {
    bus: typeof aws.cloudwatch.EventBus;
    archive?: typeof aws.cloudwatch.EventArchive;
    discoverer?: typeof aws.schemas.Discoverer;
}

export const DEFAULTS = { encryptBus: true, archiveRetentionDays: 30, schemaDiscovery: false } satisfies Partial<EventBusArgs>;
/** Lowest and highest values. */
export const BOUNDS = { archiveRetentionDays: [0, 3650] } as const;

export type Resolved = WithDefaults<EventBusArgs, typeof DEFAULTS>;

export function validated(name: string, args: EventBusArgs) {
    return checked("EventBus", name, args, (check) => {
        checkBus(check, args);
        check(name.length <= 32, "name", "must be 32 characters or fewer because archive names are limited to 48");
    });
}

/** Validates the arguments of a bus. */
export function checkBus(check: Check, args: EventBusArgs): void {
    const { busName = "bus", archiveRetentionDays, encryptBus, schemaDiscovery } = withDefaults(args, DEFAULTS);
    check(
        /^[\w.-]{1,256}$/.test(busName) && busName !== "default",
        "busName",
        "must be 1 to 256 letters, digits, and . - _, and must not be default",
    );
    checkBetween(check, "archiveRetentionDays", archiveRetentionDays, BOUNDS.archiveRetentionDays);
    check(
        !schemaDiscovery || !encryptBus,
        "schemaDiscovery",
        "must be false unless encryptBus is false: EventBridge can't discover schemas on a bus with a customer managed key",
    );
}
