import { expect } from "chai";
import type { Http } from "../../tools/preflight/http";
import { parsePublicImage } from "../../tools/preflight/registry";
import type { Context } from "../../tools/preflight/types";
import { type Answers, planned, type Planned, run } from "../support/preflight";

interface Case {
    what: string;
    plan: Planned[];
    answers?: Answers;
    context?: Partial<Context>;
    status: string;
    text: RegExp;
}

const task = (image: string): Planned => [
    "aws:ecs/taskDefinition:TaskDefinition",
    { containerDefinitions: JSON.stringify([{ image }]), runtimePlatform: { cpuArchitecture: "ARM64" } },
];
const ecrImage = "111122223333.dkr.ecr.us-east-1.amazonaws.com/r:1";
const single = JSON.stringify({ config: { digest: "sha256:c" } });
const blobs = (architecture: string): Partial<Context> => ({
    http: () => Promise.resolve({ status: 200, headers: {}, text: JSON.stringify({ architecture }) }),
});
const fromEcr = { BatchGetImage: { images: [{ imageManifest: single }] }, GetDownloadUrlForLayer: { downloadUrl: "https://layers" } };

/** A registry that requires an anonymous token. */
const registry =
    (manifest: string | undefined): Http =>
    (url, headers = {}) => {
        const answer = (status: number, text = "", more = {}) => Promise.resolve({ status, headers: more, text });
        if (url.startsWith("https://auth.example/token?")) return answer(200, '{"token":"t"}');
        if (headers.authorization !== "Bearer t") {
            return answer(401, "", {
                "www-authenticate": 'Bearer realm="https://auth.example/token",service="s",scope="repository:a/b:pull"',
            });
        }
        return manifest === undefined ? answer(404) : answer(200, manifest);
    };
const index = (architecture: string) => JSON.stringify({ manifests: [{ platform: { architecture } }] });

const CASES: Case[] = [
    {
        what: "a single platform that fits",
        plan: [task(ecrImage)],
        answers: fromEcr,
        context: blobs("arm64"),
        status: "passed",
        text: /arm64/,
    },
    {
        what: "a single platform that doesn't fit",
        plan: [task(ecrImage)],
        answers: fromEcr,
        context: blobs("amd64"),
        status: "failed",
        text: /Build the image for arm64/,
    },
    {
        what: "a public image",
        plan: [task("registry.example/a/b:1")],
        context: { http: registry(index("arm64")) },
        status: "passed",
        text: /arm64/,
    },
    {
        what: "a public image for another architecture",
        plan: [task("registry.example/a/b:1")],
        context: { http: registry(index("amd64")) },
        status: "failed",
        text: /arm64/,
    },
    {
        what: "a public image that doesn't exist",
        plan: [task("registry.example/a/b:2")],
        context: { http: registry(undefined) },
        status: "failed",
        text: /doesn't exist/,
    },
    { what: "a registry that doesn't answer", plan: [task("registry.example/a/b:1")], status: "unknown", text: /offline/ },
    {
        what: "the image of a SageMaker model",
        plan: [["aws:sagemaker/model:Model", { primaryContainer: { image: ecrImage } }]],
        answers: { BatchGetImage: { images: [{ imageManifest: index("arm64") }] } },
        status: "failed",
        text: /amd64/,
    },
];

describe("preflight: architectures and registries of images", () => {
    for (const { what, plan, answers = {}, context, status, text } of CASES) {
        it(`reports ${status} for ${what}`, async () => {
            const report = await run("image", planned(...plan), answers, context);
            expect(report.status, JSON.stringify(report)).to.equal(status);
            expect(JSON.stringify(report.findings)).to.match(text);
        });
    }

    it("parses the addresses of public images", () => {
        const expected = { host: "registry-1.docker.io", repository: "library/nginx", reference: "latest" };
        expect(parsePublicImage("nginx")).to.deep.equal(expected);
        expect(parsePublicImage("localhost:5000/a@sha256:1")).to.deep.equal({
            host: "localhost:5000",
            repository: "a",
            reference: "sha256:1",
        });
        expect(parsePublicImage("grafana/grafana:11")).to.include({
            host: "registry-1.docker.io",
            repository: "grafana/grafana",
            reference: "11",
        });
    });
});
