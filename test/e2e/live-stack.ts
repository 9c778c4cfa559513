/** A live stack of the tests, and what exists of it in the emulator. */
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeAvailabilityZonesCommand, DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { KMSClient, ListAliasesCommand } from "@aws-sdk/client-kms";
import { CreateDBInstanceCommand, DeleteDBInstanceCommand, RDSClient } from "@aws-sdk/client-rds";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { DeleteSecretCommand, DescribeSecretCommand, ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { nameOf } from "../../components/testing/urn";
import { zonesWithVpcLinks } from "../../components/vpc/zones";
import type { Deployment, Project } from "./support";

export const PRIMARY = "us-east-1";
export const RECOVERY = "us-west-2";

export class LiveStack {
    constructor(
        readonly project: Project,
        readonly deployment: Deployment,
        /** Value of the tag Environment. */
        readonly environment: string,
    ) {}

    /** A value of the stack file, by path below `ai-platform:`. */
    async configured(path: string): Promise<string> {
        return (await this.deployment.stack.getConfig(`ai-platform:${path}`, true)).value;
    }

    /** An input of a resource, which the emulator may not keep. */
    async input(type: string, name: string, input: string): Promise<unknown> {
        return (await this.deployment.resource(type, name)).inputs[input];
    }

    /** Names of the resources that Pulumi refuses to delete. */
    async protected(): Promise<string[]> {
        return (await this.deployment.resources()).filter(({ protect }) => protect).map(({ urn }) => nameOf(urn));
    }

    /** Zones of the subnets, each of which has one per tier, in alphabetical order. */
    async zones(): Promise<string[]> {
        const { Subnets = [] } = await new EC2Client({ region: PRIMARY }).send(
            new DescribeSubnetsCommand({ Filters: [{ Name: "tag:Environment", Values: [this.environment] }] }),
        );
        const zones = Subnets.map(({ AvailabilityZone = "" }) => AvailabilityZone);
        return [...new Set(zones)].filter((zone) => zones.filter((it) => it === zone).length === 3).sort();
    }

    /** Whether a log group of the stack doesn't keep its events for that long. */
    async logGroupsNotKeptFor(days: number): Promise<string[]> {
        const { logGroups = [] } = await new CloudWatchLogsClient({ region: PRIMARY }).send(new DescribeLogGroupsCommand({ limit: 50 }));
        return logGroups.filter(({ retentionInDays }) => retentionInDays !== days).map(({ logGroupName = "" }) => logGroupName);
    }

    /** Whether a secret exists, and isn't scheduled for deletion. */
    async hasSecret(purpose: string): Promise<boolean> {
        const SecretId = `ai-platform/${this.environment}/${purpose}`;
        const secret = await new SecretsManagerClient({ region: PRIMARY })
            .send(new DescribeSecretCommand({ SecretId }))
            .catch(() => undefined);
        return secret !== undefined && secret.DeletedDate === undefined;
    }

    /** Names of everything of the stack in a region that holds data, or is needed to read it. */
    async dataIn(region: string): Promise<string[]> {
        const name = `ai-platform-${this.environment}`;
        const { Aliases = [] } = await new KMSClient({ region }).send(new ListAliasesCommand({}));
        const { Buckets = [] } = await new S3Client({ region, forcePathStyle: true }).send(new ListBucketsCommand({}));
        const { SecretList = [] } = await new SecretsManagerClient({ region }).send(new ListSecretsCommand({}));
        const { repositories = [] } = await new ECRClient({ region }).send(new DescribeRepositoriesCommand({}));
        return [
            ...Aliases.map(({ AliasName = "" }) => AliasName).filter((alias) => alias.startsWith(`alias/${name}-`)),
            ...Buckets.map(({ Name = "" }) => Name).filter((bucket) => bucket.startsWith(`${name}-`) && bucket.endsWith(region)),
            ...SecretList.filter(({ DeletedDate }) => !DeletedDate)
                .map(({ Name = "" }) => Name)
                .filter(this.isOwn),
            ...repositories.map(({ repositoryName = "" }) => repositoryName).filter(this.isOwn),
        ];
    }

    /** Runs with a database that isn't a replica, such as the promoted one of a dr stack. */
    async withDatabase(region: string, DBInstanceIdentifier: string, run: () => Promise<unknown>): Promise<void> {
        const rds = new RDSClient({ region });
        const settings = { Engine: "postgres", DBInstanceClass: "db.t4g.micro", AllocatedStorage: 20 };
        const login = { MasterUsername: "owner", MasterUserPassword: "not-a-secret" };
        await rds.send(new CreateDBInstanceCommand({ DBInstanceIdentifier, ...settings, ...login }));
        try {
            await run();
        } finally {
            await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true }));
        }
    }

    /** Deletes secrets that can still be restored, because a new secret can't have the name of one. */
    async releaseSecretNames(region: string): Promise<void> {
        const client = new SecretsManagerClient({ region });
        const { SecretList = [] } = await client.send(new ListSecretsCommand({ IncludePlannedDeletion: true }));
        for (const { ARN, DeletedDate, Name = "" } of SecretList)
            if (DeletedDate && this.isOwn(Name))
                await client.send(new DeleteSecretCommand({ SecretId: ARN, ForceDeleteWithoutRecovery: true }));
    }

    private readonly isOwn = (path: string) => path.startsWith(`ai-platform/${this.environment}/`);
}

/** A zone that can have subnets, and isn't one of these. */
export async function zoneBeside(zones: string[]): Promise<string> {
    const { AvailabilityZones = [] } = await new EC2Client({ region: PRIMARY }).send(new DescribeAvailabilityZonesCommand({}));
    const known = AvailabilityZones.map(({ ZoneName: name = "", ZoneId: id = "" }) => ({ name, id }));
    const other = zonesWithVpcLinks(PRIMARY, known).find(({ name }) => !zones.includes(name));
    if (!other) throw new Error(`no zone beside ${zones.join(", ")}`);
    return other.name;
}
