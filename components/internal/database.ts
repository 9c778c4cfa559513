/** Names that RDS, DocumentDB and ElastiCache give: identifiers, instance classes and what these say of memory. Pure functions. */

/** Classes of RDS and DocumentDB: `db.r6g.xlarge`, `db.t4g.medium`. */
export const INSTANCE_CLASS = /^db\.[a-z]\d+[a-z]*\.(micro|small|medium|(\d+)?x?large)$/;
/** Node types of ElastiCache: `cache.r6g.large`. */
export const NODE_TYPE = /^cache\.[a-z]\d+[a-z]*\.(micro|small|medium|(\d+)?x?large)$/;

/** GiB for each vCPU, by the family's letter (AWS: "Amazon EC2 instance types"); a `large` has two vCPUs. */
const PER_VCPU: Record<string, number> = { c: 2, m: 4, t: 4, r: 8, x: 16, z: 8 };
/** GiB of the sizes below `large`, which the burstable families alone have. */
const SMALL: Record<string, number> = { micro: 1, small: 2, medium: 4 };

/** The nominal memory of an instance class in GiB: 32 for `db.r6g.xlarge`. 16 for a family that this table does not know. */
export function memoryOf(instanceClass: string): number {
    const [, family = "", size = ""] = instanceClass.split(".");
    if (size in SMALL) return SMALL[size] ?? 16;
    const perVcpu = PER_VCPU[family.charAt(0)];
    if (perVcpu === undefined) return 16;
    const [, multiple] = /^(\d+)xlarge$/.exec(size) ?? [];
    const vcpus = size === "large" ? 2 : 4 * Number(multiple ?? 1);
    return perVcpu * vcpus;
}

/** Bytes in a GiB, the unit of CloudWatch's memory and storage metrics being bytes. */
export const GIB = 2 ** 30;

/** RDS's and DocumentDB's rule for identifiers of instances and clusters. */
export const isIdentifier = (text: string): boolean => /^[a-z](-?[a-z0-9])*$/.test(text) && text.length <= 63;
export const IDENTIFIER = "must be up to 63 lower-case letters, digits and single hyphens, begin with a letter and not end with a hyphen";
