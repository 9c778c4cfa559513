import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Sets the permissions boundary of every IAM role of a component and its children, except roles that have one. Pass it in the options of a
 * component. A boundary that doesn't allow an action of a role's policies makes that action fail at run time, not during the deployment.
 *
 * ```ts
 * new VpcFunction("report", args, { transformations: [permissionsBoundary("arn:aws:iam::123456789012:policy/boundary")] });
 * ```
 */
export function permissionsBoundary(policyArn: pulumi.Input<string>): pulumi.ResourceTransformation {
    return ({ type, props, opts }) => {
        if (type !== "aws:iam/role:Role") return undefined;
        const { permissionsBoundary = policyArn } = props as aws.iam.RoleArgs;
        return { props: { ...props, permissionsBoundary }, opts };
    };
}
