/** Region and repository of an image in ECR. */
export interface EcrImage {
    region: string;
    repositoryArn: string;
}

/** Parses `<account>.dkr.ecr.<region>.amazonaws.com/<repository>[:tag]`. Returns undefined for other registries. */
export function ecrImage(image = ""): EcrImage | undefined {
    const [, account, region, name] = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^:@]+)/.exec(image) ?? [];
    if (!account || !region || !name) return undefined;
    return { region, repositoryArn: `arn:aws:ecr:${region}:${account}:repository/${name}` };
}
