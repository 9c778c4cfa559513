import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { Edge, type EdgeArgs, type EdgeRule, Identity } from "../../components";
import { capacityOf, WEB_ACL_DEFAULTS } from "../../components/edge/web-acl";
import { blockProblem, listProblems } from "../../components/internal/ip-ranges";
import { type Recording, record } from "../../components/testing";
import { blockedBy, type WafRequest } from "../support/waf";

type Rule = aws.types.output.wafv2.WebAclRule;

const recorded = (more: Partial<EdgeArgs>) => record(() => new Edge("edge", { bucketName: "site", ...more }));

/** Which rule of the web ACL blocks a request. */
function verdictOf(recording: Recording) {
    const rules = recording.one(aws.wafv2.WebAcl).inputs.rules as unknown as Rule[];
    const sets = Object.fromEntries(
        recording.all(aws.wafv2.IpSet).map(({ inputs, outputs }) => [String(outputs.arn), inputs.addresses as string[]]),
    );
    return (request: WafRequest) => blockedBy(rules, request, sets);
}

const LOGIN = { ip: "198.51.100.1", path: "/api/login", method: "POST" };

describe("Edge: list of allowed addresses", () => {
    it("admits the addresses of the list, and no others, of either version", async () => {
        const verdict = verdictOf(await recorded({ allowedCidrBlocks: ["203.0.113.0/24", "2001:db8:7::/48"] }));
        for (const ip of ["203.0.113.9", "2001:db8:7::1"]) expect(verdict({ ip, path: "/" }), ip).to.equal(undefined);
        for (const ip of ["203.0.114.1", "2001:db8:8::1"])
            for (const path of ["/", "/api/items"]) expect(verdict({ ip, path }), ip).to.equal("only-from-allowed-addresses");
    });

    it("blocks before all other rules, so that other clients don't use up a rate limit", async () => {
        const recording = await recorded({ allowedCidrBlocks: ["203.0.113.0/24"] });
        const [first] = recording.one(aws.wafv2.WebAcl).inputs.rules as unknown as Rule[];
        expect(first).to.deep.include({ name: "only-from-allowed-addresses", priority: 0, action: { block: {} } });
    });

    it("has no IPv6 addresses with an IPv4 list, which would block clients that prefer IPv6", async () => {
        const domain = { name: "app.example.com", zoneId: "Z1" };
        const recording = await recorded({ allowedCidrBlocks: ["203.0.113.0/24"], domain });
        expect(verdictOf(recording)({ ip: "2001:db8::1", path: "/" })).to.equal("only-from-allowed-addresses");
        expect(recording.one(aws.cloudfront.Distribution).inputs.isIpv6Enabled).to.equal(false);
        expect(recording.all(aws.route53.Record, /^edge-app.*-a+$/).map(({ inputs }) => inputs.type)).to.deep.equal(["A"]);
        const both = await recorded({ allowedCidrBlocks: ["203.0.113.0/24", "2001:db8::/32"], domain });
        expect(both.one(aws.cloudfront.Distribution).inputs.isIpv6Enabled).to.equal(true);
        expect(both.all(aws.route53.Record, /^edge-app.*-a+$/).map(({ inputs }) => inputs.type)).to.deep.equal(["A", "AAAA"]);
    });

    it("has IP sets in the region and scope of CloudFront", async () => {
        const recording = await recorded({ allowedCidrBlocks: ["2001:DB8:0::/48", "203.0.113.0/24", "192.0.2.0/24"] });
        expect(recording.one(aws.wafv2.IpSet, "edge-allowed-ipv4").inputs).to.deep.include({
            region: "us-east-1",
            scope: "CLOUDFRONT",
            ipAddressVersion: "IPV4",
            addresses: ["192.0.2.0/24", "203.0.113.0/24"],
        });
        expect(recording.one(aws.wafv2.IpSet, "edge-allowed-ipv6").inputs.addresses).to.deep.equal(["2001:db8::/48"]);
    });

    const INVALID: [string, string][] = [
        ["203.0.113.7", "must be an IPv4 or IPv6 block"],
        ["203.0.113.0/33", "must be an IPv4 or IPv6 block"],
        ["2001:db8::/129", "must be an IPv4 or IPv6 block"],
        ["office", "must be an IPv4 or IPv6 block"],
        ["0.0.0.0/0", "must not contain all addresses"],
        ["::/0", "must not contain all addresses"],
        ["203.0.113.7/24", "must start at the first address of the block: 203.0.113.0/24"],
        ["2001:db8::7/64", "must start at the first address of the block: 2001:db8::/64"],
    ];
    for (const [block, problem] of INVALID)
        it(`rejects ${block}`, async () => {
            expect(blockProblem(block)).to.contain(problem);
            let message = "";
            await recorded({ allowedCidrBlocks: [block] }).catch((error: unknown) => {
                message = String(error);
            });
            expect(message).to.contain(`allowedCidrBlocks contains ${block}, which ${problem}`);
        });

    it("accepts single addresses, and IPv6 addresses in any notation", () => {
        const blocks = ["203.0.113.7/32", "2001:DB8:0:0::1/128", "::ffff:192.0.2.1/128", "fe80::/10"];
        expect(blocks.map(blockProblem)).to.deep.equal([undefined, undefined, undefined, undefined]);
        expect(listProblems(["2001:db8::/32", "2001:0DB8:0::/32"])).to.deep.equal(["contains 2001:0DB8:0::/32 more than once"]);
    });
});

describe("Edge: rules of the web ACL", () => {
    const verdicts = async (rules: Record<string, EdgeRule>) => verdictOf(await recorded({ rules }));

    it("match a path as the application routes it", async () => {
        const verdict = await verdicts({ login: { paths: ["/api/Login"] } });
        for (const path of ["/api/login", "/API/LOGIN", "/api/login/", "/api//login", "/api/x/../login", "/api/%6cogin"])
            expect(verdict({ ...LOGIN, path }), path).to.equal("login");
        for (const path of ["/api/logins", "/api/login/now", "/login", "/"]) expect(verdict({ ...LOGIN, path }), path).to.equal(undefined);
    });

    it("match a path with * and all paths below it, as the paths of services do", async () => {
        const verdict = await verdicts({ admin: { paths: ["/api/v1.0/Admin/*"] } });
        for (const path of ["/api/v1.0/admin", "/api/v1.0/admin/", "/API/v1.0/Admin", "/api/v1.0/admin/users", "/api/v1.0//admin%2Fusers"])
            expect(verdict({ ...LOGIN, path }), path).to.equal("admin");
        for (const path of ["/api/v1.0/administrators", "/api/v1x0/admin", "/x/api/v1.0/admin", "/api/v1.0/admin/../items"])
            expect(verdict({ ...LOGIN, path }), path).to.equal(undefined);
    });

    it("match all conditions, and any value of a condition", async () => {
        const verdict = await verdicts({
            admin: {
                paths: ["/api/admin/*", "/api/keys"],
                methods: ["POST", "PUT"],
                exceptCidrBlocks: ["203.0.113.0/24", "2001:db8::/32"],
            },
        });
        const request = { ip: "198.51.100.1", path: "/api/admin/users", method: "POST" };
        expect(verdict(request)).to.equal("admin");
        expect(verdict({ ...request, path: "/api/keys", method: "PUT" })).to.equal("admin");
        expect(verdict({ ...request, method: "GET" })).to.equal(undefined);
        expect(verdict({ ...request, path: "/api/items" })).to.equal(undefined);
        for (const ip of ["203.0.113.1", "2001:db8::1"]) expect(verdict({ ...request, ip }), ip).to.equal(undefined);
    });

    it("match addresses, countries, and headers", async () => {
        const verdict = await verdicts({
            robot: { headers: { "user-agent": "robot" }, countryCodes: ["AQ"] },
            range: { cidrBlocks: ["192.0.2.0/24"] },
        });
        const request = { ip: "198.51.100.1", path: "/", country: "AQ", headers: { "user-agent": "robot" } };
        expect(verdict(request)).to.equal("robot");
        expect(verdict({ ...request, country: "NZ" })).to.equal(undefined);
        expect(verdict({ ...request, headers: {} })).to.equal(undefined);
        expect(verdict({ ip: "192.0.2.200", path: "/" })).to.equal("range");
    });

    it("limit the rate of an address on a path", async () => {
        const recording = await recorded({ rules: { login: { paths: ["/api/login"], methods: ["POST"], rateLimit: 100 } } });
        const rules = recording.one(aws.wafv2.WebAcl).inputs.rules as unknown as Rule[];
        const { statement } = rules.find(({ name }) => name === "login")!;
        expect(statement.rateBasedStatement).to.include({ limit: 100, evaluationWindowSec: 300, aggregateKeyType: "IP" });
        const verdict = verdictOf(recording);
        expect(verdict(LOGIN)).to.equal("login");
        expect(verdict({ ...LOGIN, method: "GET" })).to.equal(undefined);
        expect(verdict({ ...LOGIN, path: "/api/items" })).to.equal(undefined);
    });

    it("can only count", async () => {
        const recording = await recorded({ rules: { test: { paths: ["/api/login"], action: "count" } } });
        const rules = recording.one(aws.wafv2.WebAcl).inputs.rules as unknown as Rule[];
        expect(rules.find(({ name }) => name === "test")?.action).to.deep.equal({ count: {} });
        expect(verdictOf(recording)(LOGIN)).to.equal(undefined);
    });

    const REFUSED: [Record<string, EdgeRule>, string][] = [
        [{ all: {} }, 'rules["all"] must have a condition'],
        [{ limit: { rateLimit: 100 } }, 'rules["limit"] must have a condition'],
        [{ "rate-limit": { paths: ["/a"] } }, 'rules["rate-limit"] must be named'],
        [{ Login: { paths: ["/a"] } }, 'rules["Login"] must be named'],
        [{ a: { paths: [] } }, 'rules["a"].paths must not be empty'],
        [{ a: { paths: ["/a*"] } }, 'rules["a"].paths must be paths'],
        [{ a: { methods: ["post"] } }, 'rules["a"].methods must contain only'],
        [{ a: { countryCodes: ["UK"] } }, 'rules["a"].countryCodes must be country codes'],
        [{ a: { headers: { "User-Agent": "x" } } }, 'rules["a"].headers must have names in lower case'],
        [{ a: { cidrBlocks: ["192.0.2.1/24"] } }, 'rules["a"].cidrBlocks contains 192.0.2.1/24, which must start'],
        [{ a: { paths: ["/a"], rateLimit: 9 } }, 'rules["a"].rateLimit must be between 10'],
    ];
    for (const [rules, message] of REFUSED)
        it(`rejects ${JSON.stringify(rules)}`, () => {
            expect(() => new Edge("edge", { bucketName: "site", rules })).to.throw(message);
        });

    it("rejects rules that need more capacity than a web ACL has", () => {
        const paths = Array.from({ length: 150 }, (_, i) => `/api/${i}`);
        expect(() => new Edge("edge", { bucketName: "site", rules: { many: { paths } } })).to.throw("5000 are allowed");
        expect(capacityOf(WEB_ACL_DEFAULTS)).to.equal(927);
        const documentPaths = ["/api/documents"];
        expect(capacityOf({ ...WEB_ACL_DEFAULTS, documentPaths, managedRuleGroups: ["AWSManagedRulesSQLiRuleSet"] })).to.be.within(
            1150,
            1200,
        );
    });
});

describe("Edge: managed rule groups", () => {
    const rulesOf = async (more: Partial<EdgeArgs>) => (await recorded(more)).one(aws.wafv2.WebAcl).inputs.rules as unknown as Rule[];
    const sqli = "AWSManagedRulesSQLiRuleSet" as const;
    const counted = (rules: Rule[], group: string) =>
        rules
            .find(({ statement }) => statement.managedRuleGroupStatement?.name === group)
            ?.statement.managedRuleGroupStatement?.ruleActionOverrides?.map(({ name }) => name);

    it("can be added, and block", async () => {
        const rules = await rulesOf({ managedRuleGroups: [sqli] });
        expect(rules.find(({ name }) => name === sqli)).to.deep.include({ overrideAction: { none: {} } });
        expect(counted(rules, sqli)).to.equal(undefined);
    });

    it("only count their body rules on the paths of documents", async () => {
        const rules = await rulesOf({ managedRuleGroups: [sqli], documentPaths: ["/api/documents"] });
        expect(counted(rules, sqli)).to.have.members(["SQLi_BODY", "SQLiExtendedPatterns_BODY"]);
        const blocking = rules.find(({ name }) => name === "body-rules-outside-documents")!;
        expect(JSON.stringify(blocking)).to.contain("awswaf:managed:aws:sql-database:SQLi_Body");
        expect(blocking.priority).to.be.greaterThan(rules.find(({ name }) => name === sqli)!.priority);
    });

    it("count the rules of the list in their own group only", async () => {
        const rules = await rulesOf({
            managedRuleGroups: [sqli],
            countedRules: ["SQLi_COOKIE", "Log4JRCE_BODY", "AWSManagedReconnaissanceList", "NoUserAgent_HEADER"],
        });
        expect(counted(rules, sqli)).to.deep.equal(["SQLi_COOKIE"]);
        expect(counted(rules, "AWSManagedRulesKnownBadInputsRuleSet")).to.deep.equal(["Log4JRCE_BODY"]);
        expect(counted(rules, "AWSManagedRulesAmazonIpReputationList")).to.deep.equal(["AWSManagedReconnaissanceList"]);
        expect(counted(rules, "AWSManagedRulesCommonRuleSet")).to.deep.equal(["NoUserAgent_HEADER"]);
    });

    it("must include the group of a counted rule, because AWS WAF would ignore the rule", () => {
        expect(() => new Edge("edge", { bucketName: "site", countedRules: ["SQLi_BODY"] })).to.throw(
            "SQLi_BODY is a rule of AWSManagedRulesSQLiRuleSet",
        );
    });
});

describe("Edge: countries", () => {
    it("are allowed or blocked by CloudFront, for the site and the API", async () => {
        const geoRestriction = { restrictionType: "whitelist", locations: ["NZ", "IS"] } as const;
        const recording = await recorded({ geoRestriction: { ...geoRestriction, locations: [...geoRestriction.locations] } });
        expect(recording.one(aws.cloudfront.Distribution).inputs.restrictions).to.deep.equal({
            geoRestriction: { restrictionType: "whitelist", locations: ["IS", "NZ"] },
        });
    });

    for (const [locations, message] of [
        [[], "must not be empty"],
        [["UK"], "must be country codes of ISO 3166-1, such as DE"],
        [["DE", "DE"], "must not repeat a country"],
    ] as [string[], string][])
        it(`rejects ${JSON.stringify(locations)}`, () => {
            const geoRestriction = { restrictionType: "blacklist" as const, locations };
            expect(() => new Edge("edge", { bucketName: "site", geoRestriction })).to.throw(`geoRestriction.locations ${message}`);
        });
});

describe("Identity: list of allowed addresses", () => {
    const args = { domain: { prefix: "shop" }, logKeyArn: "arn:aws:kms:us-east-1:123456789012:key/1" };
    const restricted = () => record(() => new Identity("identity", { ...args, allowedCidrBlocks: ["203.0.113.0/24", "2001:db8::/32"] }));

    it("restricts the sign-in, but not the documents with which services validate tokens", async () => {
        const recording = await restricted();
        const verdict = verdictOf(recording);
        for (const path of ["/login", "/oauth2/token", "/"]) {
            for (const ip of ["203.0.113.1", "2001:db8::1"]) expect(verdict({ ip, path }), path).to.equal(undefined);
            expect(verdict({ ip: "198.51.100.1", path }), path).to.equal("only-from-allowed-addresses");
        }
        const pool = "/us-east-1_AbCdEfGhI/.well-known";
        for (const path of [`${pool}/jwks.json`, `${pool}/openid-configuration`])
            expect(verdict({ ip: "198.51.100.1", path }), path).to.equal(undefined);
        expect(verdict({ ip: "198.51.100.1", path: `${pool}/jwks.json/../../../login` })).to.equal("only-from-allowed-addresses");
    });

    it("is associated with the user pool, and logs blocked requests without credentials", async () => {
        const recording = await restricted();
        const webAcl = recording.one(aws.wafv2.WebAcl);
        expect(webAcl.inputs.scope).to.equal("REGIONAL");
        expect(recording.one(aws.wafv2.WebAclAssociation).inputs).to.deep.include({
            resourceArn: recording.one(aws.cognito.UserPool).outputs.arn,
            webAclArn: webAcl.outputs.arn,
        });
        expect(recording.one(aws.cloudwatch.LogGroup).inputs.kmsKeyId).to.equal(args.logKeyArn);
    });

    it("needs no web ACL without a list", async () => {
        const recording = await record(() => new Identity("identity", { domain: args.domain }));
        expect(recording.all(aws.wafv2.WebAcl)).to.be.empty;
    });
});
