import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Check, checked, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { grant, type Grantee, policyDocument, tlsOnly } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { type Transform, transformed } from "../building-blocks/transform";
import { sendByRules } from "../internal/event-policies";

export interface EventBusArgs {
    /** Physical name, which applications are told: 1 to 256 letters, digits and . - _, not `default`. @default generated */
    busName?: string;
    /** KMS key of the bus and of its archive. Its policy must let in the service `events`. */
    kmsKeyArn: pulumi.Input<string>;
    /** Encrypts the bus with the key; otherwise EventBridge uses a key of its own. The archive is encrypted with the key in any case. @default true */
    encryptBus?: boolean;
    /** Days that the archive keeps all events for replay: 1 to 3650, or 0 for no archive. @default 30 */
    archiveDays?: number;
    /** Infers schemas from events, into the registry `discovered-schemas`. EventBridge refuses it where `encryptBus` is on. @default false */
    discoverSchemas?: boolean;
    transform?: { bus?: Transform<aws.cloudwatch.EventBusArgs>; archive?: Transform<aws.cloudwatch.EventArchiveArgs> };
}

const DEFAULTS = { encryptBus: true, archiveDays: 30, discoverSchemas: false } satisfies Partial<EventBusArgs>;
type Resolved = WithDefaults<EventBusArgs, typeof DEFAULTS>;

/**
 * An EventBridge bus, its archive, and a dead-letter queue for events that the bus could not encrypt or decrypt. That queue uses SQS's own
 * key, since it must take events when the bus's key does not.
 */
export class EventBus extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title: string;
    readonly busName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** Undefined where the bus is not encrypted with the key: then nothing can fail so. */
    readonly deadLetters?: aws.sqs.Queue;

    constructor(name: string, given: EventBusArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:EventBus", name, validated(name, args), opts);
        this.logicalName = name;
        this.title = `Bus ${name}`;
        if (args.encryptBus) this.deadLetters = this.createDeadLetters();
        const bus = this.createBus(args);
        if (this.deadLetters) this.acceptFrom(bus, this.deadLetters);
        if (args.archiveDays > 0) this.archive(bus, args);
        if (args.discoverSchemas) this.discoverSchemas(bus);
        this.busName = bus.name;
        this.arn = bus.arn;
        this.registerOutputs({ busName: this.busName, arn: this.arn });
    }

    /** Lets a role put events on the bus; where `sources` are given, only events of these. */
    grantPublish(grantee: Grantee, sources: string[] = []): void {
        const condition = sources.length > 0 ? { Condition: { StringEquals: { "events:source": sources } } } : {};
        grant(this, this.logicalName, grantee, "publish", [
            { Effect: "Allow", Action: ["events:PutEvents"], Resource: this.arn, ...condition },
        ]);
    }

    get alarms(): AlarmDefinition[] {
        if (!this.deadLetters) return [];
        return [
            {
                name: "dead-letters",
                description: "The bus could not encrypt events: see the policy and the state of its key, then send the events again.",
                severity: "page",
                namespace: "AWS/SQS",
                metricName: "ApproximateNumberOfMessagesVisible",
                dimensions: { QueueName: this.deadLetters.name },
                statistic: "Maximum",
                periods: 1,
                comparison: "above",
                threshold: 0,
            },
        ];
    }

    private createDeadLetters(): aws.sqs.Queue {
        return new aws.sqs.Queue(
            `${this.logicalName}-dead-letters`,
            { sqsManagedSseEnabled: true, messageRetentionSeconds: 14 * 24 * 60 * 60 },
            { parent: this },
        );
    }

    private createBus(args: EventBusArgs): aws.cloudwatch.EventBus {
        return new aws.cloudwatch.EventBus(
            `${this.logicalName}-bus`,
            transformed(args.transform?.bus, {
                name: args.busName,
                kmsKeyIdentifier: this.deadLetters && args.kmsKeyArn,
                deadLetterConfig: this.deadLetters && { arn: this.deadLetters.arn },
            }),
            { parent: this },
        );
    }

    private acceptFrom(bus: aws.cloudwatch.EventBus, queue: aws.sqs.Queue): void {
        const policy = policyDocument([tlsOnly("sqs:*", queue.arn), ...sendByRules(queue.arn, [bus.arn])]);
        new aws.sqs.QueuePolicy(`${this.logicalName}-dead-letters-policy`, { queueUrl: queue.url, policy }, { parent: this });
    }

    private archive(bus: aws.cloudwatch.EventBus, args: Resolved): void {
        new aws.cloudwatch.EventArchive(
            `${this.logicalName}-archive`,
            transformed(args.transform?.archive, {
                eventSourceArn: bus.arn,
                description: "All events, for replay",
                retentionDays: args.archiveDays,
                kmsKeyIdentifier: args.kmsKeyArn,
            }),
            { parent: this },
        );
    }

    private discoverSchemas(bus: aws.cloudwatch.EventBus): void {
        new aws.schemas.Discoverer(
            `${this.logicalName}-schemas`,
            { sourceArn: bus.arn, description: "Schemas of the bus's events" },
            { parent: this },
        );
    }
}

function validated(name: string, args: EventBusArgs) {
    return checked("EventBus", name, args, (check) => {
        checkBus(check, args);
        check(name.length <= 32, "name", "must be 32 characters or fewer: an archive's name takes 48");
    });
}

/** The rules for what a bus takes. */
export function checkBus(check: Check, args: EventBusArgs): void {
    const { busName = "bus", archiveDays, encryptBus, discoverSchemas } = withDefaults(args, DEFAULTS);
    check(
        /^[\w.-]{1,256}$/.test(busName) && busName !== "default",
        "busName",
        "must be 1 to 256 letters, digits and . - _, and not default",
    );
    check(isBetween(archiveDays, 0, 3650), "archiveDays", "must be between 0 and 3650");
    check(
        !discoverSchemas || !encryptBus,
        "discoverSchemas",
        "must be off, or encryptBus false: EventBridge reads no bus with a customer's key",
    );
}
