import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { allowConnection, type Connectable, type ConnectionParts, PartFactory, type Transforms } from "../../components";
import { record, type Recording } from "../../components/testing";

const connectable = (logicalName: string): Connectable => ({ logicalName, securityGroupId: pulumi.output(`sg-${logicalName}`) });

const connected = (ports: number[], transform?: Transforms<ConnectionParts>): Promise<Recording> =>
    record(() => {
        const parts = new PartFactory<ConnectionParts>(undefined, transform);
        for (const port of ports) allowConnection(parts, connectable("web"), connectable("store"), port);
    });

const rulesOf = (recording: Recording) =>
    [...recording.all(aws.vpc.SecurityGroupIngressRule), ...recording.all(aws.vpc.SecurityGroupEgressRule)].map(
        ({ name, inputs }) => `${name} ${String(inputs.fromPort)}-${String(inputs.toPort)}`,
    );

describe("the rules of a connection", () => {
    it("are other resources for another port: Pulumi creates the new ones first and deletes the old ones last", async () => {
        expect(rulesOf(await connected([8080]))).to.have.members(["store-from-web-8080 8080-8080", "web-to-store-8080 8080-8080"]);
        expect(rulesOf(await connected([8081]))).to.have.members(["store-from-web-8081 8081-8081", "web-to-store-8081 8081-8081"]);
    });

    it("allow several ports between the same two components", async () => {
        expect(rulesOf(await connected([80, 443]))).to.have.length(4);
    });

    it("are found under the names without a port, which earlier versions gave them", async () => {
        const aliases: Record<string, unknown> = {};
        const note = (_args: unknown, opts: pulumi.CustomResourceOptions, name: string) => {
            aliases[name] = opts.aliases;
        };
        await connected([8080], { ingressRules: note, egressRules: note });
        expect(aliases).to.deep.equal({
            "store-from-web-8080": [{ name: "store-from-web" }],
            "web-to-store-8080": [{ name: "web-to-store" }],
        });
    });
});
