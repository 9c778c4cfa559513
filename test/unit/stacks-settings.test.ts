import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { SECRETS } from "../../stacks/uses";
import { plan } from "../support/plans";

/** Effects of single settings that no other test covers. */
describe("the stacks, setting by setting", () => {
    for (const stack of ["prod", "dr"] as const) {
        it(`starts new tasks in ${stack} if the version of a secret that they read changes`, async () => {
            const service = (await plan(stack)).one(aws.ecs.Service);
            expect(service.inputs.triggers).to.have.all.keys("spotPercent", ...Object.values(SECRETS));
            expect(service.isSecret("triggers")).to.equal(false);
        });
    }

    it("start new tasks with the ID of each secret's new version", async () => {
        const recording = await plan("prod");
        const triggers = recording.one(aws.ecs.Service).inputs.triggers as Record<string, string>;
        const versions = recording.all(aws.secretsmanager.SecretVersion).map(({ outputs }) => outputs.versionId);
        for (const name of Object.values(SECRETS)) expect(versions, name).to.include(triggers[name]);
    });

    it("except document paths from the body rules of both web ACLs", async () => {
        const acls = (await plan("prod", ["ai-platform:api.documentPaths[0]=/api/scans"])).all(aws.wafv2.WebAcl);
        expect(acls.map(({ inputs }) => inputs.scope)).to.have.members(["CLOUDFRONT", "REGIONAL"]);
        for (const { name, inputs } of acls) expect(JSON.stringify(inputs.rules), name).to.contain("/api/scans");
    });

    it("distribute the instances of DocumentDB across the zones of the data subnets", async () => {
        const recording = await plan("prod", ["ai-platform:documents.instances=3"]);
        const zones = recording.all(aws.docdb.ClusterInstance).map(({ inputs }) => inputs.availabilityZone);
        const subnets = recording.all(aws.ec2.Subnet, /data/).map(({ inputs }) => inputs.availabilityZone);
        expect(new Set(zones).size).to.equal(3);
        expect(subnets).to.include.members(zones);
    });

    it("keep only the provider's credentials secret", async () => {
        const settings = ["accessKey=AKIAEXAMPLE", "secretKey=the-secret-key", "token=the-token", "profile=staging"];
        const provider = (
            await plan(
                "dev",
                settings.map((it) => `aws:${it}`),
            )
        ).one("pulumi:providers:aws");
        expect(provider.inputs).to.include({ secretKey: "the-secret-key", token: "the-token", profile: "staging" });
        const secret = ["accessKey", "secretKey", "token", "profile", "region"].filter((key) => provider.isSecret(key));
        expect(secret).to.deep.equal(["accessKey", "secretKey", "token"]);
    });

    it("have the configured number of cache nodes in both roles, and change it in dr without waiting for the maintenance window", async () => {
        const cacheOf = async (...set: string[]) => {
            const recording = await plan(
                "dr",
                set.map((it) => `ai-platform:${it}`),
            );
            const { numCacheClusters, multiAzEnabled, applyImmediately } = recording.one(aws.elasticache.ReplicationGroup).inputs;
            return [numCacheClusters, multiAzEnabled, applyImmediately];
        };
        expect(await cacheOf()).to.deep.equal([1, false, true]);
        expect(await cacheOf("cache.nodes=4")).to.deep.equal([4, true, true]);
        expect(await cacheOf("active=true", "cache.nodes=4")).to.deep.equal([4, true, true]);
        expect(await cacheOf("cache.applyImmediately=false")).to.deep.equal([1, false, false]);
        const prod = await plan("prod");
        expect(prod.one(aws.elasticache.ReplicationGroup).inputs).to.include({ numCacheClusters: 3, applyImmediately: false });
    });

    it("never have more tasks on standby than the minimum of an active stack", async () => {
        const tasks = async (...service: string[]) => {
            const recording = await plan(
                "dr",
                service.map((it) => `ai-platform:services.api.${it}`),
            );
            const { minCapacity } = recording.one(aws.appautoscaling.Target).inputs;
            return [recording.one(aws.ecs.Service).inputs.desiredCount, minCapacity];
        };
        expect(await tasks("standbyCount=0")).to.deep.equal([0, 0]);
        expect(await tasks("scaling.minCapacity=3", "standbyCount=2")).to.deep.equal([2, 2]);
        const tooMany = tasks("scaling.minCapacity=3", "standbyCount=5").catch((error: unknown) => String(error));
        expect(await tooMany).to.contain("ai-platform:services.api.standbyCount: 5 is above scaling.minCapacity 3");
    });

    it("allow the site's scripts to call only its own origin, the sign-in page, and Cognito in the stack's region", async () => {
        for (const [stack, region] of [
            ["prod", "us-east-1"],
            ["dr", "us-west-2"],
        ] as const) {
            const recording = await plan(stack);
            const policy = recording.one(aws.cloudfront.ResponseHeadersPolicy, "edge-security-headers").inputs.securityHeadersConfig
                ?.contentSecurityPolicy;
            const sources = policy?.contentSecurityPolicy.split("; ").find((it) => it.startsWith("connect-src "));
            expect(sources?.split(" ").slice(1)).to.deep.equal([
                "'self'",
                `https://ai-platform-${stack}-123456789012.auth.${region}.amazoncognito.com`,
                `https://cognito-idp.${region}.amazonaws.com`,
            ]);
        }
    });

    it("page about the age of the work queue only if an image can consume it", async () => {
        const notifies = async (...service: string[]) => {
            const recording = await plan(
                "prod",
                service.map((it) => `ai-platform:services.api.${it}`),
            );
            const { name, inputs } = recording.one(aws.cloudwatch.MetricAlarm, "events-work-age");
            const pages = recording.one(aws.cloudwatch.CompositeAlarm).inputs.alarmRule.includes(name);
            return [inputs.actionsEnabled, pages];
        };
        expect(await notifies()).to.deep.equal([false, false]);
        expect(await notifies("image=registry.example.com/api:1")).to.deep.equal([true, true]);
        expect(await notifies("deployedBy=pipeline")).to.deep.equal([true, true]);
    });

    it("can restore deleted keys for 30 days where data is protected, and for 7 days elsewhere", async () => {
        for (const [stack, days] of [
            ["prod", 30],
            ["dr", 30],
            ["dev", 7],
        ] as const) {
            const keys = (await plan(stack)).all(aws.kms.Key);
            expect(keys.map(({ inputs }) => inputs.deletionWindowInDays)).to.deep.equal(keys.map(() => days));
            expect(keys, stack).to.not.be.empty;
        }
    });

    it("delete the rules of a security group before the group, so that groups that reference each other can be deleted", async () => {
        for (const stack of ["prod", "dr"]) {
            const groups = (await plan(stack)).all(aws.ec2.SecurityGroup);
            expect(groups.length).to.be.greaterThan(5);
            expect(groups.filter(({ inputs }) => inputs.revokeRulesOnDelete !== true).map(({ name }) => name)).to.deep.equal([]);
        }
    });
});
