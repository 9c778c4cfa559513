/** Reads the arguments of components from the code: names, types, defaults, and descriptions from interfaces and their comments. */
import { Application, Comment, Converter, type DeclarationReflection, type ProjectReflection, ReflectionKind } from "typedoc";
import ts from "typescript";

/** One argument: a row of a table. */
export interface Argument {
    /** Nested arguments have a path: `scaling.maxCapacity`. */
    name: string;
    type: string;
    required: boolean;
    default?: string;
    description: string;
}

/** Interfaces and type aliases of a folder by name. */
export class Declarations {
    private constructor(
        private readonly project: ProjectReflection,
        /** The type of each declaration, as written in the code. */
        private readonly types: ReadonlyMap<DeclarationReflection, ts.TypeNode>,
    ) {}

    /** Parses the TypeScript files of folders. Imported packages are not resolved, so this takes seconds. */
    static async read(folders: string[], tsconfig = "tsconfig.json"): Promise<Declarations> {
        const app = await Application.bootstrap({
            entryPoints: folders,
            entryPointStrategy: "expand",
            tsconfig,
            compilerOptions: { noResolve: true, types: [] },
            skipErrorChecking: true,
            sort: ["source-order"],
            jsDocCompatibility: { defaultTag: false },
            logLevel: "Error",
        });
        const types = new Map<DeclarationReflection, ts.TypeNode>();
        app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
            const [declaration] = context.getSymbolFromReflection(reflection)?.declarations ?? [];
            if (!declaration || !(ts.isPropertySignature(declaration) || ts.isTypeAliasDeclaration(declaration))) return;
            if (declaration.type) types.set(reflection, declaration.type);
        });
        const project = await app.convert();
        if (!project) throw new Error(`${folders.join(", ")} can't be parsed`);
        return new Declarations(project, types);
    }

    /**
     * The arguments of an interface, or of a union or intersection of interfaces: required ones first, `transform` last, inherited ones
     * after the interface's own. Arguments that are objects are followed by their properties.
     *
     * @throws Error if there is no such interface
     */
    argumentsOf(name: string): Argument[] {
        const members = this.membersOf(name);
        if (!members) throw new Error(`no interface named ${name} is exported`);
        const rank = ({ name, required }: Argument) => (name === "transform" ? 2 : required ? 0 : 1);
        const groups = members.map((member) => this.rowsOf(member, ""));
        return groups.sort(([a], [b]) => (a && b ? rank(a) - rank(b) : 0)).flat();
    }

    private membersOf(name: string): Member[] | undefined {
        const declaration = this.find(name);
        if (!declaration) return undefined;
        if (declaration.kind === ReflectionKind.Interface) return (declaration.children ?? []).map((it) => this.member(it)).sort(ownFirst);
        const type = this.types.get(declaration);
        return type && this.membersOfType(type);
    }

    private membersOfType(type: ts.TypeNode): Member[] | undefined {
        if (ts.isParenthesizedTypeNode(type)) return this.membersOfType(type.type);
        if (ts.isTypeReferenceNode(type)) return this.membersOf(type.typeName.getText());
        if (!ts.isIntersectionTypeNode(type) && !ts.isUnionTypeNode(type)) return undefined;
        const variants = type.types.flatMap((it) => [this.membersOfType(it) ?? []]);
        const all = new Map<string, Member>();
        for (const member of variants.flat()) {
            const known = all.get(member.name);
            if (!known || known.isNever) all.set(member.name, member);
        }
        if (ts.isIntersectionTypeNode(type)) return [...all.values()];
        // A member of a union is required only if every variant requires it.
        const required = (name: string) => variants.every((members) => members.some((it) => it.name === name && it.required));
        return [...all.values()].map((it) => ({ ...it, required: required(it.name) }));
    }

    private member(reflection: DeclarationReflection): Member {
        const comment = reflection.comment ?? reflection.signatures?.[0]?.comment;
        const type = this.types.get(reflection);
        return {
            name: reflection.name,
            type,
            required: !reflection.flags.isOptional,
            inherited: reflection.inheritedFrom !== undefined,
            properties: reflection.type?.type === "reflection" ? reflection.type.declaration.children : undefined,
            isNever: type !== undefined && /^(never|undefined)$/.test(type.getText()),
            description: textOf(comment?.summary),
            default: textOf(comment?.blockTags.find(({ tag }) => tag === "@default" || tag === "@defaultValue")?.content),
        };
    }

    private rowsOf(member: Member, prefix: string): Argument[] {
        const { type, required, description } = member;
        const name = prefix + member.name;
        if (member.name === "transform" && prefix === "") return [this.transformRow(member)];
        const nested = prefix.split(".").length > 2 ? undefined : this.nested(member);
        const row = {
            name,
            type: nested?.shown ?? this.shown(type),
            required,
            description,
            ...(member.default ? { default: member.default } : {}),
        };
        const properties = nested?.members.filter((it) => it.name !== "transform") ?? [];
        return [row, ...properties.flatMap((it) => this.rowsOf(it, `${name}${nested?.separator ?? "."}`))];
    }

    /** The properties of an argument that is an object of arguments, a list or a map of such objects. */
    private nested({ type, properties }: Member): { shown: string; separator: string; members: Member[] } | undefined {
        if (!type) return undefined;
        const text = simplified(type.getText());
        if (properties && ts.isTypeLiteralNode(type)) {
            const members = properties.map((it) => this.member(it));
            if (text.length > LONGEST_OBJECT || members.some((it) => it.description)) return { shown: "object", separator: ".", members };
        }
        const [, element, inList] = /^(\w+)(\[\])?$/.exec(text) ?? [];
        const [, value] = /^Record<string, (\w+)>$/.exec(text) ?? [];
        const name = element ?? value;
        if (name === undefined || !/(Args|Settings|Options)$/.test(name)) return undefined;
        const members = this.membersOf(name);
        if (!members) return undefined;
        if (value !== undefined) return { shown: "map of objects", separator: ".*.", members };
        return inList ? { shown: "list of objects", separator: "[].", members } : { shown: "object", separator: ".", members };
    }

    private transformRow({ type, required }: Member): Argument {
        const parts = type ? this.partsOf(type) : [];
        return {
            name: "transform",
            type: "object",
            required,
            description: `Changes the arguments or options of underlying resources. Parts: ${parts.map((it) => `\`${it}\``).join(", ")}.`,
        };
    }

    /** Names of the parts in `Transforms<XParts> & { role?: ... }`. */
    private partsOf(type: ts.TypeNode): string[] {
        if (ts.isIntersectionTypeNode(type)) return type.types.flatMap((it) => this.partsOf(it));
        if (ts.isTypeLiteralNode(type)) return type.members.flatMap((it) => it.name?.getText() ?? []);
        if (!ts.isTypeReferenceNode(type)) return [];
        const [argument] = type.typeArguments ?? [];
        if (argument) return this.partsOf(argument);
        return (this.membersOf(type.typeName.getText()) ?? []).map(({ name }) => name);
    }

    /** A type as a table shows it. An alias of a union of literals is replaced by the union. */
    private shown(type: ts.TypeNode | undefined): string {
        const text = type ? simplified(type.getText()) : "any";
        const alias = /^[A-Z]\w*$/.test(text) ? this.find(text) : undefined;
        const aliased = alias && this.types.get(alias);
        const members = unionOf(aliased && ts.isUnionTypeNode(aliased) ? simplified(aliased.getText()) : text);
        if (members.length <= LONGEST_UNION) return members.map((it) => `\`${it}\``).join(" or ");
        return `${members
            .slice(0, SHOWN_OF_UNION)
            .map((it) => `\`${it}\``)
            .join(", ")} and ${members.length - SHOWN_OF_UNION} more`;
    }

    private find(name: string): DeclarationReflection | undefined {
        const [declaration] = this.project
            .getReflectionsByKind(ReflectionKind.Interface | ReflectionKind.TypeAlias)
            .filter((it) => it.name === name);
        return declaration as DeclarationReflection | undefined;
    }
}

const LONGEST_UNION = 5;
const SHOWN_OF_UNION = 3;
/** Characters of an object type that fits into a cell. */
const LONGEST_OBJECT = 60;

interface Member {
    name: string;
    type: ts.TypeNode | undefined;
    required: boolean;
    inherited: boolean;
    /** Of an object type that is written in place. */
    properties: DeclarationReflection[] | undefined;
    /** `replicaOf?: never` in one variant of a union: this variant doesn't have the argument. */
    isNever: boolean;
    description: string;
    default: string;
}

const ownFirst = (a: Member, b: Member): number => Number(a.inherited) - Number(b.inherited);

const textOf = (parts: Comment["summary"] | undefined): string =>
    parts ? Comment.combineDisplayParts(parts.map(plainLink)).replace(/\s+/g, " ").trim() : "";

/** `{@link X}` becomes its text: pages have no anchors for types. */
const plainLink = (part: Comment["summary"][number]): Comment["summary"][number] =>
    part.kind === "inline-tag" ? { kind: "code", text: `\`${part.text}\`` } : part;

/** A type's text without `pulumi.Input`, comments, and line breaks. */
function simplified(text: string): string {
    const flat = text
        .replace(/\/\*[^]*?\*\/|\/\/.*$/gm, "")
        .replace(/\s+/g, " ")
        .replace(/; }/g, " }")
        .replace(/^\| /, "");
    const unwrapped = unwrap(flat, "pulumi.Input<");
    return unwrapped.replace(/\breadonly /g, "").replace(/ \| undefined\b/g, "");
}

/** Replaces `wrapper<T>` by `T`, at every depth. */
function unwrap(text: string, wrapper: string): string {
    const start = text.indexOf(wrapper);
    if (start < 0) return text;
    const from = start + wrapper.length;
    let depth = 1;
    let end = from;
    for (; end < text.length && depth > 0; end++) {
        if (text[end] === "<") depth++;
        if (text[end] === ">" && text[end - 1] !== "=") depth--;
    }
    return unwrap(text.slice(0, start) + text.slice(from, end - 1) + text.slice(end), wrapper);
}

/** The members of a union at the top level of a type's text. */
function unionOf(text: string): string[] {
    const members: string[] = [];
    let depth = 0;
    let current = "";
    for (let i = 0; i < text.length; i++) {
        const char = text.charAt(i);
        if ("<({[".includes(char)) depth++;
        if (")}]".includes(char) || (char === ">" && text[i - 1] !== "=")) depth--;
        if (char === "|" && depth === 0) {
            members.push(current.trim());
            current = "";
        } else current += char;
    }
    return [...members, current.trim()];
}
