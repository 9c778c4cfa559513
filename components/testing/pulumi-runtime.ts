/**
 * The parts of Pulumi's SDK that aren't its public API, all in one place. `npm run test:sdk` checks them against the latest release.
 *
 * - `MockMonitor` and the messages of the engine's protocol: the recorder implements the engine's side.
 * - `awaitFeatureSupport`: requests the features of the monitor, as the SDK does at the start of a real program.
 * - `withoutOverhead`: replaces SDK functions that aren't needed in a mocked program and take time.
 */
import * as pulumi from "@pulumi/pulumi";
// `import * as` can copy the module, and the SDK wouldn't use functions that are replaced in the copy.
import debuggable = require("@pulumi/pulumi/runtime/debuggable");
import rpc = require("@pulumi/pulumi/runtime/rpc");
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { mapValues } from "../internal/unknown";

export { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
export { InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
export {
    type ReadResourceRequest,
    ReadResourceResponse,
    type RegisterResourceOutputsRequest,
    type RegisterResourceRequest,
    RegisterResourceResponse,
    type ResourceInvokeRequest,
} from "@pulumi/pulumi/proto/resource_pb";
export { Struct };

/** Requests the features of the mock monitor. */
export function awaitFeatureSupport(): Promise<void> {
    return (pulumi.runtime as unknown as { awaitFeatureSupport(): Promise<void> }).awaitFeatureSupport();
}

/** Passes the program's warnings to a function instead of the engine. Returns a function that undoes this. */
export function redirectWarnings(receive: (message: string) => void): () => void {
    return replaced(pulumi.log, "warn", () => (message: string) => {
        receive(message);
        return Promise.resolve();
    });
}

/**
 * Turns off SDK features for the engine and for debugging, which take most of a mocked program's time:
 *
 * - watching promises for leaks, with a stack trace for each (on again with `PULUMI_DEBUG_PROMISE_LEAKS`)
 * - a stack trace for each resource, which the engine would show in errors
 * - converting property maps to protocol buffers and back, in one process
 * - an output for each property of each resource, of which a program reads few
 *
 * @returns a function that turns it on again
 */
export function withoutOverhead(): () => void {
    const undo = [replaced(Struct, "fromJavaScript", structOf), replaced(rpc, "transferProperties", onFirstRead)];
    if (!process.env.PULUMI_DEBUG_PROMISE_LEAKS) {
        undo.push(
            replaced(debuggable, "debuggablePromise", () => (promise: Promise<unknown>) => promise),
            replaced(pulumi.Resource, "callsites", () => () => []),
        );
    }
    return () => {
        for (const each of undo) each();
    };
}

/** @throws Error if the SDK has no such function, or no longer has it */
function replaced<F>(owner: object, name: string, replacement: (original: F) => F): () => void {
    const original: unknown = Reflect.get(owner, name);
    if (typeof original !== "function") throw new Error(`this version of @pulumi/pulumi has no ${name}`);
    Reflect.set(owner, name, replacement(original.bind(owner) as F));
    return () => {
        Reflect.set(owner, name, original);
    };
}

type Fields = ReturnType<Struct["toJavaScript"]>;

/** A message that returns the property map it was created from. */
const structOf =
    (fromJavaScript: typeof Struct.fromJavaScript): typeof Struct.fromJavaScript =>
    (value) => {
        const struct = new Struct();
        const copied = copy(value) as Fields;
        struct.toJavaScript = () => copied;
        // The SDK reads some fields individually.
        struct.getFieldsMap = () => fromJavaScript(copied).getFieldsMap();
        return struct;
    };

/** A deep copy of a value that a message can contain. Throws for other values, as the original does. */
function copy(value: unknown): unknown {
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== "object") throw new Error("Unexpected struct type.");
    return mapValues(value as Record<string, unknown>, copy);
}

type Resolve = (...result: unknown[]) => void;
type TransferProperties = (resource: object, label: string, props: object) => Record<string, Resolve>;

/** Creates the output of a property when it is first read, because a resource has dozens of properties, of which a program reads few. */
const onFirstRead =
    (transferProperties: TransferProperties): TransferProperties =>
    (resource, label, props) => {
        const resolvers: Record<string, Resolve> = {};
        for (const key of Object.keys(props)) {
            // The SDK handles these two elsewhere, and rejects names that a resource class uses itself.
            if (key === "id" || key === "urn" || Object.hasOwn(resource, key)) {
                Object.assign(resolvers, transferProperties(resource, label, { [key]: undefined }));
                continue;
            }
            let [result, resolve]: [unknown[]?, Resolve?] = [];
            resolvers[key] = (...given) => {
                result = given;
                resolve?.(...given);
            };
            Object.defineProperty(resource, key, {
                enumerable: true,
                configurable: true,
                get() {
                    Reflect.deleteProperty(resource, key);
                    // The SDK uses the value in labels only.
                    resolve = transferProperties(resource, label, { [key]: undefined })[key];
                    if (result) resolve?.(...result);
                    return Reflect.get(resource, key) as unknown;
                },
                set(given: unknown) {
                    Object.defineProperty(resource, key, { value: given, writable: true });
                },
            });
        }
        return resolvers;
    };
