import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { nameForPath } from "./names";
import { type Each, type Nodes, PartFactory, type Transforms } from "./parts";

/** A statement of an IAM policy. List actions explicitly: the tests reject wildcards in `Allow` statements. */
export interface Statement {
    Sid?: string;
    Effect: "Allow" | "Deny";
    Action: string | string[];
    Resource: pulumi.Input<string> | pulumi.Input<string>[] | pulumi.Output<string[]>;
    /** Only for resource policies (buckets, keys, queues, topics). */
    Principal?: "*" | { Service: pulumi.Input<string> | pulumi.Input<string>[] } | { AWS: pulumi.Input<string> | pulumi.Input<string>[] };
    /** `{ StringEquals: { "aws:SourceAccount": account } }` */
    Condition?: Record<string, Record<string, pulumi.Input<string> | pulumi.Input<string>[]>>;
}

/** A policy document as JSON text. */
export function policyDocument(statements: Statement[]): pulumi.Output<string> {
    return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });
}

/**
 * The trust policy of a role for AWS services. To prevent the confused deputy problem, pass a condition on `aws:SourceAccount` or
 * `aws:SourceArn` if the service supports it.
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

/** A component with an IAM role that can be granted permissions. */
export interface Grantee {
    /** Logical name; part of the name of each grant. */
    readonly logicalName: string;
    /** Name of the IAM role that receives the grant. */
    readonly roleName: pulumi.Output<string>;
}

/** Parts of a component that calls `grant`. Extend its `Parts` interface with these. */
export interface GrantParts {
    grants?: Each<typeof aws.iam.RolePolicy>;
}

/**
 * Grants permissions on a resource with an inline policy of the grantee's role, named `<grantee>-<resource>-<access>`.
 *
 * @param parts of the component that owns the resource
 * @param resource logical name of the resource
 * @param access short name of the permissions: `read`, `publish`, `write-documents`. It must be unique for the resource and the role.
 * @returns the policy, for resources that depend on the permissions
 */
export function grant(
    parts: PartFactory<GrantParts>,
    resource: string,
    grantee: Grantee,
    access: string,
    statements: Statement[],
): aws.iam.RolePolicy {
    const name = `${grantee.logicalName}-${resource}-${access}`;
    const args = { role: grantee.roleName, policy: policyDocument(statements) };
    // Access can be revoked even if the component is protected.
    return parts.createEach("grants", name, aws.iam.RolePolicy, name, args, { protect: false });
}

/**
 * Name of a grant that is limited to a prefix or pattern: `grantName("read", "documents/2026")` is `read-documents-2026`. With characters
 * other than letters, digits, and slashes, a hash of the limit is appended.
 */
export const grantName = (access: string, limit = ""): string => (limit === "" ? access : `${access}-${nameForPath(limit)}`);

/** Statement that lets a role use a KMS key through one AWS service only, in the region of the key. */
export function useKeyVia(service: string, region: pulumi.Input<string>, keyArn: pulumi.Input<string>, actions: string[]): Statement {
    return {
        Effect: "Allow",
        Action: actions,
        Resource: keyArn,
        Condition: { StringEquals: { "kms:ViaService": pulumi.interpolate`${service}.${region}.amazonaws.com` } },
    };
}

/**
 * Statement of a resource policy that denies requests without TLS.
 *
 * @param actions actions of the resource's service; SNS rejects wildcards in topic policies
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

/** Statement that lets a role write to an existing log group. */
export function writeLogs(logGroupArn: pulumi.Input<string>): Statement {
    return { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: pulumi.interpolate`${logGroupArn}:*` };
}

/** KMS actions for reading encrypted data. */
export const KMS_DECRYPT = ["kms:Decrypt", "kms:DescribeKey"];
/** KMS actions for writing encrypted data. S3, SQS, and Kinesis also need to decrypt. */
export const KMS_ENCRYPT = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"];

/** Resources of a `ServiceRole`. */
export interface ServiceRoleParts {
    role: typeof aws.iam.Role;
    policies?: Each<typeof aws.iam.RolePolicy>;
}

export interface ServiceRoleArgs {
    /** Service principal that assumes the role: `lambda.amazonaws.com`. */
    service: string | string[];
    description: string;
    /** Condition of the trust policy. Pass `aws:SourceAccount` or `aws:SourceArn` if the service supports them. @default none */
    condition?: Statement["Condition"];
    /** Physical name. @default generated by Pulumi */
    roleName?: string;
    transform?: Transforms<ServiceRoleParts>;
}

/** An IAM role that an AWS service assumes. Pass it to the `grant...` methods of components. */
export class ServiceRole implements Grantee {
    readonly role: aws.iam.Role;
    readonly roleName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    readonly nodes: Nodes<ServiceRoleParts>;
    private readonly parts: PartFactory<ServiceRoleParts>;

    /** @param logicalName name of the role resource, and prefix of the names of its grants */
    constructor(
        readonly logicalName: string,
        args: ServiceRoleArgs,
        opts: pulumi.CustomResourceOptions = {},
    ) {
        const { service, condition, description, roleName, transform } = args;
        this.parts = new PartFactory<ServiceRoleParts>(opts.parent, transform);
        const assumeRolePolicy = trustPolicy(service, condition);
        this.role = this.parts.create("role", aws.iam.Role, logicalName, { name: roleName, assumeRolePolicy, description }, opts);
        this.roleName = this.role.name;
        this.arn = this.role.arn;
        this.nodes = this.parts.nodes;
    }

    /** Adds an inline policy, named `<role>-<access>`. */
    allow(access: string, statements: Statement[], opts?: pulumi.CustomResourceOptions): aws.iam.RolePolicy {
        const args = { role: this.role.name, policy: policyDocument(statements) };
        return this.parts.createEach("policies", access, aws.iam.RolePolicy, `${this.logicalName}-${access}`, args, opts);
    }
}
