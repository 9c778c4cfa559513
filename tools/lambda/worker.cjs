// Runs a bundled Lambda function in a separate process: `node worker.cjs BUNDLE`. The parent sends `{ id, event, timeout }`, and gets
// `{ ready }` after loading, and `{ id, result }` or `{ id, error }` for each invocation.
"use strict";
const started = performance.now();
const { handler } = require(process.argv[2]);
const loaded = performance.now() - started;
const memory = () => Math.round(process.memoryUsage().rss / 1024 / 1024);

process.on("message", async ({ id, event, timeout }) => {
    const deadline = Date.now() + timeout;
    const context = { awsRequestId: id, getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()) };
    const answer = await handler(event, context).then(
        (result) => ({ result }),
        (error) => ({ error: error.name }),
    );
    process.send({ id, ...answer, memory: memory(), cpu: process.cpuUsage() });
});
process.on("warning", (warning) => process.send({ warning: warning.name }));
process.send({ ready: { loadMilliseconds: loaded, memory: memory() } });
