import { createHash } from "node:crypto";
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Check, withDefaults } from "../building-blocks/arguments";

export type FilterStrength = "NONE" | "LOW" | "MEDIUM" | "HIGH";
export type ContentFilter = "HATE" | "INSULTS" | "MISCONDUCT" | "SEXUAL" | "VIOLENCE";

/** A subject that neither prompts nor answers may touch. */
export interface DeniedTopic {
    /** 1 to 100 characters. */
    name: string;
    /** What the subject is, in a sentence: 1 to 200 characters. */
    definition: string;
    /** Up to five phrases of up to 100 characters. @default none */
    examples?: string[];
}

export interface GuardrailSettings {
    /** How much of each kind of harmful content is filtered, both ways; `HIGH` filters most. @default "MEDIUM" for each kind */
    contentFilters?: Partial<Record<ContentFilter, FilterStrength>>;
    /** How eagerly prompt attacks (injection, jailbreaks) are filtered; prompts only. @default "HIGH" */
    promptAttack?: FilterStrength;
    /**
     * What happens to personal data and credentials, by Bedrock's type: masked or the whole text blocked. Replaces the default whole.
     * @default masks addresses for mail and telephone, card and account numbers, US and UK identity numbers, passwords and AWS keys
     */
    personalData?: Record<string, "ANONYMIZE" | "BLOCK">;
    /** Up to 30. @default none */
    deniedTopics?: DeniedTopic[];
    /** Least scores, 0 to 0.99, of answers to requests that carry a source and a query. @default answers are not compared with sources */
    grounding?: { grounding: number; relevance: number };
    /** What the caller gets for a blocked prompt; 1 to 500 characters. @default "This request cannot be answered." */
    blockedInputMessage?: string;
    /** What the caller gets for a blocked answer; 1 to 500 characters. @default "The answer to this request cannot be shown." */
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

/** The guardrail's arguments, lists in one order so that a second run finds no difference. */
export function guardrailArgs(given: GuardrailSettings, kmsKeyArn: pulumi.Input<string>, description: string): aws.bedrock.GuardrailArgs {
    const settings = withDefaults(given, DEFAULTS);
    const { contentFilters, promptAttack, personalData, deniedTopics, grounding } = settings;
    const filters = CONTENT_FILTERS.map((type) => {
        const strength = contentFilters[type] ?? "MEDIUM";
        return { type, inputStrength: strength, outputStrength: strength };
    });
    // Prompt attacks come in prompts: AWS refuses any strength but NONE for answers.
    const attacks = { type: "PROMPT_ATTACK", inputStrength: promptAttack, outputStrength: "NONE" };
    const entities = Object.entries(personalData).sort(([a], [b]) => (a < b ? -1 : 1));
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

/** A short fingerprint of what a guardrail does; the key is no part of it. */
export function policyFingerprint(args: aws.bedrock.GuardrailArgs): pulumi.Output<string> {
    return pulumi
        .jsonStringify({ ...args, kmsKeyArn: undefined })
        .apply((text) => createHash("sha256").update(text).digest("hex").slice(0, 12));
}

/** Checks the settings under their key `guardrail`. */
export function checkGuardrail(check: Check, given: GuardrailSettings): void {
    const settings = withDefaults(given, DEFAULTS);
    const { contentFilters, promptAttack, personalData, deniedTopics, grounding } = settings;
    const strengths = Object.values(contentFilters);
    check(strengths.every(isStrength), "guardrail.contentFilters", `must be ${STRENGTHS.join(", ")}`);
    const unknown = Object.keys(contentFilters).filter((type) => !(CONTENT_FILTERS as string[]).includes(type));
    check(
        unknown.length === 0,
        "guardrail.contentFilters",
        `must be of the kinds ${CONTENT_FILTERS.join(", ")}, not ${unknown.join(", ")}`,
    );
    check(isStrength(promptAttack), "guardrail.promptAttack", `must be ${STRENGTHS.join(", ")}`);
    check(
        Object.entries(personalData).every(([type, action]) => /^[A-Z_]+$/.test(type) && ["ANONYMIZE", "BLOCK"].includes(action)),
        "guardrail.personalData",
        "must give ANONYMIZE or BLOCK for types such as EMAIL",
    );
    const withinLimits = ({ name, definition, examples = [] }: DeniedTopic) =>
        isText(name, 100) && isText(definition, 200) && examples.length <= 5 && examples.every((example) => isText(example, 100));
    check(
        deniedTopics.length <= 30 && deniedTopics.every(withinLimits),
        "guardrail.deniedTopics",
        "must be up to 30, each with a name of up to 100 characters, a definition of up to 200 and up to 5 examples of up to 100",
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
const isText = (text: string, longest: number): boolean => text.length >= 1 && text.length <= longest;
