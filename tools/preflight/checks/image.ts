import { BatchGetImageCommand } from "@aws-sdk/client-ecr";
import { type EcrImage, ecrImage } from "../../../components/image-repository/ecr-image";
import { isObject } from "../../../components/internal/unknown";
import { all, ask, existing } from "../ask";
import { type PlannedResource, textOf } from "../planned";
import type { Check, Context, Finding } from "../types";

function imagesOf({ inputs }: PlannedResource): string[] {
    const definitions: unknown = typeof inputs.containerDefinitions === "string" ? JSON.parse(inputs.containerDefinitions) : [];
    const containers: unknown[] = Array.isArray(definitions) ? definitions : [];
    return containers.flatMap((container) => (isObject(container) ? (textOf(container.image) ?? []) : []));
}

const MANIFEST_TYPES = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/** Architectures that an image index lists; none for the manifest of a single image: only its config names it. */
export function architecturesOf(manifest: string): string[] {
    const content: unknown = JSON.parse(manifest);
    if (!isObject(content) || !Array.isArray(content.manifests)) return [];
    return (content.manifests as unknown[]).flatMap((entry) => {
        const platform = isObject(entry) ? entry.platform : undefined;
        const architecture = isObject(platform) ? textOf(platform.architecture) : undefined;
        return architecture && architecture !== "unknown" ? [architecture] : [];
    });
}

export function imageFinding(asked: string, manifest: string, wanted: string): Finding {
    const architectures = architecturesOf(manifest);
    if (architectures.length === 0) {
        const found = "exists for a single platform; ECR's manifest doesn't name the architecture";
        return { status: "unknown", asked, found, action: `Make sure that it is built for ${wanted}, or push an image index.` };
    }
    if (architectures.includes(wanted)) return { status: "passed", asked, found: `built for ${architectures.join(", ")}` };
    return { status: "failed", asked, found: `built for ${architectures.join(", ")}`, action: `Build the image for ${wanted}.` };
}

function missingFinding(asked: string, repositoryExists: boolean, createdHere: boolean): Finding {
    if (!repositoryExists && createdHere) {
        const action = "Push it after the first up.";
        return { status: "warning", asked, found: "its repository doesn't exist yet; this stack creates it", action };
    }
    const found = repositoryExists ? "doesn't exist" : "its repository doesn't exist";
    return { status: "failed", asked, found, action: "Build and push the image first." };
}

interface Question {
    region: string;
    asked: string;
    image: EcrImage;
    wanted: string;
}

/** The repository is planned, in this region or in the one that it is replicated from. */
const creates = ({ plan, account }: Context, { registry, repository }: EcrImage): boolean =>
    registry === account && plan.of("aws:ecr/repository:Repository").some(({ inputs }) => inputs.name === repository);

async function answer(context: Context, { region, asked, image, wanted }: Question): Promise<Finding> {
    const request = new BatchGetImageCommand({
        registryId: image.registry,
        repositoryName: image.repository,
        imageIds: [image.digest ? { imageDigest: image.digest } : { imageTag: image.tag ?? "latest" }],
        acceptedMediaTypes: MANIFEST_TYPES,
    });
    const result = await existing(context.clients.ecr(region).send(request));
    const manifest = result?.images?.[0]?.imageManifest;
    if (manifest !== undefined) return imageFinding(asked, manifest, wanted);
    const failure = result?.failures?.[0];
    if (failure && failure.failureCode !== "ImageNotFound") {
        const found = `${failure.failureCode}: ${failure.failureReason}`;
        return { status: "unknown", asked, found, action: "Check the image by hand." };
    }
    return missingFinding(asked, result !== undefined, creates(context, image));
}

export const image: Check = {
    id: "image",
    title: "Container images",
    actions: ["ecr:BatchGetImage"],
    run(context) {
        const { plan } = context;
        const replicated = plan.of("aws:ecr/replicationConfiguration:ReplicationConfiguration").length > 0;
        return all(
            plan.of("aws:ecs/taskDefinition:TaskDefinition").flatMap((task) => {
                const platform = task.inputs.runtimePlatform;
                const wanted = isObject(platform) && platform.cpuArchitecture === "ARM64" ? "arm64" : "amd64";
                return imagesOf(task).flatMap((name) => {
                    const reference = ecrImage(name);
                    if (!reference) return [];
                    const regions = replicated ? new Set([reference.region, ...plan.regions]) : [reference.region];
                    return [...regions].map((region) => {
                        const asked = `image ${name} in ${region}`;
                        return ask(asked, "ecr:BatchGetImage", () => answer(context, { region, asked, image: reference, wanted }));
                    });
                });
            }),
        );
    },
};
