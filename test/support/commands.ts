import { fences, markdownFiles, read } from "./samples";

/** A command of the documentation, such as `pulumi up --stack prod`. */
export interface DocumentedCommand {
    page: string;
    words: string[];
    /** Whether the command is in a code block, which can be copied. Commands in a sentence can be incomplete. */
    inBlock: boolean;
}

/** The pages with commands. Commands in decision records aren't instructions. */
const pages = () => markdownFiles().filter((page) => !page.startsWith("docs/decisions/") && page !== "CHANGELOG.md");

/** The `sh` blocks of a page, without indentation and with joined lines. */
export const blocksOf = (page: string): string[] =>
    fences(read(page).replace(/^ +(?=\S)/gm, ""), "sh").map((block) => block.replaceAll("\\\n", " "));

/** The commands in the sentences of a page. */
const inlineOf = (page: string): string[] =>
    [
        ...read(page)
            .replace(/^ *```[^]*?^ *```$/gm, "")
            .matchAll(/`((?:pulumi|npm|npx|aws) [^`]+)`/g),
    ].map(([, code = ""]) => code);

/** The commands in the `sh` blocks and the inline code of all pages. */
export function documentedCommands(): DocumentedCommand[] {
    return pages().flatMap((page) => {
        const found = (lines: string[], inBlock: boolean) =>
            lines.flatMap(commandsIn).map((words): DocumentedCommand => ({ page, words, inBlock }));
        return [
            ...found(
                blocksOf(page).flatMap((block) => block.split("\n")),
                true,
            ),
            ...found(inlineOf(page), false),
        ];
    });
}

/** The commands of a line in their order, also those in `$(...)`: words without quotes, comments, redirections, and `xargs`. */
export function commandsIn(line: string): string[][] {
    const commands: string[][] = [];
    let words: string[] = [];
    let word: string | undefined;
    let quote = "";
    const endWord = () => {
        if (word !== undefined) words.push(word);
        word = undefined;
    };
    const endCommand = () => {
        endWord();
        const start = words.findIndex((it) => !/^\w+=/.test(it));
        if (start >= 0) commands.push(withoutXargs(words.slice(start)));
        words = [];
    };
    for (let i = 0; i < line.length; i++) {
        const character = line[i] ?? "";
        if (character === "$" && line[i + 1] === "(" && quote !== "'") {
            const end = closing(line, i + 1);
            commands.push(...commandsIn(line.slice(i + 2, end)));
            word = `${word ?? ""}$()`;
            i = end;
        } else if (quote !== "") {
            if (character === quote) quote = "";
            else word = `${word ?? ""}${character}`;
        } else if (character === '"' || character === "'") {
            quote = character;
            word ??= "";
        } else if (character === "#" && word === undefined) break;
        else if (/\s/.test(character)) endWord();
        else if (/[&|;]/.test(character)) endCommand();
        else if (character === ">" || (character === "<" && line[i + 1] === " ")) {
            endWord();
            // The file of the redirection.
            i += /^[>< ]*\S*/.exec(line.slice(i))?.[0].length ?? 1;
        } else word = `${word ?? ""}${character}`;
    }
    endCommand();
    return commands;
}

function closing(line: string, open: number): number {
    let depth = 0;
    for (let i = open; i < line.length; i++) {
        if (line[i] === "(") depth++;
        else if (line[i] === ")" && --depth === 0) return i;
    }
    throw new Error(`no closing parenthesis: ${line}`);
}

const withoutXargs = (words: string[]): string[] => (words[0] === "xargs" ? words.slice(words[1] === "-n" ? 3 : 1) : words);

/** Options of a command with their values, and all other words. `isFlag` returns whether an option has no value. */
export function optionsOf(words: string[], isFlag: (option: string) => boolean) {
    const options = new Map<string, string[]>();
    const rest: string[] = [];
    for (let i = 0; i < words.length; i++) {
        const word = words[i] ?? "";
        if (!word.startsWith("-")) {
            rest.push(word);
            continue;
        }
        const [option = "", value] = word.split(/=(.*)/s);
        const values: string[] = value === undefined ? [] : [value];
        if (!isFlag(option))
            while (value === undefined && i + 1 < words.length && !words[i + 1]?.startsWith("--")) values.push(words[++i] ?? "");
        options.set(option, values);
    }
    return { options, rest };
}
