import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "../building-blocks/iam";

export interface EndpointRestriction {
    /** Gateway or interface endpoint of S3 in the VPC. */
    vpcEndpointId: pulumi.Input<string>;
    /** Names of roles that are used only in the VPC, at least one. `*` matches any text: `ingest-*` for a name that Pulumi generates. */
    roles: pulumi.Input<string>[];
}

/**
 * Denies the given roles access to objects unless requests use the VPC endpoint, so stolen credentials can't be used outside the VPC.
 *
 * Other roles aren't affected: administrators, Pulumi, and roles of AWS services (Firehose, replication). Athena accesses S3 on behalf of a
 * role without the endpoint, so `aws:ViaAWSService` exempts it. Don't list roles that are also used outside the VPC.
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
