import { Struct } from "google-protobuf/google/protobuf/struct_pb";

type Fields = ReturnType<Struct["toJavaScript"]>;

/**
 * Hands property maps from the SDK to the mock monitor and back as they are. Both are in one process; on the way through protocol buffers
 * each value would become a message and a value again, which is a tenth of a mocked program's time.
 *
 * @returns what undoes it
 */
export function withoutMessages(): () => void {
    const original = Struct.fromJavaScript.bind(Struct);
    Reflect.set(Struct, "fromJavaScript", (value: Fields) => {
        const struct = new Struct();
        const copied = copy(value) as Fields;
        struct.toJavaScript = () => copied;
        // Some of the SDK looks at single fields.
        struct.getFieldsMap = () => original(copied).getFieldsMap();
        return struct;
    });
    return () => Reflect.set(Struct, "fromJavaScript", original);
}

/** What a message would hold: JSON's kinds of value. Throws for any other, as the original does. */
function copy(value: unknown): unknown {
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== "object") throw new Error("Unexpected struct type.");
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]));
}
