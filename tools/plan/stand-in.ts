import { jsonSchemaOf, schemaAt } from "../../stacks/config/explain";
import { PROJECT } from "../../stacks/names";

/** Placeholders in the formats that keys can require. */
const TEXTS = ["[secret]", "https://secret.invalid", "secret@secret.invalid", "secret.invalid", "secret"];

/**
 * A placeholder for an encrypted value, which a plan can't decrypt. It matches the pattern of the key's schema, so that validation
 * accepts it.
 *
 * @param path the full key, then keys and indexes below it
 */
export function standIn([key = "", ...rest]: (string | number)[]): string {
    const prefix = `${PROJECT}:`;
    if (typeof key === "number" || !key.startsWith(prefix)) return "[secret]";
    const path = [key.slice(prefix.length), ...rest];
    const schemas = (["primary", "dr"] as const).map((role) => schemaAt(jsonSchemaOf(role), path));
    const pattern = schemas.find((schema) => schema?.pattern !== undefined)?.pattern;
    return TEXTS.find((text) => pattern === undefined || new RegExp(pattern).test(text)) ?? "[secret]";
}
