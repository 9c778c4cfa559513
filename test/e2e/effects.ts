/** What an update is expected to do to each resource of AWS, and in which order. */
import type { OpType } from "@pulumi/pulumi/automation";
import { expect } from "chai";
import { nameOf } from "../../components/testing/urn";
import type { Step } from "./support";

/** Resources by logical name, or by a part of the URN. */
export type Pattern = string | RegExp;

/** Resources by operation. Creations and deletions that are part of a replacement count as `replace`. */
export interface Effect {
    create?: Pattern[];
    update?: Pattern[];
    replace?: Pattern[];
    delete?: Pattern[];
    /** Resources that some versions of the provider update, and others don't. */
    optional?: Pattern[];
}

/** Steps of the engine, such as "update api-service": the first one must end before the second one starts. */
export type Order = [earlier: string, later: string];

const EXPECTED = ["create", "update", "replace", "delete"] as const;
type Operation = (typeof EXPECTED)[number];

const OPERATIONS: Partial<Record<OpType, Operation>> = {
    replace: "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    // Removes from the state what was deleted before its replacement is created.
    "remove-pending-replace": "replace",
};

const matches = (urn: string, pattern: Pattern) => (typeof pattern === "string" ? nameOf(urn) === pattern : pattern.test(urn));
const named = (operation: string, urn: string) => `${operation} ${nameOf(urn)}`;

/** What a resource that left the program loses before its dependents are created again is a deletion, not a replacement. */
function operationsOf(steps: Step[]): { operation: Operation; urn: string }[] {
    const created = new Set(steps.filter(({ op }) => op === "create-replacement").map(({ urn }) => urn));
    return steps.map(({ op, urn }) => {
        const operation = OPERATIONS[op] ?? (op as Operation);
        return { operation: operation === "replace" && !created.has(urn) ? "delete" : operation, urn };
    });
}

/**
 * Fails unless the steps are those of the effects, and nothing else. If there are several effects, each resource must belong to exactly one of
 * them.
 */
export function expectEffects(steps: Step[], effects: Effect[]): void {
    const operations = operationsOf(steps);
    const belongs = (effect: Effect, { operation, urn }: (typeof operations)[number]) =>
        (effect[operation] ?? []).some((pattern) => matches(urn, pattern)) ||
        (operation === "update" && (effect.optional ?? []).some((pattern) => matches(urn, pattern)));
    const unexpected = operations.filter((it) => !effects.some((effect) => belongs(effect, it)));
    const ambiguous = operations.filter((it) => effects.filter((effect) => belongs(effect, it)).length > 1);
    const absent = effects.flatMap((effect) =>
        EXPECTED.flatMap((operation) =>
            (effect[operation] ?? [])
                .filter((pattern) => !operations.some((it) => it.operation === operation && matches(it.urn, pattern)))
                .map((pattern) => `${operation} ${String(pattern)}`),
        ),
    );
    const list = (items: typeof operations) => [...new Set(items.map(({ operation, urn }) => named(operation, urn)))].sort();
    expect({ unexpected: list(unexpected), absent, ambiguous: list(ambiguous) }).to.deep.equal({
        unexpected: [],
        absent: [],
        ambiguous: [],
    });
}

/** Fails if a step starts before another one, which must precede it, has ended. */
export function expectOrder(steps: Step[], order: Order[]): void {
    for (const [earlier, later] of order) {
        const [first, second] = [earlier, later].map((step) => {
            const found = steps.filter(({ op, urn }) => named(op, urn) === step);
            expect(found, step).to.have.length(1);
            return found[0];
        });
        expect(first?.ended, `${earlier} ends before ${later}`).to.be.below(second?.started ?? 0);
    }
}
