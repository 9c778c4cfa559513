/** Entry point of the Lambda function that runs a task. */
import { setTimeout as sleep } from "node:timers/promises";
import { ECSClient } from "@aws-sdk/client-ecs";
import { createRunner } from "./runner";
import { readSettings } from "./settings";

export const handler = createRunner(new ECSClient({ maxAttempts: 5 }), readSettings(process.env), { now: Date.now, sleep });
