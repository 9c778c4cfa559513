/** Identifiers and instance classes of RDS, DocumentDB, and ElastiCache. Pure functions. */

/** Instance classes of RDS and DocumentDB: `db.r6g.xlarge`, `db.t4g.medium`. */
export const INSTANCE_CLASS = /^db\.[a-z]\d+[a-z]*\.(micro|small|medium|(\d+)?x?large)$/;
/** Node types of ElastiCache: `cache.r6g.large`. */
export const NODE_TYPE = /^cache\.[a-z]\d+[a-z]*\.(micro|small|medium|(\d+)?x?large)$/;

/** GiB per vCPU by the first letter of the family (AWS: "Amazon EC2 instance types"). A `large` has two vCPUs. */
const PER_VCPU: Record<string, number> = { c: 2, m: 4, t: 4, r: 8, x: 16, z: 8 };
/** GiB of the sizes of burstable families below `large`. A `medium` of another family has one vCPU. */
const SMALL: Record<string, number> = { micro: 1, small: 2, medium: 4 };

/** The nominal memory of an instance class in GiB: 32 for `db.r6g.xlarge`. Assumes 16 for unknown families. */
export function memoryOf(instanceClass: string): number {
    const [, family = "", size = ""] = instanceClass.split(".");
    const perVcpu = family.startsWith("x2ie") ? 32 : PER_VCPU[family.charAt(0)];
    if (perVcpu === undefined) return 16;
    if (size === "medium" && !family.startsWith("t")) return perVcpu;
    if (size in SMALL) return SMALL[size] ?? 16;
    const [, multiple] = /^(\d+)xlarge$/.exec(size) ?? [];
    const vcpus = size === "large" ? 2 : 4 * Number(multiple ?? 1);
    return perVcpu * vcpus;
}

/** Bytes in a GiB. CloudWatch's metrics of memory and storage are in bytes. */
export const GIB = 2 ** 30;

/** Checks an identifier of an RDS or DocumentDB instance or cluster. */
export const isIdentifier = (text: string): boolean => /^[a-z](-?[a-z0-9])*$/.test(text) && text.length <= 63;
export const IDENTIFIER = "must be up to 63 lower-case letters, digits, and single hyphens, start with a letter and not end with a hyphen";
