/** Value types of the schema. Patterns come with a description of what they allow, which completes "must be ...". */
import * as z from "zod";
import { type Bounds, POSITIVE } from "../../components/building-blocks/arguments";
import { classesOf, UNKNOWN_CLASS } from "../../components/internal/instance-classes";
import { type InstanceService, REGIONS, UNKNOWN_REGION } from "../../components/internal/regions";
import { DAILY_WINDOW, WEEKLY_WINDOW } from "../../components/internal/windows";

export const text = (pattern: RegExp, what: string) =>
    z
        .string()
        .regex(pattern, { error: `must be ${what}` })
        .meta({ allowed: what });

/** An integer within the bounds of a component. */
export const whole = ([low, high]: Bounds, unit = "") => {
    const number = high === Infinity ? z.int().min(low) : z.int().min(low).max(high);
    return unit ? number.meta({ unit }) : number;
};

/** A version to increase by one, which generates a new secret. */
export const version = () => whole(POSITIVE);

/** Regions in the table. All are in the partition `aws`, because the ARNs in this project contain that partition. */
export const region = () => z.enum(Object.keys(REGIONS)).meta({ hint: UNKNOWN_REGION });

/** Names of buckets, databases, and log groups contain the environment. RDS rejects two hyphens in a row and a hyphen at the end. */
export const ENVIRONMENT = /^(?=.{1,16}$)[a-z](-?[a-z0-9])*$/;
export const ENVIRONMENT_RULE =
    "1 to 16 lower-case letters, digits, and single hyphens, starting with a letter and not ending with a hyphen";
export const environment = () =>
    text(ENVIRONMENT, ENVIRONMENT_RULE).meta({ examples: ["staging", "acceptance", "rehearsal", "load-test"] });
export const cidr = () =>
    text(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, "a CIDR block, such as 10.0.0.0/16").meta({ examples: ["10.77.0.0/16", "10.78.0.0/16"] });
export const email = () => text(/^[^@\s]+@[^@\s]+\.[^@\s]+$/, "an email address");
export const domainName = () =>
    // The common name of a certificate has at most 64 characters, and the API's name adds "api.".
    text(
        /^(?=.{1,60}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/,
        "a domain name in lower case of at most 60 characters, such as app.example.com",
    ).meta({ examples: ["platform.example.org", "portal.example.org"] });
export const hostedZone = () => text(/^Z[A-Z0-9]{1,31}$/, "the ID of a hosted zone, such as Z0123456789ABCDEFGHIJ");
/** The ARN of a certificate of ACM. @param region pattern of its region */
export const certificate = (region: string, where: string) =>
    text(new RegExp(`^arn:aws:acm:${region}:\\d{12}:certificate/[\\w-]+$`), `the ARN of a certificate${where}`);
/** CloudFront uses no others. */
export const certificateInUsEast1 = () => certificate("us-east-1", " in us-east-1, which CloudFront requires");
export const arn = (service: string) =>
    text(new RegExp(`^arn:aws:${service}:[a-z0-9-]*:\\d{12}:.+$`), `an ARN of ${service}, such as arn:aws:${service}:...`).meta({
        examples: ["first", "second"].map((name) => `arn:aws:${service}:us-east-1:123456789012:example/${name}`),
    });
export const containerImage = () =>
    text(
        /^[\w.-]+(:\d+)?(\/[\w.-]+)+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/,
        "an image with its registry, such as 123456789012.dkr.ecr.us-east-1.amazonaws.com/ai-platform/api:v1",
    ).meta({
        examples: [
            "registry.example.org/shop:1",
            "registry.example.org/shop-tools:1",
            "registry.example.org/shop-jobs:1",
            "registry.example.org/shop-schema:1",
            "registry.example.org/shop-sidecar:1",
        ],
    });
/** Classes in the table. The components also accept classes that AWS added later. */
export const instanceClass = (service: InstanceService) => z.enum(classesOf(service)).meta({ hint: UNKNOWN_CLASS });
// The API has a route with this path, so the path can't contain a query, which the component would accept.
export const httpPath = () => text(/^\/[\w./~-]*$/, "a path that starts with /").meta({ examples: ["/status", "/ready"] });
export const dailyWindow = () =>
    text(DAILY_WINDOW, "a daily window in UTC, such as 03:00-04:00").meta({ examples: ["09:10-10:10", "10:20-11:20", "11:30-12:30"] });
export const weeklyWindow = () =>
    text(WEEKLY_WINDOW, "a weekly window in UTC, such as sun:04:00-sun:05:00").meta({
        examples: ["mon:05:10-mon:06:10", "tue:06:20-tue:07:20", "wed:07:30-wed:08:30"],
    });
/** A list without duplicates: resources are named after the entries. Doesn't show the entry, which can be secret. */
export const distinct = <Item extends z.ZodType<string>>(item: Item) =>
    z
        .array(item)
        .superRefine((items, context) => {
            items.forEach((entry, i) => {
                if (items.indexOf(entry) < i)
                    context.addIssue({ code: "custom", path: [i], message: `is the same as entry ${items.indexOf(entry)}` });
            });
        })
        .meta({ uniqueItems: true });
/** Whether the stack has a system. @param more the systems that require it */
export const optionalSystem = (what: string, more?: string) =>
    z
        .boolean()
        .default(true)
        .describe(["Creates ", what, ".", ...(more === undefined ? [] : [" ", more])].join(""));
/** In a dr stack, the default is true: a failover can't wait for the maintenance window. */
export const applyImmediately = (byDefault = false) =>
    z
        .boolean()
        .default(byDefault)
        .describe("Applies changes immediately instead of in the maintenance window. Some changes interrupt connections.");

/** One of several numbers. The default comes from a component, where its type is `number`. */
export const oneOf = <const Values extends readonly number[]>(values: Values, initial: number) =>
    z.literal(values).default(initial as Values[number]);
