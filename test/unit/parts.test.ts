import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { append, type Each, type Nodes, PartFactory, type Transforms } from "../../components";
import { record } from "../../components/testing";

interface Parts {
    queue: typeof aws.sqs.Queue;
    policy?: typeof aws.sqs.QueuePolicy;
    rules: Each<typeof aws.cloudwatch.EventRule>;
}

class Inbox extends pulumi.ComponentResource {
    readonly nodes: Nodes<Parts>;

    constructor(name: string, args: { transform?: Transforms<Parts> } = {}, opts?: pulumi.ComponentResourceOptions) {
        super("test:index:Inbox", name, {}, opts);
        const parts = new PartFactory<Parts>(this, args.transform);
        parts.create("queue", aws.sqs.Queue, name, { delaySeconds: 5, tags: { a: "1" } }, { protect: true });
        for (const key of ["one", "two"]) {
            parts.createEach("rules", key, aws.cloudwatch.EventRule, `${name}-${key}`, { eventPattern: "{}" });
        }
        this.nodes = parts.nodes;
        this.registerOutputs({});
    }
}

class Office extends pulumi.ComponentResource {
    constructor(name: string, args: { transform?: Transforms<{ inbox: typeof Inbox }> }) {
        super("test:index:Office", name);
        new PartFactory<{ inbox: typeof Inbox }>(this, args.transform).create("inbox", Inbox, `${name}-inbox`, {});
    }
}

describe("PartFactory", () => {
    const queueOf = async (transform?: Transforms<Parts>) => {
        const recording = await record(() => new Inbox("inbox", { transform }));
        return recording.one(aws.sqs.Queue);
    };

    it("rejects a second resource of a part that has only one, which would hide the first in nodes", async () => {
        let problem = "";
        await record(() => {
            const parts = new PartFactory<Parts>(undefined, undefined);
            parts.create("queue", aws.sqs.Queue, "first", {});
            try {
                parts.create("queue", aws.sqs.Queue, "second", {});
            } catch (error) {
                problem = String(error);
            }
        });
        expect(problem).to.contain("the part queue of second exists already: use createEach");
    });

    it("passes arguments and options on without a transform", async () => {
        const queue = await queueOf();
        expect(queue.inputs).to.deep.include({ delaySeconds: 5, tags: { a: "1" } });
        expect(queue.protect).to.equal(true);
        expect(queue.parent).to.match(/Inbox::inbox$/);
    });

    it("replaces the properties of an object", async () => {
        expect((await queueOf({ queue: { delaySeconds: 9 } })).inputs).to.deep.include({ delaySeconds: 9, tags: { a: "1" } });
    });

    it("replaces what a function returns, and keeps what it changes in place", async () => {
        const returned = await queueOf({ queue: (args) => ({ delaySeconds: Number(args.delaySeconds) + 1 }) });
        expect(returned.inputs).to.deep.include({ delaySeconds: 6, tags: { a: "1" } });
        const changed = await queueOf({
            queue: (args) => {
                args.delaySeconds = 7;
            },
        });
        expect(changed.inputs).to.deep.include({ delaySeconds: 7 });
    });

    it("gives a function the options and the name", async () => {
        const names: string[] = [];
        const queue = await queueOf({
            queue: (_, opts, name) => {
                names.push(name);
                opts.protect = false;
                opts.ignoreChanges = ["tags"];
                opts.import = "https://sqs.us-east-1.amazonaws.com/123456789012/inbox";
            },
        });
        expect(names).to.deep.equal(["inbox"]);
        expect(queue).to.deep.include({ protect: false, ignoreChanges: ["tags"] });
        expect(queue.id).to.equal("https://sqs.us-east-1.amazonaws.com/123456789012/inbox");
    });

    it("transforms each resource of a part", async () => {
        const recording = await record(() => new Inbox("inbox", { transform: { rules: (_, _opts, name) => ({ description: name }) } }));
        const descriptions = recording.all(aws.cloudwatch.EventRule).map(({ inputs }) => inputs.description);
        expect(descriptions).to.deep.equal(["inbox-one", "inbox-two"]);
    });

    it("transforms the arguments of a component, its own transform included", async () => {
        const transform = { inbox: { transform: { queue: { delaySeconds: 1 } } } };
        const recording = await record(() => new Office("office", { transform }));
        expect(recording.one(aws.sqs.Queue).inputs).to.deep.include({ delaySeconds: 1 });
    });

    it("exposes the resources as nodes, without those that the arguments don't ask for", async () => {
        await record(() => {
            const { nodes } = new Inbox("inbox");
            expect(nodes.queue).to.be.instanceOf(aws.sqs.Queue);
            expect(nodes.policy).to.equal(undefined);
            expect(Object.keys(nodes.rules)).to.deep.equal(["one", "two"]);
        });
    });
});

describe("append", () => {
    it("adds to a list that is known, missing or an output", async () => {
        expect(append([1, 2], 3)).to.deep.equal([1, 2, 3]);
        expect(append<number>(undefined, 3)).to.deep.equal([3]);
        await record(async () => {
            const list = await new Promise((resolve) => pulumi.output(append(pulumi.output([1]), pulumi.output(2))).apply(resolve));
            expect(list).to.deep.equal([1, 2]);
        });
    });
});
