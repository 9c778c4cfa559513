import { DescribeDBInstancesCommand } from "@aws-sdk/client-rds";
import type { StateResource } from "../changes/export";
import { parseExport } from "../changes/export";
import type { Command } from "../command";
import { Clients } from "../preflight/clients";
import { accountIn } from "../resume/account";
import { exportOf, pulumi, type Pulumi, refreshOf, replaceState } from "../resume/pulumi";
import { parseAdoptArguments, USAGE } from "./arguments";

const INSTANCE = "aws:rds/instance:Instance";

/** An instance in the state, and the instance that has its name now. */
export interface Instance {
    urn: string;
    identifier: string;
    /** Resource ID in the state. */
    known: string;
    /** Resource ID of the instance with this name. Undefined if there is none. */
    found?: string;
}

export interface Report {
    stack: string;
    /** Whether the state was changed. */
    adopted: boolean;
    instances: Instance[];
}

interface Services {
    clients: (profile?: string) => Clients;
    pulumi: Pulumi;
}

const services: Services = { clients: (profile) => new Clients(profile), pulumi };

/** `npm run adopt`: makes the state refer to the instances that replaced those of the stack. */
export const adoptCommand = (overrides: Partial<Services> = {}): Command => ({
    usageCode: 2,
    async run(argv, { notify }) {
        const { stack, yes, json, profile, help } = parseAdoptArguments(argv);
        if (help) return { text: USAGE, code: 0 };
        const { clients: clientsOf, pulumi: run } = { ...services, ...overrides };
        const clients = clientsOf(profile);
        notify(`Reading the state of ${stack} ...`);
        const text = await run(exportOf(stack));
        const resources = parseExport(text);
        await accountIn(resources, clients, stack, profile);
        const found = resources.filter(({ type }) => type === INSTANCE).map((resource) => lookUp(clients, resource));
        const instances = await Promise.all(found);
        const replaced = instances.filter(isReplaced);
        const adopted = yes && replaced.length > 0;
        if (adopted) await replaceState(run, stack, text, adoptedState(text, replaced));
        const existing = instances.filter(({ found: id }) => id !== undefined).map(({ urn }) => urn);
        // Also if the state is right: a previous attempt may have ended before the refresh.
        if (yes && existing.length > 0) notify(await run(refreshOf(stack, existing)));
        const report: Report = { stack, adopted, instances };
        const isComplete = instances.every(({ found: id }) => id !== undefined) && (adopted || replaced.length === 0);
        return { text: json ? JSON.stringify(report, null, 4) : render(report), code: isComplete ? 0 : 1 };
    },
});

const isReplaced = ({ known, found }: Instance): boolean => found !== undefined && found !== known;

async function lookUp(clients: Clients, { urn, id = "", outputs = {} }: StateResource): Promise<Instance> {
    const { identifier, arn } = outputs;
    const [, , , region] = typeof arn === "string" ? arn.split(":") : [];
    if (typeof identifier !== "string" || region === undefined)
        throw new Error(`${urn} has no identifier or ARN in the state: run \`pulumi refresh\` first`);
    try {
        const { DBInstances = [] } = await clients.rds(region).send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }));
        return { urn, identifier, known: id, found: DBInstances[0]?.DbiResourceId };
    } catch (error) {
        if (error instanceof Error && error.name.startsWith("DBInstanceNotFound")) return { urn, identifier, known: id };
        throw error;
    }
}

interface Export {
    deployment: { resources: { urn: string; id?: string; outputs?: Record<string, unknown> }[] };
}

/** The state with the new resource IDs. A refresh reads everything else. */
function adoptedState(text: string, replaced: Instance[]): string {
    const content = JSON.parse(text) as Export;
    const ids = new Map(replaced.map(({ urn, found }) => [urn, found]));
    const resources = content.deployment.resources.map((resource) => {
        const id = ids.get(resource.urn);
        return id === undefined ? resource : { ...resource, id, outputs: { ...resource.outputs, id, resourceId: id } };
    });
    return JSON.stringify({ ...content, deployment: { ...content.deployment, resources } });
}

function render({ stack, adopted, instances }: Report): string {
    if (instances.length === 0) return `${stack} has no database instances.`;
    const lines = instances.map((it) => {
        const { identifier, known, found } = it;
        if (found === undefined) return `  ${identifier}  doesn't exist`;
        return `  ${identifier}  ${isReplaced(it) ? `${adopted ? "is now" : "would be"} ${found} instead of ${known}` : "is in the state"}`;
    });
    const isOpen = !adopted && instances.some(isReplaced);
    return [...lines, ...(isOpen ? ["", `Run \`npm run adopt -- ${stack} --yes\` to change the state.`] : [])].join("\n");
}
