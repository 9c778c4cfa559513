import type { DocumentedCommand } from "./commands";

/** Commands that the end-to-end test runs as they are documented, by their first words. */
const RUN = [
    ...[
        "cancel",
        "config rm",
        "config set",
        "preview",
        "refresh",
        "stack export",
        "stack import",
        "stack init",
        "stack output",
        "stack rm",
    ].map((command) => `pulumi ${command}`),
    ...["changes", "import", "plan", "preflight", "resume"].map((script) => `npm run ${script}`),
    ...["cp", "date", "export", "jq", "openssl", "rm", "sed", "set", "sort", "tr"],
];

const OWN_STEP = "CI runs it in a step of its own";
const INSTALLS = "CI installs the packages before all tests";
const LIVE =
    "test/e2e/live-changes.e2e.test.ts and platform.e2e.test.ts update and destroy stacks; here the configuration is checked instead";

/** Reasons why the end-to-end test doesn't run a command, by its first words. */
const NOT_RUN: Record<string, string> = {
    "pulumi up": LIVE,
    "pulumi destroy": LIVE,
    "pulumi login": "it changes the backend of the machine",
    "pulumi import": "it needs resources that nobody manages yet; test/unit/import.test.ts checks the file",
    "pulumi stack rename": "it renames the stack for all following commands",
    "pulumi state delete": "it needs the URN of a resource that is to be forgotten",
    "pulumi state rename": "it needs the URN of a resource that is to be renamed",
    "npm ci": INSTALLS,
    cd: "CI tests the examples in steps of their own",
    "npm install": INSTALLS,
    "npm pack": OWN_STEP,
    "npm test": OWN_STEP,
    "npm run bench": "it measures for minutes",
    "npm run changing": OWN_STEP,
    "npm run docs": "npm run lint checks its result",
    "npm run lint": OWN_STEP,
    "npm run schema": "npm run lint checks its result",
    "npm run test:adoption": OWN_STEP,
    "npm run test:drill": OWN_STEP,
    "npm run test:e2e": OWN_STEP,
    "npm run test:package": OWN_STEP,
    "npm run test:postgres": OWN_STEP,
    "npm run test:regions": OWN_STEP,
    "npm run test:sdk": "it installs other releases of the SDKs",
    "npm run connect": "it needs a database in a VPC; test/unit/connect.test.ts runs it with stubs",
    "npm run failover": "it needs the table of a pair of stacks and tasks that run; test/unit/failover.test.ts runs it on a model",
    "npm run failback": "it needs the same; test/unit/failback.test.ts runs it on a model",
    "npm run adopt": "it needs a stack whose instances were replaced; test/unit/adopt.test.ts runs it with stubs",
    "npm run restore-documents": "it needs a recovery point; test/unit/restore-documents.test.ts runs it on a model",
    "npm run failover:bundle": "test/unit/failover-sdk.test.ts builds and starts the bundle",
    "npm run task": "it needs tasks that run; test/unit/task.test.ts runs it with stubs",
    "npx mocha": "test/unit/guides.test.ts runs the sample",
    aws: "there is no AWS; test/unit/documented-commands.test.ts checks operations and parameters",
    curl: "there is no AWS",
    docker: "it needs a container engine and the image of the service",
    dotnet: "it needs the service",
    terraform: "it needs a Terraform configuration",
};

export type Action = "run" | { skipped: string };

const FIRST_WORDS = [...RUN, ...Object.keys(NOT_RUN)].sort((a, b) => b.length - a.length);

/** The entry of the tables that a command belongs to. */
export function firstWordsOf(words: string[]): string | undefined {
    const line = `${words.filter((word) => word !== "--silent").join(" ")} `;
    return FIRST_WORDS.find((first) => line.startsWith(`${first} `));
}

/** What the end-to-end test does with a command. Undefined if neither table contains it. */
export function actionOf(words: string[]): Action | undefined {
    const first = firstWordsOf(words);
    if (first === undefined) return undefined;
    const skipped = NOT_RUN[first];
    return skipped === undefined ? "run" : { skipped };
}

/** Programs whose commands are replaced in the end-to-end test. The others, such as `sed`, are run as they are. */
export const PROGRAMS = ["pulumi", "npm", ...new Set(Object.keys(NOT_RUN).map((first) => first.split(" ")[0] ?? ""))].filter(
    (program, i, all) => all.indexOf(program) === i,
);

/** The entries of both tables. */
export const ENTRIES: readonly string[] = FIRST_WORDS;

const PLACEHOLDER = /^(ACCOUNT|KEY|KEY=VALUE|STACK|URL|URN|VALUE)$/;

/** Whether a command in a sentence can be copied as it is: it names its stack or has arguments, and no placeholders. */
export function isComplete({ words, inBlock }: DocumentedCommand): boolean {
    if (inBlock) return true;
    const hasArguments =
        words[0] === "npm" ? words.includes("--") : words.includes("--stack") || words.slice(0, 3).join(" ") === "pulumi stack rm";
    return hasArguments && !words.some((word) => PLACEHOLDER.test(word));
}
