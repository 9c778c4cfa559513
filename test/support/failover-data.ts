/** A model of RDS and S3 in several regions, for tests of the failover tool. */
import type { DatabaseState, NewReplica, ObjectState, StoredObject } from "../../tools/failover/ports";

interface Instance extends DatabaseState {
    /** What a new replica doesn't have: its settings of backups. */
    window: string;
    /** Whether the parameters apply. @default they do */
    parameters?: "missing" | "pending";
    /** What it was created with, for tests. */
    like?: string;
}

export type Instances = Record<string, Instance>;
/** Objects by bucket and key. */
export type Buckets = Record<string, Record<string, Omit<StoredObject, "key"> & ObjectState>>;

const arnOf = (region: string, identifier: string) => `arn:aws:rds:${region}:111122223333:db:${identifier}`;

export const instance = (region: string, identifier: string, settings: Partial<Instance> = {}): Instance => ({
    ...{
        status: "available",
        arn: arnOf(region, identifier),
        replicas: [],
        allocatedStorage: 100,
        backupRetentionPeriod: 14,
        window: "03:00",
    },
    ...settings,
});

export const storedObject = (size: number, modifiedAt: number, more: Partial<ObjectState> = {}) => ({
    ...{ size, etag: `etag-${size}`, modifiedAt, checksums: { CRC64: `sum-of-${size}` }, isPending: false },
    ...more,
});

/** The instances of all regions. A change ends some time after the request, when something reads the instance again. */
export class Rds {
    /** Seconds that a change of settings takes, with its first backup. */
    alignment = 60;
    private pending = new Map<Instance, { at: number; end: () => void }>();

    constructor(
        private readonly regions: Record<string, { databases: Instances }>,
        private readonly now: () => number,
    ) {}

    private instances = (region: string): Instances => this.regions[region]!.databases;

    private get all(): Instance[] {
        return Object.values(this.regions).flatMap(({ databases }) => Object.values(databases));
    }

    /** Throws like RDS during another change. */
    private begin(found: Instance | undefined, status: string, seconds: number, end: () => void): void {
        if (found?.status !== "available" && status !== "creating")
            throw Object.assign(new Error("in another state"), { name: "InvalidDBInstanceStateFault" });
        found!.status = status;
        this.pending.set(found!, { at: this.now() + seconds * 1000, end });
    }

    read(region: string, identifier: string): Instance | undefined {
        this.list(region);
        return this.instances(region)[identifier];
    }

    /** Identifiers, after the changes that are complete by now. */
    list(region: string): string[] {
        for (const [found, { at, end }] of this.pending) {
            if (this.now() < at) continue;
            this.pending.delete(found);
            found.status = "available";
            end();
        }
        return Object.keys(this.instances(region));
    }

    promote(region: string, identifier: string): void {
        const found = this.instances(region)[identifier]!;
        this.begin(found, "modifying", 120, () => {
            for (const it of this.all) it.replicas = it.replicas.filter((arn) => arn !== found.arn);
            delete found.source;
        });
    }

    create(region: string, { identifier, source, like }: NewReplica): void {
        const origin = this.all.find(({ arn }) => arn === source);
        if (!origin || origin.source !== undefined) throw new Error(`${source} can't have replicas`);
        if (this.instances(region)[identifier] || !this.instances(region)[like]) throw new Error("DBInstanceAlreadyExists");
        const created = instance(region, identifier, { source, like, window: "any", backupRetentionPeriod: 0, parameters: "missing" });
        this.instances(region)[identifier] = created;
        origin.replicas.push(created.arn);
        this.begin(created, "creating", 1800, () => undefined);
    }

    differences(region: string, identifier: string, like: string): string[] {
        const [own, other] = [this.instances(region)[identifier]!, this.instances(region)[like]!];
        return own.window === other.window && own.backupRetentionPeriod === other.backupRetentionPeriod ? [] : ["window"];
    }

    align(region: string, identifier: string, like: string): void {
        const [own, other] = [this.instances(region)[identifier]!, this.instances(region)[like]!];
        const { window, backupRetentionPeriod } = other;
        this.begin(own, "modifying", this.alignment, () => Object.assign(own, { window, backupRetentionPeriod, parameters: "pending" }));
    }

    reboot(region: string, identifier: string): void {
        const found = this.instances(region)[identifier];
        this.begin(found, "rebooting", 60, () => delete found!.parameters);
    }

    rename(region: string, from: string, to: string): void {
        const databases = this.instances(region);
        const found = databases[from];
        if (databases[to]) throw new Error("DBInstanceAlreadyExists");
        this.begin(found, "renaming", 90, () => {
            const before = found!.arn;
            found!.arn = arnOf(region, to);
            for (const it of this.all) {
                if (it.source === before) it.source = found!.arn;
                it.replicas = it.replicas.map((arn) => (arn === before ? found!.arn : arn));
            }
            databases[to] = found!;
            Reflect.deleteProperty(databases, from);
        });
    }

    remove(region: string, identifier: string): void {
        this.begin(this.instances(region)[identifier], "deleting", 300, () => Reflect.deleteProperty(this.instances(region), identifier));
    }
}

/** The objects of a bucket, as S3 lists them. */
export async function* listed(buckets: Buckets, bucket: string): AsyncGenerator<StoredObject> {
    await Promise.resolve();
    const entries = Object.entries(buckets[bucket] ?? {});
    for (const [key, { size, modifiedAt }] of entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
        yield { key, size, modifiedAt };
}
