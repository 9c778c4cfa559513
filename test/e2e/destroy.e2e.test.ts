import { expect } from "chai";
import { nameOf } from "../../components/testing/urn";
import { type Deployment, missing, Project, skipIfMissing } from "./support";

const key = (path: string) => `ai-platform:${path}`;

/** Stacks with and without `recovery`, other than those that the documented commands destroy. */
const STACKS: [title: string, stack: string, settings: Record<string, string>, removed: string[]][] = [
    ["prod without recovery", "prod", {}, ["recovery"]],
    ["dev with recovery", "dev", { "recovery.region": "us-west-2", "recovery.manageRegistry": "false", protectData: "true" }, []],
];

describe("the two-step destroy", function () {
    this.timeout(20 * 60_000);
    let project: Project;

    before(function () {
        skipIfMissing(this);
        project = new Project({ checkpoints: false });
    });
    after(() => {
        if (!missing()) project.remove();
    });

    async function deployed(stack: string, settings: Record<string, string>, removed: string[]): Promise<Deployment> {
        const deployment = await project.stack(stack, {});
        for (const [path, value] of Object.entries(settings)) await deployment.set(key(path), value);
        for (const path of removed) await deployment.remove(key(path));
        await deployment.create();
        return deployment;
    }

    for (const [title, stack, settings, removed] of STACKS) {
        it(`of ${title} removes nothing in the first step, and everything in the second`, async () => {
            const deployment = await deployed(stack, settings, removed);
            const refusal = await deployment.previewDestroy().then(() => "", String);
            expect(refusal).to.contain("protected");
            const before = (await deployment.resources()).map(({ urn }) => nameOf(urn)).sort();
            await deployment.set(key("protectData"), "false");
            const steps = await deployment.up();
            expect(Object.keys(steps)).to.deep.equal(["update"]);
            expect((await deployment.resources()).map(({ urn }) => nameOf(urn)).sort()).to.deep.equal(before);
            await deployment.destroy();
            expect((await deployment.resources()).map(({ urn }) => nameOf(urn))).to.deep.equal([]);
        });
    }
});
