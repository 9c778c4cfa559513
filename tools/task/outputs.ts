import { isObject } from "../../components/internal/unknown";
import { runPulumi } from "../pulumi";

/** A task that can be run, from the outputs of a stack. */
export interface Definition {
    kind: "service" | "job" | "migration";
    /** Family of the task definition. */
    family: string;
    container: string;
    securityGroupId: string;
}

/** The output `tasks` of a stack. */
export interface StackTasks {
    region: string;
    /** ARN. */
    cluster: string;
    subnetIds: string[];
    definitions: Record<string, Definition>;
}

/** Reads the outputs of a stack, as JSON. */
export type ReadOutputs = (stack: string) => Promise<string>;

/** @throws Error if there is no `pulumi`, or if it fails */
export const readOutputs: ReadOutputs = async (stack) => {
    const { stdout, code } = await runPulumi(["stack", "output", "--json", "--stack", stack]);
    if (code !== 0) throw new Error(`\`pulumi stack output\` failed with exit code ${code ?? "none"}`);
    return stdout;
};

/** @throws Error if the stack has no output `tasks` */
export function tasksOf(stack: string, outputs: string): StackTasks {
    const values: unknown = JSON.parse(outputs);
    const tasks = isObject(values) ? values.tasks : undefined;
    if (!isObject(tasks)) throw new Error(`${stack} has no output tasks: run \`pulumi up --stack ${stack}\` first`);
    return tasks as unknown as StackTasks;
}
