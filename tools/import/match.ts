import type { DeployedResource } from "../../components/testing";
import { nameOf } from "../../components/testing/urn";
import { differencesOf, doubtsOf, elsewhereOf, isEmpty, type Planned } from "./compare";
import { Entries, type ImportFile } from "./import-file";
import type { StateResource } from "./state";
import { ADOPTIONS, type Adoption } from "./table";
import { fateOf, type Kind } from "./types";

export interface Adopted {
    address: string;
    logicalName: string;
    /** Reason for the match. */
    why: string;
    /** What to check before `up`. */
    note?: string;
}

export interface Left {
    address: string;
    kind: Kind;
    reason: string;
}

export interface Matching {
    file: ImportFile;
    adopted: Adopted[];
    left: Left[];
}

export interface MatchOptions {
    /** The account that was planned with. @default none: accounts are not compared */
    account?: string;
    /** Addresses by logical name, which override the match. @default none */
    take?: ReadonlyMap<string, string>;
}

/**
 * Matches the resources of a Terraform state with the planned resources. Pure.
 *
 * @throws Error if `take` names a resource that isn't in the state or can't be adopted
 */
export function match(
    state: readonly StateResource[],
    planned: readonly DeployedResource[],
    { account, take = new Map() }: MatchOptions = {},
): Matching {
    const entries = new Entries(planned);
    const adopted = new Map<StateResource, Adopted>();
    const refused = new Map<StateResource, Refusals>();
    const refuse: Refuse = (resource, because, then = "") => {
        const refusals: Refusals = refused.get(resource) ?? new Map<string, string[]>();
        refused.set(resource, refusals.set(then, [...new Set([...(refusals.get(then) ?? []), because])]));
    };

    for (const adoption of ADOPTIONS) {
        const { logicalName } = adoption;
        const address = take.get(logicalName);
        const target = planned.find((it) => it.type === adoption.pulumi && nameOf(it.urn) === logicalName);
        const candidates = candidatesFor(adoption, state, refuse);
        const taken = address === undefined ? undefined : takenFrom(state, candidates, adoption, address);
        if (!target) {
            if (taken) throw new Error(`--take ${logicalName}: this stack has no ${logicalName}`);
            for (const it of candidates) if (isNamedFor(adoption, it)) refuse(it, "this stack has no such resource: keep it");
            continue;
        }
        const at = { target, planned, account };
        if (taken) {
            const against = objectionsTo(adoption, taken, at).map(({ because }) => because);
            if (against.length > 0) throw new Error(`--take ${logicalName}=${taken.address}: ${against.join("; ")}`);
            for (const it of candidates) if (it !== taken) refuse(it, `--take adopts another resource as ${logicalName}: keep it`);
        }
        const fitting = (taken ? [taken] : candidates.filter((it) => isNamedFor(adoption, it))).filter((resource) => {
            const against = [...objectionsTo(adoption, resource, at), ...(taken ? [] : doubtsAbout(adoption, resource, at))];
            for (const { because, then } of against) refuse(resource, because, then);
            return against.length === 0;
        });
        const [found, ...more] = fitting;
        if (more.length > 0) {
            const which = `${fitting.length} resources match ${logicalName}, so none is adopted: choose one with --take ${logicalName}=ADDRESS`;
            for (const it of fitting) refuse(it, which);
        } else if (found) {
            const why = taken ? "chosen by --take" : whyOf(adoption, found);
            entries.add(target, idOf(adoption, found));
            adopted.set(found, { address: found.address, logicalName, why, ...(adoption.note ? { note: adoption.note } : {}) });
        }
    }
    const left = state.filter((it) => !adopted.has(it));
    return {
        file: entries.file,
        adopted: [...adopted.values()],
        left: left.map((it) => ({ address: it.address, ...fate(it, [...adopted.keys()], refused.get(it)) })),
    };
}

/** Reasons why a resource isn't adopted, by remedy. The remedy is empty if the reason contains it. */
type Refusals = Map<string, string[]>;

type Refuse = (resource: StateResource, because: string, then?: string) => void;

const textOf = (refusals: Refusals): string =>
    [...refusals].map(([then, because]) => [because.join("; "), then].filter((it) => it !== "").join(": ")).join("; ");

interface Objection {
    because: string;
    /** What to do instead. */
    then: string;
}

/** Reasons that exclude a resource. If it is in another account or region, other differences aren't reported. */
function objectionsTo(adoption: Adoption, resource: StateResource, at: Planned): Objection[] {
    const elsewhere = elsewhereOf(adoption, resource, at).map((because) => ({ because, then: "keep it" }));
    if (elsewhere.length > 0) return elsewhere;
    return differencesOf(adoption, resource, at).map((because) => ({ because, then: adoption.otherwise }));
}

/** Doubts that the user must resolve, if nothing excludes the resource. */
function doubtsAbout(adoption: Adoption, resource: StateResource, at: Planned): Objection[] {
    if (objectionsTo(adoption, resource, at).length > 0) return [];
    const then = `to adopt it anyway: --take ${adoption.logicalName}=${resource.address}`;
    return doubtsOf(adoption, resource, at).map((because) => ({ because, then }));
}

/** Resources of the type, without deposed and excluded ones. */
function candidatesFor({ terraform, without }: Adoption, state: readonly StateResource[], refuse: Refuse): StateResource[] {
    return state.filter((resource) => {
        if (resource.type !== terraform) return false;
        const { attributes, deposed } = resource;
        if (deposed) refuse(resource, "deposed: it was replaced, and Terraform's next run deletes it; check its contents first");
        const excluded = without !== undefined && !isEmpty(attributes[without.attribute]);
        if (excluded) refuse(resource, without.reason);
        return !deposed && !excluded;
    });
}

function takenFrom(
    state: readonly StateResource[],
    candidates: readonly StateResource[],
    { terraform, logicalName }: Adoption,
    address: string,
): StateResource {
    const taken = candidates.find((it) => it.address === address);
    if (taken) return taken;
    const other = state.some((it) => it.address === address);
    const offered = candidates.map((it) => it.address).join(", ") || "none";
    throw new Error(
        `--take ${logicalName}=${address}: ${other ? `it can't be adopted as ${logicalName}` : "the state has no such address"}; ` +
            `candidates of type ${terraform}: ${offered}`,
    );
}

/** The word in a Terraform name that identifies a key. Only whole words count, because `passwords` contains `rds`. */
const wordIn = (name: string, words: string[]): string | undefined => name.split(/[_-]/).find((it) => words.includes(it.toLowerCase()));

const isNamedFor = ({ known }: Adoption, { name }: StateResource): boolean =>
    known.by !== "word" || wordIn(name, known.words) !== undefined;

function whyOf({ known }: Adoption, { type, name, attributes }: StateResource): string {
    if (known.by === "name") return `its ${known.attribute} is ${JSON.stringify(attributes[known.attribute])}, as in this program`;
    if (known.by === "alone") return `the only matching ${type}`;
    return `the only matching ${type} with one of the words ${known.words.join(", ")} in its Terraform name: ${wordIn(name, known.words) ?? ""}`;
}

/** `differencesOf` has checked that the attribute exists. */
const idOf = ({ id = "id" }: Adoption, { attributes }: StateResource): string => {
    const found = attributes[id];
    return typeof found === "string" ? found : "";
};

/** Attributes that refer to the resource that a setting belongs to. */
const OWNERS = ["bucket", "repository", "secret_id", "user_pool_id", "key_id", "target_key_id", "replication_group_id", "distribution_id"];

function fate(resource: StateResource, adopted: StateResource[], refusals?: Refusals): { kind: Kind; reason: string } {
    const namesOf = ({ attributes }: StateResource) => [attributes.id, attributes.arn].filter((it) => !isEmpty(it));
    const isAdoptable = ADOPTIONS.some(({ terraform }) => terraform === resource.type);
    const owned = OWNERS.map((attribute) => resource.attributes[attribute]).filter((it) => !isEmpty(it));
    const owner = isAdoptable ? undefined : adopted.find((it) => namesOf(it).some((name) => owned.includes(name)));
    if (owner) return { kind: "attached", reason: `belongs to ${owner.address}, which is adopted` };
    const { kind, reason } = fateOf(resource.type);
    return { kind, reason: refusals ? textOf(refusals) : reason };
}
