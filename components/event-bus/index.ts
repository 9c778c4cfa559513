import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { withDefaults } from "../building-blocks/arguments";
import { grant, type Grantee } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { allowDeadLetters, createDeadLetterQueue } from "../internal/dead-letter-queue";
import { checkBus, DEFAULTS, type EventBusArgs, type EventBusParts, type Resolved, validated } from "./args";

export { checkBus };
export type { EventBusArgs, EventBusParts };

/**
 * An EventBridge bus with an archive and a dead-letter queue for events that the bus can't encrypt or decrypt. The queue uses an SQS
 * managed key, so that it works when the key of the bus doesn't.
 */
export class EventBus extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title: string;
    readonly busName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** Events that the bus could not encrypt. With `encryptBus: false`, the queue receives no new events, but keeps existing ones. */
    readonly deadLetters: aws.sqs.Queue;

    readonly nodes: Nodes<EventBusParts>;
    private readonly parts: PartFactory<EventBusParts>;

    constructor(name: string, inputs: EventBusArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:EventBus", name, validated(name, args), opts);
        this.parts = new PartFactory<EventBusParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.title = `Bus ${name}`;
        const deadLetterName = `${name}-dead-letters`;
        // Also created without `encryptBus`, because a change of the argument must not delete unread messages.
        this.deadLetters = createDeadLetterQueue(deadLetterName, {}, this.parts);
        const bus = this.createBus(args);
        allowDeadLetters(deadLetterName, this.deadLetters, this.parts, [bus.arn]);
        if (args.archiveRetentionDays > 0) this.archive(bus, args);
        if (args.schemaDiscovery) this.discoverSchemas(bus);
        this.busName = bus.name;
        this.arn = bus.arn;
        this.registerOutputs({ busName: this.busName, arn: this.arn });
    }

    /** Lets a role put events on the bus. With `sources`, only events from these sources. */
    grantPublish(grantee: Grantee, sources: string[] = []): aws.iam.RolePolicy {
        const condition = sources.length > 0 ? { Condition: { StringEquals: { "events:source": sources } } } : {};
        return grant(this.parts, this.logicalName, grantee, "publish", [
            { Effect: "Allow", Action: ["events:PutEvents"], Resource: this.arn, ...condition },
        ]);
    }

    get alarms(): AlarmDefinition[] {
        return [
            {
                name: "dead-letters",
                description: "The bus could not encrypt events. Check the policy and the state of its key, then send the events again.",
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

    private createBus(args: EventBusArgs): aws.cloudwatch.EventBus {
        return this.parts.create("bus", aws.cloudwatch.EventBus, `${this.logicalName}-bus`, {
            name: args.busName,
            kmsKeyIdentifier: args.encryptBus ? args.kmsKeyArn : undefined,
            deadLetterConfig: args.encryptBus ? { arn: this.deadLetters.arn } : undefined,
        });
    }

    private archive(bus: aws.cloudwatch.EventBus, args: Resolved): void {
        this.parts.create("archive", aws.cloudwatch.EventArchive, `${this.logicalName}-archive`, {
            eventSourceArn: bus.arn,
            description: "All events, for replay",
            retentionDays: args.archiveRetentionDays,
            kmsKeyIdentifier: args.kmsKeyArn,
        });
    }

    private discoverSchemas(bus: aws.cloudwatch.EventBus): void {
        this.parts.create("discoverer", aws.schemas.Discoverer, `${this.logicalName}-schemas`, {
            sourceArn: bus.arn,
            description: "Schemas of the bus's events",
        });
    }
}
