import { createServer, type IncomingHttpHeaders } from "node:http";
import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import { close, listen } from "../e2e/forward";
import { RecordedAnswers } from "../e2e/recorded-answers";
import { RegionProxy } from "../e2e/region-proxy";

interface Received {
    method?: string;
    url?: string;
    headers: IncomingHttpHeaders;
    body: string;
}

const signed = (region: string, service: string) => ({
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261130/${region}/${service}/aws4_request, SignedHeaders=host`,
});

describe("servers in front of an emulator", () => {
    const received: Received[] = [];
    const emulator = createServer((from, to) => {
        void buffer(from).then((body) => {
            const { method, url, headers } = from;
            received.push({ method, url, headers, body: body.toString() });
            if (url?.startsWith("/broken")) from.socket.destroy();
            else
                to.writeHead(url?.startsWith("/missing") ? 404 : 200, { "content-type": "application/json", "x-id": "1" }).end(
                    '{"services":[{"desiredCount":2}]}',
                );
        });
    });
    let proxy: RegionProxy;
    let answers: RecordedAnswers;
    let endpoints: { proxy: string; answers: string };

    before(async () => {
        const target = await listen(emulator);
        proxy = new RegionProxy(new URL(target));
        answers = new RecordedAnswers(target);
        endpoints = { proxy: (await proxy.start()).endpoint, answers: await answers.start() };
    });
    beforeEach(() => received.splice(0));
    after(async () => {
        proxy.stop();
        await answers.stop();
        await close(emulator);
    });

    for (const name of ["proxy", "answers"] as const) {
        it(`forward requests and responses unchanged: ${name}`, async () => {
            const url = "//bucket/a%2Fb?list-type=2";
            const body = "ä".repeat(100_000);
            const response = await fetch(`${endpoints[name]}${url}`, { method: "PUT", body, headers: signed("us-east-1", "s3") });
            expect(await response.json()).to.deep.equal({ services: [{ desiredCount: 2 }] });
            expect([response.status, response.headers.get("x-id")]).to.deep.equal([200, "1"]);
            expect(received[0]).to.deep.include({ method: "PUT", url, body });
            const missing = await fetch(`${endpoints[name]}/missing`, { headers: signed("us-east-1", "s3") });
            expect(missing.status).to.equal(404);
        });

        it(`break the connection if the emulator does: ${name}`, async () => {
            expect(await fetch(`${endpoints[name]}/broken`).then(String, String)).to.equal("TypeError: fetch failed");
        });
    }

    it("refuse the requests to a region that is down, but not those to STS", async () => {
        proxy.down.add("us-east-1");
        const statusOf = (region: string, service: string) =>
            fetch(endpoints.proxy, { headers: signed(region, service) }).then(({ status }) => status, String);
        expect(await statusOf("us-east-1", "ecs")).to.equal("TypeError: fetch failed");
        expect(await statusOf("us-east-1", "sts")).to.equal(200);
        expect(await statusOf("us-west-2", "ecs")).to.equal(200);
        expect(proxy.refused).to.deep.equal(["us-east-1 ecs"]);
        proxy.down.clear();
    });

    it("change the description of a service, and requests to RDS with the length of their new body", async () => {
        const target = { ...signed("us-west-2", "ecs"), "x-amz-target": "AmazonEC2ContainerServiceV20141113.DescribeServices" };
        const described = (await (await fetch(endpoints.proxy, { method: "POST", headers: target, body: "{}" })).json()) as object;
        expect(described).to.have.nested.property("services[0].runningCount", 2);
        const form = new URLSearchParams({ Action: "DescribeDBInstances", "Filters.Filter.1.Name": "dbi-resource-id" });
        form.set("Filters.Filter.1.Values.Value.1", "db-ABC");
        const headers = { ...signed("us-west-2", "rds"), "content-type": "application/x-www-form-urlencoded" };
        await fetch(endpoints.proxy, { method: "POST", headers, body: form.toString() });
        const changed = received.at(-1);
        expect(changed?.body).to.contain("no-such-instance");
        expect(changed?.headers["content-length"]).to.equal(String(changed?.body.length));
    });

    it("return recorded responses by the operation in the form, the header, or the path, and the region of the signature", async () => {
        answers.overrides.DescribeOrderableDBInstanceOptions = ({ region }) => ({ body: region, type: "text/xml" });
        const orderable = "Action=DescribeOrderableDBInstanceOptions&Engine=postgres";
        const answered = await fetch(endpoints.answers, { method: "POST", body: orderable, headers: signed("eu-west-1", "rds") });
        expect(await answered.text()).to.equal("eu-west-1");
        const quotas = { ...signed("us-east-1", "servicequotas"), "x-amz-target": "ServiceQuotasV20190624.GetServiceQuota" };
        const quota = await fetch(endpoints.answers, { method: "POST", body: "{}", headers: quotas });
        expect(await quota.json()).to.deep.equal({ Quota: { Value: 1000 } });
        const groups = await fetch(`${endpoints.answers}/Groups`, { method: "POST", headers: signed("us-east-1", "xray") });
        expect(await groups.json()).to.deep.equal({ Groups: [] });
        expect(received).to.be.empty;
    });
});
