import { createRequire } from "node:module";

interface Debuggable {
    debuggablePromise: (promise: Promise<unknown>, context: unknown) => Promise<unknown>;
}

/**
 * Keeps Pulumi's SDK from recording a stack trace for each of its promises. It prints them only where `PULUMI_DEBUG_PROMISE_LEAKS` is
 * set, and resolving them through source maps is four fifths of a mocked program's time.
 *
 * @returns what undoes it
 */
export function withoutPromiseStacks(): () => void {
    if (process.env.PULUMI_DEBUG_PROMISE_LEAKS) return () => undefined;
    // An import would be a copy of the module, which the SDK does not look at.
    const debuggable = createRequire(__filename)("@pulumi/pulumi/runtime/debuggable") as Debuggable;
    const { debuggablePromise } = debuggable;
    debuggable.debuggablePromise = (promise, context) => {
        const { stackTraceLimit } = Error;
        Error.stackTraceLimit = 0;
        try {
            return debuggablePromise(promise, context);
        } finally {
            Error.stackTraceLimit = stackTraceLimit;
        }
    };
    return () => {
        debuggable.debuggablePromise = debuggablePromise;
    };
}
