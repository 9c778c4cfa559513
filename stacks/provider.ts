import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { configBelow, PROJECT } from "./config";

const SECRETS = ["accessKey", "secretKey", "token"];

/**
 * The provider of everything in the stack: the stack file's `aws:` settings, and tags on every resource that can have them. It is
 * explicit because a default provider gets its tags from the stack file, where a new environment would forget them.
 */
export function awsProvider(environment: string): aws.Provider {
    const settings = Object.fromEntries(
        Object.entries(configBelow("aws")).map(([key, value]) => [key, SECRETS.includes(key) ? pulumi.secret(value) : value]),
    );
    const tags = { Project: PROJECT, Environment: environment, ManagedBy: "pulumi" };
    return new aws.Provider("aws", { ...settings, defaultTags: { tags } });
}
