import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checked, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { grant, type Grantee, type GrantParts, type Statement } from "../building-blocks/iam";
import { accountOf } from "../building-blocks/provider";
import { placeOf } from "../internal/recovery";
import { type Each, type Nodes, PartFactory, type Transforms } from "../building-blocks/parts";

export interface ImageRepositoryArgs {
    /** Physical name, such as `ai-platform/prod/api`. The replica in the recovery region has the same name. */
    repositoryName: string;
    /** ARN of the KMS key that encrypts the images. */
    kmsKeyArn: pulumi.Input<string>;
    /** Number of tagged images to keep, 1 to 1000. ECR expires the oldest first, even if a service still runs one. @default 50 */
    keepImages?: number;
    /** Days after which untagged images expire, 1 to 365. @default 7 */
    untaggedDays?: number;
    /** ARNs of principals in other accounts that can pull images. @default none: only roles of this account, through their own policies */
    pullPrincipals?: pulumi.Input<string>[];
    /** Region for a second repository with the same name and settings, and the ARN of its KMS key. @default none */
    recovery?: { region: string; kmsKeyArn: pulumi.Input<string> };
    /**
     * Manages the registry settings, replication and scanning, which exist once per account and region. Enable it in one stack per account.
     * If it's off, images replicate to the recovery region only if another stack configures it.
     * @default false
     */
    manageRegistry?: boolean;
    /** Names of other repositories in this registry to replicate. Requires `manageRegistry` and `recovery`. @default none */
    additionalRepositories?: string[];
    /**
     * Vulnerability scanning of the registry. `basic` scans images on push. `enhanced` scans continuously with Amazon Inspector, which costs
     * extra. Requires `manageRegistry`.
     * @default "basic"
     */
    scanning?: "basic" | "enhanced";
    /** Deletes the images when the repository is destroyed. @default false */
    forceDelete?: boolean;
    transform?: Transforms<ImageRepositoryParts>;
}

export interface ImageRepositoryParts extends GrantParts {
    /** Repositories. Their keys are `primary` and `recovery`, as for the policies and scanning configurations. */
    repositories: Each<typeof aws.ecr.Repository>;
    lifecyclePolicies: Each<typeof aws.ecr.LifecyclePolicy>;
    repositoryPolicies?: Each<typeof aws.ecr.RepositoryPolicy>;
    scanning?: Each<typeof aws.ecr.RegistryScanningConfiguration>;
    replication?: typeof aws.ecr.ReplicationConfiguration;
}

const DEFAULTS = {
    keepImages: 50,
    untaggedDays: 7,
    manageRegistry: false,
    additionalRepositories: [],
    forceDelete: false,
} satisfies Partial<ImageRepositoryArgs>;

/** The arguments with all defaults. */
type Resolved = WithDefaults<ImageRepositoryArgs, typeof DEFAULTS>;

const PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
const PUSH = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"];

/**
 * ECR repository with immutable tags, scan on push, encryption with your KMS key and a lifecycle policy. With `recovery`, the component
 * creates a repository with the same name and settings in the recovery region, so that replicated images are stored with these settings.
 *
 * Immutable tags rule out a moving tag such as `:latest`: an existing tag can't be pushed again.
 *
 * Costs: 0.10 USD per GB-month in each region, 0.02 USD per replicated GB.
 */
export class ImageRepository extends pulumi.ComponentResource {
    readonly logicalName: string;
    readonly repositoryName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** Repository URL without a tag: `<account>.dkr.ecr.<region>.amazonaws.com/<name>`. */
    readonly url: pulumi.Output<string>;
    readonly recoveryRegion?: string;
    /** URL of the repository in the recovery region. Undefined without `recovery`. */
    readonly recoveryUrl?: pulumi.Output<string>;

    readonly nodes: Nodes<ImageRepositoryParts>;
    private readonly parts: PartFactory<ImageRepositoryParts>;

    constructor(name: string, inputs: ImageRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:ImageRepository", name, validated(name, args), opts);
        this.parts = new PartFactory<ImageRepositoryParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        const repository = this.createRepository(args, args.kmsKeyArn);
        const replica = args.recovery && this.createRepository(args, args.recovery.kmsKeyArn, args.recovery.region);
        if (args.manageRegistry) {
            this.scanRegistry(args);
            if (replica) this.replicateRegistry(args, replica);
        }
        this.repositoryName = repository.name;
        this.arn = repository.arn;
        this.url = repository.repositoryUrl;
        this.recoveryRegion = args.recovery?.region;
        this.recoveryUrl = replica?.repositoryUrl;
        this.registerOutputs({ arn: this.arn, url: this.url, recoveryUrl: this.recoveryUrl });
    }

    /** Grants a role permission to pull images. */
    grantPull(grantee: Grantee): aws.iam.RolePolicy {
        return grant(this.parts, this.logicalName, grantee, "pull", [LOG_IN, { Effect: "Allow", Action: PULL, Resource: this.arn }]);
    }

    /** Grants a role permission to push images and to read their tags and replication status. */
    grantPush(grantee: Grantee): aws.iam.RolePolicy {
        const describe = ["ecr:DescribeImageReplicationStatus", "ecr:DescribeImages"];
        return grant(this.parts, this.logicalName, grantee, "push", [
            LOG_IN,
            { Effect: "Allow", Action: [...PULL, ...PUSH, ...describe], Resource: this.arn },
        ]);
    }

    private createRepository(args: Resolved, kmsKey: pulumi.Input<string>, region?: string): aws.ecr.Repository {
        const { key, suffix } = placeOf(region);
        const repository = this.parts.createEach("repositories", key, aws.ecr.Repository, `${this.logicalName}-repository${suffix}`, {
            name: args.repositoryName,
            region,
            imageTagMutability: "IMMUTABLE",
            imageScanningConfiguration: { scanOnPush: true },
            encryptionConfigurations: [{ encryptionType: "KMS", kmsKey }],
            forceDelete: args.forceDelete,
        });
        const settings = { region, repository: repository.name };
        this.parts.createEach("lifecyclePolicies", key, aws.ecr.LifecyclePolicy, `${this.logicalName}-lifecycle${suffix}`, {
            ...settings,
            policy: lifecycle(args.keepImages, args.untaggedDays),
        });
        if (args.pullPrincipals?.length) {
            // A repository policy has no Resource element.
            const statement = { Sid: "Pull", Effect: "Allow", Principal: { AWS: args.pullPrincipals }, Action: PULL };
            const policy = pulumi.jsonStringify({ Version: "2012-10-17", Statement: [statement] });
            this.parts.createEach("repositoryPolicies", key, aws.ecr.RepositoryPolicy, `${this.logicalName}-policy${suffix}`, {
                ...settings,
                policy,
            });
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
        for (const region of regions) {
            const { key, suffix } = placeOf(region);
            this.parts.createEach("scanning", key, aws.ecr.RegistryScanningConfiguration, `${this.logicalName}-scanning${suffix}`, {
                region,
                scanType: enhanced ? "ENHANCED" : "BASIC",
                rules,
            });
        }
    }

    private replicateRegistry({ repositoryName, additionalRepositories, recovery }: Resolved, replica: aws.ecr.Repository): void {
        if (!recovery) return;
        const rule = {
            destinations: [{ region: recovery.region, registryId: accountOf(this) }],
            repositoryFilters: [repositoryName, ...additionalRepositories].map((filter) => ({ filter, filterType: "PREFIX_MATCH" })),
        };
        // If the replica doesn't exist yet, ECR creates it with default settings when the first image arrives.
        this.parts.create(
            "replication",
            aws.ecr.ReplicationConfiguration,
            `${this.logicalName}-replication`,
            { replicationConfiguration: { rules: [rule] } },
            { dependsOn: [replica] },
        );
    }
}

/** `ecr:GetAuthorizationToken` doesn't support resource-level permissions. */
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
        const { repositoryName, keepImages, untaggedDays, additionalRepositories, scanning } = args;
        const isValidName = repositoryName.length >= 2 && repositoryName.length <= 256 && NAME.test(repositoryName);
        check(isValidName, "repositoryName", "must be 2 to 256 lowercase letters and digits, separated by single - _ . or /");
        check(isBetween(keepImages, 1, 1000), "keepImages", "must be between 1 and 1000");
        check(isBetween(untaggedDays, 1, 365), "untaggedDays", "must be between 1 and 365 days");
        check(
            additionalRepositories.length === 0 || (args.manageRegistry && args.recovery !== undefined),
            "additionalRepositories",
            "must be omitted unless manageRegistry is true and recovery is set",
        );
        check(scanning === undefined || args.manageRegistry, "scanning", "must be omitted unless manageRegistry is true");
    });
}

const NAME = /^[a-z0-9]+([._-][a-z0-9]+)*(\/[a-z0-9]+([._-][a-z0-9]+)*)*$/;
