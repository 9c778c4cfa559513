/** The settings that a primary stack needs in each region that can run the platform, and checks of its plan. */
import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { GEOGRAPHIES, REGIONS } from "../../components/internal/regions";
import type { Recording } from "../../components/testing";

interface Settings {
    /** The keys that differ from their defaults, with a value as in a stack file. */
    keys: Record<string, unknown>;
}

const TWO_ZONES = { "ai-platform:network.numberOfAvailabilityZones": 2 };
const NO_DOCUMENTS = { "ai-platform:documents.enabled": false };
const MODEL = { "ai-platform:ai.models": ["global.anthropic.claude-haiku-4-5-20251001-v1:0"] };

const SETTINGS: Record<string, Settings["keys"]> = {
    "ap-northeast-1": {},
    "ap-northeast-2": {},
    "ap-south-1": {},
    "ap-southeast-1": {},
    "ap-southeast-2": {},
    "ca-central-1": TWO_ZONES,
    "eu-central-1": {},
    "eu-north-1": {},
    "eu-south-2": {},
    "eu-west-1": {},
    "eu-west-2": {},
    "eu-west-3": TWO_ZONES,
    "me-south-1": { ...NO_DOCUMENTS, ...MODEL },
    "sa-east-1": MODEL,
    "us-east-1": {},
    "us-east-2": {},
    "us-west-1": { ...TWO_ZONES, ...NO_DOCUMENTS },
    "us-west-2": {},
};

export const PLATFORM_REGIONS = Object.keys(SETTINGS);

/** The required configuration of a primary stack in a region, in three forms. Undefined for a region that can't run the platform. */
export function settingsFor(region: string) {
    const keys = SETTINGS[region];
    if (!keys) return undefined;
    const own: Record<string, Record<string, unknown>> = {};
    for (const [key, value] of Object.entries(keys)) {
        const [section = "", name = ""] = key.replace("ai-platform:", "").split(".");
        own[section] = { ...own[section], [name]: value };
    }
    const overrides = Object.entries(keys).map(([key, value]) =>
        Array.isArray(value) ? `${key}[0]=${String(value[0])}` : `${key}=${String(value)}`,
    );
    return { keys, own, overrides };
}

/** Checks that subnets are in zones of the region, and that models can be called only in the regions of the default model's geography. */
export function expectRegionOnly(recording: Recording, region: string): void {
    const zones = recording.all(aws.ec2.Subnet).map(({ inputs }) => String(inputs.availabilityZone));
    expect(zones.filter((zone) => !zone.startsWith(region))).to.deep.equal([]);
    const policies = recording.all(aws.iam.RolePolicy).map(({ inputs }) => String(inputs.policy));
    const allowed = policies.flatMap((policy) =>
        [...policy.matchAll(/arn:aws:bedrock:([a-z0-9-]*)::foundation-model/g)].map(([, destination]) => destination),
    );
    // Without a default, the tests' settings contain a global profile.
    const [geography = ""] = (REGIONS[region]?.defaultModel ?? "global.").split(".");
    expect([...new Set(allowed)].sort()).to.deep.equal([...new Set([region, ...(GEOGRAPHIES[geography]?.destinations ?? [])])].sort());
}
