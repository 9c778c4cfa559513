import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checked, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { grant, type Grantee, type GrantParts, KMS_DECRYPT, useKeyVia } from "../building-blocks/iam";
import { regionOf } from "../building-blocks/provider";
import { type Nodes, PartFactory, type Transforms } from "../building-blocks/parts";

/** A secret in Secrets Manager, created by this or another stack, and the KMS key that encrypts it. */
export interface SecretReference {
    arn: pulumi.Input<string>;
    kmsKeyArn: pulumi.Input<string>;
    /** ID of the current version. If it changes, a `FargateService` that reads the secret starts new tasks. @default none */
    versionId?: pulumi.Input<string>;
}

export interface ReplicatedSecretArgs {
    /** Physical name, such as `ai-platform/prod/jwt`. Other stacks look up the replica by this name. */
    secretName: string;
    description: string;
    /** KMS key that encrypts the secret. */
    kmsKeyArn: pulumi.Input<string>;
    /** Content of the secret. Use JSON if consumers read single keys. Always marked as a secret in the Pulumi state. */
    value: pulumi.Input<string>;
    /** Region of the replica, and the KMS key in that region. @default none */
    recovery?: { region: string; kmsKeyArn: pulumi.Input<string> };
    /** Days during which a deleted secret can be restored; its name can't be reused until they have passed. 7 to 30, or 0 for none. @default 7 */
    recoveryWindowDays?: number;
    transform?: Transforms<ReplicatedSecretParts>;
}

export interface ReplicatedSecretParts extends GrantParts {
    secret: typeof aws.secretsmanager.Secret;
    version: typeof aws.secretsmanager.SecretVersion;
}

const DEFAULTS = { recoveryWindowDays: 7 } satisfies Partial<ReplicatedSecretArgs>;

/** The arguments with all defaults. */
type Resolved = WithDefaults<ReplicatedSecretArgs, typeof DEFAULTS>;

/**
 * A secret in Secrets Manager, encrypted with a customer managed key and optionally replicated to the recovery region. The replica has
 * the same name and content; its ARN differs only in the region.
 *
 * Costs 0.40 USD a month, plus 0.40 USD for the replica.
 */
export class ReplicatedSecret extends pulumi.ComponentResource implements SecretReference {
    readonly logicalName: string;
    readonly arn: pulumi.Output<string>;
    readonly kmsKeyArn: pulumi.Output<string>;
    /** ID of the version that contains `value`. It isn't sensitive. */
    readonly versionId: pulumi.Output<string>;
    readonly secretName: string;
    readonly nodes: Nodes<ReplicatedSecretParts>;
    private readonly parts: PartFactory<ReplicatedSecretParts>;

    constructor(name: string, inputs: ReplicatedSecretArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:ReplicatedSecret", name, validated(name, args), opts);
        this.logicalName = name;
        this.secretName = args.secretName;
        this.kmsKeyArn = pulumi.output(args.kmsKeyArn);
        this.parts = new PartFactory<ReplicatedSecretParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        const secret = this.createSecret(args);
        // Taken from the version, so that consumers of the ARN wait until the secret has content.
        const version = this.createVersion(secret, args);
        this.arn = version.secretId;
        this.versionId = version.versionId;
        this.registerOutputs({ arn: this.arn });
    }

    /** Lets a role read the secret and use its KMS key through Secrets Manager. */
    grantRead(grantee: Grantee): aws.iam.RolePolicy {
        return grant(this.parts, this.logicalName, grantee, "read", readStatements(this, regionOf(this)));
    }

    private createSecret(args: Resolved): aws.secretsmanager.Secret {
        return this.parts.create("secret", aws.secretsmanager.Secret, `${this.logicalName}-secret`, {
            name: args.secretName,
            description: args.description,
            kmsKeyId: args.kmsKeyArn,
            recoveryWindowInDays: args.recoveryWindowDays,
            replicas: args.recovery ? [{ region: args.recovery.region, kmsKeyId: args.recovery.kmsKeyArn }] : undefined,
        });
    }

    private createVersion(secret: aws.secretsmanager.Secret, args: Resolved): aws.secretsmanager.SecretVersion {
        return this.parts.create(
            "version",
            aws.secretsmanager.SecretVersion,
            `${this.logicalName}-version`,
            { secretId: secret.arn, secretString: pulumi.secret(args.value) },
            // A new value replaces the version, which `protect` would reject.
            { protect: false },
        );
    }
}

/** Permissions to read a secret. */
export function readStatements(secret: SecretReference, region: pulumi.Input<string>) {
    return [
        { Effect: "Allow" as const, Action: ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"], Resource: secret.arn },
        useKeyVia("secretsmanager", region, secret.kmsKeyArn, KMS_DECRYPT),
    ];
}

function validated(name: string, args: Resolved) {
    return checked("ReplicatedSecret", name, args, (check) => {
        check(/^[\w/+=.@-]{1,505}$/.test(args.secretName), "secretName", "must be 1 to 505 letters, digits, and / _ + = . @ -");
        check(
            !/-[A-Za-z0-9]{6}$/.test(args.secretName),
            "secretName",
            "must not end in a hyphen and six characters: Secrets Manager would mistake them for the random suffix of an ARN",
        );
        const days = args.recoveryWindowDays;
        check(days === 0 || isBetween(days, 7, 30), "recoveryWindowDays", "must be 0, or between 7 and 30");
    });
}
