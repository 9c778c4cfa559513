import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { ApiGateway, type ApiDomainArgs, type ApiGatewayArgs } from "../../components";
import { record, type RecordOptions } from "../../components/testing";

export const ALB = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/service/0123456789abcdef";
export const args: ApiGatewayArgs = {
    stageName: "prod",
    vpcId: "vpc-1",
    subnetIds: ["subnet-1", "subnet-2"],
    backend: { arn: ALB, dnsName: "internal-service.elb.amazonaws.com", listenerPort: 80 },
    authorizer: { userPoolArns: ["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_A"], scopes: ["api/write", "api/read"] },
    logKeyArn: "arn:aws:kms:us-east-1:123456789012:key/logs",
};
export const domain: ApiDomainArgs = { apiName: "api.example.com", regionalName: "api-us-east-1.example.com", zoneId: "Z1" };
export const primary: ApiDomainArgs = { ...domain, failover: "PRIMARY", switch: { healthCheckOf: "api-us-west-2.example.com" } };
export const secondary: ApiDomainArgs = { ...domain, regionalName: "api-us-west-2.example.com", failover: "SECONDARY" };

export const make = (more: Partial<ApiGatewayArgs> = {}) => new ApiGateway("api", { ...args, ...more });
export const recorded = (more: Partial<ApiGatewayArgs> = {}, options: RecordOptions = {}) => record(() => make(more), options);
type Recording = Awaited<ReturnType<typeof recorded>>;

export const method = (recording: Recording, name: string) => recording.one(aws.apigateway.Method, name).inputs;
export const integration = (recording: Recording, name: string) => recording.one(aws.apigateway.Integration, name).inputs;
export const fingerprintOf = (recording: Recording) => recording.one(aws.apigateway.Deployment).inputs.triggers?.definition;

interface Rule {
    name: string;
    action?: { block?: object };
    overrideAction?: { none?: object };
    statement: {
        notStatement?: { statement: { byteMatchStatement?: Match; orStatement?: { statements: { byteMatchStatement: Match }[] } } };
        managedRuleGroupStatement?: { name: string; ruleActionOverrides?: { name: string }[] };
    };
}
interface Match {
    searchString: string;
    positionalConstraint: string;
    fieldToMatch: object;
}
export const rulesOf = (recording: Recording) => recording.one(aws.wafv2.WebAcl).inputs.rules as unknown as Rule[];
/** Header values and paths that the first rule allows. */
export function letIn(recording: Recording): string[] {
    const statement = rulesOf(recording)[0]?.statement.notStatement?.statement;
    const matches = statement?.orStatement?.statements.map(({ byteMatchStatement }) => byteMatchStatement) ?? [
        statement?.byteMatchStatement,
    ];
    return matches.map((match) => {
        expect(match?.positionalConstraint).to.equal("EXACTLY");
        return `${Object.keys(match?.fieldToMatch ?? {}).join()} ${match?.searchString}`;
    });
}
