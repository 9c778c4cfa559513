import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { parseFailoverArguments } from "../../tools/failover/arguments";
import { FIXTURES } from "../support/plans";
import { markdownFiles, read } from "../support/samples";

interface Step {
    id?: string;
    uses?: string;
    run?: string;
    if?: string;
    with?: Record<string, unknown>;
    env?: Record<string, unknown>;
}
interface Job {
    needs?: string | string[];
    uses?: string;
    with?: Record<string, unknown>;
    if?: string;
    environment?: string;
    env?: Record<string, string>;
    permissions?: Record<string, string>;
    concurrency?: { group: string; "cancel-in-progress": boolean };
    strategy?: { matrix: Record<string, unknown> };
    "timeout-minutes"?: number;
    steps?: Step[];
}
interface Workflow {
    on: Record<string, { branches?: string[] } | null>;
    permissions: Record<string, string>;
    concurrency?: { group: string; "cancel-in-progress": boolean };
    jobs: Record<string, Job>;
}

const root = path.join(__dirname, "..", "..");
const directory = path.join(root, ".github", "workflows");
/** The project's own workflows. A repository can have more. */
const OWN = ["ci.yml", "deploy.yml", "drift.yml", "drill.yml", "failover.yml", "promote.yml", "up.yml"];
const texts = new Map(OWN.map((file) => [file, readFileSync(path.join(directory, file), "utf8")]));
const workflows = new Map([...texts].map(([file, text]) => [file, parse(text) as Workflow]));
const workflow = (file: string): Workflow => workflows.get(file) ?? expect.fail(`there is no ${file}`);
const jobs = [...workflows].flatMap(([file, { jobs: all }]) => Object.entries(all).map(([name, job]) => ({ at: `${file}: ${name}`, job })));
const stepsOf = ({ steps = [] }: Job) => steps;
const commandsOf = (job: Job) => stepsOf(job).flatMap(({ run = [] }) => run);
const needsOf = ({ needs = [] }: Job) => [needs].flat();

describe("workflows", () => {
    it("are those for pull requests, deployment, failover, drills and drift", () => {
        expect(workflow("ci.yml").on).to.have.property("pull_request");
        expect(workflow("deploy.yml").on.push).to.deep.equal({ branches: ["main"] });
        expect(workflow("drift.yml").on).to.have.property("schedule");
        // A failover deploys only dr, and only on request.
        expect(Object.keys(workflow("failover.yml").on)).to.deep.equal(["workflow_dispatch"]);
        expect(Object.values(workflow("failover.yml").jobs).map((job) => (job as { with?: { stack?: string } }).with?.stack)).to.deep.equal(
            ["dr"],
        );
        expect(Object.keys(workflow("drill.yml").on)).to.have.members(["schedule", "workflow_dispatch"]);
        for (const [file, { on }] of workflows)
            expect(on, file).to.not.have.any.keys("pull_request_target", "workflow_run", "issue_comment");
    });

    it("can read the code, and have an identity only in jobs that assume a role", () => {
        for (const [file, { permissions }] of workflows) expect(permissions, file).to.deep.equal({ contents: "read" });
        for (const { at, job } of jobs) {
            const assumes = stepsOf(job).some(({ uses }) => uses?.startsWith("aws-actions/configure-aws-credentials@"));
            const calls = job.uses !== undefined;
            const wanted = assumes || calls ? { contents: "read", "id-token": "write" } : undefined;
            expect(job.permissions, at).to.deep.equal(wanted);
            if (assumes) expect(job.environment, `${at} assumes a role in an environment, which the role's trust names`).to.be.a("string");
        }
    });

    it("use no long-lived AWS keys, and no secrets except Pulumi's", () => {
        for (const [file, text] of texts) {
            expect(text, file).to.not.match(/aws[-_]access[-_]key|aws[-_]secret|secrets: inherit|AKIA/i);
            const secrets = [...text.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name);
            expect(["PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE"], file).to.include.members(secrets);
        }
        for (const { at, job } of jobs) {
            for (const { uses, with: inputs } of stepsOf(job)) {
                if (uses?.startsWith("aws-actions/configure-aws-credentials@"))
                    expect(inputs?.["role-to-assume"], at).to.equal("${{ env.ROLE }}");
                if (uses?.startsWith("actions/checkout@")) expect(inputs?.["persist-credentials"], at).to.equal(false);
            }
        }
    });

    it("pin actions by major version", () => {
        const used = jobs.flatMap(({ job }) => [job.uses, ...stepsOf(job).map(({ uses }) => uses)]).filter((it) => it !== undefined);
        for (const action of used) expect(action).to.match(/^(\.\/\.github\/workflows\/up\.yml|[\w-]+\/[\w-]+@v\d+)$/);
    });

    it("use no expressions in shell scripts: values are passed as environment variables", () => {
        for (const { at, job } of jobs) for (const command of commandsOf(job)) expect(command, at).to.not.contain("${{");
    });

    it("have timeouts", () => {
        for (const { at, job } of jobs) if (!job.uses) expect(job["timeout-minutes"], at).to.be.a("number");
    });

    it("deploy dev, then prod, then dr, each with the approval of its environment, one update at a time", () => {
        const { jobs: deploying, concurrency } = workflow("deploy.yml");
        expect(concurrency).to.deep.equal({ group: "deploy", "cancel-in-progress": false });
        // Other environments can come between these.
        const before = (name: string): string[] => needsOf(deploying[name]!).flatMap((it) => [it, ...before(it)]);
        expect(before("dev")).to.include("check");
        expect(before("prod")).to.include("dev");
        expect(before("dr")).to.include("prod");
        for (const stack of ["dev", "prod", "dr"]) {
            expect(deploying[stack]).to.include({ uses: "./.github/workflows/up.yml" });
            expect(deploying[stack]?.with).to.deep.equal({ stack });
        }
        const { up } = workflow("up.yml").jobs;
        expect(up).to.include({ environment: "${{ inputs.stack }}" });
        expect(up?.concurrency).to.deep.equal({ group: "stack-${{ inputs.stack }}", "cancel-in-progress": false });
        expect(commandsOf(up!).join("\n")).to.contain("pulumi up --stack");
    });

    it("update after the preflight, and only if nothing is lost that isn't accepted; a failover skips that", () => {
        const steps = stepsOf(workflow("up.yml").jobs.up!);
        const at = (text: string) => steps.findIndex(({ run }) => run?.includes(text));
        const { run = "", if: condition } = steps[at("npm run --silent changes")] ?? {};
        expect(condition).to.contain("!inputs.continue-on-error");
        const commands = ["npm run --silent preflight", "--non-interactive > preview.json", "changes -- --file preview.json"];
        const order = commands.map((command) => run.indexOf(command));
        expect(order).to.not.include(-1);
        expect(order).to.deep.equal([...order].sort((a, b) => a - b));
        expect(at("pulumi up --stack")).to.be.greaterThan(at("npm run --silent changes"));
    });

    it("check what the stack files must agree on", () => {
        for (const [file, job] of [
            ["ci.yml", "plan"],
            ["deploy.yml", "check"],
        ] as const)
            expect(commandsOf(workflow(file).jobs[job]!).join("\n"), file).to.contain("plan -- --check");
    });

    it("preview every stack with a separate role, after the checks, never for forks", () => {
        const { preview, test, plan } = workflow("ci.yml").jobs;
        expect(test?.strategy?.matrix.node).to.deep.equal([20, 24]);
        expect(needsOf(preview!)).to.include.members(["lint", "test", "stacks"]);
        expect(preview?.if).to.contain("head.repo.full_name == github.repository");
        expect(preview?.environment).to.equal("preview-${{ matrix.stack }}");
        expect(commandsOf(plan!).join("\n")).to.contain("for file in Pulumi.*.yaml");
        for (const job of [preview, workflow("drift.yml").jobs.drift]) {
            expect(job?.strategy?.matrix.stack).to.equal("${{ fromJSON(needs.stacks.outputs.names) }}");
        }
        for (const file of ["ci.yml", "drift.yml"]) expect(texts.get(file)).to.not.contain("AWS_DEPLOY_ROLE");
    });

    /** The outputs of a step's command, run next to the stack files of the tests. */
    const outputsOf = (job: Job | undefined, id: string, env: Record<string, string> = {}): string => {
        const command = stepsOf(job!).find((step) => step.id === id)?.run ?? expect.fail(`there is no step ${id}`);
        const folder = mkdtempSync(path.join(tmpdir(), "workflow-"));
        const file = path.join(folder, "output");
        execFileSync("bash", ["-e", "-c", command], { cwd: FIXTURES, env: { ...process.env, ...env, GITHUB_OUTPUT: file } });
        const text = readFileSync(file, "utf8").trim();
        rmSync(folder, { recursive: true });
        return text;
    };

    it("read the stacks and their regions from the stack files", () => {
        for (const file of ["ci.yml", "drift.yml"]) {
            expect(outputsOf(workflow(file).jobs.stacks, "list"), file).to.equal('names=["dev","dr","prod"]');
        }
        const assuming = jobs.filter(
            ({ at, job }) => !at.startsWith("promote.yml") && stepsOf(job).some(({ uses }) => uses?.startsWith("aws-actions/")),
        );
        expect(assuming.map(({ at }) => at)).to.include.members(["drill.yml: dr", "drift.yml: drift", "up.yml: up"]);
        for (const { at, job } of assuming) {
            const [credentials] = stepsOf(job).filter(({ uses }) => uses?.startsWith("aws-actions/"));
            expect(credentials?.with?.["aws-region"], at).to.equal("${{ steps.stack.outputs.region }}");
            expect(outputsOf(job, "stack", { STACK: "prod" }), at).to.equal("region=us-east-1");
            expect(outputsOf(job, "stack", { STACK: "dr" }), at).to.equal("region=us-west-2");
        }
    });

    it("read each role from environments, which are documented", () => {
        const pages = markdownFiles().map(read).join("\n");
        const variables = ["AWS_FAILOVER_ROLE", "DRILL", "AWS_PROMOTE_ROLE", "IMAGE_SOURCE", "IMAGE_TARGET"];
        for (const name of ["AWS_PREVIEW_ROLE", "AWS_DEPLOY_ROLE", ...variables, "preview-prod", "drift-prod", "PULUMI_BACKEND_URL"])
            expect(pages).to.contain(name);
        for (const { at, job } of jobs.filter(({ job: { environment } }) => environment !== undefined)) {
            const isPreview = /^(preview|drift)-/.test(job.environment ?? "");
            const others: Record<string, string> = { "promote.yml: prod": "AWS_PROMOTE_ROLE", "drill.yml: dr": "AWS_FAILOVER_ROLE" };
            const role = others[at] ?? (isPreview ? "AWS_PREVIEW_ROLE" : "AWS_DEPLOY_ROLE");
            expect(job.env?.ROLE, at).to.equal(`\${{ vars.${role} }}`);
        }
    });

    it("promote an image by its digest, to the region of the target, with the approval of prod", () => {
        const { on, jobs: promoting } = workflow("promote.yml");
        expect(Object.keys(on)).to.deep.equal(["workflow_dispatch"]);
        const { prod } = promoting;
        expect(prod?.environment).to.equal("prod");
        const valid = { TARGET: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/acme/prod/api", DIGEST: `sha256:${"a".repeat(64)}` };
        expect(outputsOf(prod, "registry", valid)).to.equal("region=eu-west-1");
        for (const wrong of [{ DIGEST: "latest" }, { TARGET: "registry.example.com/api" }, { TARGET: "" }])
            expect(() => outputsOf(prod, "registry", { ...valid, ...wrong })).to.throw();
        const command = commandsOf(prod!).join("\n");
        expect(command).to.contain('imagetools create --prefer-index=false --tag "$TARGET:$TAG" "$SOURCE@$DIGEST"');
        expect(command).to.contain('[ "$copied" = "$DIGEST" ]');
    });

    it("rehearse a failover only if a variable of the repository says so, and fail back after one that moved the traffic", () => {
        const { concurrency, jobs: drilling } = workflow("drill.yml");
        const job = drilling.dr!;
        expect(job).to.include({ if: "vars.DRILL == 'dry-run' || vars.DRILL == 'planned'", environment: "drill" });
        expect(concurrency).to.deep.equal(workflow("deploy.yml").concurrency);
        const tool = stepsOf(job).filter(({ run }) => /fail(over|back) --/.test(run ?? ""));
        const failover = 'npm run --silent failover -- "$STACK"';
        expect(tool.map((step) => [step.if, step.run])).to.deep.equal([
            ["vars.DRILL == 'dry-run'", `${failover} --planned --drill --dry-run`],
            ["vars.DRILL == 'planned'", `${failover} --planned --drill --yes`],
            ["vars.DRILL == 'planned'", 'npm run --silent failback -- "$STACK" --drill --yes'],
        ]);
        for (const { run = "" } of tool) {
            const [, argv = ""] = run.split(" -- ");
            expect(() => parseFailoverArguments(argv.replace('"$STACK"', "dr").split(" "))).not.to.throw();
        }
        const [first] = stepsOf(job);
        expect(first?.if).to.equal("env.ROLE == ''");
        expect(first?.run).to.contain("exit 1");
    });

    it("don't pass secrets of the repository, which every branch can read, to other workflows", () => {
        for (const { at, job } of jobs) expect(job, at).not.to.have.property("secrets");
    });

    it("fail if a failover can't deploy", () => {
        const [first] = stepsOf(workflow("up.yml").jobs.up!);
        expect(first?.if).to.equal("env.ROLE == '' && inputs.continue-on-error");
        expect(first?.run).to.contain("exit 1");
    });

    it("don't wait for reviewers to check for drift", () => {
        expect(workflow("drift.yml").jobs.drift?.environment).to.equal("drift-${{ matrix.stack }}");
    });

    it("fail on drift", () => {
        expect(commandsOf(workflow("drift.yml").jobs.drift!).join("\n")).to.contain("pulumi preview --refresh --expect-no-changes --stack");
    });

    it("run existing npm scripts", () => {
        const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
        const named = jobs
            .flatMap(({ job }) => commandsOf(job))
            .flatMap((command) => [
                ...[...command.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name = ""]) => name),
                ...(command.includes("npm test") ? ["test"] : []),
            ]);
        expect(Object.keys(scripts)).to.include.members(named);
        expect(named).to.include.members(["lint", "plan", "test", "test:package", "test:adoption"]);
    });
});
