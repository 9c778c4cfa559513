import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx/ec2";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { expect } from "chai";
import { EDGE_AND_EVENTS } from "../../components/testing/computed-edge-and-events";
import { NETWORK_AND_DATA } from "../../components/testing/computed-network-and-data";
import { parseJson, parsePolicy, record, type Recording, type RecordOptions, type ResourceClass, resolve } from "../../components/testing";

/** What `record` fails with. */
const failure = async (program: () => unknown, options?: RecordOptions): Promise<string> => {
    try {
        await record(program, options);
    } catch (error) {
        return (error as Error).message;
    }
    return "no failure";
};

class Group extends pulumi.ComponentResource {
    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super("test:index:Group", name, {}, opts);
    }
}

describe("record", () => {
    it("generates URNs like the engine: with the types of all parents except the stack", async () => {
        const recording = await record(
            () => {
                const outer = new Group("outer");
                const inner = new Group("inner", { parent: outer });
                const bucket = new aws.s3.Bucket("files", {}, { parent: inner });
                new aws.s3.BucketPolicy("policy", { bucket: bucket.bucket, policy: "{}" }, { parent: bucket });
                new aws.s3.Bucket("alone");
            },
            { project: "shop", stack: "prod" },
        );
        expect(recording.registered.map(({ urn }) => urn)).to.have.members([
            "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod",
            "urn:pulumi:prod::shop::test:index:Group::outer",
            "urn:pulumi:prod::shop::test:index:Group$test:index:Group::inner",
            "urn:pulumi:prod::shop::test:index:Group$test:index:Group$aws:s3/bucket:Bucket::files",
            "urn:pulumi:prod::shop::test:index:Group$test:index:Group$aws:s3/bucket:Bucket$aws:s3/bucketPolicy:BucketPolicy::policy",
            "urn:pulumi:prod::shop::aws:s3/bucket:Bucket::alone",
        ]);
        expect(recording.one(aws.s3.Bucket, "alone").parent).to.equal("urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod");
    });

    it("records dependencies, including those of properties, and resource options", async () => {
        const customTimeouts = { create: "1m", update: "2m", delete: "3m" };
        const recording = await record(() => {
            const bucket = new aws.s3.Bucket("files", {}, { protect: true, retainOnDelete: true, ignoreChanges: ["tags"], customTimeouts });
            const queue = new aws.sqs.Queue("queue");
            new aws.s3.BucketPolicy("policy", { bucket: bucket.bucket, policy: "{}" }, { dependsOn: [queue] });
        });
        const [bucket, queue] = [recording.one(aws.s3.Bucket), recording.one(aws.sqs.Queue)];
        expect(bucket).to.deep.include({ protect: true, retainOnDelete: true, ignoreChanges: ["tags"], custom: true, customTimeouts });
        const policy = recording.one(aws.s3.BucketPolicy);
        expect(policy.dependencies).to.have.members([bucket.urn, queue.urn]);
        expect(policy.propertyDependencies.bucket).to.deep.equal([bucket.urn]);
        expect(policy.propertyDependencies.policy).to.deep.equal([]);
    });

    it("returns computed outputs, which tests can replace", async () => {
        const program = () => ({ arn: new aws.s3.Bucket("files", { bucket: "my-files" }).arn });
        expect((await record(program)).outputs).to.deep.equal({ arn: "arn:aws:s3:::my-files" });
        const outputs = { "aws:s3/bucket:Bucket": () => ({ arn: "arn:mine" }) };
        expect((await record(program, { outputs })).outputs).to.deep.equal({ arn: "arn:mine" });
    });

    it("gives a resource one output for each property, no matter when the program reads it", async () => {
        const renamed = class extends aws.sqs.Queue {
            constructor() {
                super("renamed");
                Object.assign(this, { name: "own" });
            }
        };
        const { outputs } = await record(() => {
            const queue = new aws.sqs.Queue("queue", { name: "orders" });
            const [first, second] = [queue.name, queue.name];
            const late = queue.urn.apply(() => pulumi.all([queue.arn, queue.arn]));
            return { keys: Object.keys(queue).includes("arn"), same: first === second, first, late, own: new renamed().name };
        });
        const arn = "arn:aws:sqs:us-east-1:123456789012:orders";
        expect(outputs).to.deep.equal({ keys: true, same: true, first: "orders", late: [arn, arn], own: "own" });
    });

    it("uses the region of the resource, its provider, or the stack", async () => {
        const recording = await record(
            () => {
                const provider = new aws.Provider("west", { region: "us-west-2" });
                new aws.sqs.Queue("default");
                new aws.sqs.Queue("provider", {}, { provider });
                new aws.sqs.Queue("own", { region: "ap-south-1" });
                return { west: aws.getRegionOutput({}, { provider }).region, here: aws.getRegionOutput().region };
            },
            { region: "eu-west-1" },
        );
        const regionOf = (name: string) => String(recording.one(aws.sqs.Queue, name).outputs.arn).split(":")[3];
        expect(["default", "provider", "own"].map(regionOf)).to.deep.equal(["eu-west-1", "us-west-2", "ap-south-1"]);
        expect(recording.outputs).to.deep.equal({ west: "us-west-2", here: "eu-west-1" });
    });

    it("lists the data sources that the program reads, with their inputs", async () => {
        const { lookups } = await record(() => ({ zone: aws.route53.getZoneOutput({ name: "example.com" }).zoneId }));
        expect(lookups).to.deep.equal([{ token: "aws:route53/getZone:getZone", inputs: { name: "example.com" } }]);
        expect((await record(() => new aws.sqs.Queue("queue"))).lookups).to.be.empty;
    });

    it("passes configuration to the program", async () => {
        const program = () => ({
            size: new pulumi.Config("shop").requireObject("size"),
            key: new pulumi.Config("shop").requireSecret("key"),
        });
        const recording = await record(program, {
            project: "shop",
            config: { "shop:size": "[1]", "shop:key": "k" },
            secretKeys: ["shop:key"],
        });
        expect(recording.outputs).to.deep.equal({ size: [1], key: "k" });
    });

    it("starts each recording from scratch", async () => {
        const first = await record(() => new aws.s3.Bucket("files"), { config: { "shop:size": "1" }, region: "us-west-2" });
        const second = await record(() => {
            new aws.sqs.Queue("queue");
            return { size: new pulumi.Config("shop").get("size") ?? "unset", region: aws.getRegionOutput().region };
        });
        expect(first.all(aws.sqs.Queue)).to.be.empty;
        expect(second.all(aws.s3.Bucket)).to.be.empty;
        expect(second.outputs).to.deep.equal({ size: "unset", region: "us-east-1" });
    });

    it("starts from scratch after a failed recording", async () => {
        expect(await failure(() => new awsx.DefaultVpc("vpc"))).to.contain("doesn't support");
        expect((await record(() => new aws.s3.Bucket("files"))).all(aws.s3.Bucket)).to.have.length(1);
    });
});

describe("computed outputs", () => {
    it("are defined once for each resource type", () => {
        const types = Object.keys(NETWORK_AND_DATA);
        expect(types.filter((type) => type in EDGE_AND_EVENTS)).to.deep.equal([]);
    });
});

describe("the SDK's internals", () => {
    it("are replaced while a program runs, and restored after it", async () => {
        const callsites = (): unknown => Reflect.get(pulumi.Resource, "callsites");
        const [before, { warn }] = [callsites(), pulumi.log];
        let during: unknown;
        await record(() => {
            during = callsites();
            new aws.sqs.Queue("queue");
        });
        expect(during).to.not.equal(before);
        expect(callsites()).to.equal(before);
        expect(pulumi.log.warn).to.equal(warn);
    });
});

describe("a failing program", () => {
    it("is rejected with its own error", async () => {
        const boom = () => {
            throw new Error("boom");
        };
        expect(await failure(boom)).to.equal("boom");
        expect(await failure(() => Promise.reject(new Error("boom later")))).to.equal("boom later");
    });

    it("is rejected if it fails inside an output", async () => {
        const program = () => {
            new aws.s3.Bucket("files").arn.apply(() => {
                throw new Error("boom inside");
            });
        };
        expect(await failure(program)).to.equal("boom inside");
    });

    it("reports a URN that is registered twice", async () => {
        const twice = () => {
            new aws.s3.Bucket("files");
            new aws.s3.Bucket("files");
        };
        expect(await failure(twice)).to.contain(
            "Duplicate resource URN 'urn:pulumi:stack::project::aws:s3/bucket:Bucket::files'; try giving it a unique name",
        );
    });

    it("reports a remote component that can't be expanded", async () => {
        const message = await failure(() => new awsx.DefaultVpc("vpc"));
        expect(message).to.contain("awsx:ec2:DefaultVpc is a remote component, which the recorder doesn't support");
    });

    it("reports a data source without a result, and accepts one from the test", async () => {
        const program = async () => ({ name: (await aws.ec2.getVpcPeeringConnection({ id: "pcx-1" })).cidrBlock });
        const token = "aws:ec2/getVpcPeeringConnection:getVpcPeeringConnection";
        expect(await failure(program)).to.contain(`no result for the data source ${token}: add one to \`dataSources\``);
        const dataSources = { [token]: ({ id }: Record<string, unknown>) => ({ cidrBlock: `block of ${String(id)}` }) };
        expect((await record(program, { dataSources })).outputs).to.deep.equal({ name: "block of pcx-1" });
    });

    it("doesn't remove listeners of the process", async () => {
        const before = process.listeners("unhandledRejection");
        await failure(() => new awsx.DefaultVpc("vpc"));
        expect(process.listeners("unhandledRejection")).to.deep.equal(before);
    });
});

describe("Recording", () => {
    let recording: Recording;
    before(async () => {
        recording = await record(() => {
            new aws.s3.Bucket("raw", { tags: { a: "b" } });
            new aws.s3.Bucket("curated");
            new aws.sqs.Queue("queue");
        });
    });

    it("finds resources by class or token, and by name or pattern", () => {
        expect(recording.all(aws.s3.Bucket)).to.have.length(2);
        expect(recording.all("aws:s3/bucket:Bucket", /^r/).map(({ name }) => name)).to.deep.equal(["raw"]);
        expect(recording.one(aws.s3.Bucket, "raw").inputs.tags).to.deep.equal({ a: "b" });
        expect(recording.one(aws.sqs.Queue).name).to.equal("queue");
    });

    it("lists what exists if `one` finds none or several", () => {
        const names = "registered: (raw, curated|curated, raw)$";
        expect(() => recording.one(aws.s3.Bucket)).to.throw(new RegExp(`^expected one aws:s3/bucket:Bucket, found 2; ${names}`));
        expect(() => recording.one(aws.s3.Bucket, "x")).to.throw(
            new RegExp(`^expected one aws:s3/bucket:Bucket named x, found 0; ${names}`),
        );
    });

    it("lists existing types if `one` finds none of its type", async () => {
        const none = "none of this type is registered; registered types";
        expect(() => recording.one(aws.kms.Key, /k/)).to.throw(
            new RegExp(`^expected one aws:kms/key:Key named /k/, found 0; ${none}: aws:s3/bucket:Bucket, aws:sqs/queue:Queue$`),
        );
        // Every program has the stack itself, so it is omitted.
        const empty = await record(() => undefined);
        expect(() => empty.one(aws.s3.Bucket)).to.throw(new RegExp(`^expected one aws:s3/bucket:Bucket, found 0; ${none}: none$`));
    });
});

describe("secrets", () => {
    const SIGNATURE = "4dabf18193072939515e22adb298388d";
    const MASKED = { [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", ciphertext: "" };
    let recording: Recording;
    before(async () => {
        recording = await record(() => {
            const { result } = new random.RandomPassword("password", { length: 20 });
            const name = pulumi.interpolate`prefix-${result}`;
            new aws.ssm.Parameter("derived", { type: "SecureString", value: name, tags: { plain: "text", inner: result } });
            new aws.ssm.Parameter("given", { type: "SecureString", value: pulumi.secret("given-secret") });
            return { result };
        });
    });

    it("are marked by input, in whole or in part, and available to tests in plain text", () => {
        const derived = recording.one(aws.ssm.Parameter, "derived");
        expect([derived.isSecret("value"), derived.isSecret("tags"), derived.isSecret("type"), derived.isSecret("none")]).to.deep.equal([
            true,
            true,
            false,
            false,
        ]);
        expect(derived.inputs.value).to.equal("prefix-generated-secret-password");
        expect(recording.outputs.result).to.equal("generated-secret-password");
    });

    it("are marked in the deployment without their text, in inputs, outputs, and generated values", () => {
        const { resources } = recording.deployment().deployment;
        const find = (name: string) => resources.find(({ urn }) => urn.endsWith(`::${name}`))!;
        expect(find("given").inputs?.value).to.deep.equal(MASKED);
        expect(find("given").outputs?.value).to.deep.equal(MASKED);
        expect(find("derived").inputs?.tags).to.deep.equal({ plain: "text", inner: MASKED });
        expect(find("password").outputs?.result).to.deep.equal(MASKED);
        expect(JSON.stringify(recording.deployment())).not.to.match(/given-secret|generated-secret/);
    });
});

describe("a deployment", () => {
    it("has the form of `pulumi stack export`, with a default provider for each package", async () => {
        const recording = await record(
            () => {
                const provider = new aws.Provider("west", { region: "us-west-2" });
                new aws.s3.Bucket("here", {}, { protect: true });
                new aws.s3.Bucket("west", {}, { provider });
                new random.RandomId("id", { byteLength: 4 });
                new Group("group");
            },
            { project: "shop", stack: "prod", region: "eu-west-1" },
        );
        const { version, deployment } = recording.deployment();
        expect(version).to.equal(3);
        expect(Object.keys(deployment.manifest)).to.have.members(["time", "magic", "version"]);
        const find = (name: string) => deployment.resources.find(({ urn }) => urn.endsWith(`::${name}`))!;
        const defaults = deployment.resources.filter(({ urn }) => urn.endsWith("::default"));
        expect(defaults.map(({ urn, inputs }) => [urn, inputs])).to.have.deep.members([
            ["urn:pulumi:prod::shop::pulumi:providers:aws::default", { region: "eu-west-1" }],
            ["urn:pulumi:prod::shop::pulumi:providers:random::default", {}],
        ]);
        expect(find("here").provider).to.equal(`${defaults.find(({ type }) => type.endsWith("aws"))!.urn}::${defaults[0]!.id!}`);
        const west = recording.one("pulumi:providers:aws");
        const [, bucket] = recording.all(aws.s3.Bucket);
        expect(deployment.resources.find(({ urn }) => urn === bucket!.urn)!.provider).to.equal(`${west.urn}::${west.id!}`);
        expect(find("here")).to.include({ custom: true, protect: true });
        expect(find("group"))
            .to.include({ custom: false, parent: recording.one("pulumi:pulumi:Stack").urn })
            .and.not.have.property("provider");
        const [position, parent] = ["here", "shop-prod"].map((name) => deployment.resources.indexOf(find(name)));
        expect(position).to.be.greaterThan(parent!);
    });
});

describe("helpers", () => {
    it("parse policies with lists throughout, and JSON text only", () => {
        const text = JSON.stringify({ Statement: [{ Effect: "Allow", Action: "a:b", Resource: "*", Principal: { Service: "x" } }] });
        expect(parsePolicy(text).Statement[0]).to.deep.include({ Action: ["a:b"], Resource: ["*"], Principal: ["x"] });
        expect(() => parseJson(undefined)).to.throw("expected JSON text, got undefined");
    });

    it("wait for outputs", async () => {
        await record(() => undefined);
        expect(await resolve(pulumi.secret({ a: pulumi.output([1]) }))).to.deep.equal({ a: [1] });
    });
});

/** Children that the provider of awsx 3.9 creates for the platform's arguments in zones a, b, and d, under the name `net`. */
const OF_A_VPC = [
    "Vpc net",
    "InternetGateway net",
    ...["public", "private", "data"].flatMap((tier) =>
        [1, 2, 3].flatMap((zone) => ["Subnet", "RouteTable", "RouteTableAssociation"].map((type) => `${type} net-${tier}-${zone}`)),
    ),
    ...["public", "private"].flatMap((tier) => [1, 2, 3].map((zone) => `Route net-${tier}-${zone}`)),
    ...[1, 2, 3].flatMap((zone) => [`Eip net-${zone}`, `NatGateway net-${zone}`]),
];

describe("awsx.ec2.Vpc, expanded", () => {
    const third = (n: number) => [n, n + 1, n + 2].map((octet) => `10.0.${octet}.0/24`);
    const args: awsx.VpcArgs = {
        cidrBlock: "10.0.0.0/16",
        availabilityZoneNames: ["us-east-1a", "us-east-1b", "us-east-1d"],
        subnetStrategy: "Auto",
        enableDnsHostnames: true,
        enableDnsSupport: true,
        natGateways: { strategy: "OnePerAz" },
        subnetSpecs: [
            { type: "Private", cidrBlocks: third(4), tags: { tier: "service" } },
            { type: "Public", cidrBlocks: third(1) },
            { type: "Isolated", name: "data", cidrBlocks: third(7) },
        ],
        tags: { a: "b" },
    };
    const made = (more: Partial<awsx.VpcArgs> = {}) => record(() => new awsx.Vpc("net", { ...args, ...more }));
    const children = (recording: Recording) =>
        recording.registered.filter(({ expanded }) => expanded).map(({ type, name }) => `${type.split(":")[2]!} ${name}`);
    let recording: Recording;
    before(async () => {
        recording = await made();
    });

    it("has the children that its provider creates", () => {
        expect(children(recording).sort()).to.deep.equal([...OF_A_VPC].sort());
    });

    it("passes the same inputs as its provider", () => {
        const vpcId = recording.one(aws.ec2.Vpc).id;
        const id = <Args>(type: ResourceClass<Args>, name: string) => recording.one(type, name).id;
        const inputs = <Args>(type: ResourceClass<Args>, name: string) => recording.one(type, name).inputs;
        expect(inputs(aws.ec2.Vpc, "net")).to.deep.equal({
            cidrBlock: "10.0.0.0/16",
            enableDnsHostnames: true,
            enableDnsSupport: true,
            tags: { Name: "net", a: "b" },
        });
        expect(inputs(aws.ec2.InternetGateway, "net")).to.deep.equal({ vpcId, tags: { Name: "net", a: "b" } });
        const subnet = { vpcId, assignIpv6AddressOnCreation: false };
        expect(inputs(aws.ec2.Subnet, "net-public-2")).to.deep.equal({
            ...subnet,
            availabilityZone: "us-east-1b",
            cidrBlock: "10.0.2.0/24",
            mapPublicIpOnLaunch: true,
            tags: { Name: "net-public-2", SubnetType: "Public", a: "b" },
        });
        expect(inputs(aws.ec2.Subnet, "net-data-3")).to.deep.equal({
            ...subnet,
            availabilityZone: "us-east-1d",
            cidrBlock: "10.0.9.0/24",
            mapPublicIpOnLaunch: false,
            tags: { Name: "net-data-3", SubnetType: "Isolated", a: "b" },
        });
        // Tags of a subnet spec apply to its subnets, not to their route tables.
        expect(inputs(aws.ec2.Subnet, "net-private-1").tags).to.deep.equal({
            Name: "net-private-1",
            SubnetType: "Private",
            a: "b",
            tier: "service",
        });
        expect(inputs(aws.ec2.RouteTable, "net-private-1")).to.deep.equal({
            vpcId,
            tags: { Name: "net-private-1", SubnetType: "Private", a: "b" },
        });
        const routeTableId = id(aws.ec2.RouteTable, "net-private-1");
        expect(inputs(aws.ec2.RouteTableAssociation, "net-private-1")).to.deep.equal({
            routeTableId,
            subnetId: id(aws.ec2.Subnet, "net-private-1"),
        });
        const destinationCidrBlock = "0.0.0.0/0";
        expect(inputs(aws.ec2.Route, "net-private-1")).to.deep.equal({
            routeTableId,
            destinationCidrBlock,
            natGatewayId: id(aws.ec2.NatGateway, "net-1"),
        });
        const targets = recording.all(aws.ec2.Route, /private/).map(({ inputs: { natGatewayId } }) => natGatewayId);
        expect(targets).to.deep.equal(["net-1", "net-2", "net-3"].map((nat) => id(aws.ec2.NatGateway, nat)));
        expect(inputs(aws.ec2.Route, "net-public-3")).to.deep.equal({
            routeTableId: id(aws.ec2.RouteTable, "net-public-3"),
            destinationCidrBlock,
            gatewayId: id(aws.ec2.InternetGateway, "net"),
        });
        expect(inputs(aws.ec2.Eip, "net-2")).to.deep.equal({ tags: { Name: "net-2", a: "b" } });
        expect(inputs(aws.ec2.NatGateway, "net-2")).to.deep.equal({
            allocationId: recording.one(aws.ec2.Eip, "net-2").outputs.allocationId,
            subnetId: id(aws.ec2.Subnet, "net-public-2"),
            tags: { Name: "net-2", a: "b" },
        });
    });

    it("sets parents and dependencies", () => {
        const component = recording.one("awsx:ec2:Vpc");
        const vpc = recording.one(aws.ec2.Vpc);
        const subnet = recording.one(aws.ec2.Subnet, "net-private-1");
        const table = recording.one(aws.ec2.RouteTable, "net-private-1");
        expect([vpc.parent, subnet.parent, table.parent]).to.deep.equal([component.urn, vpc.urn, subnet.urn]);
        const nat = recording.one(aws.ec2.NatGateway, "net-1");
        const route = recording.one(aws.ec2.Route, "net-private-1");
        expect(route.parent).to.equal(table.urn);
        expect(route.dependencies).to.have.members([table.urn, nat.urn]);
        expect(route.propertyDependencies).to.deep.equal({ routeTableId: [table.urn], natGatewayId: [nat.urn] });
        const [eip, publicSubnet] = [recording.one(aws.ec2.Eip, "net-1"), recording.one(aws.ec2.Subnet, "net-public-1")];
        expect(nat.parent).to.equal(publicSubnet.urn);
        expect(nat.dependencies).to.have.members([eip.urn, publicSubnet.urn]);
        expect(vpc.dependencies).to.be.empty;
    });

    it("returns its outputs, including resources", async () => {
        const { outputs } = await record(() => {
            const vpc = new awsx.Vpc("net", args);
            return {
                vpcId: vpc.vpcId,
                block: vpc.vpc.cidrBlock,
                publicSubnetIds: vpc.publicSubnetIds,
                isolatedBlocks: vpc.isolatedSubnets.apply((subnets) => pulumi.all(subnets.map(({ cidrBlock }) => cidrBlock))),
                tables: vpc.routeTables.apply((tables) => pulumi.all(tables.map(({ id }) => id))),
                tags: vpc.routeTables.apply((tables) => pulumi.output(tables.map(({ tags }) => tags))),
                isTable: vpc.routeTables.apply((tables) => tables.every((table) => aws.ec2.RouteTable.isInstance(table))),
                counts: pulumi
                    .all([
                        vpc.subnets,
                        vpc.routes,
                        vpc.routeTableAssociations,
                        vpc.natGateways,
                        vpc.eips,
                        vpc.vpcEndpoints,
                        vpc.subnetLayout,
                    ])
                    .apply((lists) => lists.map(({ length }) => length)),
            };
        });
        expect(outputs).to.deep.include({
            vpcId: recording.one(aws.ec2.Vpc).id,
            block: "10.0.0.0/16",
            publicSubnetIds: [1, 2, 3].map((zone) => recording.one(aws.ec2.Subnet, `net-public-${zone}`).id),
            isolatedBlocks: third(7),
            tables: recording.all(aws.ec2.RouteTable).map(({ id }) => id),
            isTable: true,
            counts: [9, 6, 9, 3, 3, 0, 3],
        });
        expect((outputs.tags as { SubnetType: string }[]).slice(0, 3).map(({ SubnetType }) => SubnetType)).to.deep.equal([
            "Public",
            "Private",
            "Isolated",
        ]);
    });

    it("has one NAT gateway for all, or none", async () => {
        const single = await made({ natGateways: { strategy: "Single" } });
        expect(children(single).filter((child) => /^(Eip|NatGateway)/.test(child))).to.deep.equal(["Eip net-1", "NatGateway net-1"]);
        const targets = single.all(aws.ec2.Route, /private/).map(({ inputs }) => inputs.natGatewayId);
        expect(targets).to.deep.equal(Array(3).fill(single.one(aws.ec2.NatGateway).id));
        const none = await made({ natGateways: { strategy: "None" } });
        expect(children(none).filter((child) => /^(Eip|NatGateway|Route net-private)/.test(child))).to.be.empty;
    });
});
