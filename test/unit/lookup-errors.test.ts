import { RunError } from "@pulumi/pulumi";
import { expect } from "chai";
import { answered, existing } from "../../stacks/lookup-errors";

const invocation = (token: string, answer: string) => new Error(`invocation of ${token} returned an error: ${answer}`);

/** How a lookup fails. */
const failureOf = async (error: Error): Promise<Error> => {
    try {
        await existing("KMS key alias/a", "kms:ListAliases", Promise.reject(error));
    } catch (thrown) {
        return thrown as Error;
    }
    throw new Error("no error");
};

/** Texts of the AWS provider. */
const MISSING = {
    "aws:kms/getAlias:getAlias": "reading KMS Alias (alias/a): empty result",
    "aws:secretsmanager/getSecret:getSecret": "reading Secrets Manager Secret (a): couldn't find resource",
    "aws:secretsmanager/getSecretVersion:getSecretVersion": "reading Secrets Manager Secret Version (a|AWSCURRENT): couldn't find resource",
    "aws:s3/getBucket:getBucket": "reading S3 Bucket (a): couldn't find resource",
    "aws:iam/getRole:getRole": "operation error IAM: GetRole, api error NoSuchEntity: The role with name a cannot be found",
    "aws:rds/getInstance:getInstance": "reading RDS DB Instance (a): couldn't find resource",
};

const FAILURES: [title: string, answer: string, message: RegExp][] = [
    [
        "missing credentials",
        "No valid credential sources found: Please see https://example.com\nfor more information.\n\nError: failed to refresh cached credentials, no EC2 IMDS role found",
        /^AWS credentials are missing or invalid\. .*aws sts get-caller-identity\. \(No valid .* no EC2 IMDS role found\)$/,
    ],
    [
        "expired credentials",
        "operation error STS: GetCallerIdentity, https response error StatusCode: 403, RequestID: 1, api error ExpiredToken: The security token included in the request is expired",
        /^AWS credentials are missing or invalid\./,
    ],
    [
        "a denied request whose permission AWS names",
        "operation error KMS: DescribeKey, api error AccessDeniedException: User: arn:aws:iam::123456789012:user/ci is not authorized to perform: kms:DescribeKey on resource: arn:aws:kms:us-west-2:123456789012:key/1",
        /^The KMS key alias\/a can't be looked up: access denied\. Allow kms:DescribeKey\. \(operation error KMS/,
    ],
    [
        "another denied request",
        "reading S3 Bucket (a): operation error S3: HeadBucket, https response error StatusCode: 403, RequestID: 1, api error Forbidden: Forbidden",
        /^The KMS key alias\/a can't be looked up: access denied\. Allow kms:ListAliases\. \(/,
    ],
    [
        "a denied request that doesn't say whether the resource exists",
        "reading S3 Bucket (a): https response error StatusCode: 403, api error Forbidden: NoSuchBucket or access denied",
        /^The KMS key alias\/a can't be looked up: access denied\./,
    ],
    [
        "an unreachable service",
        'operation error KMS: ListAliases, request send failed, Post "https://kms.us-west-2.amazonaws.com/": dial tcp: lookup kms.us-west-2.amazonaws.com: no such host',
        /^The KMS key alias\/a can't be looked up: operation error KMS: ListAliases, .*no such host$/,
    ],
    [
        "throttling",
        "operation error KMS: ListAliases, api error ThrottlingException: Rate exceeded",
        /can't be looked up: .*Rate exceeded$/,
    ],
];

describe("a lookup", () => {
    for (const [token, answer] of Object.entries(MISSING)) {
        it(`finds nothing if AWS says so: ${token}`, async () => {
            const found = await existing("it", "kms:ListAliases", Promise.reject<string>(invocation(token, answer)));
            expect(found).to.equal(undefined);
        });
    }

    for (const [title, answer, message] of FAILURES) {
        it(`fails with one line for ${title}, which says nothing about what it looks up`, async () => {
            const failure = await failureOf(invocation("aws:kms/getAlias:getAlias", answer));
            // The CLI prints such an error without a stack.
            expect(RunError.isInstance(failure)).to.equal(true);
            expect(failure.message).to.match(message).and.not.to.contain("\n").and.not.to.contain("invocation of");
        });
    }

    it("shows the beginning of long answers only", async () => {
        expect((await failureOf(new Error("x".repeat(10_000)))).message.length).to.be.lessThan(500);
    });

    it("returns what it finds", async () => {
        expect(await existing("it", "kms:ListAliases", Promise.resolve(1))).to.equal(1);
        expect(await answered("it", "kms:ListAliases", Promise.resolve(1))).to.equal(1);
    });
});
