import type { EdgeArgs } from "../edge";
import { type Check, checked, isBetween } from "../shared/arguments";
import { checkLogs } from "../shared/logs";

const NAME = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const PRICE_CLASSES = ["PriceClass_100", "PriceClass_200", "PriceClass_All"];

/** Checks the arguments of an `Edge`. What is not known before the deployment is left to AWS. */
export function validated(name: string, args: EdgeArgs) {
    return checked("Edge", name, args, (check) => {
        checkSite(args, check);
        checkDomain(args, check);
        checkApiOrigin(args, check);
        const { rateLimit = 2000, priceClass = "PriceClass_100", countedRules = [], connectSources = [] } = args;
        check(isBetween(rateLimit, 10, 2_000_000_000), "rateLimit", "must be between 10 and 2000000000 requests in five minutes");
        check(PRICE_CLASSES.includes(priceClass), "priceClass", `must be one of ${PRICE_CLASSES.join(", ")}`);
        checkLogs(check, args);
        check(
            args.logRetentionDays === undefined || args.usEast1LogKeyArn !== undefined,
            "logRetentionDays",
            "must be left out without usEast1LogKeyArn: there is no log",
        );
        check(
            countedRules.every((it) => /^\w+$/.test(it)),
            "countedRules",
            "must be names of rules, such as SizeRestrictions_BODY",
        );
        const plain = connectSources.filter((it) => typeof it === "string");
        check(
            plain.every((it) => /^(https|wss):\/\/[\w.*:-]+$/.test(it)),
            "connectSources",
            "must be origins, such as https://login.example.com",
        );
    });
}

function checkSite({ existingBucket, recovery, bucketName }: EdgeArgs, check: Check): void {
    check(
        !existingBucket || recovery === undefined,
        "recovery",
        "must be left out with existingBucket: the bucket belongs to another stack",
    );
    const same = typeof bucketName === "string" && bucketName === recovery?.bucketName;
    check(!same, "recovery.bucketName", "must differ from bucketName: names of buckets are unique over all regions");
}

function checkDomain({ domain }: EdgeArgs, check: Check): void {
    if (!domain) return;
    const { name, additionalNames = [] } = domain;
    check(NAME.test(name) && !name.startsWith("*"), "domain.name", "must be a domain name in lower case, such as app.example.com");
    check(
        additionalNames.every((it) => NAME.test(it)),
        "domain.additionalNames",
        "must be domain names in lower case, such as www.example.com or *.example.com",
    );
    check(new Set([name, ...additionalNames]).size === additionalNames.length + 1, "domain.additionalNames", "must not repeat a name");
}

function checkApiOrigin({ apiOrigin }: EdgeArgs, check: Check): void {
    const { domainName, originPath } = apiOrigin ?? {};
    check(
        typeof domainName !== "string" || NAME.test(domainName),
        "apiOrigin.domainName",
        "must be a host's name, such as api.example.com",
    );
    const isPath = typeof originPath !== "string" || originPath === "" || /^(\/[^/]+)+$/.test(originPath);
    check(isPath, "apiOrigin.originPath", "must begin with / and not end with it");
}
