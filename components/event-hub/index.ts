import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checkBus, EventBus, type EventBusArgs } from "../event-bus";
import { checkStream, EventStream, type EventStreamArgs } from "../event-stream";
import { hubAlarms } from "./alarms";
import { NotificationTopic, type Subscription } from "../notification-topic";
import { sendByRules } from "../internal/event-policies";
import { DEFAULT_ROUTES, type Destination, eventPattern, leadsTo, type Route, routeProblems } from "./routes";
import { checkWorkQueue, WorkQueue, type WorkQueueArgs } from "../work-queue";
import { checked, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { checkLogs, type LogArgs } from "../building-blocks/logs";
import { type Grantee, policyDocument, ServiceRole, tlsOnly } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf } from "../building-blocks/provider";
import { type Transform, transformed } from "../building-blocks/transform";

export interface EventHubArgs extends Omit<EventBusArgs, "transform">, LogArgs {
    /** Which events go where, by the name of the rule. @default everything to the stream */
    routes?: Record<string, Route>;
    /** The work queue. @default as `WorkQueue` has it */
    workQueue?: Omit<WorkQueueArgs, "kmsKeyArn" | "transform">;
    /** The stream and its delivery to the data lake. Needed where a route leads to the stream; without such a route none is made. */
    stream?: Omit<EventStreamArgs, "kmsKeyArn" | "transform" | keyof LogArgs>;
    /** Physical name of the notifications topic. @default generated */
    topicName?: string;
    /** Hours that EventBridge tries to deliver to a target before the event goes to the dead-letter queue: 1 to 24. @default 24 */
    retryHours?: number;
    transform?: EventBusArgs["transform"] & {
        rule?: Transform<aws.cloudwatch.EventRuleArgs>;
        target?: Transform<aws.cloudwatch.EventTargetArgs>;
        queue?: Transform<aws.sqs.QueueArgs>;
        topic?: Transform<aws.sns.TopicArgs>;
        stream?: Transform<aws.kinesis.StreamArgs>;
        delivery?: Transform<aws.kinesis.FirehoseDeliveryStreamArgs>;
    };
}

const DEFAULTS = { routes: DEFAULT_ROUTES, retryHours: 24 } satisfies Partial<EventHubArgs>;
type Resolved = WithDefaults<EventHubArgs, typeof DEFAULTS>;

/** A route's rule on the bus. */
interface Rule extends Route {
    name: string;
    rule: aws.cloudwatch.EventRule;
}

/** Where a rule sends, and what must be there before. */
interface Target {
    arn: pulumi.Output<string>;
    roleArn?: pulumi.Output<string>;
    after: pulumi.Resource;
}

/**
 * An EventBridge bus of the platform's own, and where its events go: a work queue, a topic for notifications, and a stream that ends in the
 * data lake. Which events go where is data (`routes`). Every target is retried for a day; what it does not take is kept in a dead-letter
 * queue for 14 days. An archive keeps all events for replay.
 *
 * Everything is encrypted with `kmsKeyArn`. The key's policy must let in the services `events` and `sns`; without, events vanish
 * silently. Events of AWS services (objects in S3, say) never arrive here but on the region's default bus.
 *
 * Costs 1 USD per million events and 0.10 USD per GB archived, nothing when idle; with a route to the stream, 29.20 USD a month on top.
 */
export class EventHub extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title = "Events";
    readonly busName: pulumi.Output<string>;
    readonly busArn: pulumi.Output<string>;
    readonly workQueue: WorkQueue;
    readonly notifications: NotificationTopic;
    readonly notificationsTopicArn: pulumi.Output<string>;
    /** Undefined where no route leads to it. */
    readonly stream?: EventStream;
    readonly streamArn?: pulumi.Output<string>;
    /** Keeps the events that a target did not take. */
    readonly deadLetterQueue: aws.sqs.Queue;
    private readonly bus: EventBus;
    private readonly rules: Rule[];

    constructor(name: string, given: EventHubArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:EventHub", name, validated(name, args), opts);
        this.logicalName = name;
        this.bus = this.createBus(args);
        this.rules = Object.entries(args.routes).map(([route, described]) => this.createRule(route, described, args));
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

    /** Lets a role put events on the bus; where `sources` are given, only events of these. */
    grantPublish(grantee: Grantee, sources?: string[]): void {
        this.bus.grantPublish(grantee, sources);
    }

    /** Lets a role work off the work queue. */
    grantConsume(grantee: Grantee): void {
        this.workQueue.grantConsume(grantee);
    }

    /** Sends notifications to someone. `name` is the subscription's, unique in the hub. */
    subscribe(name: string, subscription: Subscription): void {
        this.notifications.subscribe(name, subscription);
    }

    get alarms(): AlarmDefinition[] {
        return hubAlarms({
            busName: this.busName,
            ruleNames: Object.fromEntries(this.rules.map(({ name, rule }) => [name, rule.name])),
            deadLetterQueueName: this.deadLetterQueue.name,
            parts: { bus: this.bus, work: this.workQueue, notifications: this.notifications, stream: this.stream },
        });
    }

    private createBus(args: EventHubArgs): EventBus {
        const { busName, kmsKeyArn, encryptBus, archiveDays, discoverSchemas, transform } = args;
        return new EventBus(
            this.logicalName,
            {
                busName,
                kmsKeyArn,
                encryptBus,
                archiveDays,
                discoverSchemas,
                transform: { bus: transform?.bus, archive: transform?.archive },
            },
            { parent: this },
        );
    }

    private createRule(name: string, route: Route, args: EventHubArgs): Rule {
        const rule = new aws.cloudwatch.EventRule(
            `${this.logicalName}-${name}`,
            transformed(args.transform?.rule, {
                eventBusName: this.bus.busName,
                description: `${name}: to ${route.to.join(", ")}`,
                eventPattern: eventPattern(route),
            }),
            { parent: this },
        );
        return { ...route, name, rule };
    }

    private createWorkQueue(args: EventHubArgs): WorkQueue {
        const queue = new WorkQueue(
            `${this.logicalName}-work`,
            { ...args.workQueue, kmsKeyArn: args.kmsKeyArn, transform: { queue: args.transform?.queue } },
            { parent: this },
        );
        for (const { rule } of this.rulesTo("queue")) queue.allowFromRule(rule.arn);
        return queue;
    }

    private createTopic(args: EventHubArgs): NotificationTopic {
        const fromRules = this.rulesTo("notifications").length > 0;
        return new NotificationTopic(
            `${this.logicalName}-notifications`,
            { kmsKeyArn: args.kmsKeyArn, topicName: args.topicName, fromRules, transform: { topic: args.transform?.topic } },
            { parent: this },
        );
    }

    private createStream(args: EventHubArgs, stream: NonNullable<EventHubArgs["stream"]>): EventStream {
        const { kmsKeyArn, logKeyArn, logRetentionDays, transform } = args;
        return new EventStream(
            `${this.logicalName}-stream`,
            { ...stream, kmsKeyArn, logKeyArn, logRetentionDays, transform: { stream: transform?.stream, delivery: transform?.delivery } },
            { parent: this },
        );
    }

    private createDeadLetters(args: EventHubArgs): aws.sqs.Queue {
        const queue = new aws.sqs.Queue(
            `${this.logicalName}-undelivered`,
            { kmsMasterKeyId: args.kmsKeyArn, messageRetentionSeconds: 14 * 24 * 60 * 60 },
            { parent: this },
        );
        const rules = this.rules.map(({ rule }) => rule.arn);
        const policy = policyDocument([tlsOnly("sqs:*", queue.arn), ...sendByRules(queue.arn, rules)]);
        new aws.sqs.QueuePolicy(`${this.logicalName}-undelivered-policy`, { queueUrl: queue.url, policy }, { parent: this });
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
        // EventBridge User Guide, "Cross-service confused deputy prevention": the source is the rule.
        const condition = {
            StringEquals: { "aws:SourceAccount": accountOf(this) },
            ArnEquals: { "aws:SourceArn": rules.map(({ rule }) => rule.arn) },
        };
        const writer = new ServiceRole(
            `${this.logicalName}-stream-writer`,
            { service: "events.amazonaws.com", description: `Puts events of ${this.logicalName} on its stream`, condition },
            { parent: this },
        );
        return { ...targets, stream: { arn: this.stream.arn, roleArn: writer.arn, after: this.stream.grantWrite(writer) } };
    }

    private connect(name: string, rule: aws.cloudwatch.EventRule, destination: Destination, target: Target, args: Resolved): void {
        new aws.cloudwatch.EventTarget(
            `${this.logicalName}-${name}`,
            transformed(args.transform?.target, {
                eventBusName: this.bus.busName,
                rule: rule.name,
                targetId: destination,
                arn: target.arn,
                roleArn: target.roleArn,
                retryPolicy: { maximumEventAgeInSeconds: args.retryHours * 60 * 60, maximumRetryAttempts: 185 },
                deadLetterConfig: { arn: this.deadLetterQueue.arn },
            }),
            // Events flow as soon as the target is there, and it refuses them without its policy.
            { parent: this, dependsOn: [target.after] },
        );
    }

    private rulesTo(destination: Destination): Rule[] {
        return this.rules.filter(({ to }) => to.includes(destination));
    }
}

function validated(name: string, args: Resolved) {
    return checked("EventHub", name, args, (check) => {
        const { routes, workQueue = {}, stream = {}, retryHours, topicName = "topic" } = args;
        checkBus(check, args);
        checkWorkQueue(check, workQueue, "workQueue.");
        checkStream(check, stream, "stream.");
        checkLogs(check, args);
        check(name.length <= 30, "name", "must be 30 characters or fewer: an archive's name takes 48");
        check(/^[\w-]{1,256}$/.test(topicName), "topicName", "must be 1 to 256 letters, digits, - and _");
        check(Number.isInteger(retryHours) && retryHours >= 1 && retryHours <= 24, "retryHours", "must be between 1 and 24");
        check(args.stream !== undefined || !leadsTo(routes, "stream"), "stream", "must be given: a route leads to it");
        for (const [route, described] of Object.entries(routes)) {
            for (const problem of routeProblems(route, described)) check(false, `routes.${route}`, problem);
        }
    });
}
