import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Backups, DataLake, Edge, EdgeArgs, FargateService, PostgresCluster, SecretReference, Vpc, Monitored } from "../components";
import type { PlatformConfig } from "./config";
import type { Names } from "./names";

/** Keys of the stack's own region, by what they protect. */
export interface Keys {
    /** Data, and the secrets that open it. */
    data: pulumi.Output<string>;
    logs: pulumi.Output<string>;
    alerts: pulumi.Output<string>;
    /** Keys in us-east-1, where CloudFront's logs and alarms are whatever the stack's region. */
    usEast1: { logs: pulumi.Output<string>; alerts: pulumi.Output<string> };
}

/** What every part of the stack is told. */
export interface Surroundings {
    config: PlatformConfig;
    environment: string;
    region: string;
    account: string;
    names: Names;
    /** For data sources, which have no parent in a component. */
    invoke: { provider: aws.Provider };
    /** Options of every component: the provider that tags. */
    opts: pulumi.ComponentResourceOptions;
    /** The same for what holds data: `pulumi destroy` refuses it until `protectData` is off. */
    dataOpts: pulumi.ComponentResourceOptions;
}

/** What the role decides: who owns the data. A primary makes it and its copies; a dr stack finds the copies and stands by. */
export interface Role {
    keys: Keys;
    /** Signs the API's own tokens; the same in both regions. */
    jwtSecret: SecretReference;
    /** Whether the stack takes the traffic. */
    active: boolean;
    database: (network: Vpc) => PostgresCluster;
    /** Backups of the data and their copies, where there is a region for these. */
    backUp: () => Backups | undefined;
    lake: (network: Vpc, accessLogBucket: pulumi.Input<string>) => DataLake;
    /** Secrets by which CloudFront shows itself to the API, where they come from elsewhere. */
    originSecrets?: pulumi.Output<string>[];
    /** Hands the API's origin secrets to the other region, where there is one. */
    shareOriginSecrets: (secrets: pulumi.Output<string>[]) => void;
    /** The site's bucket; undefined where another stack's distribution serves the site, after a failover too. */
    site?: Pick<EdgeArgs, "bucketName" | "existingBucket" | "recovery">;
    /** Part in the failover of the API's name, where there is a domain. */
    failover?: { failover: "PRIMARY" | "SECONDARY"; switch?: { healthCheckOf: string } };
    /** What only a primary has, image repository and pipelines; answers what is to be monitored, and outputs of the stack. */
    deliver: (parts: { edge?: Edge; service: FargateService; site: Site }) => {
        monitored?: Monitored;
        outputs: Record<string, pulumi.Input<string>>;
    };
}

/** What the site's build and its users must know. */
export interface Site {
    url: pulumi.Output<string>;
    identity: { issuer: pulumi.Output<string>; loginUrl: pulumi.Output<string>; clientId: pulumi.Output<string> };
    /** Where it is published; undefined where another stack's distribution serves it. */
    site?: { bucket: pulumi.Output<string>; distributionId: pulumi.Output<string> };
}

export interface Platform extends Surroundings, Role {}
