import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { findAvailabilityZones } from "../../components";
import { overlap } from "../../components/vpc/cidr";
import { slotOf } from "../../components/vpc/zones";
import { record, type Recording } from "../../components/testing";
import { planWithResults } from "../support/plans";

const SOURCE = "aws:index/getAvailabilityZones:getAvailabilityZones";
/** An account's zones: names and IDs. */
type Zones = Record<string, string>;

describe("findAvailabilityZones", () => {
    const found = async (count: number, region: string, zones?: [name: string, id: string][]) => {
        let asked: Record<string, unknown> = {};
        const { outputs } = await record(async () => ({ zones: await findAvailabilityZones(count) }), {
            region,
            dataSources: {
                "aws:index/getAvailabilityZones:getAvailabilityZones": (inputs) => {
                    asked = inputs;
                    return zones && { id: region, region, names: zones.map(([name]) => name), zoneIds: zones.map(([, id]) => id) };
                },
            },
        });
        return { zones: outputs.zones, asked };
    };
    const messageOf = (zones: Promise<unknown>) =>
        zones.then(
            () => "",
            (error: unknown) => (error as Error).message,
        );

    it("omits zones that require opt-in", async () => {
        const { asked } = await found(3, "us-east-1");
        expect(asked.filters).to.deep.equal([{ name: "opt-in-status", values: ["opt-in-not-required"] }]);
    });

    it("selects zones by ID, regardless of their names in the account", async () => {
        expect((await found(3, "us-east-1")).zones).to.deep.equal(["us-east-1a", "us-east-1b", "us-east-1d"]);
        const account: [string, string][] = [
            ["ca-central-1a", "cac1-az4"],
            ["ca-central-1b", "cac1-az1"],
            ["ca-central-1d", "cac1-az2"],
        ];
        expect((await found(2, "ca-central-1", account)).zones).to.deep.equal(["ca-central-1b", "ca-central-1d"]);
    });

    it("ignores the state of zones, so that an impaired zone isn't replaced", async () => {
        expect((await found(3, "us-east-1")).asked).to.not.have.property("state");
    });

    it("returns the first ones by ID, regardless of their names and of the order in AWS's response", async () => {
        const account: [string, string][] = [
            ["us-west-2a", "usw2-az3"],
            ["us-west-2c", "usw2-az2"],
            ["us-west-2b", "usw2-az1"],
        ];
        expect((await found(2, "us-west-2", account)).zones).to.deep.equal(["us-west-2b", "us-west-2c"]);
    });

    it("reports a region with too few zones, without zones that the table doesn't know", async () => {
        const account: [string, string][] = [
            ["us-west-1a", "usw1-az1"],
            ["us-west-1b", "usw1-az9"],
            ["us-west-1c", "usw1-az3"],
        ];
        expect(await messageOf(found(3, "us-west-1", account))).to.equal(
            "us-west-1 has 2 suitable Availability Zones (us-west-1a, us-west-1c), but 3 are required",
        );
    });

    it("rejects a region that isn't in the table, and describes how to add it", async () => {
        expect(await messageOf(found(2, "xx-north-1"))).to.equal(
            'the zones of xx-north-1 are unknown. To use a region that AWS added later, see docs/extending.md, "Add a region"',
        );
    });
});

describe("the address blocks of a zone", () => {
    it("come from its ID, with zones without VPC links last", () => {
        const slots = (...ids: string[]) => ids.map((id) => slotOf("us-east-1", { name: "us-east-1x", id }));
        expect(slots("use1-az1", "use1-az2", "use1-az4", "use1-az5", "use1-az6", "use1-az3")).to.deep.equal([0, 1, 2, 3, 4, 5]);
        expect(slotOf("eu-north-1", { name: "eu-north-1c", id: "" }), "without an ID").to.equal(2);
    });

    /** An account in which the zone without VPC links has another letter than in the plans. */
    const account: Zones = {
        "us-east-1a": "use1-az4",
        "us-east-1b": "use1-az6",
        "us-east-1c": "use1-az1",
        "us-east-1d": "use1-az2",
        "us-east-1e": "use1-az3",
        "us-east-1f": "use1-az5",
    };
    const results = {
        [SOURCE]: { id: "us-east-1", region: "us-east-1", names: Object.keys(account), zoneIds: Object.values(account) },
    };
    const network = (names: string[] | number) => {
        const overrides = Array.isArray(names)
            ? [`numberOfAvailabilityZones=${names.length}`, ...names.map((letter, i) => `availabilityZoneNames[${i}]=us-east-1${letter}`)]
            : [`numberOfAvailabilityZones=${names}`];
        return planWithResults(
            results,
            "prod",
            overrides.map((it) => `ai-platform:network.${it}`),
        );
    };
    const subnets = (recording: Recording) =>
        recording.all(aws.ec2.Subnet).map(({ urn, inputs }) => ({
            urn,
            block: String(inputs.cidrBlock),
            zone: String(inputs.availabilityZone),
        }));

    const changes: [what: string, before: string[] | number, after: string[] | number][] = [
        ["two zones to three", 2, 3],
        ["three zones to two", 3, 2],
        ["three zones to five", 3, 5],
        ["one of the middle removed", ["a", "c", "d"], ["a", "d"]],
        ["one before the others added", ["c", "d"], ["a", "c", "d"]],
        ["another third zone", ["a", "c", "d"], ["b", "c", "d"]],
        ["another order of names", ["a", "c", "d"], ["d", "a", "c"]],
        ["the same zones by name", 3, ["a", "c", "d"]],
    ];
    for (const [what, before, after] of changes) {
        it(`stay the same, and free of other subnets: ${what}`, async () => {
            const [old, updated] = [subnets(await network(before)), subnets(await network(after))];
            const kept = updated.filter(({ urn }) => old.some((subnet) => subnet.urn === urn));
            for (const subnet of kept) expect(old).to.deep.include(subnet);
            // AWS creates the new subnets before it deletes the old ones.
            const added = updated.filter((subnet) => !kept.includes(subnet));
            for (const { block, urn } of added) {
                expect(
                    old.filter((subnet) => overlap(subnet.block, block)),
                    urn,
                ).to.be.empty;
            }
            const common = updated.filter(({ zone }) => old.some((subnet) => subnet.zone === zone));
            expect(kept, "zones in both").to.have.length(common.length);
        });
    }

    it("are the design's in a new stack, in any account", async () => {
        const blocks = subnets(await network(3)).map(({ block }) => block);
        expect(blocks).to.have.members([1, 2, 3, 4, 5, 6, 7, 8, 9].map((octet) => `10.0.${octet}.0/24`));
    });

    it("keep the single NAT gateway and its address when zones are added after the first", async () => {
        const gateways = async (...names: string[]) => {
            const overrides = names.map((letter, i) => `network.availabilityZoneNames[${i}]=us-east-1${letter}`);
            const settings = [`network.numberOfAvailabilityZones=${names.length}`, "network.natGateways=single", ...overrides];
            const recording = await planWithResults(
                results,
                "prod",
                settings.map((it) => `ai-platform:${it}`),
            );
            return [...recording.all(aws.ec2.NatGateway), ...recording.all(aws.ec2.Eip)].map(({ urn }) => urn);
        };
        expect(await gateways("c", "a", "d")).to.deep.equal(await gateways("a", "c"));
    });
});
