/** Parts of the address of an image in ECR. */
export interface EcrImage {
    /** Account ID of the registry. */
    registry: string;
    region: string;
    repository: string;
    repositoryArn: string;
    tag?: string;
    /** `sha256:...` */
    digest?: string;
}

export const ECR_IMAGE = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^:@]+)(?::([^@]+))?(?:@(.+))?$/;

/** Parses `<account>.dkr.ecr.<region>.amazonaws.com/<repository>[:tag][@digest]`. Returns undefined for other registries. */
export function ecrImage(image = ""): EcrImage | undefined {
    const [, registry, region, repository, tag, digest] = ECR_IMAGE.exec(image) ?? [];
    if (!registry || !region || !repository) return undefined;
    return { registry, region, repository, repositoryArn: `arn:aws:ecr:${region}:${registry}:repository/${repository}`, tag, digest };
}
