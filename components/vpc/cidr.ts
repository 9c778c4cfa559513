/** IPv4 address blocks: reading, comparing, and saying what is wrong with a network's plan. Pure functions. */

/** A block of IPv4 addresses. Addresses are numbers from 0 to 2^32 - 1. */
export interface Cidr {
    first: number;
    last: number;
    /** Bits of the network: 16 in `10.0.0.0/16`. */
    prefix: number;
}

/** The tiers of a network, one block for each zone in each of them. */
export interface SubnetBlocks {
    /** Routed to the internet gateway: for NAT gateways. */
    public: string[];
    /** Routed to a NAT gateway: for what runs. */
    private: string[];
    /** Without a route out of the VPC: for what is stored. */
    data: string[];
}

/** A network's addresses as one is asked for them. */
export interface AddressPlan {
    cidrBlock: string;
    subnets: SubnetBlocks;
}

/** What is wrong, and where in the plan: `["subnets", "private", 2]`. The text goes on after the argument's name: `must be ...`. */
export interface AddressProblem {
    path: (string | number)[];
    text: string;
}

/** Longest and shortest prefix that AWS takes for a VPC and for a subnet. */
const AWS_PREFIXES = { shortest: 16, longest: 28 };
/** Blocks that nobody owns on the internet (RFC 1918, RFC 6598); with any other, a VPC hides the owner's hosts. */
const PRIVATE_BLOCKS = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"];
const TIERS = ["public", "private", "data"] as const;

/** Reads `10.0.0.0/16`; undefined for anything else: other notations, leading zeros, an address that does not begin the block. */
export function parseCidr(text: string): Cidr | undefined {
    const block = enclosingBlock(text);
    return block && formatCidr(block) === text ? block : undefined;
}

/** `10.0.0.0/16` */
export function formatCidr({ first, prefix }: Cidr): string {
    return `${[24, 16, 8, 0].map((bits) => Math.floor(first / 2 ** bits) % 256).join(".")}/${prefix}`;
}

/** True where all of `inner` lies in `outer`. What is no block lies nowhere. */
export const contains = (outer: string, inner: string): boolean => compare(outer, inner, (a, b) => a.first <= b.first && b.last <= a.last);

/** True where two blocks have an address in common. What is no block has none. */
export const overlap = (one: string, other: string): boolean => compare(one, other, (a, b) => a.first <= b.last && b.first <= a.last);

/** What is wrong with the text of one block; undefined where AWS takes it for a subnet. */
export function cidrProblem(text: string): string | undefined {
    const block = enclosingBlock(text);
    if (!block) return `must be an IPv4 block such as 10.0.0.0/16, not "${text}"`;
    if (formatCidr(block) !== text) return `must begin at its network's first address: ${formatCidr(block)}, not ${text}`;
    const { shortest, longest } = AWS_PREFIXES;
    if (block.prefix < shortest || block.prefix > longest) return `must be between /${shortest} and /${longest}, not ${text}`;
    return undefined;
}

/** What is wrong with the block of a whole network; undefined where it can be a VPC's. */
export function networkProblem(text: string): string | undefined {
    const problem = cidrProblem(text);
    if (problem) return problem;
    const isPrivate = PRIVATE_BLOCKS.some((block) => contains(block, text));
    return isPrivate ? undefined : `must lie in a private range (${PRIVATE_BLOCKS.join(", ")}), ${text} does not`;
}

/** What is wrong with a network beside another one that it may be connected to: `must not overlap 10.0.0.0/16 (prod), ...`. */
export function overlapProblem(cidrBlock: string, other: string, whose: string): string | undefined {
    return overlap(cidrBlock, other) ? `must not overlap ${other} (${whose}), ${cidrBlock} does` : undefined;
}

/**
 * Everything that is wrong with a network's addresses: blocks that AWS refuses, too few or too many for the zones, blocks outside the
 * VPC, blocks that overlap. Each block is blamed once, the later one of two that overlap.
 *
 * @param zones how many zones there are; left out, the tiers must have as many blocks as the first
 */
export function planProblems({ cidrBlock, subnets }: AddressPlan, zones = subnets.public.length): AddressProblem[] {
    const network = networkProblem(cidrBlock);
    const problems: AddressProblem[] = network ? [{ path: ["cidrBlock"], text: network }] : [];
    const accepted: { text: string; where: string }[] = [];
    for (const tier of TIERS) {
        const blocks = subnets[tier];
        if (blocks.length !== zones)
            problems.push({ path: ["subnets", tier], text: `must have one block for each of the ${zones} zones, not ${blocks.length}` });
        blocks.forEach((text, i) => {
            const other = accepted.find((it) => overlap(it.text, text));
            const problem = cidrProblem(text) ?? outsideProblem(text, network ? undefined : cidrBlock) ?? clash(text, other);
            if (problem) problems.push({ path: ["subnets", tier, i], text: problem });
            else accepted.push({ text, where: `subnets.${tier}[${i}]` });
        });
    }
    return problems;
}

/** A problem's path as code writes it: `subnets.private[2]`. */
export const pathText = (path: (string | number)[]): string =>
    path.map((part, i) => (typeof part === "number" ? `[${part}]` : `${i > 0 ? "." : ""}${part}`)).join("");

const outsideProblem = (text: string, network: string | undefined) =>
    network === undefined || contains(network, text) ? undefined : `must lie inside the VPC's ${network}, ${text} does not`;

const clash = (text: string, other: { text: string; where: string } | undefined) =>
    other && `must not overlap ${other.where} (${other.text}), ${text} does`;

function compare(one: string, other: string, rule: (a: Cidr, b: Cidr) => boolean): boolean {
    const [a, b] = [parseCidr(one), parseCidr(other)];
    return a !== undefined && b !== undefined && rule(a, b);
}

/** The block of `prefix` bits around an address, which need not be its first. */
function enclosingBlock(text: string): Cidr | undefined {
    const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text)?.slice(1);
    if (!parts?.every((part) => part === String(Number(part)))) return undefined;
    const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = parts.map(Number);
    if (prefix > 32 || [a, b, c, d].some((byte) => byte > 255)) return undefined;
    const size = 2 ** (32 - prefix);
    const address = ((a * 256 + b) * 256 + c) * 256 + d;
    const first = address - (address % size);
    return { first, last: first + size - 1, prefix };
}
