import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { parsePolicy } from "../../components/testing";
import { parseConfig } from "../../stacks/config";
import { plan, planAnew } from "../support/plans";

const GET_INSTANCE = "aws:rds/getInstance:getInstance";
const failureOf = (attempt: Promise<unknown>): Promise<string> =>
    attempt.then(
        () => "",
        (error: unknown) => (error as Error).message,
    );

/** What keeps a person from hurting the platform by its configuration. */
describe("the stacks' guards", () => {
    it("do not let a promoted dr stack step back: traffic would go to a primary whose data stopped", async () => {
        const promoted = { [GET_INSTANCE]: () => ({ replicateSourceDb: "" }) };
        expect(await failureOf(planAnew("dr", [], promoted)))
            .to.contain("the database ai-platform-dr was promoted")
            .and.to.contain("keep ai-platform:active: true");
        expect(await failureOf(planAnew("dr", ["ai-platform:active=true"], promoted))).to.equal("");
    });

    it("take a dr stack without a database for one that was never deployed", async () => {
        const missing = {
            [GET_INSTANCE]: () => {
                throw new Error("couldn't find resource");
            },
        };
        expect(await failureOf(planAnew("dr", [], missing))).to.equal("");
    });

    it("refuse an image of another region, which may be lost", () => {
        const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/ai-platform/prod/api:v1";
        const { problems } = parseConfig({ role: "dr", service: { image } }, { region: "us-west-2" }, "dr");
        expect(problems).to.deep.equal([
            `ai-platform:service.image: ${image} is in us-east-1: the stack in us-west-2 must not need another region's registry`,
        ]);
    });

    for (const [stack, region] of [
        ["prod", "us-east-1"],
        ["dr", "us-west-2"],
    ] as const) {
        it(`let ${stack}'s tasks pull what a pipeline deploys, though they began with the sample`, async () => {
            const recording = await plan(stack, ["ai-platform:service.deployedBy=pipeline"]);
            const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy, "api-execution-start").inputs.policy);
            const [pull] = Statement.filter(({ Action }) => Action.includes("ecr:BatchGetImage"));
            expect(pull?.Resource).to.deep.equal([`arn:aws:ecr:${region}:123456789012:repository/ai-platform/prod/api`]);
        });
    }

    it("warn where nobody hears of an alarm, and tell incident services of the composite alarm alone", async () => {
        expect((await plan("prod")).warnings.join()).to.contain("nobody hears of an alarm");
        const heard = await planAnew("prod", ["ai-platform:observability.pagers[0]=https://pager.example.com/key"], {});
        expect(heard.warnings.join()).not.to.contain("nobody hears of an alarm");
        const [subscription] = heard.all(aws.sns.TopicSubscription).filter(({ inputs }) => inputs.protocol === "https");
        expect(subscription?.isSecret("endpoint")).to.be.true;
        expect(subscription?.inputs.topic).to.contain("pages");
    });

    it("let presigned URLs work where the endpoint is no condition", async () => {
        const policies = async (overrides: string[]) =>
            (await plan("prod", overrides)).all(aws.s3.BucketPolicy, /^lake-raw-policy$/).map(({ inputs }) => String(inputs.policy));
        expect((await policies([])).join()).to.contain("OnlyThroughEndpoint");
        expect((await policies(["ai-platform:lake.onlyThroughEndpoint=false"])).join()).not.to.contain("OnlyThroughEndpoint");
    });
});
