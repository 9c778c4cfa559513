import { parseStateArguments, type StateArguments } from "../state-arguments";

export const USAGE = `usage: npm run adopt -- [STACK] [--yes] [--json] [--profile P]

Makes the state of a stack refer to the database instances that now have the names of its instances, after \`npm run failback\` has replaced
them. The provider identifies an instance by its resource ID, and a new instance has a different one. Changes only the state, and only with
--yes. Without it, prints what would change.

  STACK               name of the stack, also as -s or --stack (default: prod)
  -y, --yes           change the state, and refresh these instances
  -j, --json          print the report as JSON
      --profile P     profile of the AWS configuration files
  -h, --help          print this text

Exit codes: 0 the state refers to the instances with these names, 1 it doesn't, 2 the arguments are invalid.`;

/** @throws Error with a message and the usage */
export const parseAdoptArguments = (argv: string[]): StateArguments => parseStateArguments(USAGE, argv);
