import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checked, isBetween, type WithDefaults, withDefaults } from "./shared/arguments";
import { grant, type Grantee, KMS_DECRYPT, useKeyThrough } from "./shared/policy";
import { regionOf } from "./shared/surroundings";
import { type Transform, transformed } from "./shared/transform";

/** A secret in Secrets Manager, whoever made it, and the key that opens it. */
export interface SecretReference {
    arn: pulumi.Input<string>;
    kmsKeyArn: pulumi.Input<string>;
}

export interface ReplicatedSecretArgs {
    /** Physical name, such as `ai-platform/prod/jwt`: the replica is found by it. */
    secretName: string;
    description: string;
    kmsKeyArn: pulumi.Input<string>;
    /** The secret's text; JSON where its keys are to be read one by one. Marked secret, whether it already is or not. */
    value: pulumi.Input<string>;
    /** Region that gets a replica, and the key there. @default none */
    recovery?: { region: string; kmsKeyArn: pulumi.Input<string> };
    /** Days in which a deleted secret can be restored and its name is taken: 7 to 30, or 0 for none. @default 7 */
    recoveryWindowDays?: number;
    transform?: { secret?: Transform<aws.secretsmanager.SecretArgs> };
}

const DEFAULTS = { recoveryWindowDays: 7 } satisfies Partial<ReplicatedSecretArgs>;

/** The arguments with all defaults. */
type Resolved = WithDefaults<ReplicatedSecretArgs, typeof DEFAULTS>;

/**
 * A secret in Secrets Manager, encrypted with a key of this account and replicated to the recovery region. The replica has the same name
 * and content, and the same ARN but for the region. Costs 0.40 USD a month, and as much for the replica.
 */
export class ReplicatedSecret extends pulumi.ComponentResource implements SecretReference {
    readonly logicalName: string;
    readonly arn: pulumi.Output<string>;
    readonly kmsKeyArn: pulumi.Output<string>;
    readonly secretName: string;

    constructor(name: string, given: ReplicatedSecretArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:ReplicatedSecret", name, validated(name, args), opts);
        this.logicalName = name;
        this.secretName = args.secretName;
        this.kmsKeyArn = pulumi.output(args.kmsKeyArn);
        const secret = this.createSecret(args);
        // The ARN of the version's secret: whoever reads it waits until there is something to read.
        this.arn = this.createVersion(secret, args).secretId;
        this.registerOutputs({ arn: this.arn });
    }

    /** Lets a role read the secret, and its key through Secrets Manager only. */
    grantRead(grantee: Grantee): void {
        grant(this, this.logicalName, grantee, "read", readStatements(this, regionOf(this)));
    }

    private createSecret(args: Resolved): aws.secretsmanager.Secret {
        return new aws.secretsmanager.Secret(
            `${this.logicalName}-secret`,
            transformed(args.transform?.secret, {
                name: args.secretName,
                description: args.description,
                kmsKeyId: args.kmsKeyArn,
                recoveryWindowInDays: args.recoveryWindowDays,
                replicas: args.recovery ? [{ region: args.recovery.region, kmsKeyId: args.recovery.kmsKeyArn }] : undefined,
            }),
            { parent: this },
        );
    }

    private createVersion(secret: aws.secretsmanager.Secret, args: Resolved): aws.secretsmanager.SecretVersion {
        return new aws.secretsmanager.SecretVersion(
            `${this.logicalName}-version`,
            { secretId: secret.arn, secretString: pulumi.secret(args.value) },
            // Not protected with the secret: another value replaces the version.
            { parent: this, protect: false },
        );
    }
}

/** What a role needs in order to read a secret. */
export function readStatements(secret: SecretReference, region: pulumi.Input<string>) {
    return [
        { Effect: "Allow" as const, Action: ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"], Resource: secret.arn },
        useKeyThrough("secretsmanager", region, secret.kmsKeyArn, KMS_DECRYPT),
    ];
}

function validated(name: string, args: Resolved) {
    return checked("ReplicatedSecret", name, args, (check) => {
        check(/^[\w/+=.@-]{1,505}$/.test(args.secretName), "secretName", "must be 1 to 505 letters, digits and / _ + = . @ -");
        check(
            !/-[A-Za-z0-9]{6}$/.test(args.secretName),
            "secretName",
            "must not end in a hyphen and six characters: AWS mistakes it for an ARN's suffix",
        );
        const days = args.recoveryWindowDays;
        check(days === 0 || isBetween(days, 7, 30), "recoveryWindowDays", "must be 0, or between 7 and 30");
    });
}
