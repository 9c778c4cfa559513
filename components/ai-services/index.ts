import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checkGuardrail, guardrailArgs, type GuardrailSettings, policyFingerprint } from "./guardrail";
import { checkInvocationLogging, InvocationLogging, type InvocationLoggingSettings } from "./invocation-logging";
import { guardrailStatements, invokeStatements, parseModelId } from "./models";
import { checkModelEndpoint, ModelEndpoint, type ModelEndpointSettings } from "../model-endpoint";
import { checked, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { checkLogs, type LogArgs } from "../building-blocks/logs";
import { grant, type Grantee } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Transform, transformed } from "../building-blocks/transform";

export interface AiServicesArgs extends LogArgs {
    /**
     * What may be called: models of this region (`amazon.nova-lite-v1:0`) and inference profiles of a geography
     * (`us.anthropic.claude-sonnet-4-20250514-v1:0`). One or more.
     */
    models: string[];
    /**
     * Regions to which the profiles may send a request, in place of those that this library knows of the geography.
     * @default the geography's
     */
    destinationRegions?: string[];
    /** KMS key of the invocation logs and the endpoint. With invocation logging its policy must let in the service `bedrock`. */
    kmsKeyArn: pulumi.Input<string>;
    /** KMS key of the guardrail, and of nothing else: every role that may call the models may decrypt with it, by whatever way. */
    guardrailKeyArn: pulumi.Input<string>;
    /** What the guardrail filters. @default as `GuardrailSettings` says */
    guardrail?: GuardrailSettings;
    /**
     * Refuses calls without the guardrail, to every role that `grantInvoke` was given. Not for embedding models: these take no guardrail.
     * @default true
     */
    requireGuardrail?: boolean;
    /** Logs every call of a model. A setting of the account and region: for one stack in them. @default none */
    invocationLogging?: InvocationLoggingSettings;
    /** A model of one's own, where image and model data exist. @default none */
    endpoint?: ModelEndpointSettings;
    transform?: { guardrail?: Transform<aws.bedrock.GuardrailArgs> };
}

const DEFAULTS = { guardrail: {}, requireGuardrail: true } satisfies Partial<AiServicesArgs>;
type Resolved = WithDefaults<AiServicesArgs, typeof DEFAULTS>;

/**
 * What the platform's AI stands on: a Bedrock guardrail in a fixed version, permission to call the models named and no others, logs of
 * their calls, and a SageMaker endpoint where a model is configured.
 *
 * A changed guardrail is published as a new version; callers go over to it with the same `up`. A first call of a model by the account may
 * need its provider's agreement in the Bedrock console. Costs nothing while idle; models by token, the guardrail 0.15 USD per 1,000 text
 * units (1,000 characters) of content filters or topics and 0.10 USD of personal data.
 */
export class AiServices extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title = "AI (Bedrock)";
    readonly models: readonly string[];
    readonly guardrailId: pulumi.Output<string>;
    readonly guardrailArn: pulumi.Output<string>;
    /** Number of the published version. */
    readonly guardrailVersion: pulumi.Output<string>;
    readonly invocationLogging?: InvocationLogging;
    readonly endpoint?: ModelEndpoint;
    private readonly args: Resolved;

    constructor(name: string, given: AiServicesArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:AiServices", name, validated(name, args), opts);
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

    /** Lets a role call the models, with the guardrail. */
    grantInvoke(grantee: Grantee): void {
        const { models, destinationRegions, guardrailKeyArn, requireGuardrail } = this.args;
        const region = regionOf(this);
        grant(this, this.logicalName, grantee, "invoke", [
            ...invokeStatements({ models, destinationRegions, region, account: accountOf(this) }),
            ...guardrailStatements(this.guardrailArn, requireGuardrail),
            // Without kms:ViaService: nothing says that Bedrock's runtime passes it, and AWS's example has no condition ("Encryption of
            // guardrails"). That is why the key is the guardrail's alone.
            { Effect: "Allow", Action: "kms:Decrypt", Resource: guardrailKeyArn },
        ]);
    }

    /**
     * Lets a role ask the model behind the SageMaker endpoint.
     *
     * @throws Error where there is none
     */
    grantInvokeEndpoint(grantee: Grantee): void {
        if (!this.endpoint) throw new Error(`AiServices "${this.logicalName}": there is no endpoint to grant; configure "endpoint"`);
        this.endpoint.grantInvoke(grantee);
    }

    get alarms(): AlarmDefinition[] {
        const models = this.models.flatMap((model): AlarmDefinition[] => {
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
                    description: `Bedrock refuses calls of ${model} for want of quota: slow the callers, or ask for a higher quota.`,
                    severity: "ticket",
                    metricName: "InvocationThrottles",
                    periods: 3,
                    threshold: 10,
                },
                {
                    ...metric,
                    name: `server-errors-${suffix}`,
                    description: `Bedrock fails to run ${model}: see AWS's health dashboard; another model or profile may work.`,
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
        const described = guardrailArgs(args.guardrail, args.guardrailKeyArn, `Guardrail of ${logicalName}`);
        const policy = transformed(args.transform?.guardrail, described);
        const guardrail = new aws.bedrock.Guardrail(`${logicalName}-guardrail`, policy, { parent: this });
        // A version is a copy that never changes. Its description can only be replaced: so a changed policy publishes a new version.
        const version = new aws.bedrock.GuardrailVersion(
            `${logicalName}-guardrail-version`,
            { guardrailArn: guardrail.guardrailArn, description: pulumi.interpolate`policy ${policyFingerprint(policy)}` },
            { parent: this },
        );
        return { guardrail, version };
    }

    private logInvocations(settings: InvocationLoggingSettings): InvocationLogging {
        const { kmsKeyArn, logKeyArn, logRetentionDays } = this.args;
        return new InvocationLogging(
            `${this.logicalName}-calls`,
            { ...settings, kmsKeyArn, logKeyArn, logRetentionDays },
            { parent: this },
        );
    }

    private createEndpoint(settings: ModelEndpointSettings): ModelEndpoint {
        const { kmsKeyArn, logKeyArn, logRetentionDays } = this.args;
        return new ModelEndpoint(`${this.logicalName}-model`, { ...settings, kmsKeyArn, logKeyArn, logRetentionDays }, { parent: this });
    }
}

function validated(name: string, args: Resolved) {
    return checked("AiServices", name, args, (check) => {
        const { models, destinationRegions = [], guardrail, invocationLogging, endpoint } = args;
        check(name.length <= 32, "name", "must be 32 characters or fewer: a guardrail's takes 50");
        check(models.length > 0 && new Set(models).size === models.length, "models", "must be one or more, each once");
        for (const model of models) {
            const forms = "must be model ids such as amazon.nova-lite-v1:0 or profile ids such as us.amazon.nova-lite-v1:0";
            check(parseModelId(model) !== undefined, "models", `${forms}, not "${model}"`);
        }
        const regions = destinationRegions.every((region) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(region));
        check(regions, "destinationRegions", "must be regions such as us-east-1");
        checkGuardrail(check, guardrail);
        if (endpoint) checkModelEndpoint(check, endpoint, "endpoint.");
        checkLogs(check, args);
        if (invocationLogging) checkInvocationLogging(check, invocationLogging);
    });
}
