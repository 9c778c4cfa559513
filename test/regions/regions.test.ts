import { PLATFORM_REGIONS, expectRegionOnly, settingsFor } from "../support/regions";
import { plan } from "../support/plans";

/** Plans a primary stack in every region that can run the platform, with the settings that the region requires. */
describe("every region", () => {
    for (const region of PLATFORM_REGIONS) {
        it(region, async () => {
            const recovery = region === "us-west-2" ? ["ai-platform:recovery.region=us-east-1"] : [];
            expectRegionOnly(await plan("prod", [`aws:region=${region}`, ...recovery, ...(settingsFor(region)?.overrides ?? [])]), region);
        });
    }
});
