/** An image in ECR, by the parts of its name. */
export interface EcrImage {
    region: string;
    repositoryArn: string;
}

/** Reads `<account>.dkr.ecr.<region>.amazonaws.com/<repository>[:tag]`; undefined for images elsewhere. */
export function ecrImage(image = ""): EcrImage | undefined {
    const [, account, region, name] = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^:@]+)/.exec(image) ?? [];
    if (!account || !region || !name) return undefined;
    return { region, repositoryArn: `arn:aws:ecr:${region}:${account}:repository/${name}` };
}
