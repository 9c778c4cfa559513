import { readdirSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { read, root } from "./samples";

/** The source files of the components. */
export const componentSources = readdirSync(path.join(root, "components"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("testing"))
    .map((file) => ts.createSourceFile(file, read(path.posix.join("components", file)), ts.ScriptTarget.Latest, true));

const statements = componentSources.flatMap((source) => [...source.statements]);
/** Interfaces by name. */
const interfaces = new Map(statements.filter(ts.isInterfaceDeclaration).map((it) => [it.name.text, it]));
/** Unions and intersections of interfaces by name. */
const aliases = new Map(statements.filter(ts.isTypeAliasDeclaration).map((it) => [it.name.text, it.type]));

/** The names of interfaces in a type's text. */
export const namesIn = (type: string): string[] =>
    type.match(/\b[A-Z]\w+/g)?.flatMap((it) => (interfaces.has(it) ? [it] : namesIn(aliases.get(it)?.getText() ?? ""))) ?? [];

/** All declarations of an interface's property: its own, and inherited ones. */
export function membersOf(type: string, property: string): ts.TypeElement[] {
    const declared = interfaces.get(type);
    const own = declared?.members.filter((it) => it.name?.getText() === property) ?? [];
    const bases = declared?.heritageClauses?.flatMap(({ types }) => types.flatMap((it) => namesIn(it.getText()))) ?? [];
    return [...own, ...bases.flatMap((it) => membersOf(it, property))];
}

/** Whether a component has an argument, also below another one: `scaling.maxCapacity`. */
export function hasArgument(type: string, argument: string): boolean {
    const [first = "", ...rest] = argument.split(".");
    const members = namesIn(type).flatMap((it) => membersOf(it, first));
    if (rest.length === 0) return members.length > 0;
    return members.some((it) => {
        const below = ts.isPropertySignature(it) ? it.type : undefined;
        if (!below) return false;
        if (ts.isTypeLiteralNode(below)) return below.members.some((member) => member.name?.getText() === rest[0]);
        return hasArgument(below.getText(), rest.join("."));
    });
}
