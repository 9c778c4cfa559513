import { jsonSchemaOf, PROJECT, schemaAt } from "./config";
import { optionsOf } from "./commands";

/** Options of the Pulumi CLI that the documentation uses, by command: those without and with a value. The end-to-end tests compare them with the CLI's help. */
const PULUMI_OPTIONS: Record<string, { flags: string[]; values: string[] }> = {
    cancel: { flags: ["--yes"], values: ["--stack"] },
    "config rm": { flags: ["--path"], values: ["--stack", "--config-file"] },
    "config set": { flags: ["--path", "--secret", "--plaintext"], values: ["--stack", "--config-file"] },
    destroy: { flags: ["--yes", "--refresh", "--skip-preview", "--exclude-protected", "--continue-on-error"], values: ["--stack"] },
    import: { flags: ["--yes"], values: ["--file", "--stack"] },
    login: { flags: [], values: [] },
    preview: {
        flags: ["--diff", "--refresh", "--expect-no-changes", "--json"],
        values: ["--stack", "--save-plan", "--policy-pack", "--config-file"],
    },
    refresh: { flags: ["--yes", "--clear-pending-creates"], values: ["--stack", "--import-pending-creates"] },
    "stack export": { flags: [], values: ["--stack", "--file"] },
    "stack import": { flags: [], values: ["--stack", "--file"] },
    "stack init": { flags: [], values: ["--secrets-provider"] },
    "stack output": { flags: ["--json"], values: ["--stack"] },
    "stack rename": { flags: [], values: ["--stack"] },
    "stack rm": { flags: ["--yes", "--preserve-config"], values: [] },
    "state delete": { flags: [], values: ["--stack"] },
    "state rename": { flags: [], values: ["--stack"] },
    "state unprotect": { flags: ["--all"], values: ["--stack"] },
    up: { flags: ["--yes", "--refresh", "--continue-on-error"], values: ["--stack", "--plan", "--replace", "--target"] },
};

const WRITING = ["-c", "--config", "--config-path"];

/** Problems of a command of the Pulumi CLI; empty if it is valid. */
export function pulumiProblems(words: string[], inBlock: boolean): string[] {
    const [first = "", second = ""] = words.slice(1);
    const name = `${first} ${second}` in PULUMI_OPTIONS ? `${first} ${second}` : first;
    const known = PULUMI_OPTIONS[name];
    if (!known) return [`pulumi has no ${first}`];
    const { options, rest } = optionsOf(words.slice(1 + name.split(" ").length), (option) => !known.values.includes(option));
    const unknown = [...options.keys()].filter((option) => !known.flags.includes(option) && !known.values.includes(option));
    const writing = ["preview", "up"].includes(name) ? unknown.find((option) => WRITING.includes(option)) : undefined;
    if (writing !== undefined) return [`${writing} writes to the stack file: use a copy and --config-file`];
    const problems = unknown.map((option) => `pulumi ${name} has no ${option}`);
    const [key] = rest;
    if (name === "config set" && key !== undefined) problems.push(...keyProblems(key, options.has("--path")));
    const needsStack = inBlock && !["login", "stack init", "stack rm"].includes(name);
    if (needsStack && problems.length === 0 && !options.has("--stack")) problems.push("doesn't specify a stack");
    return problems;
}

function keyProblems(key: string, isPath: boolean): string[] {
    if (!key.startsWith(`${PROJECT}:`)) return key === "KEY" || key.startsWith("aws:") ? [] : [`no key ${key}`];
    // `list[0]`, `map["a.b"]`, and `section.key`.
    const parts = key.slice(PROJECT.length + 1).matchAll(/\[(\d+)\]|\["([^"]+)"\]|[^.[\]]+/g);
    const path = [...parts].map(([part, index, quoted]) => (index === undefined ? (quoted ?? part) : Number(index)));
    const exists = (["primary", "dr"] as const).some((role) => schemaAt(jsonSchemaOf(role), path) !== undefined);
    if (!exists) return [`no key ${key}`];
    return path.length > 1 && !isPath ? [`${key} needs --path`] : [];
}
