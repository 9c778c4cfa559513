import { expect } from "chai";
import { type Answers, OWN, planned, run } from "../support/preflight";

const httpError = (name: string, httpStatusCode: number, headers: Record<string, string> = {}) =>
    Object.assign(new Error(name), { name, $metadata: { httpStatusCode }, $response: { headers } });

describe("preflight: who owns what exists", () => {
    const bucket = planned(["aws:s3/bucket:Bucket", { bucket: "b" }]);

    it("reports an unknown owner for a bucket without access", async () => {
        const { status, findings } = await run("names", bucket, { HeadBucket: httpError("403", 403) });
        expect(status).to.equal("unknown");
        expect(`${findings[0]?.found} ${findings[0]?.action}`).to.match(/another account[^]*s3:ListBucket/);
    });

    const elsewhere: [string, Answers][] = [
        ["that S3 redirects to", { HeadBucket: httpError("301", 301, { "x-amz-bucket-region": "eu-west-1" }) }],
        ["with this stack's tags", { HeadBucket: { BucketRegion: "eu-west-1" }, GetBucketTagging: { TagSet: OWN } }],
    ];
    for (const [what, answers] of elsewhere) {
        it(`fails for a bucket in another region ${what}`, async () => {
            const { status, findings } = await run("names", bucket, answers);
            expect(status).to.equal("failed");
            expect(findings[0]?.found).to.contain("eu-west-1");
        });
    }

    it("passes for an existing bucket of this stack", async () => {
        const answers = { HeadBucket: { BucketRegion: "us-east-1" }, GetBucketTagging: { TagSet: OWN } };
        expect((await run("names", bucket, answers)).status).to.equal("passed");
    });

    const domain = planned(["aws:cognito/userPoolDomain:UserPoolDomain", { domain: "d" }]);
    const domainOf = (AWSAccountId: string, UserPoolTags: Record<string, string>) => ({
        DescribeUserPoolDomain: { DomainDescription: { UserPoolId: "us-east-1_1", AWSAccountId } },
        DescribeUserPool: { UserPool: { UserPoolTags } },
    });
    const domains: [string, Answers, string][] = [
        ["is free", { DescribeUserPoolDomain: { DomainDescription: {} } }, "passed"],
        ["belongs to this stack", domainOf("111122223333", { Project: "ai-platform", Environment: "prod" }), "passed"],
        ["belongs to another stack of the account", domainOf("111122223333", { Project: "ai-platform", Environment: "dev" }), "failed"],
        ["belongs to another account", domainOf("999999999999", { Project: "ai-platform", Environment: "prod" }), "failed"],
    ];
    for (const [what, answers, status] of domains) {
        it(`reports ${status} for a Cognito domain that ${what}`, async () => {
            expect((await run("names", domain, answers)).status).to.equal(status);
        });
    }

    const account = planned(["aws:apigateway/account:Account", {}]);
    const roleArn = "arn:aws:iam::111122223333:role/gateway-logging-1a2b3c4";
    const roles: [string, object | string, string][] = [
        ["has this stack's tags", { Role: { Tags: OWN } }, "passed"],
        ["has the same name in another environment", { Role: { Tags: [OWN[0], { Key: "Environment", Value: "dev" }] } }, "warning"],
        ["was deleted", "NoSuchEntityException", "warning"],
        ["may not be read", "AccessDenied", "unknown"],
    ];
    for (const [what, GetRole, status] of roles) {
        it(`reports ${status} for an API Gateway account role that ${what}`, async () => {
            const answers = { GetAccount: { cloudwatchRoleArn: roleArn }, GetRole };
            expect((await run("singletons", account, answers)).status).to.equal(status);
        });
    }
});
