import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { parsePolicy } from "../../components/testing";
import { parseConfig } from "../support/config";
import { failureOf } from "../support/failures";
import { plan, planWith, planWithResults } from "../support/plans";

const GET_INSTANCE = "aws:rds/getInstance:getInstance";

/** Configuration mistakes that the program prevents. */
describe("the stacks' guards", () => {
    it("don't allow a promoted dr stack to become passive, which would send traffic to outdated data", async () => {
        const promoted = { [GET_INSTANCE]: { replicateSourceDb: "" } };
        expect(await failureOf(planWithResults(promoted, "dr")))
            .to.contain("The database ai-platform-dr was promoted")
            .and.to.contain("Set ai-platform:active: true");
        expect(await failureOf(planWithResults(promoted, "dr", ["ai-platform:active=true"]))).to.equal("");
    });

    it("treat a dr stack without a database as not deployed yet", async () => {
        const missing = {
            [GET_INSTANCE]: () => {
                throw new Error("couldn't find resource");
            },
        };
        expect(await failureOf(planWith(missing, "dr"))).to.equal("");
    });

    it("stop the update if the database can't be read", async () => {
        const denied = {
            [GET_INSTANCE]: () => {
                throw new Error("AccessDenied: not authorized to perform rds:DescribeDBInstances");
            },
        };
        expect(await failureOf(planWith(denied, "dr")))
            .to.contain("database ai-platform-dr can't be looked up: access denied. Allow rds:DescribeDBInstances")
            .and.to.contain("AccessDenied");
    });

    it("reject another database name in dr than the primary's: a replica has the same", async () => {
        const named = (database: string) => ({
            "aws:secretsmanager/getSecretVersion:getSecretVersion": {
                secretString: JSON.stringify({ database, username: "app", password: "hidden" }),
            },
        });
        expect(await failureOf(planWithResults(named("aiplatform"), "dr"))).to.equal("");
        expect(await failureOf(planWithResults(named("orders"), "dr")))
            .to.contain("ai-platform:database.dbName: aiplatform is not the name of the primary's database, orders")
            .and.not.to.contain("hidden");
    });

    it("don't print a secret of the primary that can't be parsed", async () => {
        const damaged = {
            "aws:secretsmanager/getSecretVersion:getSecretVersion": () => ({ versionId: "1", secretString: "pass-word-without-json" }),
        };
        expect(await failureOf(planWith(damaged, "dr")))
            .to.contain("secret ai-platform/prod/database doesn't contain JSON")
            .and.not.to.contain("pass-word");
    });

    it("reject an image in another region, which could be unavailable", () => {
        const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/ai-platform/prod/api:v1";
        const { problems } = parseConfig({ role: "dr", services: { api: { image } } }, { region: "us-west-2" }, "dr");
        expect(problems).to.deep.equal([
            `ai-platform:services.api.image: ${image} is in us-east-1: the stack in us-west-2 must not depend on another region's registry`,
        ]);
    });

    for (const [stack, region] of [
        ["prod", "us-east-1"],
        ["dr", "us-west-2"],
    ] as const) {
        it(`allow ${stack}'s tasks to pull images deployed by a pipeline, even if they started with the sample`, async () => {
            const recording = await plan(stack, ["ai-platform:services.api.deployedBy=pipeline"]);
            const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy, "api-execution-start").inputs.policy);
            const [pull] = Statement.filter(({ Action }) => Action.includes("ecr:BatchGetImage"));
            expect(pull?.Resource).to.deep.equal([`arn:aws:ecr:${region}:123456789012:repository/ai-platform/prod/api`]);
        });
    }

    it("warn if alarms notify no one, and notify incident services only of the composite alarm", async () => {
        expect((await plan("prod")).warnings.join()).to.contain("alarms notify no one");
        const heard = await plan("prod", ["ai-platform:observability.pagingWebhooks[0]=https://pager.example.com/key"]);
        expect(heard.warnings.join()).not.to.contain("alarms notify no one");
        const [subscription] = heard.all(aws.sns.TopicSubscription).filter(({ inputs }) => inputs.protocol === "https");
        expect(subscription?.isSecret("endpoint")).to.be.true;
        expect(subscription?.inputs.topic).to.contain("pages");
    });

    it("allow presigned URLs if the endpoint isn't required", async () => {
        const policies = async (overrides: string[]) =>
            (await plan("prod", overrides)).all(aws.s3.BucketPolicy, /^lake-raw-policy$/).map(({ inputs }) => String(inputs.policy));
        expect((await policies([])).join()).to.contain("OnlyThroughEndpoint");
        expect((await policies(["ai-platform:lake.onlyThroughEndpoint=false"])).join()).not.to.contain("OnlyThroughEndpoint");
    });
});
