import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checkGuardrail, guardrailArgs, type GuardrailSettings, policyFingerprint } from "./guardrail";
import { checkInvocationLogging, InvocationLogging, type InvocationLoggingSettings } from "./invocation-logging";
import { guardrailStatements, invokeStatements, modelIdProblem } from "./models";
import { checkModelEndpoint, ModelEndpoint, type ModelEndpointSettings } from "../model-endpoint";
import { checked, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { checkLogs, type LogArgs, logArgsOf } from "../building-blocks/logs";
import { grant, type Grantee, type GrantParts } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Nodes, PartFactory, type Transforms } from "../building-blocks/parts";

export interface AiServicesArgs extends LogArgs {
    /**
     * IDs of the models that roles can call, at least one: foundation models in this region (`amazon.nova-lite-v1:0`) and
     * cross-region inference profiles (`us.anthropic.claude-sonnet-4-20250514-v1:0`).
     */
    models: string[];
    /**
     * Regions to which the inference profiles can route requests.
     * @default the regions of the profile's geography, which must include the provider's region
     */
    destinationRegions?: string[];
    /** ARN of the KMS key for the invocation logs and the endpoint. With `invocationLogging`, its policy must allow the Bedrock service. */
    kmsKeyArn: pulumi.Input<string>;
    /** ARN of the guardrail's KMS key. Don't use it for other data: every role that can call the models can decrypt with it. */
    guardrailKeyArn: pulumi.Input<string>;
    /** Guardrail policy. @default the defaults of `GuardrailSettings` */
    guardrail?: GuardrailSettings;
    /**
     * Denies model calls without the guardrail to every role passed to `grantInvoke`. Disable it for embedding models, which don't support
     * guardrails.
     * @default true
     */
    requireGuardrail?: boolean;
    /** Logs every model call. The setting exists once per account and region, so enable it in one stack only. @default none */
    invocationLogging?: InvocationLoggingSettings;
    /** Serverless endpoint for a custom model. @default none */
    endpoint?: ModelEndpointSettings;
    transform?: Transforms<AiServicesParts>;
}

export interface AiServicesParts extends GrantParts {
    guardrail: typeof aws.bedrock.Guardrail;
    guardrailVersion: typeof aws.bedrock.GuardrailVersion;
    invocationLogging?: typeof InvocationLogging;
    endpoint?: typeof ModelEndpoint;
}

const DEFAULTS = { guardrail: {}, requireGuardrail: true } satisfies Partial<AiServicesArgs>;
type Resolved = WithDefaults<AiServicesArgs, typeof DEFAULTS>;

/**
 * A Bedrock guardrail with a published version, permissions for a list of models, invocation logging, and an optional SageMaker endpoint.
 *
 * A change of the guardrail publishes a new version, and callers switch to it in the same update. Before the first call of a model, you might
 * have to accept the provider's agreement in the Bedrock console.
 *
 * Costs: none while idle. Models are billed per token. The guardrail costs 0.15 USD per 1,000 text units (of 1,000 characters) for content
 * filters and for denied topics, and 0.10 USD for personal data.
 */
export class AiServices extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title = "AI (Bedrock)";
    readonly models: readonly string[];
    readonly guardrailId: pulumi.Output<string>;
    readonly guardrailArn: pulumi.Output<string>;
    /** Number of the published guardrail version. */
    readonly guardrailVersion: pulumi.Output<string>;
    readonly invocationLogging?: InvocationLogging;
    readonly endpoint?: ModelEndpoint;
    private readonly args: Resolved;

    readonly nodes: Nodes<AiServicesParts>;
    private readonly parts: PartFactory<AiServicesParts>;

    constructor(name: string, inputs: AiServicesArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:AiServices", name, validated(name, args), opts);
        this.parts = new PartFactory<AiServicesParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.args = args;
        this.models = args.models;
        const { guardrail, version } = this.createGuardrail();
        this.guardrailId = guardrail.guardrailId;
        this.guardrailArn = guardrail.guardrailArn;
        this.guardrailVersion = version.version;
        if (args.invocationLogging) this.invocationLogging = this.logInvocations(args.invocationLogging);
        if (args.endpoint) this.endpoint = this.createEndpoint(args.endpoint);
        this.registerOutputs({ guardrailId: this.guardrailId, guardrailVersion: this.guardrailVersion });
    }

    /** Grants a role permission to call the models with the guardrail. */
    grantInvoke(grantee: Grantee): aws.iam.RolePolicy {
        const { models, destinationRegions, guardrailKeyArn, requireGuardrail } = this.args;
        const region = regionOf(this);
        return grant(this.parts, this.logicalName, grantee, "invoke", [
            ...invokeStatements({ models, destinationRegions, region, account: accountOf(this) }),
            ...guardrailStatements(this.guardrailArn, requireGuardrail),
            // No kms:ViaService condition: AWS doesn't document that Bedrock sets it for guardrails, and the AWS example has no condition.
            // This is why the guardrail needs its own key.
            { Effect: "Allow", Action: "kms:Decrypt", Resource: guardrailKeyArn },
        ]);
    }

    /**
     * Grants a role permission to invoke the SageMaker endpoint.
     *
     * @throws Error if `endpoint` isn't configured
     */
    grantInvokeEndpoint(grantee: Grantee): aws.iam.RolePolicy {
        if (!this.endpoint) throw new Error(`AiServices "${this.logicalName}": grantInvokeEndpoint requires the argument "endpoint"`);
        return this.endpoint.grantInvoke(grantee);
    }

    get alarms(): AlarmDefinition[] {
        // Sorted, so that the dashboard doesn't change with the order of the models.
        const models = [...this.models].sort().flatMap((model): AlarmDefinition[] => {
            const metric = {
                namespace: "AWS/Bedrock",
                dimensions: { ModelId: model },
                statistic: "Sum",
                period: 300,
                comparison: "above" as const,
            };
            const suffix = model.replace(/[^a-z0-9]+/g, "-");
            return [
                {
                    ...metric,
                    name: `throttles-${suffix}`,
                    description: `Bedrock throttles calls of ${model}. Reduce the request rate or request a higher quota.`,
                    severity: "ticket",
                    metricName: "InvocationThrottles",
                    periods: 3,
                    threshold: 10,
                },
                {
                    ...metric,
                    name: `server-errors-${suffix}`,
                    description: `Bedrock returns server errors for ${model}. See the AWS Health Dashboard; another model or profile might work.`,
                    severity: "ticket",
                    metricName: "InvocationServerErrors",
                    periods: 2,
                    threshold: 5,
                },
            ];
        });
        const endpoint = (this.endpoint?.alarms ?? []).map((alarm) => ({ ...alarm, name: `endpoint-${alarm.name}` }));
        return [...models, ...endpoint];
    }

    private createGuardrail(): { guardrail: aws.bedrock.Guardrail; version: aws.bedrock.GuardrailVersion } {
        const { args, logicalName } = this;
        const inputs = guardrailArgs(args.guardrail, args.guardrailKeyArn, `Guardrail of ${logicalName}`);
        const policy = this.parts.argsOf("guardrail", aws.bedrock.Guardrail, `${logicalName}-guardrail`, inputs);
        const guardrail = this.parts.create("guardrail", aws.bedrock.Guardrail, `${logicalName}-guardrail`, inputs);
        // Versions are immutable. The policy hash in the description forces a replacement, and thus a new version, when the policy changes.
        const version = this.parts.create("guardrailVersion", aws.bedrock.GuardrailVersion, `${logicalName}-guardrail-version`, {
            guardrailArn: guardrail.guardrailArn,
            description: pulumi.interpolate`policy ${policyFingerprint(policy)}`,
        });
        return { guardrail, version };
    }

    private logInvocations(settings: InvocationLoggingSettings): InvocationLogging {
        return this.parts.create("invocationLogging", InvocationLogging, `${this.logicalName}-calls`, {
            ...settings,
            ...this.encryption(),
        });
    }

    private createEndpoint(settings: ModelEndpointSettings): ModelEndpoint {
        return this.parts.create("endpoint", ModelEndpoint, `${this.logicalName}-model`, { ...settings, ...this.encryption() });
    }

    private encryption(): LogArgs & { kmsKeyArn: pulumi.Input<string> } {
        return { kmsKeyArn: this.args.kmsKeyArn, ...logArgsOf(this.args) };
    }
}

function validated(name: string, args: Resolved) {
    return checked("AiServices", name, args, (check) => {
        const { models, destinationRegions = [], guardrail, invocationLogging, endpoint } = args;
        check(name.length <= 32, "name", "must be at most 32 characters, because guardrail names are limited to 50");
        check(models.length > 0 && new Set(models).size === models.length, "models", "must contain at least one model and no duplicates");
        for (const model of models) {
            const problem = modelIdProblem(model);
            check(problem === undefined, "models", problem ?? "");
        }
        const areRegions = destinationRegions.every((region) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(region));
        check(areRegions, "destinationRegions", "must be regions such as us-east-1");
        checkGuardrail(check, guardrail);
        if (endpoint) checkModelEndpoint(check, endpoint, "endpoint.");
        checkLogs(check, args);
        if (invocationLogging) checkInvocationLogging(check, invocationLogging);
    });
}
