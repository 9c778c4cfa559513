import type { GrantParts } from "../building-blocks/iam";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { type Check, checkBetween, checked, checkOneOf, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { checkLogs, forwardLogs, type LogArgs, logGroupArgs, type LogParts } from "../building-blocks/logs";
import { grant, type Grantee, KMS_DECRYPT, ServiceRole, type Statement, useKeyVia } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { ecrImage } from "../image-repository/ecr-image";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Nodes, PartFactory, type Transforms } from "../building-blocks/parts";

export interface ModelEndpointSettings {
    /** ECR image in this region with the inference code: `<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>`. */
    image: pulumi.Input<string>;
    /** S3 URL of the model archive: `s3://<bucket>/<key>.tar.gz`. */
    modelDataUrl: pulumi.Input<string>;
    /** ARN of the KMS key that encrypts the archive. @default none: SSE-S3 */
    modelDataKeyArn?: pulumi.Input<string>;
    /** Memory in MiB: 1024, 2048, 3072, 4096, 5120, or 6144. @default 2048 */
    memorySizeInMb?: number;
    /** Maximum number of concurrent requests, 1 to 200. @default 5 */
    maxConcurrency?: number;
    /** Environment variables of the container. Don't pass secrets. @default none */
    environment?: Record<string, pulumi.Input<string>>;
}

export interface ModelEndpointArgs extends ModelEndpointSettings, LogArgs {
    /** ARN of the KMS key for the endpoint's storage. */
    kmsKeyArn: pulumi.Input<string>;
    transform?: Transforms<ModelEndpointParts>;
}

export interface ModelEndpointParts extends GrantParts, LogParts {
    suffix: typeof random.RandomId;
    logs: typeof aws.cloudwatch.LogGroup;
    role: typeof ServiceRole;
    endpoint: typeof aws.sagemaker.Endpoint;
    model: typeof aws.sagemaker.Model;
    configuration: typeof aws.sagemaker.EndpointConfiguration;
}

/** Memory sizes of serverless endpoints in MiB. */
export const MEMORY_SIZES = [1024, 2048, 3072, 4096, 5120, 6144] as const;
/** Lowest and highest values. */
export const BOUNDS = { maxConcurrency: [1, 200] } as const;

export const ENDPOINT_DEFAULTS = { memorySizeInMb: 2048, maxConcurrency: 5 } satisfies Partial<ModelEndpointSettings>;
type Resolved = WithDefaults<ModelEndpointArgs, typeof ENDPOINT_DEFAULTS>;

const VARIANT = "main";

/**
 * SageMaker model with a serverless endpoint, which runs on CPUs and costs nothing while idle.
 *
 * Serverless endpoints don't support VPCs, network isolation, GPUs, or data capture (AWS guide: "Serverless Inference: feature exclusions").
 * The role of the container can only read the model archive and the image, and write to the log group. A new image or archive replaces the
 * model and its configuration, and updates the endpoint without downtime.
 */
export class ModelEndpoint extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title: string;
    readonly endpointName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;

    readonly nodes: Nodes<ModelEndpointParts>;
    private readonly parts: PartFactory<ModelEndpointParts>;

    constructor(name: string, inputs: ModelEndpointArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, ENDPOINT_DEFAULTS);
        super("ai-platform:components:ModelEndpoint", name, validated(name, args), opts);
        this.parts = new PartFactory<ModelEndpointParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.title = `Model endpoint ${name}`;
        const suffix = this.parts.create("suffix", random.RandomId, `${name}-suffix`, { byteLength: 4 });
        const endpointName = pulumi.interpolate`${name}-${suffix.hex}`;
        // If the log group is missing, SageMaker creates one without encryption or expiration. The random suffix makes its name known in advance.
        const logs = this.parts.create(
            "logs",
            aws.cloudwatch.LogGroup,
            `${name}-logs`,
            logGroupArgs(args, "application", pulumi.interpolate`/aws/sagemaker/Endpoints/${endpointName}`),
        );
        forwardLogs(this.parts, `${name}-logs`, logs, args);
        const role = this.createRole();
        const rolePolicy = role.allow("run", this.statements(args, logs));
        const configuration = this.createConfiguration(this.createModel(args, role, rolePolicy), args);
        const endpoint = this.parts.create(
            "endpoint",
            aws.sagemaker.Endpoint,
            `${name}-endpoint`,
            { name: endpointName, endpointConfigName: configuration.name },
            { dependsOn: [logs] },
        );
        this.endpointName = endpoint.name;
        this.arn = endpoint.arn;
        this.registerOutputs({ endpointName: this.endpointName, arn: this.arn });
    }

    /** Grants a role permission to invoke the endpoint. */
    grantInvoke(grantee: Grantee): aws.iam.RolePolicy {
        return grant(this.parts, this.logicalName, grantee, "invoke", [
            { Effect: "Allow", Action: "sagemaker:InvokeEndpoint", Resource: this.arn },
        ]);
    }

    get alarms(): AlarmDefinition[] {
        return [
            {
                name: "server-errors",
                description: "The model container returns errors. Check its log group.",
                severity: "ticket",
                namespace: "AWS/SageMaker",
                metricName: "Invocation5XXErrors",
                dimensions: { EndpointName: this.endpointName, VariantName: VARIANT },
                statistic: "Sum",
                period: 300,
                periods: 2,
                comparison: "above",
                threshold: 0,
            },
        ];
    }

    private createRole(): ServiceRole {
        const account = accountOf(this);
        const condition = {
            StringEquals: { "aws:SourceAccount": account },
            ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:aws:sagemaker:${regionOf(this)}:${account}:*` },
        };
        const description = `Runs the model of ${this.logicalName}`;
        return this.parts.create("role", ServiceRole, `${this.logicalName}-role`, {
            service: "sagemaker.amazonaws.com",
            description,
            condition,
        });
    }

    private statements(args: ModelEndpointArgs, logs: aws.cloudwatch.LogGroup): Statement[] {
        const { modelDataKeyArn } = args;
        return [
            { Effect: "Allow", Action: ["s3:GetObject"], Resource: pulumi.output(args.modelDataUrl).apply(objectArn) },
            ...(modelDataKeyArn === undefined ? [] : [useKeyVia("s3", regionOf(this), modelDataKeyArn, KMS_DECRYPT)]),
            {
                Effect: "Allow",
                Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                Resource: pulumi.output(args.image).apply(repositoryArn),
            },
            // GetAuthorizationToken doesn't support resource-level permissions.
            { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
            {
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                Resource: pulumi.interpolate`${logs.arn}:*`,
            },
        ];
    }

    private createModel(args: ModelEndpointArgs, role: ServiceRole, rolePolicy: pulumi.Resource): aws.sagemaker.Model {
        const { image, modelDataUrl, environment } = args;
        return this.parts.create(
            "model",
            aws.sagemaker.Model,
            `${this.logicalName}-model`,
            {
                executionRoleArn: role.arn,
                primaryContainer: { image, modelDataUrl, environment },
            },
            { dependsOn: [rolePolicy] },
        );
    }

    private createConfiguration(model: aws.sagemaker.Model, args: Resolved): aws.sagemaker.EndpointConfiguration {
        const serverlessConfig = { memorySizeInMb: args.memorySizeInMb, maxConcurrency: args.maxConcurrency };
        return this.parts.create("configuration", aws.sagemaker.EndpointConfiguration, `${this.logicalName}-configuration`, {
            kmsKeyArn: args.kmsKeyArn,
            productionVariants: [{ variantName: VARIANT, modelName: model.name, serverlessConfig }],
        });
    }
}

const REPOSITORY = /^[a-z0-9._/-]+$/;
export const MODEL_DATA = /^s3:\/\/([a-z0-9.-]+\/.+)$/;

/** ARN of the object at an `s3://` URL. */
function objectArn(url: string): string {
    return `arn:aws:s3:::${MODEL_DATA.exec(url)?.[1] ?? ""}`;
}

/** ARN of the repository of an ECR image. */
const repositoryArn = (image: string): string => ecrImage(image)?.repositoryArn ?? "";

function validated(name: string, args: ModelEndpointArgs) {
    return checked("ModelEndpoint", name, args, (check) => {
        check(name.length <= 40, "name", "must be at most 40 characters, because endpoint names are limited to 63");
        checkModelEndpoint(check, args);
        checkLogs(check, args);
    });
}

/** Validates the endpoint settings. `path` is the prefix of the argument names in messages. */
export function checkModelEndpoint(check: Check, settings: ModelEndpointSettings, path = ""): void {
    const { image, modelDataUrl, memorySizeInMb, maxConcurrency } = withDefaults(settings, ENDPOINT_DEFAULTS);
    const isImage = typeof image !== "string" || REPOSITORY.test(ecrImage(image)?.repository ?? "");
    check(isImage, `${path}image`, "must be an ECR image: <account>.dkr.ecr.<region>.amazonaws.com/...");
    check(typeof modelDataUrl !== "string" || MODEL_DATA.test(modelDataUrl), `${path}modelDataUrl`, "must be s3://<bucket>/<key>");
    checkOneOf<number>(check, `${path}memorySizeInMb`, memorySizeInMb, MEMORY_SIZES);
    checkBetween(check, `${path}maxConcurrency`, maxConcurrency, BOUNDS.maxConcurrency);
}
