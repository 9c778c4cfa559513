/** Adapters that let the schema call the argument checks of the components, so that all problems are reported at once, by configuration key. */
import type * as z from "zod";
import { type Check, problemsOf } from "../../components/building-blocks/arguments";

type Context = Pick<z.core.$RefinementCtx, "addIssue" | "issues">;

/** Applies a check to a single value, if the value is valid so far. */
export const valid =
    <T>(rule: (check: Check, value: T) => void) =>
    (value: T, context: Context): void => {
        if (context.issues.length > 0) return;
        for (const [, allowed] of problemsOf((check) => {
            rule(check, value);
        }))
            context.addIssue({ code: "custom", message: `${JSON.stringify(value)} ${allowed}` });
    };

/** Applies a check to the keys of a section. A key that already has a problem isn't reported again. */
export const consistent =
    <T>(rule: (check: Check, section: T) => void) =>
    (section: T, context: Context): void => {
        const invalid = new Set(context.issues.map(({ path }) => path?.join(".")));
        for (const [key, message] of problemsOf((check) => {
            rule(check, section);
        }))
            if (!invalid.has(key)) context.addIssue({ code: "custom", path: key.split("."), message });
    };
