import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { PartFactory } from "../building-blocks/parts";
import type { ApiOrigin, ConnectedOrigin, PrivateOrigin, PublicOrigin } from "./distribution";

export interface VpcOriginParts {
    /** CloudFront's connection to the load balancer. Missing if `apiOrigin` is a public host. */
    vpcOrigin?: typeof aws.cloudfront.VpcOrigin;
}

export const isPrivate = (origin: ApiOrigin): origin is PrivateOrigin => "loadBalancer" in origin;

/** The origin, with a VPC origin if it is a load balancer. */
export const connected = (name: string, origin: ApiOrigin, parts: PartFactory<VpcOriginParts>): PublicOrigin | ConnectedOrigin =>
    isPrivate(origin) ? { ...origin, vpcOriginId: createVpcOrigin(name, origin, parts).id } : origin;

/**
 * Connects CloudFront to an internal load balancer.
 *
 * AWS doesn't change a VPC origin that a distribution uses (`CannotUpdateEntityWhileInUse`). Each change therefore creates another origin, with
 * another name, and deletes the previous one after the distribution has stopped using it.
 */
function createVpcOrigin(name: string, { loadBalancer, hostName }: PrivateOrigin, parts: PartFactory<VpcOriginParts>) {
    const { arn, listenerPort: port } = loadBalancer;
    const rule = loadBalancer.allowFromCloudFront();
    const scheme = hostName === undefined ? "http" : "https";
    return parts.create(
        "vpcOrigin",
        aws.cloudfront.VpcOrigin,
        `${name}-api-origin`,
        {
            vpcOriginEndpointConfig: {
                // Unique in the account: the ID of a load balancer is.
                name: pulumi.interpolate`${name}-${scheme}-${port}-${arn.apply(idOf)}`,
                arn,
                httpPort: scheme === "http" ? port : 80,
                httpsPort: scheme === "https" ? port : 443,
                originProtocolPolicy: `${scheme}-only`,
                originSslProtocols: { items: ["TLSv1.2"], quantity: 1 },
            },
        },
        // No request arrives before the load balancer accepts it.
        { dependsOn: [rule], replaceOnChanges: ["vpcOriginEndpointConfig"] },
    );
}

/** Last part of the ARN of a load balancer: `50dc6c495c0c9188`. */
const idOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);
