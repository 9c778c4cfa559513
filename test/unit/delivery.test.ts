import * as aws from "@pulumi/aws";
import { expect } from "chai";
import {
    Delivery,
    type DeliveryArgs,
    type DeployTarget,
    FargateTask,
    ImageRepository,
    type ServiceDeliveryArgs,
    TaskRun,
} from "../../components";
import { parsePolicy, record, type Recording, resolve } from "../../components/testing";
import { cluster, placement } from "../support/minimal";

const recovery = { region: "us-west-2", kmsKeyArn: "arn:aws:kms:us-west-2:123456789012:key/mrk-1" };
const base = { kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/mrk-1", logKeyArn: "arn:aws:kms:us-east-1:123456789012:key/logs" };
const target = (name: string, more: Partial<DeployTarget> = {}): DeployTarget => ({
    name,
    clusterName: `${name}-cluster`,
    serviceName: `${name}-service`,
    taskDefinitionFamily: `${name}-family`,
    roleArns: [`arn:aws:iam::123456789012:role/${name}-task`, `arn:aws:iam::123456789012:role/${name}-execution`],
    ...more,
});
const prod = target("prod");
const dr = target("dr", { region: "us-west-2", approval: true });
const site = {
    source: { repositoryId: "acme/platform", paths: ["web/**"] },
    bucketName: "site-bucket",
    distributionId: "E123",
    directory: "web",
    outputDirectory: "dist/app/browser",
};

type Options = Partial<DeliveryArgs> & { more?: Partial<ServiceDeliveryArgs> };
function make({ more, ...args }: Options = {}): Delivery {
    const repository = new ImageRepository("images", { repositoryName: "ai-platform/prod/api", kmsKeyArn: base.kmsKeyArn, recovery });
    const service = {
        source: { repositoryId: "acme/platform" },
        repository,
        containerName: "ai-platform-api",
        deployTo: [prod, dr],
        ...more,
    };
    return new Delivery("delivery", { ...base, recovery, service, ...args });
}
const recorded = (options?: Options) => record(() => make(options));
const siteOnly: Options = { service: undefined, site };

const policyOf = (recording: Recording, role: string) => parsePolicy(recording.one(aws.iam.RolePolicy, role).inputs.policy).Statement;
const allowing = (recording: Recording, role: string, action: string) =>
    policyOf(recording, role).filter(({ Action }) => Action.includes(action));
const pipelineOf = (recording: Recording, name = "delivery-service-pipeline") => recording.one(aws.codepipeline.Pipeline, name).inputs;

describe("Delivery: the service's pipeline", () => {
    it("is a queued V2 pipeline with the stages source, build, prod, and dr", async () => {
        const pipeline = pipelineOf(await recorded());
        expect(pipeline).to.include({ pipelineType: "V2", executionMode: "QUEUED" });
        const stages = pipeline.stages.map(({ name, actions }) => [name, ...actions.map((action) => action.provider)].join(" "));
        expect(stages).to.deep.equal(["Source CodeStarSourceConnection", "Build CodeBuild", "Deploy-prod ECS", "Deploy-dr Manual ECS"]);
    });

    it("is triggered by pushes to the branch", async () => {
        const recording = await recorded({ more: { source: { repositoryId: "acme/platform", branch: "release", paths: ["api/**"] } } });
        const { triggers, stages } = pipelineOf(recording);
        expect(triggers).to.deep.equal([
            {
                providerType: "CodeStarSourceConnection",
                gitConfiguration: {
                    sourceActionName: "Source",
                    pushes: [{ branches: { includes: ["release"] }, filePaths: { includes: ["api/**"] } }],
                },
            },
        ]);
        expect(stages[0]?.actions[0]).to.deep.include({
            name: "Source",
            configuration: {
                ConnectionArn: recording.one(aws.codeconnections.Connection).outputs.arn,
                FullRepositoryId: "acme/platform",
                BranchName: "release",
                OutputArtifactFormat: "CODE_ZIP",
                DetectChanges: "false",
            },
        });
    });

    it("passes the commit to the build, and deploys the image definition of each region", async () => {
        const recording = await recorded();
        const [, build, toProd, toDr] = pipelineOf(recording).stages;
        expect(build?.actions[0]).to.deep.include({ inputArtifacts: ["source"], outputArtifacts: ["image"] });
        expect(build?.actions[0]?.configuration).to.deep.equal({
            ProjectName: recording.one(aws.codebuild.Project).outputs.name,
            EnvironmentVariables: '[{"name":"COMMIT_ID","value":"#{Source.CommitId}","type":"PLAINTEXT"}]',
        });
        expect(toProd?.actions[0]).to.deep.include({
            runOrder: 1,
            inputArtifacts: ["image"],
            configuration: {
                ClusterName: "prod-cluster",
                ServiceName: "prod-service",
                FileName: "imagedefinitions.json",
                DeploymentTimeout: "30",
            },
        });
        expect(toProd?.actions[0]).not.to.have.property("region");
        expect(toDr?.actions.map(({ runOrder }) => runOrder)).to.deep.equal([1, 2]);
        expect(toDr?.actions[1]?.region).to.equal("us-west-2");
        expect(toDr?.actions[1]?.configuration?.FileName).to.equal("imagedefinitions-us-west-2.json");
    });

    it("stores encrypted artifacts in a private bucket per target region", async () => {
        const recording = await recorded();
        const [home, away] = ["delivery-service-artifacts-bucket", "delivery-service-artifacts-recovery-bucket"].map((name) =>
            recording.one(aws.s3.Bucket, name),
        );
        expect(pipelineOf(recording).artifactStores).to.deep.equal([
            { type: "S3", location: home!.outputs.bucket, region: "us-east-1", encryptionKey: { type: "KMS", id: base.kmsKeyArn } },
            { type: "S3", location: away!.outputs.bucket, region: "us-west-2", encryptionKey: { type: "KMS", id: recovery.kmsKeyArn } },
        ]);
        expect(away!.inputs).to.include({ region: "us-west-2", forceDestroy: false });
        expect(recording.all(aws.s3.BucketPublicAccessBlock)).to.have.length(2);
        for (const { inputs } of recording.all(aws.s3.BucketLifecycleConfiguration))
            expect(inputs.rules).to.deep.include({
                id: "old-artifacts",
                status: "Enabled",
                filter: { prefix: "" },
                expiration: { days: 30 },
            });
    });

    it("sets no artifact region if there is only one", async () => {
        const recording = await recorded({ more: { deployTo: [prod] } });
        expect(pipelineOf(recording).artifactStores).to.have.length(1);
        expect(pipelineOf(recording).artifactStores[0]).not.to.have.property("region");
        expect(recording.all(aws.s3.Bucket)).to.have.length(1);
    });

    it("ends after the build without a service, and has no permission to deploy", async () => {
        const recording = await recorded({ more: { deployTo: undefined } });
        expect(pipelineOf(recording).stages.map(({ name }) => name)).to.deep.equal(["Source", "Build"]);
        const actions = policyOf(recording, "delivery-service-work").flatMap(({ Action }) => Action);
        expect(actions.filter((action) => /^(ecs|iam):/.test(action))).to.be.empty;
    });

    it("has a role that only CodePipeline of this account can assume, with its policy in place before the first run", async () => {
        const recording = await recorded();
        const role = recording.one(aws.iam.Role, "delivery-service");
        const [trust] = parsePolicy(role.inputs.assumeRolePolicy).Statement;
        expect(trust).to.deep.include({
            Principal: ["codepipeline.amazonaws.com"],
            Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
        });
        const pipeline = recording.one(aws.codepipeline.Pipeline);
        expect(pipeline.inputs.roleArn).to.equal(role.outputs.arn);
        expect(pipeline.dependencies).to.include(recording.one(aws.iam.RolePolicy, "delivery-service-work").urn);
    });

    it("can deploy only to the targets' services, and pass only their roles", async () => {
        const recording = await recorded();
        const may = (action: string) => allowing(recording, "delivery-service-work", action);
        const arns = (resource: (name: string) => string) => [
            `arn:aws:ecs:us-east-1:123456789012:${resource("prod")}`,
            `arn:aws:ecs:us-west-2:123456789012:${resource("dr")}`,
        ];
        expect(may("ecs:UpdateService")[0]?.Resource).to.deep.equal(arns((name) => `service/${name}-cluster/${name}-service`));
        expect(may("ecs:RegisterTaskDefinition")[0]?.Resource).to.deep.equal(arns((name) => `task-definition/${name}-family:*`));
        expect(may("ecs:TagResource")[0]).to.deep.include({
            Resource: arns((name) => `task-definition/${name}-family:*`),
            Condition: { StringEquals: { "ecs:CreateAction": "RegisterTaskDefinition" } },
        });
        expect(may("ecs:DescribeTasks")[0]?.Resource).to.deep.equal(arns((name) => `task/${name}-cluster/*`));
        expect(may("ecs:ListTasks")[0]?.Condition).to.deep.equal({
            ArnEquals: { "ecs:cluster": arns((name) => `cluster/${name}-cluster`) },
        });
        expect(may("iam:PassRole")).to.have.length(1);
        expect(may("iam:PassRole")[0]).to.deep.include({
            Resource: [...prod.roleArns, ...dr.roleArns],
            Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
        });
    });

    it("can use only its connection, build, and artifacts", async () => {
        const recording = await recorded();
        const statements = policyOf(recording, "delivery-service-work");
        const everywhere = statements.filter(({ Resource }) => Resource.includes("*")).flatMap(({ Action }) => Action);
        expect(everywhere).to.deep.equal(["ecs:DescribeTaskDefinition", "ecs:ListTasks"]);
        const may = (action: string) => allowing(recording, "delivery-service-work", action).flatMap(({ Resource }) => Resource);
        expect(may("codeconnections:UseConnection")).to.deep.equal([recording.one(aws.codeconnections.Connection).outputs.arn]);
        expect(may("codebuild:StartBuild")).to.deep.equal([recording.one(aws.codebuild.Project).outputs.arn]);
        const buckets = recording.all(aws.s3.Bucket).map(({ outputs }) => `${String(outputs.arn)}/*`);
        for (const action of ["s3:PutObject", "s3:PutObjectAcl"]) expect(may(action), action).to.have.members(buckets);
        for (const { Action, Condition } of statements.filter(({ Action }) => Action[0]?.startsWith("kms:")))
            expect(Condition?.StringEquals, Action.join()).to.have.property("kms:ViaService");
    });
});

describe("Delivery: migrations", () => {
    const withMigrations = (deployTo: DeployTarget[]) =>
        record(() => {
            const runs = ["schema", "seed"].map((name) => {
                const task = new FargateTask(name, { ...base, ...placement, cluster, image: "nginx", tracing: false });
                return new TaskRun(`${name}-run`, { ...base, task, runOnUpdate: false });
            });
            make({ more: { deployTo, migrations: runs } });
        });
    const build = "delivery-migrations";

    it("run after the build and after the approval, before the first deployment, with the built image", async () => {
        const recording = await withMigrations([{ ...prod, approval: true }, dr]);
        const { stages } = pipelineOf(recording);
        const actions = stages.map(({ name, actions: all }) => [name, ...all.map((it) => `${it.runOrder ?? 1} ${it.name}`)].join(", "));
        expect(actions.slice(1)).to.deep.equal([
            "Build, 1 Build",
            "Deploy-prod, 1 Approve, 2 Migrate, 3 Deploy",
            "Deploy-dr, 1 Approve, 2 Deploy",
        ]);
        const migrate = stages[2]?.actions[1];
        expect(migrate).to.deep.include({ provider: "CodeBuild", inputArtifacts: ["image"] });
        expect(migrate?.configuration).to.deep.equal({
            ProjectName: recording.one(aws.codebuild.Project, `${build}-project`).outputs.name,
        });
        const startable = allowing(recording, "delivery-service-work", "codebuild:StartBuild").flatMap(({ Resource }) => Resource);
        expect(startable).to.have.members(recording.all(aws.codebuild.Project).map(({ outputs }) => outputs.arn));
    });

    it("are registered and run in order, by a build that can do only this", async () => {
        const recording = await withMigrations([prod]);
        const { environment, source, buildTimeout } = recording.one(aws.codebuild.Project, `${build}-project`).inputs;
        const runner = (name: string) => recording.one(aws.lambda.Function, `${name}-run-function`).outputs;
        expect(environment.environmentVariables).to.deep.equal([
            {
                name: "MIGRATIONS",
                value: ["schema", "seed"].map((name) => `it-${name}:${name}:${String(runner(name).name)}`).join(" "),
                type: "PLAINTEXT",
            },
        ]);
        expect(environment.privilegedMode).to.equal(false);
        expect(source.buildspec).to.contain("aws lambda invoke");
        // Two tasks, of at most 15 minutes each.
        expect(buildTimeout).to.be.greaterThan(30);
        const register = policyOf(recording, `${build}-register`);
        const families = ["schema", "seed"].map((name) => `arn:aws:ecs:us-east-1:123456789012:task-definition/it-${name}:*`);
        expect(register.filter(({ Resource }) => Resource.includes("*")).flatMap(({ Action }) => Action)).to.deep.equal([
            "ecs:DescribeTaskDefinition",
        ]);
        expect(register.find(({ Action }) => Action.includes("ecs:RegisterTaskDefinition"))?.Resource).to.deep.equal(families);
        const passed = register.find(({ Action }) => Action.includes("iam:PassRole"));
        const roles = ["schema-task", "schema-execution", "seed-task", "seed-execution"];
        expect(passed?.Resource).to.deep.equal(roles.map((name) => recording.one(aws.iam.Role, name).outputs.arn));
        for (const name of ["schema", "seed"]) {
            const [statement] = policyOf(recording, `${build}-${name}-run-invoke`);
            expect(statement).to.deep.include({ Action: ["lambda:InvokeFunction"], Resource: [runner(name).arn] });
        }
    });

    it("must be in the region of the first target", async () => {
        const message = await withMigrations([dr]).then(String, String);
        expect(message).to.contain("service.migrations must be empty unless the first target is in the region of the pipeline");
    });
});

describe("Delivery: the image build", () => {
    it("runs on the service's cpuArchitecture, privileged only for Docker, with logs and encryption", async () => {
        const recording = await recorded({ site });
        const project = recording.one(aws.codebuild.Project, "delivery-image-project").inputs;
        expect(project.environment).to.deep.include({
            type: "ARM_CONTAINER",
            image: "aws/codebuild/amazonlinux-aarch64-standard:3.0",
            privilegedMode: true,
        });
        expect(project).to.deep.include({
            encryptionKey: base.kmsKeyArn,
            artifacts: { type: "CODEPIPELINE" },
            cache: { type: "LOCAL", modes: ["LOCAL_DOCKER_LAYER_CACHE"] },
        });
        const logs = recording.one(aws.cloudwatch.LogGroup, "delivery-image-logs");
        expect(logs.inputs).to.include({ kmsKeyId: base.logKeyArn, retentionInDays: 30 });
        expect(project.logsConfig).to.deep.equal({ cloudwatchLogs: { status: "ENABLED", groupName: logs.outputs.name } });
        expect(recording.one(aws.codebuild.Project, "delivery-site-project").inputs.environment.privilegedMode).to.equal(false);
        const intel = await recorded({ more: { cpuArchitecture: "X86_64" } });
        expect(intel.one(aws.codebuild.Project).inputs.environment).to.deep.include({
            type: "LINUX_CONTAINER",
            image: "aws/codebuild/amazonlinux-x86_64-standard:5.0",
        });
    });

    const variablesOf = (recording: Recording, name = "delivery-image-project") => {
        const { environmentVariables } = recording.one(aws.codebuild.Project, name).inputs.environment;
        return Object.fromEntries((environmentVariables ?? []).map((variable) => [variable.name, variable.value]));
    };

    it("has variables for the source and the repository", async () => {
        const ecr = (region: string) => `123456789012.dkr.ecr.${region}.amazonaws.com/ai-platform/prod/api`;
        expect(variablesOf(await recorded({ more: { directory: "api", dockerfile: "src/Dockerfile" } }))).to.deep.equal({
            CONTAINER_NAME: "ai-platform-api",
            DIRECTORY: "api",
            DOCKERFILE: "src/Dockerfile",
            PLATFORM: "linux/arm64",
            RECOVERY_IMAGE_DEFINITIONS: "imagedefinitions-us-west-2.json",
            RECOVERY_REGION: "us-west-2",
            RECOVERY_REPOSITORY_URL: ecr("us-west-2"),
            REPOSITORY_NAME: "ai-platform/prod/api",
            REPOSITORY_URL: ecr("us-east-1"),
        });
        const variables = variablesOf(await recorded({ more: { deployTo: [prod], cpuArchitecture: "X86_64" } }));
        expect(variables.PLATFORM).to.equal("linux/amd64");
        expect(Object.keys(variables).filter((key) => key.startsWith("RECOVERY"))).to.be.empty;
    });

    it("has a role that only its project can assume, with permission to push, log, and write artifacts", async () => {
        const recording = await recorded();
        const [trust] = parsePolicy(recording.one(aws.iam.Role, "delivery-image").inputs.assumeRolePolicy).Statement;
        expect(trust).to.deep.include({
            Principal: ["codebuild.amazonaws.com"],
            Condition: {
                StringEquals: { "aws:SourceAccount": "123456789012" },
                ArnLike: { "aws:SourceArn": "arn:aws:codebuild:us-east-1:123456789012:project/delivery-image-*" },
            },
        });
        expect(recording.one(aws.codebuild.Project).outputs.name).to.match(/^delivery-image-/);
        expect(allowing(recording, "delivery-image-images-push", "ecr:PutImage")[0]?.Resource).to.deep.equal([
            recording.one(aws.ecr.Repository, "images-repository").outputs.arn,
        ]);
        const { arn } = recording.one(aws.cloudwatch.LogGroup).outputs;
        expect(allowing(recording, "delivery-image-work", "logs:PutLogEvents")[0]?.Resource).to.deep.equal([`${String(arn)}:*`]);
        const everywhere = policyOf(recording, "delivery-image-work").filter(({ Resource }) => Resource.includes("*"));
        expect(everywhere).to.be.empty;
    });

    it("publishes the site with variables that the source can't override", async () => {
        const recording = await recorded({
            ...siteOnly,
            site: { ...site, environment: { API_URL: "https://example.com", SITE_BUCKET: "mine" } },
        });
        expect(variablesOf(recording, "delivery-site-project")).to.deep.equal({
            API_URL: "https://example.com",
            CONFIGURATION: "production",
            DIRECTORY: "web",
            DISTRIBUTION_ID: "E123",
            OUTPUT_DIRECTORY: "dist/app/browser",
            SITE_BUCKET: "site-bucket",
        });
    });
});

describe("Delivery: site, connection, alarms, arguments", () => {
    it("publishes the site with a separate pipeline and roles without access to services", async () => {
        const recording = await recorded(siteOnly);
        const pipeline = pipelineOf(recording, "delivery-site-publication-pipeline");
        expect(pipeline.stages.map(({ name }) => name)).to.deep.equal(["Source", "Publish"]);
        expect(recording.all(aws.codepipeline.Pipeline)).to.have.length(1);
        const actions = policyOf(recording, "delivery-site-publication-work").flatMap(({ Action }) => Action);
        expect(actions.filter((action) => /^(ecs|iam|ecr):/.test(action))).to.be.empty;
    });

    it("stores the artifacts of each pipeline in a separate bucket that only its roles can access", async () => {
        const recording = await recorded({ site });
        const objects = (name: string) => `${String(recording.one(aws.s3.Bucket, name).outputs.arn)}/*`;
        const [service, away, web] = ["service-artifacts", "service-artifacts-recovery", "site-artifacts"].map((it) =>
            objects(`delivery-${it}-bucket`),
        );
        const touched = (role: string) =>
            ["s3:GetObject", "s3:PutObject"].map((action) => allowing(recording, role, action).flatMap(({ Resource }) => Resource));
        expect(touched("delivery-image-work")).to.deep.equal([[service], [service]]);
        expect(touched("delivery-service-work")).to.deep.equal([
            [service, away],
            [service, away],
        ]);
        expect(touched("delivery-site-work")).to.deep.equal([[web], [web]]);
        expect(touched("delivery-site-publication-work")).to.deep.equal([[web], [web]]);
        expect(pipelineOf(recording, "delivery-site-publication-pipeline").artifactStores[0]?.location).to.equal(
            recording.one(aws.s3.Bucket, "delivery-site-artifacts-bucket").outputs.bucket,
        );
    });

    it("exposes the roles of the builds for grants", async () => {
        const recording = await record(() => {
            const { imageBuild, siteBuild } = make({ site });
            return { image: imageBuild?.roleName, site: siteBuild?.roleName, names: [imageBuild?.logicalName, siteBuild?.logicalName] };
        });
        expect(recording.outputs).to.deep.equal({
            image: recording.one(aws.iam.Role, "delivery-image").outputs.name,
            site: recording.one(aws.iam.Role, "delivery-site").outputs.name,
            names: ["delivery-image", "delivery-site"],
        });
    });

    it("creates a connection, or uses an existing one", async () => {
        expect((await recorded({ connectionProvider: "GitLab" })).one(aws.codeconnections.Connection).inputs.providerType).to.equal(
            "GitLab",
        );
        const connectionArn = "arn:aws:codestar-connections:us-east-1:123456789012:connection/1";
        const recording = await recorded({ connectionArn });
        expect(recording.all(aws.codeconnections.Connection)).to.be.empty;
        expect(allowing(recording, "delivery-service-work", "codestar-connections:UseConnection")[0]?.Resource).to.deep.equal([
            connectionArn,
        ]);
    });

    it("has alarms for its pipelines", async () => {
        const { alarms, names } = await new Promise<{ alarms: Delivery["alarms"]; names: unknown }>((done) => {
            void record(() => {
                const it = make({ site });
                void resolve([it.servicePipelineName, it.sitePipelineName]).then((names) => {
                    done({ alarms: it.alarms, names });
                });
            });
        });
        expect(alarms.map(({ name, metricName, severity }) => [name, metricName, severity])).to.deep.equal([
            ["service-pipeline", "FailedPipelineExecutions", "ticket"],
            ["site-pipeline", "FailedPipelineExecutions", "ticket"],
        ]);
        expect(await resolve(alarms.map(({ dimensions }) => dimensions.PipelineName))).to.deep.equal(names);
    });

    it("applies transforms last", async () => {
        const recording = await recorded({
            site,
            transform: {
                projects: (_args, _opts, name) => ({ buildTimeout: name.includes("image") ? 60 : 61 }),
                pipelines: (_args, _opts, name) => ({ executionMode: name.includes("site") ? "PARALLEL" : "SUPERSEDED" }),
            },
        });
        expect(recording.one(aws.codebuild.Project, "delivery-image-project").inputs.buildTimeout).to.equal(60);
        expect(recording.one(aws.codebuild.Project, "delivery-site-project").inputs.buildTimeout).to.equal(61);
        expect(pipelineOf(recording).executionMode).to.equal("SUPERSEDED");
        expect(pipelineOf(recording, "delivery-site-publication-pipeline").executionMode).to.equal("PARALLEL");
    });

    const refusals: [what: string, options: Options, message: string][] = [
        ["nothing to deliver", { service: undefined }, "service or site must be set"],
        [
            "two connections",
            { connectionArn: "arn", connectionProvider: "GitHub" },
            "connectionProvider must be omitted if connectionArn is set",
        ],
        ["odd retention", { logRetentionDays: 31 }, "logRetentionDays must be a number of days"],
        ["odd repositories", { more: { source: { repositoryId: "platform" } } }, "service.source.repositoryId must be <owner>/<name>"],
        [
            "too many patterns",
            { ...siteOnly, site: { ...site, source: { repositoryId: "a/b", paths: new Array<string>(9).fill("*") } } },
            "site.source.paths must have at most 8 patterns",
        ],
        [
            "directories elsewhere",
            { ...siteOnly, site: { ...site, outputDirectory: "../dist" } },
            "site.outputDirectory must be a relative path within",
        ],
        ["two targets of one name", { more: { deployTo: [prod, prod] } }, "service.deployTo[1].name must be 1 to 80 letters"],
        [
            "targets without roles",
            { more: { deployTo: [target("prod", { roleArns: [] })] } },
            "service.deployTo[0].roleArns must contain the ARNs of the task role",
        ],
        [
            "endless deployments",
            { more: { deployTo: [target("prod", { timeoutMinutes: 90 })] } },
            "service.deployTo[0].timeoutMinutes must be between",
        ],
        [
            "targets where no artifact goes",
            { recovery: undefined },
            "service.deployTo[1].region must be recovery.region (not set) or omitted",
        ],
        [
            "targets where no image goes",
            { recovery: { ...recovery, region: "eu-west-1" }, more: { deployTo: [target("dr", { region: "eu-west-1" })] } },
            "service.deployTo[0].region must be the recovery region of the image repository",
        ],
    ];
    for (const [what, options, message] of refusals)
        it(`rejects ${what}`, async () => {
            const error = await recorded(options).then(
                () => "nothing",
                (reason: unknown) => String(reason),
            );
            expect(error).to.contain(`Delivery "delivery": ${message}`);
        });

    it("rejects long names", async () => {
        const error = await record(() => new Delivery("d".repeat(18), { ...base, site })).catch(String);
        expect(error).to.contain("name must be at most 17 characters");
    });
});
