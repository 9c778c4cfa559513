import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { type Check, checked, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { checkLogs, type LogArgs, logGroup } from "../building-blocks/logs";
import { grant, type Grantee, KMS_DECRYPT, ServiceRole, type Statement, useKeyVia } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Transform, transformed } from "../building-blocks/transform";

export interface ModelEndpointSettings {
    /** Image with the inference code, in ECR of this region: `<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>`. */
    image: pulumi.Input<string>;
    /** The model's archive: `s3://<bucket>/<key>.tar.gz`. */
    modelDataUrl: pulumi.Input<string>;
    /** KMS key of the archive. @default none: SSE-S3 */
    modelDataKeyArn?: pulumi.Input<string>;
    /** MiB: 1024, 2048, 3072, 4096, 5120 or 6144. @default 2048 */
    memoryMb?: number;
    /** Requests at the same time, 1 to 200. @default 5 */
    maxConcurrency?: number;
    /** Environment variables of the container. No secrets. @default none */
    environment?: Record<string, pulumi.Input<string>>;
}

export interface ModelEndpointArgs extends ModelEndpointSettings, LogArgs {
    /** KMS key of the endpoint's storage. */
    kmsKeyArn: pulumi.Input<string>;
    transform?: {
        model?: Transform<aws.sagemaker.ModelArgs>;
        configuration?: Transform<aws.sagemaker.EndpointConfigurationArgs>;
        endpoint?: Transform<aws.sagemaker.EndpointArgs>;
    };
}

const DEFAULTS = { memoryMb: 2048, maxConcurrency: 5 } satisfies Partial<ModelEndpointSettings>;
type Resolved = WithDefaults<ModelEndpointArgs, typeof DEFAULTS>;

const VARIANT = "main";

/**
 * A SageMaker model behind a serverless endpoint: it runs while it is asked, on CPUs, and nothing is paid while idle.
 *
 * AWS offers serverless endpoints neither a VPC nor network isolation, GPUs nor data capture ("Serverless Inference: feature exclusions"): the
 * container gets nothing but its role, which can read this model and its image and write this log. A new image or archive replaces model
 * and configuration and updates the endpoint without a break.
 */
export class ModelEndpoint extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title: string;
    readonly endpointName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;

    constructor(name: string, given: ModelEndpointArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:ModelEndpoint", name, validated(name, args), opts);
        this.logicalName = name;
        this.title = `Model endpoint ${name}`;
        const suffix = new random.RandomId(`${name}-suffix`, { byteLength: 4 }, { parent: this });
        const endpointName = pulumi.interpolate`${name}-${suffix.hex}`;
        // SageMaker makes the group itself where it is missing: unencrypted and for ever. So the name must be known beforehand.
        const logs = logGroup(`${name}-logs`, args, { parent: this }, pulumi.interpolate`/aws/sagemaker/Endpoints/${endpointName}`);
        const role = this.createRole();
        const reading = role.allow("run", this.statements(args, logs), { parent: this });
        const configuration = this.createConfiguration(this.createModel(args, role, reading), args);
        const endpoint = new aws.sagemaker.Endpoint(
            `${name}-endpoint`,
            transformed(args.transform?.endpoint, { name: endpointName, endpointConfigName: configuration.name }),
            { parent: this, dependsOn: [logs] },
        );
        this.endpointName = endpoint.name;
        this.arn = endpoint.arn;
        this.registerOutputs({ endpointName: this.endpointName, arn: this.arn });
    }

    /** Lets a role ask the model. */
    grantInvoke(grantee: Grantee): void {
        grant(this, this.logicalName, grantee, "invoke", [{ Effect: "Allow", Action: "sagemaker:InvokeEndpoint", Resource: this.arn }]);
    }

    get alarms(): AlarmDefinition[] {
        return [
            {
                name: "server-errors",
                description: "The model's container fails: look into its log group.",
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
        return new ServiceRole(
            `${this.logicalName}-role`,
            { service: "sagemaker.amazonaws.com", description: `Runs the model of ${this.logicalName}`, condition },
            { parent: this },
        );
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
            // The token has no resource.
            { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
            {
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                Resource: pulumi.interpolate`${logs.arn}:*`,
            },
        ];
    }

    private createModel(args: ModelEndpointArgs, role: ServiceRole, reading: pulumi.Resource): aws.sagemaker.Model {
        const { image, modelDataUrl, environment } = args;
        return new aws.sagemaker.Model(
            `${this.logicalName}-model`,
            transformed(args.transform?.model, {
                executionRoleArn: role.arn,
                primaryContainer: { image, modelDataUrl, environment },
            }),
            // SageMaker tries to read the archive when the model is made.
            { parent: this, dependsOn: [reading] },
        );
    }

    private createConfiguration(model: aws.sagemaker.Model, args: Resolved): aws.sagemaker.EndpointConfiguration {
        const serverlessConfig = { memorySizeInMb: args.memoryMb, maxConcurrency: args.maxConcurrency };
        return new aws.sagemaker.EndpointConfiguration(
            `${this.logicalName}-configuration`,
            transformed(args.transform?.configuration, {
                kmsKeyArn: args.kmsKeyArn,
                productionVariants: [{ variantName: VARIANT, modelName: model.name, serverlessConfig }],
            }),
            { parent: this },
        );
    }
}

const IMAGE = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([a-z0-9._/-]+?)(?:[:@].+)?$/;
const MODEL_DATA = /^s3:\/\/([a-z0-9.-]+\/.+)$/;

/** ARN of the object at an `s3://` URL. */
function objectArn(url: string): string {
    return `arn:aws:s3:::${MODEL_DATA.exec(url)?.[1] ?? ""}`;
}

/** ARN of the repository of an image in ECR. */
function repositoryArn(image: string): string {
    const [, account = "", region = "", repository = ""] = IMAGE.exec(image) ?? [];
    return `arn:aws:ecr:${region}:${account}:repository/${repository}`;
}

function validated(name: string, args: ModelEndpointArgs) {
    return checked("ModelEndpoint", name, args, (check) => {
        check(name.length <= 40, "name", "must be 40 characters or fewer: the endpoint's takes 63");
        checkModelEndpoint(check, args);
        checkLogs(check, args);
    });
}

/** The rules for what an endpoint takes. `path` is prepended to the arguments' names. */
export function checkModelEndpoint(check: Check, settings: ModelEndpointSettings, path = ""): void {
    const { image, modelDataUrl, memoryMb, maxConcurrency } = withDefaults(settings, DEFAULTS);
    const isImage = typeof image !== "string" || IMAGE.test(image);
    check(isImage, `${path}image`, "must be an image of ECR: <account>.dkr.ecr.<region>.amazonaws.com/...");
    check(typeof modelDataUrl !== "string" || MODEL_DATA.test(modelDataUrl), `${path}modelDataUrl`, "must be s3://<bucket>/<key>");
    check(isBetween(memoryMb / 1024, 1, 6), `${path}memoryMb`, "must be 1024, 2048, 3072, 4096, 5120 or 6144");
    check(isBetween(maxConcurrency, 1, 200), `${path}maxConcurrency`, "must be between 1 and 200");
}
