import * as aws from "@pulumi/aws";
import { expect } from "chai";
import fc from "fast-check";
import path from "node:path";
import { grantName } from "../../components";
import { slug } from "../../components/api-gateway/routes";
import { nameFor, shortHash } from "../../components/building-blocks/names";
import { parseConfig } from "../support/config";
import { configOf, FIXTURES, plan, problemsWith } from "../support/plans";
import { recorded } from "./api-gateway.fixture";

/** Texts of a few characters, so that many of them differ only in punctuation. */
const texts = (...characters: string[]) => fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 8 });
const differ = (name: (text: string) => string, text: fc.Arbitrary<string>) => {
    fc.assert(fc.property(text, text, (one, other) => one === other || name(one) !== name(other)));
};

describe("names made from free text", () => {
    it("are different for different email addresses, without other characters than letters, digits, and hyphens", () => {
        differ(nameFor, texts("a", "b", ".", "-", "+", "@"));
        expect(nameFor("first.last+x@example.com")).to.match(/^first-last-x-example-com-[0-9a-f]{8}$/);
    });

    it("are different for different paths of an API", () => {
        const part = fc.constantFrom("a", "b", "a-b", "by", "below", "by-a", "{a}", "{b}", "a.b", "a~b", "a_b");
        const path = fc.tuple(fc.array(part, { minLength: 1, maxLength: 3 }), fc.boolean());
        const text = path.map(([parts, proxy]) => `/${[...parts, ...(proxy ? ["{a+}"] : [])].join("/")}`);
        differ(slug, text);
        expect(slug("/api/documents/{id}")).to.equal("api-documents-by-id");
    });

    it("allow routes whose paths differ only in a hyphen and a slash", async () => {
        const recording = await recorded({ routes: { "GET /api/a-b": {}, "GET /api/a/b": {} } });
        expect(recording.all(aws.apigateway.Method, /^api-get-api-a-b/)).to.have.length(2);
    });

    it("are different for grants on different prefixes", () => {
        // A prefix includes the folder of the same name, so a role needs only one of the two grants.
        const withoutSlash = texts("a", "b", "-", "/", "*").filter((text) => !text.endsWith("/"));
        differ((limit) => grantName("read", limit), withoutSlash);
        expect(grantName("read", "documents/")).to.equal(grantName("read", "documents"));
        expect(grantName("read", "documents/2026")).to.equal("read-documents-2026");
        expect(grantName("read")).to.equal("read");
    });

    it("show nothing of a secret webhook", async () => {
        const url = "https://pager.example.com/s3cr3t-key";
        const recording = await plan("prod", [`ai-platform:observability.pagingWebhooks[0]=${url}`]);
        const [subscription, ...others] = recording.registered.filter((it) => JSON.stringify(it).includes("s3cr3t"));
        expect(others).to.deep.equal([]);
        expect(subscription?.name).to.equal(`observability-pages-to-${shortHash(url)}`);
        expect(JSON.stringify(recording.deployment())).not.to.contain("s3cr3t");
        expect(JSON.stringify([recording.outputs, recording.warnings])).not.to.contain("s3cr3t");
    });
});

describe("the longest names, whose requests are checked against the API models", () => {
    const stackFile = (...overrides: string[]) => configOf("long", overrides, path.join(FIXTURES, "models"));
    const problemsWith = (...overrides: string[]) => {
        const { own, aws: provider } = stackFile(...overrides);
        return parseConfig(own, provider, "long").problems;
    };

    it("are accepted", () => {
        expect(problemsWith()).to.deep.equal([]);
    });

    for (const key of ["environment", "domain.name", "identity.groups[0]", "api.documentPaths[0]"]) {
        it(`are those of ${key}: one more character is rejected`, () => {
            const value = key
                .split(/[.[\]]+/)
                .filter(Boolean)
                .reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], stackFile().own);
            const longer = String(value).replace(/^.{6}/, "$&x");
            expect(problemsWith(`ai-platform:${key}=${longer}`).join()).to.contain(`ai-platform:${key}`);
        });
    }
});

describe("entries of lists in the configuration", () => {
    const problemsOf = (...overrides: string[]) => problemsWith("prod", overrides);

    it("must not be listed twice", () => {
        const keys = ["events.notificationEmails", "observability.alertEmails"];
        for (const key of keys) {
            const problems = problemsOf(`ai-platform:${key}[0]=a@example.com`, `ai-platform:${key}[1]=a@example.com`);
            expect(problems).to.deep.equal([`ai-platform:${key}[1]: is the same as entry 0`]);
        }
    });

    it("don't appear in error messages if they can be secret", () => {
        const key = "ai-platform:observability.pagingWebhooks";
        expect(problemsOf(`${key}[0]=http://pager.example.com/s3cr3t`)).to.deep.equal([`${key}[0]: the value must be an HTTPS URL`]);
        expect(problemsOf(`${key}=https://pager.example.com/s3cr3t`)).to.deep.equal([`${key}: the value must be a list`]);
        const twice = problemsOf(`${key}[0]=https://pager.example.com/s3cr3t`, `${key}[1]=https://pager.example.com/s3cr3t`);
        expect(twice).to.deep.equal([`${key}[1]: is the same as entry 0`]);
    });

    it("must not be models that would have the same alarms", () => {
        const models = ["amazon.nova-lite-v1:0", "amazon.nova.lite-v1:0"].map((model, i) => `ai-platform:ai.models[${i}]=${model}`);
        expect(problemsOf(...models).join())
            .to.contain("ai.models")
            .and.to.contain("differ only in punctuation");
    });
});
