import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { runProcess } from "../command";
import { onSignals } from "../interrupt";
import { failoverCommand } from "./command";
import { ask, clock } from "./process";
import { httpStatus, sdk } from "./sdk";

runProcess(
    failoverCommand({
        ...sdk(),
        httpStatus,
        clock,
        ask,
        onInterrupt: onSignals("SIGINT", "SIGTERM"),
        exit: (code) => process.exit(code),
        process: `${hostname()}, process ${process.pid}, ${randomUUID().slice(0, 8)}`,
    }),
);
