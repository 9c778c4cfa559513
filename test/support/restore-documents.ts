/** A model of DocumentDB and AWS Backup in one region, for tests of `npm run restore-documents`. */
import { restoreDocumentsCommand, type Services } from "../../tools/restore-documents/command";
import type { Cluster, Documents, Instance, RecoveryPoint, Snapshot, Tags } from "../../tools/restore-documents/ports";
import { ran } from "./command";

const ACCOUNT = "111122223333";
const arnOf = (kind: string, name: string, region = "us-west-2") => `arn:aws:rds:${region}:${ACCOUNT}:${kind}:${name}`;

/** The password in the connection secret. No output may contain it. */
export const PASSWORD = "the-password-of-dr";

interface ModelCluster extends Omit<Cluster, "members"> {
    /** What a restored cluster doesn't have. */
    window: string;
    password: string;
    /** The recovery point that it was restored from. */
    content?: string;
}

interface ModelInstance extends Instance {
    like?: string;
}

const point = (name: string, createdAt: string, more: Partial<RecoveryPoint> = {}): RecoveryPoint => ({
    arn: arnOf("cluster-snapshot", `awsbackup:copyjob-${name}`),
    source: arnOf("cluster", "ai-platform-prod-documents", "us-east-1"),
    status: "COMPLETED",
    createdAt: Date.parse(createdAt),
    ...more,
});

/** An instance of a cluster. */
const instanceOf = (cluster: string): ModelInstance => ({ cluster, status: "available" });

/** The process was killed: nothing that it calls returns. */
class Killed extends Error {}

export class DocumentsWorld {
    now = Date.parse("2026-12-01T01:30:00Z");
    account = ACCOUNT;
    secret = { username: "app", password: PASSWORD };
    /** All changes, as the model makes them. */
    changes: string[] = [];
    /** The process is killed after as many changes. */
    killAfter = Infinity;
    /** An error of a request, by its first word. */
    failing: Partial<Record<string, Error>> = {};
    answer?: string;
    /** Ctrl-C. */
    interrupt = (): void => undefined;
    afterSleep = (): void => undefined;
    points: RecoveryPoint[] = [
        point("older", "2026-11-29T07:00:00Z"),
        point("latest", "2026-11-30T07:00:00Z"),
        point("partial", "2026-11-30T19:00:00Z", { status: "PARTIAL" }),
        point("other", "2026-11-30T20:00:00Z", { source: arnOf("cluster", "ai-platform-test-documents", "us-east-1") }),
    ];
    snapshots: Record<string, Snapshot> = Object.fromEntries(
        this.points.map(({ arn }) => [arn, { username: "app", engineVersion: "5.0.0" }]),
    );
    clusters: Record<string, ModelCluster> = {};
    instances: Record<string, ModelInstance> = {
        "tf-1": instanceOf("ai-platform-dr-documents"),
        "tf-2": instanceOf("ai-platform-dr-documents"),
    };
    tags: Record<string, Tags> = {};
    private created = 0;
    private pending = new Map<object, { at: number; end: () => void }>();

    constructor() {
        const cluster = this.addCluster("ai-platform-dr-documents", {
            window: "03:00-04:00",
            password: PASSWORD,
            logExports: ["audit", "profiler"],
        });
        this.tags[cluster.resourceId] = { Environment: "dr" };
    }

    private addCluster(identifier: string, settings: Partial<ModelCluster>): ModelCluster {
        const cluster: ModelCluster = {
            ...{ identifier, arn: arnOf("cluster", identifier), resourceId: `cluster-${++this.created}`, status: "available" },
            ...{ username: "app", engineVersion: "5.0.0", logExports: [], isPasswordPending: false, window: "any", password: "of-prod" },
            ...settings,
        };
        this.clusters[identifier] = cluster;
        return cluster;
    }

    private isDead(): boolean {
        return this.changes.length >= this.killAfter;
    }

    /** Ends the changes that are complete by now. */
    private settle(): void {
        for (const [found, { at, end }] of this.pending) {
            if (this.now < at) continue;
            this.pending.delete(found);
            end();
        }
    }

    private async read<T>(make: () => T): Promise<T> {
        await Promise.resolve();
        if (this.isDead()) throw new Killed();
        this.settle();
        return make();
    }

    private async change(text: string, make: () => void): Promise<void> {
        await Promise.resolve();
        if (this.isDead()) throw new Killed();
        this.settle();
        const error = this.failing[text.split(" ", 1).join()];
        if (error) throw error;
        make();
        this.changes.push(text);
        if (this.isDead()) throw new Killed();
    }

    /** Starts a change of a cluster or an instance. Throws like RDS during another one. */
    private begin(found: { status: string } | undefined, status: string, seconds: number, end: () => void): void {
        if (found?.status !== "available" && status !== "creating")
            throw Object.assign(new Error("in another state"), { name: "InvalidDBClusterStateFault" });
        found!.status = status;
        this.pending.set(found!, {
            at: this.now + seconds * 1000,
            end: () => {
                found!.status = "available";
                end();
            },
        });
    }

    private byArn = (arn: string): string => Object.values(this.clusters).find((it) => it.arn === arn)!.resourceId;

    private rename<T>(all: Record<string, T>, from: string, to: string, found: T): void {
        if (all[to]) throw new Error("AlreadyExists");
        all[to] = found;
        Reflect.deleteProperty(all, from);
    }

    readonly documents: Documents = {
        account: () => this.read(() => this.account),
        points: (vault) => {
            if (vault !== "ai-platform-prod") throw Object.assign(new Error(`no vault ${vault}`), { name: "ResourceNotFoundException" });
            return this.read(() => this.points);
        },
        snapshot: (arn) => this.read(() => this.snapshots[arn]),
        secretUsername: () => this.read(() => this.secret.username),
        cluster: (identifier) => this.read(() => this.clusterNamed(identifier)),
        clusters: (prefix) => this.read(() => Object.keys(this.clusters).filter((name) => name.startsWith(prefix))),
        instance: (identifier) => this.read(() => this.instances[identifier] && { ...this.instances[identifier] }),
        tags: (arn) => this.read(() => ({ ...this.tags[this.byArn(arn)] })),
        setTags: (arn, tags) =>
            this.change(`tag ${arn.split(":").at(-1)}`, () => {
                this.tags[this.byArn(arn)] = { ...this.tags[this.byArn(arn)], ...tags };
            }),
        removeTags: (arn, keys) =>
            this.change(`untag ${arn.split(":").at(-1)}`, () => {
                for (const key of keys) Reflect.deleteProperty(this.tags[this.byArn(arn)]!, key);
            }),
        restore: ({ identifier, point: from, tags }) =>
            this.change(`restore ${identifier}`, () => {
                if (this.clusters[identifier]) throw new Error("DBClusterAlreadyExists");
                const { username = "app", engineVersion = "5.0.0" } = this.snapshots[from] ?? {};
                const cluster = this.addCluster(identifier, { content: from, username, engineVersion });
                this.tags[cluster.resourceId] = tags;
                this.begin(cluster, "creating", 1200, () => undefined);
            }),
        differences: (identifier, like) =>
            this.read(() => (this.clusters[identifier]!.window === this.clusters[like]!.window ? [] : ["PreferredBackupWindow"])),
        align: (identifier, like) =>
            this.change(`align ${identifier}`, () => {
                const found = this.clusters[identifier];
                this.begin(found, "modifying", 60, () => (found!.window = this.clusters[like]!.window));
            }),
        createInstance: ({ identifier, cluster, like }) =>
            this.change(`create ${identifier}`, () => {
                if (this.clusters[cluster]?.status !== "available" || this.instances[identifier]) throw new Error("can't be created");
                if (!this.instances[like]) throw new Error(`${like} doesn't exist`);
                this.instances[identifier] = { ...instanceOf(cluster), like };
                this.begin(this.instances[identifier], "creating", 400, () => undefined);
            }),
        setPassword: (identifier) =>
            this.change(`password ${identifier}`, () => {
                const found = this.clusters[identifier]!;
                this.begin(found, "resetting-master-credentials", 30, () => {
                    Object.assign(found, { password: this.secret.password, isPasswordPending: false });
                });
                found.isPasswordPending = true;
            }),
        setLogExports: (identifier, logExports) =>
            this.change(`logs ${identifier} ${logExports.join("+")}`, () => {
                const found = this.clusters[identifier];
                this.begin(found, "modifying", 20, () => (found!.logExports = logExports));
            }),
        renameCluster: (from, to) =>
            this.change(`rename ${from} ${to}`, () => {
                const found = this.clusters[from];
                this.begin(found, "renaming", 90, () => {
                    this.rename(this.clusters, from, to, found!);
                    Object.assign(found!, { identifier: to, arn: arnOf("cluster", to) });
                    for (const it of Object.values(this.instances)) if (it.cluster === from) it.cluster = to;
                });
            }),
        renameInstance: (from, to) =>
            this.change(`rename ${from} ${to}`, () => {
                const found = this.instances[from];
                this.begin(found, "renaming", 90, () => {
                    this.rename(this.instances, from, to, found!);
                });
            }),
        deleteInstance: (identifier) =>
            this.change(`delete ${identifier}`, () => {
                this.begin(this.instances[identifier], "deleting", 300, () => Reflect.deleteProperty(this.instances, identifier));
            }),
        deleteCluster: (identifier, snapshot) =>
            this.change(`delete ${identifier} ${snapshot}`, () => {
                const members = Object.values(this.instances).filter((it) => it.cluster === identifier);
                if (members.some(({ status }) => status !== "deleting")) throw new Error("the cluster has instances");
                this.begin(this.clusters[identifier], "deleting", 300, () => Reflect.deleteProperty(this.clusters, identifier));
            }),
    };

    private clusterNamed(identifier: string): Cluster | undefined {
        const found = this.clusters[identifier];
        const members = Object.keys(this.instances).filter((name) => this.instances[name]!.cluster === identifier);
        return found && { ...found, members };
    }

    /** Runs the command. A process that was killed leaves no output. */
    async go(...args: string[]) {
        const services: Services = {
            documents: () => this.documents,
            clock: {
                now: () => this.now,
                sleep: async (milliseconds) => {
                    this.now += milliseconds;
                    this.afterSleep();
                    await new Promise((done) => setImmediate(done));
                },
                every: () => () => undefined,
            },
            ask: this.answer === undefined ? undefined : () => Promise.resolve(this.answer),
            onInterrupt: (handle) => {
                this.interrupt = handle;
                return () => undefined;
            },
            exit: () => undefined,
        };
        return ran(restoreDocumentsCommand(services), args);
    }

    /** What a stack and an application see, with the names that contain the time of the start shortened. */
    get outcome(): object {
        this.settle();
        const short = (text: string) => text.replace(/-retired-\w+/g, "-retired");
        const clusters = Object.values(this.clusters).map(({ identifier, resourceId, ...rest }) => [
            short(identifier),
            { ...rest, arn: short(rest.arn), tags: this.tags[resourceId] },
        ]);
        const instances = Object.entries(this.instances).map(([name, it]) => [short(name), { ...it, cluster: short(it.cluster) }]);
        return { clusters: Object.fromEntries(clusters) as object, instances: Object.fromEntries(instances) as object };
    }
}
