import { createHash } from "node:crypto";
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Check, withDefaults } from "../building-blocks/arguments";
import { sortedEntries } from "../internal/unknown";

export type FilterStrength = "NONE" | "LOW" | "MEDIUM" | "HIGH";
export type ContentFilter = "HATE" | "INSULTS" | "MISCONDUCT" | "SEXUAL" | "VIOLENCE";

/** Topic that the guardrail blocks in prompts and responses. */
export interface DeniedTopic {
    /** Name of the topic, 1 to 100 characters. */
    name: string;
    /** Description of the topic in one sentence, 1 to 200 characters. */
    definition: string;
    /** Up to 5 example phrases of up to 100 characters each. @default none */
    examples?: string[];
}

export interface GuardrailSettings {
    /** Filter strength by category of harmful content, for prompts and responses. @default "MEDIUM" for each category */
    contentFilters?: Partial<Record<ContentFilter, FilterStrength>>;
    /** Filter strength for prompt attacks (injection, jailbreaks). Applies to prompts only. @default "HIGH" */
    promptAttack?: FilterStrength;
    /**
     * Action by Bedrock PII type: `ANONYMIZE` masks the value, `BLOCK` blocks the whole text. Replaces the default completely.
     * @default masks email addresses, phone, card, and account numbers, US and UK identity numbers, passwords, PINs, and AWS keys
     */
    personalData?: Record<string, "ANONYMIZE" | "BLOCK">;
    /** Up to 30 topics to block. @default none */
    deniedTopics?: DeniedTopic[];
    /** Minimum scores, 0 to 0.99, of responses to requests with a grounding source and a query. @default no grounding check */
    grounding?: { grounding: number; relevance: number };
    /** Message returned for a blocked prompt, 1 to 500 characters. @default "This request cannot be answered." */
    blockedInputMessage?: string;
    /** Message returned for a blocked response, 1 to 500 characters. @default "The answer to this request cannot be shown." */
    blockedOutputMessage?: string;
}

const MASKED = Object.fromEntries(
    [
        "AWS_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "CREDIT_DEBIT_CARD_CVV",
        "CREDIT_DEBIT_CARD_NUMBER",
        "EMAIL",
        "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
        "PASSWORD",
        "PHONE",
        "PIN",
        "UK_NATIONAL_INSURANCE_NUMBER",
        "US_BANK_ACCOUNT_NUMBER",
        "US_SOCIAL_SECURITY_NUMBER",
    ].map((type) => [type, "ANONYMIZE" as const]),
);

const DEFAULTS = {
    contentFilters: {},
    promptAttack: "HIGH",
    personalData: MASKED,
    deniedTopics: [],
    blockedInputMessage: "This request cannot be answered.",
    blockedOutputMessage: "The answer to this request cannot be shown.",
} satisfies GuardrailSettings;

const CONTENT_FILTERS: ContentFilter[] = ["HATE", "INSULTS", "MISCONDUCT", "SEXUAL", "VIOLENCE"];
const STRENGTHS: FilterStrength[] = ["NONE", "LOW", "MEDIUM", "HIGH"];

/** Creates the arguments of the guardrail. Lists have a fixed order, so that an unchanged guardrail causes no update. */
export function guardrailArgs(inputs: GuardrailSettings, kmsKeyArn: pulumi.Input<string>, description: string): aws.bedrock.GuardrailArgs {
    const settings = withDefaults(inputs, DEFAULTS);
    const { contentFilters, promptAttack, personalData, deniedTopics, grounding } = settings;
    const filters = CONTENT_FILTERS.map((type) => {
        const strength = contentFilters[type] ?? "MEDIUM";
        return { type, inputStrength: strength, outputStrength: strength };
    });
    // AWS accepts only NONE as the output strength of the prompt attack filter.
    const attacks = { type: "PROMPT_ATTACK", inputStrength: promptAttack, outputStrength: "NONE" };
    const entities = sortedEntries(personalData);
    return {
        description,
        kmsKeyArn,
        blockedInputMessaging: settings.blockedInputMessage,
        blockedOutputsMessaging: settings.blockedOutputMessage,
        contentPolicyConfig: { filtersConfigs: [...filters, attacks] },
        ...(entities.length > 0
            ? { sensitiveInformationPolicyConfig: { piiEntitiesConfigs: entities.map(([type, action]) => ({ type, action })) } }
            : {}),
        ...(deniedTopics.length > 0
            ? { topicPolicyConfig: { topicsConfigs: deniedTopics.map((topic) => ({ ...topic, type: "DENY" })) } }
            : {}),
        ...(grounding
            ? {
                  contextualGroundingPolicyConfig: {
                      filtersConfigs: [
                          { type: "GROUNDING", threshold: grounding.grounding },
                          { type: "RELEVANCE", threshold: grounding.relevance },
                      ],
                  },
              }
            : {}),
    };
}

/** Short hash of the guardrail's policy, without its KMS key. */
export function policyFingerprint(args: aws.bedrock.GuardrailArgs): pulumi.Output<string> {
    return pulumi
        .jsonStringify({ ...args, kmsKeyArn: undefined })
        .apply((text) => createHash("sha256").update(text).digest("hex").slice(0, 12));
}

/** Validates `guardrail`. */
export function checkGuardrail(check: Check, inputs: GuardrailSettings): void {
    const settings = withDefaults(inputs, DEFAULTS);
    const { contentFilters, promptAttack, personalData, deniedTopics, grounding } = settings;
    const strengths = Object.values(contentFilters);
    check(strengths.every(isStrength), "guardrail.contentFilters", `must be one of ${STRENGTHS.join(", ")}`);
    const unknown = Object.keys(contentFilters).filter((type) => !(CONTENT_FILTERS as string[]).includes(type));
    check(
        unknown.length === 0,
        "guardrail.contentFilters",
        `must have keys among ${CONTENT_FILTERS.join(", ")}, not ${unknown.join(", ")}`,
    );
    check(isStrength(promptAttack), "guardrail.promptAttack", `must be one of ${STRENGTHS.join(", ")}`);
    check(
        Object.entries(personalData).every(([type, action]) => /^[A-Z_]+$/.test(type) && ["ANONYMIZE", "BLOCK"].includes(action)),
        "guardrail.personalData",
        "must map PII types such as EMAIL to ANONYMIZE or BLOCK",
    );
    const withinLimits = ({ name, definition, examples = [] }: DeniedTopic) =>
        isText(name, 100) && isText(definition, 200) && examples.length <= 5 && examples.every((example) => isText(example, 100));
    check(
        deniedTopics.length <= 30 && deniedTopics.every(withinLimits),
        "guardrail.deniedTopics",
        "must have at most 30 topics, each with a name of up to 100 characters, a definition of up to 200 and up to 5 examples of up to 100",
    );
    const scores = grounding ? [grounding.grounding, grounding.relevance] : [];
    check(
        scores.every((score) => score >= 0 && score <= 0.99),
        "guardrail.grounding",
        "must be between 0 and 0.99",
    );
    for (const key of ["blockedInputMessage", "blockedOutputMessage"] as const) {
        check(isText(settings[key], 500), `guardrail.${key}`, "must be 1 to 500 characters");
    }
}

const isStrength = (strength: FilterStrength): boolean => STRENGTHS.includes(strength);
const isText = (text: string, maxLength: number): boolean => text.length >= 1 && text.length <= maxLength;
