import { PROJECT } from "../../stacks/explain";
import { type DataSources, record, type Recording } from "../../components/testing";
import { readStackFile, type StackFileOptions } from "./stack-file";
import { standIn } from "./stand-in";

export interface PlanOptions extends Partial<Omit<StackFileOptions, "stack">> {
    stack: string;
    /** The program: what `index.ts` exports. */
    program: () => Promise<() => Promise<unknown>>;
    /** Answers of data sources by token, before the mock monitor's own. */
    dataSources?: DataSources;
}

/** Runs the program with a stack's configuration on Pulumi's mock monitor, without CLI, network or credentials. */
export async function planStack({ stack, program, dataSources, ...options }: PlanOptions): Promise<Recording> {
    const { config, secretKeys } = readStackFile({
        directory: process.cwd(),
        project: PROJECT,
        overrides: [],
        configPath: false,
        standIn,
        ...options,
        stack,
    });
    // A region that the file does not set stays unset, as it is with Pulumi: the program has its say about that.
    const settings = { "aws:region": undefined, ...config };
    const described = { project: PROJECT, stack, region: config["aws:region"], config: settings, secretKeys, dataSources };
    return record(async () => (await program())(), described);
}
