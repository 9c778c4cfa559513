/** Publishes and prints the measurements. */
import { lineOf } from "../errors";
import { isDone, type Journal, kindOf, rpoSeconds, rtoSeconds, type StepName, stepsOf } from "../journal";
import type { Metric } from "../ports";
import { type Context, titleOf } from "./context";
import type { Place } from "../roles";

/** Namespace of the metrics in CloudWatch. */
export const NAMESPACE = "Recovery";

export interface Report {
    /** ID of the run: `run/<ISO time>`. */
    run: string;
    environment: string;
    region: string;
    direction: Journal["direction"];
    planned: boolean;
    drill: boolean;
    status: "done" | "fence pending" | "incomplete";
    fence: Journal["fence"];
    /** Seconds of lost transactions; 0 after a planned failover, null if it's unknown. */
    rpoSeconds: number | null;
    replicas: Journal["replicas"];
    /** From the start of the command until the switch; of a failback, from the start of the fence. Null before the switch. */
    rtoSeconds: number | null;
    /** Objects that were compared and copied, by the name of the bucket in the primary region. */
    objects: Journal["objects"];
    counts: Record<string, number>;
    steps: { name: StepName; status: "pending" | "running" | "done"; seconds: number | null }[];
    warnings: string[];
}

export function reportOf(journal: Journal, { description: { environment, region } }: Place): Report {
    const { id, direction, planned, drill, fence, replicas, objects, counts, steps, warnings } = journal;
    const rpo = rpoSeconds(journal) ?? null;
    const isComplete = isDone(journal, "report");
    return {
        ...{ run: id, environment, region, direction, planned, drill },
        status: !isComplete ? "incomplete" : fence.status === "done" ? "done" : "fence pending",
        fence,
        ...{ rpoSeconds: rpo, replicas, rtoSeconds: rtoSeconds(journal) ?? null, objects, counts },
        steps: stepsOf(journal).map((name) => ({ name, status: steps[name]?.status ?? "pending", seconds: steps[name]?.seconds ?? null })),
        warnings,
    };
}

/** Best effort: a missing permission for metrics must not make a failover fail. */
export async function report({ run, to, notify }: Context): Promise<void> {
    try {
        await to.region.publish(metricsOf(run.journal, to.description.environment));
    } catch (error) {
        notify(`    Can't publish the metrics: ${lineOf(error)}`);
        await run.save(({ warnings }) => void warnings.push(`the metrics weren't published: ${lineOf(error)}`));
    }
}

/** Drills have a second set of metrics, with the dimension Kind. */
function metricsOf(journal: Journal, environment: string): Metric[] {
    const measured = { RtoSeconds: rtoSeconds(journal), RpoSeconds: rpoSeconds(journal) };
    const dimensions: Record<string, string>[] = [
        { Environment: environment },
        ...(journal.drill ? [{ Environment: environment, Kind: "drill" }] : []),
    ];
    return Object.entries(measured).flatMap(([name, value]) =>
        value === undefined ? [] : dimensions.map((it) => ({ name, value, unit: "Seconds" as const, dimensions: it })),
    );
}

const secondsText = (seconds: number | null) => (seconds === null ? "unknown" : `${Math.round(seconds * 10) / 10} s`);

export function render(result: Report, { description }: Place, again: string): string {
    const { replicas, fence, steps, warnings, status, planned, run } = result;
    const kind = kindOf(result);
    const until = Object.entries(replicas).map(([identifier, { replayedUntil }]) =>
        replayedUntil === undefined
            ? `It's unknown which transactions ${identifier} contains.`
            : `${identifier} contains the transactions until ${replayedUntil}.`,
    );
    const title = status === "incomplete" ? `The ${kind} isn't complete` : `${titleOf(description)} is active after a ${kind}`;
    const lines = [
        `${title}: ${run}`,
        "",
        `RPO ${secondsText(result.rpoSeconds)}`,
        `RTO ${secondsText(result.rtoSeconds)}`,
        "",
        ...steps.map(
            ({ name, status: state, seconds }) => `${name.padEnd(10)} ${(state === "done" ? secondsText(seconds) : state).padStart(10)}`,
        ),
        "",
        ...(planned ? [] : until),
        ...Object.entries(result.objects).map(
            ([bucket, { compared, copied }]) => `Objects of ${bucket}: ${compared} compared, ${copied} copied and verified.`,
        ),
        ...warnings.map((warning) => `Warning: ${warning}`),
    ];
    if (fence.status === "pending" && status === "fence pending")
        lines.push(
            `The ${result.direction === "failover" ? "primary" : "recovery"} region isn't passive yet: ${fence.reason ?? ""}. When it responds again, run \`${again}\`.`,
        );
    if (status !== "incomplete" && !description.switch) lines.push(`Clients must use the URL of ${description.environment} now.`);
    return lines.join("\n").trimEnd();
}
