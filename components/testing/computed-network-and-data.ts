import { type Compute, text, short, dashed, upper, prefixed, iam, byName } from "./computed";
import { zonesIn } from "./data-sources";

/** Networks, keys, identities, secrets, storage, databases, containers, and load balancers. */
export const NETWORK_AND_DATA: Record<string, Compute> = {
    "pulumi:providers:aws": ({ hash }) => ({ id: dashed(hash) }),
    "aws:ec2/vpc:Vpc": (r) => ({
        ...prefixed("vpc", "vpc")(r),
        defaultSecurityGroupId: `sg-${short(r.hash)}`,
        mainRouteTableId: `rtb-${short(r.hash)}`,
    }),
    "aws:ec2/subnet:Subnet": (r) => {
        const availabilityZoneId = zonesIn(r.region).find(([name]) => name === r.inputs.availabilityZone)?.[1];
        return { ...prefixed("subnet", "subnet")(r), ...(availabilityZoneId === undefined ? {} : { availabilityZoneId }) };
    },
    "aws:ec2/routeTable:RouteTable": prefixed("rtb", "route-table"),
    "aws:ec2/internetGateway:InternetGateway": prefixed("igw", "internet-gateway"),
    "aws:ec2/natGateway:NatGateway": (r) => ({ ...prefixed("nat", "natgateway")(r), publicIp: "198.51.100.7" }),
    "aws:ec2/eip:Eip": (r) => ({
        ...prefixed("eipalloc", "elastic-ip")(r),
        allocationId: `eipalloc-${short(r.hash)}`,
        publicIp: "198.51.100.7",
    }),
    "aws:ec2/eipAssociation:EipAssociation": prefixed("eipassoc", "elastic-ip"),
    "aws:ec2/networkInterface:NetworkInterface": prefixed("eni", "network-interface"),
    "aws:ec2/launchTemplate:LaunchTemplate": (r) => ({ ...prefixed("lt", "launch-template")(r), latestVersion: 1, defaultVersion: 1 }),
    "aws:autoscaling/group:Group": ({ physical, arn, hash }) => ({
        id: physical,
        arn: arn(`autoScalingGroup:${dashed(hash)}:autoScalingGroupName/${physical}`, "autoscaling"),
    }),
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": prefixed("tgw-attach", "transit-gateway-attachment"),
    "aws:ec2/securityGroup:SecurityGroup": prefixed("sg", "security-group"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": prefixed("sg", "security-group"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (r) => ({ ...prefixed("vpce", "vpc-endpoint")(r), prefixListId: `pl-${short(r.hash, 8)}` }),
    "aws:ec2/flowLog:FlowLog": prefixed("fl", "vpc-flow-log"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": prefixed("sgr", "security-group-rule"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": prefixed("sgr", "security-group-rule"),
    "aws:kms/key:Key": ({ hash, arn, inputs }) => {
        const keyId = `${inputs.multiRegion ? "mrk-" : ""}${dashed(hash)}`;
        return { id: keyId, keyId, arn: arn(`key/${keyId}`) };
    },
    "aws:kms/replicaKey:ReplicaKey": ({ inputs, arn }) => {
        const keyId = text(inputs.primaryKeyArn).split("/").pop() ?? "";
        return { id: keyId, keyId, arn: arn(`key/${keyId}`) };
    },
    "aws:kms/alias:Alias": ({ physical, arn }) => ({ id: physical, arn: arn(physical), targetKeyArn: "" }),
    "aws:iam/role:Role": iam("role"),
    "aws:iam/policy:Policy": iam("policy"),
    "aws:secretsmanager/secret:Secret": ({ physical, arn, hash }) => {
        const secretArn = arn(`secret:${physical}-${hash.slice(0, 6)}`);
        return { id: secretArn, arn: secretArn };
    },
    "aws:secretsmanager/secretVersion:SecretVersion": ({ inputs, hash }) => ({
        id: `${text(inputs.secretId)}|${dashed(hash)}`,
        arn: inputs.secretId ?? "",
        versionId: dashed(hash),
    }),
    "aws:s3/bucket:Bucket": ({ physical, region }) => ({
        id: physical,
        arn: `arn:aws:s3:::${physical}`,
        bucketDomainName: `${physical}.s3.amazonaws.com`,
        bucketRegionalDomainName: `${physical}.s3.${region}.amazonaws.com`,
    }),
    "aws:rds/instance:Instance": ({ physical, arn, hash, region, inputs }) => ({
        id: `db-${upper(hash, 26)}`,
        resourceId: `db-${upper(hash, 26)}`,
        arn: arn(`db:${physical}`),
        address: `${physical}.${hash.slice(0, 12)}.${region}.rds.amazonaws.com`,
        endpoint: `${physical}.${hash.slice(0, 12)}.${region}.rds.amazonaws.com:${text(inputs.port ?? 5432)}`,
        port: inputs.port ?? 5432,
        // A restored instance has the names of its source, which a test can choose with `outputs`.
        ...(inputs.snapshotIdentifier || inputs.restoreToPointInTime ? {} : { dbName: inputs.dbName ?? "aiplatform" }),
        engine: inputs.engine ?? "postgres",
        status: "available",
    }),
    "aws:backup/selection:Selection": ({ hash }) => ({ id: dashed(hash) }),
    "aws:rds/proxy:Proxy": ({ physical, arn, hash, region }) => ({
        id: physical,
        arn: arn(`db-proxy:prx-${hash.slice(0, 17)}`),
        endpoint: `${physical}.proxy-${hash.slice(0, 12)}.${region}.rds.amazonaws.com`,
    }),
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": ({ arn, hash }) => ({
        name: "default",
        arn: arn(`target-group:prx-tg-${hash.slice(0, 17)}`),
    }),
    "aws:rds/subnetGroup:SubnetGroup": byName("subgrp", ":"),
    "aws:rds/parameterGroup:ParameterGroup": byName("pg", ":"),
    "aws:docdb/cluster:Cluster": ({ physical, arn, hash, region }) => ({
        id: physical,
        arn: arn(`cluster:${physical}`, "rds"),
        clusterResourceId: `cluster-${upper(hash, 26)}`,
        endpoint: `${physical}.cluster-${hash.slice(0, 12)}.${region}.docdb.amazonaws.com`,
        readerEndpoint: `${physical}.cluster-ro-${hash.slice(0, 12)}.${region}.docdb.amazonaws.com`,
        port: 27017,
    }),
    "aws:docdb/subnetGroup:SubnetGroup": byName("subgrp", ":"),
    "aws:elasticache/replicationGroup:ReplicationGroup": ({ physical, arn, hash, region, inputs }) => ({
        id: physical,
        arn: arn(`replicationgroup:${physical}`),
        primaryEndpointAddress: `master.${physical}.${hash.slice(0, 6)}.${region}.cache.amazonaws.com`,
        readerEndpointAddress: `replica.${physical}.${hash.slice(0, 6)}.${region}.cache.amazonaws.com`,
        memberClusters: Array.from({ length: Number(inputs.numCacheClusters ?? 1) }, (_, i) => `${physical}-00${i + 1}`),
        port: inputs.port ?? 6379,
    }),
    "aws:ecs/cluster:Cluster": ({ physical, arn }) => ({ id: arn(`cluster/${physical}`), arn: arn(`cluster/${physical}`) }),
    "aws:ecs/service:Service": ({ physical, arn, inputs }) => {
        const cluster = text(inputs.cluster).split("/").pop() ?? "";
        return { id: arn(`service/${cluster}/${physical}`), arn: arn(`service/${cluster}/${physical}`) };
    },
    "aws:ecs/taskDefinition:TaskDefinition": ({ physical, arn }) => ({
        id: physical,
        arn: arn(`task-definition/${physical}:1`),
        arnWithoutRevision: arn(`task-definition/${physical}`),
        revision: 1,
    }),
    "aws:lb/loadBalancer:LoadBalancer": ({ physical, arn, hash, region, inputs }) => ({
        id: arn(`loadbalancer/app/${physical}/${short(hash, 16)}`, "elasticloadbalancing"),
        arn: arn(`loadbalancer/app/${physical}/${short(hash, 16)}`, "elasticloadbalancing"),
        arnSuffix: `app/${physical}/${short(hash, 16)}`,
        dnsName: `${inputs.internal ? "internal-" : ""}${physical}-${parseInt(hash.slice(0, 8), 16)}.${region}.elb.amazonaws.com`,
        zoneId: "Z35SXDOTRQ7X7K",
    }),
    "aws:lb/targetGroup:TargetGroup": ({ physical, arn, hash }) => ({
        id: arn(`targetgroup/${physical}/${short(hash, 16)}`, "elasticloadbalancing"),
        arn: arn(`targetgroup/${physical}/${short(hash, 16)}`, "elasticloadbalancing"),
        arnSuffix: `targetgroup/${physical}/${short(hash, 16)}`,
    }),
    "aws:lb/listener:Listener": ({ name, arn, hash }) => ({
        id: arn(`listener/app/${name}/${short(hash, 16)}/${hash.slice(16, 32)}`, "elasticloadbalancing"),
        arn: arn(`listener/app/${name}/${short(hash, 16)}/${hash.slice(16, 32)}`, "elasticloadbalancing"),
    }),
    "aws:appautoscaling/target:Target": ({ inputs, arn, hash }) => ({
        id: inputs.resourceId ?? "",
        arn: arn(`scalable-target/${short(hash)}`),
    }),
};
