import { spawnSync } from "node:child_process";

export interface Run {
    /** Seconds from start to end. */
    wall: number;
    /** Seconds of processor time, of the command and all processes that it started. */
    cpu: number;
}

/**
 * Runs a shell command and measures it.
 *
 * @throws Error with the end of its error output if it fails
 */
export function run(command: string, options: { cwd: string; env?: Record<string, string> }): Run {
    const started = process.hrtime.bigint();
    // `times` prints the user and system time of the shell, then of its children.
    const { status, stdout, stderr } = spawnSync("sh", ["-c", `{ ${command}; } > /dev/null; code=$?; times; exit $code`], {
        cwd: options.cwd,
        env: { ...process.env, ...options.env },
        encoding: "utf8",
    });
    const wall = Number(process.hrtime.bigint() - started) / 1e9;
    if (status !== 0) throw new Error(`${command}: ${stderr.trim().slice(-500)}`);
    return { wall, cpu: secondsOf(stdout.trim().split("\n").at(-1) ?? "") };
}

/** The sum of a line that `times` printed: `0m1.72s 0m0.20s` is 1.92. */
export const secondsOf = (line: string): number =>
    [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Nearest-rank percentile. */
export function percentile(values: readonly number[], percent: number): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
}
