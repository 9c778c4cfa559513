import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import { expect } from "chai";
import { environmentOf, ROOT } from "../../tools/changing/engine";
import { installPackage } from "../support/package";
import { Deployment, skipIfMissing } from "./support";

describe("the example web-service, with the packed library", function () {
    this.timeout(20 * 60_000);
    let directory: string;
    let deployment: Deployment;

    before(async function () {
        skipIfMissing(this);
        directory = mkdtempSync(path.join(tmpdir(), "ai-platform-example-"));
        const { program } = await installPackage(directory);
        cpSync(path.join(ROOT, "examples", "web-service"), program, { recursive: true });
        // A development dependency of the example.
        symlinkSync(path.join(ROOT, "node_modules", "tsx"), path.join(program, "node_modules", "tsx"));
        mkdirSync(path.join(program, "state"));
        const stack = { stackName: "dev", workDir: program };
        deployment = new Deployment(await LocalWorkspace.createOrSelectStack(stack, { workDir: program, envVars: environmentOf(program) }));
        await deployment.set("web-service:deletionProtection", "false");
    });
    after(() => {
        if (directory) rmSync(directory, { recursive: true, force: true });
    });

    it("is deployed", async () => {
        await deployment.create();
        const { outputs } = await deployment.resource("aws:lb/loadBalancer:LoadBalancer", "web-alb");
        const { address } = await deployment.stack.outputs();
        expect(address?.value).to.equal(outputs.dnsName);
    });

    it("is unchanged afterwards", async () => {
        expect(await deployment.preview()).to.deep.equal({});
    });

    it("is destroyed", async () => {
        await deployment.destroy();
        expect(await deployment.resources()).to.deep.equal([]);
    });
});
