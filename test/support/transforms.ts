import { record } from "../../components/testing";

/**
 * Names of the custom resources that a program registers and that no `transform` function sees: none, for a component that creates all of
 * its resources with a `PartFactory`.
 *
 * @param create creates the component with the given `transform`, and may call its methods
 */
export async function untransformable(create: (transform: never) => unknown): Promise<string[]> {
    const seen = new Set<string>();
    // A function that notes the name of a resource, and has itself as every property: as the transform of a part, of a child component and
    // of a role.
    const everything: unknown = new Proxy(
        (_args: unknown, _opts: unknown, name?: string) => {
            if (name !== undefined) seen.add(name);
            return { transform: everything };
        },
        // The SDK and JSON look for properties of their own.
        { get: (_, key) => (typeof key === "symbol" || /^(__|then$|toJSON$)/.test(key) ? undefined : everything) },
    );
    const { registered } = await record(() => create(everything as never));
    return registered
        .filter(({ custom, expanded, type, name }) => custom && !expanded && !type.startsWith("pulumi:") && !seen.has(name))
        .map(({ type, name }) => `${type} ${name}`);
}
