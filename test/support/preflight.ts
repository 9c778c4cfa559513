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
interface Middleware {
    add(
        middleware: (next: unknown, context: { commandName?: string }) => () => Promise<object>,
        options: { step: "initialize"; priority: "high" },
    ): void;
}

/** Answers by command name; a string is the name of an error, an error is thrown as it is. */
export type Answers = Record<string, object | string>;

export function clientsWith(answers: Answers, sent: string[] = []): Clients {
    return new Clients(undefined, (client) => {
        const { middlewareStack } = client as { middlewareStack: Middleware };
        middlewareStack.add(
            (_, { commandName = "" }) =>
                () => {
                    sent.push(commandName);
                    const answer = answers[commandName.replace(/Command$/, "")] ?? "NotImplemented";
                    if (typeof answer === "string") return Promise.reject(Object.assign(new Error(answer), { name: answer }));
                    if (answer instanceof Error) return Promise.reject(answer);
                    return Promise.resolve({ output: { $metadata: {}, ...answer }, response: {} });
                },
            { step: "initialize", priority: "high" },
        );
    });
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

export async function run(id: string, plan: PlannedStack, answers: Answers, context: Partial<Context> = {}): Promise<Report> {
    const checks = CHECKS.filter((check) => check.id === id);
    const dns = { resolveNs: () => Promise.resolve([]), resolveCaa: () => Promise.resolve([]) };
    const [report] = await runChecks(checks, {
        plan,
        clients: clientsWith(answers),
        dns,
        account: "111122223333",
        lookups: [],
        ...context,
    });
    if (!report) throw new Error(`no check ${id}`);
    return report;
}
