/** Copies objects that S3 hasn't replicated to the region that becomes active. */
import { type Action, minutes, performAll, type Stages } from "../actions";
import type { ObjectsEntry } from "../journal";
import type { ObjectState, StoredObject } from "../ports";
import type { Context, Scene } from "./context";

/** How long the tool waits for S3 to replicate an object before it copies the object itself, in milliseconds. */
const PATIENCE = minutes(10);
/** Number of copies at the same time. */
const PARALLEL = 16;
/** S3 copies objects of up to 5 GiB in one request. */
const MAX_SIZE = 5 * 1024 ** 3;

interface BucketPair {
    /** Name in the primary region, for the journal. */
    name: string;
    source: string;
    target: string;
}

/** The buckets of the old region with their copies in the new one. Only the primary stack describes them. */
function bucketPairs({ to, from }: Pick<Scene, "to" | "from">): BucketPair[] {
    return [to, ...(from ? [from] : [])].flatMap(({ description: { role, buckets } }) =>
        buckets.map(({ primary, recovery }) =>
            role === to.description.role
                ? { name: primary, source: recovery, target: primary }
                : { name: primary, source: primary, target: recovery },
        ),
    );
}

interface Comparison {
    compared: number;
    missing: StoredObject[];
    /** Objects that were written while this tool could copy an earlier version, so that their times say nothing. */
    doubtful: StoredObject[];
}

interface Times {
    /** Objects that were written before aren't compared. In milliseconds since 1970. */
    since: number;
    /** From when on the content of objects is compared, not only their times. @default never */
    doubtSince?: number;
}

/** Compares the objects of two buckets. Both lists are in the order of their keys. */
async function compare(source: AsyncIterable<StoredObject>, target: AsyncIterable<StoredObject>, times: Times): Promise<Comparison> {
    const { since, doubtSince = Infinity } = times;
    const result: Comparison = { compared: 0, missing: [], doubtful: [] };
    const copies = target[Symbol.asyncIterator]();
    let copy = await copies.next();
    for await (const object of source) {
        while (!copy.done && Buffer.compare(Buffer.from(copy.value.key), Buffer.from(object.key)) < 0) copy = await copies.next();
        if (object.modifiedAt < since) continue;
        result.compared++;
        const found: StoredObject | undefined = !copy.done && copy.value.key === object.key ? copy.value : undefined;
        const isOutdated =
            found && (found.modifiedAt < object.modifiedAt || (found.modifiedAt === object.modifiedAt && found.size !== object.size));
        if (!found || isOutdated) result.missing.push(object);
        else if (object.modifiedAt >= doubtSince) result.doubtful.push(object);
    }
    return result;
}

export interface Copying extends Times {
    /** Called before each group of copies. Throws if they must not be made. */
    guard?: () => Promise<void>;
    /** Counts, by the name of the bucket in the primary region. */
    entries?: Record<string, ObjectsEntry>;
}

/** Compares the objects of all buckets that were written since a time, and copies those that are missing. */
export function objectStages(scene: Pick<Scene, "to" | "from" | "clock">, options: Copying): Stages {
    const { from } = scene;
    return from ? [bucketPairs(scene).map((pair) => copying({ ...scene, from }, pair, options))] : [];
}

type Known = Pick<Required<Scene>, "to" | "from" | "clock">;

/** Copies the objects of a bucket. S3 gets some time to complete replications that are in progress. */
function copying({ to, from, clock }: Known, { name, source, target }: BucketPair, options: Copying): Action {
    const { guard, entries = {} } = options;
    const startedAt = clock.now();
    const entry = (entries[name] ??= { compared: 0, copied: 0 });
    let missing: StoredObject[] = [];
    const differs = async ({ key }: StoredObject) => {
        const [own, copied] = await Promise.all([from.region.object(source, key), to.region.object(target, key)]);
        return own !== undefined && !isSame(own, copied);
    };
    const copy = async ({ key, size }: StoredObject) => {
        const state = await from.region.object(source, key);
        // It has been deleted since.
        if (!state) return;
        if (state.isPending && clock.now() - startedAt < PATIENCE) return;
        if (size > MAX_SIZE) throw new Error(`${key} is larger than 5 GiB: copy it with \`aws s3 cp\``);
        const { etag } = state;
        const isCopied = await to.region.copyObject(source, target, { key, etag });
        // If it changes meanwhile, the next comparison finds it.
        if (!isCopied || (await from.region.object(source, key))?.etag !== etag) return;
        if (!isSame(state, await to.region.object(target, key))) throw new Error(`the copy of ${key} in ${target} differs from its source`);
        entry.copied++;
    };
    const inGroups = async <T>(objects: StoredObject[], work: (object: StoredObject) => Promise<T>) => {
        const results: T[] = [];
        for (let i = 0; i < objects.length; i += PARALLEL) {
            await guard?.();
            results.push(...(await Promise.all(objects.slice(i, i + PARALLEL).map(work))));
        }
        return results;
    };
    return {
        text: `Copy the objects of ${source} that ${target} doesn't have`,
        timeout: minutes(12 * 60),
        check: async () => {
            const found = await compare(from.region.objects(source), to.region.objects(target), options);
            const different = await inGroups(found.doubtful, differs);
            missing = [...found.missing, ...found.doubtful.filter((_, i) => different[i])];
            entry.compared = found.compared;
            return missing.length === 0 || `${missing.length} of ${entry.compared} objects are missing`;
        },
        act: async () => {
            await inGroups(missing, copy);
        },
    };
}

/** Objects that were written before S3 stored checksums by default can have no common one. Then, the size must suffice. */
function isSame(own: ObjectState, copied: ObjectState | undefined): boolean {
    if (copied?.size !== own.size) return false;
    const common = Object.entries(own.checksums).filter(([algorithm]) => algorithm in copied.checksums);
    return common.length > 0 ? common.every(([algorithm, sum]) => copied.checksums[algorithm] === sum) : true;
}

/** Clocks of AWS and of this computer can differ. In milliseconds. */
const SKEW = minutes(5);

/** Records in the journal how many objects it compares and copies. */
export async function copyObjects(context: Context): Promise<void> {
    const { run, performer } = context;
    const { journal } = run;
    const entries = structuredClone(journal.objects);
    // In the step `standby`, also of an abandoned failback, objects are copied while applications write them.
    const doubts = [journal.doubtSince, journal.steps.fence && journal.steps.standby?.startedAt].filter((time) => time !== undefined);
    const doubtSince = doubts.length > 0 ? Math.min(...doubts.map((time) => Date.parse(time))) - SKEW : undefined;
    const since = Date.parse(journal.objectsSince);
    await performAll(objectStages(context, { since, doubtSince, guard: () => performer.guard(), entries }), performer);
    await run.save(({ objects }) => void Object.assign(objects, entries));
}
