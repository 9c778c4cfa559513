import { isObject } from "../../components/internal/unknown";
import { namesOf, PRIMARY_DEFAULTS, PROJECT } from "../../stacks/names";
import { readStackFile } from "../plan/stack-file";

export interface Location {
    table: string;
    region: string;
}

/**
 * The table of a dr stack, from its file.
 *
 * @throws Error if the file doesn't exist, or isn't that of a dr stack
 */
export function locationOf(stack: string, directory: string): Location {
    const { config } = readStackFile({ stack, directory, project: PROJECT, overrides: [] });
    const file = `Pulumi.${stack}.yaml`;
    const { "aws:region": region, [`${PROJECT}:role`]: role, [`${PROJECT}:namePrefix`]: prefix = PROJECT } = config;
    if (role !== "dr") throw new Error(`${file}: ${PROJECT}:role is ${role ?? "not set"}, but must be dr: pass the name of the dr stack`);
    if (region === undefined) throw new Error(`${file}: aws:region isn't set: pass --table and --region`);
    const primary: unknown = JSON.parse(config[`${PROJECT}:primary`] ?? "{}");
    const { environment } = { ...PRIMARY_DEFAULTS, ...(isObject(primary) ? primary : {}) };
    if (typeof environment !== "string") throw new Error(`${file}: ${PROJECT}:primary.environment must be text`);
    // The name doesn't depend on the account.
    return { table: namesOf({ namePrefix: prefix, environment }, "").recoveryTable, region };
}
