import { inputsOf, perResource, type Rule } from "./rule";

/** Inputs that are secrets by nature: they must be marked, whatever their text is. */
const SECRET_INPUTS =
    /^(password|passwordWo|masterPassword|masterPasswordWo|authToken|authTokenWo|secretString|secretStringWo|privateKey|secretKey|clientSecret)$/;
/** What the plan puts in place of values that only a deployment generates or reads. */
const MARKERS = /generated-secret|replicated-secret/;

export const noPlainSecrets: Rule = perResource(
    "no-plain-secrets",
    "No secret stands in plain text in an input or an output.",
    (resource) => [
        ...leaks(resource.inputs, "input "),
        ...leaks(resource.outputs, "output "),
        ...Object.entries(inputsOf(resource))
            .filter(([key, value]) => SECRET_INPUTS.test(key) && typeof value === "string")
            .map(([key]) => `input ${key} is not marked as a secret`),
    ],
);

function leaks(value: unknown, path: string): string[] {
    if (typeof value === "string") return MARKERS.test(value) ? [`${path} has a secret in plain text`] : [];
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, item]) => leaks(item, `${path}${/[ ]$/.test(path) ? "" : "."}${key}`));
}
