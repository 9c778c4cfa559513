import { parseStateArguments, type StateArguments } from "../state-arguments";

export const USAGE = `usage: npm run resume -- [STACK] [--yes] [--json] [--profile P]

Repairs the state of a stack after an update was killed. Finds resources that were being created, uses your AWS credentials to check
whether they exist, and lists resources with the stack's tags that aren't in the state. Changes nothing without --yes.

  STACK               name of the stack, also as -s or --stack (default: prod)
  -y, --yes           import the resources that exist into the state, and drop the other pending creations from it
  -j, --json          print the report as JSON
      --profile P     profile of the AWS configuration files
  -h, --help          print this text

Exit codes: 0 nothing is left to repair, 1 pending creations are left, 2 the arguments are invalid.`;

/** @throws Error with a message and the usage */
export const parseResumeArguments = (argv: string[]): StateArguments => parseStateArguments(USAGE, argv);
