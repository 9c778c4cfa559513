import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";

interface Buildspec {
    version: number;
    phases: Record<string, { commands?: string[]; "on-failure"?: string }>;
    artifacts?: { files: string[] };
}

const buildspec = (name: string) => parse(readFileSync(join(__dirname, "../../delivery", `buildspec-${name}.yml`), "utf8")) as Buildspec;

/** Runs the commands of a buildspec like CodeBuild, in one shell, with stubs that record their calls. */
class Machine {
    readonly directory = mkdtempSync(join(tmpdir(), "buildspec-"));
    private readonly bin = join(this.directory, "bin");
    private readonly log = join(this.directory, "calls.log");

    constructor() {
        mkdirSync(this.bin);
        for (const program of ["docker", "npm", "npx", "aws"]) this.answer(program, "");
    }

    /** Sets the script that a stub runs after it records its call. */
    answer(program: string, script: string): void {
        const file = join(this.bin, program);
        writeFileSync(file, `#!/usr/bin/env bash\nset -f\necho "${program} $*" >> "${this.log}"\n${script}\n`);
        chmodSync(file, 0o755);
    }

    run(name: string, env: Record<string, string>) {
        const commands = Object.values(buildspec(name).phases).flatMap((phase) => phase.commands ?? []);
        const { status, stderr } = spawnSync("bash", ["--norc", "-c", commands.join("\n")], {
            cwd: this.directory,
            env: { ...env, PATH: `${this.bin}:${process.env.PATH ?? ""}` },
            encoding: "utf8",
        });
        return { status, stderr, calls: existsSync(this.log) ? readFileSync(this.log, "utf8").trim().split("\n") : [] };
    }

    read = (file: string): unknown => JSON.parse(readFileSync(join(this.directory, file), "utf8"));
    has = (file: string): boolean => existsSync(join(this.directory, file));
}

let machine: Machine;
const machines: Machine[] = [];
const newMachine = () => {
    machine = new Machine();
    machines.push(machine);
};
const withMachine = () => {
    beforeEach(newMachine);
    afterEach(() => {
        for (const { directory } of machines.splice(0)) rmSync(directory, { recursive: true });
    });
};

describe("buildspec-image.yml", () => {
    withMachine();

    const home = "123456789012.dkr.ecr.us-east-1.amazonaws.com/ai-platform/prod/api";
    const away = home.replace("us-east-1", "us-west-2");
    const variables = {
        REPOSITORY_NAME: "ai-platform/prod/api",
        REPOSITORY_URL: home,
        CONTAINER_NAME: "ai-platform-api",
        PLATFORM: "linux/arm64",
        DIRECTORY: "api",
        DOCKERFILE: "Dockerfile",
        COMMIT_ID: "0123abc",
        WAIT_SECONDS: "0",
    };
    const inRecovery = {
        ...variables,
        RECOVERY_REGION: "us-west-2",
        RECOVERY_REPOSITORY_URL: away,
        RECOVERY_IMAGE_DEFINITIONS: "imagedefinitions-us-west-2.json",
    };
    /** A registry with or without the commit's image, and with a replication status. */
    const registry = (known: boolean, replication = "COMPLETE") => {
        machine.answer(
            "aws",
            `case "$2" in describe-images) exit ${known ? 0 : 1};; describe-image-replication-status) echo ${replication};; esac`,
        );
    };

    it("logs in, builds and pushes the image with the commit ID as its only tag, and writes the image definition", () => {
        registry(false);
        const { status, calls } = machine.run("image", variables);
        expect(status).to.equal(0);
        expect(calls.slice(-2)).to.deep.equal([
            `docker build --pull --provenance=false --platform linux/arm64 --file api/Dockerfile --tag ${home}:0123abc api`,
            `docker push ${home}:0123abc`,
        ]);
        expect(calls).to.include("docker login --username AWS --password-stdin 123456789012.dkr.ecr.us-east-1.amazonaws.com");
        expect(machine.read("imagedefinitions.json")).to.deep.equal([{ name: "ai-platform-api", imageUri: `${home}:0123abc` }]);
        expect(machine.has("imagedefinitions-us-west-2.json")).to.equal(false);
        expect(buildspec("image").artifacts?.files).to.deep.equal(["imagedefinitions*.json"]);
    });

    it("doesn't build a commit twice, because tags are immutable", () => {
        registry(true);
        const { status, calls } = machine.run("image", variables);
        expect(status).to.equal(0);
        expect(calls.filter((call) => /^docker (build|push)/.test(call))).to.be.empty;
        expect(machine.has("imagedefinitions.json")).to.equal(true);
    });

    it("waits for the replica in the recovery region, and writes the image definition for that region", () => {
        registry(false);
        expect(machine.run("image", inRecovery).status).to.equal(0);
        expect(machine.read("imagedefinitions-us-west-2.json")).to.deep.equal([{ name: "ai-platform-api", imageUri: `${away}:0123abc` }]);
    });

    it("fails if the replica doesn't arrive", () => {
        for (const [status, asked] of [
            ["FAILED", 1],
            ["IN_PROGRESS", 60],
        ] as const) {
            newMachine();
            registry(false, status);
            const run = machine.run("image", inRecovery);
            expect(run.status, status).to.equal(1);
            expect(run.stderr).to.contain(`has not arrived in us-west-2 (${status})`);
            expect(run.calls.filter((call) => call.includes("replication-status"))).to.have.length(asked);
            expect(machine.has("imagedefinitions-us-west-2.json")).to.equal(false);
        }
    });

    it("fails without an image definition if the build or the push fails", () => {
        for (const step of ["build", "push"]) {
            newMachine();
            registry(false);
            machine.answer("docker", `[ "$1" != ${step} ]`);
            expect(machine.run("image", variables).status, step).not.to.equal(0);
            expect(machine.has("imagedefinitions.json"), step).to.equal(false);
        }
    });
});

describe("buildspec-site.yml", () => {
    withMachine();

    const variables = {
        SITE_BUCKET: "site",
        DISTRIBUTION_ID: "E123",
        DIRECTORY: "web",
        OUTPUT_DIRECTORY: "dist/app/browser",
        CONFIGURATION: "production",
    };
    const hashed = `*-${"[0-9A-Z]".repeat(8)}.*`;
    const built = () => {
        mkdirSync(join(machine.directory, "web/dist/app/browser"), { recursive: true });
        writeFileSync(join(machine.directory, "web/dist/app/browser/index.html"), "<html>");
        machine.answer("aws", 'case "$2" in create-invalidation) echo I1;; esac');
    };

    it("publishes hashed files as immutable, then index.html uncached, then invalidates", () => {
        built();
        const { status, calls } = machine.run("site", variables);
        expect(status).to.equal(0);
        const from = "web/dist/app/browser";
        expect(calls).to.deep.equal([
            "npm ci --no-audit --no-fund",
            "npx ng build --configuration production",
            `aws s3 sync ${from} s3://site --exclude * --include ${hashed} --cache-control public,max-age=31536000,immutable`,
            `aws s3 sync ${from} s3://site --exclude ${hashed} --exclude index.html --cache-control public,max-age=300`,
            `aws s3 cp ${from}/index.html s3://site/index.html --cache-control no-cache --content-type text/html; charset=utf-8`,
            "aws cloudfront create-invalidation --distribution-id E123 --paths /* --query Invalidation.Id --output text",
            "aws cloudfront wait invalidation-completed --distribution-id E123 --id I1",
        ]);
    });

    it("treats only Angular's hashed names as hashed", () => {
        const pattern = new RegExp(`^${hashed.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
        for (const file of ["main-7KXV3QRM.js", "chunk-ABCDEFGH.js", "media/logo-ZZ11YY22.svg"]) expect(file).to.match(pattern);
        for (const file of ["index.html", "assets/my-document.pdf", "favicon.ico", "main.js"]) expect(file).not.to.match(pattern);
    });

    it("publishes nothing if the build fails or creates no index.html", () => {
        mkdirSync(join(machine.directory, "web"));
        const withoutIndex = machine.run("site", variables);
        expect(withoutIndex.stderr).to.contain("no index.html in web/dist/app/browser");
        newMachine();
        built();
        machine.answer("npx", "exit 1");
        const failed = machine.run("site", variables);
        for (const { status, calls } of [withoutIndex, failed]) {
            expect(status).not.to.equal(0);
            expect(calls.filter((call) => call.startsWith("aws"))).to.be.empty;
        }
    });

    it("doesn't publish index.html if other files fail to upload", () => {
        built();
        machine.answer("aws", '[ "$2" != sync ]');
        const { status, calls } = machine.run("site", variables);
        expect(status).not.to.equal(0);
        expect(calls.filter((call) => call.includes("index.html --cache"))).to.be.empty;
    });
});

describe("buildspec-migrate.yml", () => {
    withMachine();

    const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/ai-platform/prod/api:0123abc";
    const described = {
        taskDefinition: {
            taskDefinitionArn: "arn:aws:ecs:us-east-1:123456789012:task-definition/schema:7",
            family: "schema",
            revision: 7,
            status: "ACTIVE",
            requiresAttributes: [{ name: "ecs.capability" }],
            compatibilities: ["FARGATE"],
            registeredAt: "2026-11-01T00:00:00Z",
            registeredBy: "someone",
            cpu: "256",
            networkMode: "awsvpc",
            containerDefinitions: [
                { name: "app", image: "app:old", command: ["migrate"] },
                { name: "collector", image: "collector:1" },
            ],
        },
        tags: [{ key: "Environment", value: "prod" }],
    };
    /** ECS and Lambda. The function's result is an error if it is given. */
    const account = (error?: object) => {
        writeFileSync(join(machine.directory, "imagedefinitions.json"), JSON.stringify([{ name: "app", imageUri: image }]));
        writeFileSync(join(machine.directory, "answer.json"), JSON.stringify(described));
        writeFileSync(join(machine.directory, "error.json"), JSON.stringify(error ?? {}));
        const invoked = error ? '{"StatusCode": 200, "FunctionError": "Unhandled"}' : '{"StatusCode": 200}';
        machine.answer(
            "aws",
            `case "$2" in describe-task-definition) cat answer.json;; register-task-definition) cp task-definition.json "registered-$RANDOM.json"; echo "arn:$(jq -r .family task-definition.json):8";; invoke) cp error.json result.json; echo '${invoked}';; esac`,
        );
    };
    const MIGRATIONS = "schema:app:schema-run-1 seed:app:seed-run-2";

    it("registers the task with the built image, its tags, and its other settings, and runs that revision", () => {
        account();
        const { status, stderr, calls } = machine.run("migrate", { MIGRATIONS: "schema:app:schema-run-1" });
        expect(stderr).to.equal("");
        expect(status).to.equal(0);
        expect(machine.read("task-definition.json")).to.deep.equal({
            family: "schema",
            cpu: "256",
            networkMode: "awsvpc",
            containerDefinitions: [
                { name: "app", image, command: ["migrate"] },
                { name: "collector", image: "collector:1" },
            ],
            tags: described.tags,
        });
        const [, , invoke] = calls;
        expect(invoke).to.contain("lambda invoke --function-name schema-run-1").and.to.contain('{"taskDefinition":"arn:schema:8"}');
        // The CLI's default is to give up after a minute.
        expect(invoke).to.contain("--cli-read-timeout 0");
    });

    it("runs the migrations in order", () => {
        account();
        const { calls } = machine.run("migrate", { MIGRATIONS });
        const names = calls.flatMap((call) => /--function-name (\S+)/.exec(call)?.[1] ?? []);
        expect(names).to.deep.equal(["schema-run-1", "seed-run-2"]);
    });

    it("fails with the function's message, and runs no further migration", () => {
        account({ errorType: "Error", errorMessage: "schema:8 failed with exit code 3" });
        const { status, stderr, calls } = machine.run("migrate", { MIGRATIONS });
        expect(status).to.equal(1);
        expect(stderr).to.contain("schema:8 failed with exit code 3");
        expect(calls.filter((call) => call.includes("lambda invoke"))).to.have.length(1);
    });

    it("fails if the task can't be registered", () => {
        account();
        machine.answer("aws", 'case "$2" in describe-task-definition) cat answer.json;; *) exit 254;; esac');
        const { status, calls } = machine.run("migrate", { MIGRATIONS });
        expect(status).not.to.equal(0);
        expect(calls.filter((call) => call.includes("lambda invoke"))).to.be.empty;
    });
});
