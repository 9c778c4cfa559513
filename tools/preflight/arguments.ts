import { parseArgs } from "node:util";
import { readArguments, stackOf } from "../arguments";

export interface PreflightArguments {
    stack: string;
    json: boolean;
    fix: boolean;
    strict: boolean;
    policy: boolean;
    deployPolicy: boolean;
    boundaryPolicy: boolean;
    profile?: string;
    help: boolean;
}

export const USAGE = `usage: npm run preflight -- [STACK] [--json] [--fix] [--strict] [--profile P]
       npm run preflight -- --policy
       npm run preflight -- [STACK] --deploy-policy
       npm run preflight -- [STACK] --boundary-policy

Uses your AWS credentials to check whether an \`up\` of the stack would fail. Changes nothing without --fix.

  STACK               name of the stack, also as -s or --stack (default: prod)
  -j, --json          print the reports as JSON
  --fix               create missing service-linked roles
  --strict            fail if a check has the status unknown
  --profile           profile of the AWS configuration files
  --policy            print the IAM policy for the checks
  --deploy-policy     print the IAM policies for deploying the stack, as a list; attach all of them
  --boundary-policy   print an IAM policy for permissionsBoundaryArn, with all actions of the stack's roles

Exit codes: 0 no problem was found, 1 an \`up\` would fail, 2 the arguments are invalid.`;

/** @throws Error with a message and the usage */
export const parsePreflightArguments = (argv: string[]): PreflightArguments => readArguments(USAGE, () => parsed(argv));

function parsed(argv: string[]): PreflightArguments {
    const flag = { type: "boolean", default: false } as const;
    const { values, positionals } = parseArgs({
        args: argv,
        allowPositionals: true,
        options: {
            json: { ...flag, short: "j" },
            fix: flag,
            strict: flag,
            policy: flag,
            "deploy-policy": flag,
            "boundary-policy": flag,
            help: { ...flag, short: "h" },
            profile: { type: "string" },
            stack: { type: "string", short: "s" },
        },
    });
    const { json, fix, strict, policy, help, profile } = values;
    const stack = stackOf(positionals, values.stack);
    const { "deploy-policy": deployPolicy, "boundary-policy": boundaryPolicy } = values;
    return { stack, json, fix, strict, policy, deployPolicy, boundaryPolicy, help, profile };
}
