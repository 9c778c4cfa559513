import { expect } from "chai";
import { parse } from "yaml";
import { isObject } from "../../components/internal/unknown";
import { plan } from "../support/plans";
import { read } from "../support/samples";

/** The recipes of docs/access.md, as settings of the primary stack, and what each of them must create. */
const EFFECTS: Record<string, string> = {
    "Redirect www to the apex, and serve another name": "edge-app.example.org-a",
    "A domain for a service": "edge-reports-distribution",
    "A hosted zone in another account": "arn:aws:iam::210987654321:role/dns",
    "Existing certificates": "certificate/11111111-aaaa-4bbb-8ccc-000000000001",
    "Only from the company's network": "identity-allowed-ipv6",
    "Rules, rate limits, and exceptions": "edge-admin-except-ipv4",
    "Sign in with a company account": "identity-provider-corporate",
};

/** `--set` arguments of a part of a stack file. */
function settings(key: string, value: unknown): string[] {
    if (Array.isArray(value)) return value.flatMap((it, i) => settings(`${key}[${i}]`, it));
    if (!isObject(value)) return [`${key}=${String(value)}`];
    return Object.entries(value).flatMap(([member, it]) => settings(/^\w+$/.test(member) ? `${key}.${member}` : `${key}["${member}"]`, it));
}

describe("docs/access.md", () => {
    const sections = read("docs/access.md").split(/^## /m).slice(1);

    it("has a test for each recipe", () => {
        expect(sections.map((section) => section.split("\n")[0])).to.deep.equal(Object.keys(EFFECTS));
    });

    for (const section of sections) {
        const [title = ""] = section.split("\n");
        it(title, async () => {
            const yaml = /```yaml\n([^]*?)```/.exec(section)?.[1] ?? "";
            const values = Object.entries(parse(yaml) as Record<string, unknown>).flatMap(([key, value]) => settings(key, value));
            const secret = yaml.includes("oidc") ? ["ai-platform:identity.providers.Corporate.clientSecret=s3cret"] : [];
            const recording = await plan("prod", [...values, ...secret]);
            const text = JSON.stringify(recording.registered.map(({ urn, inputs }) => [urn, inputs]));
            expect(text).to.contain(EFFECTS[title]);
        });
    }
});
