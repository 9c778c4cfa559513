import { GetHostedZoneCommand } from "@aws-sdk/client-route-53";
import { all, ask, existing } from "../ask";
import { textOf } from "../planned";
import type { Check, Context, Finding, Resolver } from "../types";

const normal = (name: string) => name.toLowerCase().replace(/\.$/, "");

const delegationOf = (zone: string) => `delegation of ${zone}`;
const caaOf = (zone: string) => `CAA records of ${zone}`;

function delegationFinding(zone: string, expected: string[], actual: string[]): Finding {
    const asked = delegationOf(zone);
    const servers = expected.map(normal);
    if (actual.length > 0 && actual.map(normal).every((name) => servers.includes(name)))
        return { status: "passed", asked, found: "delegated" };
    const action = `Set these NS records at the parent domain: ${servers.join(", ")}.`;
    return { status: "failed", asked, found: actual.length > 0 ? `points to ${actual.join(", ")}` : "no NS records", action };
}

/** Without CAA records, every certificate authority can issue certificates. */
function caaFinding(name: string, issuers: string[]): Finding {
    const asked = caaOf(name);
    if (issuers.length === 0) return { status: "passed", asked, found: "none" };
    const amazon = issuers.some((issuer) => /^(amazon\.com|amazontrust\.com|awstrust\.com|amazonaws\.com)\b/.test(issuer));
    if (amazon) return { status: "passed", asked, found: "allow Amazon" };
    return { status: "failed", asked, found: `allow only ${issuers.join(", ")}`, action: 'Add a CAA record: 0 issue "amazon.com".' };
}

const isMissing = (error: unknown) => ["ENODATA", "ENOTFOUND"].includes((error as NodeJS.ErrnoException).code ?? "");

/** Passes an empty list if there are no such records. After other errors, the records are unknown. */
async function judged<T>(asked: string, lookup: Promise<T[]>, judge: (records: T[]) => Finding): Promise<Finding> {
    try {
        return judge(await lookup);
    } catch (error) {
        if (isMissing(error)) return judge([]);
        const { message } = error as Error;
        const action = "Check the DNS resolver of this computer and the name servers of the domain, then run the preflight again.";
        return { status: "unknown", asked, found: `DNS lookup failed: ${message}`, action };
    }
}

/** The issuers that the closest CAA records allow: those of the domain or, if it has none, of its parents (RFC 8659). */
async function issuersOf(name: string, resolver: Resolver): Promise<string[]> {
    for (let domain = name; domain.includes("."); domain = domain.slice(domain.indexOf(".") + 1)) {
        const records = await resolver.resolveCaa(domain).catch((error: unknown) => {
            if (isMissing(error)) return [];
            throw error;
        });
        const issuers = records.flatMap(({ issue }) => issue ?? []);
        if (issuers.length > 0) return issuers;
    }
    return [];
}

/** Domains of planned certificates. */
function certified({ plan }: Context): string[] {
    const names = plan
        .of("aws:acm/certificate:Certificate")
        .flatMap(({ inputs }) => [inputs.domainName, inputs.subjectAlternativeNames ?? []].flat().flatMap((name) => textOf(name) ?? []));
    return [...new Set(names.map((name) => normal(name.replace(/^\*\./, ""))))];
}

/** ACM issues a certificate only if its validation record is in the zone, and if the CAA records allow it. */
async function certificateFinding(name: string, zone: string, resolver: Resolver): Promise<Finding> {
    if (name !== zone && !name.endsWith(`.${zone}`)) {
        const found = `not in the hosted zone ${zone}`;
        return { status: "failed", asked: `certificate for ${name}`, found, action: "Use a domain of the hosted zone." };
    }
    return judged(caaOf(name), issuersOf(name, resolver), (issuers) => caaFinding(name, issuers));
}

async function zoneFindings(context: Context, id: string): Promise<Finding[]> {
    const { clients, plan, dns: resolver } = context;
    const zone = await existing(clients.route53(plan.region).send(new GetHostedZoneCommand({ Id: id })));
    const asked = `hosted zone ${id}`;
    if (!zone?.HostedZone?.Name) return [{ status: "failed", asked, found: "doesn't exist", action: "Create the hosted zone." }];
    const name = normal(zone.HostedZone.Name);
    if (zone.HostedZone.Config?.PrivateZone) {
        return [{ status: "failed", asked, found: `${name} is a private zone`, action: "Configure the ID of the public zone." }];
    }
    const servers = zone.DelegationSet?.NameServers ?? [];
    return Promise.all([
        judged(delegationOf(name), resolver.resolveNs(name), (actual) => delegationFinding(name, servers, actual)),
        ...certified(context).map((domain) => certificateFinding(domain, name, resolver)),
    ]);
}

/** The preflight assumes no roles: the deployment does, and that its credentials can is part of what the zone's account decides. */
function inOtherAccount(id: string, roleArn: string): Finding {
    const action = `Check the zone and its delegation with this role: aws route53 get-hosted-zone --id ${id}.`;
    return { status: "unknown", asked: `hosted zone ${id}`, found: `in another account, through ${roleArn}`, action };
}

export const dns: Check = {
    id: "dns",
    title: "Hosted zones and certificates",
    actions: ["route53:GetHostedZone"],
    run(context) {
        const ids = new Set(context.plan.of("aws:route53/record:Record").flatMap(({ inputs }) => textOf(inputs.zoneId) ?? []));
        const { dnsRoleArn } = context.plan;
        if (dnsRoleArn !== undefined) return Promise.resolve({ findings: [...ids].map((id) => inOtherAccount(id, dnsRoleArn)) });
        return all([...ids].map((id) => ask(`hosted zone ${id}`, "route53:GetHostedZone", () => zoneFindings(context, id))));
    },
};
