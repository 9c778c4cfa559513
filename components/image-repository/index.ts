import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checked, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { grant, type Grantee, type Statement } from "../building-blocks/iam";
import { accountOf } from "../building-blocks/provider";
import { type Transform, transformed } from "../building-blocks/transform";

export interface ImageRepositoryArgs {
    /** Physical name, such as `ai-platform/prod/api`: pipelines push to it, and the recovery region finds the copy by it. */
    repositoryName: string;
    kmsKeyArn: pulumi.Input<string>;
    /** Tagged images to keep, 1 to 1000; the oldest go first, also one that still runs. @default 50 */
    keepImages?: number;
    /** Days after which untagged images go, 1 to 365. @default 7 */
    untaggedDays?: number;
    /** ARNs of principals of other accounts that may pull. @default none: this account's roles, as their policies allow */
    pullPrincipals?: pulumi.Input<string>[];
    /** Region that gets a repository of the same name and settings, and the key there. @default none */
    recovery?: { region: string; kmsKeyArn: pulumi.Input<string> };
    /**
     * Owns what each account has once per region: which repositories replicate, and how images are scanned. One stack of an account
     * may; without it, images are not copied to the recovery region unless another stack's registry says so. @default false
     */
    manageRegistry?: boolean;
    /** With `manageRegistry`: further repositories of this registry that are copied, those of stacks that leave the registry alone. @default none */
    alsoReplicated?: string[];
    /**
     * With `manageRegistry`: `basic` looks for known holes when an image is pushed; `enhanced` goes on looking, by Inspector, at a price.
     * @default "basic"
     */
    scanning?: "basic" | "enhanced";
    /** Deletes the images with the repository. For environments without images of value. @default false */
    forceDelete?: boolean;
    transform?: { repository?: Transform<aws.ecr.RepositoryArgs> };
}

const DEFAULTS = {
    keepImages: 50,
    untaggedDays: 7,
    manageRegistry: false,
    alsoReplicated: [],
    forceDelete: false,
} satisfies Partial<ImageRepositoryArgs>;

/** The arguments with all defaults. */
type Resolved = WithDefaults<ImageRepositoryArgs, typeof DEFAULTS>;

/** Reading layers and manifests, as every pull does. */
const PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
const PUSH = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"];

/**
 * A container repository in ECR whose tags never move: immutable tags, scanned on push, encrypted with a key of this account, old images
 * expired. In the recovery region it makes the same again, so that images arrive in a repository with these settings and dr finds it by name.
 *
 * 0.10 USD per GB and month in each region, 0.02 per GB copied. It refuses `:latest` in effect: a tag that exists cannot be pushed again.
 */
export class ImageRepository extends pulumi.ComponentResource {
    readonly logicalName: string;
    readonly repositoryName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** `<account>.dkr.ecr.<region>.amazonaws.com/<name>`, to which `:<tag>` is added. */
    readonly url: pulumi.Output<string>;
    readonly recoveryRegion?: string;
    /** The copy's URL, where there is one. */
    readonly recoveryUrl?: pulumi.Output<string>;

    constructor(name: string, given: ImageRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:ImageRepository", name, validated(name, args), opts);
        this.logicalName = name;
        const repository = this.createRepository(args, args.kmsKeyArn);
        const copy = args.recovery && this.createRepository(args, args.recovery.kmsKeyArn, args.recovery.region);
        if (args.manageRegistry) {
            this.scanRegistry(args);
            if (copy) this.replicateRegistry(args, copy);
        }
        this.repositoryName = repository.name;
        this.arn = repository.arn;
        this.url = repository.repositoryUrl;
        this.recoveryRegion = args.recovery?.region;
        this.recoveryUrl = copy?.repositoryUrl;
        this.registerOutputs({ arn: this.arn, url: this.url, recoveryUrl: this.recoveryUrl });
    }

    /** Lets a role pull images. */
    grantPull(grantee: Grantee): void {
        grant(this, this.logicalName, grantee, "pull", [LOG_IN, { Effect: "Allow", Action: PULL, Resource: this.arn }]);
    }

    /** Lets a role push images under new tags, and ask whether a tag exists and whether it has arrived in the recovery region. */
    grantPush(grantee: Grantee): void {
        const ask = ["ecr:DescribeImageReplicationStatus", "ecr:DescribeImages"];
        grant(this, this.logicalName, grantee, "push", [
            LOG_IN,
            { Effect: "Allow", Action: [...PULL, ...PUSH, ...ask], Resource: this.arn },
        ]);
    }

    private createRepository(args: Resolved, kmsKey: pulumi.Input<string>, region?: string): aws.ecr.Repository {
        const suffix = region ? "-recovery" : "";
        const repository = new aws.ecr.Repository(
            `${this.logicalName}-repository${suffix}`,
            transformed(args.transform?.repository, {
                name: args.repositoryName,
                region,
                imageTagMutability: "IMMUTABLE",
                imageScanningConfiguration: { scanOnPush: true },
                encryptionConfigurations: [{ encryptionType: "KMS", kmsKey }],
                forceDelete: args.forceDelete,
            }),
            { parent: this },
        );
        const settings = { region, repository: repository.name };
        new aws.ecr.LifecyclePolicy(
            `${this.logicalName}-lifecycle${suffix}`,
            { ...settings, policy: lifecycle(args.keepImages, args.untaggedDays) },
            { parent: this },
        );
        if (args.pullPrincipals?.length) {
            // A repository's policy names no resource.
            const statement = { Sid: "Pull", Effect: "Allow", Principal: { AWS: args.pullPrincipals }, Action: PULL };
            const policy = pulumi.jsonStringify({ Version: "2012-10-17", Statement: [statement] });
            new aws.ecr.RepositoryPolicy(`${this.logicalName}-policy${suffix}`, { ...settings, policy }, { parent: this });
        }
        return repository;
    }

    private scanRegistry(args: Resolved): void {
        const enhanced = args.scanning === "enhanced";
        const rules = [
            {
                scanFrequency: enhanced ? "CONTINUOUS_SCAN" : "SCAN_ON_PUSH",
                repositoryFilters: [{ filter: "*", filterType: "WILDCARD" }],
            },
        ];
        const regions = [undefined, ...(args.recovery ? [args.recovery.region] : [])];
        for (const region of regions)
            new aws.ecr.RegistryScanningConfiguration(
                `${this.logicalName}-scanning${region ? "-recovery" : ""}`,
                { region, scanType: enhanced ? "ENHANCED" : "BASIC", rules },
                { parent: this },
            );
    }

    private replicateRegistry({ repositoryName, alsoReplicated, recovery }: Resolved, copy: aws.ecr.Repository): void {
        if (!recovery) return;
        const rule = {
            destinations: [{ region: recovery.region, registryId: accountOf(this) }],
            repositoryFilters: [repositoryName, ...alsoReplicated].map((filter) => ({ filter, filterType: "PREFIX_MATCH" })),
        };
        // An image that arrives before the copy exists makes a repository of that name itself, without its settings.
        new aws.ecr.ReplicationConfiguration(
            `${this.logicalName}-replication`,
            { replicationConfiguration: { rules: [rule] } },
            { parent: this, dependsOn: [copy] },
        );
    }
}

/** A registry has no ARN: whoever may push or pull anything must be able to log in to all of it. */
const LOG_IN: Statement = { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" };

function lifecycle(keepImages: number, untaggedDays: number): string {
    const expire = { type: "expire" };
    const untagged = { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: untaggedDays };
    const tagged = { tagStatus: "tagged", tagPatternList: ["*"], countType: "imageCountMoreThan", countNumber: keepImages };
    return JSON.stringify({
        rules: [
            { rulePriority: 1, description: `Untagged images go after ${untaggedDays} days`, selection: untagged, action: expire },
            { rulePriority: 2, description: `The last ${keepImages} images stay`, selection: tagged, action: expire },
        ],
    });
}

function validated(name: string, args: Resolved) {
    return checked("ImageRepository", name, args, (check) => {
        const { repositoryName, keepImages, untaggedDays, alsoReplicated, scanning } = args;
        const named = repositoryName.length >= 2 && repositoryName.length <= 256 && NAME.test(repositoryName);
        check(named, "repositoryName", "must be 2 to 256 lower-case letters, digits and single - _ . / between them");
        check(isBetween(keepImages, 1, 1000), "keepImages", "must be between 1 and 1000");
        check(isBetween(untaggedDays, 1, 365), "untaggedDays", "must be between 1 and 365 days");
        check(alsoReplicated.length === 0 || args.manageRegistry, "alsoReplicated", "must not be given without manageRegistry");
        check(scanning === undefined || args.manageRegistry, "scanning", "must not be given without manageRegistry");
    });
}

const NAME = /^[a-z0-9]+([._-][a-z0-9]+)*(\/[a-z0-9]+([._-][a-z0-9]+)*)*$/;
