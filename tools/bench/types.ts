import { spawnSync } from "node:child_process";

/** The types of what AWS makes in the plan of prod. */
export function planTypes(root: string): string[] {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["tools/run.cjs", "plan", "prod", "--json"], {
        cwd: root,
        encoding: "utf8",
        maxBuffer: 1 << 28,
    });
    if (status !== 0) throw new Error(stderr);
    const { deployment } = JSON.parse(stdout) as { deployment: { resources: { type: string; custom: boolean }[] } };
    return deployment.resources.filter(({ type, custom }) => custom && type.startsWith("aws:")).map(({ type }) => type);
}
