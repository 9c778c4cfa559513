import { type Compute, text, short, dashed, upper, byName } from "./computed";
import type { Value } from "./values";

/** Edge, API, identity, functions, events, observability, delivery, and AI. */
export const EDGE_AND_EVENTS: Record<string, Compute> = {
    "aws:cloudfront/distribution:Distribution": ({ hash, account }) => ({
        id: `E${upper(hash)}`,
        arn: `arn:aws:cloudfront::${account}:distribution/E${upper(hash)}`,
        domainName: `d${hash.slice(0, 13)}.cloudfront.net`,
        hostedZoneId: "Z2FDTNDATAQYW2",
        status: "Deployed",
        etag: `E${upper(hash, 12)}`,
    }),
    "aws:cloudfront/function:Function": ({ physical, account }) => ({
        id: physical,
        arn: `arn:aws:cloudfront::${account}:function/${physical}`,
    }),
    "aws:cloudfront/originAccessControl:OriginAccessControl": ({ hash }) => ({ id: `E${upper(hash)}` }),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": ({ hash }) => ({ id: dashed(hash) }),
    "aws:wafv2/webAcl:WebAcl": ({ physical, arn, hash, inputs }) => ({
        id: dashed(hash),
        arn: arn(`${inputs.scope === "CLOUDFRONT" ? "global" : "regional"}/webacl/${physical}/${dashed(hash)}`),
        capacity: 1000,
    }),
    "aws:acm/certificate:Certificate": ({ arn, hash, inputs }) => {
        const names = [inputs.domainName, ...((inputs.subjectAlternativeNames as Value[] | undefined) ?? [])].map(String);
        return {
            id: arn(`certificate/${dashed(hash)}`),
            arn: arn(`certificate/${dashed(hash)}`),
            domainValidationOptions: [...new Set(names)].map((domainName) => ({
                domainName,
                resourceRecordName: `_${hash.slice(0, 32)}.${domainName}.`,
                resourceRecordType: "CNAME",
                resourceRecordValue: `_${hash.slice(32, 64)}.acm-validations.aws.`,
            })),
        };
    },
    "aws:acm/certificateValidation:CertificateValidation": ({ inputs, hash }) => ({
        id: dashed(hash),
        certificateArn: inputs.certificateArn ?? "",
    }),
    "aws:route53/record:Record": ({ inputs }) => ({
        id: `${text(inputs.zoneId)}_${text(inputs.name)}_${text(inputs.type)}`,
        fqdn: inputs.name ?? "",
    }),
    "aws:route53/healthCheck:HealthCheck": ({ hash }) => ({ id: dashed(hash), arn: `arn:aws:route53:::healthcheck/${dashed(hash)}` }),
    "aws:apigateway/restApi:RestApi": ({ hash, region, account }) => ({
        id: short(hash, 10),
        arn: `arn:aws:apigateway:${region}::/restapis/${short(hash, 10)}`,
        rootResourceId: hash.slice(10, 20),
        executionArn: `arn:aws:execute-api:${region}:${account}:${short(hash, 10)}`,
    }),
    "aws:apigateway/resource:Resource": ({ hash, inputs }) => ({ id: short(hash, 6), path: `/${text(inputs.pathPart)}` }),
    "aws:apigateway/stage:Stage": ({ inputs, region, account }) => {
        const api = text(inputs.restApi);
        const stage = text(inputs.stageName);
        return {
            id: `ags-${api}-${stage}`,
            arn: `arn:aws:apigateway:${region}::/restapis/${api}/stages/${stage}`,
            invokeUrl: `https://${api}.execute-api.${region}.amazonaws.com/${stage}`,
            executionArn: `arn:aws:execute-api:${region}:${account}:${api}/${stage}`,
        };
    },
    "aws:apigateway/domainName:DomainName": ({ inputs, region, hash, account }) => ({
        id: inputs.domainName ?? "",
        arn: `arn:aws:apigateway:${region}:${account}:/domainnames/${text(inputs.domainName)}`,
        regionalDomainName: `d-${short(hash, 10)}.execute-api.${region}.amazonaws.com`,
        regionalZoneId: region === "us-west-2" ? "Z2OJLYMUO9EFXC" : "Z1UJRXOUMOOFQ8",
    }),
    "aws:apigatewayv2/vpcLink:VpcLink": ({ hash, region }) => ({
        id: short(hash, 6),
        arn: `arn:aws:apigateway:${region}::/vpclinks/${short(hash, 6)}`,
    }),
    "aws:cognito/userPool:UserPool": ({ hash, region, arn }) => {
        const id = `${region}_${upper(hash, 9)}`;
        return { id, arn: arn(`userpool/${id}`, "cognito-idp"), endpoint: `cognito-idp.${region}.amazonaws.com/${id}` };
    },
    "aws:cognito/userPoolClient:UserPoolClient": ({ hash }) => ({ id: hash.slice(0, 26), clientSecret: "" }),
    "aws:cognito/userPoolDomain:UserPoolDomain": ({ inputs, hash }) => ({
        id: inputs.domain ?? "",
        cloudfrontDistribution: `d${hash.slice(0, 13)}.cloudfront.net`,
        cloudfrontDistributionZoneId: "Z2FDTNDATAQYW2",
    }),
    "aws:lambda/function:Function": ({ physical, arn }) => ({
        id: physical,
        arn: arn(`function:${physical}`),
        qualifiedArn: arn(`function:${physical}:1`),
        invokeArn: arn(`path/2015-03-31/functions/${arn(`function:${physical}`)}/invocations`, "apigateway"),
        version: "1",
    }),
    "aws:lambda/eventSourceMapping:EventSourceMapping": ({ hash, arn }) => ({
        id: dashed(hash),
        uuid: dashed(hash),
        arn: arn(`event-source-mapping:${dashed(hash)}`),
    }),
    "aws:sqs/queue:Queue": ({ physical, region, account }) => ({
        id: `https://sqs.${region}.amazonaws.com/${account}/${physical}`,
        url: `https://sqs.${region}.amazonaws.com/${account}/${physical}`,
        arn: `arn:aws:sqs:${region}:${account}:${physical}`,
    }),
    "aws:sns/topic:Topic": ({ physical, arn }) => ({ id: arn(physical), arn: arn(physical) }),
    "aws:sns/topicPolicy:TopicPolicy": ({ inputs }) => ({ id: inputs.arn ?? "", arn: inputs.arn ?? "" }),
    "aws:sns/topicSubscription:TopicSubscription": ({ inputs, hash }) => {
        const subscription = `${text(inputs.topic)}:${dashed(hash)}`;
        return { id: subscription, arn: subscription };
    },
    "aws:kinesis/stream:Stream": ({ physical, arn }) => ({ id: arn(`stream/${physical}`), arn: arn(`stream/${physical}`) }),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": ({ physical, arn }) => ({
        id: arn(`deliverystream/${physical}`, "firehose"),
        arn: arn(`deliverystream/${physical}`, "firehose"),
    }),
    "aws:cloudwatch/eventBus:EventBus": ({ physical, arn }) => ({ id: physical, arn: arn(`event-bus/${physical}`, "events") }),
    "aws:cloudwatch/eventRule:EventRule": ({ physical, arn, inputs }) => ({
        id: physical,
        arn: arn(`rule/${inputs.eventBusName ? `${text(inputs.eventBusName)}/` : ""}${physical}`, "events"),
    }),
    "aws:cloudwatch/eventArchive:EventArchive": ({ physical, arn }) => ({ id: physical, arn: arn(`archive/${physical}`, "events") }),
    "aws:cloudwatch/eventConnection:EventConnection": ({ physical, arn, hash }) => ({
        id: physical,
        arn: arn(`connection/${physical}/${dashed(hash)}`, "events"),
    }),
    "aws:cloudwatch/eventApiDestination:EventApiDestination": ({ physical, arn, hash }) => ({
        id: physical,
        arn: arn(`api-destination/${physical}/${dashed(hash)}`, "events"),
    }),
    "aws:cloudwatch/logGroup:LogGroup": ({ physical, arn }) => ({ id: physical, arn: arn(`log-group:${physical}`, "logs") }),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": ({ physical, arn }) => ({
        id: physical,
        arn: arn(`delivery-source:${physical}`, "logs"),
    }),
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": ({ physical, arn }) => ({
        id: physical,
        arn: arn(`delivery-destination:${physical}`, "logs"),
    }),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ({ physical, arn }) => ({ id: physical, arn: arn(`alarm:${physical}`, "cloudwatch") }),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": ({ physical, arn }) => ({ id: physical, arn: arn(`alarm:${physical}`, "cloudwatch") }),
    "aws:cloudwatch/dashboard:Dashboard": ({ physical, account }) => ({
        id: physical,
        dashboardArn: `arn:aws:cloudwatch::${account}:dashboard/${physical}`,
    }),
    "aws:ecr/repository:Repository": ({ physical, arn, region, account }) => ({
        id: physical,
        arn: arn(`repository/${physical}`),
        registryId: account,
        repositoryUrl: `${account}.dkr.ecr.${region}.amazonaws.com/${physical}`,
    }),
    "aws:codebuild/project:Project": byName("project"),
    "aws:codepipeline/pipeline:Pipeline": ({ physical, arn }) => ({ id: physical, arn: arn(physical) }),
    "aws:codeconnections/connection:Connection": ({ arn, hash }) => ({
        id: arn(`connection/${dashed(hash)}`),
        arn: arn(`connection/${dashed(hash)}`),
        connectionStatus: "PENDING",
    }),
    "aws:bedrock/guardrail:Guardrail": ({ hash, arn }) => ({
        id: short(hash, 12),
        guardrailId: short(hash, 12),
        guardrailArn: arn(`guardrail/${short(hash, 12)}`),
        version: "DRAFT",
        status: "READY",
    }),
    "aws:bedrock/guardrailVersion:GuardrailVersion": ({ hash }) => ({ id: short(hash, 12), version: "1" }),
    "aws:sagemaker/model:Model": byName("model"),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": byName("endpoint-config"),
    "aws:sagemaker/endpoint:Endpoint": byName("endpoint"),
    "aws:glue/catalogDatabase:CatalogDatabase": ({ physical, arn, account }) => ({
        id: `${account}:${physical}`,
        arn: arn(`database/${physical}`),
    }),
    "aws:backup/vault:Vault": ({ physical, arn }) => ({ id: physical, arn: arn(`backup-vault:${physical}`) }),
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": ({ physical, hash, arn }) => ({
        id: physical,
        arn: arn(`restore-testing-plan:${physical}-${dashed(hash)}`),
    }),
    "aws:backup/plan:Plan": ({ hash, arn }) => ({ id: dashed(hash), arn: arn(`backup-plan:${dashed(hash)}`) }),
};
