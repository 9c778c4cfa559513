import { expect } from "chai";
import fc from "fast-check";
import {
    type AddressPlan,
    cidrProblem,
    contains,
    formatCidr,
    networkProblem,
    overlap,
    overlapProblem,
    parseCidr,
    pathText,
    planProblems,
} from "../../components/vpc/cidr";

/** A block by its prefix length and its number among the blocks of that size. */
const cidrs = (shortest = 0, longest = 32) =>
    fc.integer({ min: shortest, max: longest }).chain((prefix) =>
        fc.integer({ min: 0, max: 2 ** prefix - 1 }).map((n) => {
            const size = 2 ** (32 - prefix);
            return formatCidr({ first: n * size, last: n * size + size - 1, prefix });
        }),
    );
/** An independent check: two blocks overlap if the bits of the shorter prefix are equal. */
const bits = (cidr: string) => {
    const [address = "", prefix = ""] = cidr.split("/");
    const all = address.split(".").map((byte) => Number(byte).toString(2).padStart(8, "0"));
    return all.join("").slice(0, Number(prefix));
};
const halves = (cidr: string): [string, string] => {
    const { first, last, prefix } = parseCidr(cidr)!;
    const half = (last - first + 1) / 2;
    return [
        formatCidr({ first, last: first + half - 1, prefix: prefix + 1 }),
        formatCidr({ first: first + half, last, prefix: prefix + 1 }),
    ];
};

describe("cidr", () => {
    it("parses what it formats", () => {
        fc.assert(fc.property(cidrs(), (text) => formatCidr(parseCidr(text)!) === text));
        expect(parseCidr("10.0.0.0/16")).to.deep.equal({ first: 167_772_160, last: 167_837_695, prefix: 16 });
        expect(parseCidr("0.0.0.0/0")).to.deep.equal({ first: 0, last: 2 ** 32 - 1, prefix: 0 });
    });

    it("rejects other text", () => {
        const wrong = ["", "10.0.0.0", "10.0.0/16", "10.0.0.0/33", "10.0.0.256/32", "010.0.0.0/16", "10.0.0.0/016", "10.0.0.0/-1"];
        for (const text of [...wrong, " 10.0.0.0/16", "10.0.0.0/16\n", "::/0", "1e1.0.0.0/8"])
            expect(parseCidr(text), text).to.be.undefined;
        fc.assert(fc.property(fc.string(), (text) => parseCidr(text) === undefined || formatCidr(parseCidr(text)!) === text));
    });

    it("rejects an address that isn't the start of its block, and suggests the right one", () => {
        const inside = cidrs(16, 28).chain((text) =>
            fc.tuple(fc.constant(text), fc.integer({ min: 1, max: 2 ** (32 - parseCidr(text)!.prefix) - 1 })),
        );
        fc.assert(
            fc.property(inside, ([text, offset]) => {
                const { first, last, prefix } = parseCidr(text)!;
                const shifted = formatCidr({ first: first + offset, last, prefix });
                expect(parseCidr(shifted)).to.be.undefined;
                expect(cidrProblem(shifted)).to.equal(`must begin with the first address of the block: ${text}, not ${shifted}`);
            }),
        );
    });

    it("agrees with a bitwise comparison on overlap and containment", () => {
        fc.assert(
            fc.property(cidrs(0, 8), cidrs(0, 8), (a, b) => {
                expect(overlap(a, b)).to.equal(bits(a).startsWith(bits(b)) || bits(b).startsWith(bits(a)));
                expect(contains(a, b)).to.equal(bits(b).startsWith(bits(a)));
            }),
        );
    });

    it("finds that a block contains both of its halves, which don't overlap", () => {
        fc.assert(
            fc.property(cidrs(0, 31), (whole) => {
                const [low, high] = halves(whole);
                expect([contains(whole, low), contains(whole, high), overlap(low, high), contains(low, whole)]).to.deep.equal([
                    true,
                    true,
                    false,
                    false,
                ]);
            }),
        );
    });

    it("includes the first and the last address", () => {
        expect(overlap("10.0.0.255/32", "10.0.0.0/24")).to.be.true;
        expect(overlap("10.0.0.0/24", "10.0.0.0/32")).to.be.true;
        expect(overlap("10.0.1.0/32", "10.0.0.0/24")).to.be.false;
    });

    it("returns false for text that isn't a block", () => {
        expect([contains("10.0.0.0/8", "x"), contains("x", "10.0.0.0/8"), overlap("x", "x")]).to.deep.equal([false, false, false]);
    });

    it("accepts subnets from /16 to /28, like AWS", () => {
        for (const text of ["10.0.0.0/16", "10.0.0.0/28"]) expect(cidrProblem(text)).to.be.undefined;
        for (const text of ["10.0.0.0/15", "10.0.0.0/8", "10.0.0.0/29", "10.0.0.0/32"])
            expect(cidrProblem(text)).to.equal(`must be between /16 and /28, not ${text}`);
        expect(cidrProblem("10.0.256.0/24")).to.equal('must be an IPv4 block such as 10.0.0.0/16, not "10.0.256.0/24"');
        expect(cidrProblem("ten")).to.equal('must be an IPv4 block such as 10.0.0.0/16, not "ten"');
    });

    it("accepts only private ranges for a VPC", () => {
        for (const text of ["10.255.0.0/16", "172.16.0.0/16", "172.31.0.0/16", "192.168.0.0/16", "100.64.0.0/16"])
            expect(networkProblem(text), text).to.be.undefined;
        for (const text of ["11.0.0.0/16", "172.32.0.0/16", "192.169.0.0/16", "100.128.0.0/16", "8.8.0.0/16"])
            expect(networkProblem(text)).to.equal(
                `must be in a private range (10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16), not ${text}`,
            );
        expect(networkProblem("10.0.0.0/8")).to.equal("must be between /16 and /28, not 10.0.0.0/8");
    });

    it("finds VPCs that can't be connected", () => {
        expect(overlapProblem("10.0.128.0/17", "10.0.0.0/16", "prod")).to.equal("must not overlap 10.0.0.0/16 (prod): 10.0.128.0/17");
        expect(overlapProblem("10.1.0.0/16", "10.0.0.0/16", "prod")).to.be.undefined;
    });
});

describe("planProblems", () => {
    const third = (n: number) => [n, n + 1, n + 2].map((octet) => `10.0.${octet}.0/24`);
    const design: AddressPlan = { cidrBlock: "10.0.0.0/16", subnets: { public: third(1), private: third(4), data: third(7) } };
    const problemsOf = (subnets: Partial<AddressPlan["subnets"]>, cidrBlock = design.cidrBlock, zones = 3) =>
        planProblems({ cidrBlock, subnets: { ...design.subnets, ...subnets } }, zones).map(({ path, text }) => `${pathText(path)} ${text}`);

    it("finds no problem with the default blocks", () => {
        expect(problemsOf({})).to.be.empty;
    });

    it("finds no problem with any partition of a VPC, and always one if a block is used twice", () => {
        const plans = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 21, max: 28 }));
        fc.assert(
            fc.property(plans, fc.nat(), fc.nat(), ([zones, octet, prefix], from, to) => {
                const size = 2 ** (32 - prefix);
                const start = parseCidr(`10.${octet}.0.0/16`)!.first;
                const blocks = Array.from({ length: 3 * zones }, (_, i) =>
                    formatCidr({ first: start + i * size, last: start + (i + 1) * size - 1, prefix }),
                );
                const plan = (all: string[]): AddressPlan => ({
                    cidrBlock: `10.${octet}.0.0/16`,
                    subnets: { public: all.slice(0, zones), private: all.slice(zones, 2 * zones), data: all.slice(2 * zones) },
                });
                expect(planProblems(plan(blocks))).to.be.empty;
                const [source, target] = [from % blocks.length, to % blocks.length];
                fc.pre(source !== target);
                const twice = planProblems(plan(blocks.with(target, blocks[source]!)));
                expect(twice).to.have.length(1);
                expect(twice[0]!.text).to.match(/^must not overlap subnets\.\w+\[\d\] /);
            }),
        );
    });

    it("requires one block per zone in every tier", () => {
        expect(problemsOf({ private: ["10.0.4.0/24"] })).to.deep.equal([
            "subnets.private must have one block for each of the 3 zones, not 1",
        ]);
        expect(problemsOf({}, "10.0.0.0/16", 2)).to.have.length(3);
    });

    it("reports each block once, under its key", () => {
        expect(
            problemsOf({ public: ["10.0.1.0/24", "10.1.2.0/24", "10.0.3.9/24"], data: ["10.0.4.0/25", "10.0.8.0/24", "10.0.9.0/30"] }),
        ).to.deep.equal([
            "subnets.public[1] must be inside the VPC's block 10.0.0.0/16, not 10.1.2.0/24",
            "subnets.public[2] must begin with the first address of the block: 10.0.3.0/24, not 10.0.3.9/24",
            "subnets.data[0] must not overlap subnets.private[0] (10.0.4.0/24): 10.0.4.0/25",
            "subnets.data[2] must be between /16 and /28, not 10.0.9.0/30",
        ]);
    });

    it("doesn't report the subnets if the VPC's block is invalid", () => {
        expect(problemsOf({}, "10.0.0.0")).to.deep.equal(['cidrBlock must be an IPv4 block such as 10.0.0.0/16, not "10.0.0.0"']);
    });
});
