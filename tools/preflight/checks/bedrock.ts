import { GetFoundationModelAvailabilityCommand, GetInferenceProfileCommand } from "@aws-sdk/client-bedrock";
import { all, ask, existing } from "../ask";
import { isObject } from "../../../components/internal/unknown";
import { textOf } from "../planned";
import type { Check, Context, Finding } from "../types";

/** Models that the functions and the service call. */
export function modelsOf({ plan }: Pick<Context, "plan">): string[] {
    const functions = plan.of("aws:lambda/function:Function").flatMap(({ inputs }) => {
        const variables = isObject(inputs.environment) ? inputs.environment.variables : undefined;
        return isObject(variables) ? (textOf(variables.MODEL_ID) ?? []) : [];
    });
    return [...new Set(functions)];
}

export function modelFinding(asked: string, available: boolean, found: string): Finding {
    const action = "Request access in the Bedrock console, or configure a model that the region offers.";
    return available ? { status: "passed", asked, found } : { status: "failed", asked, found, action };
}

async function question({ clients, plan }: Context, id: string, asked: string): Promise<Finding> {
    const bedrock = clients.bedrock(plan.region);
    if (/^[a-z-]+\.[a-z0-9-]+\./.test(id)) {
        const profile = await existing(bedrock.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: id })));
        return modelFinding(asked, profile?.status === "ACTIVE", profile?.status ?? "no such inference profile in this region");
    }
    const model = await existing(bedrock.send(new GetFoundationModelAvailabilityCommand({ modelId: id })));
    const found = model ? `region ${model.regionAvailability}, access ${model.authorizationStatus}` : "no such model in this region";
    return modelFinding(asked, model?.regionAvailability === "AVAILABLE" && model.authorizationStatus === "AUTHORIZED", found);
}

export const bedrock: Check = {
    id: "bedrock",
    title: "Bedrock models",
    actions: ["bedrock:GetInferenceProfile", "bedrock:GetFoundationModelAvailability"],
    run: (context) =>
        all(
            modelsOf(context).map((id) => {
                const asked = `model ${id} in ${context.plan.region}`;
                return ask(asked, "bedrock:GetInferenceProfile and bedrock:GetFoundationModelAvailability", () =>
                    question(context, id, asked),
                );
            }),
        ),
};
