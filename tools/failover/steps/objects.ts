/** Copies objects that S3 hasn't replicated to the region that becomes active. */
import { type Action, minutes, performAll, type Stages } from "../actions";
import type { ObjectsEntry } from "../journal";
import type { ObjectState, Region, StoredObject } from "../ports";
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
}

/** Finds objects written since a time that the target doesn't have, or has in an older version. Both lists are in the order of their keys. */
async function compare(
    source: AsyncIterable<StoredObject>,
    target: AsyncIterable<StoredObject>,
    since: number,
): Promise<Comparison> {
    const missing: StoredObject[] = [];
    let compared = 0;
    const copies = target[Symbol.asyncIterator]();
    let copy = await copies.next();
    for await (const object of source) {
        while (!copy.done && Buffer.compare(Buffer.from(copy.value.key), Buffer.from(object.key)) < 0) copy = await copies.next();
        if (object.modifiedAt < since) continue;
        compared++;
        const found: StoredObject | undefined = !copy.done && copy.value.key === object.key ? copy.value : undefined;
        const isOutdated =
            found && (found.modifiedAt < object.modifiedAt || (found.modifiedAt === object.modifiedAt && found.size !== object.size));
        if (!found || isOutdated) missing.push(object);
    }
    return { compared, missing };
}

export interface Copying {
    /** In milliseconds since 1970. */
    since: number;
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
function copying({ to, from, clock }: Known, { name, source, target }: BucketPair, { since, guard, entries = {} }: Copying): Action {
    const startedAt = clock.now();
    const entry = (entries[name] ??= { compared: 0, copied: 0 });
    let missing: StoredObject[] = [];
    const copy = async (object: StoredObject) => {
        const state = await from.region.object(source, object.key);
        // It has been deleted since.
        if (!state) return;
        if (state.isPending && clock.now() - startedAt < PATIENCE) return;
        if (object.size > MAX_SIZE) throw new Error(`${object.key} is larger than 5 GiB: copy it with \`aws s3 cp\``);
        await to.region.copyObject(source, target, object);
        await verify(to.region, target, object.key, state);
        entry.copied++;
    };
    return {
        text: `Copy the objects of ${source} that ${target} doesn't have`,
        timeout: minutes(12 * 60),
        check: async () => {
            const comparison = await compare(from.region.objects(source), to.region.objects(target), since);
            missing = comparison.missing;
            entry.compared = comparison.compared;
            return missing.length === 0 || `${missing.length} of ${entry.compared} objects are missing`;
        },
        act: async () => {
            for (let i = 0; i < missing.length; i += PARALLEL) {
                await guard?.();
                await Promise.all(missing.slice(i, i + PARALLEL).map(copy));
            }
        },
    };
}

/** @throws Error if the copy differs */
async function verify(region: Region, bucket: string, key: string, expected: ObjectState): Promise<void> {
    const found = await region.object(bucket, key);
    const differs = Object.entries(expected.checksums).some(([algorithm, sum]) => (found?.checksums[algorithm] ?? sum) !== sum);
    if (found?.size !== expected.size || differs) throw new Error(`the copy of ${key} in ${bucket} differs from its source`);
}

/** Records in the journal how many objects it compares and copies. */
export async function copyObjects(context: Context): Promise<void> {
    const { run, performer } = context;
    const entries = structuredClone(run.journal.objects);
    const since = Date.parse(run.journal.objectsSince);
    await performAll(objectStages(context, { since, guard: () => performer.guard(), entries }), performer);
    await run.save((journal) => {
        journal.objects = entries;
    });
}
