import { messageOf } from "../../components/internal/unknown";
import type { Registered } from "../../components/testing";

/** Names of the resources that a program registered before it failed, without providers and the stack. */
export const registeredBefore = (attempt: Promise<unknown>): Promise<string[]> =>
    attempt.then(
        () => ["no error"],
        (error: unknown) => {
            const { registered } = error as { registered?: Registered[] };
            if (registered === undefined) return ["unknown"];
            return registered.filter(({ type }) => !type.startsWith("pulumi:")).map(({ name }) => name);
        },
    );

/** The message of an attempt that fails, or empty text. */
export const failureOf = (attempt: Promise<unknown>): Promise<string> => attempt.then(() => "", messageOf);
