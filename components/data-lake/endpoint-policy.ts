import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "../building-blocks/iam";

export interface EndpointRestriction {
    /** The VPC's endpoint of S3, a gateway or an interface. */
    vpcEndpointId: pulumi.Input<string>;
    /**
     * Names of the roles that live in the VPC; `*` stands for any text, as in `ingest-*` for a name that Pulumi generates.
     * At least one.
     */
    roles: pulumi.Input<string>[];
}

/**
 * Refuses objects to roles of the VPC that come by another way than its endpoint: stolen credentials are worth nothing outside.
 *
 * Only the roles named are refused anything. Administrators, Pulumi and the roles of AWS services (Firehose, replication) are others. What
 * Athena does in a role's name reaches S3 from AWS's network, which `aws:ViaAWSService` tells. Roles that run outside of the
 * VPC too must not be named.
 */
export function onlyThroughEndpoint(
    bucketArn: pulumi.Input<string>,
    { vpcEndpointId, roles }: EndpointRestriction,
    account: pulumi.Input<string>,
): Statement {
    return {
        Sid: "OnlyThroughEndpoint",
        Effect: "Deny",
        Principal: "*",
        Action: ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
        Resource: pulumi.interpolate`${bucketArn}/*`,
        Condition: {
            ArnLike: { "aws:PrincipalArn": roles.map((role) => pulumi.interpolate`arn:aws:iam::${account}:role/${role}`) },
            StringNotEquals: { "aws:SourceVpce": vpcEndpointId },
            Bool: { "aws:ViaAWSService": "false" },
        },
    };
}
