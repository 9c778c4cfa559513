import { BatchGetImageCommand, GetDownloadUrlForLayerCommand } from "@aws-sdk/client-ecr";
import { type EcrImage, ecrImage } from "../../../components/image-repository/ecr-image";
import { isObject, messageOf } from "../../../components/internal/unknown";
import { all, ask, existing } from "../ask";
import { type PlannedResource, textOf } from "../planned";
import { MANIFEST_TYPES, parsePublicImage, Registry } from "../registry";
import type { Check, Context, Finding } from "../types";

interface Use {
    name: string;
    wanted: string;
}

function imagesOfTask({ inputs }: PlannedResource): Use[] {
    const platform = inputs.runtimePlatform;
    const wanted = isObject(platform) && platform.cpuArchitecture === "ARM64" ? "arm64" : "amd64";
    const definitions: unknown = typeof inputs.containerDefinitions === "string" ? JSON.parse(inputs.containerDefinitions) : [];
    const containers: unknown[] = Array.isArray(definitions) ? definitions : [];
    return containers.flatMap((container) => {
        const name = isObject(container) ? textOf(container.image) : undefined;
        return name === undefined ? [] : [{ name, wanted }];
    });
}

/** SageMaker instance types have amd64 processors, except for Graviton instance types. */
function imagesOfModels({ plan }: Context): Use[] {
    const configurations = JSON.stringify(plan.of("aws:sagemaker/endpointConfiguration:EndpointConfiguration").map(({ inputs }) => inputs));
    const wanted = /"ml\.[a-z]+\d+g[a-z]*\./.test(configurations) ? "arm64" : "amd64";
    return plan.of("aws:sagemaker/model:Model").flatMap(({ inputs }) => {
        const name = isObject(inputs.primaryContainer) ? textOf(inputs.primaryContainer.image) : undefined;
        return name === undefined ? [] : [{ name, wanted }];
    });
}

/** Architectures that an image index lists. */
function architecturesOf(manifest: string): string[] {
    const content: unknown = JSON.parse(manifest);
    if (!isObject(content) || !Array.isArray(content.manifests)) return [];
    return (content.manifests as unknown[]).flatMap((entry) => {
        const platform = isObject(entry) ? entry.platform : undefined;
        const architecture = isObject(platform) ? textOf(platform.architecture) : undefined;
        return architecture && architecture !== "unknown" ? [architecture] : [];
    });
}

/** The manifest of a single platform refers to its configuration, which contains the architecture. */
async function allArchitectures(manifest: string, blob: (digest: string) => Promise<string | undefined>): Promise<string[]> {
    const listed = architecturesOf(manifest);
    if (listed.length > 0) return listed;
    const content: unknown = JSON.parse(manifest);
    const digest = isObject(content) && isObject(content.config) ? textOf(content.config.digest) : undefined;
    const text = digest === undefined ? undefined : await blob(digest);
    const configuration: unknown = text === undefined ? {} : JSON.parse(text);
    const architecture = isObject(configuration) ? textOf(configuration.architecture) : undefined;
    return architecture === undefined ? [] : [architecture];
}

function imageFinding(asked: string, architectures: string[], wanted: string): Finding {
    if (architectures.length === 0) {
        const action = `Make sure that it is built for ${wanted}.`;
        return { status: "unknown", asked, found: "exists, but doesn't specify an architecture", action };
    }
    const found = `built for ${architectures.join(", ")}`;
    if (architectures.includes(wanted)) return { status: "passed", asked, found };
    return { status: "failed", asked, found, action: `Build the image for ${wanted}.` };
}

function missingFinding(asked: string, repositoryExists: boolean, createdHere: boolean): Finding {
    if (!repositoryExists && createdHere) {
        const action = "Push it after the first `up`.";
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

/** Whether the repository is planned, in this region or in the region that it's replicated from. */
const creates = ({ plan, account }: Context, { registry, repository }: EcrImage): boolean =>
    registry === account && plan.of("aws:ecr/repository:Repository").some(({ inputs }) => inputs.name === repository);

async function answer(context: Context, { region, asked, image, wanted }: Question): Promise<Finding> {
    const ecr = context.clients.ecr(region);
    const place = { registryId: image.registry, repositoryName: image.repository };
    const request = new BatchGetImageCommand({
        ...place,
        imageIds: [image.digest ? { imageDigest: image.digest } : { imageTag: image.tag ?? "latest" }],
        acceptedMediaTypes: MANIFEST_TYPES,
    });
    const result = await existing(ecr.send(request));
    const manifest = result?.images?.[0]?.imageManifest;
    if (manifest !== undefined) {
        const blob = async (layerDigest: string) => {
            const { downloadUrl } = await ecr.send(new GetDownloadUrlForLayerCommand({ ...place, layerDigest }));
            return downloadUrl === undefined ? undefined : (await context.http(downloadUrl)).text;
        };
        return imageFinding(asked, await allArchitectures(manifest, blob), wanted);
    }
    const failure = result?.failures?.[0];
    if (failure && failure.failureCode !== "ImageNotFound") {
        const found = `${failure.failureCode}: ${failure.failureReason}`;
        return { status: "unknown", asked, found, action: "Check the image manually." };
    }
    return missingFinding(asked, result !== undefined, creates(context, image));
}

async function publicAnswer({ http }: Context, asked: string, { name, wanted }: Use): Promise<Finding> {
    const registry = new Registry(parsePublicImage(name), http);
    try {
        const manifest = await registry.manifest();
        if (manifest === undefined) return missingFinding(asked, true, false);
        return imageFinding(asked, await allArchitectures(manifest, (digest) => registry.blob(digest)), wanted);
    } catch (error) {
        const found = `the registry didn't answer: ${messageOf(error)}`;
        return { status: "unknown", asked, found, action: "Check the image and its architecture manually." };
    }
}

export const image: Check = {
    id: "image",
    title: "Container images",
    actions: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    run(context) {
        const { plan } = context;
        const replicated = plan.of("aws:ecr/replicationConfiguration:ReplicationConfiguration").length > 0;
        const uses = [...plan.of("aws:ecs/taskDefinition:TaskDefinition").flatMap(imagesOfTask), ...imagesOfModels(context)];
        return all(
            uses.flatMap((use) => {
                const reference = ecrImage(use.name);
                if (!reference) return [ask(`image ${use.name}`, "none", () => publicAnswer(context, `image ${use.name}`, use))];
                const own = creates(context, reference);
                const regions = replicated && own ? new Set([reference.region, ...plan.regions]) : [reference.region];
                return [...regions].map((region) => {
                    const asked = `image ${use.name} in ${region}`;
                    const question = { region, asked, image: reference, wanted: use.wanted };
                    return ask(asked, "ecr:BatchGetImage and ecr:GetDownloadUrlForLayer", () => answer(context, question));
                });
            }),
        );
    },
};
