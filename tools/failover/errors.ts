import { messageOf } from "../../components/internal/unknown";
import { ExitError } from "../command";

/** The first line of a message. The SDK adds advice for developers to some messages. */
export const lineOf = (error: unknown): string => messageOf(error).split("\n")[0] ?? "";

/** The run can't start, and nothing was changed. */
export class Refused extends ExitError {
    constructor(message: string) {
        super(message, 3);
    }
}

/** Ctrl-C, or the container that the tool runs in is stopped. */
export class Interrupted extends ExitError {
    constructor(message = "interrupted. The journal is kept: run the same command again to continue") {
        super(message, 130);
    }
}

const TRANSIENT =
    /DB(Instance|Cluster)(AlreadyExists|NotFound)|Throttl|TooManyRequests|LimitExceeded|RequestLimit|ResourceInUse|ConcurrentUpdate|ConflictException|ResourceConflict|InvalidDB(Instance|Cluster)State|ServiceUnavailable|InternalFailure|ServerException/;

/** Whether the same request can succeed soon. */
export const isTransient = (error: unknown): boolean =>
    error instanceof Error && !(error instanceof ExitError) && TRANSIENT.test(error.name);
