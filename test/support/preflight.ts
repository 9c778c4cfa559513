import type { DeployedResource } from "../../components/testing";
import { CHECKS } from "../../tools/preflight/checks";
import { Clients } from "../../tools/preflight/clients";
import { PlannedStack } from "../../tools/preflight/planned";
import { type Report, runChecks } from "../../tools/preflight/run";
import type { Context } from "../../tools/preflight/types";

export const OWN = [
    { Key: "Project", Value: "ai-platform" },
    { Key: "Environment", Value: "prod" },
];

/** The part of an AWS client that the tests use. */
interface Client {
    config: { defaultSigningName: string };
    middlewareStack: {
        add(
            middleware: (next: unknown, context: { commandName?: string }) => (args: { input: object }) => Promise<object>,
            options: { step: "initialize"; priority: "high" },
        ): void;
    };
}

type Answer = object | string;

/** Responses by command name. A string is the name of an error, an error is thrown unchanged, and a function receives the input. */
export type Answers = Record<string, Answer | ((input: Record<string, unknown>) => Answer)>;

/** Requests whose permission has another name. */
const ACTIONS: Record<string, string> = { "s3:HeadBucket": "s3:ListBucket", "s3:ListBuckets": "s3:ListAllMyBuckets" };

/** The IAM action of a request. */
export function actionOf(signingName: string, command: string): string {
    if (signingName === "apigateway") return "apigateway:GET";
    const action = `${signingName === "monitoring" ? "cloudwatch" : signingName}:${command}`;
    return ACTIONS[action] ?? action;
}

export interface Request {
    command: string;
    action: string;
}

export function clientsWith(answers: Answers, sent: Request[] = []): Clients {
    return new Clients(undefined, (client) => {
        answering(client, answers, sent);
    });
}

/** Answers the requests of an AWS client. */
export function answering(client: object, answers: Answers, sent: Request[] = []): void {
    const { config, middlewareStack } = client as Client;
    middlewareStack.add(
        (_, { commandName = "" }) =>
            ({ input }) => {
                const command = commandName.replace(/Command$/, "");
                sent.push({ command, action: actionOf(config.defaultSigningName, command) });
                const found = answers[command] ?? "NotImplemented";
                const answer = typeof found === "function" ? (found as (input: object) => Answer)(input) : found;
                if (typeof answer === "string") return Promise.reject(Object.assign(new Error(answer), { name: answer }));
                if (answer instanceof Error) return Promise.reject(answer);
                return Promise.resolve({ output: { $metadata: {}, ...answer }, response: {} });
            },
        { step: "initialize", priority: "high" },
    );
}

/** Type, inputs and ID of a planned resource. */
export type Planned = [type: string, inputs: Record<string, unknown>, id?: string];

export const planned = (...resources: Planned[]) =>
    new PlannedStack(
        [
            [
                "pulumi:providers:aws",
                {
                    region: "us-east-1",
                    defaultTags: '{"tags":{"Project":"ai-platform","Environment":"prod"}}',
                    allowedAccountIds: '["111122223333"]',
                },
                "provider",
            ] as const,
            ...resources,
        ].map(([type, inputs, id], i) => ({
            urn: `urn:pulumi:prod::p::${type}::r${i}`,
            type,
            inputs,
            id,
        })) as unknown as DeployedResource[],
        "111122223333",
    );

/** Runs one check, and fails if it sends a request that its actions don't allow. */
export async function run(id: string, plan: PlannedStack, answers: Answers, context: Partial<Context> = {}): Promise<Report> {
    const check = CHECKS.find((candidate) => candidate.id === id);
    if (!check) throw new Error(`no check ${id}`);
    const sent: Request[] = [];
    const [report] = await runChecks([check], {
        plan,
        clients: clientsWith(answers, sent),
        dns: { resolveNs: () => Promise.resolve([]), resolveCaa: () => Promise.resolve([]) },
        account: "111122223333",
        lookups: [],
        peaks: [{ title: "prod", plan }],
        gaps: [],
        http: () => Promise.reject(new Error("offline")),
        ...context,
    });
    const refused = sent.filter(({ action }) => !check.actions.includes(action));
    if (refused.length > 0) throw new Error(`${id} doesn't declare ${refused.map(({ action }) => action).join(", ")}`);
    if (!report) throw new Error(`no report of ${id}`);
    return report;
}
