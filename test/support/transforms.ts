import { record } from "../../components/testing";

/**
 * Names of the custom resources that a program registers without passing them to a `transform` function. Empty for a component that creates all
 * of its resources with a `PartFactory`.
 *
 * @param create creates the component with the given `transform`, and can call its methods
 */
export async function untransformable(create: (transform: never) => unknown): Promise<string[]> {
    const seen = new Set<string>();
    // A function that records the name of a resource. Each of its properties is the function itself, so that it's the transform of every part,
    // child component, and role.
    const everything: unknown = new Proxy(
        (_args: unknown, _opts: unknown, name?: string) => {
            if (name !== undefined) seen.add(name);
            return { transform: everything };
        },
        // The SDK and JSON read special properties.
        { get: (_, key) => (typeof key === "symbol" || /^(__|then$|toJSON$)/.test(key) ? undefined : everything) },
    );
    const { registered } = await record(() => create(everything as never));
    return registered
        .filter(({ custom, expanded, type, name }) => custom && !expanded && !type.startsWith("pulumi:") && !seen.has(name))
        .map(({ type, name }) => `${type} ${name}`);
}
