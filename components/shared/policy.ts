import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** One statement of an IAM policy. Actions are spelled out: a wildcard in an `Allow` fails the invariants' test. */
export interface Statement {
    Sid?: string;
    Effect: "Allow" | "Deny";
    Action: string | string[];
    Resource: pulumi.Input<string> | pulumi.Input<string>[] | pulumi.Output<string[]>;
    /** Only in resource policies (buckets, keys, queues, topics). */
    Principal?: "*" | { Service: pulumi.Input<string> | pulumi.Input<string>[] } | { AWS: pulumi.Input<string> | pulumi.Input<string>[] };
    /** `{ StringEquals: { "aws:SourceAccount": account } }` */
    Condition?: Record<string, Record<string, pulumi.Input<string> | pulumi.Input<string>[]>>;
}

/** A policy document as JSON text. */
export function policyDocument(statements: Statement[]): pulumi.Output<string> {
    return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });
}

/**
 * A role's trust policy for AWS services. `condition` guards against a confused deputy: give `aws:SourceAccount` or `aws:SourceArn`
 * wherever the service sends them.
 */
export function trustPolicy(service: string | string[], condition?: Statement["Condition"]): pulumi.Output<string> {
    const statement = {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Service: service },
        ...(condition ? { Condition: condition } : {}),
    };
    return pulumi.jsonStringify({ Version: "2012-10-17", Statement: [statement] });
}

/** Whoever can be granted permissions: a component that acts through an IAM role of its own. */
export interface Grantee {
    /** Logical name; part of the name of each grant. */
    readonly logicalName: string;
    /** Name of the IAM role that receives the grant. */
    readonly roleName: pulumi.Output<string>;
}

/**
 * Lets a grantee do something to a resource: an inline policy of its role, named `<grantee>-<resource>-<what>`.
 *
 * @param parent the component that owns the resource; `resource` its logical name
 * @param what the kind of access in one word: `read`, `write`, `publish`
 */
export function grant(
    parent: pulumi.Resource,
    resource: string,
    grantee: Grantee,
    what: string,
    statements: Statement[],
): aws.iam.RolePolicy {
    return new aws.iam.RolePolicy(
        `${grantee.logicalName}-${resource}-${what}`,
        { role: grantee.roleName, policy: policyDocument(statements) },
        // Data may be protected; permission to reach it must be easy to take away.
        { parent, protect: false },
    );
}

/** Statement that lets a role use a KMS key through one AWS service only, in the key's own region. */
export function useKeyThrough(service: string, region: pulumi.Input<string>, keyArn: pulumi.Input<string>, actions: string[]): Statement {
    return {
        Effect: "Allow",
        Action: actions,
        Resource: keyArn,
        Condition: { StringEquals: { "kms:ViaService": pulumi.interpolate`${service}.${region}.amazonaws.com` } },
    };
}

/**
 * Statement of a resource's policy that refuses whatever does not come by TLS.
 *
 * @param actions of the resource's own service: SNS refuses wildcards in a topic's policy
 */
export function tlsOnly(actions: string, resource: Statement["Resource"]): Statement {
    return {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: actions,
        Resource: resource,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
    };
}

/** Statement that lets a role write to a log group that exists. */
export function writeLogs(logGroupArn: pulumi.Input<string>): Statement {
    return { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: pulumi.interpolate`${logGroupArn}:*` };
}

/** KMS actions for reading what a key has encrypted. */
export const KMS_DECRYPT = ["kms:Decrypt", "kms:DescribeKey"];
/** KMS actions for writing encrypted data; S3, SQS and Kinesis need both halves. */
export const KMS_ENCRYPT = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"];

/** An IAM role for one AWS service, as a grantee. For components whose role needs nothing but grants. */
export class ServiceRole implements Grantee {
    readonly role: aws.iam.Role;
    readonly roleName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;

    /** @param logicalName name of the role's resource, and its part in the names of grants */
    constructor(
        readonly logicalName: string,
        args: { service: string | string[]; description: string; condition?: Statement["Condition"]; roleName?: string },
        opts: pulumi.CustomResourceOptions,
    ) {
        const assumeRolePolicy = trustPolicy(args.service, args.condition);
        this.role = new aws.iam.Role(logicalName, { name: args.roleName, assumeRolePolicy, description: args.description }, opts);
        this.roleName = this.role.name;
        this.arn = this.role.arn;
    }

    /** Adds an inline policy, named `<role>-<what>`. */
    allow(what: string, statements: Statement[], opts: pulumi.CustomResourceOptions): aws.iam.RolePolicy {
        return new aws.iam.RolePolicy(`${this.logicalName}-${what}`, { role: this.role.name, policy: policyDocument(statements) }, opts);
    }
}
