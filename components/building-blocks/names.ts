import { createHash } from "node:crypto";

/** Eight hexadecimal digits that identify a text without showing it, for names of resources that belong to a secret value. */
export const shortHash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);

/**
 * A text, such as an email address, as part of a logical name: letters, digits, and hyphens. Texts that differ only in other characters have
 * different names because of the hash at the end: `ops@example.com` is `ops-example-com-af3c8254`.
 */
export const nameFor = (text: string): string => [...wordsOf(text), shortHash(text)].join("-");

/**
 * Like `nameFor`, without the hash if words and slashes are all that the text contains: `documents/2026` is `documents-2026`, as is
 * `documents/2026/`.
 */
export const nameForPath = (text: string): string =>
    /^[A-Za-z0-9]+(\/[A-Za-z0-9]+)*\/?$/.test(text) ? wordsOf(text).join("-") : nameFor(text);

const wordsOf = (text: string): string[] => text.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
