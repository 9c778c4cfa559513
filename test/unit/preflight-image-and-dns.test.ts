import { expect } from "chai";
import type { DeployedResource } from "../../components/testing";
import { PlannedStack } from "../../tools/preflight/planned";
import type { Status } from "../../tools/preflight/types";
import { planned, type Planned, run } from "../support/preflight";

const IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/ai-platform/prod/api:1.0";
const task: Planned = ["aws:ecs/taskDefinition:TaskDefinition", { containerDefinitions: JSON.stringify([{ image: IMAGE }]) }];
const repository: Planned = ["aws:ecr/repository:Repository", { name: "ai-platform/prod/api" }];
const notPushed = { images: [], failures: [{ failureCode: "ImageNotFound" }] };
const single = { images: [{ imageManifest: JSON.stringify({ config: { digest: "sha256:1" }, layers: [] }) }] };

interface Case {
    what: string;
    plan?: Planned[];
    BatchGetImage: object | string;
    status: Status;
    text: RegExp;
}

const IMAGES: Case[] = [
    { what: "a single platform whose configuration can't be read", BatchGetImage: single, status: "unknown", text: /NotImplemented/ },
    {
        what: "an image whose repository this plan creates",
        plan: [task, repository],
        BatchGetImage: "RepositoryNotFoundException",
        status: "warning",
        text: /after the first `up`/,
    },
    { what: "a repository of another stack", BatchGetImage: "RepositoryNotFoundException", status: "failed", text: /push the image first/ },
    {
        what: "an image missing in an existing repository",
        plan: [task, repository],
        BatchGetImage: notPushed,
        status: "failed",
        text: /push the image first/,
    },
    {
        what: "another failure of ECR",
        BatchGetImage: { failures: [{ failureCode: "KmsError", failureReason: "key disabled" }] },
        status: "unknown",
        text: /KmsError: key disabled/,
    },
];

describe("preflight: image", () => {
    for (const { what, plan = [task], BatchGetImage, status, text } of IMAGES) {
        it(`reports ${status} for ${what}`, async () => {
            const report = await run("image", planned(...plan), { BatchGetImage });
            expect(report.status).to.equal(status);
            expect(`${report.findings[0]?.found} ${report.findings[0]?.action}`).to.match(text);
        });
    }
});

describe("preflight: DNS", () => {
    const plan = planned(
        ["aws:route53/record:Record", { zoneId: "Z1", allowOverwrite: true }],
        ["aws:acm/certificate:Certificate", { domainName: "app.example.com" }],
    );
    const answers = { GetHostedZone: { HostedZone: { Name: "example.com." }, DelegationSet: { NameServers: ["ns-1.example."] } } };
    const dnsError = (code: string) => () => Promise.reject(Object.assign(new Error(`query ${code} example.com`), { code }));

    it("doesn't judge a zone in another account, and asks nothing about it", async () => {
        const role = "arn:aws:iam::210987654321:role/dns";
        const provider = { type: "pulumi:providers:aws", custom: true, urn: "urn:pulumi:prod::p::pulumi:providers:aws::dns" };
        const resources: DeployedResource[] = [
            { ...provider, inputs: { assumeRoles: JSON.stringify([{ roleArn: role }]) } },
            {
                type: "aws:route53/record:Record",
                custom: true,
                urn: "urn:pulumi:prod::p::aws:route53/record:Record::r",
                inputs: { zoneId: "Z1" },
            },
        ];
        const { findings } = await run("dns", new PlannedStack(resources), {});
        expect(findings).to.have.length(1);
        expect(findings[0]).to.include({ status: "unknown", found: `in another account, through ${role}` });
    });

    it("doesn't know the delegation if the lookup fails, and still judges the CAA records", async () => {
        const dns = { resolveNs: dnsError("ESERVFAIL"), resolveCaa: dnsError("ENODATA") };
        const { findings } = await run("dns", plan, answers, { dns });
        expect(findings.map(({ status }) => status)).to.deep.equal(["unknown", "passed"]);
        expect(findings[0]?.found).to.contain("ESERVFAIL");
        expect(findings[0]?.action).not.to.contain("route53");
    });

    it("fails if there are no NS records, and doesn't know the CAA records after a timeout", async () => {
        const dns = { resolveNs: dnsError("ENOTFOUND"), resolveCaa: dnsError("ETIMEOUT") };
        const { findings } = await run("dns", plan, answers, { dns });
        expect(findings.map(({ status }) => status)).to.deep.equal(["failed", "unknown"]);
        expect(findings[1]?.found).to.contain("ETIMEOUT");
    });
});
