/** Workarounds for differences between emulators and AWS. */
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import {
    CreateRoleCommand,
    DeleteRoleCommand,
    DeleteRolePolicyCommand,
    GetRolePolicyCommand,
    IAMClient,
    ListRolePoliciesCommand,
    PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { KMSClient, ListKeysCommand, ListResourceTagsCommand, TagResourceCommand } from "@aws-sdk/client-kms";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateDBSubnetGroupCommand, DeleteDBSubnetGroupCommand, RDSClient } from "@aws-sdk/client-rds";
import type { S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { Deployment, Steps } from "./support";

/** Settings for limits of emulators: bucket names in paths, tasks that never run, windows that must not touch, and Node.js 24. Also allows deletion. */
export const EMULATED = {
    "aws:s3UsePathStyle": "true",
    "ai-platform:protectData": "false",
    "ai-platform:services.api.waitForSteadyState": "false",
    "ai-platform:database.backupWindow": "05:30-06:30",
    "ai-platform:ingest.runtime": "nodejs22.x",
};

/** Creates a dr stack. */
export async function createDr(dr: Deployment, primaryRegion: string): Promise<Steps> {
    await dr.create({ exclude: ["**::database-instance"] });
    return withSubnetGroup(dr, primaryRegion, () => dr.create());
}

/** Emulators look up a replica's subnet group in the region of its source, so a group with this name must exist there. */
export async function withSubnetGroup<T>(stack: Deployment, region: string, work: () => Promise<T>): Promise<T> {
    const { outputs } = await stack.resource("aws:rds/subnetGroup:SubnetGroup", "database-subnets");
    const rds = new RDSClient({ region });
    const { Subnets = [] } = await new EC2Client({ region }).send(new DescribeSubnetsCommand({}));
    const DBSubnetGroupName = String(outputs.name);
    const SubnetIds = Subnets.slice(0, 3).flatMap(({ SubnetId }) => SubnetId ?? []);
    await rds.send(new CreateDBSubnetGroupCommand({ DBSubnetGroupName, DBSubnetGroupDescription: "twin", SubnetIds }));
    try {
        return await work();
    } finally {
        await rds.send(new DeleteDBSubnetGroupCommand({ DBSubnetGroupName })).catch(() => undefined);
    }
}

/** Reports that replicas have no lag meanwhile, as RDS does. */
export async function withReplicaLag<T>(replicas: { region: string; identifier: string }[], work: () => Promise<T>): Promise<T> {
    const report = () =>
        Promise.all(
            replicas.map(({ region, identifier }) => {
                const Dimensions = [{ Name: "DBInstanceIdentifier", Value: identifier }];
                const MetricData = [{ MetricName: "ReplicaLag", Value: 0, Dimensions }];
                return new CloudWatchClient({ region }).send(new PutMetricDataCommand({ Namespace: "AWS/RDS", MetricData }));
            }),
        );
    await report();
    const timer = setInterval(() => void report(), 5000);
    try {
        return await work();
    } finally {
        clearInterval(timer);
    }
}

/**
 * Tags replica keys after they are created. The provider waits for the tags that it has set, but emulators drop them.
 *
 * @returns a function that stops the tagging
 */
export function tagReplicaKeys(from: string, to: string): () => Promise<void> {
    const [source, target] = [new KMSClient({ region: from }), new KMSClient({ region: to })];
    const end = new AbortController();
    const { signal } = end;
    const tagAll = async () => {
        const { Keys = [] } = await target.send(new ListKeysCommand({}));
        for (const { KeyId } of Keys) {
            const { Tags = [] } = await target.send(new ListResourceTagsCommand({ KeyId }));
            if (Tags.length > 0) continue;
            const original = await source.send(new ListResourceTagsCommand({ KeyId })).catch(() => undefined);
            if (original?.Tags?.length) await target.send(new TagResourceCommand({ KeyId, Tags: original.Tags }));
        }
    };
    const run = (async () => {
        while (!signal.aborted) {
            await tagAll().catch(() => undefined);
            await new Promise((done) => setTimeout(done, 2000));
        }
    })();
    return () => {
        end.abort();
        return run;
    };
}

/** Doesn't encode `=` in the paths of objects, because emulators check the signature of the decoded path. */
export function withPlainPaths(client: S3Client): S3Client {
    client.middlewareStack.add(
        (next) => (args) => {
            const { request } = args as { request: { path: string } };
            request.path = request.path.replaceAll("%3D", "=");
            return next(args);
        },
        { step: "build", priority: "low" },
    );
    return client;
}

const TWIN = "end-to-end-twin";

/**
 * Creates a role with the permissions of another role that emulators can check. Emulators ignore conditions, and check resources only for S3.
 * Therefore, `Allow` statements have no conditions and, except for S3, no resources. Conditional `Deny` statements are omitted.
 *
 * @returns the twin's ARN
 */
export async function twinOf(roleName: string): Promise<string> {
    const iam = new IAMClient({ region: "us-east-1" });
    const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }] };
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName: TWIN, AssumeRolePolicyDocument: JSON.stringify(trust) }));
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: roleName }));
    for (const PolicyName of PolicyNames) {
        const { PolicyDocument = "" } = await iam.send(new GetRolePolicyCommand({ RoleName: roleName, PolicyName }));
        const { Statement } = JSON.parse(decodeURIComponent(PolicyDocument)) as { Statement: Statement[] };
        const kept = Statement.filter(({ Effect, Condition }) => Effect === "Allow" || !Condition).map(({ Effect, Action, Resource }) => ({
            Effect,
            Action,
            Resource: [Action].flat().every((action) => action.startsWith("s3:")) ? Resource : "*",
        }));
        const document = JSON.stringify({ Version: "2012-10-17", Statement: kept });
        if (kept.length > 0) await iam.send(new PutRolePolicyCommand({ RoleName: TWIN, PolicyName, PolicyDocument: document }));
    }
    return Role?.Arn ?? "";
}

/** Removes the twin. */
export async function removeTwin(): Promise<void> {
    const iam = new IAMClient({ region: "us-east-1" });
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: TWIN }));
    for (const PolicyName of PolicyNames) await iam.send(new DeleteRolePolicyCommand({ RoleName: TWIN, PolicyName }));
    await iam.send(new DeleteRoleCommand({ RoleName: TWIN }));
}

/** Credentials of a role. */
export async function assume(RoleArn: string) {
    const { Credentials } = await new STSClient({ region: "us-east-1" }).send(
        new AssumeRoleCommand({ RoleArn, RoleSessionName: "end-to-end" }),
    );
    return {
        accessKeyId: Credentials?.AccessKeyId ?? "",
        secretAccessKey: Credentials?.SecretAccessKey ?? "",
        sessionToken: Credentials?.SessionToken,
    };
}

interface Statement {
    Effect: string;
    Action: string | string[];
    Resource: string | string[];
    Condition?: unknown;
}
