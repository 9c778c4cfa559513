import { parseArgs } from "node:util";
import { readArguments } from "../arguments";
import type { Direction } from "./journal";

export interface FailoverArguments {
    stack: string;
    /** Table and region from the command line. Undefined if they come from the stack file. */
    place?: { table: string; region: string };
    direction: Direction;
    planned: boolean;
    unplanned: boolean;
    drill: boolean;
    dryRun: boolean;
    resume: boolean;
    status: boolean;
    cleanup: boolean;
    abandon: boolean;
    yes: boolean;
    json: boolean;
    profile?: string;
    help: boolean;
}

export const USAGE = `usage: npm run failover -- [STACK] [--planned] [--drill] [--dry-run] [--resume] [--yes] [--json] [--profile P]
       npm run failback -- [STACK] [--drill] [--dry-run] [--resume] [--yes] [--json] [--profile P]
       npm run failover -- [STACK] --status [--json]
       npm run failback -- [STACK] --cleanup [--dry-run] [--yes] [--json]
       npm run failback -- [STACK] --abandon [--yes] [--json]
       node failover.cjs [--back] --table NAME --region REGION [the same options]

failover makes the recovery region active and the primary region passive. It uses only APIs of the recovery region, and those of the primary
region if it responds. failback makes the primary region active again without losing transactions or objects: it creates replicas of the
databases, and copies the objects that S3 hasn't replicated. If a command is interrupted, run it again: it continues with the step that wasn't
complete.

  STACK               name of the dr stack, also as -s or --stack (default: dr). Its file contains the region and the name of the table
      --planned       lose no transactions or objects: stop the primary region, which must respond, and wait for the replica
      --unplanned     continue a planned failover although the primary region stopped responding
      --back          fail back, like npm run failback
      --drill         mark the run as a drill in the journal and in the metrics
      --dry-run       make all checks and print the actions, but change nothing
      --resume        continue a run, even if it was killed less than a minute ago; fail if there is none
      --cleanup       delete the database instances that a failback replaced, each with a final snapshot
      --abandon       end a failback that can't continue, so that a failover can start
      --status        print which region is active, and the current or last run
  -y, --yes           don't ask for confirmation
  -j, --json          print the result as JSON
      --profile P     profile of the AWS configuration files
      --table NAME    name of the table, without a stack file. Requires --region
      --region REGION recovery region, without a stack file. Requires --table
  -h, --help          print this text

Exit codes: 0 the region is active, 1 a step failed, 2 the arguments are invalid, 3 the command was refused (a check failed, you didn't confirm,
or another run holds the lock), 130 the command was interrupted. After 1 and 130, run the same command again to continue.`;

/** @throws Error with a message and the usage */
export const parseFailoverArguments = (argv: string[]): FailoverArguments => readArguments(USAGE, () => parsed(argv));

function parsed(argv: string[]): FailoverArguments {
    const flag = { type: "boolean", default: false } as const;
    const text = { type: "string" } as const;
    const { values, positionals } = parseArgs({
        args: argv,
        allowPositionals: true,
        options: {
            ...{
                back: flag,
                planned: flag,
                unplanned: flag,
                drill: flag,
                "dry-run": flag,
                resume: flag,
                status: flag,
                cleanup: flag,
                abandon: flag,
            },
            yes: { ...flag, short: "y" },
            json: { ...flag, short: "j" },
            help: { ...flag, short: "h" },
            ...{ profile: text, table: text, region: text },
            stack: { ...text, short: "s" },
        },
    });
    const { back, "dry-run": dryRun, table, region, stack, ...rest } = values;
    const { planned, unplanned, drill, resume, status, cleanup, abandon } = rest;
    const stacks = [...new Set([...positionals, ...(stack === undefined ? [] : [stack])])];
    if (stacks.length > 1) throw new Error(`only one stack is allowed: ${stacks.join(", ")}`);
    if ((table === undefined) !== (region === undefined)) throw new Error("--table and --region must be set together");
    if (table !== undefined && stacks.length > 0) throw new Error(`${stacks.join()}: --table and --region replace the stack`);
    if (planned && unplanned) throw new Error("--planned and --unplanned can't be used together");
    // Without the recovery region, neither the table nor the data is available.
    if (back && unplanned) throw new Error("--unplanned is for a failover: a failback needs both regions");
    if (cleanup && (planned || unplanned || drill || resume || status))
        throw new Error("--cleanup accepts only --dry-run, --yes, and --json");
    if (status && (planned || unplanned || drill || dryRun || resume)) throw new Error("--status changes nothing: omit the other options");
    if (abandon && (planned || unplanned || drill || resume || status || cleanup || dryRun || !back))
        throw new Error("--abandon is for a failback, and accepts only --yes and --json");
    const direction = back ? "failback" : "failover";
    const place = table !== undefined && region !== undefined ? { table, region } : undefined;
    return { ...rest, stack: stacks[0] ?? "dr", place, direction, planned: planned || back, dryRun };
}
