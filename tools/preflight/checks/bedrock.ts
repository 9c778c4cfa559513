import { GetFoundationModelAvailabilityCommand, GetInferenceProfileCommand } from "@aws-sdk/client-bedrock";
import { isObject } from "../../../components/internal/unknown";
import { all, ask, existing } from "../ask";
import { type PlannedStack, textOf } from "../planned";
import type { Check, Context, Finding } from "../types";

/** Environment variables of the functions and the service that contain the model to call. */
const VARIABLES = ["MODEL_ID", "Ai__Model"];

/** Models that the functions and the service call. */
function modelsOf(plan: PlannedStack): string[] {
    const functions = plan.of("aws:lambda/function:Function").flatMap(({ inputs }) => {
        const variables = isObject(inputs.environment) ? inputs.environment.variables : undefined;
        return isObject(variables) ? VARIABLES.map((name) => textOf(variables[name])) : [];
    });
    const containers = plan.of("aws:ecs/taskDefinition:TaskDefinition").flatMap(({ inputs }) => {
        const definitions: unknown = typeof inputs.containerDefinitions === "string" ? JSON.parse(inputs.containerDefinitions) : [];
        return (Array.isArray(definitions) ? (definitions as unknown[]) : []).flatMap((container) =>
            isObject(container) && Array.isArray(container.environment) ? (container.environment as unknown[]) : [],
        );
    });
    const variables = containers.flatMap((entry) =>
        isObject(entry) && VARIABLES.includes(textOf(entry.name) ?? "") ? [textOf(entry.value)] : [],
    );
    return [...new Set([...functions, ...variables])].filter((id) => id !== undefined && id !== "") as string[];
}

interface Availability {
    regionAvailability?: string;
    authorizationStatus?: string;
    entitlementAvailability?: string;
    agreementAvailability?: { status?: string };
}

/** Reasons why the account can't invoke a model. */
function obstaclesOf(model: Availability): string[] {
    const expected: [string, string | undefined, string][] = [
        ["access", model.authorizationStatus, "AUTHORIZED"],
        ["entitlement", model.entitlementAvailability, "AVAILABLE"],
        ["agreement", model.agreementAvailability?.status, "AVAILABLE"],
    ];
    return expected.flatMap(([what, actual, wanted]) => (actual === undefined || actual === wanted ? [] : [`${what} ${actual}`]));
}

function modelFinding(asked: string, obstacles: string[]): Finding {
    if (obstacles.length === 0) return { status: "passed", asked, found: "available and authorized" };
    const action = "Request access in the Bedrock console, or configure a model that the region offers.";
    return { status: "failed", asked, found: obstacles.join(", "), action };
}

/** `us.amazon.nova-lite-v1:0` is an inference profile of the model `amazon.nova-lite-v1:0`. */
const isProfile = (id: string) => /^[a-z-]+\.[a-z0-9-]+\./.test(id);

async function question({ clients }: Context, region: string, id: string, asked: string): Promise<Finding> {
    const bedrock = clients.bedrock(region);
    let modelId = id;
    if (isProfile(id)) {
        const profile = await existing(bedrock.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: id })));
        if (profile?.status !== "ACTIVE")
            return modelFinding(asked, [profile ? `profile ${profile.status}` : "no such inference profile in this region"]);
        const arn = profile.models?.[0]?.modelArn ?? "";
        modelId = arn === "" ? id.slice(id.indexOf(".") + 1) : arn.slice(arn.lastIndexOf("/") + 1);
    }
    const model = await existing(bedrock.send(new GetFoundationModelAvailabilityCommand({ modelId })));
    if (!model) return modelFinding(asked, ["no such model in this region"]);
    // A profile sends the requests to regions that have the model.
    const elsewhere = !isProfile(id) && model.regionAvailability !== "AVAILABLE" ? ["not available in this region"] : [];
    return modelFinding(asked, [...elsewhere, ...obstaclesOf(model)]);
}

const ACTIONS = ["bedrock:GetInferenceProfile", "bedrock:GetFoundationModelAvailability"];

export const bedrock: Check = {
    id: "bedrock",
    title: "Bedrock models",
    actions: ACTIONS,
    run: (context) =>
        all(
            context.peaks.flatMap(({ plan }) =>
                modelsOf(plan).map((id) => {
                    const asked = `model ${id} in ${plan.region}`;
                    return ask(asked, ACTIONS.join(" and "), () => question(context, plan.region, id, asked));
                }),
            ),
        ),
};
