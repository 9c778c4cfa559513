/** Parses and validates lists of IPv4 and IPv6 CIDR blocks. */
import { isIP } from "node:net";

/** IP versions as AWS WAF names them. */
export type IpVersion = "IPV4" | "IPV6";

const BITS: Record<IpVersion, number> = { IPV4: 32, IPV6: 128 };

/** Most blocks in an IP set. Source: AWS WAF Developer Guide, "AWS WAF quotas". */
const MAX_BLOCKS = 10_000;

/** The version of a block. Only IPv6 addresses contain colons. */
export const versionOf = (block: string): IpVersion => (block.includes(":") ? "IPV6" : "IPV4");

/** The versions of the blocks in a list. */
export const versionsOf = (blocks: string[]): IpVersion[] =>
    (["IPV4", "IPV6"] as const).filter((version) => blocks.some((block) => versionOf(block) === version));

/** Why a text isn't a valid block, as in `must be ...`. Undefined if it is valid. AWS WAF has no block with all addresses. */
export function blockProblem(text: string): string | undefined {
    const [address = "", prefix = "", ...rest] = text.split("/");
    const version = versionOf(text);
    const bits = Number(prefix);
    if (isIP(address) === 0 || rest.length > 0 || !/^\d{1,3}$/.test(prefix) || bits > BITS[version])
        return "must be an IPv4 or IPv6 block, such as 203.0.113.0/24 or 2001:db8::/32";
    if (bits === 0) return "must not contain all addresses";
    const value = numberOf(address);
    const spare = BigInt(BITS[version] - bits);
    const first = (value >> spare) << spare;
    return value === first ? undefined : `must start at the first address of the block: ${format(first, version)}/${bits}`;
}

/** The same text for all notations of a block. */
export function canonical(block: string): string {
    const [address = "", prefix = ""] = block.split("/");
    return isIP(address) === 0 ? block : `${format(numberOf(address), versionOf(block))}/${Number(prefix)}`;
}

/** Problems of a list, as continuations of the name of the argument. */
export function listProblems(blocks: string[]): string[] {
    const invalid = blocks.flatMap((block) => {
        const problem = blockProblem(block);
        return problem === undefined ? [] : [`contains ${block}, which ${problem}`];
    });
    if (invalid.length > 0) return invalid;
    const all = blocks.map(canonical);
    const repeated = blocks.filter((block, i) => all.indexOf(canonical(block)) < i).map((block) => `contains ${block} more than once`);
    return blocks.length > MAX_BLOCKS ? [...repeated, `must have at most ${MAX_BLOCKS} blocks`] : repeated;
}

function numberOf(address: string): bigint {
    if (isIP(address) === 4) return address.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
    // The URL parser writes an IPv4 address at the end as two groups.
    const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
    const groups = (text: string | undefined) => (text ? text.split(":") : []);
    const [before, after] = [groups(head), groups(tail)];
    const zeros = Array<string>(tail === undefined ? 0 : 8 - before.length - after.length).fill("0");
    return [...before, ...zeros, ...after].reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}

function format(value: bigint, version: IpVersion): string {
    if (version === "IPV4") return [24n, 16n, 8n, 0n].map((bits) => ((value >> bits) & 255n).toString()).join(".");
    const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 65_535n).toString(16)).join(":");
    return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}
