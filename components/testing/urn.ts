/** Parts of a URN: `urn:pulumi:STACK::PROJECT::PARENT_TYPES$TYPE::NAME`. Doesn't load the SDK. */

/** Logical name of the resource. */
export const nameOf = (urn: string): string => urn.split("::").pop() ?? urn;

/** Types of the parents and the resource: `ai-platform:components:WorkQueue$aws:sqs/queue:Queue`. */
export const qualifiedTypeOf = (urn: string): string => urn.split("::")[2] ?? "";

/** Type of the resource: `aws:sqs/queue:Queue`. */
export const typeOf = (urn: string): string => qualifiedTypeOf(urn).split("$").pop() ?? "";

/** URN of the provider to which a resource refers by `URN::ID`. */
export const providerUrnOf = (reference: string): string => reference.replace(/::[^:]*$/, "");
