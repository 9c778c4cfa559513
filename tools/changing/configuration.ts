import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import { isObject } from "../../components/internal/unknown";
import { parseConfig } from "../../stacks/config";
import { valuesBelow } from "../../stacks/config/namespace";
import { PROJECT } from "../../stacks/names";
import type { Base, Variant } from "./variants";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Content of a stack file. */
export interface StackFile {
    config: Record<string, Json>;
    /** Entries that Pulumi adds, such as the salt of the passphrase. */
    [other: string]: Json;
}

/** Folder of the stack files of the bases. */
export const BASES_FOLDER = path.join(__dirname, "stacks");

export const readStack = (folder: string, stack: string): StackFile => parse(readFileSync(fileOf(folder, stack), "utf8")) as StackFile;

export function writeStack(folder: string, stack: string, content: StackFile): void {
    writeFileSync(fileOf(folder, stack), stringify(content));
}

const fileOf = (folder: string, stack: string) => path.join(folder, `Pulumi.${stack}.yaml`);

/** A configuration with the changes of variants. */
export function configWith(config: StackFile["config"], variants: readonly Variant[]): StackFile["config"] {
    const changes = variants.flatMap(({ key, path: at = key, to, with: others = {} }) => [[at, to] as const, ...Object.entries(others)]);
    return changes.reduce((result, [at, value]) => withValue(result, pathOf(at), value) as StackFile["config"], config);
}

/** The validated configuration of a base with the changes of variants, and its problems. */
export function parsed(base: Base, variants: readonly Variant[]) {
    const config = Object.entries(configWith(readStack(BASES_FOLDER, base).config, variants));
    const texts = Object.fromEntries(
        config.map(([key, value]) => [key, typeof value === "object" ? JSON.stringify(value) : String(value)]),
    );
    const aws = valuesBelow("aws", texts);
    return { ...parseConfig(valuesBelow(PROJECT, texts), aws, base), region: String(aws.region) };
}

/** `database.dbName` -> [`ai-platform:database`, `dbName`] */
export function pathOf(key: string): string[] {
    const [first = "", ...rest] = key.split(".");
    return [first.includes(":") ? first : `${PROJECT}:${first}`, ...rest];
}

/** Removes the value if it is null. */
function withValue(target: Json | undefined, [key, ...rest]: string[], value: Json): Json {
    if (key === undefined) return value;
    const { [key]: old, ...others } = isObject(target) ? target : {};
    if (rest.length === 0 && value === null) return others;
    return { ...others, [key]: withValue(old, rest, value) };
}
