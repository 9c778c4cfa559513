import { expect } from "chai";
import type { DeployedResource, Properties } from "../../components/testing";
import { rules } from "../../policy/rules";

const resource = (type: string, inputs: Properties = {}): DeployedResource => ({
    urn: `urn:pulumi:s::p::${type}::x`,
    type,
    custom: true,
    inputs,
});

async function messages(rule: string, type: string, inputs?: Properties): Promise<string[]> {
    const { check } = rules.find(({ name }) => name === rule)!;
    return (await check([resource(type, inputs)])).map(({ message }) => message);
}

/** Inputs that are correct, by type, and one change that each rule must reject. */
const OTHER_TYPES: [rule: string, type: string, correct: Properties, wrong: Properties][] = [
    [
        "everything-encrypted",
        "aws:opensearch/domain:Domain",
        { encryptAtRest: { enabled: true }, nodeToNodeEncryption: { enabled: true }, domainEndpointOptions: { enforceHttps: true } },
        { encryptAtRest: { enabled: false } },
    ],
    ["everything-encrypted", "aws:dynamodb/table:Table", { serverSideEncryption: { enabled: true } }, { serverSideEncryption: {} }],
    ["everything-encrypted", "aws:ebs/volume:Volume", { encrypted: true, kmsKeyId: "k" }, { encrypted: false }],
    ["everything-encrypted", "aws:ec2/instance:Instance", { rootBlockDevice: { encrypted: true, kmsKeyId: "k" } }, { rootBlockDevice: {} }],
    ["everything-encrypted", "aws:efs/fileSystem:FileSystem", { encrypted: true, kmsKeyId: "k" }, { kmsKeyId: "" }],
    ["everything-encrypted", "aws:rds/cluster:Cluster", { storageEncrypted: true, kmsKeyId: "k" }, { storageEncrypted: false }],
    ["everything-encrypted", "aws:redshift/cluster:Cluster", { encrypted: true, kmsKeyId: "k" }, { encrypted: false }],
    ["everything-encrypted", "aws:ssm/parameter:Parameter", { type: "SecureString", keyId: "k" }, { keyId: "" }],
    ["nothing-public", "aws:opensearch/domain:Domain", { vpcOptions: { subnetIds: [] } }, { vpcOptions: undefined as never }],
    ["nothing-public", "aws:rds/clusterInstance:ClusterInstance", {}, { publiclyAccessible: true }],
    ["nothing-public", "aws:redshift/cluster:Cluster", { publiclyAccessible: false }, { publiclyAccessible: true }],
];

describe("policy", () => {
    for (const [rule, type, correct, wrong] of OTHER_TYPES) {
        it(`${rule} checks ${type}, which the platform doesn't create`, async () => {
            expect(await messages(rule, type, correct)).to.deep.equal([]);
            expect(await messages(rule, type, { ...correct, ...wrong })).to.not.deep.equal([]);
        });
    }

    it("everything-encrypted accepts a read replica without a key if its source in the stack has one", async () => {
        const { check } = rules.find(({ name }) => name === "everything-encrypted")!;
        const type = "aws:rds/instance:Instance";
        const instance = (name: string, inputs: Properties, outputs: Properties = {}): DeployedResource => ({
            ...resource(type, { storageEncrypted: true, ...inputs }),
            urn: `urn:pulumi:s::p::${type}::${name}`,
            parent: "urn:pulumi:s::p::database",
            outputs,
        });
        const source = instance("source", { kmsKeyId: "k" }, { arn: "arn:source" });
        for (const replicateSourceDb of ["arn:source", "(not known before the deployment)"]) {
            const replica = instance("replica", { replicateSourceDb });
            expect(await check([source, replica])).to.deep.equal([]);
            expect(await check([replica])).to.have.length(1);
            expect(await check([source, { ...replica, inputs: { replicateSourceDb } }])).to.have.length(1);
            expect(await check([instance("source", {}, { arn: "arn:source" }), replica])).to.have.length(2);
        }
        expect(await check([source, instance("replica", { replicateSourceDb: "arn:elsewhere" })])).to.have.length(1);
    });

    it("everything-encrypted accepts a restored instance without a key, but not without encryption", async () => {
        const { check } = rules.find(({ name }) => name === "everything-encrypted")!;
        const type = "aws:rds/instance:Instance";
        const sources: Properties[] = [{ snapshotIdentifier: "s" }, { restoreToPointInTime: { sourceDbiResourceId: "db-A" } }];
        for (const source of sources) {
            expect(await check([resource(type, { storageEncrypted: true, ...source })])).to.deep.equal([]);
            expect(await check([resource(type, source)])).to.have.length(1);
        }
    });

    for (const rule of ["everything-encrypted", "nothing-public"]) {
        it(`${rule} rejects a type that it doesn't know, and names the file to add it to`, async () => {
            const unknown = ["has the unknown type aws:qldb/ledger:Ledger: add it to policy/rules/resource-types.ts"];
            expect(await messages(rule, "aws:qldb/ledger:Ledger")).to.deep.equal(unknown);
        });

        it(`${rule} accepts an additional resource of a type without data`, async () => {
            for (const type of [
                "aws:iam/policy:Policy",
                "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
                "random:index/randomId:RandomId",
            ])
                expect(await messages(rule, type)).to.deep.equal([]);
        });
    }
});
