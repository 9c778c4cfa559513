import type { Check } from "./types";

/** The least-privilege policy for the checks. Most of the actions list or describe and don't support resource-level permissions. */
export function policyOf(checks: Check[]): object {
    const actions = (of: (check: Check) => string[]) => [...new Set(checks.flatMap(of))].sort();
    return {
        Version: "2012-10-17",
        Statement: [
            { Sid: "Preflight", Effect: "Allow", Action: actions((check) => check.actions), Resource: "*" },
            {
                Sid: "PreflightFix",
                Effect: "Allow",
                Action: actions((check) => check.fixActions ?? []),
                Resource: "arn:aws:iam::*:role/aws-service-role/*",
            },
        ],
    };
}
