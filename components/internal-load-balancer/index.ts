import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { loadBalancerAlarms } from "./alarms";
import {
    checkedBody,
    DEFAULTS,
    type FixedResponseArgs,
    type InternalLoadBalancerArgs,
    type InternalLoadBalancerParts,
    type JwtClaim,
    type JwtValidation,
    type LoadBalancerArgs,
    type LoadBalancerReference,
    type Resolved,
    RESPONSE_DEFAULTS,
    type TestListener,
    validated,
    validatedResponse,
} from "./args";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { withDefaults } from "../building-blocks/arguments";
import type { Statement } from "../building-blocks/iam";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { placementOf, type VpcPlacement } from "../building-blocks/placement";
import { parseCidr } from "../vpc/cidr";
import { allowConnection, type Connectable, type Connection, httpsEgressArgs, securityGroupArgs } from "../building-blocks/security-groups";

export type {
    FixedResponseArgs,
    InternalLoadBalancerArgs,
    InternalLoadBalancerParts,
    JwtClaim,
    JwtValidation,
    LoadBalancerArgs,
    LoadBalancerReference,
    TestListener,
};

/** Addresses from which CloudFront connects to origins, a list that AWS maintains in every region. */
const CLOUDFRONT_ADDRESSES = "com.amazonaws.global.cloudfront.origin-facing";

/**
 * An internal Application Load Balancer. Each `FargateService` that gets it as `loadBalancer` adds a listener rule for its paths. Requests that
 * match no rule get 404.
 *
 * It can connect only to the tasks of its services and, with `jwtValidation`, to HTTPS addresses for the signing keys. Only sources passed to
 * `allowFrom` or `allowFromCidrBlock` can connect to it, and CloudFront's VPC origins after `allowFromCloudFront`.
 *
 * Costs 16.43 USD a month, plus 5.84 USD per load balancer capacity unit.
 */
export class InternalLoadBalancer extends pulumi.ComponentResource implements LoadBalancerReference, Monitored {
    readonly logicalName: string;
    readonly title = "Load balancer";
    readonly securityGroupId: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    readonly dnsName: pulumi.Output<string>;
    readonly arnSuffix: pulumi.Output<string>;
    readonly listenerArn: pulumi.Output<string>;
    readonly listenerPort: number;
    readonly jwtValidation?: JwtValidation;
    readonly testListener?: TestListener;
    private readonly certificateArn?: pulumi.Input<string>;

    readonly nodes: Nodes<InternalLoadBalancerParts>;
    private readonly parts: PartFactory<InternalLoadBalancerParts>;

    constructor(name: string, inputs: InternalLoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:InternalLoadBalancer", name, validated(name, args), opts);
        this.parts = new PartFactory<InternalLoadBalancerParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = `${name}-alb`;
        this.listenerPort = args.certificateArn === undefined ? 80 : 443;
        this.certificateArn = args.certificateArn;

        const placement = placementOf(args, "private");
        const groupArgs = securityGroupArgs(`${name}-alb-group`, `Load balancer of ${name}`, placement.vpcId);
        const group = this.parts.create("securityGroup", aws.ec2.SecurityGroup, `${name}-alb-group`, groupArgs);
        this.securityGroupId = group.id;
        if (args.jwtValidation) this.jwtValidation = this.validateTokens(args.jwtValidation);
        const loadBalancer = this.createLoadBalancer(name, args, placement);
        const listener = this.createListener("listener", `${name}-listener-${this.listenerPort}`, this.listenerPort, args, loadBalancer);

        this.arn = loadBalancer.arn;
        this.dnsName = loadBalancer.dnsName;
        this.arnSuffix = loadBalancer.arnSuffix;
        this.listenerArn = listener.arn;
        const port = args.testListenerPort;
        if (port !== undefined) {
            const { arn } = this.createListener("testListener", `${name}-test-listener-${port}`, port, args, loadBalancer);
            this.testListener = { arn, port };
        }
        this.registerOutputs({ dnsName: this.dnsName });
    }

    /** Lets a source connect to the listener. */
    allowFrom(source: Connectable): Connection {
        return allowConnection(this.parts, source, this, this.listenerPort);
    }

    /**
     * Lets a source connect to the listener for tests.
     *
     * @throws Error without `testListenerPort`
     */
    allowTestsFrom(source: Connectable): Connection {
        if (!this.testListener) throw new Error(`InternalLoadBalancer "${this.logicalName}" has no test listener: set testListenerPort`);
        return allowConnection(this.parts, source, this, this.testListener.port);
    }

    /**
     * Lets the addresses of a block connect to the listener: `10.0.4.0/24`.
     *
     * @throws Error if the block is not an IPv4 block, or contains all addresses
     */
    allowFromCidrBlock(cidrBlock: string): aws.vpc.SecurityGroupIngressRule {
        if ((parseCidr(cidrBlock)?.prefix ?? 0) === 0)
            throw new Error(`InternalLoadBalancer ${this.logicalName}: ${cidrBlock} must be an IPv4 block, such as 10.0.4.0/24`);
        const { listenerPort: port } = this;
        const name = `${this.logicalName}-from-${cidrBlock.replaceAll(/[./]/g, "-")}-${port}`;
        return this.parts.createEach("ingressRules", name, aws.vpc.SecurityGroupIngressRule, name, {
            ipProtocol: "tcp",
            fromPort: port,
            toPort: port,
            securityGroupId: this.securityGroupId,
            cidrIpv4: cidrBlock,
            description: `${port} from ${cidrBlock}`,
        });
    }

    /**
     * Lets CloudFront connect to the listener, for an `Edge` whose `apiOrigin` is this load balancer. An internal load balancer has no public
     * addresses, so only a VPC origin with its ARN can reach it. The rule counts as 55 of the 60 rules that a security group can have by default
     * (CloudFront Developer Guide, "Use the CloudFront managed prefix list").
     */
    allowFromCloudFront(): aws.vpc.SecurityGroupIngressRule {
        const { listenerPort: port } = this;
        const list = aws.ec2.getManagedPrefixListOutput({ name: CLOUDFRONT_ADDRESSES }, { parent: this });
        const name = `${this.logicalName}-from-cloudfront-${port}`;
        return this.parts.createEach("ingressRules", name, aws.vpc.SecurityGroupIngressRule, name, {
            ipProtocol: "tcp",
            fromPort: port,
            toPort: port,
            securityGroupId: this.securityGroupId,
            prefixListId: list.id,
            description: `${port} from CloudFront`,
        });
    }

    /**
     * Adds a rule with which the load balancer itself answers the requests to a path, without a service. It requires no token, also with
     * `jwtValidation`.
     *
     * @param name name of the response, unique in the load balancer
     * @throws Error if the arguments are invalid
     */
    addFixedResponse(name: string, inputs: FixedResponseArgs): aws.lb.ListenerRule {
        const ruleName = `${this.logicalName}-${name}-rule`;
        const args = withDefaults(inputs, RESPONSE_DEFAULTS);
        validatedResponse(ruleName, args);
        const { path, contentType, messageBody, priority } = args;
        const fixedResponse = { statusCode: "200", contentType, messageBody: checkedBody(ruleName, messageBody) };
        return this.parts.createEach("responses", name, aws.lb.ListenerRule, ruleName, {
            listenerArn: this.listenerArn,
            priority,
            conditions: [{ pathPattern: { values: [path] } }],
            actions: [{ type: "fixed-response", fixedResponse }],
            tags: { Name: ruleName },
        });
    }

    get alarms(): AlarmDefinition[] {
        return loadBalancerAlarms(this.arnSuffix, this.certificateArn);
    }

    /** The load balancer fetches the signing keys itself, from addresses that can change. */
    private validateTokens(jwtValidation: JwtValidation): JwtValidation {
        const name = `${this.logicalName}-to-signing-keys-443`;
        this.parts.createEach("egressRules", name, aws.vpc.SecurityGroupEgressRule, name, {
            ...httpsEgressArgs(this.securityGroupId),
            description: "HTTPS to the signing keys of tokens",
        });
        return jwtValidation;
    }

    private createLoadBalancer(name: string, args: Resolved, { subnetIds }: VpcPlacement): aws.lb.LoadBalancer {
        const bucket = args.accessLogBucket;
        return this.parts.create("loadBalancer", aws.lb.LoadBalancer, `${name}-alb`, {
            internal: true,
            loadBalancerType: "application",
            subnets: subnetIds,
            securityGroups: [this.securityGroupId],
            dropInvalidHeaderFields: true,
            enableDeletionProtection: args.deletionProtection,
            idleTimeout: args.idleTimeout,
            accessLogs: bucket === undefined ? undefined : { bucket, prefix: args.accessLogPrefix ?? `alb/${name}`, enabled: true },
        });
    }

    private createListener(
        part: "listener" | "testListener",
        logicalName: string,
        port: number,
        { certificateArn }: Resolved,
        loadBalancer: aws.lb.LoadBalancer,
    ): aws.lb.Listener {
        const tls = { protocol: "HTTPS", sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06", certificateArn };
        // Named after its port, like the rules of `allowConnection`: clients can use the old listener until they have moved to the new one.
        return this.parts.create(part, aws.lb.Listener, logicalName, {
            loadBalancerArn: loadBalancer.arn,
            port,
            ...(certificateArn === undefined ? { protocol: "HTTP" } : tls),
            defaultActions: [
                { type: "fixed-response", fixedResponse: { statusCode: "404", contentType: "text/plain", messageBody: "Not found" } },
            ],
        });
    }
}

/**
 * Bucket policy statement that allows Elastic Load Balancing to write access logs.
 *
 * The path contains the account ID, so other accounts can't write their logs to the bucket.
 */
export function loadBalancerLogStatement(bucketArn: pulumi.Input<string>, prefix: string, account: pulumi.Input<string>): Statement {
    return {
        Sid: "LoadBalancerAccessLogs",
        Effect: "Allow",
        Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
        Action: "s3:PutObject",
        Resource: pulumi.interpolate`${bucketArn}/${prefix}/AWSLogs/${account}/*`,
    };
}
