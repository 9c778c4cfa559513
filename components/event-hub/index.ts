import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checkBus, EventBus, type EventBusArgs } from "../event-bus";
import { checkStream, EventStream, type EventStreamArgs } from "../event-stream";
import { hubAlarms } from "./alarms";
import { NotificationTopic, type Subscription } from "../notification-topic";
import { allowDeadLetters, createDeadLetterQueue, type DeadLetterParts } from "../internal/dead-letter-queue";
import { DEFAULT_ROUTES, type Destination, eventPattern, leadsTo, type Route, routeProblems } from "./routes";
import { checkWorkQueue, WorkQueue, type WorkQueueArgs } from "../work-queue";
import { checkBetween, checked, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { checkLogs, type LogArgs, logArgsOf } from "../building-blocks/logs";
import { type Grantee, ServiceRole } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf } from "../building-blocks/provider";
import { type Each, type Nodes, PartFactory, type Transforms } from "../building-blocks/parts";

export interface EventHubArgs extends Omit<EventBusArgs, "transform">, LogArgs {
    /** Destinations of events, by rule name. @default all events to the stream */
    routes?: Record<string, Route>;
    /** Settings of the work queue. @default the defaults of `WorkQueue` */
    workQueue?: Omit<WorkQueueArgs, "kmsKeyArn" | "senders" | "transform">;
    /** Stream and its delivery to the data lake. Required if a route uses the stream, and only then. */
    stream?: Omit<EventStreamArgs, "kmsKeyArn" | "transform" | keyof LogArgs>;
    /** Physical name of the notifications topic. @default generated */
    topicName?: string;
    /** Hours that EventBridge retries a delivery before it sends the event to the dead-letter queue: 1 to 24. @default 24 */
    retryHours?: number;
    transform?: Transforms<EventHubParts>;
}

export interface EventHubParts extends DeadLetterParts {
    bus: typeof EventBus;
    /** By route name. */
    rules: Each<typeof aws.cloudwatch.EventRule>;
    workQueue: typeof WorkQueue;
    notifications: typeof NotificationTopic;
    stream?: typeof EventStream;
    streamWriterRole?: typeof ServiceRole;
    /** By route and destination: `work-queue`. */
    targets: Each<typeof aws.cloudwatch.EventTarget>;
}

const DEFAULTS = { routes: DEFAULT_ROUTES, retryHours: 24 } satisfies Partial<EventHubArgs>;
type Resolved = WithDefaults<EventHubArgs, typeof DEFAULTS>;

/** A route with its rule. */
interface Rule extends Route {
    name: string;
    rule: aws.cloudwatch.EventRule;
}

/** Target of a rule. `after` must exist before the target. */
interface Target {
    arn: pulumi.Output<string>;
    roleArn?: pulumi.Output<string>;
    after: pulumi.Resource;
}

/**
 * An EventBridge custom bus with three destinations: a work queue, a notification topic, and a stream to the data lake. `routes` selects
 * the destinations of each event. EventBridge retries a delivery for `retryHours`, then sends the event to a dead-letter queue, which
 * keeps it for 14 days. An archive keeps all events for replay.
 *
 * All resources are encrypted with `kmsKeyArn`. The key policy must allow the services `events` and `sns`; otherwise, events are lost
 * without an error. Events from AWS services, such as S3, arrive on the default bus of the region and not on this bus.
 *
 * Cost: 1 USD per million events and 0.10 USD per GB archived; nothing when idle. A route to the stream adds 29.20 USD per month.
 */
export class EventHub extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title = "Events";
    readonly busName: pulumi.Output<string>;
    readonly busArn: pulumi.Output<string>;
    readonly workQueue: WorkQueue;
    readonly notifications: NotificationTopic;
    readonly notificationsTopicArn: pulumi.Output<string>;
    /** Undefined if no route uses it. */
    readonly stream?: EventStream;
    readonly streamArn?: pulumi.Output<string>;
    /** Events that could not be delivered to a target. */
    readonly deadLetterQueue: aws.sqs.Queue;
    private readonly bus: EventBus;
    private readonly rules: Rule[];

    readonly nodes: Nodes<EventHubParts>;
    private readonly parts: PartFactory<EventHubParts>;

    constructor(name: string, inputs: EventHubArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:EventHub", name, validated(name, args), opts);
        this.parts = new PartFactory<EventHubParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.bus = this.createBus(args);
        this.rules = Object.entries(args.routes).map(([route, described]) => this.createRule(route, described));
        this.workQueue = this.createWorkQueue(args);
        this.notifications = this.createTopic(args);
        if (args.stream && leadsTo(args.routes, "stream")) this.stream = this.createStream(args, args.stream);
        this.deadLetterQueue = this.createDeadLetters(args);
        this.connectTargets(args);
        this.busName = this.bus.busName;
        this.busArn = this.bus.arn;
        this.notificationsTopicArn = this.notifications.arn;
        this.streamArn = this.stream?.arn;
        this.registerOutputs({ busName: this.busName, busArn: this.busArn, workQueueUrl: this.workQueue.url, streamArn: this.streamArn });
    }

    /** Lets a role put events on the bus. With `sources`, only events from these sources. */
    grantPublish(grantee: Grantee, sources?: string[]): aws.iam.RolePolicy {
        return this.bus.grantPublish(grantee, sources);
    }

    /** Lets a role consume messages from the work queue. */
    grantConsume(grantee: Grantee): aws.iam.RolePolicy {
        return this.workQueue.grantConsume(grantee);
    }

    /** Subscribes an endpoint to the notifications. `name` must be unique in the hub. */
    subscribe(name: string, subscription: Subscription): aws.sns.TopicSubscription {
        return this.notifications.subscribe(name, subscription);
    }

    get alarms(): AlarmDefinition[] {
        return hubAlarms({
            busName: this.busName,
            ruleNames: Object.fromEntries(this.rules.map(({ name, rule }) => [name, rule.name])),
            deadLetterQueueName: this.deadLetterQueue.name,
            parts: { bus: this.bus, work: this.workQueue, notifications: this.notifications, stream: this.stream },
        });
    }

    private createBus({ busName, kmsKeyArn, encryptBus, archiveRetentionDays, schemaDiscovery }: Resolved): EventBus {
        const args = { busName, kmsKeyArn, encryptBus, archiveRetentionDays, schemaDiscovery };
        return this.parts.create("bus", EventBus, this.logicalName, args);
    }

    private createRule(name: string, route: Route): Rule {
        const rule = this.parts.createEach("rules", name, aws.cloudwatch.EventRule, `${this.logicalName}-${name}`, {
            eventBusName: this.bus.busName,
            description: `${name}: to ${route.to.join(", ")}`,
            eventPattern: eventPattern(route),
        });
        return { ...route, name, rule };
    }

    private createWorkQueue({ workQueue, kmsKeyArn }: Resolved): WorkQueue {
        const senders = { rules: this.rulesTo("queue").map(({ rule }) => rule.arn) };
        return this.parts.create("workQueue", WorkQueue, `${this.logicalName}-work`, { ...workQueue, kmsKeyArn, senders });
    }

    private createTopic({ kmsKeyArn, topicName }: Resolved): NotificationTopic {
        const fromRules = this.rulesTo("notifications").length > 0;
        const args = { kmsKeyArn, topicName, fromRules };
        return this.parts.create("notifications", NotificationTopic, `${this.logicalName}-notifications`, args);
    }

    private createStream(own: Resolved, stream: NonNullable<EventHubArgs["stream"]>): EventStream {
        const args = { ...stream, kmsKeyArn: own.kmsKeyArn, ...logArgsOf(own) };
        return this.parts.create("stream", EventStream, `${this.logicalName}-stream`, args);
    }

    private createDeadLetters({ kmsKeyArn }: Resolved): aws.sqs.Queue {
        const name = `${this.logicalName}-undelivered`;
        const queue = createDeadLetterQueue(name, { kmsKeyArn }, this.parts);
        allowDeadLetters(
            name,
            queue,
            this.parts,
            this.rules.map(({ rule }) => rule.arn),
        );
        return queue;
    }

    private connectTargets(args: Resolved): void {
        const targets = this.targets();
        for (const { name, rule, to } of this.rules) {
            for (const destination of to) {
                const target = targets[destination];
                if (target) this.connect(`${name}-${destination}`, rule, destination, target, args);
            }
        }
    }

    private targets(): Partial<Record<Destination, Target>> {
        const targets: Partial<Record<Destination, Target>> = {
            queue: { arn: this.workQueue.arn, after: this.workQueue.policy },
            notifications: { arn: this.notifications.arn, after: this.notifications.policy },
        };
        const rules = this.rulesTo("stream");
        if (!this.stream || rules.length === 0) return targets;
        // The source ARN is the rule (EventBridge User Guide, "Cross-service confused deputy prevention").
        const condition = {
            StringEquals: { "aws:SourceAccount": accountOf(this) },
            ArnEquals: { "aws:SourceArn": rules.map(({ rule }) => rule.arn) },
        };
        const writer = this.parts.create("streamWriterRole", ServiceRole, `${this.logicalName}-stream-writer`, {
            service: "events.amazonaws.com",
            description: `Puts events of ${this.logicalName} on its stream`,
            condition,
        });
        return { ...targets, stream: { arn: this.stream.arn, roleArn: writer.arn, after: this.stream.grantWrite(writer) } };
    }

    private connect(name: string, rule: aws.cloudwatch.EventRule, destination: Destination, target: Target, args: Resolved): void {
        this.parts.createEach(
            "targets",
            name,
            aws.cloudwatch.EventTarget,
            `${this.logicalName}-${name}`,
            {
                eventBusName: this.bus.busName,
                rule: rule.name,
                targetId: destination,
                arn: target.arn,
                roleArn: target.roleArn,
                retryPolicy: { maximumEventAgeInSeconds: args.retryHours * 60 * 60, maximumRetryAttempts: 185 },
                deadLetterConfig: { arn: this.deadLetterQueue.arn },
            },
            { dependsOn: [target.after] },
        );
    }

    private rulesTo(destination: Destination): Rule[] {
        return this.rules.filter(({ to }) => to.includes(destination));
    }
}

function validated(name: string, args: Resolved) {
    return checked("EventHub", name, args, (check) => {
        const { routes, workQueue = {}, stream = {}, retryHours, topicName = "topic" } = args;
        checkBus(check, { ...args, transform: undefined });
        checkWorkQueue(check, workQueue, "workQueue.");
        checkStream(check, stream, "stream.");
        checkLogs(check, args);
        check(name.length <= 30, "name", "must be 30 characters or fewer because archive names are limited to 48");
        check(/^[\w-]{1,256}$/.test(topicName), "topicName", "must be 1 to 256 letters, digits, -, and _");
        checkBetween(check, "retryHours", retryHours, [1, 24]);
        check((args.stream !== undefined) === leadsTo(routes, "stream"), "stream", "must be set if a route uses the stream, and only then");
        for (const [route, described] of Object.entries(routes)) {
            for (const problem of routeProblems(route, described)) check(false, `routes.${route}`, problem);
        }
    });
}
