import { letReadersStop, printError } from "../output";
import { importCommand } from "./command";

letReadersStop();

importCommand(process.argv.slice(2)).then(
    (text) => {
        process.stdout.write(`${text}\n`, () => process.exit(0));
    },
    (error: unknown) => {
        printError(error);
        process.exit(1);
    },
);
