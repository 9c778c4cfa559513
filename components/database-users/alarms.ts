import type { AlarmDefinition } from "../building-blocks/alarms";
import type { VpcFunction } from "../vpc-function";

/** Alarms of the rotation function. The setup runs in a deployment, which reports its errors. */
export function rotationAlarms({ alarms, functionName }: Pick<VpcFunction, "alarms" | "functionName">): AlarmDefinition[] {
    const failed: AlarmDefinition = {
        name: "rotation-errors",
        description:
            "A rotation of a database password failed. The current login keeps working, and Secrets Manager tries again. Search the log group of the function for ERROR: the message contains the user and what to do. If it says that both stored passwords are invalid, increase database.passwordVersion and run pulumi up.",
        severity: "page",
        namespace: "AWS/Lambda",
        metricName: "Errors",
        dimensions: { FunctionName: functionName },
        statistic: "Sum",
        period: 300,
        // A rotation has a few invocations a month, so a single error counts.
        periods: 1,
        comparison: "above",
        threshold: 0,
    };
    const others = alarms.filter(({ name }) => name !== "errors").map((alarm) => ({ ...alarm, name: `rotation-${alarm.name}` }));
    return [failed, ...others];
}
