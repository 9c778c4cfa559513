/**
 * The preflight of prod before and after its first `up`, of dr before prod, and of prod with deliberate obstacles. The engine creates prod in the
 * emulator; `recorded-answers.ts` returns responses that emulators lack. Skipped without `pulumi` on PATH or AWS_ENDPOINT_URL.
 */
import { APIGatewayClient, UpdateAccountCommand } from "@aws-sdk/client-api-gateway";
import { CloudWatchLogsClient, CreateLogGroupCommand, DeleteLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateRepositoryCommand, DeleteRepositoryCommand, ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { expect } from "chai";
import { execFile } from "node:child_process";
import path from "node:path";
import { LINKED_ROLES } from "../../tools/preflight/checks/service-linked-roles";
import type { Finding } from "../../tools/preflight/types";
import type { Report } from "../../tools/preflight/run";
import { orderable, quota, RecordedAnswers, role } from "./recorded-answers";
import { type Deployment, Project, skipAfterFailure, skipIfMissing } from "./support";

const REGION = "us-east-1";
const RECOVERY = "us-west-2";
const REPOSITORY = "shop/api";
const imageIn = (region: string) => `123456789012.dkr.ecr.${region}.amazonaws.com/${REPOSITORY}:1.0`;

/** Settings that emulators require, and an image that exists. */
const settingsIn = (region: string) => ({
    "aws:s3UsePathStyle": "true",
    "ai-platform:protectData": "false",
    "ai-platform:services.api.waitForSteadyState": "false",
    "ai-platform:database.backupWindow": "05:30-06:30",
    "ai-platform:ingest.runtime": "nodejs22.x",
    "ai-platform:services.api.image": imageIn(region),
});

interface Outcome {
    code: number;
    reports: Report[];
}

describe("the preflight, against an account", function () {
    this.timeout(20 * 60_000);
    skipAfterFailure();

    const project = new Project();
    const endpoint = process.env.AWS_ENDPOINT_URL ?? "";
    const answers = new RecordedAnswers(endpoint);
    const registries = [REGION, RECOVERY].map((region) => new ECRClient({ region }));
    const logs = new CloudWatchLogsClient({ region: REGION });
    const iam = new IAMClient({ region: REGION });
    let address = "";
    let prod: Deployment | undefined;

    before(async function () {
        skipIfMissing(this);
        address = await answers.start();
        keepServiceLinkedRoles();
        prod = await project.stack("prod", settingsIn(REGION));
        await project.stack("dr", settingsIn(RECOVERY));
        await createRepositories();
        await pushImage();
    });

    after(async () => {
        await prod?.destroy().catch(() => undefined);
        await deleteRepositories().catch(() => undefined);
        await answers.stop();
        project.remove();
    });

    const createRepositories = () =>
        Promise.all(registries.map((ecr) => ecr.send(new CreateRepositoryCommand({ repositoryName: REPOSITORY }))));
    const deleteRepositories = () =>
        Promise.all(registries.map((ecr) => ecr.send(new DeleteRepositoryCommand({ repositoryName: REPOSITORY, force: true }))));
    const pushImage = () => {
        const platform = { os: "linux", architecture: "arm64" };
        const manifests = [
            { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: `sha256:${"1".repeat(64)}`, size: 1, platform },
        ];
        const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests });
        const request = new PutImageCommand({ repositoryName: REPOSITORY, imageTag: "1.0", imageManifest });
        return Promise.all(registries.map((ecr) => ecr.send(request)));
    };

    /** Emulators use other names for service-linked roles than AWS. */
    const keepServiceLinkedRoles = () => {
        const created = new Set<string>();
        answers.overrides.CreateServiceLinkedRole = ({ text }) => {
            const service = /AWSServiceName=([\w.-]+)/.exec(text)?.[1];
            const names = LINKED_ROLES.filter((linked) => linked.service === service).map(({ name }) => name);
            for (const name of names) created.add(name);
            return undefined;
        };
        answers.overrides.GetRole = ({ text }) => {
            const name = /RoleName=(\w+)/.exec(text)?.[1] ?? "";
            return created.has(name) ? role(name) : undefined;
        };
    };

    const preflight = (stack: string, ...options: string[]): Promise<Outcome> =>
        new Promise((done, fail) => {
            const args = [path.join(project.folder, "tools", "run.cjs"), "preflight", stack, "--json", ...options];
            const env = { ...process.env, AWS_ENDPOINT_URL: address };
            execFile(process.execPath, args, { cwd: project.folder, env, maxBuffer: 1e8 }, (error, text, errors) => {
                const code = typeof error?.code === "number" ? error.code : 0;
                try {
                    done({ code, reports: JSON.parse(text) as Report[] });
                } catch {
                    fail(new Error(`the preflight of ${stack} printed no reports: ${errors.slice(-2000)}`));
                }
            });
        });

    /** Findings that need attention. Images of public registries can't be read where the tests have no network. */
    const problems = ({ reports }: Outcome): Finding[] =>
        reports
            .flatMap(({ findings }) => findings)
            .filter(({ status, asked }) => status !== "passed" && !asked.startsWith("image public."));
    const report = ({ reports }: Outcome, id: string) => reports.find((candidate) => candidate.id === id);
    const describeProblems = (outcome: Outcome) => problems(outcome).map(({ status, asked, found }) => `${status} ${asked}: ${found}`);

    it("finds only the missing service-linked roles in a new account, and --fix creates them", async () => {
        const first = await preflight("prod");
        expect(first.code).to.equal(1);
        expect(
            problems(first).every(({ asked }) => asked.startsWith("AWSServiceRoleFor")),
            describeProblems(first).join("\n"),
        ).to.equal(true);
        const fixed = await preflight("prod", "--fix");
        expect(describeProblems(fixed)).to.deep.equal([]);
        expect(fixed.code).to.equal(0);
    });

    it("reports that dr needs prod first", async () => {
        const outcome = await preflight("dr");
        expect(outcome.code).to.equal(1);
        const { findings = [] } = report(outcome, "counterpart") ?? {};
        const absent = findings.filter(({ status }) => status === "failed").map(({ asked }) => asked);
        expect(absent.join("\n"))
            .to.match(/alias\/ai-platform-prod-data/)
            .and.match(/ai-platform\/prod\/database/)
            .and.match(/bucket|raw/);
        expect(
            problems(outcome)
                .filter((finding) => !findings.includes(finding))
                .map(({ asked }) => asked),
        ).to.deep.equal([]);
    });

    const obstacles: {
        what: string;
        check: string;
        found: RegExp;
        make: () => Promise<unknown>;
        undo: () => Promise<unknown>;
        code?: number;
    }[] = [
        {
            what: "a quota that is too low in the recovery region",
            check: "quotas",
            found: /Fargate On-Demand vCPUs in us-west-2/,
            make: () => {
                answers.overrides.GetServiceQuota = ({ text, region }) =>
                    text.includes("L-3032A538") && region === RECOVERY ? quota(6) : undefined;
                return Promise.resolve();
            },
            undo: () => Promise.resolve(delete answers.overrides.GetServiceQuota),
        },
        {
            what: "an occupied name",
            check: "names",
            found: /log group \/aws\/rds\/instance\/ai-platform-prod\/postgresql.*no stack of this project/,
            make: () => logs.send(new CreateLogGroupCommand({ logGroupName: "/aws/rds/instance/ai-platform-prod/postgresql" })),
            undo: () => logs.send(new DeleteLogGroupCommand({ logGroupName: "/aws/rds/instance/ai-platform-prod/postgresql" })),
        },
        {
            what: "a missing image",
            check: "image",
            found: /image .*shop\/api:1\.0 in us-east-1: doesn't exist/,
            make: async () => {
                await deleteRepositories();
                await createRepositories();
            },
            undo: pushImage,
        },
        {
            what: "an account-wide setting of another owner",
            check: "singletons",
            found: /API Gateway account role in us-east-1: set to .*role\/gateway-of-shop by Project=shop/,
            make: async () => {
                const AssumeRolePolicyDocument = '{"Version":"2012-10-17","Statement":[]}';
                const Tags = [{ Key: "Project", Value: "shop" }];
                const request = { RoleName: "gateway-of-shop", AssumeRolePolicyDocument, Tags };
                const { Role } = await iam.send(new CreateRoleCommand(request));
                await setGatewayRole(Role?.Arn ?? "");
            },
            undo: () => setGatewayRole(""),
            // `up` would succeed and overwrite the setting.
            code: 0,
        },
        {
            what: "a region without DocumentDB",
            check: "engines",
            found: /docdb .* in us-west-2: the region doesn't offer it/,
            make: () => {
                answers.overrides.DescribeOrderableDBInstanceOptions = ({ text, region }) =>
                    text.includes("Engine=docdb") && region === RECOVERY ? orderable() : undefined;
                return Promise.resolve();
            },
            undo: () => Promise.resolve(delete answers.overrides.DescribeOrderableDBInstanceOptions),
        },
    ];

    const setGatewayRole = (value: string) => {
        const patchOperations = [{ op: "replace" as const, path: "/cloudwatchRoleArn", value }];
        return new APIGatewayClient({ region: REGION }).send(new UpdateAccountCommand({ patchOperations }));
    };

    for (const { what, check, found, make, undo, code = 1 } of obstacles) {
        it(`reports ${what}, and nothing else`, async () => {
            await make();
            const outcome = await preflight("prod").finally(undo);
            const lines = problems({ ...outcome, reports: outcome.reports.filter(({ id }) => id === check) });
            expect(lines.map(({ asked, found: text }) => `${asked}: ${text}`).join("\n")).to.match(found);
            expect(describeProblems(outcome), describeProblems(outcome).join("\n")).to.have.length(lines.length);
            expect(lines.every(({ action }) => action)).to.equal(true);
            expect(outcome.code).to.equal(code);
        });
    }

    it("recognizes the resources of prod's first up", async () => {
        await prod?.create();
        const outcome = await preflight("prod");
        expect(describeProblems(outcome)).to.deep.equal([]);
        expect(outcome.code).to.equal(0);
        const owned = (report(outcome, "names")?.findings ?? []).filter(({ found: text }) => text === "belongs to this stack");
        expect(owned.map(({ asked }) => asked).join("\n"))
            .to.match(/bucket /)
            .and.match(/log group /)
            .and.match(/secret .*us-west-2/)
            .and.match(/KMS alias /);
        expect(report(outcome, "singletons")?.findings.map(({ found: text }) => text)).to.include("set by this stack");
        const usage = (report(outcome, "quotas")?.findings ?? []).filter(({ asked }) => /Elastic IPs in us-east-1|S3 buckets/.test(asked));
        expect(usage.map(({ found: text }) => text).every((text) => text.includes(" 0 used by others"))).to.equal(true);
    });

    it("finds prod's keys, secrets, and buckets for dr", async () => {
        const outcome = await preflight("dr");
        const absent = (report(outcome, "counterpart")?.findings ?? []).filter(({ status }) => status !== "passed");
        // The emulator might not keep the source database.
        expect(absent.filter(({ asked }) => !asked.startsWith("source database")).map(({ asked }) => asked)).to.deep.equal([]);
    });
});
