import { runInNewContext } from "node:vm";
import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { Edge, type EdgeArgs, InternalLoadBalancer, type ServiceDomain } from "../../components";
import { pathOnDomain, prefixCode } from "../../components/edge/service-prefix";
import { capacityOf, WEB_ACL_DEFAULTS } from "../../components/edge/web-acl";
import { record, type Recording } from "../../components/testing";
import { parseConfig } from "../support/config";
import { plan, planLive } from "../support/plans";
import { untransformable } from "../support/transforms";
import { blockedBy, type WafRequest } from "../support/waf";

const CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-aaaa-4bbb-8ccc-000000000003";
const apiOrigin = { domainName: "api.example.com", headers: { "x-origin-verify": "secret" } };
const reports: ServiceDomain = { name: "reports.example.com", zoneId: "Z1", pathPrefix: "/api/reports" };
const base: EdgeArgs = {
    bucketName: "site",
    apiOrigin,
    domain: { name: "example.com", zoneId: "Z1", additionalNames: { "www.example.com": { redirect: true }, "*.example.com": {} } },
    serviceDomains: { reports },
};
const recorded = (more: Partial<EdgeArgs> = {}) => record(() => new Edge("edge", { ...base, ...more }));
const siteOf = (recording: Recording) => recording.one(aws.cloudfront.Distribution, "edge-distribution").inputs;
const distributionOf = (recording: Recording, service = "reports") =>
    recording.one(aws.cloudfront.Distribution, `edge-${service}-distribution`);

describe("Edge: the domain of a service", () => {
    it("has a distribution that sends all requests to the origin of the API, as for /api/*", async () => {
        const recording = await recorded();
        const { inputs } = distributionOf(recording);
        const site = siteOf(recording);
        expect(inputs.aliases).to.deep.equal(["reports.example.com"]);
        const apiOfSite = (site.origins as unknown as { originId: string }[]).filter(({ originId }) => originId === "api");
        expect(apiOfSite).to.have.length(1);
        expect(inputs.origins).to.deep.equal(apiOfSite);
        const { pathPattern, ...ofApi } = site.orderedCacheBehaviors![0]!;
        expect(pathPattern).to.equal("/api/*");
        const { functionAssociations, ...behavior } = inputs.defaultCacheBehavior;
        delete ofApi.functionAssociations;
        expect(behavior).to.deep.equal(ofApi);
        expect(inputs.orderedCacheBehaviors).to.equal(undefined);
        const prefix = recording.one(aws.cloudfront.Function, "edge-reports-prefix");
        expect(functionAssociations).to.deep.equal([{ eventType: "viewer-request", functionArn: prefix.outputs.arn }]);
        expect(prefix.inputs.code).to.equal(prefixCode("reports.example.com", "/api/reports"));
    });

    it("has the web ACL, the countries, the edge locations, the IP versions, and the TLS policy of the site", async () => {
        const recording = await recorded({
            priceClass: "PriceClass_200",
            geoRestriction: { restrictionType: "whitelist", locations: ["DE"] },
            allowedCidrBlocks: ["203.0.113.0/24"],
        });
        const { inputs } = distributionOf(recording);
        const site = siteOf(recording);
        for (const key of ["webAclId", "restrictions", "priceClass", "isIpv6Enabled", "httpVersion", "enabled"] as const)
            expect(inputs[key], key).to.deep.equal(site[key]);
        expect(inputs.webAclId).to.equal(recording.one(aws.wafv2.WebAcl).outputs.arn);
        expect(inputs.isIpv6Enabled).to.equal(false);
        expect(inputs.viewerCertificate).to.deep.include({ minimumProtocolVersion: "TLSv1.2_2021", sslSupportMethod: "sni-only" });
        expect(recording.all(aws.route53.Record, /^edge-reports-.*-a+$/).map(({ inputs: it }) => it.type)).to.deep.equal(["A"]);
    });

    it("has a certificate in us-east-1, and records that point to its distribution, in its zone", async () => {
        const recording = await recorded({ serviceDomains: { reports: { ...reports, zoneId: "Z2" } } });
        const certificate = recording.one(aws.acm.Certificate, "edge-reports-certificate");
        expect(certificate.inputs).to.include({ domainName: "reports.example.com", region: "us-east-1" });
        const { inputs, outputs } = distributionOf(recording);
        expect(inputs.viewerCertificate.acmCertificateArn).to.equal(certificate.outputs.arn);
        const records = recording.all(aws.route53.Record, /^edge-reports-reports\.example\.com-a+$/);
        expect(records.map(({ inputs: it }) => [it.zoneId, it.name, it.type])).to.deep.equal([
            ["Z2", "reports.example.com", "A"],
            ["Z2", "reports.example.com", "AAAA"],
        ]);
        for (const { inputs: it } of records)
            expect((it.aliases as unknown as { name: string }[]).map(({ name }) => name)).to.deep.equal([outputs.domainName]);
        // The certificate of the site has the names of the site only.
        expect(recording.one(aws.acm.Certificate, "edge-certificate").inputs.subjectAlternativeNames).to.not.include("reports.example.com");
        expect(siteOf(recording).aliases).to.not.include("reports.example.com");
    });

    it("can have an existing certificate", async () => {
        const recording = await recorded({ serviceDomains: { reports: { ...reports, certificateArn: CERTIFICATE } } });
        expect(distributionOf(recording).inputs.viewerCertificate.acmCertificateArn).to.equal(CERTIFICATE);
        expect(recording.all(aws.acm.Certificate).map(({ name }) => name)).to.deep.equal(["edge-certificate"]);
    });

    it("writes its records through the provider of the zone's account", async () => {
        const recording = await record(() => {
            const dnsProvider = new aws.Provider("dns", { region: "us-east-1" });
            new Edge("edge", { ...base, serviceDomains: { reports: { ...reports, dnsProvider } } });
        });
        const { resources } = recording.deployment().deployment;
        const own = resources.filter(({ urn }) => urn.includes("::edge-reports-"));
        const through = own.filter(({ provider = "" }) => provider.includes("::dns")).map(({ type }) => type);
        expect(new Set(through)).to.deep.equal(new Set(["aws:route53/record:Record"]));
        expect(through).to.have.length(own.filter(({ type }) => type === "aws:route53/record:Record").length);
    });

    it("delivers access logs like the site", async () => {
        const recording = await recorded({ accessLogBucket: "logs" });
        const source = recording.one(aws.cloudwatch.LogDeliverySource, "edge-reports-access-logs");
        expect(source.inputs).to.deep.include({ resourceArn: distributionOf(recording).outputs.arn, region: "us-east-1" });
        const [site, own] = ["edge", "edge-reports"].map((name) => recording.one(aws.cloudwatch.LogDelivery, `${name}-access-logs`).inputs);
        expect(own?.recordFields).to.deep.equal(site?.recordFields);
        expect((await recorded()).all(aws.cloudwatch.LogDelivery)).to.be.empty;
    });

    it("raises alarms about server errors and the certificate, but not about client errors", async () => {
        const recording = await record(() => {
            const { alarms } = new Edge("edge", base);
            return { alarms };
        });
        const alarms = recording.outputs.alarms as { name: string; dimensions: Record<string, string>; severity: string; region: string }[];
        const own = alarms.filter(({ name }) => name.startsWith("reports-"));
        expect(own.map(({ name, severity, region }) => [name, severity, region])).to.deep.equal([
            ["reports-5xx", "page", "us-east-1"],
            ["reports-certificate-expiry", "ticket", "us-east-1"],
        ]);
        expect(own[0]?.dimensions.DistributionId).to.equal(distributionOf(recording).id);
        const certificate = recording.one(aws.acm.Certificate, "edge-reports-certificate").outputs.arn;
        expect(own[1]?.dimensions.CertificateArn).to.equal(certificate);
        expect(alarms.map(({ name }) => name)).to.include.members(["5xx", "4xx", "certificate-expiry"]);
    });

    it("shares the connection to an internal load balancer", async () => {
        const recording = await record(() => {
            const loadBalancer = new InternalLoadBalancer("shop", { vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"] });
            new Edge("edge", { ...base, apiOrigin: { loadBalancer } });
        });
        const { id } = recording.one(aws.cloudfront.VpcOrigin);
        const [origin] = distributionOf(recording).inputs.origins as unknown as { vpcOriginConfig: { vpcOriginId: string } }[];
        expect(origin?.vpcOriginConfig.vpcOriginId).to.equal(id);
    });

    it("doesn't depend on the domains of other services, or on their order", async () => {
        const search = { ...reports, name: "search.example.com", pathPrefix: "/api/search" };
        const described = async (serviceDomains: EdgeArgs["serviceDomains"]) =>
            (await recorded({ serviceDomains })).registered.map(({ urn, inputs }) => JSON.stringify([urn, inputs]));
        const both = await described({ reports, search });
        expect(await described({ search, reports })).to.have.members(both);
        expect(both).to.include.members(await described({ reports }));
        const without = await described({});
        expect(both).to.include.members(without);
    });

    it("can be changed with transform", async () => {
        expect(await untransformable((transform) => new Edge("edge", { ...base, accessLogBucket: "logs", transform }))).to.deep.equal([]);
    });

    const INVALID: [string, Partial<EdgeArgs>, string][] = [
        ["without the API", { apiOrigin: undefined }, "serviceDomains must not be set without apiOrigin"],
        [
            "with the name of the site",
            { serviceDomains: { reports: { ...reports, name: "example.com" } } },
            "must differ from the names of",
        ],
        [
            "with another name of the site",
            { serviceDomains: { reports: { ...reports, name: "www.example.com" } } },
            "must differ from the names",
        ],
        ["with the name of another service", { serviceDomains: { reports, search: reports } }, 'serviceDomains["search"].name must differ'],
        ["with an invalid name", { serviceDomains: { reports: { ...reports, name: "Reports" } } }, "must be a domain name in lower case"],
        ["with a slash after the prefix", { serviceDomains: { reports: { ...reports, pathPrefix: "/api/" } } }, "must be a path without"],
        ["of a service with an invalid name", { serviceDomains: { "a b": reports } }, 'serviceDomains["a b"] must be named'],
        [
            "with a certificate in another region",
            { serviceDomains: { reports: { ...reports, certificateArn: CERTIFICATE.replace("us-east-1", "eu-west-1") } } },
            'serviceDomains["reports"].certificateArn must be the ARN of a certificate in us-east-1',
        ],
    ];
    for (const [what, more, problem] of INVALID)
        it(`is rejected ${what}`, () => {
            expect(() => new Edge("edge", { ...base, ...more })).to.throw(problem);
        });
});

describe("the CloudFront function of a service's domain", () => {
    interface Answer {
        uri?: string;
        statusCode?: number;
        querystring?: object;
    }
    const code = prefixCode("reports.example.com", "/api/reports");
    const run = (uri: string, host: string | undefined = "reports.example.com") => {
        const headers = host === "" ? {} : { host: { value: host } };
        const request = { method: "POST", uri, querystring: { page: { value: "2" } }, headers };
        return runInNewContext(`${code}; handler({ request })`, { request }) as Answer;
    };

    it("adds the prefix to paths, and nothing else", () => {
        const paths: [string, string][] = [
            ["/", "/api/reports"],
            ["/items", "/api/reports/items"],
            ["/items/", "/api/reports/items/"],
            ["/api", "/api/reports/api"],
            ["/api/users", "/api/reports/api/users"],
            ["/api/reports-of", "/api/reports/api/reports-of"],
            ["/v1..2/a..b", "/api/reports/v1..2/a..b"],
        ];
        for (const [uri, expected] of paths) expect(run(uri).uri, uri).to.equal(expected);
        expect(run("/items")).to.deep.include({ method: "POST", querystring: { page: { value: "2" } } });
    });

    it("keeps paths with the prefix, which redirects and links of the service contain", () => {
        for (const uri of ["/api/reports", "/api/reports/", "/api/reports/items/7"]) expect(run(uri).uri, uri).to.equal(uri);
    });

    it("accepts only the domain, because rules of the web ACL find the requests by it", () => {
        expect(run("/items", "Reports.Example.com").uri).to.equal("/api/reports/items");
        for (const host of ["d111111abcdef8.cloudfront.net", "reports.example.com.evil.com", "reports.example.com:443", ""])
            expect(run("/items", host), host).to.deep.equal({ statusCode: 403, statusDescription: "Forbidden" });
    });

    it("rejects paths that could lead out of the prefix", () => {
        for (const uri of ["/..", "/../admin", "/a/../../admin", "/%2e%2E/admin", "/.%2e/admin", "/a%2f..%2fadmin", "/a\\..\\admin"])
            expect(run(uri).statusCode, uri).to.equal(400);
    });

    it("has the function name and size that CloudFront accepts", () => {
        expect(code).to.match(/^function handler\(event\)/m);
        expect(code.length).to.be.below(10_240);
    });
});

describe("rules of the web ACL on the domain of a service", () => {
    const requests = (recording: Recording) => {
        const rules = recording.one(aws.wafv2.WebAcl).inputs.rules as unknown as Parameters<typeof blockedBy>[0];
        return (host: string, path: string, more: Partial<WafRequest> = {}) =>
            blockedBy(rules, { ip: "198.51.100.1", path, headers: { host }, ...more }, {});
    };

    it("apply to the paths without the prefix, on this domain only", async () => {
        const blocked = requests(await recorded({ rules: { admin: { paths: ["/api/reports/admin/*", "/api/reports/login"] } } }));
        for (const path of ["/admin", "/admin/users", "/ADMIN/", "/%61dmin", "/login", "/api/reports/admin"])
            expect(blocked("reports.example.com", path), path).to.equal("admin");
        expect(blocked("REPORTS.example.com", "/admin")).to.equal("admin");
        for (const path of ["/", "/administration", "/login/help", "/items"])
            expect(blocked("reports.example.com", path), path).to.equal(undefined);
        for (const path of ["/admin", "/login"]) expect(blocked("example.com", path), path).to.equal(undefined);
        expect(blocked("example.com", "/api/reports/admin")).to.equal("admin");
    });

    it("apply to all paths if they apply to the prefix", async () => {
        const blocked = requests(await recorded({ rules: { closed: { paths: ["/api/*"], methods: ["DELETE"] } } }));
        expect(blocked("reports.example.com", "/items", { method: "DELETE" })).to.equal("closed");
        expect(blocked("reports.example.com", "/items")).to.equal(undefined);
        expect(blocked("example.com", "/items", { method: "DELETE" })).to.equal(undefined);
    });

    it("translates paths", () => {
        const paths: [string, string | undefined][] = [
            ["/api/reports", "/"],
            ["/api/reports/*", "/*"],
            ["/api/*", "/*"],
            ["/api", undefined],
            ["/api/reports/admin", "/admin"],
            ["/API/Reports/Admin/*", "/Admin/*"],
            ["/api/reports-of/*", undefined],
            ["/api/users", undefined],
        ];
        for (const [path, expected] of paths) expect(pathOnDomain(path, "/api/reports"), path).to.equal(expected);
    });

    it("include the paths of documents", async () => {
        const recording = await recorded({ documentPaths: ["/api/reports/uploads/*"] });
        const rules = recording.one(aws.wafv2.WebAcl).inputs.rules as unknown as { name: string; statement: object }[];
        const { statement } = rules.find(({ name }) => name === "body-rules-outside-documents")!;
        const [, not] = (
            statement as { andStatement: { statements: { notStatement: { statement: { orStatement: { statements: object[] } } } }[] } }
        ).andStatement.statements;
        const text = JSON.stringify(not?.notStatement.statement.orStatement.statements.at(-1));
        expect(text).to.contain('"searchString":"reports.example.com"').and.to.contain('"searchString":"/uploads/"');
    });

    it("count toward the capacity of the web ACL", () => {
        const rules = { admin: { paths: ["/api/reports/admin"] } };
        const settings = { ...WEB_ACL_DEFAULTS, rules, documentPaths: ["/api/reports/x"] };
        expect(capacityOf({ ...settings, serviceDomains: { reports } })).to.equal(capacityOf(settings) + 12 + 33 + 12 + 22);
        expect(capacityOf({ ...settings, serviceDomains: { users: { ...reports, pathPrefix: "/api/users" } } })).to.equal(
            capacityOf(settings),
        );
    });
});

describe("services.<name>.domain", () => {
    const DOMAIN = ["domain.name=example.com", "domain.zoneId=Z0123456789ABCDEFGHIJ"];
    const REPORTS = ["services.reports.path=/api/reports/*", "services.reports.domain.name=reports.example.com"];
    const prefixed = (settings: string[]) => settings.map((it) => `ai-platform:${it}`);

    it("creates the domain in the zone of the site, and is an output", async () => {
        const recording = await plan("dev", prefixed([...DOMAIN, ...REPORTS]));
        expect(distributionOf(recording).inputs.aliases).to.deep.equal(["reports.example.com"]);
        const [record] = recording.all(aws.route53.Record, "edge-reports-reports.example.com-a");
        expect(record?.inputs.zoneId).to.equal("Z0123456789ABCDEFGHIJ");
        const { code } = recording.one(aws.cloudfront.Function, "edge-reports-prefix").inputs;
        expect(code).to.contain('"pathPrefix":"/api/reports"');
        expect(recording.outputs.services).to.have.nested.property("reports.url", "https://reports.example.com");
        expect(recording.outputs.services).to.not.have.nested.property("api.url");
        expect(distributionOf(recording).protect).to.not.equal(true);
    });

    it("follows the API in a failover: its origin is the name that both regions share", async () => {
        const recording = await plan("prod", prefixed([...DOMAIN, ...REPORTS]));
        const [origin] = distributionOf(recording).inputs.origins as unknown as { domainName: string }[];
        expect(origin?.domainName).to.equal("api.example.com");
    });

    const domain = { name: "example.com", zoneId: "Z0123456789ABCDEFGHIJ", additionalNames: { "www.example.com": {} } };
    const service = (name = "reports.example.com", path: string | undefined = "/api/reports/*") => ({ path, domain: { name } });
    const problemsOf = (sections: Record<string, unknown>, services: Record<string, unknown> = { api: {}, reports: service() }) =>
        parseConfig({ role: "primary", domain, services, ...sections }, { region: "us-east-1" }, "dev").problems.map((it) =>
            it.replace("ai-platform:", ""),
        );
    const KEY = "services.reports.domain";
    const REJECTED: [string, string[], string][] = [
        ["without domain", problemsOf({ domain: undefined }), `${KEY}: requires domain`],
        [
            "without the API",
            problemsOf({ domain: undefined, api: { enabled: false } }),
            `${KEY}: api is off (api.enabled: false): CloudFront reaches services through the API only`,
        ],
        [
            "without the edge",
            problemsOf({ domain: undefined, api: { enabled: false }, edge: { enabled: false } }),
            `${KEY}: edge is off (edge.enabled: false)`,
        ],
        [
            "for a worker",
            problemsOf({}, { api: {}, reports: { image: "example.com/shop/reports:1", domain: { name: "reports.example.com" } } }),
            `${KEY}: requires a path: a worker gets no requests`,
        ],
        [
            "for a single path",
            problemsOf({}, { api: {}, reports: service(undefined, "/api/reports") }),
            `${KEY}: requires a path that ends`,
        ],
        ["with domain.name", problemsOf({}, { api: {}, reports: service("example.com") }), `${KEY}.name: example.com is domain.name`],
        ["with an additional name", problemsOf({}, { api: {}, reports: service("www.example.com") }), `${KEY}.name: www.example.com is in`],
        [
            "with a name of the API",
            problemsOf({}, { api: {}, reports: service("api.example.com") }),
            `${KEY}.name: api.example.com must not`,
        ],
        ["with a regional name of the API", problemsOf({}, { api: {}, reports: service("api-x.example.com") }), `${KEY}.name: api-x`],
        [
            "with the name of another service",
            problemsOf({}, { api: { domain: { name: "reports.example.com" } }, reports: service() }),
            `${KEY}.name: reports.example.com is also the name of services.api`,
        ],
        [
            "with an invalid name",
            problemsOf({}, { api: {}, reports: service("Reports.example.com") }),
            `${KEY}.name: "Reports.example.com" must`,
        ],
        [
            "in a dr stack",
            parseConfig({ role: "dr", domain, services: { api: {}, reports: service() } }, { region: "us-west-2" }, "dr").problems.map(
                (it) => it.replace("ai-platform:", ""),
            ),
            `${KEY}: unknown key in a dr stack; only primary stacks have it`,
        ],
    ];
    for (const [what, problems, expected] of REJECTED)
        it(`is rejected ${what}`, () => {
            expect(problems.join("\n")).to.contain(expected);
        });

    it("is accepted with valid settings", () => {
        expect(problemsOf({})).to.deep.equal([]);
    });

    describe("of a live stack", () => {
        const overrides = prefixed([...DOMAIN, ...REPORTS]);
        const refusal = async (changed: string[]) => {
            const { outputs } = await plan("dev", overrides);
            const error: unknown = await planLive(outputs, "dev", prefixed(changed)).then(
                () => undefined,
                (reason: unknown) => reason,
            );
            return error instanceof Error ? error.message : "";
        };

        it("is removed only with a confirmation, in one update", async () => {
            const path = ["services.reports.path=/api/reports/*"];
            expect(await refusal([...DOMAIN, ...path]))
                .to.contain("services.domains")
                .and.to.contain("add domain to");
            expect(await refusal([...DOMAIN, ...path, "confirmDeletion[0]=domain"])).to.equal("");
        });

        it("doesn't move to another service in one update, which CloudFront would reject", async () => {
            const moved = ["services.insights.path=/api/insights/*", "services.insights.domain.name=reports.example.com"];
            const message = await refusal([...DOMAIN, ...moved, "confirmDeletion[0]=domain"]);
            expect(message).to.contain("domain.distributions").and.to.contain("Remove the name in one update");
        });
    });
});
