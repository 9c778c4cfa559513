import { spawnSync } from "node:child_process";

export interface Run {
    /** Seconds from start to end. */
    wall: number;
    /** Seconds of processor time in user mode, of the command and all that it started. */
    user: number;
}

/**
 * Runs a command in a shell and measures it. Its output is dropped.
 *
 * @throws Error with the end of what it said, where it fails
 */
export function run(command: string, options: { cwd: string; env?: Record<string, string> }): Run {
    const started = process.hrtime.bigint();
    // POSIX's `times` prints user and system time of the shell, then of its children.
    const { status, stdout, stderr } = spawnSync("sh", ["-c", `{ ${command}; } > /dev/null; code=$?; times; exit $code`], {
        cwd: options.cwd,
        env: { ...process.env, ...options.env },
        encoding: "utf8",
    });
    const wall = Number(process.hrtime.bigint() - started) / 1e9;
    if (status !== 0) throw new Error(`${command}: ${stderr.trim().slice(-500)}`);
    return { wall, user: secondsOf(stdout.trim().split("\n").at(-1) ?? "") };
}

/** User time of a line of `times`: `0m1.72s 0m0.20s` -> 1.72 */
export function secondsOf(line: string): number {
    const [, minutes = "0", seconds = "0"] = /^(\d+)m([\d.]+)s/.exec(line.trim()) ?? [];
    return Number(minutes) * 60 + Number(seconds);
}

/** The middle one, by each measure alone. */
export function median(runs: readonly Run[]): Run {
    const middle = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
    return { wall: middle(runs.map(({ wall }) => wall)), user: middle(runs.map(({ user }) => user)) };
}
