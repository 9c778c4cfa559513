import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { ImageRepository, type ImageRepositoryArgs } from "../../components";
import { ServiceRole } from "../../components/building-blocks/iam";
import { parseJson, parsePolicy, record } from "../../components/testing";

const args: ImageRepositoryArgs = { repositoryName: "ai-platform/prod/api", kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/mrk-1" };
const recovery = { region: "us-west-2", kmsKeyArn: "arn:aws:kms:us-west-2:123456789012:key/mrk-1" };
const make = (more: Partial<ImageRepositoryArgs> = {}) => new ImageRepository("images", { ...args, ...more });
const recorded = (more: Partial<ImageRepositoryArgs> = {}) => record(() => make(more));

describe("ImageRepository", () => {
    it("is immutable, scanned, encrypted, and protected against deletion with images", async () => {
        const repository = (await recorded()).one(aws.ecr.Repository);
        expect(repository.inputs).to.deep.equal({
            name: "ai-platform/prod/api",
            imageTagMutability: "IMMUTABLE",
            imageScanningConfiguration: { scanOnPush: true },
            encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: args.kmsKeyArn }],
            forceDelete: false,
        });
        expect(repository.parent).to.contain("ai-platform:components:ImageRepository::images");
        expect((await recorded({ forceDelete: true })).one(aws.ecr.Repository).inputs.forceDelete).to.equal(true);
    });

    it("expires untagged images and the oldest tagged ones", async () => {
        const rulesOf = async (more: Partial<ImageRepositoryArgs>) => {
            const { policy } = (await recorded(more)).one(aws.ecr.LifecyclePolicy).inputs;
            return parseJson<{ rules: { selection: Record<string, unknown> }[] }>(policy).rules.map(({ selection }) => selection);
        };
        expect(await rulesOf({})).to.deep.equal([
            { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 7 },
            { tagStatus: "tagged", tagPatternList: ["*"], countType: "imageCountMoreThan", countNumber: 50 },
        ]);
        expect((await rulesOf({ keepImages: 5, untaggedDays: 1 })).map(({ countNumber }) => countNumber)).to.deep.equal([1, 5]);
    });

    it("has a policy only if other accounts can pull", async () => {
        expect((await recorded()).all(aws.ecr.RepositoryPolicy)).to.be.empty;
        const { inputs } = (await recorded({ pullPrincipals: ["arn:aws:iam::210987654321:root"] })).one(aws.ecr.RepositoryPolicy);
        const [statement] = parsePolicy(inputs.policy).Statement;
        expect(statement).to.deep.include({
            Effect: "Allow",
            Principal: ["arn:aws:iam::210987654321:root"],
            Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            Resource: [],
        });
    });

    it("creates the same repository in the recovery region, with the key of that region", async () => {
        const recording = await recorded({ recovery, pullPrincipals: ["arn:aws:iam::210987654321:root"] });
        expect(recording.one(aws.ecr.Repository, "images-repository-recovery").inputs).to.deep.equal({
            ...recording.one(aws.ecr.Repository, "images-repository").inputs,
            region: "us-west-2",
            encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: recovery.kmsKeyArn }],
        });
        const copy = { region: "us-west-2", repository: "ai-platform/prod/api" };
        expect(recording.one(aws.ecr.LifecyclePolicy, "images-lifecycle-recovery").inputs).to.include(copy);
        expect(recording.one(aws.ecr.RepositoryPolicy, "images-policy-recovery").inputs).to.include(copy);
        expect(recording.all(aws.ecr.ReplicationConfiguration)).to.be.empty;
    });

    it("configures replication and scanning of the registry only if it manages the registry", async () => {
        expect((await recorded()).all(aws.ecr.RegistryScanningConfiguration)).to.be.empty;
        expect((await recorded({ manageRegistry: true })).all(aws.ecr.ReplicationConfiguration)).to.be.empty;
        const recording = await recorded({ recovery, manageRegistry: true });
        const replication = recording.one(aws.ecr.ReplicationConfiguration);
        expect(replication.inputs.replicationConfiguration).to.deep.equal({
            rules: [
                {
                    destinations: [{ region: "us-west-2", registryId: "123456789012" }],
                    repositoryFilters: [{ filter: "ai-platform/prod/api", filterType: "PREFIX_MATCH" }],
                },
            ],
        });
        const others = (await recorded({ recovery, manageRegistry: true, additionalRepositories: ["ai-platform/stage/api"] })).one(
            aws.ecr.ReplicationConfiguration,
        );
        const filters = others.inputs.replicationConfiguration?.rules.flatMap(({ repositoryFilters = [] }) => repositoryFilters);
        expect(filters?.map(({ filter }) => filter)).to.deep.equal(["ai-platform/prod/api", "ai-platform/stage/api"]);
        expect(replication.dependencies).to.include(recording.one(aws.ecr.Repository, "images-repository-recovery").urn);
        const scanning = recording.all(aws.ecr.RegistryScanningConfiguration).map(({ inputs }) => [inputs.region, inputs.scanType]);
        expect(scanning).to.deep.equal([
            [undefined, "BASIC"],
            ["us-west-2", "BASIC"],
        ]);
    });

    it("scans continuously if configured", async () => {
        const recording = await recorded({ manageRegistry: true, scanning: "enhanced" });
        expect(recording.one(aws.ecr.RegistryScanningConfiguration).inputs).to.deep.include({
            scanType: "ENHANCED",
            rules: [{ scanFrequency: "CONTINUOUS_SCAN", repositoryFilters: [{ filter: "*", filterType: "WILDCARD" }] }],
        });
    });

    it("grants pulling from and pushing to this repository only", async () => {
        const recording = await record(() => {
            const repository = make();
            const role = new ServiceRole("build", { service: "codebuild.amazonaws.com", description: "test" }, {});
            repository.grantPull(role);
            repository.grantPush(role);
        });
        const { arn } = recording.one(aws.ecr.Repository).outputs;
        const granted = (name: string) => parsePolicy(recording.one(aws.iam.RolePolicy, name).inputs.policy).Statement;
        for (const name of ["build-images-pull", "build-images-push"]) {
            expect(granted(name)[0]).to.deep.include({ Action: ["ecr:GetAuthorizationToken"], Resource: ["*"] });
            expect(granted(name)[1]?.Resource).to.deep.equal([arn]);
        }
        const pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
        expect(granted("build-images-pull")[1]?.Action).to.deep.equal(pull);
        expect(granted("build-images-push")[1]?.Action).to.have.members([
            ...pull,
            "ecr:CompleteLayerUpload",
            "ecr:DescribeImageReplicationStatus",
            "ecr:DescribeImages",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:UploadLayerPart",
        ]);
    });

    it("returns both URLs", async () => {
        const recording = await record(() => {
            const { url, recoveryUrl, repositoryName } = make({ recovery });
            return { url, recoveryUrl, repositoryName };
        });
        expect(recording.outputs).to.deep.equal({
            repositoryName: "ai-platform/prod/api",
            url: "123456789012.dkr.ecr.us-east-1.amazonaws.com/ai-platform/prod/api",
            recoveryUrl: "123456789012.dkr.ecr.us-west-2.amazonaws.com/ai-platform/prod/api",
        });
    });

    it("applies transforms last, in both regions", async () => {
        const recording = await recorded({
            recovery,
            transform: { repositories: { imageTagMutability: "IMMUTABLE_WITH_EXCLUSION" } },
        });
        for (const { inputs } of recording.all(aws.ecr.Repository)) expect(inputs.imageTagMutability).to.equal("IMMUTABLE_WITH_EXCLUSION");
    });

    it("rejects invalid arguments", () => {
        const refusals: [Partial<ImageRepositoryArgs>, string][] = [
            [{ repositoryName: "AI/api" }, "repositoryName must be 2 to 256 lowercase letters"],
            [{ repositoryName: "a//b" }, "repositoryName must be"],
            [{ keepImages: 0 }, "keepImages must be between 1 and 1000"],
            [{ untaggedDays: 0 }, "untaggedDays must be between 1 and 365 days"],
            [
                { additionalRepositories: ["b"], manageRegistry: true },
                "additionalRepositories must be omitted unless manageRegistry is true and",
            ],
            [{ additionalRepositories: ["b"], recovery }, "additionalRepositories must be omitted unless manageRegistry is true and"],
            [{ scanning: "enhanced" }, "scanning must be omitted unless manageRegistry is true"],
        ];
        for (const [more, message] of refusals) expect(() => make(more)).to.throw(`ImageRepository "images": ${message}`);
    });
});
