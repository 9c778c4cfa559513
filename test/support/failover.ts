/** A model of two regions and of the table that runs of the failover tool share. */
import type { Description } from "../../stacks/recovery/description";
import { failoverCommand, type Services } from "../../tools/failover/command";
import { CURRENT, journalOf } from "../../tools/failover/journal";
import type { Capacity, Change, Clock, Item, Metric, Region, ScheduledAction, Table } from "../../tools/failover/ports";
import { ran } from "./command";
import { type Buckets, instance, type Instances, listed, Rds, storedObject } from "./failover-data";

const ACCOUNT = "111122223333";
const START = Date.parse("2026-11-30T12:00:00Z");

const descriptionOf = (role: "primary" | "dr", environment: string, region: string): Description => ({
    ...{
        version: 1,
        environment,
        role,
        region,
        account: ACCOUNT,
        name: `ai-platform-${environment}`,
        cluster: `ai-platform-${environment}`,
    },
    services: {
        api: {
            ...{ service: `ai-platform-${environment}-api`, minCapacity: 2, maxCapacity: 6, standbyCount: role === "dr" ? 1 : 0 },
            schedules: { "night-0": { schedule: "cron(0 22 * * ? *)", timezone: "Europe/Berlin", minCapacity: 1, maxCapacity: 2 } },
        },
        worker: { service: `ai-platform-${environment}-worker`, minCapacity: 1, maxCapacity: 3, standbyCount: 0, schedules: {} },
    },
    jobs: [{ group: `ai-platform-${environment}`, name: "nightly" }],
    consumers: [`mapping-${environment}`],
    rules: [{ name: `orders-${environment}`, bus: `ai-platform-${environment}` }, { name: `daily-${environment}` }],
    databases: [{ name: "database", identifier: `ai-platform-${environment}`, proxy: false, users: false }],
    buckets: role === "primary" ? [{ primary: "raw-east", recovery: "raw-west" }] : [],
    switch: { restApiId: `rest-${environment}`, stageName: "live", variable: "failoverActive" },
    alarms: { active: [`${environment}-errors`, `${environment}-latency`], standby: [`${environment}-replica-lag`] },
    checks: {
        failoverUrl: `https://api-${region}.example.com/failover/active`,
        healthUrl: `https://api-${region}.example.com/health`,
        sharedHealthUrl: "https://api.example.com/health",
    },
});

export const DR = descriptionOf("dr", "dr", "us-west-2");
export const PRIMARY = descriptionOf("primary", "prod", "us-east-1");

interface RegionState {
    services: Record<string, { desired: number; running: number; rollout: string; peak?: number }>;
    targets: Record<string, Capacity>;
    schedules: Record<string, ScheduledAction>;
    tasks: string[];
    jobs: Record<string, boolean>;
    consumers: Record<string, string>;
    rules: Record<string, boolean>;
    variables: Record<string, string>;
    alarms: Record<string, boolean>;
    databases: Instances;
    buckets: Buckets;
}

/** The process was killed: nothing that it calls returns. */
class Killed extends Error {}

const timeout = () => Object.assign(new Error("connect timed out"), { name: "TimeoutError" });

export class World {
    now = START;
    items = new Map<string, Item>();
    /** Changes, in order: `us-west-2 promote ai-platform-dr` or `table run/current`. */
    changes: string[] = [];
    /** Requests by region. */
    requests: Record<string, number> = {};
    published: Metric[] = [];
    down = new Set<string>();
    /** Kills the process after this number of changes. */
    killAfter = Infinity;
    /** Lag of the replica, in seconds, at a time. */
    lag: (now: number) => number | undefined = () => 0.5;
    /** Called before each change. Throws to make it fail. */
    fault: (change: string) => void = () => undefined;
    /** What a copy of an object gets wrong. */
    damage: (key: string) => object = () => ({});
    /** Called after each pause. */
    afterSleep: () => void = () => undefined;
    /** Called by Ctrl-C. */
    interrupt: () => void = () => undefined;
    /** How far the clock of AWS is ahead, in milliseconds. */
    skew = 0;
    exits: number[] = [];
    questions: string[] = [];
    answer: string | undefined = "dr";
    isTerminal = true;
    private dead = false;
    private timers = new Map<object, { due: number; every: number; call: () => Promise<void> }>();
    readonly states: Record<string, RegionState> = {
        "us-east-1": stateOf(PRIMARY, true),
        "us-west-2": stateOf(DR, false),
    };
    readonly rds = new Rds(this.states, () => this.now);

    constructor() {
        this.items.set("stack/dr", { id: "stack/dr", description: JSON.stringify(DR) });
        this.items.set("stack/primary", { id: "stack/primary", description: JSON.stringify(PRIMARY) });
    }

    get dr(): RegionState {
        return this.states["us-west-2"]!;
    }
    get prod(): RegionState {
        return this.states["us-east-1"]!;
    }
    get role() {
        return this.items.get("role");
    }
    get journal() {
        const item = this.items.get(CURRENT) ?? [...this.items.values()].find(({ id }) => id.startsWith("run/"));
        return item && journalOf(item);
    }

    /** What a run leaves behind, without times. */
    get outcome() {
        return {
            states: this.states,
            active: this.role?.active,
            items: [...this.items.keys()].map((id) => id.replace(/\/2026.*/, "/TIME")).sort(),
        };
    }

    /** Runs the command, as a new process. */
    async run(...args: string[]) {
        this.dead = false;
        this.timers.clear();
        const outcome = await ran(failoverCommand(this.services()), args);
        this.timers.clear();
        return { ...outcome, wasKilled: this.dead };
    }

    /** Runs it with a table instead of a stack file, and without a question. */
    go = (...args: string[]) => this.run("--table", "recovery", "--region", "us-west-2", "--yes", ...args);

    private processes = 0;

    private services(): Services {
        return {
            table: ({ table }) => this.table(table),
            region: () => (name) => this.region(name),
            clock: this.clock,
            httpStatus: (url) => Promise.resolve(this.statusOf(url)),
            ask: this.isTerminal
                ? (question) => {
                      this.questions.push(question);
                      return Promise.resolve(this.answer);
                  }
                : undefined,
            onInterrupt: (handle) => {
                this.interrupt = handle;
                return () => undefined;
            },
            exit: (code) => void this.exits.push(code),
            process: `host, process ${++this.processes}`,
        };
    }

    private clock: Clock = {
        now: () => this.now,
        sleep: async (milliseconds) => {
            this.alive();
            this.now += milliseconds;
            this.afterSleep();
            for (const timer of this.timers.values()) {
                if (timer.due > this.now) continue;
                timer.due = this.now + timer.every;
                await timer.call();
            }
            await new Promise((done) => setImmediate(done));
        },
        every: (every, call) => {
            const key = {};
            this.timers.set(key, { due: this.now + every, every, call });
            return () => void this.timers.delete(key);
        },
    };

    private alive() {
        if (this.dead) throw new Killed();
    }

    /** Makes a change, unless the process is dead or AWS rejects it. */
    private async change<T>(text: string, make: () => T): Promise<T> {
        await Promise.resolve();
        this.alive();
        this.fault(text);
        const result = make();
        this.changes.push(text);
        if (this.changes.length >= this.killAfter) {
            this.dead = true;
            throw new Killed();
        }
        return result;
    }

    private table(name: string): Table {
        const isMet = ({ put, delete: id, expected }: Change) => {
            const found = this.items.get(put?.id ?? id ?? "");
            return expected === undefined || (expected === "none" ? found === undefined : found?.version === expected);
        };
        const copy = (item?: Item) => item && (JSON.parse(JSON.stringify(item)) as Item);
        return {
            name,
            get: async (id) => {
                await Promise.resolve();
                this.alive();
                return copy(this.items.get(id));
            },
            list: (prefix) => Promise.resolve([...this.items.values()].filter(({ id }) => id.startsWith(prefix))),
            write: (changes) =>
                this.change(`table ${changes.map((it) => it.put?.id ?? `delete ${it.delete ?? ""}`).join(" and ")}`, () => {
                    if (!changes.every(isMet)) return false;
                    for (const { put, delete: id } of changes) {
                        if (put) this.items.set(put.id, copy(put)!);
                        else this.items.delete(id ?? "");
                    }
                    return true;
                }),
        };
    }

    private region(name: string): Region {
        const state = this.states[name]!;
        const read = async <T>(value: () => T): Promise<T> => {
            await Promise.resolve();
            this.alive();
            this.requests[name] = (this.requests[name] ?? 0) + 1;
            if (this.down.has(name)) throw timeout();
            return value();
        };
        const change = async (text: string, make: () => void) => {
            await read(() => undefined);
            await this.change(`${name} ${text}`, make);
        };
        const enabledText = (enabled: boolean) => (enabled ? "enable" : "disable");
        return {
            name,
            caller: () => read(() => ({ account: ACCOUNT, arn: "arn:aws:iam::111122223333:user/oncall", time: this.now + this.skew })),
            service: ({ service }) =>
                read(() => {
                    const found = state.services[service];
                    if (!found) return undefined;
                    // One task starts or stops at a time.
                    found.running += Math.sign(found.desired - found.running);
                    return { desired: found.desired, running: found.running, rollout: found.rollout, reason: "tasks failed to start" };
                }),
            setDesiredCount: ({ service }, count) => change(`count ${service} ${count}`, () => (state.services[service]!.desired = count)),
            scalableTarget: ({ service }) => read(() => state.targets[service]),
            setScalableTarget: ({ service }, capacity) => change(`target ${service}`, () => (state.targets[service] = capacity)),
            scheduledActions: () => read(() => state.schedules),
            setScheduledAction: (_, action, value) => change(`scheduled ${action}`, () => (state.schedules[action] = value)),
            peakCount: ({ service }) => read(() => state.services[service]?.peak),
            otherTasks: () => read(() => [...state.tasks]),
            stopTask: (_, task) => change(`stop ${task}`, () => (state.tasks = state.tasks.filter((it) => it !== task))),
            isJobEnabled: (job) => read(() => state.jobs[job.name]!),
            setJob: (job, on) => change(`${enabledText(on)} ${job.name}`, () => (state.jobs[job.name] = on)),
            consumer: (id) =>
                read(() => {
                    const found = state.consumers[id]!;
                    state.consumers[id] = found.replace("Enabling", "Enabled").replace("Disabling", "Disabled");
                    return found;
                }),
            setConsumer: (id, on) => change(`${enabledText(on)} ${id}`, () => (state.consumers[id] = on ? "Enabling" : "Disabling")),
            isRuleEnabled: (rule) => read(() => state.rules[rule.name]!),
            setRule: (rule, on) => change(`${enabledText(on)} ${rule.name}`, () => (state.rules[rule.name] = on)),
            stageVariable: ({ restApiId }) => read(() => state.variables[restApiId]),
            setStageVariable: ({ restApiId }, value) => change(`variable ${value}`, () => (state.variables[restApiId] = value)),
            alarmActions: (names) => read(() => Object.fromEntries(names.map((it) => [it, state.alarms[it]!]))),
            setAlarmActions: (names, on) =>
                change(`${enabledText(on)} ${names.join("+")}`, () => {
                    for (const it of names) state.alarms[it] = on;
                }),
            database: (identifier) => read(() => structuredClone(this.rds.read(name, identifier))),
            databases: () => read(() => this.rds.list(name)),
            promote: (identifier) =>
                change(`promote ${identifier}`, () => {
                    this.rds.promote(name, identifier);
                }),
            createReplica: (replica) =>
                change(`create ${replica.identifier}`, () => {
                    this.rds.create(name, replica);
                }),
            differences: (identifier, like) => read(() => this.rds.differences(name, identifier, like)),
            align: (identifier, like) =>
                change(`align ${identifier}`, () => {
                    this.rds.align(name, identifier, like);
                }),
            hasParameters: (identifier) => read(() => state.databases[identifier]?.parameters === undefined),
            reboot: (identifier) =>
                change(`reboot ${identifier}`, () => {
                    this.rds.reboot(name, identifier);
                }),
            renameDatabase: (from, to) =>
                change(`rename ${from} ${to}`, () => {
                    this.rds.rename(name, from, to);
                }),
            deleteDatabase: (identifier, snapshot) =>
                change(`delete ${identifier} ${snapshot}`, () => {
                    this.rds.remove(name, identifier);
                }),
            objects: (bucket) => listed(state.buckets, bucket),
            object: (bucket, key) => read(() => structuredClone(state.buckets[bucket]?.[key])),
            copyObject: async (from, to, { key, etag }) => {
                const source = Object.values(this.states).find(({ buckets }) => buckets[from])?.buckets[from]?.[key];
                if (source?.etag !== etag) return false;
                const copied = { ...source, ...this.damage(key), isPending: false };
                await change(`copy ${key}`, () => {
                    state.buckets[to]![key] = { ...copied, modifiedAt: this.now };
                });
                return true;
            },
            replicaLag: () =>
                read(() => {
                    const seconds = this.lag(this.now);
                    return seconds === undefined ? undefined : { seconds, at: this.now };
                }),
            publish: (metrics) => change("publish", () => void this.published.push(...metrics)),
        };
    }

    private statusOf(url: string): number | undefined {
        const { region = "" } = /api-(?<region>[a-z0-9-]+)\.example/.exec(url)?.groups ?? {};
        const state = this.states[region] ?? this.dr;
        if (url.endsWith("/failover/active")) return Object.values(state.variables)[0] === "true" ? 200 : 503;
        return Object.values(state.services).every(({ running }) => running > 0) ? 200 : 503;
    }
}

/** A region in the state that its stack leaves. */
function stateOf({ services, jobs, consumers, rules, databases, alarms, environment, region }: Description, active: boolean): RegionState {
    const all = Object.values(services);
    const limited = <T extends Capacity>(value: T, standby: number): T =>
        active ? { ...value } : { ...value, minCapacity: standby, maxCapacity: standby };
    const limits = ({ minCapacity, maxCapacity }: Capacity) => ({ minCapacity, maxCapacity });
    return {
        services: Object.fromEntries(
            all.map(({ service, minCapacity, standbyCount }, i) => {
                const count = active ? minCapacity : standbyCount;
                return [service, { desired: count, running: count, rollout: "COMPLETED", ...(active && { peak: i === 0 ? 4 : 9 }) }];
            }),
        ),
        targets: Object.fromEntries(all.map((it) => [it.service, limited(limits(it), it.standbyCount)])),
        schedules: Object.fromEntries(
            all.flatMap((it) => Object.entries(it.schedules).map(([name, action]) => [name, limited(action, it.standbyCount)])),
        ),
        tasks: active ? ["task-of-a-job"] : [],
        jobs: Object.fromEntries(jobs.map(({ name }) => [name, active])),
        consumers: Object.fromEntries(consumers.map((id) => [id, active ? "Enabled" : "Disabled"])),
        rules: Object.fromEntries(rules.map(({ name }) => [name, active])),
        variables: { [`rest-${environment}`]: String(active) },
        alarms: Object.fromEntries([
            ...alarms.active.map((it) => [it, active] as const),
            ...alarms.standby.map((it) => [it, !active] as const),
        ]),
        databases: Object.fromEntries(
            databases.map(({ identifier }) => {
                const replicated = active
                    ? { replicas: [instance(DR.region, "ai-platform-dr").arn] }
                    : { source: instance(PRIMARY.region, "ai-platform-prod").arn };
                return [identifier, instance(region, identifier, replicated)];
            }),
        ),
        buckets: { [active ? "raw-east" : "raw-west"]: { "old.json": storedObject(10, START - 7 * 86_400_000) } },
    };
}
