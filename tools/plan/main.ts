import { letReadersStop, printError } from "../output";
import { planCommand } from "./command";

let finished = false;

async function main(): Promise<void> {
    const text = await planCommand(process.argv.slice(2));
    await new Promise<void>((done) => {
        process.stdout.write(`${text}\n`, () => {
            done();
        });
    });
}

letReadersStop(() => {
    finished = true;
});

// If the program waits for a promise that never resolves, the process exits without an error.
process.exitCode = 1;
process.once("exit", () => {
    if (!finished) console.error("error: the program didn't finish: it waits for a promise or output that never resolves");
});

main().then(
    () => {
        finished = true;
        process.exit(0); // timers of the SDK would keep the process running
    },
    (error: unknown) => {
        finished = true;
        printError(error);
        process.exit(1);
    },
);
