import { parsePlanArguments, USAGE } from "./arguments";
import { planStack } from "./plan";
import { render } from "./render";

let finished = false;

async function main(): Promise<void> {
    const args = parsePlanArguments(process.argv.slice(2));
    if (args.help) {
        console.log(USAGE);
        return;
    }
    const recording = await planStack({
        stack: args.stack,
        configFile: args.configFile,
        overrides: args.config,
        configPath: args.configPath,
        // Loaded only now: a mistake in the arguments or the stack file shows without it.
        program: async () => (await import("../../index")).default,
    });
    const deployment = recording.deployment();
    const text = args.json
        ? JSON.stringify(deployment, null, 4)
        : render({
              stack: args.stack,
              resources: deployment.deployment.resources,
              outputs: recording.outputs,
              warnings: recording.warnings,
          });
    await new Promise<void>((done) => {
        process.stdout.write(`${text}\n`, () => {
            done();
        });
    });
}

// A reader who has seen enough (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    finished = true;
    process.exit(0);
});

// A program that waits for what never comes ends by itself, without a word.
process.exitCode = 1;
process.once("exit", () => {
    if (!finished) console.error("error: the program did not finish: something in it waits for what never comes");
});

main().then(
    () => {
        finished = true;
        process.exit(0); // nothing is left to do, and the SDK's timers would keep the process
    },
    (error: unknown) => {
        finished = true;
        console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
        process.exit(1);
    },
);
