/** Rules of the components, called by the schema: what they refuse is reported with all other mistakes, by the configuration's keys. */
import type * as z from "zod";
import { checkEnvironment, checkPort, checkSize } from "../../components/fargate-service/checks";
import { COLLECTOR_MEMORY_MIB, TMP_SIZE_MIB } from "../../components/fargate-service/container";
import { type Check, problemsOf } from "../../components/building-blocks/arguments";

type Context = Pick<z.core.$RefinementCtx, "addIssue" | "issues">;

/** For one value: what a rule says of it, where it is a value of its kind at all. */
export const follows =
    <T>(rule: (check: Check, value: T) => void) =>
    (value: T, context: Context): void => {
        if (context.issues.length > 0) return;
        for (const [, allowed] of problemsOf((check) => {
            rule(check, value);
        }))
            context.addIssue({ code: "custom", message: `${JSON.stringify(value)} ${allowed}` });
    };

/** For a section: what a rule says of its keys together, below the key that it names; a key that is wrong by itself is left at that. */
export const together =
    <T>(rule: (check: Check, section: T) => void) =>
    (section: T, context: Context): void => {
        const wrong = new Set(context.issues.map(({ path }) => path?.join(".")));
        for (const [key, message] of problemsOf((check) => {
            rule(check, section);
        }))
            if (!wrong.has(key)) context.addIssue({ code: "custom", path: key.split("."), message });
    };

/** Environment variables by which the service gets its secrets. */
export const SECRETS = {
    database: "ConnectionStrings__DefaultConnection",
    cache: "ConnectionStrings__Redis",
    documents: "ConnectionStrings__Documents",
    jwt: "JWT_SECRET",
};

interface Service {
    cpu: number;
    memory: number;
    containerPort: number;
    environment: Record<string, string>;
    tracing: boolean;
    exec: boolean;
    minCount: number;
    maxCount: number;
    desiredCount: number;
}

/** What a service's keys must be to each other. */
export function checkService(check: Check, service: Service): void {
    const { cpu, memory, tracing, exec, minCount, maxCount, desiredCount } = service;
    checkSize(
        // The size of /tmp is nobody's to set: where it does not fit, the memory is too small.
        (ok, key, allowed) => {
            if (key !== "tmpSizeMib") check(ok, key, allowed);
            else
                check(
                    ok,
                    "memory",
                    `must be above ${TMP_SIZE_MIB + COLLECTOR_MEMORY_MIB} MiB with service.tracing: /tmp and the collector take that`,
                );
        },
        { cpu, memory, tracing, readonlyRootFilesystem: !exec },
    );
    checkPort(check, service);
    checkEnvironment(check, service.environment, Object.values(SECRETS));
    check(minCount <= maxCount, "minCount", `${minCount} is above service.maxCount ${maxCount}`);
    check(desiredCount <= maxCount, "desiredCount", `${desiredCount} is above service.maxCount ${maxCount}`);
    check(desiredCount >= minCount || minCount > maxCount, "desiredCount", `${desiredCount} is below service.minCount ${minCount}`);
}
