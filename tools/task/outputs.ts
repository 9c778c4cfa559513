import * as z from "zod";
import { isObject } from "../../components/internal/unknown";
import { runPulumi } from "../pulumi";

/** A task that can be run, from the outputs of a stack. */
const definition = z.object({
    kind: z.enum(["service", "job", "migration"]),
    /** Family of the task definition. */
    family: z.string(),
    container: z.string(),
    securityGroupId: z.string(),
});

/** The output `tasks` of a stack. */
const stackTasks = z.object({
    region: z.string(),
    /** ARN. */
    cluster: z.string(),
    subnetIds: z.array(z.string()).min(1),
    definitions: z.record(z.string(), definition),
});

export type Definition = z.output<typeof definition>;
export type StackTasks = z.output<typeof stackTasks>;

/** Reads the outputs of a stack, as JSON. */
export type ReadOutputs = (stack: string) => Promise<string>;

/** @throws Error if there is no `pulumi`, or if it fails */
export const readOutputs: ReadOutputs = async (stack) => {
    const { stdout, code } = await runPulumi(["stack", "output", "--json", "--stack", stack]);
    if (code !== 0) throw new Error(`\`pulumi stack output\` failed with exit code ${code ?? "none"}`);
    return stdout;
};

/**
 * An output of a stack, which another version of the program can have written.
 *
 * @param missing what to do if the stack doesn't have the output
 * @throws Error if the stack doesn't have the output, or if parts of it are missing or wrong
 */
export function outputOf<T>(stack: string, outputs: string, name: string, schema: z.ZodType<T>, missing = update(stack)): T {
    const value = valuesOf(stack, outputs)[name];
    if (value === undefined) throw new Error(`${stack} has no output ${name}: ${missing}`);
    const parsed = schema.safeParse(value, { reportInput: true });
    if (parsed.success) return parsed.data;
    const problems = parsed.error.issues.map(({ path, message, input }) => {
        const key = [name, ...path].join(".");
        return input === undefined ? `${key} is missing` : `${key}: ${message}`;
    });
    throw new Error(`this version can't read the outputs of ${stack} (${problems.join("; ")}): ${update(stack)}`);
}

/** @throws Error if the stack has no output `tasks` that this version can read */
export const tasksOf = (stack: string, outputs: string): StackTasks => outputOf(stack, outputs, "tasks", stackTasks);

const update = (stack: string): string => `run \`pulumi up --stack ${stack}\` first`;

function valuesOf(stack: string, outputs: string): Record<string, unknown> {
    try {
        const values: unknown = JSON.parse(outputs);
        if (isObject(values)) return values;
    } catch {
        // The same as another value than a map.
    }
    throw new Error(`\`pulumi stack output --json --stack ${stack}\` didn't print a map in JSON`);
}
