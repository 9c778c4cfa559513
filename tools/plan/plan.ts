import { PROJECT } from "../../stacks/names";
import { type DataSources, record, type Recording } from "../../components/testing";
import { messageOf } from "../../components/internal/unknown";
import { missingValues, readStackFile, type StackFileOptions } from "./stack-file";
import { standIn } from "./stand-in";

export interface PlanOptions extends Partial<Omit<StackFileOptions, "stack">> {
    stack: string;
    /** Loads the program. @default the export of `index.ts` */
    program?: () => Promise<() => Promise<unknown>>;
    /** Results of data sources by token, instead of the defaults. */
    dataSources?: DataSources;
    /** Outputs of the last update, for the comparison with a live stack. @default none: the stack was never deployed */
    lastOutputs?: Record<string, unknown>;
}

/** Loads the program only when it runs, so that errors in the arguments or the stack file are reported first. */
const platform = async () => (await import("../../index")).default;

/** Runs the program with the configuration of a stack, offline. */
export async function planStack({ stack, program = platform, dataSources, lastOutputs, ...options }: PlanOptions): Promise<Recording> {
    const { config, secretKeys, environments } = readStackFile({
        directory: process.cwd(),
        project: PROJECT,
        overrides: [],
        standIn,
        ...options,
        stack,
    });
    // If the file contains no region, the program must not get one either, as with Pulumi.
    const settings = { "aws:region": undefined, ...config };
    const described = { project: PROJECT, stack, region: config["aws:region"], config: settings, secretKeys, dataSources };
    const stackOutputs = lastOutputs && { [`organization/${PROJECT}/${stack}`]: lastOutputs };
    const run = async () => {
        if (environments.length > 0) void (await import("@pulumi/pulumi")).log.warn(missingValues(environments));
        return (await program())();
    };
    return record(run, { ...described, stackOutputs }).catch((error: unknown) => {
        throw environments.length > 0 ? new Error(`${messageOf(error)}\nNote: ${missingValues(environments)}.`, { cause: error }) : error;
    });
}
