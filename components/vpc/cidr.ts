/** Parses, compares, and validates IPv4 CIDR blocks. */

/** A block of IPv4 addresses. Addresses are numbers from 0 to 2^32 - 1. */
export interface Cidr {
    first: number;
    last: number;
    /** Prefix length: 16 in `10.0.0.0/16`. */
    prefix: number;
}

/** CIDR blocks of the subnets by tier, one block per Availability Zone. */
export interface SubnetBlocks {
    /** Subnets with a route to the internet gateway, for NAT gateways. */
    public: string[];
    /** Subnets with a route to a NAT gateway, for workloads. */
    private: string[];
    /** Subnets without a route out of the VPC, for data stores. */
    data: string[];
}

/** CIDR blocks of a VPC and its subnets. */
export interface AddressPlan {
    cidrBlock: string;
    subnets: SubnetBlocks;
}

/** Number of Availability Zones, which have a subnet of each tier. Load balancers and databases require two. */
export const ZONES = [2, 6] as const;

/** A problem and its path, such as `["subnets", "private", 2]`. The text continues the name of the argument: `must be ...`. */
export interface AddressProblem {
    path: (string | number)[];
    text: string;
}

/** Prefix lengths that AWS allows for VPCs and subnets. */
const AWS_PREFIXES = { shortest: 16, longest: 28 };
/** Private ranges (RFC 1918, RFC 6598). With other ranges, public hosts are unreachable from the VPC. */
const PRIVATE_BLOCKS = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"];
const TIERS = ["public", "private", "data"] as const;

/** Parses `10.0.0.0/16`. Undefined for other notations, leading zeros, and addresses that aren't the first of the block. */
export function parseCidr(text: string): Cidr | undefined {
    const block = enclosingBlock(text);
    return block && formatCidr(block) === text ? block : undefined;
}

/** `10.0.0.0/16` */
export function formatCidr({ first, prefix }: Cidr): string {
    return `${[24, 16, 8, 0].map((bits) => Math.floor(first / 2 ** bits) % 256).join(".")}/${prefix}`;
}

/** Whether `outer` contains `inner`. False if one of them is invalid. */
export const contains = (outer: string, inner: string): boolean => compare(outer, inner, (a, b) => a.first <= b.first && b.last <= a.last);

/** Whether two blocks overlap. False if one of them is invalid. */
export const overlap = (one: string, other: string): boolean => compare(one, other, intersect);

const intersect = (a: Cidr, b: Cidr) => a.first <= b.last && b.first <= a.last;

/** The problem of a subnet block. Undefined if it is valid. */
export function cidrProblem(text: string): string | undefined {
    const block = enclosingBlock(text);
    if (!block) return `must be an IPv4 block such as 10.0.0.0/16, not "${text}"`;
    if (formatCidr(block) !== text) return `must begin with the first address of the block: ${formatCidr(block)}, not ${text}`;
    const { shortest, longest } = AWS_PREFIXES;
    if (block.prefix < shortest || block.prefix > longest) return `must be between /${shortest} and /${longest}, not ${text}`;
    return undefined;
}

/** The problem of a VPC block. Undefined if it is valid. */
export function networkProblem(text: string): string | undefined {
    const problem = cidrProblem(text);
    if (problem) return problem;
    const isPrivate = PRIVATE_BLOCKS.some((block) => contains(block, text));
    return isPrivate ? undefined : `must be in a private range (${PRIVATE_BLOCKS.join(", ")}), not ${text}`;
}

/** The problem of a VPC block that overlaps the block of another VPC: `must not overlap 10.0.0.0/16 (prod), ...`. */
export function overlapProblem(cidrBlock: string, other: string, whose: string): string | undefined {
    return overlap(cidrBlock, other) ? `must not overlap ${other} (${whose}): ${cidrBlock}` : undefined;
}

/**
 * All problems of the CIDR blocks: invalid blocks, too few or too many for the zones, blocks outside the VPC, and overlaps. Reports each block
 * once; of two overlapping blocks, the second one.
 *
 * @param zones number of Availability Zones. @default the number of public blocks
 */
export function planProblems({ cidrBlock, subnets }: AddressPlan, zones = subnets.public.length): AddressProblem[] {
    const network = networkProblem(cidrBlock);
    const problems: AddressProblem[] = network ? [{ path: ["cidrBlock"], text: network }] : [];
    const accepted: { block: Cidr; text: string; where: string }[] = [];
    for (const tier of TIERS) {
        const blocks = subnets[tier];
        if (blocks.length !== zones)
            problems.push({ path: ["subnets", tier], text: `must have one block for each of the ${zones} zones, not ${blocks.length}` });
        blocks.forEach((text, i) => {
            const block = parseCidr(text);
            const other = block && accepted.find((it) => intersect(it.block, block));
            const problem = cidrProblem(text) ?? outsideProblem(text, network ? undefined : cidrBlock) ?? clash(text, other);
            if (problem) problems.push({ path: ["subnets", tier, i], text: problem });
            else if (block) accepted.push({ block, text, where: `subnets.${tier}[${i}]` });
        });
    }
    return problems;
}

/** The path of a problem in code notation: `subnets.private[2]`. */
export const pathText = (path: (string | number)[]): string =>
    path.map((part, i) => (typeof part === "number" ? `[${part}]` : `${i > 0 ? "." : ""}${part}`)).join("");

const outsideProblem = (text: string, network: string | undefined) =>
    network === undefined || contains(network, text) ? undefined : `must be inside the VPC's block ${network}, not ${text}`;

const clash = (text: string, other: { text: string; where: string } | undefined) =>
    other && `must not overlap ${other.where} (${other.text}): ${text}`;

function compare(one: string, other: string, rule: (a: Cidr, b: Cidr) => boolean): boolean {
    const [a, b] = [parseCidr(one), parseCidr(other)];
    return a !== undefined && b !== undefined && rule(a, b);
}

/** The block that contains an address, which can be any address of the block. */
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
