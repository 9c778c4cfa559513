import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Edge, type EdgeArgs } from "../../components";
import { untransformable } from "../support/transforms";
import { parsePolicy, record, type RecordOptions, resolve } from "../../components/testing";

const args: EdgeArgs = { bucketName: "site-of-prod" };
const recovery = { region: "us-west-2", bucketName: "site-of-prod-copy" };
const apiOrigin = { domainName: "api.example.com", originPath: "/live", headers: { "x-origin-verify": "s3cret", "x-caller": "edge" } };
const domain = { name: "app.example.com", zoneId: "Z1", additionalNames: { "www.example.com": {} } };

const recorded = (more: Partial<EdgeArgs> = {}, options?: RecordOptions) => record(() => new Edge("edge", { ...args, ...more }), options);
const distributionOf = async (more: Partial<EdgeArgs> = {}) => (await recorded(more)).one(aws.cloudfront.Distribution).inputs;

describe("Edge: the site's bucket", () => {
    it("is private, versioned, encrypted, and protected", async () => {
        const recording = await recorded();
        expect(recording.one(aws.s3.Bucket).inputs).to.include({ bucket: "site-of-prod", forceDestroy: false });
        expect(recording.one(aws.s3.BucketPublicAccessBlock).inputs).to.include({ blockPublicPolicy: true, restrictPublicBuckets: true });
        expect(recording.one(aws.s3.BucketVersioning).inputs.versioningConfiguration.status).to.equal("Enabled");
        const [rule] = recording.one(aws.s3.BucketServerSideEncryptionConfiguration).inputs.rules;
        expect(rule?.applyServerSideEncryptionByDefault?.sseAlgorithm).to.equal("AES256");
    });

    it("allows reads by this distribution only", async () => {
        const recording = await recorded();
        const { Statement } = parsePolicy(recording.one(aws.s3.BucketPolicy).inputs.policy);
        expect(Statement.filter(({ Effect }) => Effect === "Allow")).to.deep.equal([
            {
                Sid: "ReadByDistribution",
                Effect: "Allow",
                Principal: ["cloudfront.amazonaws.com"],
                Action: ["s3:GetObject"],
                Resource: ["arn:aws:s3:::site-of-prod/*"],
                Condition: { ArnEquals: { "aws:SourceArn": recording.one(aws.cloudfront.Distribution).outputs.arn } },
            },
        ]);
    });

    it("is read with signed requests through its regional domain name", async () => {
        const recording = await recorded();
        const accessControl = recording.one(aws.cloudfront.OriginAccessControl);
        expect(accessControl.inputs).to.include({
            originAccessControlOriginType: "s3",
            signingBehavior: "always",
            signingProtocol: "sigv4",
        });
        expect(recording.one(aws.cloudfront.Distribution).inputs.origins).to.deep.equal([
            {
                originId: "site",
                domainName: "site-of-prod.s3.us-east-1.amazonaws.com",
                originAccessControlId: accessControl.id,
                connectionAttempts: 2,
                connectionTimeout: 5,
            },
        ]);
    });

    it("contains a placeholder page that a publication can replace without drift, and that isn't deleted", async () => {
        const placeholder = (await recorded()).one(aws.s3.BucketObjectv2);
        expect(placeholder.inputs).to.include({ key: "index.html", contentType: "text/html; charset=utf-8", cacheControl: "no-cache" });
        expect(placeholder.inputs.content).to.contain("No site has been published yet");
        expect(placeholder.ignoreChanges).to.include.members(["content", "contentType", "cacheControl", "etag", "metadata", "tags"]);
        expect(placeholder.ignoreChanges).not.to.include("key").and.not.to.include("bucket");
        expect(placeholder.retainOnDelete).to.be.true;
    });

    it("is destroyed with its objects only if configured, as is the replica", async () => {
        const buckets = (await recorded({ forceDestroy: true, recovery })).all(aws.s3.Bucket);
        expect(buckets.map(({ inputs }) => inputs.forceDestroy)).to.deep.equal([true, true]);
    });

    it("can belong to another stack, and must exist then", async () => {
        const recording = await recorded({ bucketName: "site-of-prod-copy", existingBucket: true }, { region: "us-west-2" });
        expect(recording.registered.filter(({ type }) => type.startsWith("aws:s3/"))).to.be.empty;
        const [origin] = recording.one(aws.cloudfront.Distribution).inputs.origins;
        expect(origin?.domainName).to.equal("site-of-prod-copy.s3.us-west-2.amazonaws.com");
        const getBucket = () => {
            throw new Error("no such bucket");
        };
        const missing = recorded({ existingBucket: true }, { dataSources: { "aws:s3/getBucket:getBucket": getBucket } });
        const failure: unknown = await missing.catch((error: unknown) => error);
        expect(failure).to.be.an("error").with.property("message").that.contains("no such bucket");
    });
});

describe("Edge: the replica in the recovery region", () => {
    it("is a versioned bucket that the distribution uses if the site's bucket fails", async () => {
        const recording = await recorded({ recovery });
        const copy = recording.one(aws.s3.Bucket, "edge-site-copy-bucket");
        expect(copy.inputs).to.include({ bucket: "site-of-prod-copy", region: "us-west-2" });
        expect(recording.one(aws.s3.BucketVersioning, /copy/).inputs.region).to.equal("us-west-2");
        const { origins, originGroups, defaultCacheBehavior } = recording.one(aws.cloudfront.Distribution).inputs;
        expect(origins[1]).to.include({ originId: "site-copy", domainName: "site-of-prod-copy.s3.us-west-2.amazonaws.com" });
        expect(originGroups).to.deep.equal([
            {
                originId: "site-or-copy",
                failoverCriteria: { statusCodes: [500, 502, 503, 504] },
                members: [{ originId: "site" }, { originId: "site-copy" }],
            },
        ]);
        expect(defaultCacheBehavior).to.deep.include({ targetOriginId: "site-or-copy", allowedMethods: ["GET", "HEAD"] });
    });

    it("receives all objects and deletions, once both buckets are versioned and the role has permissions", async () => {
        const recording = await recorded({ recovery });
        const replication = recording.one(aws.s3.BucketReplicationConfig);
        expect(replication.inputs.rules).to.deep.equal([
            {
                id: "everything",
                status: "Enabled",
                priority: 1,
                filter: { prefix: "" },
                deleteMarkerReplication: { status: "Enabled" },
                destination: { bucket: "arn:aws:s3:::site-of-prod-copy", metrics: { status: "Enabled" } },
            },
        ]);
        const needed = [...recording.all(aws.s3.BucketVersioning), recording.one(aws.iam.RolePolicy)].map(({ urn }) => urn);
        expect(needed).to.have.length(3);
        expect(replication.dependencies).to.include.members(needed);
        expect(recording.one(aws.s3.BucketObjectv2).dependencies, "the placeholder is copied too").to.include(replication.urn);
    });

    it("is written by a role without other permissions", async () => {
        const recording = await recorded({ recovery });
        const trust = parsePolicy(recording.one(aws.iam.Role).inputs.assumeRolePolicy);
        expect(trust.Statement[0]?.Principal).to.deep.equal(["s3.amazonaws.com"]);
        const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy).inputs.policy);
        expect(Statement.map(({ Action, Resource }) => [Action, Resource])).to.deep.equal([
            [["s3:GetReplicationConfiguration", "s3:ListBucket"], ["arn:aws:s3:::site-of-prod"]],
            [
                ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"],
                ["arn:aws:s3:::site-of-prod/*"],
            ],
            [["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"], ["arn:aws:s3:::site-of-prod-copy/*"]],
        ]);
    });

    it("sends what is published to it to the site's bucket with twoWay, with a role of its own", async () => {
        const recording = await recorded({ recovery: { ...recovery, twoWay: true } });
        const { inputs } = recording.one(aws.s3.BucketReplicationConfig, "edge-reverse-replication");
        expect(inputs).to.deep.include({ region: "us-west-2", bucket: "site-of-prod-copy" });
        expect(inputs.rules[0]?.destination).to.deep.equal({ bucket: "arn:aws:s3:::site-of-prod", metrics: { status: "Enabled" } });
        for (const { name, inputs } of recording.all(aws.s3.BucketReplicationConfig))
            expect(inputs.rules[0]?.sourceSelectionCriteria, name).to.deep.equal({ replicaModifications: { status: "Enabled" } });
        const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy, "edge-reverse-replication-copy").inputs.policy);
        expect(Statement.map(({ Action, Resource }) => [Action, Resource])).to.deep.equal([
            [["s3:GetReplicationConfiguration", "s3:ListBucket"], ["arn:aws:s3:::site-of-prod-copy"]],
            [
                ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"],
                ["arn:aws:s3:::site-of-prod-copy/*"],
            ],
            [["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"], ["arn:aws:s3:::site-of-prod/*"]],
        ]);
        expect((await recorded({ recovery })).all(aws.s3.BucketReplicationConfig)).to.have.length(1);
    });

    it("has alarms on the replication, in the region of each metric", async () => {
        await record(() => {
            const alarmsWith = (name: string, more: Partial<EdgeArgs>) =>
                new Edge(name, { ...args, ...more }).alarms
                    .filter(({ namespace }) => namespace === "AWS/S3")
                    .map(({ name: alarm, region, threshold }) => [alarm, region, threshold]);
            expect(alarmsWith("alone", {})).to.deep.equal([]);
            expect(alarmsWith("edge", { recovery: { ...recovery, twoWay: true } })).to.deep.equal([
                ["site-replication-failed", undefined, 0],
                ["site-replication-latency", "us-west-2", 3600],
                ["site-reverse-replication-failed", "us-west-2", 0],
                ["site-reverse-replication-latency", undefined, 3600],
            ]);
        });
    });

    it("allows reads by this distribution, or by those of the account if the recovery region has its own", async () => {
        const conditionOf = async (openToAccount?: boolean) => {
            const policy = (await recorded({ recovery: { ...recovery, openToAccount } })).one(aws.s3.BucketPolicy, /copy/).inputs.policy;
            return parsePolicy(policy).Statement.find(({ Sid }) => Sid === "ReadByDistribution")?.Condition;
        };
        expect(JSON.stringify(await conditionOf())).to.match(
            /^{"ArnEquals":{"aws:SourceArn":"arn:aws:cloudfront::123456789012:distribution\/E\w+"}}$/,
        );
        expect(await conditionOf(true)).to.deep.equal({
            ArnLike: { "aws:SourceArn": "arn:aws:cloudfront::123456789012:distribution/*" },
        });
    });
});

describe("Edge: the distribution", () => {
    it("serves the site over HTTPS, HTTP/3 and IPv6, compressed, from North America and Europe", async () => {
        const distribution = await distributionOf();
        expect(distribution).to.deep.include({
            enabled: true,
            httpVersion: "http2and3",
            isIpv6Enabled: true,
            defaultRootObject: "index.html",
            priceClass: "PriceClass_100",
            viewerCertificate: { cloudfrontDefaultCertificate: true },
        });
        expect(distribution.defaultCacheBehavior).to.include({
            targetOriginId: "site",
            viewerProtocolPolicy: "redirect-to-https",
            compress: true,
            cachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6",
        });
        expect((await distributionOf({ priceClass: "PriceClass_All" })).priceClass).to.equal("PriceClass_All");
    });

    it("routes the site with a function, not with error responses, which would hide the API's errors", async () => {
        const recording = await recorded({ apiOrigin });
        const router = recording.one(aws.cloudfront.Function);
        expect(router.inputs.runtime).to.equal("cloudfront-js-2.0");
        const distribution = recording.one(aws.cloudfront.Distribution).inputs;
        expect(distribution.defaultCacheBehavior.functionAssociations).to.deep.equal([
            { eventType: "viewer-request", functionArn: router.outputs.arn },
        ]);
        expect(distribution.orderedCacheBehaviors?.[0]).not.to.have.property("functionAssociations");
        expect(distribution).not.to.have.property("customErrorResponses");
    });

    it("sends /api/* to its origin: uncached, with all methods and the viewer's headers except Host", async () => {
        const { orderedCacheBehaviors, originGroups } = await distributionOf({ apiOrigin, recovery });
        expect(orderedCacheBehaviors).to.have.length(1);
        expect(orderedCacheBehaviors?.[0]).to.deep.include({
            pathPattern: "/api/*",
            targetOriginId: "api",
            viewerProtocolPolicy: "https-only",
            allowedMethods: ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"],
            cachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            originRequestPolicyId: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
            compress: true,
        });
        expect(originGroups?.flatMap(({ members }) => members.map(({ originId }) => originId))).not.to.include("api");
        expect(await distributionOf()).not.to.have.property("orderedCacheBehaviors");
    });

    it("uses TLS 1.2 for the API, and adds its headers in a fixed order, as secrets", async () => {
        const recording = await recorded({ apiOrigin });
        const distribution = recording.one(aws.cloudfront.Distribution);
        const api = distribution.inputs.origins.find(({ originId }) => originId === "api");
        expect(api).to.deep.include({
            domainName: "api.example.com",
            originPath: "/live",
            customHeaders: [
                { name: "x-caller", value: "edge" },
                { name: "x-origin-verify", value: "s3cret" },
            ],
        });
        expect(api?.customOriginConfig).to.deep.include({ originProtocolPolicy: "https-only", originSslProtocols: ["TLSv1.2"] });
        // The API waits for the service for up to 29 s by default.
        expect(api?.customOriginConfig?.originReadTimeout).to.be.at.least(30);
        expect(distribution.isSecret("origins")).to.be.true;
        expect(JSON.stringify(recording.deployment())).not.to.contain("s3cret");
    });

    it("adds security headers to the site and the API, overriding the origin's", async () => {
        const recording = await recorded({
            apiOrigin,
            connectSources: ["https://login.example.com", pulumi.output("wss://live.example.com")],
        });
        const policy = recording.one(aws.cloudfront.ResponseHeadersPolicy);
        const { securityHeadersConfig: headers, customHeadersConfig } = policy.inputs;
        expect(headers?.strictTransportSecurity).to.deep.equal({
            accessControlMaxAgeSec: 63_072_000,
            includeSubdomains: true,
            preload: true,
            override: true,
        });
        expect(headers?.frameOptions).to.deep.equal({ frameOption: "DENY", override: true });
        expect(headers?.contentTypeOptions).to.deep.equal({ override: true });
        expect(headers?.referrerPolicy?.referrerPolicy).to.equal("strict-origin-when-cross-origin");
        expect(customHeadersConfig?.items?.[0]).to.include({ header: "Permissions-Policy", override: true });
        const csp = headers?.contentSecurityPolicy?.contentSecurityPolicy.split("; ");
        expect(csp).to.include.members([
            "default-src 'self'",
            "script-src 'self'",
            "connect-src 'self' https://login.example.com wss://live.example.com",
            "frame-ancestors 'none'",
            "object-src 'none'",
        ]);
        const { defaultCacheBehavior, orderedCacheBehaviors } = recording.one(aws.cloudfront.Distribution).inputs;
        expect(defaultCacheBehavior.responseHeadersPolicyId).to.equal(policy.id);
        expect(orderedCacheBehaviors?.[0]?.responseHeadersPolicyId).to.equal(policy.id);
    });

    it("returns its URL, domain name, and bucket", async () => {
        const outputsOf = async (more: Partial<EdgeArgs>) => {
            const { outputs } = await record(() => {
                const { url, domainName, siteBucketName, siteReplicaBucketName } = new Edge("edge", { ...args, ...more });
                return { url, domainName, siteBucketName, siteReplicaBucketName };
            });
            return outputs;
        };
        expect(await outputsOf({ domain, recovery })).to.deep.equal({
            url: "https://app.example.com",
            domainName: "app.example.com",
            siteBucketName: "site-of-prod",
            siteReplicaBucketName: "site-of-prod-copy",
        });
        expect((await outputsOf({})).url).to.match(/^https:\/\/\w+\.cloudfront\.net$/);
    });
});

describe("Edge: WAF", () => {
    it("protects the distribution, in us-east-1 regardless of the stack's region", async () => {
        const recording = await recorded({}, { region: "us-west-2" });
        const webAcl = recording.one(aws.wafv2.WebAcl);
        expect(webAcl.inputs).to.deep.include({ region: "us-east-1", scope: "CLOUDFRONT", defaultAction: { allow: {} } });
        expect(recording.one(aws.cloudfront.Distribution).inputs.webAclId).to.equal(webAcl.outputs.arn);
    });

    it("applies the AWS managed rules and a rate limit per address", async () => {
        const { rules } = (await recorded()).one(aws.wafv2.WebAcl).inputs;
        expect(rules?.map(({ priority, name }) => [priority, name])).to.deep.equal([
            [0, "ip-reputation"],
            [1, "rate-limit"],
            [2, "known-bad-inputs"],
            [3, "common"],
        ]);
        const [reputation, rate, knownBad, common] = rules!;
        expect(rate).to.deep.include({
            action: { block: {} },
            statement: { rateBasedStatement: { limit: 2000, evaluationWindowSec: 300, aggregateKeyType: "IP" } },
        });
        for (const rule of [reputation!, knownBad!, common!]) expect(rule.overrideAction).to.deep.equal({ none: {} });
        expect(reputation?.statement.managedRuleGroupStatement?.name).to.equal("AWSManagedRulesAmazonIpReputationList");
        expect(knownBad?.statement.managedRuleGroupStatement?.name).to.equal("AWSManagedRulesKnownBadInputsRuleSet");
        expect(common?.statement.managedRuleGroupStatement).to.deep.equal({
            vendorName: "AWS",
            name: "AWSManagedRulesCommonRuleSet",
        });
    });

    it("accepts another limit and other counted rules", async () => {
        const { rules } = (await recorded({ rateLimit: 500, countedRules: ["NoUserAgent_HEADER", "GenericRFI_BODY"] })).one(
            aws.wafv2.WebAcl,
        ).inputs;
        expect(rules?.[1]?.statement.rateBasedStatement?.limit).to.equal(500);
        const counted = rules?.[3]?.statement.managedRuleGroupStatement?.ruleActionOverrides?.map(({ name }) => name);
        expect(counted).to.deep.equal(["GenericRFI_BODY", "NoUserAgent_HEADER"]);
    });

    it("redacts credentials in sampled requests", async () => {
        const recording = await recorded();
        const hidden = recording.one(aws.wafv2.WebAcl).inputs.dataProtectionConfig?.dataProtections;
        expect(hidden).to.deep.equal([
            { action: "SUBSTITUTION", field: { fieldType: "SINGLE_HEADER", fieldKeys: ["authorization"] } },
            { action: "SUBSTITUTION", field: { fieldType: "SINGLE_COOKIE" } },
        ]);
    });

    it("logs blocked requests, encrypted and without credentials, to a log group with the required prefix", async () => {
        const recording = await recorded({ usEast1LogKeyArn: "arn:of:key", logRetentionDays: 90 }, { region: "us-west-2" });
        const group = recording.one(aws.cloudwatch.LogGroup);
        expect(group.outputs.name).to.match(/^aws-waf-logs-/);
        expect(group.inputs).to.include({ region: "us-east-1", kmsKeyId: "arn:of:key", retentionInDays: 90 });
        const logging = recording.one(aws.wafv2.WebAclLoggingConfiguration).inputs;
        expect(logging).to.deep.include({
            region: "us-east-1",
            resourceArn: recording.one(aws.wafv2.WebAcl).outputs.arn,
            logDestinationConfigs: [group.outputs.arn],
            redactedFields: [{ singleHeader: { name: "authorization" } }, { singleHeader: { name: "cookie" } }],
        });
        expect(logging.loggingFilter?.defaultBehavior).to.equal("DROP");
        expect(logging.loggingFilter?.filters[0]?.conditions.map((it) => it.actionCondition?.action)).to.include.members([
            "BLOCK",
            "COUNT",
        ]);
    });

    it("keeps the log for 30 days by default, and has no log without a key", async () => {
        expect((await recorded({ usEast1LogKeyArn: "arn:of:key" })).one(aws.cloudwatch.LogGroup).inputs.retentionInDays).to.equal(30);
        const recording = await recorded();
        expect(recording.all(aws.cloudwatch.LogGroup)).to.be.empty;
        expect(recording.all(aws.wafv2.WebAclLoggingConfiguration)).to.be.empty;
    });
});

describe("Edge: access logs", () => {
    it("are delivered from us-east-1 to the configured bucket, without cookies and query strings", async () => {
        const recording = await recorded({ accessLogBucket: "logs" }, { region: "us-west-2" });
        const source = recording.one(aws.cloudwatch.LogDeliverySource);
        const destination = recording.one(aws.cloudwatch.LogDeliveryDestination);
        const delivery = recording.one(aws.cloudwatch.LogDelivery);
        for (const part of [source, destination, delivery]) expect(part.inputs.region).to.equal("us-east-1");
        expect(source.inputs).to.include({
            logType: "ACCESS_LOGS",
            resourceArn: recording.one(aws.cloudfront.Distribution).outputs.arn,
        });
        expect(destination.inputs.deliveryDestinationConfiguration?.destinationResourceArn).to.equal("arn:aws:s3:::logs");
        expect(delivery.inputs).to.include({
            deliverySourceName: source.outputs.name,
            deliveryDestinationArn: destination.outputs.arn,
        });
        expect(delivery.inputs.recordFields).to.include.members(["c-ip", "cs-uri-stem", "sc-status"]);
        for (const field of ["cs(Cookie)", "cs-uri-query", "cs(Referer)"]) expect(delivery.inputs.recordFields).not.to.include(field);
    });

    it("of the site's bucket go to the same bucket", async () => {
        const logging = (await recorded({ accessLogBucket: "logs", recovery })).one(aws.s3.BucketLogging);
        expect(logging.inputs).to.include({ bucket: "site-of-prod", targetBucket: "logs" });
    });

    it("are off without a bucket", async () => {
        const recording = await recorded();
        expect(recording.all(aws.cloudwatch.LogDelivery)).to.be.empty;
        expect(recording.all(aws.s3.BucketLogging)).to.be.empty;
    });
});

describe("Edge: the domain", () => {
    it("has a certificate in us-east-1 that the distribution uses after validation", async () => {
        const recording = await recorded({ domain }, { region: "us-west-2" });
        const certificate = recording.one(aws.acm.Certificate);
        expect(certificate.inputs).to.deep.include({
            region: "us-east-1",
            domainName: "app.example.com",
            subjectAlternativeNames: ["app.example.com", "www.example.com"],
            validationMethod: "DNS",
        });
        const validation = recording.one(aws.acm.CertificateValidation);
        expect(validation.inputs.region).to.equal("us-east-1");
        const distribution = recording.one(aws.cloudfront.Distribution);
        expect(distribution.inputs.aliases).to.deep.equal(["app.example.com", "www.example.com"]);
        expect(distribution.inputs.viewerCertificate).to.deep.equal({
            acmCertificateArn: certificate.outputs.arn,
            sslSupportMethod: "sni-only",
            minimumProtocolVersion: "TLSv1.2_2021",
        });
        expect(distribution.propertyDependencies.viewerCertificate).to.include(validation.urn);
    });

    it("validates each name with its own record, regardless of the order in AWS's response", async () => {
        const proofs = (names: string[]) =>
            names.map((domainName) => ({
                domainName,
                resourceRecordName: `_proof.${domainName}`,
                resourceRecordType: "CNAME",
                resourceRecordValue: `_value.${domainName}`,
            }));
        const outputs = {
            "aws:acm/certificate:Certificate": () => ({ domainValidationOptions: proofs(["www.example.com", "app.example.com"]) }),
        };
        const recording = await recorded({ domain }, { outputs });
        for (const name of ["app.example.com", "www.example.com"]) {
            expect(recording.one(aws.route53.Record, `edge-certificate-validation-${name}`).inputs).to.deep.include({
                zoneId: "Z1",
                name: `_proof.${name}`,
                type: "CNAME",
                records: [`_value.${name}`],
            });
        }
        const records = recording.all(aws.route53.Record, /validation/).map(({ urn }) => urn);
        expect(records).to.have.length(2);
        expect(recording.one(aws.acm.CertificateValidation).dependencies).to.include.members(records);
    });

    it("creates one record for a name and its wildcard", async () => {
        const recording = await recorded({ domain: { name: "example.com", zoneId: "Z1", additionalNames: { "*.example.com": {} } } });
        expect(recording.all(aws.route53.Record, /validation/)).to.have.length(1);
        expect(recording.one(aws.route53.Record, "edge-wildcard.example.com-a").inputs.name).to.equal("*.example.com");
    });

    it("has alias records for every name, for IPv4 and IPv6", async () => {
        const recording = await recorded({ domain });
        const { outputs } = recording.one(aws.cloudfront.Distribution);
        const addresses = recording.all(aws.route53.Record, /-(a|aaaa)$/).map(({ inputs }) => inputs);
        expect(addresses.map(({ name, type }) => `${name} ${type}`)).to.deep.equal([
            "app.example.com A",
            "app.example.com AAAA",
            "www.example.com A",
            "www.example.com AAAA",
        ]);
        for (const { aliases } of addresses) {
            expect(aliases).to.deep.equal([{ name: outputs.domainName, zoneId: outputs.hostedZoneId, evaluateTargetHealth: false }]);
        }
    });

    it("is optional", async () => {
        const recording = await recorded();
        expect(recording.registered.filter(({ type }) => /^aws:(acm|route53)/.test(type))).to.be.empty;
    });
});

describe("Edge: grants, alarms, transforms, arguments", () => {
    it("allows a publisher to write to the site and invalidate this distribution, but not to delete", async () => {
        const recording = await record(() => {
            new Edge("edge", args).grantPublish({ logicalName: "pipeline", roleName: pulumi.output("pipeline-role") });
        });
        const policy = recording.one(aws.iam.RolePolicy, "pipeline-edge-publish");
        expect(policy.inputs.role).to.equal("pipeline-role");
        expect(parsePolicy(policy.inputs.policy).Statement.map(({ Action, Resource }) => [Action, Resource])).to.deep.equal([
            [["s3:GetBucketLocation", "s3:ListBucket"], ["arn:aws:s3:::site-of-prod"]],
            [["s3:AbortMultipartUpload", "s3:PutObject"], ["arn:aws:s3:::site-of-prod/*"]],
            [["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"], [recording.one(aws.cloudfront.Distribution).outputs.arn]],
        ]);
    });

    it("has alarms in us-east-1 for errors, and for the certificate if there is one", async () => {
        const alarmsOf = async (more: Partial<EdgeArgs>) => {
            const edges: Edge[] = [];
            const recording = await record(() => edges.push(new Edge("edge", { ...args, ...more })));
            return { recording, alarms: await resolve(edges[0]!.alarms) };
        };
        const { recording, alarms } = await alarmsOf({ domain });
        expect(alarms.map(({ name, severity, region }) => [name, severity, region])).to.deep.equal([
            ["5xx", "page", "us-east-1"],
            ["4xx", "ticket", "us-east-1"],
            ["certificate-expiry", "ticket", "us-east-1"],
        ]);
        const [errors, , certificate] = alarms;
        expect(errors).to.deep.include({
            namespace: "AWS/CloudFront",
            metricName: "5xxErrorRate",
            dimensions: { DistributionId: recording.one(aws.cloudfront.Distribution).id, Region: "Global" },
            comparison: "above",
            threshold: 5,
        });
        expect(certificate).to.deep.include({
            namespace: "AWS/CertificateManager",
            metricName: "DaysToExpiry",
            dimensions: { CertificateArn: recording.one(aws.acm.Certificate).outputs.arn },
            comparison: "below",
            threshold: 30,
        });
        expect((await alarmsOf({})).alarms.map(({ name }) => name)).to.deep.equal(["5xx", "4xx"]);
    });

    it("can have every resource transformed", async () => {
        const all: Partial<EdgeArgs> = {
            recovery: { ...recovery, twoWay: true },
            domain,
            apiOrigin,
            accessLogBucket: "logs",
            usEast1LogKeyArn: "arn:of:key",
        };
        for (const more of [all, { existingBucket: true }]) {
            const names = await untransformable((transform) => {
                const edge = new Edge("edge", { ...args, ...more, transform });
                edge.grantPublish({ logicalName: "pipeline", roleName: pulumi.output("pipeline-role") });
            });
            expect(names).to.deep.equal([]);
        }
    });

    it("applies transforms last", async () => {
        const tags = { team: "web" };
        const recording = await recorded({
            recovery,
            usEast1LogKeyArn: "arn:of:key",
            transform: {
                distribution: () => ({ comment: "changed" }),
                webAcl: () => ({ description: "changed" }),
                webAclLogging: () => ({ loggingFilter: undefined }),
                securityHeaders: () => ({ comment: "changed" }),
                bucket: { transform: { bucket: { tags } } },
                replica: { transform: { bucket: { tags: { team: "dr" } } } },
                replication: () => ({ token: "changed" }),
                placeholder: () => ({ content: "changed" }),
            },
        });
        expect(recording.one(aws.cloudfront.Distribution).inputs.comment).to.equal("changed");
        expect(recording.one(aws.wafv2.WebAcl).inputs.description).to.equal("changed");
        expect(recording.one(aws.wafv2.WebAclLoggingConfiguration).inputs).not.to.have.property("loggingFilter");
        expect(recording.one(aws.cloudfront.ResponseHeadersPolicy).inputs.comment).to.equal("changed");
        expect(recording.one(aws.s3.Bucket, "edge-site-bucket").inputs.tags).to.deep.equal(tags);
        expect(recording.one(aws.s3.Bucket, "edge-site-copy-bucket").inputs.tags).to.deep.equal({ team: "dr" });
        expect(recording.one(aws.s3.BucketReplicationConfig).inputs.token).to.equal("changed");
        expect(recording.one(aws.s3.BucketObjectv2).inputs.content).to.equal("changed");
    });

    it("is the parent of its resources", async () => {
        const recording = await recorded({ recovery, domain, apiOrigin, accessLogBucket: "logs", usEast1LogKeyArn: "arn:of:key" });
        const strays = recording.registered.filter(
            ({ parent = "", type }) => !type.endsWith(":Edge") && !parent.includes("components:Edge"),
        );
        expect(strays.filter(({ type }) => type !== "pulumi:pulumi:Stack").map(({ name }) => name)).to.be.empty;
    });

    const refusals: [Partial<EdgeArgs>, string][] = [
        [{ rateLimit: 9 }, "rateLimit must be between 10 and 2000000000 requests in five minutes"],
        [{ logRetentionDays: 30 }, "logRetentionDays must not be set without usEast1LogKeyArn"],
        [
            { logRetentionDays: 31, usEast1LogKeyArn: "arn" },
            "logRetentionDays must be a number of days that CloudWatch Logs supports, such as 30",
        ],
        [{ countedRules: ["Size Restrictions"] }, "countedRules must be names of rules, such as SizeRestrictions_BODY"],
        [
            { documentPaths: ["documents"] },
            "documentPaths must be paths of at most 180 characters, such as /api/documents or /api/documents/*",
        ],
        [{ connectSources: ["login.example.com; script-src *"] }, "connectSources must be origins, such as https://login.example.com"],
        [{ existingBucket: true, recovery }, "recovery must not be set with existingBucket, which belongs to another stack"],
        [
            { recovery: { region: "us-west-2", bucketName: "site-of-prod" } },
            "recovery.bucketName must differ from bucketName, because bucket names are unique across all regions",
        ],
        [{ domain: { ...domain, name: "https://app" } }, "domain.name must be a domain name in lower case, such as app.example.com"],
        [{ domain: { ...domain, name: "*.example.com" } }, "domain.name must be a domain name in lower case, such as app.example.com"],
        [
            { domain: { ...domain, additionalNames: { WWW: {} } } },
            'domain.additionalNames["WWW"] must be another domain name in lower case, such as www.example.com or *.example.com',
        ],
        [
            { domain: { ...domain, additionalNames: { "app.example.com": {} } } },
            'domain.additionalNames["app.example.com"] must be another domain name in lower case, such as www.example.com or *.example.com',
        ],
        [
            { domain: { ...domain, certificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/1" } },
            "domain.certificateArn must be the ARN of a certificate in us-east-1, which CloudFront requires",
        ],
        [{ apiOrigin: { domainName: "https://api.example.com/" } }, "apiOrigin.domainName must be a host name, such as api.example.com"],
        [{ apiOrigin: { ...apiOrigin, originPath: "live/" } }, "apiOrigin.originPath must begin with / and not end with it"],
    ];
    for (const [more, message] of refusals) {
        it(`rejects ${JSON.stringify(more)}`, () => {
            expect(() => new Edge("edge", { ...args, ...more })).to.throw(Error, `Edge "edge": ${message}`);
        });
    }

    it("reports all problems at once", () => {
        const wrong = { ...args, rateLimit: 1, countedRules: ["?"] };
        expect(() => new Edge("edge", wrong)).to.throw(/rateLimit must[^]*countedRules must/);
    });
});
