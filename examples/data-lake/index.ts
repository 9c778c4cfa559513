/** A data lake: encrypted buckets for raw and curated data, tables, queries with a limit, and two roles. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DataLake, EncryptionKey, LogBucket } from "ai-platform";

export = () => {
    const config = new pulumi.Config();
    const name = `${pulumi.getProject()}-${pulumi.getStack()}`;

    const key = new EncryptionKey("data", { description: "Data lake", alias: `${name}-data` });
    const accessLogs = new LogBucket("access-logs");

    const lake = new DataLake("lake", {
        kmsKeyArn: key.arn,
        accessLogBucket: accessLogs.bucketName,
        databaseName: name.replaceAll("-", "_"),
        raw: { tieringAfterDays: 30 },
        queryScanLimit: config.getNumber("queryScanLimit") ?? 10,
    });

    const trust = (service: string) => aws.iam.assumeRolePolicyForPrincipal({ Service: service });
    const loader = new aws.iam.Role("loader", { assumeRolePolicy: trust("glue.amazonaws.com") });
    lake.raw.grantRead({ logicalName: "loader", roleName: loader.name });
    lake.curated.grantWrite({ logicalName: "loader", roleName: loader.name });
    const analyst = new aws.iam.Role("analyst", { assumeRolePolicy: trust("ecs-tasks.amazonaws.com") });
    lake.grantQuery({ logicalName: "analyst", roleName: analyst.name });

    return { raw: lake.raw.bucketName, curated: lake.curated.bucketName, workgroup: lake.workgroupName };
};
