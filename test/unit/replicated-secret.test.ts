import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { ReplicatedSecret, type ReplicatedSecretArgs } from "../../components";
import { parsePolicy, record, resolve } from "../../components/testing";
import { untransformable } from "../support/transforms";

const args: ReplicatedSecretArgs = {
    secretName: "ai-platform/prod/jwt",
    description: "test",
    kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/mrk-1",
    value: "the-secret-text",
};
const recorded = (more: Partial<ReplicatedSecretArgs> = {}) => record(() => new ReplicatedSecret("jwt", { ...args, ...more }));

describe("ReplicatedSecret", () => {
    it("marks a plain text value as a secret", async () => {
        const recording = await recorded();
        expect(recording.one(aws.secretsmanager.SecretVersion).isSecret("secretString")).to.be.true;
        expect(JSON.stringify(recording.deployment())).not.to.contain("the-secret-text");
    });

    it("has the ID of its version, which isn't secret", async () => {
        let secret: ReplicatedSecret | undefined;
        const recording = await record(() => {
            secret = new ReplicatedSecret("jwt", args);
        });
        expect(await resolve(secret!.versionId)).to.equal(recording.one(aws.secretsmanager.SecretVersion).outputs.versionId);
        expect(await pulumi.isSecret(secret!.versionId)).to.equal(false);
    });

    it("can get a new value while the secret is protected", async () => {
        const recording = await record(() => new ReplicatedSecret("jwt", args, { protect: true }));
        expect(recording.one(aws.secretsmanager.Secret).protect).to.equal(true);
        // A new value replaces the version.
        expect(recording.one(aws.secretsmanager.SecretVersion).protect).to.equal(false);
    });

    it("is encrypted with its key, and replicated with the key of the recovery region", async () => {
        const kmsKeyArn = "arn:aws:kms:us-west-2:123456789012:key/mrk-1";
        const recording = await recorded({ recovery: { region: "us-west-2", kmsKeyArn } });
        const { inputs } = recording.one(aws.secretsmanager.Secret);
        expect(inputs).to.deep.include({ name: "ai-platform/prod/jwt", kmsKeyId: args.kmsKeyArn, recoveryWindowInDays: 7 });
        expect(inputs.replicas).to.deep.equal([{ region: "us-west-2", kmsKeyId: kmsKeyArn }]);
    });

    it("grants access to this secret only, and to its key through Secrets Manager only", async () => {
        const recording = await record(() => {
            const role = new aws.iam.Role("role", { assumeRolePolicy: "{}" });
            new ReplicatedSecret("jwt", args).grantRead({ logicalName: "api", roleName: role.name });
        });
        const policy = recording.one(aws.iam.RolePolicy, "api-jwt-read");
        const { Statement } = parsePolicy(policy.inputs.policy);
        expect(Statement.flatMap(({ Resource }) => Resource)).to.deep.equal([
            recording.one(aws.secretsmanager.Secret).outputs.arn,
            args.kmsKeyArn,
        ]);
        expect(Statement[1]?.Condition).to.deep.equal({ StringEquals: { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" } });
    });

    it("can have every resource transformed", async () => {
        const create = (transform: never) => {
            const secret = new ReplicatedSecret("jwt", { ...args, transform });
            secret.grantRead({ logicalName: "api", roleName: secret.arn });
        };
        expect(await untransformable(create)).to.deep.equal([]);
    });

    it("rejects names with the suffix of an ARN, and invalid recovery windows", () => {
        expect(() => new ReplicatedSecret("jwt", { ...args, secretName: "jwt-abc123", recoveryWindowDays: 3 })).to.throw(
            /secretName must not end in a hyphen.*\n.*recoveryWindowDays must be 0, or between 7 and 30/,
        );
    });
});
