import type { Command } from "../command";
import { Clients } from "../preflight/clients";
import { parseResumeArguments, USAGE } from "./arguments";
import { identify, type Identified } from "./identify";
import { orphansOf } from "./orphans";
import { accountIn } from "./account";
import { exportOf, pulumi, type Pulumi, refreshOf, replaceState } from "./pulumi";
import { render } from "./render";
import { parseState, repairedState } from "./state";

export interface Report {
    stack: string;
    /** The state has been repaired. */
    repaired: boolean;
    pending: Identified[];
    /** ARNs. */
    orphans: string[];
    /** Regions whose resources couldn't be listed, with the reason. */
    unanswered: string[];
}

interface Services {
    clients: (profile?: string) => Clients;
    pulumi: Pulumi;
}

const services: Services = { clients: (profile) => new Clients(profile), pulumi };

/** `npm run resume`: repairs the state of a stack after its update was killed. */
export const resumeCommand = (overrides: Partial<Services> = {}): Command => ({
    usageCode: 2,
    async run(argv, { notify }) {
        const { stack, yes, json, profile, help } = parseResumeArguments(argv);
        if (help) return { text: USAGE, code: 0 };
        const { clients: clientsOf, pulumi: run } = { ...services, ...overrides };
        const clients = clientsOf(profile);
        notify(`Reading the state of ${stack} ...`);
        const text = await run(exportOf(stack));
        let state = parseState(text);
        const account = await accountIn(state.resources, clients, stack, profile);
        const lookup = { clients, account };
        notify(`Looking up ${state.pending.length} pending creations ...`);
        const pending = await identify(state.pending, state.resources, lookup);
        const repaired = yes && pending.length > 0 && canRepair(pending);
        if (repaired) {
            const ids = idsOf(pending);
            await replaceState(run, stack, text, repairedState(text, ids));
            if (ids.size > 0) notify(await run(refreshOf(stack, [...ids.keys()])));
            state = parseState(await run(exportOf(stack)));
        }
        const leftovers = await orphansOf(state.resources, [...idsOf(pending).values()], lookup);
        const report: Report = { stack, repaired, pending, ...leftovers };
        const isIncomplete = state.pending.length > 0 || report.unanswered.length > 0;
        return { text: json ? JSON.stringify(report, null, 4) : render(report), code: isIncomplete ? 1 : 0 };
    },
});

/** If a name has no answer, an existing resource could be dropped from the state. */
const canRepair = (pending: Identified[]) => pending.every(({ status }) => status !== "unknown");

const idsOf = (pending: Identified[]): Map<string, string> =>
    new Map(pending.flatMap(({ urn, id }) => (id === undefined ? [] : [[urn, id] as const])));
