/**
 * Instance classes of RDS for PostgreSQL 15 to 17, DocumentDB 5.0, and ElastiCache that at least one region offers. `REGIONS` records which
 * families a region lacks, and the preflight checks in AWS which classes can be ordered today.
 *
 * Source, as of 29 November 2026: AWS's price lists (the data of cfn-lint 1.58.0). Without r6gd of ElastiCache, which requires data tiering.
 */
import type { InstanceService } from "./regions";

const LARGE_TO_16 = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge";
const LARGE_TO_24 = `${LARGE_TO_16} 24xlarge`;
const XLARGE_TO_16 = "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge";

/** Sizes by families, both separated by spaces. */
const SIZES: Record<InstanceService, Record<string, string>> = {
    rds: {
        c6gd: `medium ${LARGE_TO_16}`,
        "m5 m5d r5 r5b r5d": LARGE_TO_24,
        "m6g m6gd m7g r6g r6gd r7g x2g": LARGE_TO_16,
        "m6i m6id m6idn m6in r6i r6id r6idn r6in": `${LARGE_TO_24} 32xlarge`,
        "m7i m8a m8g m8gd m9g r7i r8a r8g r8gd": `${LARGE_TO_24} 48xlarge`,
        "t3 t4g": "micro small medium large xlarge 2xlarge",
        x2iedn: "xlarge 2xlarge 4xlarge 8xlarge 16xlarge 24xlarge 32xlarge",
    },
    docdb: {
        r4: "large xlarge 2xlarge 4xlarge 8xlarge 16xlarge",
        r5: LARGE_TO_24,
        r6g: LARGE_TO_16,
        r6gd: XLARGE_TO_16,
        r8g: `${LARGE_TO_24} 48xlarge`,
        "t3 t4g": "medium",
    },
    elasticache: {
        "c7gn c8gn m6g m7g m8g r6g r7g r8g": LARGE_TO_16,
        m4: "large xlarge 2xlarge 4xlarge 10xlarge",
        "m5 r5": "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge",
        r4: "large xlarge 2xlarge 4xlarge 8xlarge 16xlarge",
        "t2 t3 t4g": "micro small medium",
    },
};

/** All classes of a service: `db.r6g.large`, `cache.r6g.large`. */
export function classesOf(service: InstanceService): string[] {
    const prefix = service === "elasticache" ? "cache" : "db";
    return Object.entries(SIZES[service]).flatMap(([families, sizes]) =>
        families.split(" ").flatMap((family) => sizes.split(" ").map((size) => `${prefix}.${family}.${size}`)),
    );
}

/** What to do about a class that isn't in the table. */
export const UNKNOWN_CLASS = 'To use a class that AWS added later, see docs/extending.md, "Add an instance class"';
