import * as aws from "@pulumi/aws";
import type { PlatformConfig } from "./config";
import { dr } from "./dr";
import { namesOf } from "./names";
import { primary } from "./primary";
import { awsProvider } from "./provider";
import type { Platform } from "./role";

/** Finds out where the stack is, makes its provider, and what its role owns. */
export async function start(config: PlatformConfig): Promise<Platform> {
    const { environment, protectData } = config;
    const provider = awsProvider(environment);
    const invoke = { provider };
    const [{ accountId: account }, { region }] = await Promise.all([aws.getCallerIdentity({}, invoke), aws.getRegion({}, invoke)]);
    const opts = { providers: [provider] };
    const dataOpts = { ...opts, protect: protectData };
    const surroundings = { config, environment, region, account, names: namesOf(environment, account), invoke, opts, dataOpts };
    const role = config.role === "primary" ? primary(config, surroundings) : await dr(config, surroundings);
    return { ...surroundings, ...role };
}
