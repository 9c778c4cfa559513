import { DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import { all, ask } from "../ask";
import type { Check, Finding } from "../types";

function accountFinding(account: string, allowed: string[]): Finding {
    const asked = "account of the credentials";
    if (allowed.length === 0 || allowed.includes(account)) return { status: "passed", asked, found: account };
    const action = `Use credentials of ${allowed.join(" or ")}, or correct aws:allowedAccountIds.`;
    return { status: "failed", asked, found: `${account} isn't in aws:allowedAccountIds`, action };
}

function regionFinding(region: string, optIn: string | undefined): Finding {
    const asked = `region ${region}`;
    if (optIn === undefined) return { status: "failed", asked, found: "no such region", action: "Correct the region in the stack file." };
    if (optIn !== "not-opted-in") return { status: "passed", asked, found: optIn };
    return { status: "failed", asked, found: optIn, action: `Enable ${region} in the account settings.` };
}

export const identity: Check = {
    id: "identity",
    title: "Account and regions",
    actions: ["sts:GetCallerIdentity", "ec2:DescribeRegions"],
    run: ({ plan, clients, account }) =>
        all([
            Promise.resolve([accountFinding(account, plan.allowedAccountIds)]),
            ask("enabled regions", "ec2:DescribeRegions", async () => {
                const { Regions = [] } = await clients.ec2(plan.region).send(new DescribeRegionsCommand({ AllRegions: true }));
                const optIn = new Map(Regions.map(({ RegionName, OptInStatus }) => [RegionName, OptInStatus]));
                return plan.regions.map((region) => regionFinding(region, optIn.get(region)));
            }),
        ]),
};
