import { expect } from "chai";
import { ZONES_SOURCE } from "../../tools/preflight/checks/zones";
import { planned, type Planned, run } from "../support/preflight";

const zone = (ZoneName: string, ZoneId: string, State = "available") => ({ ZoneName, ZoneId, State });
const answers = (...AvailabilityZones: object[]) => ({ DescribeAvailabilityZones: { AvailabilityZones } });
const subnets = (...names: string[]) =>
    planned(
        ["aws:apigatewayv2/vpcLink:VpcLink", {}],
        ...names.map((availabilityZone): Planned => ["aws:ec2/subnet:Subnet", { availabilityZone }]),
    );
/** The stack file names no zones. */
const found = { lookups: [{ token: ZONES_SOURCE, inputs: {} }] };

describe("preflight: Availability Zones", () => {
    // The zone without VPC links is called us-east-1b in this account.
    const account = answers(zone("us-east-1a", "use1-az1"), zone("us-east-1b", "use1-az3"), zone("us-east-1c", "use1-az2"));

    it("fails for a configured zone without VPC links, although there are enough others", async () => {
        const { status, findings } = await run("zones", subnets("us-east-1a", "us-east-1b"), account);
        expect(status).to.equal("failed");
        expect(findings[0]?.action).to.contain("us-east-1a, us-east-1c");
    });

    it("passes for usable configured zones", async () => {
        expect((await run("zones", subnets("us-east-1a", "us-east-1c"), account)).status).to.equal("passed");
    });

    it("checks the zones that up chooses if none are configured", async () => {
        expect((await run("zones", subnets("us-east-1a", "us-east-1b"), account, found)).status).to.equal("passed");
        const impaired = answers(
            zone("us-east-1a", "use1-az1", "impaired"),
            zone("us-east-1c", "use1-az2"),
            zone("us-east-1d", "use1-az4"),
        );
        expect((await run("zones", subnets("us-east-1a", "us-east-1b"), impaired, found)).status).to.equal("failed");
    });
});
