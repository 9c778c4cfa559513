import { jsonSchemaOf, PROJECT, schemaAt } from "../../stacks/explain";

/** Texts of the kinds that a key may ask for; none of them leads anywhere. */
const TEXTS = ["[secret]", "https://secret.invalid", "secret@secret.invalid", "secret.invalid", "secret"];

/**
 * What stands for an encrypted value, which no plan can read: a text that the key's schema takes, so that a secret such as a pager's
 * address is not refused for what the plan itself has put there.
 *
 * @param path the full key, then keys and positions below it
 */
export function standIn([key = "", ...rest]: (string | number)[]): string {
    const prefix = `${PROJECT}:`;
    if (typeof key === "number" || !key.startsWith(prefix)) return "[secret]";
    const path = [key.slice(prefix.length), ...rest];
    const schemas = (["primary", "dr"] as const).map((role) => schemaAt(jsonSchemaOf(role), path));
    const pattern = schemas.find((schema) => schema?.pattern !== undefined)?.pattern;
    return TEXTS.find((text) => pattern === undefined || new RegExp(pattern).test(text)) ?? "[secret]";
}
