import { KMSClient, CreateKeyCommand } from "@aws-sdk/client-kms";
import { expect } from "chai";
import { actionOf, isComplete } from "../support/command-actions";
import { blocksOf, documentedCommands } from "../support/commands";
import { read } from "../support/samples";
import { CommandRunner, mayWrite, type RunCommand } from "./command-runner";
import { tagReplicaKeys } from "./emulator";
import { LiveStack, PRIMARY, RECOVERY } from "./live-stack";
import { type Deployment, missing, Project, skipAfterFailure, skipIfMissing } from "./support";
import { failureOf } from "../support/failures";

const ACCOUNT = "123456789012";

/** Resources of a Terraform state, of which prod can adopt one. */
const TERRAFORM_STATE = {
    version: 4,
    terraform_version: "1.11.4",
    resources: [
        {
            mode: "managed",
            type: "aws_ecr_repository",
            name: "api",
            instances: [
                {
                    attributes: {
                        id: "ai-platform/prod/api",
                        name: "ai-platform/prod/api",
                        arn: `arn:aws:ecr:${PRIMARY}:${ACCOUNT}:repository/ai-platform/prod/api`,
                        encryption_configuration: [{ encryption_type: "KMS" }],
                    },
                },
            ],
        },
    ],
};

/** What `npm run changes` reports by its exit code. */
const EXIT_CODES = {
    // The emulator offers no instance classes.
    "npm run preflight -- prod": 1,
    // Only prod and dr exist.
    "pulumi stack output imageRepository --stack dev": 6,
    // The preview has no changes, so it has none to accept.
    "npm run changes -- prod --accept cache-group": 2,
    "npm run changes -- --file preview.json --accept cache-group": 2,
    // The emulator doesn't return everything that AWS would, so a refresh leads to changes.
    "pulumi preview --refresh --expect-no-changes --stack prod": 7,
    // The environment can't change.
    "npm run changes -- prod --against export.json --set ai-platform:environment=other": 1,
};

/** The commands of the documentation, run in prod and dr: the README creates them, and docs/deployment.md destroys them. */
describe("the documented commands, run by the CLI", function () {
    this.timeout(30 * 60_000);
    skipAfterFailure();
    let project: Project;
    let runner: CommandRunner;
    let prod: Deployment;
    let dr: Deployment;

    before(async function () {
        skipIfMissing(this);
        project = new Project({ checkpoints: false });
        for (const stack of ["prod", "dr", "dev"]) project.addStackFile(stack);
        // A single-region key, because the emulator decrypts nothing with a multi-region one.
        const { KeyMetadata } = await new KMSClient({ region: RECOVERY }).send(new CreateKeyCommand({}));
        runner = new CommandRunner(project, {
            answers: {
                "aws sts get-caller-identity": ACCOUNT,
                "aws kms create-key": KeyMetadata?.KeyId ?? "",
                "aws ec2 describe-subnets": "us-east-1d\tus-east-1c\tus-east-1b\tus-east-1b",
                "aws rds describe-db-instances": "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                "terraform state": JSON.stringify(TERRAFORM_STATE),
            },
            exitCodes: EXIT_CODES,
            variables: { ACCOUNT, BUCKET: "bucket", DISTRIBUTION: "E1" },
            input: "https://pager.example.com/address\n",
        });
    });
    after(() => {
        if (missing()) return;
        runner.remove();
        project.remove();
    });

    /** Runs scripts, and checks that commands wrote no stack file but the one that they are to write. */
    function run(scripts: string[], updates = false): RunCommand[] {
        const commands = runner.run(scripts, updates);
        const wrong = commands.filter(({ line, written }) => written.some((file) => !mayWrite(line).includes(file)));
        expect(wrong.map(({ line, written }) => `${line} writes ${written.join()}`)).to.deep.equal([]);
        return commands;
    }

    it("of README.md create prod and dr", async () => {
        const stop = tagReplicaKeys(PRIMARY, RECOVERY);
        try {
            run(blocksOf("README.md"), true);
        } finally {
            await stop();
        }
        [prod, dr] = [await project.open("prod"), await project.open("dr")];
        for (const stack of [prod, dr]) expect(await stack.resources()).not.to.be.empty;
        // docs/changes.md explains files that exist.
        run(["pulumi preview --stack prod --json > preview.json", "pulumi stack export --stack prod > export.json"]);
        runner.save();
    });

    const pages = [
        ...new Set(
            documentedCommands()
                .filter(({ inBlock }) => inBlock)
                .map(({ page }) => page),
        ),
    ];
    // The commands of the examples run in folders of their own: examples.e2e.test.ts deploys one.
    for (const page of pages.filter((it) => it !== "README.md" && !it.startsWith("examples/"))) {
        it(`of ${page} work`, async () => {
            const blocks = blocksOf(page);
            // A refresh stores what the emulator returns, which isn't all that AWS would. Other pages expect an unchanged stack.
            const state = blocks.some((block) => block.includes("pulumi refresh")) ? await prod.stack.exportStack() : undefined;
            run(blocks);
            if (state) await prod.stack.importStack(state);
        });
    }

    it("in sentences work", () => {
        const commands = documentedCommands().filter((it) => !it.inBlock && isComplete(it) && actionOf(it.words) === "run");
        const lines = new Set(commands.map(({ words }) => words.map((word) => `'${word}'`).join(" ")));
        run([...lines].filter((line) => !line.includes("'stack' 'rm'")));
    });

    it("dr refuses another primary, in a preview and in an update, whatever protectData says", async () => {
        const primary = { "primary.environment": "other", "primary.region": "us-east-2" };
        for (const [protectData, attempt] of Object.entries({ true: () => dr.preview(), false: () => dr.up() })) {
            runner.restore();
            for (const [key, value] of Object.entries({ ...primary, protectData })) await dr.set(`ai-platform:${key}`, value);
            const message = await failureOf(attempt());
            for (const key of Object.keys(primary)) expect(message).to.contain(`ai-platform:${key}: `);
            expect(dr.last).to.deep.equal([]);
        }
        runner.restore();
    });

    const destroyBlocks = () => {
        const [, section = ""] = read("docs/deployment.md").split("\n## Destroy a stack\n");
        return blocksOf("docs/deployment.md").filter((block) => section.includes(block.trim()));
    };
    for (const name of ["dr", "prod"]) {
        it(`of docs/deployment.md destroy ${name} in two steps`, async () => {
            const deployment = name === "dr" ? dr : prod;
            const live = new LiveStack(project, deployment, name);
            const [unprotect = "", destroy = ""] = destroyBlocks().map((block) => block.replaceAll("--stack dr", `--stack ${name}`));
            const before = (await deployment.resources()).map(({ urn }) => urn);
            expect(await live.protected()).not.to.be.empty;
            run([unprotect], true);
            expect((await deployment.resources()).map(({ urn }) => urn)).to.include.members(before);
            expect(await live.protected()).to.deep.equal([]);
            // The second step follows with the stack file that the first one wrote.
            runner.save();
            run([destroy], true);
            expect(await deployment.resources()).to.deep.equal([]);
            expect([...(await live.dataIn(PRIMARY)), ...(await live.dataIn(RECOVERY))]).to.deep.equal([]);
            const [remove] = documentedCommands().filter(({ words }) => words.slice(0, 3).join(" ") === "pulumi stack rm");
            run([remove?.words.join(" ").replace("dr", name) ?? ""]);
        });
    }
});
