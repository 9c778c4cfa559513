import { Region } from "@pulumi/aws/types/enums";
import * as z from "zod";
import { INSTANCE_CLASS, NODE_TYPE } from "../../components/internal/database";

/** Building blocks of the configuration's schema: values with a pattern say in words what they take. */

/** Text that matches a pattern; `what` completes "must be ...". */
export const text = (pattern: RegExp, what: string) => z.string().regex(pattern, { error: `must be ${what}` });

export const whole = (minimum: number, maximum: number, unit = "") => {
    const number = z.int().min(minimum).max(maximum);
    return unit ? number.meta({ unit }) : number;
};

/** Those of the partition `aws`: what is written here has its ARNs. The provider's package knows which there are. */
const REGIONS = Object.values(Region).filter((it) => !/^(cn|us-gov|us-iso|eu-isoe|eusc)/.test(it));
export const region = () => z.enum(REGIONS);
export const cidr = () => text(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, "a CIDR block, such as 10.0.0.0/16");
export const email = () => text(/^[^@\s]+@[^@\s]+\.[^@\s]+$/, "an e-mail address");
export const domainName = () =>
    text(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/, "a domain name in lower case, such as app.example.com");
export const arn = (service: string) =>
    text(new RegExp(`^arn:aws:${service}:[a-z0-9-]*:\\d{12}:.+$`), `an ARN of ${service}, such as arn:aws:${service}:...`);
export const instanceClass = () => text(INSTANCE_CLASS, "an instance class, such as db.r6g.xlarge");
export const cacheNode = () => text(NODE_TYPE, "an instance class, such as cache.r6g.large");
export const httpPath = () => text(/^\/[\w./~-]*$/, "a path that begins with /");
export const dailyWindow = () => text(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, "a daily window in UTC, such as 03:00-04:00");
export const weeklyWindow = () =>
    text(
        /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d$/i,
        "a weekly window in UTC, such as sun:04:00-sun:05:00",
    );
export const percent = () => z.int().min(1).max(100).meta({ unit: "%" });
