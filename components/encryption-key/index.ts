import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checked, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { grant, type Grantee, KMS_DECRYPT, KMS_ENCRYPT, policyDocument, type Statement } from "../building-blocks/iam";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Transform, transformed } from "../building-blocks/transform";

/** AWS services that use a key by themselves and therefore stand in its policy. */
export type KeyService =
    | "logs" // CloudWatch Logs, for log groups of this account
    | "events" // EventBridge, delivering to encrypted queues, topics and streams
    | "sns" // SNS, delivering to encrypted queues
    | "s3" // S3, sending notifications
    | "bedrock" // Bedrock, writing invocation logs to encrypted buckets
    | "cloudwatch" // CloudWatch alarms, publishing to encrypted topics
    | "budgets" // Budgets, publishing to encrypted topics
    | "costalerts" // Cost anomaly detection, publishing to encrypted topics
    | "cloudfront" // CloudFront, reading encrypted objects by origin access control
    | "delivery.logs"; // log delivery (flow logs, CloudFront access logs) to encrypted buckets

export interface EncryptionKeyArgs {
    /** What the key protects. */
    description: string;
    /** Alias without `alias/`: another region or stack finds the key by it. */
    alias: string;
    /** Services that may use the key by themselves; all others act with the permissions of a role. @default none */
    services?: KeyService[];
    /** Other regions, each of which gets a replica of the key, with the same alias. @default none */
    replicaRegions?: string[];
    /** Days between scheduling and deletion, 7 to 30. @default 30 */
    deletionWindowDays?: number;
    transform?: { key?: Transform<aws.kms.KeyArgs>; replica?: Transform<aws.kms.ReplicaKeyArgs> };
}

const DEFAULTS = { services: [], replicaRegions: [], deletionWindowDays: 30 } satisfies Partial<EncryptionKeyArgs>;

/** The arguments with all defaults. */
type Resolved = WithDefaults<EncryptionKeyArgs, typeof DEFAULTS>;

/** Actions that the account's administrators need: the key's policy delegates them to IAM, as AWS's default policy does. */
const ADMINISTRATION = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:CreateGrant",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:ReplicateKey",
    "kms:RetireGrant",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    // KMS itself carries new key material to the replicas, by a role of its own whose permission the policy must let through.
    "kms:SynchronizeMultiRegionKey",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
    "kms:UpdatePrimaryRegion",
];
const USE = [
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
];

/**
 * A multi-region KMS key with yearly rotation, an alias, and a policy that lets in IAM of this account and the services named, nobody else.
 *
 * A replica in another region has the same key material and key id, and a policy of its own (policies do not replicate), so that
 * what the key encrypts opens there without the primary region. Costs 1 USD a month, and 1 USD for each replica.
 */
export class EncryptionKey extends pulumi.ComponentResource {
    readonly logicalName: string;
    readonly arn: pulumi.Output<string>;
    readonly keyId: pulumi.Output<string>;
    /** `alias/...` */
    readonly aliasName: string;
    private readonly replicas = new Map<string, pulumi.Output<string>>();

    constructor(name: string, given: EncryptionKeyArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:EncryptionKey", name, validated(name, args), opts);
        this.logicalName = name;
        this.aliasName = `alias/${args.alias}`;
        const key = this.createKey(args);
        this.arn = key.arn;
        this.keyId = key.keyId;
        for (const region of args.replicaRegions) this.replicas.set(region, this.createReplica(key, args, region).arn);
        this.registerOutputs({ arn: this.arn, keyId: this.keyId });
    }

    /** ARN of the key's replica in one of `replicaRegions`. Throws for any other region. */
    arnIn(region: string): pulumi.Output<string> {
        const arn = this.replicas.get(region);
        if (!arn)
            throw new Error(
                `EncryptionKey "${this.logicalName}": has no replica in ${region}; it has them in ${[...this.replicas.keys()].join(", ") || "no region"}`,
            );
        return arn;
    }

    /** Lets a role decrypt with the key. */
    grantDecrypt(grantee: Grantee): void {
        grant(this, this.logicalName, grantee, "decrypt", [{ Effect: "Allow", Action: KMS_DECRYPT, Resource: this.arn }]);
    }

    /** Lets a role encrypt and decrypt with the key. */
    grantEncrypt(grantee: Grantee): void {
        grant(this, this.logicalName, grantee, "encrypt", [{ Effect: "Allow", Action: KMS_ENCRYPT, Resource: this.arn }]);
    }

    private policy({ services, replicaRegions }: Resolved): pulumi.Output<string> {
        return keyPolicy(services, accountOf(this), [regionOf(this), ...replicaRegions]);
    }

    private createKey(args: Resolved): aws.kms.Key {
        const key = new aws.kms.Key(
            `${this.logicalName}-key`,
            transformed(args.transform?.key, {
                description: args.description,
                multiRegion: true,
                enableKeyRotation: true,
                deletionWindowInDays: args.deletionWindowDays,
                policy: this.policy(args),
            }),
            { parent: this },
        );
        new aws.kms.Alias(`${this.logicalName}-alias`, { name: this.aliasName, targetKeyId: key.keyId }, { parent: this });
        return key;
    }

    private createReplica(key: aws.kms.Key, args: Resolved, region: string): aws.kms.ReplicaKey {
        const replica = new aws.kms.ReplicaKey(
            `${this.logicalName}-replica-${region}`,
            transformed(args.transform?.replica, {
                region,
                primaryKeyArn: key.arn,
                description: args.description,
                deletionWindowInDays: args.deletionWindowDays,
                policy: this.policy(args),
            }),
            { parent: this },
        );
        new aws.kms.Alias(
            `${this.logicalName}-alias-${region}`,
            { region, name: this.aliasName, targetKeyId: replica.keyId },
            { parent: this },
        );
        return replica;
    }
}

function validated(name: string, args: Resolved) {
    return checked("EncryptionKey", name, args, (check) => {
        check(
            /^[\w/-]{1,250}$/.test(args.alias) && !/^(aws|alias)\//.test(args.alias),
            "alias",
            "must be letters, digits, - _ and /, and not begin with aws/ or alias/",
        );
        check(new Set(args.replicaRegions).size === args.replicaRegions.length, "replicaRegions", "must name each region once");
        check(isBetween(args.deletionWindowDays, 7, 30), "deletionWindowDays", "must be between 7 and 30");
    });
}

/** One policy for the key and its replicas: each names the services of all regions, and conditions keep these to this account. */
function keyPolicy(services: KeyService[], account: pulumi.Output<string>, regions: pulumi.Input<string>[]): pulumi.Output<string> {
    const root = { AWS: pulumi.interpolate`arn:aws:iam::${account}:root` };
    return policyDocument([
        { Sid: "Administration", Effect: "Allow", Principal: root, Action: ADMINISTRATION, Resource: "*" },
        { Sid: "UseByRolesThatAreAllowedIt", Effect: "Allow", Principal: root, Action: USE, Resource: "*" },
        ...services.flatMap((service) => serviceStatements(service, account, regions)),
    ]);
}

const CRYPT = ["kms:Decrypt", "kms:GenerateDataKey"];
const RECRYPT = [...CRYPT, "kms:ReEncryptFrom", "kms:ReEncryptTo"];

function serviceStatements(service: KeyService, account: pulumi.Output<string>, regions: pulumi.Input<string>[]): Statement[] {
    const arns = (kind: string, resource: string) =>
        regions.map((region) => pulumi.interpolate`arn:aws:${kind}:${region}:${account}:${resource}`);
    const allow = (
        sid: string,
        principal: pulumi.Input<string> | pulumi.Input<string>[],
        actions: string[],
        condition?: Statement["Condition"],
    ): Statement => ({
        Sid: sid,
        Effect: "Allow",
        Principal: { Service: principal },
        Action: actions,
        Resource: "*",
        ...(condition ? { Condition: condition } : {}),
    });
    const principal = `${service}.amazonaws.com`;
    const sid = `UseBy${service.replace(/\W/g, "")}`;
    // SNS gives KMS the topic's ARN, whoever publishes.
    const ofTopics = { ArnLike: { "kms:EncryptionContext:aws:sns:topicArn": arns("sns", "*") } };
    const ofThisAccount = { StringEquals: { "aws:SourceAccount": account } };
    if (service === "logs") {
        const principals = regions.map((region) => pulumi.interpolate`logs.${region}.amazonaws.com`);
        const groups = { ArnLike: { "kms:EncryptionContext:aws:logs:arn": arns("logs", "log-group:*") } };
        return [allow(sid, principals, [...RECRYPT, "kms:DescribeKey", "kms:Encrypt"], groups)];
    }
    if (service === "events") {
        // A bus and its archive, then encrypted topics: EventBridge sends no source with these (EventBridge User Guide, "Encrypting event buses",
        // "Using resource-based policies": conditions on the source are not supported for topics). Queues come with the account, or by
        // the queue's ARN, which SQS gives KMS as encryption context; AWS documents neither for all cases, so either lets in.
        return [
            allow(`${sid}Describe`, principal, ["kms:DescribeKey"]),
            allow(`${sid}Buses`, principal, RECRYPT, {
                ArnLike: { "kms:EncryptionContext:aws:events:event-bus:arn": arns("events", "event-bus/*") },
            }),
            allow(`${sid}Topics`, principal, CRYPT, ofTopics),
            allow(`${sid}Queues`, principal, CRYPT, { ArnLike: { "kms:EncryptionContext:aws:sqs:arn": arns("sqs", "*") } }),
            allow(sid, principal, CRYPT, ofThisAccount),
        ];
    }
    // Alarms do nothing but publish, and AWS documents no source for their use of keys.
    if (service === "cloudwatch") return [allow(sid, principal, CRYPT, ofTopics)];
    return [allow(sid, principal, CRYPT, ofThisAccount)];
}
