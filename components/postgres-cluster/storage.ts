/** Storage of an instance: type, IOPS, and throughput. Pure. */
import { type Bounds, type Check, checkBetween, checkOneOf, isBetween } from "../building-blocks/arguments";

/** Arguments of primaries and replicas. */
export interface StorageArgs {
    /** `gp3`, or `io2` for a latency below a millisecond and more than 64000 IOPS. @default "gp3" */
    storageType?: "gp3" | "io2";
    /**
     * Provisioned IOPS. With `gp3` 12000 to 64000, only from 400 GiB. With `io2` 1000 to 256000, required, and 0.5 to 1000 per GiB.
     * @default with gp3, those that are included: 3000, and 12000 from 400 GiB
     */
    iops?: number;
    /**
     * Provisioned throughput of `gp3` in MiB/s, 500 to 4000 and at most a quarter of the IOPS, only from 400 GiB.
     * @default the throughput that is included: 125, and 500 from 400 GiB
     */
    storageThroughput?: number;
}

export const STORAGE_DEFAULTS = { storageType: "gp3" } satisfies StorageArgs;
export const STORAGE_TYPES = ["gp3", "io2"] as const satisfies StorageArgs["storageType"][];
/** Lowest and highest values of any storage type (RDS User Guide, "Amazon RDS DB instance storage"). */
export const STORAGE_BOUNDS = { iops: [1000, 256000], storageThroughput: [500, 4000] } as const;

/** From this size, RDS stripes gp3 storage over four volumes, and allows provisioned IOPS and throughput. */
const STRIPED_GIB = 400;
const GP3_IOPS = [12000, 64000] as const;
const IO2_LEAST_GIB = 100;
const IO2_PER_GIB = { least: 0.5, most: 1000 };
/** MiB/s for each provisioned IOPS of gp3 (RDS API, `StorageThroughputToIopsRatio`). */
const GP3_THROUGHPUT_PER_IOPS = 0.25;

/** The storage that a check knows. A replica has the storage of its source, which the program doesn't know. */
type Known = StorageArgs & { allocatedStorage?: number };

/** Checks type, IOPS, and throughput against each other and, if it is known, the allocated storage. */
export function checkPerformance(check: Check, args: Known): void {
    const { storageType = STORAGE_DEFAULTS.storageType, iops, storageThroughput } = args;
    checkOneOf(check, "storageType", storageType, STORAGE_TYPES);
    checkBetween(check, "iops", iops, STORAGE_BOUNDS.iops);
    checkBetween(check, "storageThroughput", storageThroughput, STORAGE_BOUNDS.storageThroughput, " MiB/s");
    const isValid = [isWithin(iops, STORAGE_BOUNDS.iops), isWithin(storageThroughput, STORAGE_BOUNDS.storageThroughput)];
    if (isValid.includes(false)) return;
    if (storageType === "io2") checkIo2(check, args);
    else checkGp3(check, args);
}

const isWithin = (value: number | undefined, [low, high]: Bounds): boolean => value === undefined || isBetween(value, low, high);

function checkGp3(check: Check, { iops, storageThroughput, allocatedStorage = STRIPED_GIB }: Known): void {
    const [included, most] = GP3_IOPS;
    if (allocatedStorage < STRIPED_GIB) {
        const only = `requires allocatedStorage of ${STRIPED_GIB} GiB or more with gp3 (it is ${allocatedStorage})`;
        check(iops === undefined, "iops", `${only}, or storageType io2`);
        check(storageThroughput === undefined, "storageThroughput", only);
        return;
    }
    check(isWithin(iops, GP3_IOPS), "iops", `must be between ${included} and ${most} with gp3; io2 supports other values`);
    const highest = (iops ?? included) * GP3_THROUGHPUT_PER_IOPS;
    const isLow = storageThroughput === undefined || storageThroughput <= highest;
    check(isLow, "storageThroughput", `must be at most ${highest} MiB/s, a quarter of the IOPS (${iops ?? included})`);
}

function checkIo2(check: Check, { iops, storageThroughput, allocatedStorage }: Known): void {
    check(storageThroughput === undefined, "storageThroughput", "must not be set with io2, whose throughput depends on iops");
    check(iops !== undefined, "iops", "is required with io2");
    if (allocatedStorage === undefined) return;
    check(allocatedStorage >= IO2_LEAST_GIB, "allocatedStorage", `must be ${IO2_LEAST_GIB} GiB or more with io2`);
    const [lowest, highest] = [Math.ceil(allocatedStorage * IO2_PER_GIB.least), allocatedStorage * IO2_PER_GIB.most];
    const perGib = `${IO2_PER_GIB.least} to ${IO2_PER_GIB.most} per GiB of allocatedStorage`;
    check(isWithin(iops, [lowest, highest]), "iops", `must be between ${lowest} and ${highest} with io2: ${perGib}`);
}

/** Checks the limit of storage autoscaling. RDS requires 10% more than the allocated storage (RDS User Guide, storage autoscaling). */
export function checkStorage(check: Check, args: { allocatedStorage: number; maxAllocatedStorage: number }): void {
    const { allocatedStorage, maxAllocatedStorage } = args;
    const least = Math.ceil((allocatedStorage * 11) / 10);
    check(
        maxAllocatedStorage === allocatedStorage || maxAllocatedStorage >= least,
        "maxAllocatedStorage",
        `must be ${least} GiB (110% of allocatedStorage) or more, or equal to allocatedStorage (${allocatedStorage} GiB) for no autoscaling`,
    );
}
