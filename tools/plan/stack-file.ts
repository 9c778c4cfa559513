import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { isObject, messageOf } from "../../components/internal/unknown";

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Configuration by full key, with values as text, as Pulumi passes them to a program. */
export type FlatConfig = Record<string, string>;

export interface StackFileOptions {
    /** Folder of the project. */
    directory: string;
    project: string;
    stack: string;
    configFile?: string;
    /** `KEY=VALUE` pairs, with keys and values as `pulumi config set --path` takes them. */
    overrides: string[];
    /** Returns the placeholder for an encrypted value by its path: `["ai-platform:observability", "pagingWebhooks", 0]`. @default `[secret]` */
    standIn?: (path: (string | number)[]) => string;
}

export interface StackFile {
    config: FlatConfig;
    /** Keys with encrypted values. */
    secretKeys: string[];
    /** Pulumi ESC environments that the file imports. Their values aren't in `config`, because only Pulumi Cloud has them. */
    environments: string[];
}

/** What is missing in a plan of a stack file that imports environments. */
export const missingValues = (environments: string[]): string =>
    `the stack file imports ${environments.join(", ")} from Pulumi ESC, which offline tools don't read: values that are set only there count as not set`;

/**
 * Reads a stack file as `pulumi` does, and applies overrides. Encrypted values can't be decrypted offline; placeholders replace them.
 *
 * @throws Error if the stack or file doesn't exist, isn't valid, or an override has no `=`
 */
export function readStackFile(options: StackFileOptions): StackFile {
    const file = path.resolve(options.directory, options.configFile ?? `Pulumi.${options.stack}.yaml`);
    if (!existsSync(file)) {
        const names = stackNames(options.directory);
        if (options.configFile) throw new Error(`${options.configFile} doesn't exist`);
        throw new Error(
            `no stack named ${options.stack}: Pulumi.${options.stack}.yaml doesn't exist; available stacks: ${names.join(", ") || "none"}`,
        );
    }
    const { config, environments } = contentOf(file);
    const values = new Map(Object.entries(config).map(([key, value]) => [fullKey(key, options.project), value]));
    for (const override of options.overrides) applyOverride(values, override, options);
    const secretKeys = [...values].filter(([, value]) => hasSecret(value)).map(([key]) => key);
    const { standIn = () => PLACEHOLDER } = options;
    return { config: Object.fromEntries([...values].map(([key, value]) => [key, toText(value, key, standIn)])), secretKeys, environments };
}

/** Names of the stacks that have a file in the folder. Pulumi uses the extension of the project file, `.yaml`. */
export function stackNames(directory: string): string[] {
    return readdirSync(directory)
        .flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? [])
        .sort();
}

/** Keys of a stack file other than its configuration. */
const OTHER_KEYS = ["encryptedkey", "encryptionsalt", "environment", "secretsprovider"];

function contentOf(file: string): { config: Record<string, Json>; environments: string[] } {
    let content: unknown;
    try {
        content = parse(readFileSync(file, "utf8"));
    } catch (error) {
        throw new Error(`${path.basename(file)} isn't valid YAML: ${messageOf(error)}`);
    }
    if (content === null) return { config: {}, environments: [] };
    if (!isObject(content)) throw new Error(`${path.basename(file)}: must be a map with the key config`);
    const environments = environmentsOf(content.environment);
    if (!("config" in content)) {
        const keys = Object.keys(content);
        if (keys.every((key) => OTHER_KEYS.includes(key))) return { config: {}, environments };
        throw new Error(`${path.basename(file)}: has ${keys.join(", ")} but no config; keys such as ai-platform:role belong below config`);
    }
    const config = content.config ?? {};
    if (!isObject(config)) throw new Error(`${path.basename(file)}: config must be a map`);
    const nested = Object.keys(config).find((key) => /^[\w-]+:?$/.test(key) && isObject(config[key]) && "role" in config[key]);
    if (nested) throw new Error(`${path.basename(file)}: keys can't be nested below ${nested}; use ${nested}:role`);
    return { config: config as Record<string, Json>, environments };
}

/** `environment` is a list of names, or a definition with `imports`. An import can be a map from the name to options. */
function environmentsOf(environment: unknown): string[] {
    const imports = isObject(environment) ? environment.imports : environment;
    const names = Array.isArray(imports) ? (imports as unknown[]).flatMap((it) => (isObject(it) ? Object.keys(it) : [String(it)])) : [];
    return isObject(environment) && "values" in environment ? [...names, "its own values"] : names;
}

function applyOverride(values: Map<string, Json>, override: string, { project }: StackFileOptions): void {
    const at = override.indexOf("=");
    if (at < 1) throw new Error(`--set must be KEY=VALUE, not ${override}`);
    const [key, text] = [override.slice(0, at), override.slice(at + 1)];
    const [first, ...rest] = parsePath(key);
    if (typeof first !== "string") throw new Error(`--set: ${key} must begin with a key`);
    const name = fullKey(first, project);
    values.set(name, rest.length === 0 ? typed(text) : withValue(values.get(name), rest, typed(text), key));
}

/** `database.replicas[0]["a.b"]` is ["database", "replicas", 0, "a.b"]. The colon of a namespace is part of the first key. */
function parsePath(key: string): (string | number)[] {
    const parts = [...key.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)];
    return parts.map(([, quoted, index, plain]) => (index === undefined ? (quoted ?? plain ?? "") : Number(index)));
}

function withValue(target: Json | undefined, [key, ...rest]: (string | number)[], value: Json, whole: string): Json {
    if (key === undefined) return value;
    if (typeof key === "number") {
        const list = Array.isArray(target) ? [...target] : [];
        if (key > list.length) throw new Error(`--set: ${whole} is past the end of its list`);
        list[key] = withValue(list[key], rest, value, whole);
        return list;
    }
    const map = typeof target === "object" && target !== null && !Array.isArray(target) ? target : {};
    return { ...map, [key]: withValue(map[key], rest, value, whole) };
}

/** Parses booleans and integers, as `pulumi config set --path` does. */
function typed(text: string): Json {
    if (text === "true" || text === "false") return text === "true";
    return /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : text;
}

const fullKey = (key: string, project: string): string => (key.includes(":") ? key : `${project}:${key}`);

const hasSecret = (value: Json): boolean =>
    typeof value === "object" && value !== null && ("secure" in value || Object.values(value).some((item) => hasSecret(item)));

const PLACEHOLDER = "[secret]";

type StandIn = NonNullable<StackFileOptions["standIn"]>;

function toText(value: Json, key: string, standIn: StandIn): string {
    const opened = withoutSecrets(value, [key], standIn);
    return typeof opened === "object" && opened !== null ? JSON.stringify(opened) : String(opened ?? "");
}

function withoutSecrets(value: Json, path: (string | number)[], standIn: StandIn): Json {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((item, i) => withoutSecrets(item, [...path, i], standIn));
    if (Object.keys(value).length === 1 && "secure" in value) return standIn(path);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, [...path, key], standIn)]));
}
