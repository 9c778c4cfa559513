import { PROJECT } from "../../stacks/names";
import { type DataSources, record, type Recording } from "../../components/testing";
import { readStackFile, type StackFileOptions } from "./stack-file";
import { standIn } from "./stand-in";

export interface PlanOptions extends Partial<Omit<StackFileOptions, "stack">> {
    stack: string;
    /** Loads the program, the export of `index.ts`. */
    program: () => Promise<() => Promise<unknown>>;
    /** Results of data sources by token, instead of the defaults. */
    dataSources?: DataSources;
}

/** Runs the program with the configuration of a stack, offline. */
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
    // Without a region in the file, the program must see none, as with Pulumi.
    const settings = { "aws:region": undefined, ...config };
    const described = { project: PROJECT, stack, region: config["aws:region"], config: settings, secretKeys, dataSources };
    return record(async () => (await program())(), described);
}
