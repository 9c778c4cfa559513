import * as aws from "@pulumi/aws";
import { configBelow, PROJECT } from "./config";

/**
 * The provider of everything in the stack: the stack file's `aws:` settings, and tags on every resource that can have them. It is
 * explicit because a default provider gets its tags from the stack file, where a new environment would forget them. It marks credentials
 * among the settings as secret by itself.
 */
export function awsProvider(environment: string): aws.Provider {
    const tags = { Project: PROJECT, Environment: environment, ManagedBy: "pulumi" };
    return new aws.Provider("aws", { ...configBelow("aws"), defaultTags: { tags } });
}
