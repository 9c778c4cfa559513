import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { factsOf } from "./errors";

/** A call to another service. */
export interface TracedCall {
    /** Name of the service, and of its node in the trace map. */
    service: string;
    operation: string;
    /** ID of the document. */
    id: string;
}

/** Calls `work` and records its duration and errors in the trace of the invocation. */
export type Trace = <T>(call: TracedCall, work: () => Promise<T>) => Promise<T>;

/** Services that aren't part of the AWS SDK. */
const REMOTE = ["DocumentDB"];

/**
 * Sends a subsegment for each call to the X-Ray daemon of the Lambda environment, if the invocation is sampled. Subsegments contain the name
 * and status of an error, but no messages. Sending never fails a call.
 *
 * Format: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 *
 * @param environment environment variables. Lambda changes `_X_AMZN_TRACE_ID` with each invocation.
 */
export function xrayTrace(environment: Record<string, string | undefined>): Trace {
    const send = datagramsTo(environment.AWS_XRAY_DAEMON_ADDRESS);
    return async (call, work) => {
        const parent = parseHeader(environment._X_AMZN_TRACE_ID);
        if (!parent || !send) return work();
        const start = Date.now();
        const finish = (failure: Record<string, unknown>) => {
            const times = { start_time: start / 1000, end_time: Date.now() / 1000 };
            send(JSON.stringify({ ...parent, ...subsegment(call), ...times, ...failure }));
        };
        try {
            const result = await work();
            finish({});
            return result;
        } catch (error) {
            finish(failureOf(error));
            throw error;
        }
    };
}

const subsegment = ({ service, operation, id }: TracedCall) => ({
    type: "subsegment",
    id: randomBytes(8).toString("hex"),
    name: service,
    namespace: REMOTE.includes(service) ? "remote" : "aws",
    annotations: { document: id, operation },
});

function failureOf(error: unknown): Record<string, unknown> {
    const { name, status = 0 } = factsOf(error);
    const isClientError = status >= 400 && status < 500;
    return {
        [isClientError ? "error" : "fault"]: true,
        ...(status === 429 ? { throttle: true } : {}),
        ...(status > 0 ? { http: { response: { status } } } : {}),
        cause: { exceptions: [{ id: randomBytes(8).toString("hex"), type: name }] },
    };
}

/** Trace and parent of `Root=...;Parent=...;Sampled=1`. Undefined if the invocation isn't sampled. */
function parseHeader(header = ""): { trace_id: string; parent_id: string } | undefined {
    const fields = new Map(header.split(";").map((field) => field.split("=", 2) as [string, string | undefined]));
    const [trace_id, parent_id] = [fields.get("Root"), fields.get("Parent")];
    return trace_id && parent_id && fields.get("Sampled") === "1" ? { trace_id, parent_id } : undefined;
}

function datagramsTo(address: string | undefined): ((document: string) => void) | undefined {
    const [, host, port] = /^(?:udp:)?([^:\s]+):(\d+)$/.exec(address?.split(" ").at(-1) ?? "") ?? [];
    if (host === undefined) return undefined;
    const socket = createSocket("udp4").on("error", () => undefined);
    socket.unref();
    return (document) => {
        socket.send(`{"format":"json","version":1}\n${document}`, Number(port), host, () => undefined);
    };
}
