import { inputsOf, perResource, type Rule } from "./rule";

/** Inputs that must be marked as secrets. */
const SECRET_INPUTS =
    /^(password|passwordWo|masterPassword|masterPasswordWo|authToken|authTokenWo|secretString|secretStringWo|privateKey|secretKey|clientSecret)$/;
/** Placeholders that a plan uses for secret values. */
const MARKERS = /generated-secret|replicated-secret/;

export const noPlainSecrets: Rule = perResource("no-plain-secrets", "No input or output contains a secret in plain text.", (resource) => [
    ...leaks(resource.inputs, "input "),
    ...leaks(resource.outputs, "output "),
    ...Object.entries(inputsOf(resource))
        .filter(([key, value]) => SECRET_INPUTS.test(key) && typeof value === "string")
        .map(([key]) => `input ${key} isn't marked as a secret`),
]);

function leaks(value: unknown, path: string): string[] {
    if (typeof value === "string") return MARKERS.test(value) ? [`${path} contains a secret in plain text`] : [];
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, item]) => leaks(item, `${path}${/[ ]$/.test(path) ? "" : "."}${key}`));
}
