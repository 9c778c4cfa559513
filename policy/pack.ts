/** The platform's rules as a policy pack: `pulumi preview --policy-pack policy`. */
import { PolicyPack, type PolicyResource, UnknownValueError } from "@pulumi/policy";
import type { DeployedResource, Properties } from "../components/testing";
import { nameOf } from "../components/testing/urn";
import { rules } from "./rules";
import { UNKNOWN } from "./rules/rule";

/** Rules that a policy pack can't check, because it sees secrets as plain text. Unit tests check them. */
const INVISIBLE = ["no-plain-secrets"];
/** Properties that AWS computes. The policy engine passes them along with the inputs. */
const COMPUTED: Record<string, string[]> = { "aws:ec2/securityGroup:SecurityGroup": ["ingress", "egress"] };

new PolicyPack("ai-platform", {
    policies: rules
        .filter(({ name }) => !INVISIBLE.includes(name))
        .map((rule) => ({
            name: rule.name,
            description: rule.description,
            enforcementLevel: "mandatory",
            validateStack: async ({ resources }, report) => {
                const byUrn = new Map(resources.map((it) => [it.urn, it]));
                for (const { urn, message } of await rule.check(resources.map(deployed))) {
                    report(`${nameOf(urn)} ${message}`, byUrn.get(urn)?.urn);
                }
            },
        })),
});

/** Converts a policy's resource to a resource of a deployment. Values that a preview doesn't know yet become `UNKNOWN`. */
function deployed(resource: PolicyResource): DeployedResource {
    const { urn, type, props, opts, parent, provider } = resource;
    return {
        urn,
        type,
        custom: type.startsWith("aws:") || type.startsWith("random:"),
        id: "",
        inputs: without(known(props), COMPUTED[type] ?? []),
        parent: parent?.urn ?? opts.parent,
        provider: provider?.urn,
    };
}

function known(props: Record<string, unknown>): Properties {
    return Object.fromEntries(Object.keys(props).map((key) => [key, knownValue(() => props[key])])) as Properties;
}

/** Copies a value. Reading a value that isn't known yet throws an error. */
function knownValue(read: () => unknown): unknown {
    try {
        const value = read();
        if (Array.isArray(value)) return value.map((_, i) => knownValue(() => (value as unknown[])[i]));
        return typeof value === "object" && value !== null ? known(value as Record<string, unknown>) : value;
    } catch (error) {
        if (error instanceof UnknownValueError) return UNKNOWN;
        throw error;
    }
}

const without = (properties: Properties, keys: string[]): Properties =>
    Object.fromEntries(Object.entries(properties).filter(([key]) => !keys.includes(key)));
