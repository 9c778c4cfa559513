import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checked, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { grant, type Grantee, type GrantParts, KMS_DECRYPT, KMS_ENCRYPT, policyDocument, type Statement } from "../building-blocks/iam";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Each, type Nodes, PartFactory, type Transforms } from "../building-blocks/parts";

/** AWS services that use a key on their own behalf, so the key policy must allow them. */
export type KeyService =
    | "logs" // CloudWatch Logs, for log groups of this account
    | "events" // EventBridge, delivering to encrypted queues, topics, and streams
    | "sns" // SNS, delivering to encrypted queues
    | "s3" // S3, sending notifications
    | "bedrock" // Bedrock, writing invocation logs to encrypted buckets
    | "cloudwatch" // CloudWatch alarms, publishing to encrypted topics
    | "budgets" // Budgets, publishing to encrypted topics
    | "costalerts" // Cost anomaly detection, publishing to encrypted topics
    | "cloudfront" // CloudFront, reading encrypted objects with origin access control
    | "delivery.logs"; // log delivery (flow logs, CloudFront access logs) to encrypted buckets

export interface EncryptionKeyArgs {
    /** Description of the key. */
    description: string;
    /** Alias without `alias/`. Other stacks and regions look up the key by its alias. */
    alias: string;
    /** Services that can use the key on their own behalf. All other services use the permissions of a role. @default none */
    services?: KeyService[];
    /** Regions of replica keys, which get the same alias. @default none */
    replicaRegions?: string[];
    /** Waiting period before a deleted key is removed: 7 to 30 days. @default 30 */
    deletionWindowDays?: number;
    transform?: Transforms<EncryptionKeyParts>;
}

export interface EncryptionKeyParts extends GrantParts {
    key: typeof aws.kms.Key;
    /** By region of the replica; `primary` is the key's own. */
    aliases: Each<typeof aws.kms.Alias>;
    /** By region. */
    replicas?: Each<typeof aws.kms.ReplicaKey>;
}

const DEFAULTS = { services: [], replicaRegions: [], deletionWindowDays: 30 } satisfies Partial<EncryptionKeyArgs>;

/** The arguments with all defaults. */
type Resolved = WithDefaults<EncryptionKeyArgs, typeof DEFAULTS>;

/** Actions of administrators. Like AWS's default policy, the key policy delegates them to IAM. */
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
    // KMS synchronizes key material to replicas with its own role, which the key policy must allow.
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
 * A multi-region KMS key with yearly rotation, an alias, and a key policy that allows only IAM principals of this account and the given
 * services.
 *
 * Replicas have the same key material and key ID and their own policy, so data can be decrypted in their region without the primary
 * region. Costs 1 USD a month, plus 1 USD for each replica.
 */
export class EncryptionKey extends pulumi.ComponentResource {
    readonly logicalName: string;
    readonly arn: pulumi.Output<string>;
    readonly keyId: pulumi.Output<string>;
    /** `alias/...` */
    readonly aliasName: string;
    private readonly replicas = new Map<string, pulumi.Output<string>>();

    readonly nodes: Nodes<EncryptionKeyParts>;
    private readonly parts: PartFactory<EncryptionKeyParts>;

    constructor(name: string, inputs: EncryptionKeyArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:EncryptionKey", name, validated(name, args), opts);
        this.parts = new PartFactory<EncryptionKeyParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.aliasName = `alias/${args.alias}`;
        const key = this.createKey(args);
        this.arn = key.arn;
        this.keyId = key.keyId;
        for (const region of args.replicaRegions) this.replicas.set(region, this.createReplica(key, args, region).arn);
        this.registerOutputs({ arn: this.arn, keyId: this.keyId });
    }

    /** ARN of the replica in one of `replicaRegions`. Throws for other regions. */
    arnIn(region: string): pulumi.Output<string> {
        const arn = this.replicas.get(region);
        if (!arn)
            throw new Error(
                `EncryptionKey "${this.logicalName}": has no replica in ${region}, only in ${[...this.replicas.keys()].join(", ") || "no region"}`,
            );
        return arn;
    }

    /** Lets a role decrypt with the key. */
    grantDecrypt(grantee: Grantee): aws.iam.RolePolicy {
        return grant(this.parts, this.logicalName, grantee, "decrypt", [{ Effect: "Allow", Action: KMS_DECRYPT, Resource: this.arn }]);
    }

    /** Lets a role encrypt and decrypt with the key. */
    grantEncrypt(grantee: Grantee): aws.iam.RolePolicy {
        return grant(this.parts, this.logicalName, grantee, "encrypt", [{ Effect: "Allow", Action: KMS_ENCRYPT, Resource: this.arn }]);
    }

    private policy({ services, replicaRegions }: Resolved): pulumi.Output<string> {
        return keyPolicy(services, accountOf(this), [regionOf(this), ...replicaRegions]);
    }

    private createKey(args: Resolved): aws.kms.Key {
        const key = this.parts.create("key", aws.kms.Key, `${this.logicalName}-key`, {
            description: args.description,
            multiRegion: true,
            enableKeyRotation: true,
            deletionWindowInDays: args.deletionWindowDays,
            policy: this.policy(args),
        });
        this.parts.createEach("aliases", "primary", aws.kms.Alias, `${this.logicalName}-alias`, {
            name: this.aliasName,
            targetKeyId: key.keyId,
        });
        return key;
    }

    private createReplica(key: aws.kms.Key, args: Resolved, region: string): aws.kms.ReplicaKey {
        const replica = this.parts.createEach("replicas", region, aws.kms.ReplicaKey, `${this.logicalName}-replica-${region}`, {
            region,
            primaryKeyArn: key.arn,
            description: args.description,
            deletionWindowInDays: args.deletionWindowDays,
            policy: this.policy(args),
        });
        this.parts.createEach("aliases", region, aws.kms.Alias, `${this.logicalName}-alias-${region}`, {
            region,
            name: this.aliasName,
            targetKeyId: replica.keyId,
        });
        return replica;
    }
}

function validated(name: string, args: Resolved) {
    return checked("EncryptionKey", name, args, (check) => {
        check(
            /^[\w/-]{1,250}$/.test(args.alias) && !/^(aws|alias)\//.test(args.alias),
            "alias",
            "must consist of letters, digits, -, _, and /, and not start with aws/ or alias/",
        );
        check(new Set(args.replicaRegions).size === args.replicaRegions.length, "replicaRegions", "must not contain a region twice");
        check(isBetween(args.deletionWindowDays, 7, 30), "deletionWindowDays", "must be between 7 and 30");
    });
}

/** Policy of the key and its replicas. It allows the services in all regions, restricted to this account by conditions. */
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
    // SNS passes the topic's ARN to KMS as encryption context.
    const ofTopics = { ArnLike: { "kms:EncryptionContext:aws:sns:topicArn": arns("sns", "*") } };
    const ofThisAccount = { StringEquals: { "aws:SourceAccount": account } };
    if (service === "logs") {
        const principals = regions.map((region) => pulumi.interpolate`logs.${region}.amazonaws.com`);
        const groups = { ArnLike: { "kms:EncryptionContext:aws:logs:arn": arns("logs", "log-group:*") } };
        return [allow(sid, principals, [...RECRYPT, "kms:DescribeKey", "kms:Encrypt"], groups)];
    }
    if (service === "events") {
        // EventBridge sends no source for buses, archives, and topics (EventBridge User Guide, "Encrypting event buses" and "Using
        // resource-based policies"). For queues, it sends the account, or SQS sends the queue's ARN as encryption context. AWS doesn't
        // document which, so the policy allows both.
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
    // AWS documents no source for alarms, which only publish to topics.
    if (service === "cloudwatch") return [allow(sid, principal, CRYPT, ofTopics)];
    return [allow(sid, principal, CRYPT, ofThisAccount)];
}
