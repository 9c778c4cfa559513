import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { permissionsBoundary, ServiceRole, VpcFunction } from "../../components";
import { record, type Recording } from "../../components/testing";
import { keys, placement } from "../support/minimal";
import { plan, planOf, PLANS, prefixed, problemsWith, resourcesOf } from "../support/plans";

const ROOT = path.resolve(__dirname, "..", "..");
const BOUNDARY = "arn:aws:iam::123456789012:policy/boundary";

/** Problems of a stack file with overrides of its own keys. */
const problemsOf = (stack: string, ...overrides: string[]) => problemsWith(stack, prefixed(overrides));

/** The plan of each stack of `PLANS`, with more settings. */
const everywhere = (...overrides: string[]): Promise<[name: string, recording: Recording][]> =>
    Promise.all(
        Object.entries(PLANS).map(async ([name, settings]): Promise<[string, Recording]> => {
            const all = [...(settings.overrides ?? []), ...prefixed(overrides)];
            return [name, await planOf({ ...settings, overrides: all })];
        }),
    );

const tagsOf = (recording: Recording): Record<string, string> => {
    const { inputs } = recording.one<{ defaultTags: string }>("pulumi:providers:aws");
    return (JSON.parse(inputs.defaultTags) as { tags: Record<string, string> }).tags;
};

describe("tags of the organization", () => {
    it("are added to the platform's own, and override those of the provider's settings", async () => {
        const set = ["tags.Owner=payments", 'aws:defaultTags={"tags":{"Owner":"search","Team":"search","Project":"other"}}'];
        expect(tagsOf(await plan("dev", prefixed(set)))).to.deep.equal({
            Owner: "payments",
            Team: "search",
            Project: "ai-platform",
            Environment: "dev",
            ManagedBy: "pulumi",
        });
    });

    it("aren't replaced by a resource's own tags", async () => {
        for (const name of Object.keys(PLANS))
            for (const { urn, inputs } of await resourcesOf(name)) {
                const own = Object.keys((inputs?.tags as Record<string, unknown> | undefined) ?? {});
                expect(own, urn).not.to.include.members(["Project"]).and.not.include.members(["Environment"]);
                // The rest of the 50 tags is for `tags` and the platform's tags.
                expect(own.length, urn).to.be.at.most(7);
            }
    });

    for (const [what, tags, problem] of [
        ["a reserved prefix", ["aws:team=x"], "ai-platform:tags.aws:team: the name of a tag must be 1 to 128"],
        ["a prefix that RDS reserves", ["Team=rds:x"], 'ai-platform:tags.Team: "rds:x" must be 1 to 256'],
        ["a name of the platform", ["Environment=x"], "ai-platform:tags.Environment: the platform sets the tag Environment"],
        ["a name of the platform in lower case", ["project=x"], "ai-platform:tags.project: the platform sets the tag Project"],
        ["no value", ["Team="], 'ai-platform:tags.Team: "" must be 1 to 256'],
        ["characters that some services reject", ["Team=a&b"], 'ai-platform:tags.Team: "a&b" must be 1 to 256 letters, digits'],
        ["a long name", [`${"n".repeat(129)}=x`], `ai-platform:tags.${"n".repeat(129)}: the name of a tag must be 1 to 128`],
        ["a long value", [`Team=${"v".repeat(257)}`], "ai-platform:tags.Team: "],
    ] as [string, string[], string][])
        it(`can't have ${what}`, () => {
            const problems = problemsOf("prod", ...tags.map((it) => it.replace(/^([^=]*)=/, 'tags["$1"]=')));
            expect(problems).to.have.length(1);
            expect(problems[0]).to.contain(problem);
        });

    it("can have letters of other languages, spaces, and all symbols that AWS allows", () => {
        expect(problemsOf("prod", "tags.Team=Größe 1 + - = . _ : / @")).to.deep.equal([]);
    });

    it("can't differ only in case, because IAM doesn't distinguish it", () => {
        expect(problemsOf("prod", "tags.Owner=a", "tags.owner=b").join()).to.contain("differs from owner only in case");
        const both = problemsOf("prod", "tags.Owner=a", 'aws:defaultTags={"tags":{"owner":"b"}}');
        expect(both).to.deep.equal([
            "ai-platform:tags.Owner: differs from owner in aws:defaultTags only in case, which IAM doesn't distinguish",
        ]);
    });

    it("are at most 40 with those of the provider's settings", () => {
        const tags = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `tags.T${i + from}=x`);
        const more = `aws:defaultTags=${JSON.stringify({ tags: { One: "1", Two: "2" } })}`;
        expect(problemsOf("prod", ...tags(40))).to.deep.equal([]);
        expect(problemsOf("prod", ...tags(41))).to.deep.equal(["ai-platform:tags: must have at most 40 tags"]);
        expect(problemsOf("prod", ...tags(39), more)).to.deep.equal([
            "ai-platform:tags: must have at most 40 tags together with aws:defaultTags",
        ]);
        expect(problemsOf("prod", ...tags(38), more)).to.deep.equal([]);
    });

    it("leave objects with the platform's tags if there are more than the ten that S3 allows", async () => {
        const tags = (count: number) => Array.from({ length: count }, (_, i) => `ai-platform:tags.T${i}=x`);
        const placeholder = async (count: number) =>
            (await plan("prod", tags(count))).one(aws.s3.BucketObjectv2, "edge-placeholder").inputs.overrideProvider;
        expect(await placeholder(7)).to.equal(undefined);
        expect(await placeholder(8)).to.deep.equal({
            defaultTags: { tags: { Project: "ai-platform", Environment: "prod", ManagedBy: "pulumi" } },
        });
    });
});

const PLATFORM_TAGS = { Project: "ai-platform", Environment: "prod", ManagedBy: "pulumi" };
const NAT_INSTANCE = "network-nat-instance-us-east-1a";

/**
 * Properties with which a type passes its tags on to what AWS creates for it, and the value with which it does. Every type in the plans that
 * has such a property must be listed.
 */
const PASSED_ON: Record<string, Record<string, unknown>> = {
    "aws:ecs/service:Service": { enableEcsManagedTags: true, propagateTags: "SERVICE" },
    "aws:rds/instance:Instance": { copyTagsToSnapshot: true },
    "aws:docdb/clusterInstance:ClusterInstance": { copyTagsToSnapshot: true },
    // With an existing network interface, EC2 rejects tags of network interfaces.
    "aws:ec2/launchTemplate:LaunchTemplate": {
        tagSpecifications: ["instance", "volume"].map((resourceType) => ({ resourceType, tags: { ...PLATFORM_TAGS, Name: NAT_INSTANCE } })),
    },
};

/** Types with a list of tags, which the provider doesn't add, so that the platform adds them. */
const LISTED: Record<string, { key: string; value: string; propagateAtLaunch: boolean }[]> = {
    "aws:autoscaling/group:Group": Object.entries({ Name: NAT_INSTANCE, ...PLATFORM_TAGS }).map(([key, value]) => ({
        key,
        value,
        propagateAtLaunch: true,
    })),
};

/** Types with tags that the provider doesn't add, and why the platform doesn't need them. */
const WITHOUT_TAGS: Record<string, string> = {
    "aws:backup/selection:Selection": "selectionTags selects resources. AWS Backup copies the tags of a database to its recovery points",
};

/** Properties about something other than tags of resources. */
const NOT_TAGS =
    /^(etag|liveStageEtag|staging|stages|stageName|versionStages|imageTagMutability\w*|tagFieldSpecifications|cacheTagConfig)$/;

describe("every resource that supports tags", () => {
    const types = new Map<string, Record<string, unknown>[]>();
    before(async function () {
        this.timeout(60_000);
        for (const name of Object.keys(PLANS))
            for (const { type, inputs = {} } of await resourcesOf(name)) types.set(type, [...(types.get(type) ?? []), inputs]);
    });

    /** The properties of a type whose names contain "tag", from the type declarations of the SDK. */
    function tagProperties(type: string): string[] {
        const [, module = "", file = ""] = /^aws:(\w+)\/(\w+):/.exec(type) ?? [];
        const declaration = path.join(ROOT, "node_modules", "@pulumi", "aws", module, `${file}.d.ts`);
        expect(existsSync(declaration), declaration).to.be.true;
        const names = [...readFileSync(declaration, "utf8").matchAll(/^ {4}(?:readonly )?(\w*[tT]ag\w*)\??:/gm)].map(
            ([, name = ""]) => name,
        );
        return [...new Set(names)].filter((name) => !NOT_TAGS.test(name));
    }

    it("gets them from the provider, or passes them on", () => {
        for (const [type, resources] of types) {
            if (!type.startsWith("aws:")) continue;
            const properties = tagProperties(type);
            const others = properties.filter((name) => name !== "tags" && name !== "tagsAll");
            const fromProvider = properties.includes("tags") === properties.includes("tagsAll");
            if (type in WITHOUT_TAGS) continue;
            if (type in LISTED) {
                expect(properties, type).to.deep.equal(["tags"]);
                for (const inputs of resources) expect(inputs.tags, type).to.have.deep.members(LISTED[type] ?? []);
                continue;
            }
            expect(fromProvider, `${type} has tags that the provider doesn't add: ${properties.join(", ")}`).to.be.true;
            expect(Object.keys(PASSED_ON[type] ?? {}).sort(), `${type} can pass tags on`).to.deep.equal(others.sort());
            for (const inputs of resources) expect(inputs, type).to.deep.include(PASSED_ON[type] ?? {});
        }
    });

    it("is still in a plan if it has an entry in these tables", () => {
        expect([PASSED_ON, WITHOUT_TAGS, LISTED].flatMap(Object.keys).filter((type) => !types.has(type))).to.deep.equal([]);
    });
});

describe("tags of what a resource launches", () => {
    const NAT = ["ai-platform:network.natGateways=instance", "ai-platform:tags.Owner=payments"];

    it("are those of the organization on NAT instances and their volumes", async () => {
        const recording = await plan("prod", NAT);
        const templates = recording.all(aws.ec2.LaunchTemplate);
        expect(templates).to.not.be.empty;
        for (const { inputs, name } of templates)
            expect(inputs.tagSpecifications, name).to.deep.equal(
                ["instance", "volume"].map((resourceType) => ({
                    resourceType,
                    tags: { ...PLATFORM_TAGS, Owner: "payments", Name: name },
                })),
            );
        for (const { inputs, name } of recording.all(aws.autoscaling.Group))
            expect(inputs.tags, name).to.have.deep.members(
                Object.entries({ ...PLATFORM_TAGS, Owner: "payments", Name: name }).map(([key, value]) => ({
                    key,
                    value,
                    propagateAtLaunch: true,
                })),
            );
    });

    it("can be overridden by those of a resource", async () => {
        const recording = await plan("prod", [...NAT, "ai-platform:tags.Name=other"]);
        for (const { inputs, name } of recording.all(aws.autoscaling.Group)) {
            const names = (inputs.tags as { key: string; value: string }[]).filter(({ key }) => key === "Name");
            expect(names.map(({ value }) => value)).to.deep.equal([name]);
        }
        for (const { inputs, name } of recording.all(aws.ec2.LaunchTemplate)) {
            const [specification] = inputs.tagSpecifications as { tags: Record<string, string> }[];
            expect(specification?.tags.Name).to.equal(name);
        }
    });

    it("are those of the task definition on the runs of jobs", async () => {
        const job = ["ai-platform:jobs.nightly.image=registry.example.org/jobs:7", "ai-platform:jobs.nightly.schedule=rate(11 days)"];
        const schedules = (await planOf({ stack: "prod", overrides: job })).all(aws.scheduler.Schedule);
        expect(schedules).to.have.length(1);
        for (const { inputs } of schedules)
            expect(inputs.target).to.have.nested.include({
                "ecsParameters.propagateTags": "TASK_DEFINITION",
                "ecsParameters.enableEcsManagedTags": true,
            });
    });
});

describe("the permissions boundary", () => {
    it("limits every role of every plan", async () => {
        for (const [name, recording] of await everywhere(`permissionsBoundaryArn=${BOUNDARY}`)) {
            const roles = recording.all(aws.iam.Role);
            expect(roles, name).to.not.be.empty;
            for (const role of roles) expect(role.inputs.permissionsBoundary, `${name}: ${role.name}`).to.equal(BOUNDARY);
        }
    });

    it("isn't set by default", async () => {
        for (const { inputs } of (await plan("prod")).all(aws.iam.Role)) expect(inputs).not.to.have.property("permissionsBoundary");
    });

    it("can be used for a component in another program, and doesn't replace the boundary of a single role", async () => {
        const transformations = [permissionsBoundary(BOUNDARY)];
        const recording = await record(() => {
            const entry = path.join(ROOT, "functions", "ingest", "index.ts");
            new VpcFunction("it", { ...keys, entry, description: "It", placement }, { transformations });
            const role = { role: { permissionsBoundary: "arn:aws:iam::123456789012:policy/own" } };
            new VpcFunction(
                "other",
                { ...keys, entry, description: "It", placement, transform: { role: { transform: role } } },
                { transformations },
            );
        });
        const boundaries = recording.all(aws.iam.Role).map(({ inputs }) => inputs.permissionsBoundary);
        expect(boundaries).to.deep.equal([BOUNDARY, "arn:aws:iam::123456789012:policy/own"]);
        expect(ServiceRole).to.be.a("function");
    });

    for (const wrong of [
        "arn:aws:iam::123456789012:role/boundary",
        "boundary",
        "arn:aws-cn:iam::123456789012:policy/b",
        "arn:aws:iam::12:policy/b",
    ])
        it(`can't be ${wrong}`, () => {
            const [problem, ...more] = problemsOf("prod", `permissionsBoundaryArn=${wrong}`);
            expect(more).to.deep.equal([]);
            expect(problem).to.equal(
                `ai-platform:permissionsBoundaryArn: "${wrong}" must be the ARN of an IAM policy, such as arn:aws:iam::123456789012:policy/boundary`,
            );
        });

    it("can be an AWS managed policy, or a policy of the stack's account", () => {
        const allowed = 'aws:allowedAccountIds=["111122223333"]';
        expect(problemsOf("prod", allowed, "permissionsBoundaryArn=arn:aws:iam::aws:policy/PowerUserAccess")).to.deep.equal([]);
        expect(problemsOf("prod", allowed, "permissionsBoundaryArn=arn:aws:iam::111122223333:policy/path/b")).to.deep.equal([]);
        expect(problemsOf("prod", allowed, `permissionsBoundaryArn=${BOUNDARY}`)).to.deep.equal([
            "ai-platform:permissionsBoundaryArn: must be a policy of 111122223333: IAM doesn't accept boundaries of other accounts",
        ]);
    });
});

/** Texts that contain the project's name without being names of resources in the account: files of this folder, the containers and their traces, the source of events, and the tag. */
const FIXED =
    /"(?:path|uri)":"\/[^"]*"|ai-platform-(?:api|reports|schema)|"serviceName":"ai-platform-\*"|ai-platform\.ingest|node_modules\/\.cache\/ai-platform|"Project":"ai-platform"|"key":"Project",[^}]*"value":"ai-platform"/g;

describe("the prefix of names", () => {
    it("replaces ai-platform in all physical names and references", async () => {
        for (const [name, recording] of await everywhere("namePrefix=zeta"))
            for (const { urn, type, inputs } of recording.registered) {
                if (type.startsWith("pulumi:")) continue;
                expect(JSON.stringify(inputs).replace(FIXED, ""), `${name}: ${urn}`).not.to.match(/ai[-_]platform/);
            }
    });

    it("leads the dr stack to the names of the primary stack", async () => {
        const [primary, dr] = [await plan("prod", ["ai-platform:namePrefix=zeta"]), await plan("dr", ["ai-platform:namePrefix=zeta"])];
        const [source] = primary.all(aws.rds.Instance);
        expect(dr.one(aws.rds.Instance).inputs.replicateSourceDb).to.equal(
            `arn:aws:rds:us-east-1:123456789012:db:${String(source?.inputs.identifier)}`,
        );
        const names = JSON.stringify(dr.lookups);
        expect(names).to.contain("alias/zeta-prod-data").and.to.contain("zeta/prod/database").and.not.to.contain("ai-platform");
    });

    it("is that of additional environments, too", async () => {
        const set = ["namePrefix=zeta", "recovery.additionalEnvironments[0]=team"];
        const { inputs } = (await plan("prod", prefixed(set))).one(aws.ecr.ReplicationConfiguration);
        expect(JSON.stringify(inputs)).to.contain("zeta/prod/api").and.to.contain("zeta/team/api");
    });

    it("is part of the names of services, jobs, and their roles, also of those to which the pipeline deploys", async () => {
        const set = [
            "namePrefix=contoso-corporati",
            "environment=staging-eu",
            "recovery.environment=recover-eu",
            "delivery.service.repositoryId=acme/api",
            "services.api.deployedBy=pipeline",
            "services.a-service-of-20-char.deployedBy=pipeline",
            "jobs.another-of-20-chars1.image=registry.example.org/jobs:7",
            "jobs.another-of-20-chars1.schedule=rate(11 days)",
        ];
        const recording = await planOf({ stack: "prod", overrides: prefixed(set) });
        const roles = recording.all(aws.iam.Role).flatMap(({ inputs }) => inputs.name ?? []);
        for (const workload of ["api", "a-service-of-20-char", "another-of-20-chars1"])
            for (const what of ["task", "execution"]) expect(roles).to.include(`contoso-corporati-staging-eu-${workload}-${what}`);
        for (const role of roles) expect(role.length, role).to.be.at.most(64);
        const services = recording.all(aws.ecs.Service).map(({ inputs }) => inputs.name);
        expect(services).to.have.members(["contoso-corporati-staging-eu-api", "contoso-corporati-staging-eu-a-service-of-20-char"]);
        const pipelines = JSON.stringify(recording.registered.filter(({ type }) => type.startsWith("aws:codepipeline")));
        expect(pipelines).to.contain("contoso-corporati-recover-eu-api");
    });

    it("leaves room for the environment in the longest names", () => {
        const problems = problemsOf("prod", "namePrefix=contoso-corporation1", "environment=staging-eu");
        expect(problems).to.deep.equal([
            "ai-platform:namePrefix: contoso-corporation1 must have at most 17 characters with the environment staging-eu: names are limited",
        ]);
        expect(problemsOf("prod", "namePrefix=contoso-corporati", "environment=staging-eu")).to.deep.equal([]);
    });

    for (const wrong of ["Contoso", "a--b", "a-", "aws-team", "sthree-a", "a_b", "x".repeat(21)])
        it(`can't be ${wrong}`, () => {
            expect(problemsOf("prod", `namePrefix=${wrong}`).join()).to.contain(`ai-platform:namePrefix: "${wrong}" must be 1 to 20`);
        });

    it("must not contain what Cognito doesn't allow in domains, unless the sign-in page has another one", () => {
        expect(problemsOf("prod", "namePrefix=my-aws").join()).to.contain("ai-platform:identity.domainPrefix: is missing");
        expect(problemsOf("prod", "namePrefix=my-aws", "identity.domainPrefix=mine")).to.deep.equal([]);
    });
});

describe("other accounts", () => {
    it("can pull the images of both regions, and do nothing else", async () => {
        const recording = await plan("prod", ["ai-platform:images.pullAccountIds[0]=210987654321"]);
        const policies = recording.all(aws.ecr.RepositoryPolicy);
        expect(policies.map(({ inputs }) => inputs.region)).to.deep.equal([undefined, "us-west-2"]);
        for (const { inputs } of policies)
            expect(JSON.parse(String(inputs.policy))).to.deep.equal({
                Version: "2012-10-17",
                Statement: [
                    {
                        Sid: "Pull",
                        Effect: "Allow",
                        Principal: { AWS: ["arn:aws:iam::210987654321:root"] },
                        Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                    },
                ],
            });
        expect((await plan("prod")).all(aws.ecr.RepositoryPolicy)).to.be.empty;
    });

    it("are account IDs", () => {
        expect(problemsOf("prod", "images.pullAccountIds[0]=acme").join()).to.contain(
            'ai-platform:images.pullAccountIds[0]: "acme" must be an account ID of twelve digits',
        );
    });
});
