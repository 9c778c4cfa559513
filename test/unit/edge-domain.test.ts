import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { Edge, type EdgeDomain } from "../../components";
import { record } from "../../components/testing";
import { make, secondary } from "./api-gateway.fixture";

const apiOrigin = { domainName: "api.example.com" };
const domain: EdgeDomain = { name: "example.com", zoneId: "Z1" };
const recorded = (more: Partial<EdgeDomain>) =>
    record(() => new Edge("edge", { bucketName: "site", apiOrigin, domain: { ...domain, ...more } }));
const CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1";

describe("Edge: additional names", () => {
    const additionalNames = { "www.example.com": { redirect: true }, "app.example.org": { zoneId: "Z2" }, "*.example.com": {} };

    it("are on the distribution, on the certificate, and in their own zones", async () => {
        const recording = await recorded({ additionalNames });
        const names = ["example.com", "*.example.com", "app.example.org", "www.example.com"];
        expect(recording.one(aws.cloudfront.Distribution).inputs.aliases).to.have.members(names);
        expect(recording.one(aws.acm.Certificate).inputs.subjectAlternativeNames).to.have.members(names);
        for (const name of ["edge-app.example.org-a", "edge-app.example.org-aaaa", "edge-certificate-validation-app.example.org"])
            expect(recording.one(aws.route53.Record, name).inputs.zoneId, name).to.equal("Z2");
        for (const name of ["edge-www.example.com-a", "edge-certificate-validation-www.example.com", "edge-example.com-a"])
            expect(recording.one(aws.route53.Record, name).inputs.zoneId, name).to.equal("Z1");
    });

    it("redirect requests to the site and to the API", async () => {
        const { inputs } = (await recorded({ additionalNames })).one(aws.cloudfront.Distribution);
        expect(inputs.orderedCacheBehaviors?.[0]?.functionAssociations).to.deep.equal(inputs.defaultCacheBehavior.functionAssociations);
        const none = (await recorded({ additionalNames: { "www.example.com": {} } })).one(aws.cloudfront.Distribution).inputs;
        expect(none.orderedCacheBehaviors?.[0]?.functionAssociations).to.equal(undefined);
    });

    it("don't depend on their order, and removing one affects no other", async () => {
        const described = async (names: EdgeDomain["additionalNames"]) =>
            (await recorded({ additionalNames: names })).registered.map(({ urn, inputs }) => JSON.stringify([urn, inputs]));
        const all = await described(additionalNames);
        const entries = Object.entries(additionalNames);
        expect(await described(Object.fromEntries([...entries].reverse()))).to.have.members(all);
        const fewer = await described(Object.fromEntries(entries.slice(1)));
        const records = (list: string[]) => list.filter((it) => it.includes("route53/record"));
        expect(
            records(all)
                .filter((it) => !fewer.includes(it))
                .every((it) => it.includes("www.example.com")),
        ).to.equal(true);
        expect(records(fewer).filter((it) => !all.includes(it))).to.be.empty;
    });
});

describe("an existing certificate", () => {
    it("serves the distribution, without validation records, and its expiry raises an alarm", async () => {
        const recording = await record(() => {
            const edge = new Edge("edge", { bucketName: "site", domain: { ...domain, certificateArn: CERTIFICATE } });
            return { alarms: edge.alarms.map(({ name }) => name) };
        });
        expect(recording.one(aws.cloudfront.Distribution).inputs.viewerCertificate.acmCertificateArn).to.equal(CERTIFICATE);
        expect(recording.all(aws.acm.Certificate)).to.be.empty;
        expect(recording.all(aws.route53.Record).map(({ inputs }) => inputs.type)).to.deep.equal(["A", "AAAA"]);
        expect(recording.outputs.alarms).to.include("certificate-expiry");
    });

    it("serves the names of the API", async () => {
        const recording = await record(() => make({ domain: { ...secondary, certificateArn: CERTIFICATE } }));
        const names = recording.all(aws.apigateway.DomainName).map(({ inputs }) => inputs.regionalCertificateArn);
        expect(names).to.deep.equal([CERTIFICATE, CERTIFICATE]);
        expect(recording.all(aws.acm.Certificate)).to.be.empty;
    });
});

describe("a hosted zone in another account", () => {
    /** Types of the resources that use the provider of the zone's account. */
    const through = async (create: (dnsProvider: aws.Provider) => unknown) => {
        const recording = await record(() => {
            create(new aws.Provider("dns", { region: "us-east-1" }));
        });
        const { resources } = recording.deployment().deployment;
        const uses = ({ provider = "" }: { provider?: string }) => provider.includes("::dns");
        return {
            dns: new Set(resources.filter(uses).map(({ type }) => type)),
            others: new Set(resources.filter((it) => !uses(it)).map(({ type }) => type)),
        };
    };
    const RECORD = "aws:route53/record:Record";

    it("contains all records of the site, and nothing else", async () => {
        const { dns, others } = await through(
            (dnsProvider) => new Edge("edge", { bucketName: "site", domain: { ...domain, dnsProvider } }),
        );
        expect([...dns]).to.deep.equal([RECORD]);
        expect([...others]).to.not.include(RECORD);
    });

    it("contains all records of the API, and nothing else", async () => {
        const { dns, others } = await through((dnsProvider) => make({ domain: { ...secondary, dnsProvider } }));
        expect([...dns]).to.deep.equal([RECORD]);
        expect([...others]).to.not.include(RECORD);
    });
});
