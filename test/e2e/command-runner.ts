/**
 * Runs documented commands in a project: scripts of bash with the real `pulumi` and `npm`, behind programs of the same names that keep a record and
 * replace what can't be run.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { commandsIn, optionsOf } from "../support/commands";
import { actionOf, ENTRIES, PROGRAMS } from "../support/command-actions";
import type { Project } from "./support";

/** A command that was run or replaced. */
export interface RunCommand {
    action: "run" | "skipped" | "unknown";
    code: number;
    /** Stack files that it wrote. */
    written: string[];
    line: string;
}

interface Options {
    /** Output of replaced commands, by their first words. */
    answers: Record<string, string>;
    /** Exit codes of commands that report something, by line. */
    exitCodes?: Record<string, number>;
    /** Variables that the pages describe in sentences. */
    variables: Record<string, string>;
    /** What is typed at prompts. */
    input?: string;
}

const STACK_FILE = /^(Pulumi\..+|.+)\.yaml$/;

export class CommandRunner {
    private readonly folder = mkdtempSync(path.join(tmpdir(), "commands-"));
    private readonly log = path.join(this.folder, "log");
    private readonly saved = path.join(this.folder, "saved");

    constructor(
        private readonly project: Project,
        private readonly options: Options,
    ) {
        const bin = path.join(this.folder, "bin");
        mkdirSync(bin);
        for (const program of PROGRAMS) {
            const file = path.join(bin, program);
            writeFileSync(file, this.replacement(program));
            chmodSync(file, 0o755);
        }
    }

    /** Keeps the stack files as they are, for `restore`. */
    save(): void {
        rmSync(this.saved, { recursive: true, force: true });
        mkdirSync(this.saved);
        for (const name of this.stackFiles()) copyFileSync(path.join(this.project.folder, name), path.join(this.saved, name));
    }

    /** Gives the stack files back their saved content, and removes others. */
    restore(): void {
        for (const name of this.stackFiles()) rmSync(path.join(this.project.folder, name));
        for (const name of readdirSync(this.saved)) copyFileSync(path.join(this.saved, name), path.join(this.project.folder, name));
    }

    /**
     * Runs scripts one after the other in the same shell. Each one starts with the saved stack files, if there are any.
     *
     * @param updates whether `pulumi up` and `pulumi destroy` are run. Otherwise, the configuration that `up` would apply is checked
     * @throws Error with the output if a command fails
     */
    run(scripts: string[], updates = false): RunCommand[] {
        rmSync(this.log, { force: true });
        const restore = existsSync(this.saved) ? `rm -f Pulumi.?*.yaml; cp "${this.saved}"/* .` : ":";
        const lines = ["set -euo pipefail", ...scripts.flatMap((script) => [restore, script])];
        const script = path.join(this.folder, "script.sh");
        writeFileSync(script, `${lines.join("\n")}\n`);
        const { status, stdout, stderr } = spawnSync("bash", [script], {
            cwd: this.project.folder,
            env: {
                ...process.env,
                ...this.project.variables,
                ...this.options.variables,
                // Documented commands ask for confirmation.
                PULUMI_SKIP_CONFIRMATIONS: "true",
                PATH: `${path.join(this.folder, "bin")}:${process.env.PATH ?? ""}`,
                RECORD: this.log,
                UPDATES: updates ? "true" : "",
            },
            input: this.options.input,
            encoding: "utf8",
            maxBuffer: 2 ** 28,
        });
        const commands = this.commands();
        if (status === 0) return commands;
        const last = commands.map(({ action, code, line }) => `${action} ${code} ${line}`).join("\n");
        throw new Error(`exit code ${status ?? "none"} after\n${last}\n${stdout.slice(-6000)}\n${stderr.slice(-6000)}`);
    }

    remove(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }

    private stackFiles = () => readdirSync(this.project.folder).filter((name) => STACK_FILE.test(name) && name !== "Pulumi.yaml");

    private commands(): RunCommand[] {
        if (!existsSync(this.log)) return [];
        return readFileSync(this.log, "utf8")
            .split("\n")
            .filter(Boolean)
            .map((entry) => {
                const [action = "", code, written = "", line = ""] = entry.split("\t");
                return { action: action as RunCommand["action"], code: Number(code), written: written.split(" ").filter(Boolean), line };
            });
    }

    /** A program that runs the real one of the same name, or replaces it. */
    private replacement(program: string): string {
        const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
        const entries = ENTRIES.filter((entry) => entry.split(" ")[0] === program);
        const actions = entries.map(
            (entry) => `${quote(`${entry} `)}*) action=${actionOf(entry.split(" ")) === "run" ? "run" : "skipped"} ;;`,
        );
        const answers = Object.entries(this.options.answers).map(
            ([first, answer]) => `${quote(`${first} `)}*) printf '%s\\n' ${quote(answer)} ;;`,
        );
        const codes = Object.entries(this.options.exitCodes ?? {}).map(([line, code]) => `${quote(`${line} `)}) expected=${code} ;;`);
        return `#!/bin/bash
line="${program} $* "
# The tools pass the folder, the pages don't.
[ "\${1:-}" != --cwd ] || line="${program} \${*:3} "
line="\${line/ --silent / }"
action=unknown
case "$line" in
${actions.join("\n")}
esac
if [ "$UPDATES" = true ]; then
    case "$line" in
    "pulumi up "*) set -- "$@" --yes --skip-preview; action=run ;;
    "pulumi destroy "*) set -- "$@" --yes; action=run ;;
    esac
fi
sums() { cksum Pulumi.?*.yaml; for file in *.yaml; do case "$file" in Pulumi*) ;; *) cksum "$file" ;; esac; done; }
note() { printf '%s\\t%s\\t%s\\t%s\\n' "$action" "$1" "$2" "\${line% }" >> "$RECORD"; }
case "$action" in
unknown) note 127 ""; exit 127 ;;
skipped)
    # A command that writes to a closed pipe would fail.
    [ ! -p /dev/stdin ] || cat > /dev/null
    case "$line" in
    "pulumi up "*) node tools/run.cjs plan --check >&2; code=$?; note $code ""; exit $code ;;
    ${answers.join("\n    ")}
    esac
    note 0 ""; exit 0 ;;
esac
expected=0
${codes.length > 0 ? `case "$line" in\n${codes.join("\n")}\nesac` : ""}
before=$(sums)
${quote(realPath(program))} "$@"
code=$?
written=$(diff <(echo "$before") <(sums) | sed -n 's/^[<>] .* //p' | sort -u | tr '\\n' ' ')
note $code "$written"
[ $code = $expected ]
`;
    }
}

/** The real program; the name alone where it isn't installed, and therefore replaced. */
function realPath(program: string): string {
    try {
        return execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
    } catch {
        return program;
    }
}

/** Stack files that a command is meant to write. */
export function mayWrite(line: string): string[] {
    const [words = []] = commandsIn(line);
    const command = words.slice(1, 3).join(" ");
    const { options, rest } = optionsOf(words.slice(3), (option) => !["--stack", "--config-file", "--secrets-provider"].includes(option));
    if (command === "stack init") return [`Pulumi.${rest[0] ?? ""}.yaml`];
    if (command !== "config set" && command !== "config rm") return [];
    return [options.get("--config-file")?.[0] ?? `Pulumi.${options.get("--stack")?.[0] ?? ""}.yaml`];
}
