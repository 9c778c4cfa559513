import { createHash, createHmac, pbkdf2Sync, randomBytes, randomInt } from "node:crypto";

const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Letters and digits need no escaping in a connection string. 48 of them have 285 bits. */
const LENGTH = 48;

export const newPassword = (): string => Array.from({ length: LENGTH }, () => CHARACTERS[randomInt(CHARACTERS.length)]).join("");

/** PostgreSQL's own number of iterations. The password is random, so more of them add nothing. */
const ITERATIONS = 4096;

/**
 * What PostgreSQL stores for a password (RFC 5803). It accepts this value in place of the password, so that statements, and therefore the log of the
 * database, don't contain the password. Passwords of letters and digits need no SASLprep.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16), iterations = ITERATIONS): string {
    const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
    const hmac = (text: string): Buffer => createHmac("sha256", salted).update(text).digest();
    const storedKey = createHash("sha256").update(hmac("Client Key")).digest("base64");
    return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${hmac("Server Key").toString("base64")}`;
}
