import { readFileSync } from "node:fs";
import { isObject, messageOf } from "../../components/internal/unknown";

/** One instance of a managed resource in a Terraform state. */
export interface StateResource {
    /** `module.database.aws_db_instance.main`, with the key of `count` or `for_each`. */
    address: string;
    type: string;
    name: string;
    attributes: Record<string, unknown>;
    /** Replaced but not deleted yet. Has the address of its replacement. */
    deposed: boolean;
}

const EXPECTED = "expected the output of `terraform state pull`: a state in JSON, version 4";

/** @throws Error with the file and the expected format */
export function readState(file: string): StateResource[] {
    let text: string;
    try {
        text = readFileSync(file, "utf8");
    } catch {
        throw new Error(`${file}: no such file; ${EXPECTED}`);
    }
    try {
        return parseState(text);
    } catch (error) {
        throw new Error(`${file}: ${messageOf(error)}`);
    }
}

/** @throws Error that describes the problem */
export function parseState(text: string): StateResource[] {
    let state: unknown;
    try {
        state = JSON.parse(text);
    } catch {
        throw new Error(`not JSON; ${EXPECTED}`);
    }
    if (!isObject(state) || state.version !== 4) {
        const found = isObject(state) && state.version !== undefined ? `version ${JSON.stringify(state.version)}` : "no version";
        throw new Error(`has ${found}; ${EXPECTED}`);
    }
    if (!Array.isArray(state.resources)) throw new Error(`has no list of resources; ${EXPECTED}`);
    return state.resources.flatMap((it: unknown, i) => {
        if (
            !isObject(it) ||
            typeof it.type !== "string" ||
            typeof it.name !== "string" ||
            !Array.isArray(it.instances) ||
            !it.instances.every(isObject)
        ) {
            throw new Error(`resources[${i}] has no type, name, and instances; ${EXPECTED}`);
        }
        return it.mode === "managed" ? instancesOf(it as unknown as RawResource) : [];
    });
}

interface RawResource {
    module?: string;
    type: string;
    name: string;
    instances: { index_key?: string | number; deposed?: string; attributes?: unknown }[];
}

const instancesOf = ({ module, type, name, instances }: RawResource): StateResource[] =>
    instances.map(({ index_key: key, deposed, attributes }) => ({
        address: `${module ? `${module}.` : ""}${type}.${name}${key === undefined ? "" : `[${JSON.stringify(key)}]`}`,
        type,
        name,
        attributes: isObject(attributes) ? attributes : {},
        deposed: deposed !== undefined,
    }));
