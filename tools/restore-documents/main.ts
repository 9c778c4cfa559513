import { runProcess } from "../command";
import { ask, clock } from "../failover/process";
import { onSignals } from "../interrupt";
import { restoreDocumentsCommand } from "./command";
import { sdk } from "./sdk";

runProcess(
    restoreDocumentsCommand({
        documents: sdk(),
        clock,
        ask,
        onInterrupt: onSignals("SIGINT", "SIGTERM"),
        exit: (code) => process.exit(code),
    }),
);
