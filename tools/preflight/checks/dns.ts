import { GetHostedZoneCommand } from "@aws-sdk/client-route-53";
import { all, ask, existing } from "../ask";
import { textOf } from "../planned";
import type { Check, Finding } from "../types";

const normal = (name: string) => name.toLowerCase().replace(/\.$/, "");

const delegationOf = (zone: string) => `delegation of ${zone}`;
const caaOf = (zone: string) => `CAA records of ${zone}`;

export function delegationFinding(zone: string, expected: string[], actual: string[]): Finding {
    const asked = delegationOf(zone);
    const servers = expected.map(normal);
    if (actual.length > 0 && actual.map(normal).every((name) => servers.includes(name)))
        return { status: "passed", asked, found: "delegated" };
    const action = `Set these NS records at the parent domain: ${servers.join(", ")}.`;
    return { status: "failed", asked, found: actual.length > 0 ? `points to ${actual.join(", ")}` : "no NS records", action };
}

/** Without CAA records every authority may issue certificates. */
export function caaFinding(zone: string, issuers: string[]): Finding {
    const asked = caaOf(zone);
    if (issuers.length === 0) return { status: "passed", asked, found: "none" };
    const amazon = issuers.some((issuer) => /^(amazon\.com|amazontrust\.com|awstrust\.com|amazonaws\.com)\b/.test(issuer));
    if (amazon) return { status: "passed", asked, found: "allow Amazon" };
    return { status: "failed", asked, found: `allow only ${issuers.join(", ")}`, action: 'Add a CAA record: 0 issue "amazon.com".' };
}

/** Passes an empty list where there are no such records. Other errors say nothing about the records. */
async function judged<T>(asked: string, lookup: Promise<T[]>, judge: (records: T[]) => Finding): Promise<Finding> {
    try {
        return judge(await lookup);
    } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code === "ENODATA" || code === "ENOTFOUND") return judge([]);
        const action = "Check the DNS resolver of this computer and the name servers of the domain, then run the preflight again.";
        return { status: "unknown", asked, found: `DNS lookup failed: ${message}`, action };
    }
}

export const dns: Check = {
    id: "dns",
    title: "Hosted zones",
    actions: ["route53:GetHostedZone"],
    run({ plan, clients, dns: resolver }) {
        const ids = new Set(plan.of("aws:route53/record:Record").flatMap(({ inputs }) => textOf(inputs.zoneId) ?? []));
        return all(
            [...ids].map((id) =>
                ask(`hosted zone ${id}`, "route53:GetHostedZone", async () => {
                    const zone = await existing(clients.route53(plan.region).send(new GetHostedZoneCommand({ Id: id })));
                    const asked = `hosted zone ${id}`;
                    if (!zone?.HostedZone?.Name)
                        return { status: "failed", asked, found: "doesn't exist", action: "Create the hosted zone." };
                    const name = normal(zone.HostedZone.Name);
                    const servers = zone.DelegationSet?.NameServers ?? [];
                    return Promise.all([
                        judged(delegationOf(name), resolver.resolveNs(name), (actual) => delegationFinding(name, servers, actual)),
                        judged(caaOf(name), resolver.resolveCaa(name), (records) => {
                            const issuers = records.flatMap(({ issue }) => issue ?? []);
                            return caaFinding(name, issuers);
                        }),
                    ]);
                }),
            ),
        );
    },
};
