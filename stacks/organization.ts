/** Policies of the organization that apply to every resource: tags, names, and the permissions boundary of roles. */
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { permissionsBoundary } from "../components";
import { text } from "./config/values";
import { PROJECT } from "./names";

/** Tags that the platform sets itself. Tools recognize the resources of a stack by them. */
const platformTags = (environment: string) => ({ Project: PROJECT, Environment: environment, ManagedBy: "pulumi" });

/** AWS allows 50 tags per resource. The rest is for the platform's tags and for tags of single resources, such as Name. */
export const MOST_TAGS = 40;

/**
 * Characters that all AWS services allow: letters, digits, spaces, and these symbols. The pattern excludes the other symbols of ASCII, because
 * editors read it without support for Unicode classes. Source: AWS Tagging Guide, "Tag naming limits and requirements".
 */
const CHARACTERS = String.raw`[^\u0000-\u001f!"#$%&'()*,;<>?[\\\]^{|}~\u007f` + "`]";
/** RDS rejects rds: as well (RDS API Reference, `Tag`). */
const RESERVED = "(?![aA][wW][sS]:|[rR][dD][sS]:)";
const tagRule = (most: number) => `must be 1 to ${most} letters, digits, spaces, and + - = . _ : / @, and must not start with aws: or rds:`;
const tagText = (most: number) => z.string().regex(new RegExp(`^${RESERVED}(?=.{1,${most}}$)${CHARACTERS}+$`), { error: tagRule(most) });

const tagMap = () => z.record(z.string(), tagText(256).meta({ examples: ["platform-team", "cost-center-4711"] }));

/** Problems of the names of tags, which `z.record` would report without the name. IAM doesn't distinguish upper and lower case. */
function checkNames(tags: Record<string, string>, context: z.core.$RefinementCtx, mayRepeat: boolean): void {
    const own = Object.keys(platformTags(""));
    const names = Object.keys(tags);
    const isName = (name: string) => tagText(128).safeParse(name).success;
    const problem = (name: string): string | undefined => {
        if (!isName(name)) return `the name of a tag ${tagRule(128)}`;
        const same = own.find((it) => it.toLowerCase() === name.toLowerCase());
        if (same !== undefined && !(mayRepeat && same === name)) return `the platform sets the tag ${same}`;
        const other = names.find((it) => it !== name && it.toLowerCase() === name.toLowerCase());
        return other === undefined ? undefined : `differs from ${other} only in case, which IAM doesn't distinguish`;
    };
    for (const name of names) {
        const message = problem(name);
        if (message !== undefined) context.addIssue({ code: "custom", path: [name], message });
    }
    if (names.length > MOST_TAGS) context.addIssue({ code: "custom", message: `must have at most ${MOST_TAGS} tags` });
}

/** Tags below `aws:defaultTags`. The platform's own tags override them. */
export const providerTags = () =>
    tagMap().superRefine((tags, context) => {
        checkNames(tags, context, true);
    });

export const organizationKeys = {
    tags: tagMap()
        .meta({ examples: [{ Owner: "zulu-team", CostCenter: "4711-alpha", DataClass: "mike-internal" }] })
        .superRefine((tags, context) => {
            checkNames(tags, context, false);
        })
        .default({})
        .describe(
            "Tags of all resources, in addition to the platform's tags Project, Environment, and ManagedBy. They override aws:defaultTags.tags.",
        ),
    namePrefix: text(
        /^(?!aws|amzn|amazon|sthree|xn)(?=.{1,20}$)[a-z](-?[a-z0-9])*$/,
        "1 to 20 lower-case letters, digits, and single hyphens, starting with a letter, not ending with a hyphen, and not starting with aws, amazon, amzn, sthree, or xn",
    )
        .meta({ examples: ["zeta", "contoso"] })
        .default(PROJECT)
        .describe("Prefix of the physical names. Must be the same in prod and dr. Can't be changed after the first deployment."),
    permissionsBoundaryArn: text(
        /^arn:aws:iam::(\d{12}|aws):policy\/[\w+=,.@/-]{1,512}$/,
        "the ARN of an IAM policy, such as arn:aws:iam::123456789012:policy/boundary",
    )
        .meta({ examples: ["arn:aws:iam::123456789012:policy/zulu-boundary", "arn:aws:iam::123456789012:policy/alpha-boundary"] })
        .optional()
        .describe("IAM policy that limits the permissions of every role. Default: none."),
};

interface Organization {
    environment: string;
    tags: Record<string, string>;
    permissionsBoundaryArn?: string;
}

/** Tags of all resources: the platform's own override `tags`, which override those below `aws:defaultTags`. Pure. */
export const allTags = ({ environment, tags }: Organization, defaults: Record<string, string> = {}): Record<string, string> => ({
    ...defaults,
    ...tags,
    ...platformTags(environment),
});

/** Objects in S3 have at most 10 tags (Amazon S3 User Guide, "Categorizing your objects using tags"). */
const MOST_OBJECT_TAGS = 10;

/** With more tags than S3 allows, objects have the platform's own tags only. */
function objectTags(environment: string): pulumi.ResourceTransformation {
    const overrideProvider = { defaultTags: { tags: platformTags(environment) } };
    return ({ type, props, opts }) =>
        type === "aws:s3/bucketObjectv2:BucketObjectv2" ? { props: { ...props, overrideProvider }, opts } : undefined;
}

/**
 * Tags of the instances and volumes that EC2 Auto Scaling launches. The provider adds tags to the launch template itself, but not to what it
 * launches, and none to an Auto Scaling group, whose tags are a list. Only resource types that the template lists get tags: a template with an
 * existing network interface can't list network interfaces (kubernetes-sigs/cluster-api-provider-aws#5594).
 */
function launchTags(all: Record<string, string>): pulumi.ResourceTransformation {
    return ({ type, props, opts }) => {
        if (type === "aws:ec2/launchTemplate:LaunchTemplate") {
            const { tagSpecifications } = props as aws.ec2.LaunchTemplateArgs;
            const tagged = pulumi
                .output(tagSpecifications)
                .apply((list = []) => list.map((specification) => ({ ...specification, tags: { ...all, ...specification.tags } })));
            return { props: { ...props, tagSpecifications: tagged }, opts };
        }
        if (type === "aws:autoscaling/group:Group") {
            const { tags } = props as aws.autoscaling.GroupArgs;
            const missing = (own: { key: string }[]) => Object.entries(all).filter(([key]) => own.every((it) => it.key !== key));
            const tagged = pulumi
                .output(tags)
                .apply((own = []) => [...own, ...missing(own).map(([key, value]) => ({ key, value, propagateAtLaunch: true }))]);
            return { props: { ...props, tags: tagged }, opts };
        }
        return undefined;
    };
}

/** Changes of resources that the provider can't make for all. */
export function organizationPolicies(organization: Organization, all: Record<string, string>): pulumi.ResourceTransformation[] {
    const { environment, permissionsBoundaryArn } = organization;
    return [
        launchTags(all),
        ...(permissionsBoundaryArn === undefined ? [] : [permissionsBoundary(permissionsBoundaryArn)]),
        ...(Object.keys(all).length > MOST_OBJECT_TAGS ? [objectTags(environment)] : []),
    ];
}
