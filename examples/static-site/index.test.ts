import * as aws from "@pulumi/aws";
import { record, type Recording } from "ai-platform/testing";
import { expect } from "chai";
import program = require("./index");

describe("the static site", () => {
    let recording: Recording;
    before(async () => {
        const config = { "static-site:availabilityZoneNames": '["us-east-1a", "us-east-1b"]', "static-site:signInPrefix": "shop" };
        recording = await record(program, { project: "static-site", stack: "test", region: "us-east-1", config });
    });

    it("is in a private bucket, which only the distribution can read", () => {
        const block = recording.one(aws.s3.BucketPublicAccessBlock, /^site/).inputs;
        expect(block).to.include({ blockPublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true });
        expect(recording.one(aws.s3.BucketPolicy, /^site/).inputs.policy).to.contain("cloudfront.amazonaws.com");
    });

    it("forwards /api/* to the API, with the secret that the API requires", () => {
        const { orderedCacheBehaviors = [], origins } = recording.one(aws.cloudfront.Distribution).inputs;
        const target = orderedCacheBehaviors.find(({ pathPattern }) => pathPattern === "/api/*")?.targetOriginId;
        const origin = origins.find(({ originId }) => originId === target);
        expect(origin?.customHeaders).to.have.length(1);
    });

    it("lets nobody call the API without signing in, except for its health check", () => {
        const open = recording.all(aws.apigateway.Method).filter(({ inputs }) => inputs.authorization === "NONE");
        expect(open.map(({ inputs }) => inputs.httpMethod)).to.deep.equal(["GET"]);
    });

    it("returns to the site after signing in", () => {
        const { callbackUrls } = recording.one(aws.cognito.UserPoolClient).inputs;
        expect(callbackUrls).to.deep.equal([`https://${String(recording.one(aws.cloudfront.Distribution).outputs.domainName)}/signed-in`]);
    });
});
