import { resolveCaa, resolveNs } from "node:dns/promises";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { letReadersStop, printError } from "../output";
import { parsePreflightArguments, type PreflightArguments, USAGE } from "./arguments";
import { CHECKS } from "./checks";
import { Clients } from "./clients";
import { http } from "./http";
import { load, regionOf } from "./load";
import { policyOf } from "./policy";
import { render } from "./render";
import { exitCode, repair, runChecks } from "./run";

async function main(args: PreflightArguments): Promise<number> {
    if (args.help) return print(USAGE, 0);
    if (args.policy) return print(JSON.stringify(policyOf(CHECKS), null, 4), 0);
    const directory = process.cwd();
    const clients = new Clients(args.profile);
    const { Account: account = "" } = await clients.sts(regionOf(args.stack, directory)).send(new GetCallerIdentityCommand({}));
    const context = { ...(await load(args.stack, directory, account)), clients, dns: { resolveNs, resolveCaa }, http, account };
    const progress = ({ title, status }: { title: string; status: string }) => process.stderr.write(`${title}: ${status}\n`);
    const reports = await runChecks(CHECKS, context, { progress });
    if (args.fix) await repair(reports);
    return print(args.json ? JSON.stringify(reports, null, 4) : render(args.stack, reports), exitCode(reports, args.strict));
}

async function print(text: string, code: number): Promise<number> {
    await new Promise<void>((done) => {
        process.stdout.write(`${text}\n`, () => {
            done();
        });
    });
    return code;
}

function argumentsOrExit(): PreflightArguments {
    try {
        return parsePreflightArguments(process.argv.slice(2));
    } catch (error) {
        printError(error);
        process.exit(2);
    }
}

letReadersStop();
main(argumentsOrExit()).then(
    (code) => process.exit(code),
    (error: unknown) => {
        printError(error);
        process.exit(1);
    },
);
