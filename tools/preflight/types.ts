import type { Lookup } from "../../components/testing";
import type { Clients } from "./clients";
import type { Http } from "./http";
import type { Peak } from "./load";
import type { PlannedStack } from "./planned";

/** `unknown` means that AWS didn't answer the question, for example because a permission is missing. It never counts as passed. */
export type Status = "passed" | "failed" | "warning" | "unknown";

export interface Finding {
    status: Status;
    /** The question. */
    asked: string;
    /** The answer from AWS. */
    found: string;
    /** What to do. */
    action?: string;
    /** Repairs the cause; runs with `--fix` only. */
    fix?: () => Promise<string>;
}

export interface Result {
    findings: Finding[];
}

/** DNS lookups, replaceable in tests. */
export interface Resolver {
    resolveNs(name: string): Promise<string[]>;
    resolveCaa(name: string): Promise<{ issue?: string }[]>;
}

export interface Context {
    plan: PlannedStack;
    clients: Clients;
    dns: Resolver;
    /** The account of the credentials. */
    account: string;
    /** Data sources that the program read during the plan. */
    lookups: Lookup[];
    /** The plans with the highest demand: this stack and, for a primary stack, the dr stack after a failover. */
    peaks: Peak[];
    /** Reasons why a peak isn't known. */
    gaps: string[];
    http: Http;
}

export interface Check {
    id: string;
    title: string;
    /** IAM actions that the check calls. */
    actions: string[];
    /** IAM actions that only `--fix` calls. */
    fixActions?: string[];
    run(context: Context): Promise<Result>;
}
