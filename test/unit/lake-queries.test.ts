import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { DataLake, type DataLakeArgs, DOCUMENTS_TABLE, type LakeTable } from "../../components";
import { ServiceRole } from "../../components/building-blocks/iam";
import { parsePolicy, record } from "../../components/testing";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-1";
const args: DataLakeArgs = { kmsKeyArn: KEY, databaseName: "prod_lake", raw: { bucketName: "raw" }, curated: { bucketName: "curated" } };
const recorded = (more: Partial<DataLakeArgs> = {}) => record(() => new DataLake("lake", { ...args, ...more }));
const role = () => new ServiceRole("app", { service: "ecs-tasks.amazonaws.com", description: "test" }, {});

describe("queries of DataLake", () => {
    it("defines tables for documents and events, with partitions projected from the date", async () => {
        const recording = await recorded();
        const documents = recording.one(aws.glue.CatalogTable, "lake-documents").inputs;
        expect(documents).to.deep.include({
            name: "documents",
            databaseName: "prod_lake",
            partitionKeys: [{ name: "dt", type: "string", comment: "Day, UTC" }],
        });
        expect(documents.parameters).to.deep.include({
            "projection.enabled": "true",
            "projection.dt.type": "date",
            "projection.dt.format": "yyyy-MM-dd",
            "projection.dt.range": "2025-01-01,NOW",
            "storage.location.template": "s3://curated/documents/dt=${dt}/",
        });
        expect(documents.storageDescriptor).to.deep.include({ location: "s3://curated/documents/" });
        expect(documents.storageDescriptor?.columns?.map(({ name }) => name)).to.deep.equal(Object.keys(DOCUMENTS_TABLE.columns));
        expect(documents.storageDescriptor?.serDeInfo?.serializationLibrary).to.equal("org.openx.data.jsonserde.JsonSerDe");
        const events = recording.one(aws.glue.CatalogTable, "lake-events").inputs.storageDescriptor;
        expect(events?.location).to.equal("s3://raw/events/");
        expect(events?.serDeInfo?.parameters).to.include({ "mapping.detail_type": "detail-type" });
    });

    it("creates other tables", async () => {
        const orders: LakeTable = {
            bucket: "raw",
            prefix: "in/orders",
            description: "Orders",
            columns: { id: "string" },
            firstDay: "2026-05-01",
        };
        const recording = await recorded({ tables: { orders } });
        const { inputs } = recording.one(aws.glue.CatalogTable);
        expect(inputs.parameters).to.include({
            "projection.dt.range": "2026-05-01,NOW",
            "storage.location.template": "s3://raw/in/orders/dt=${dt}/",
        });
    });

    it("limits the data scanned and encrypts the results, regardless of the client's settings", async () => {
        const configuration = (await recorded()).one(aws.athena.Workgroup).inputs.configuration;
        expect(configuration).to.deep.include({ enforceWorkgroupConfiguration: true, bytesScannedCutoffPerQuery: 10e9 });
        expect(configuration?.resultConfiguration).to.deep.include({
            expectedBucketOwner: "123456789012",
            encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: KEY },
        });
        const configured = await recorded({ workgroupName: "prod-lake", queryScanLimit: 0.5, resultDays: 3 });
        expect(configured.one(aws.athena.Workgroup).inputs).to.deep.include({ name: "prod-lake", forceDestroy: false });
        expect(configured.one(aws.athena.Workgroup).inputs.configuration?.bytesScannedCutoffPerQuery).to.equal(5e8);
        const rules = (recording: typeof configured) =>
            recording.one(aws.s3.BucketLifecycleConfiguration, "lake-results-lifecycle").inputs.rules?.find(({ id }) => id === "results");
        expect(rules(configured)?.expiration).to.deep.equal({ days: 3 });
        expect(rules(await recorded())?.expiration).to.deep.equal({ days: 14 });
    });

    it("grants access only to the workgroup, the tables, their prefixes and the results", async () => {
        const recording = await record(() => {
            new DataLake("lake", args).grantQuery(role());
        });
        const results = `arn:aws:s3:::${String(recording.one(aws.s3.Bucket, "lake-results-bucket").outputs.bucket)}`;
        const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy, "app-lake-query").inputs.policy);
        expect(Statement.every(({ Effect }) => Effect === "Allow")).to.equal(true);
        const allowed = Statement.map(({ Action, Resource, Condition }) => [Action.join(" "), Resource, Condition]);
        const throughS3 = { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } };
        const reading = (bucket: string, prefix: string) => [
            ["s3:GetBucketLocation s3:ListBucket", [bucket], { StringLike: { "s3:prefix": `${prefix}*` } }],
            ["s3:GetObject s3:GetObjectVersion", [`${bucket}/${prefix}*`], undefined],
            ["kms:Decrypt kms:DescribeKey", [KEY], throughS3],
        ];
        const workgroup = recording.one(aws.athena.Workgroup).outputs.arn;
        expect(allowed.slice(0, 2)).to.deep.equal([
            [
                "athena:BatchGetQueryExecution athena:GetQueryExecution athena:GetQueryResults athena:GetWorkGroup " +
                    "athena:ListQueryExecutions athena:StartQueryExecution athena:StopQueryExecution",
                [workgroup],
                undefined,
            ],
            [
                "glue:GetDatabase glue:GetPartition glue:GetPartitions glue:GetTable glue:GetTables",
                ["catalog", "database/prod_lake", "table/prod_lake/documents", "table/prod_lake/events"].map(
                    (resource) => `arn:aws:glue:us-east-1:123456789012:${resource}`,
                ),
                undefined,
            ],
        ]);
        expect(allowed.slice(2, 8)).to.deep.equal([
            ...reading("arn:aws:s3:::curated", "documents/"),
            ...reading("arn:aws:s3:::raw", "events/"),
        ]);
        expect(allowed.slice(8)).to.deep.equal([
            ["s3:GetBucketLocation s3:ListBucket", [results], undefined],
            ["s3:GetObject s3:GetObjectVersion", [`${results}/*`], undefined],
            ["kms:Decrypt kms:DescribeKey", [KEY], throughS3],
            ["s3:AbortMultipartUpload s3:PutObject", [`${results}/*`], undefined],
            ["kms:Decrypt kms:DescribeKey kms:GenerateDataKey", [KEY], throughS3],
            ["s3:ListBucketMultipartUploads", [results], undefined],
            ["s3:ListMultipartUploadParts", [`${results}/*`], undefined],
        ]);
    });
});
