/** Encrypted values of the stack file. */
import * as pulumi from "@pulumi/pulumi";
import { PROJECT } from "../names";

/** Sections whose values end in task definitions, where everyone who can describe them can read them. */
const PLAIN_SECTIONS = ["services", "jobs", "migrations"];

/** Whether a value comes from a secret in the stack file. Pulumi marks whole sections, such as `ai-platform:database` if any of its keys is secret. */
export function isSecret(key: string): boolean {
    // The SDK's type declarations omit this function.
    const runtime = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
    return runtime.isConfigSecret(key.split(".")[0] ?? key);
}

/**
 * Sections with encrypted values that the program would store in plain text. The values themselves are no longer secret when the program reads them.
 *
 * @param isEncrypted whether a full key contains an encrypted value
 */
export const encryptedProblems = (isEncrypted: (key: string) => boolean): string[] =>
    PLAIN_SECTIONS.map((section) => `${PROJECT}:${section}`)
        .filter(isEncrypted)
        .map(
            (key) =>
                `${key}: must not contain encrypted values, because containers get them in plain text. Use a secret of AWS Secrets Manager (docs/secrets.md)`,
        );
