import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";

interface Debuggable {
    debuggablePromise: (promise: Promise<unknown>, context: unknown) => Promise<unknown>;
}

/**
 * Keeps Pulumi's SDK from watching its promises for leaks, and from recording a stack trace for each of them and for each resource. It prints
 * the former where `PULUMI_DEBUG_PROMISE_LEAKS` is set, which turns them on again here, and sends the latter to an engine, which there is none of.
 * Resolving them through source maps is four fifths of a mocked program's time.
 *
 * @returns what undoes it
 */
export function withoutStacks(): () => void {
    if (process.env.PULUMI_DEBUG_PROMISE_LEAKS) return () => undefined;
    // An import would be a copy of the module, which the SDK does not look at.
    const debuggable = createRequire(__filename)("@pulumi/pulumi/runtime/debuggable") as Debuggable;
    const { debuggablePromise } = debuggable;
    debuggable.debuggablePromise = (promise) => promise;
    // Not in the SDK's typings.
    const callsites: unknown = Reflect.get(pulumi.Resource, "callsites");
    Reflect.set(pulumi.Resource, "callsites", () => []);
    return () => {
        debuggable.debuggablePromise = debuggablePromise;
        Reflect.set(pulumi.Resource, "callsites", callsites);
    };
}
