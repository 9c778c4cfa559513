import { expect } from "chai";
import { parseAdoptArguments } from "../../tools/adopt/arguments";
import { parseChangesArguments } from "../../tools/changes/arguments";
import { parseChangingArguments } from "../../tools/changing/arguments";
import { parseConnectArguments } from "../../tools/connect/arguments";
import { parseFailoverArguments } from "../../tools/failover/arguments";
import { parseImportArguments } from "../../tools/import/arguments";
import { parsePlanArguments } from "../../tools/plan/arguments";
import { parsePreflightArguments } from "../../tools/preflight/arguments";
import { parseRestoreArguments } from "../../tools/restore-documents/arguments";
import { parseResumeArguments } from "../../tools/resume/arguments";
import { parseTaskArguments } from "../../tools/task/arguments";
import { awsProblems } from "../support/aws-commands";
import { actionOf, ENTRIES, firstWordsOf, isComplete } from "../support/command-actions";
import { commandsIn, documentedCommands } from "../support/commands";
import { pulumiProblems } from "../support/pulumi-commands";
import { read } from "../support/samples";

/** Every command in the documentation is one that its program accepts. test/e2e/documented-commands.e2e.test.ts runs them. */

const TOOLS: Record<string, (argv: string[]) => unknown> = {
    plan: parsePlanArguments,
    import: parseImportArguments,
    changes: parseChangesArguments,
    changing: parseChangingArguments,
    preflight: parsePreflightArguments,
    resume: parseResumeArguments,
    task: parseTaskArguments,
    connect: parseConnectArguments,
    failover: parseFailoverArguments,
    failback: (argv) => parseFailoverArguments(["--back", ...argv]),
    adopt: parseAdoptArguments,
    "restore-documents": parseRestoreArguments,
};
/** Options of the scripts that don't export a parser. */
const OPTIONS: Record<string, string[]> = { docs: ["--check"], test: [], "test:e2e": ["--grep"] };

const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

/** The problem of `npm run SCRIPT -- ...`, or of another command of npm. */
function npmProblem(words: string[], inBlock: boolean): string | undefined {
    const [command = "", ...more] = words.slice(1).filter((word) => word !== "--silent" && word !== "-s");
    if (command !== "run" && command !== "test")
        return ["ci", "install", "update", "pack"].includes(command) ? undefined : `npm has no ${command}`;
    const script = command === "test" ? "test" : (more.shift() ?? "");
    if (!(script in scripts)) return `package.json has no script ${script}`;
    if (more.length === 0 && !inBlock) return undefined;
    if (more.length > 0 && more.shift() !== "--") return "arguments must follow --";
    const tool = TOOLS[script];
    try {
        tool?.(more);
    } catch (error) {
        return error instanceof Error ? error.message.split("\n")[0] : String(error);
    }
    const unknown = tool ? undefined : more.find((word) => word.startsWith("-") && !OPTIONS[script]?.includes(word));
    return unknown === undefined ? undefined : `${script} has no option ${unknown}`;
}

describe("the documented commands", () => {
    const commands = documentedCommands();
    const problemsOf = (program: string, check: (words: string[], inBlock: boolean) => string[]) => {
        const own = commands.filter(({ words }) => words[0] === program);
        expect(own).to.have.length.above(10);
        return own.flatMap(({ page, words, inBlock }) => check(words, inBlock).map((problem) => `${page}: ${words.join(" ")}: ${problem}`));
    };

    it("are found in blocks, sentences, substitutions, and pipes", () => {
        expect(
            commandsIn("A=1 pulumi up --stack 'a b' && npm ci | xargs -n 1 aws s3 cp \"x $(aws sts get)\" > out.txt  # more"),
        ).to.deep.equal([
            ["pulumi", "up", "--stack", "a b"],
            ["npm", "ci"],
            ["aws", "sts", "get"],
            ["aws", "s3", "cp", "x $()"],
        ]);
    });

    it("are run by the end-to-end test, or there is a reason why not", () => {
        const unknown = commands.filter(({ words }) => actionOf(words) === undefined);
        expect(
            unknown.map(({ page, words }) => `${page}: ${words.join(" ")}`),
            "add it to test/support/command-actions.ts",
        ).to.deep.equal([]);
        const used = new Set(commands.map(({ words }) => firstWordsOf(words)));
        expect(
            ENTRIES.filter((entry) => !used.has(entry)),
            "no page has these commands",
        ).to.deep.equal([]);
        expect(actionOf(["pulumi", "up", "--stack", "prod"])).to.have.property("skipped");
        expect(actionOf(["pulumi", "stack", "output", "url"])).to.equal("run");
        expect(actionOf(["pulumi", "stack", "tag", "set"])).to.equal(undefined);
        expect(actionOf(["kubectl", "apply"])).to.equal(undefined);
    });

    it("in sentences are complete if they name a stack or arguments, and have no placeholders", () => {
        const complete = (line: string) => isComplete({ page: "", words: commandsIn(line)[0] ?? [], inBlock: false });
        expect(["pulumi preview --refresh --stack prod", "npm run plan -- dr", "pulumi stack rm dr"].filter(complete)).to.have.length(3);
        expect(["pulumi config set", "npm run plan", "npm run preflight -- STACK", "pulumi up --replace URN --stack prod"].filter(complete))
            .to.be.empty;
    });

    it("of npm are scripts with arguments that their parsers accept", () => {
        expect(problemsOf("npm", (words, inBlock) => [npmProblem(words, inBlock) ?? []].flat())).to.deep.equal([]);
        expect(npmProblem(["npm", "run", "plan", "--", "dr", "-c", "a=b"], true)).to.equal("unknown option -c; use --set KEY=VALUE");
        expect(npmProblem(["npm", "run", "plan", "dr"], true)).to.equal("arguments must follow --");
    });

    it("of Pulumi have options that exist, keys of the configuration, and no -c, which changes the stack file", () => {
        expect(problemsOf("pulumi", pulumiProblems)).to.deep.equal([]);
        const wrong: [string, string][] = [
            ["pulumi preview --diff -c ai-platform:active=true --stack dr", "-c writes to the stack file: use a copy and --config-file"],
            ["pulumi up --config ai-platform:active=true", "--config writes to the stack file: use a copy and --config-file"],
            ["pulumi config set --path ai-platform:cache.sise 2 --stack prod", "no key ai-platform:cache.sise"],
            ["pulumi config set ai-platform:cache.nodes 2 --stack prod", "ai-platform:cache.nodes needs --path"],
            ["pulumi down", "pulumi has no down"],
            ["pulumi up --force", "pulumi up has no --force"],
        ];
        for (const [line, problem] of wrong) expect(pulumiProblems(commandsIn(line)[0] ?? [], true), line).to.deep.equal([problem]);
    });

    it("of the AWS CLI are operations with parameters that exist", () => {
        expect(problemsOf("aws", awsProblems)).to.deep.equal([]);
        const wrong: [string, string][] = [
            ["aws rds describe-db-instance --region us-east-1", "rds has no describe-db-instance"],
            ["aws rds describe-db-instances --db-instance-id prod", "describe-db-instances has no --db-instance-id"],
            ["aws ecs update-service --cluster prod", "update-service needs --service"],
            ["aws s3 sync a b --recursive-copy", "s3 sync has no --recursive-copy"],
            ["aws rdss describe-db-instances", "rdss isn't a service of the table"],
        ];
        for (const [line, problem] of wrong) expect(awsProblems(commandsIn(line)[0] ?? [], true), line).to.deep.equal([problem]);
    });
});
