import { resolveCaa, resolveNs } from "node:dns/promises";
import type { Command } from "../command";
import { callerAccount } from "./account";
import { parsePreflightArguments, USAGE } from "./arguments";
import { boundaryPolicy } from "./boundary";
import { CHECKS } from "./checks";
import { Clients } from "./clients";
import { deployPolicies } from "./deploy/policy";
import { http } from "./http";
import { load, planOffline, regionOf } from "./load";
import { policyOf } from "./policy";
import { render } from "./render";
import { exitCode, repair, runChecks } from "./run";
import { stackFilesReport } from "./stack-files";
import type { Context } from "./types";

/** The services that the checks use, with the credentials of a profile. */
export type ServicesOf = (profile?: string) => Pick<Context, "clients" | "dns" | "http">;

const services: ServicesOf = (profile) => ({ clients: new Clients(profile), dns: { resolveNs, resolveCaa }, http });

/** `npm run preflight`: checks in AWS whether an `up` of a stack would fail. */
export const preflightCommand = (servicesOf = services): Command => ({
    usageCode: 2,
    async run(argv, { directory, notify }) {
        const {
            stack,
            profile,
            help,
            policy,
            deployPolicy,
            boundaryPolicy: boundaryOnly,
            fix,
            json,
            strict,
        } = parsePreflightArguments(argv);
        if (help) return { text: USAGE, code: 0 };
        if (policy) return { text: JSON.stringify(policyOf(CHECKS), null, 4), code: 0 };
        if (deployPolicy) return { text: JSON.stringify(deployPolicies(await planOffline(stack, directory)), null, 4), code: 0 };
        if (boundaryOnly) return { text: JSON.stringify(boundaryPolicy(await planOffline(stack, directory)), null, 4), code: 0 };
        const asked = servicesOf(profile);
        const progress = ({ title, status }: { title: string; status: string }) => {
            notify(`${title}: ${status}`);
        };
        const region = regionOf(stack, directory);
        const stackFiles = stackFilesReport(stack, directory);
        progress(stackFiles);
        const account = await callerAccount(asked.clients, region, profile);
        const context = { ...(await load(stack, directory, account)), ...asked, account };
        const reports = [stackFiles, ...(await runChecks(CHECKS, context, { progress }))];
        if (fix) await repair(reports);
        return { text: json ? JSON.stringify(reports, null, 4) : render(stack, reports), code: exitCode(reports, strict) };
    },
});
