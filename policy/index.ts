/** The platform's rules as a policy pack: `pulumi preview --policy-pack policy`. */
import { PolicyPack, type PolicyResource } from "@pulumi/policy";
import type { DeployedResource, Properties } from "../components/testing";
import { rules } from "./rules";

new PolicyPack("ai-platform", {
    policies: rules.map((rule) => ({
        name: rule.name,
        description: rule.description,
        enforcementLevel: "mandatory",
        validateStack: async ({ resources }, report) => {
            const byUrn = new Map(resources.map((it) => [it.urn, it]));
            for (const { urn, message } of await rule.check(resources.map(deployed))) {
                report(`${urn.split("::").pop() ?? urn} ${message}`, byUrn.get(urn)?.urn);
            }
        },
    })),
});

/** A policy's view of a resource in the words of a deployment. In a preview, what is not known yet is not there. */
function deployed(resource: PolicyResource): DeployedResource {
    const { urn, type, props, opts, parent, provider } = resource;
    return {
        urn,
        type,
        custom: type.startsWith("aws:") || type.startsWith("random:"),
        id: "",
        inputs: known(props),
        parent: parent?.urn ?? opts.parent,
        provider: provider?.urn,
    };
}

function known(props: Record<string, unknown>): Properties {
    const properties: Properties = {};
    for (const key of Object.keys(props)) {
        try {
            properties[key] = props[key] as Properties[string];
        } catch {
            // An unknown value throws when it is read.
        }
    }
    return properties;
}
