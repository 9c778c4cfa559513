import type { Argument } from "./arguments";

const MARKERS = /<!-- arguments: (\w+) -->[^]*?<!-- \/arguments -->/g;

/** A page with a current table between each pair of markers, `<!-- arguments: XArgs -->` and `<!-- /arguments -->`. */
export function withTables(page: string, argumentsOf: (name: string) => Argument[]): string {
    if (page.split("<!-- arguments: ").length !== page.split("<!-- /arguments -->").length)
        throw new Error("each <!-- arguments: ... --> must be followed by <!-- /arguments -->");
    return page.replace(
        MARKERS,
        (_, name: string) => `<!-- arguments: ${name} -->\n\n${tableOf(argumentsOf(name))}\n\n<!-- /arguments -->`,
    );
}

/** A Markdown table of arguments. */
export function tableOf(rows: readonly Argument[]): string {
    const cells = rows.map((row) => [`\`${row.name}\``, row.type, defaultOf(row), row.description].map(escaped));
    return ["| Argument | Type | Default | Description |", "| --- | --- | --- | --- |", ...cells.map((row) => `| ${row.join(" | ")} |`)]
        .map((line) => line.replace(/ {2,}/g, " "))
        .join("\n");
}

function defaultOf({ required, default: text }: Argument): string {
    if (required) return "required";
    if (text === undefined) return "";
    const isLiteral = /^("[^"]*"|'[^']*'|-?[\d_.]+|true|false|\[.*\]|\{.*\})$/.test(text);
    return isLiteral ? `\`${text}\`` : text;
}

/** In a table, a bar ends a cell, even in code. */
const escaped = (text: string): string => text.replaceAll(/(?<!\\)\|/g, "\\|");
