import { parseConfig } from "../../stacks/config";
import { type ConfiguredStack, type Disagreement, disagreements } from "../../stacks/config/agreement";
import type { Setting } from "../../stacks/config/configured-stack";
import { misspelledNamespaces, valuesBelow } from "../../stacks/config/namespace";
import { encryptedProblems } from "../../stacks/config/secrets";
import { PROJECT } from "../../stacks/names";
import { messageOf } from "../../components/internal/unknown";
import { missingValues, readStackFile, stackNames } from "./stack-file";
import { standIn } from "./stand-in";

interface StackFiles {
    valid: ConfiguredStack[];
    /** Problems within a single file, by stack. */
    invalid: Record<string, string[]>;
    /** Pulumi ESC environments of the files that import any, by stack. */
    environments: Record<string, string[]>;
}

export interface StackCheck {
    /** The stacks whose files are valid. */
    stacks: string[];
    invalid: StackFiles["invalid"];
    /** Conflicts between the valid files. */
    disagreements: Disagreement[];
}

/** Validates all stack files in a folder, and checks whether they agree with each other. */
export function checkStacks(directory: string): StackCheck {
    const { valid, invalid, environments } = readStackFiles(directory);
    const isComplete = Object.keys(invalid).length === 0;
    const found = [
        ...disagreements(valid, isComplete),
        ...valid.flatMap(plainWebhooks),
        ...valid.flatMap(plainClientSecrets),
        ...unread(environments),
    ];
    return { stacks: valid.map(({ stack }) => stack), invalid, disagreements: found };
}

const unread = (environments: StackFiles["environments"]): Disagreement[] =>
    Object.entries(environments).map(([stack, names]) => ({
        severity: "warning",
        problem: missingValues(names),
        settings: [{ stack, key: "environment", value: names }],
    }));

/** Anyone who knows the address of a webhook can page the team. Encrypted addresses have been replaced by placeholders. */
function plainWebhooks({ stack, values }: ConfiguredStack): Disagreement[] {
    const key = `${PROJECT}:observability`;
    const plain = values.observability.pagingWebhooks.filter((url, i) => url !== standIn([key, "pagingWebhooks", i]));
    if (plain.length === 0) return [];
    return [inPlainText("webhooks", { stack, key: `number of ${key}.pagingWebhooks`, value: plain.length })];
}

/** The secrets of external identity providers. */
function plainClientSecrets({ stack, values }: ConfiguredStack): Disagreement[] {
    const key = `${PROJECT}:identity`;
    return Object.entries(values.identity.providers).flatMap(([name, provider]): Disagreement[] => {
        if (provider.type !== "oidc" || provider.clientSecret === standIn([key, "providers", name, "clientSecret"])) return [];
        return [inPlainText("client secrets", { stack, key: `${key}.providers.${name}.clientSecret`, value: "[not encrypted]" })];
    });
}

/** @param setting must not contain the value itself */
const inPlainText = (what: string, setting: Setting): Disagreement => ({
    severity: "warning",
    problem: `in plain text: set ${what} with pulumi config set --path --secret`,
    settings: [setting],
});

/** Validates each stack file in a folder separately. */
export function readStackFiles(directory: string): StackFiles {
    const valid: ConfiguredStack[] = [];
    const invalid: StackFiles["invalid"] = {};
    const environments: StackFiles["environments"] = {};
    for (const stack of stackNames(directory)) {
        try {
            const {
                config,
                secretKeys,
                environments: imported,
            } = readStackFile({ directory, project: PROJECT, stack, overrides: [], standIn });
            if (imported.length > 0) environments[stack] = imported;
            const aws = valuesBelow("aws", config);
            const { values, problems: own } = parseConfig(valuesBelow(PROJECT, config), aws, stack);
            const encrypted = encryptedProblems((key) => secretKeys.includes(key));
            const problems = [...misspelledNamespaces(config), ...encrypted, ...own];
            if (!values || problems.length > 0) invalid[stack] = problems;
            else valid.push({ stack, region: String(aws.region), accounts: (aws.allowedAccountIds as string[] | undefined) ?? [], values });
        } catch (error) {
            invalid[stack] = [messageOf(error)];
        }
    }
    return { valid, invalid, environments };
}

/** Whether the stacks can't be deployed together. Warnings don't count. */
export const hasErrors = ({ invalid, disagreements: found }: StackCheck): boolean =>
    Object.keys(invalid).length > 0 || found.some(({ severity }) => severity === "error");

/** A setting in one line: `prod  ai-platform:database.dbName: "app"`. */
export const settingText = ({ stack, key, value }: Setting): string =>
    `${stack}  ${key}: ${value === undefined ? "not set" : JSON.stringify(value)}`;

export function renderCheck(result: StackCheck): string {
    const { stacks, invalid, disagreements: found } = result;
    const files = Object.entries(invalid).map(([stack, problems]) => [
        `error: Pulumi.${stack}.yaml is invalid:`,
        ...problems.map((it) => `    ${it}`),
    ]);
    const lines = found.map(({ severity, problem, settings }) => [
        `${severity}: ${problem}`,
        ...settings.map((setting) => `    ${settingText(setting)}`),
    ]);
    const summary = hasErrors(result) ? "the stack files have errors" : `${stacks.length} stack files agree: ${stacks.join(", ")}`;
    return [...files, ...lines, [summary]].map((part) => part.join("\n")).join("\n\n");
}
