import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import ts from "typescript";
import { installPackage, run } from "../support/package";

/** A program of somebody else: CommonJS, with parts of this package that need nothing but their arguments. */
const COMMONJS = `
const { EncryptionKey, IngestPipeline, Delivery } = require("ai-platform");
const { record } = require("ai-platform/testing");
const grants = { grantRead() {}, grantWrite() {}, grantPublish() {}, grantInvoke() {}, allowFrom() {} };
const keys = { kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/a", logKeyArn: "arn:aws:kms:us-east-1:123456789012:key/b" };
record(() => {
    new EncryptionKey("data", { alias: "mine-data", description: "Data" });
    new Delivery("delivery", {
        ...keys,
        site: { source: { repositoryId: "acme/site", branch: "main" }, bucketName: "site", distributionId: "E1", outputDirectory: "dist" },
    });
    new IngestPipeline("ingest", {
        ...keys,
        placement: { vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"] },
        raw: { ...grants, bucketName: "raw" },
        curated: { ...grants, bucketName: "curated" },
        ai: { ...grants, models: ["m"], guardrailId: "g", guardrailVersion: "1" },
        bus: { ...grants, busName: "bus" },
        documents: { ...grants, connectionSecret: { arn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:s-AbCdEf", kmsKeyArn: keys.kmsKeyArn } },
    });
}).then(({ registered }) => {
    const one = (type) => registered.find((it) => it.type === type).inputs;
    console.log(JSON.stringify({
        types: registered.map(({ type }) => type),
        code: one("aws:lambda/function:Function").code,
        buildspec: one("aws:codebuild/project:Project").source.buildspec,
    }));
});
`;

/** The same in TypeScript, with the types of the package. */
const TYPESCRIPT = `
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { EncryptionKey, type Grantee, PostgresCluster, type PostgresClusterArgs, PrivateBucket, type Statement } from "ai-platform";
import { type Recording, record } from "ai-platform/testing";

async function main(): Promise<void> {
    const recording: Recording = await record(() => {
        const key = new EncryptionKey("data", { alias: "mine-data", description: "Data" });
        const args: PostgresClusterArgs = {
            vpcId: "vpc-1",
            subnetIds: ["subnet-1", "subnet-2"],
            identifier: "mine",
            dbName: "mine",
            username: "mine",
            secretName: "mine/database",
            kmsKeyArn: key.arn,
            logKeyArn: key.arn,
        };
        const database = new PostgresCluster("database", args);
        const reader: Grantee = { logicalName: "reader", roleName: new aws.iam.Role("reader", { assumeRolePolicy: "{}" }).name };
        const refused = (arn: pulumi.Output<string>): Statement[] => [
            { Sid: "Kept", Effect: "Deny", Principal: "*", Action: "s3:DeleteObject", Resource: pulumi.interpolate\`\${arn}/*\` },
        ];
        new PrivateBucket("files", { policy: refused }).grantRead(reader);
        return { endpoint: database.endpoint };
    });
    const { inputs, isSecret } = recording.one(aws.rds.Instance);
    const identifier: string | undefined = inputs.identifier;
    const policy = recording.one(aws.s3.BucketPolicy, "files-policy").inputs.policy;
    console.log(JSON.stringify({ identifier, encrypted: inputs.storageEncrypted, secret: isSecret("passwordWo"), kept: policy.includes("Kept"), outputs: recording.outputs }));
}
void main();
`;

/** Types of this package that the exports of a declaration file speak of, and that are no exports of it. */
function unnamed(file: string): string[] {
    // Packages are left out: the compiler takes seconds to read the provider's types, which are not asked for.
    const host = ts.createCompilerHost({});
    host.resolveModuleNameLiterals = (literals, from) =>
        literals.map(({ text }) => {
            const files = ["", "/index"].map((end) => path.resolve(path.dirname(from), `${text}${end}.d.ts`));
            const resolvedFileName = files.find((file) => text.startsWith(".") && ts.sys.fileExists(file));
            return { resolvedModule: resolvedFileName ? { resolvedFileName, extension: ts.Extension.Dts } : undefined };
        });
    const program = ts.createProgram([file], { noLib: true, types: [] }, host);
    const checker = program.getTypeChecker();
    const aliased = (it: ts.Symbol) => (it.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(it) : it);
    const exported = new Set(checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!).map(aliased));
    const missing = new Set<string>();
    const visit = (node: ts.Node): void => {
        const name = ts.isTypeReferenceNode(node) ? node.typeName : ts.isExpressionWithTypeArguments(node) ? node.expression : undefined;
        const symbol = name && checker.getSymbolAtLocation(name);
        const target = symbol && aliased(symbol);
        const module = target?.declarations?.[0]?.parent;
        // Types that their own module keeps to itself are details of other types.
        const declared = module && ts.isSourceFile(module) && checker.getSymbolAtLocation(module);
        const isPublic = declared && checker.getExportsOfModule(declared).map(aliased).includes(target);
        if (isPublic && !exported.has(target)) missing.add(target.name);
        ts.forEachChild(node, visit);
    };
    for (const symbol of exported) symbol.declarations?.forEach(visit);
    return [...missing];
}

const own = createRequire(path.resolve("package.json"));

interface Packed {
    /** Folder of the program that has installed the package. */
    program: string;
    files: string[];
    commonjs: string;
    typescript: string;
}

async function packAndRun(directory: string): Promise<Packed> {
    const { program, files } = await installPackage(directory);
    writeFileSync(path.join(program, "package.json"), '{ "name": "program", "private": true }');
    writeFileSync(path.join(program, "main.js"), COMMONJS);
    writeFileSync(path.join(program, "main.ts"), TYPESCRIPT);
    const [commonjs, typescript] = await Promise.all([
        run(process.execPath, ["main.js"], program),
        run(process.execPath, ["--import", pathToFileURL(own.resolve("tsx")).href, "main.ts"], program),
    ]);
    return { program, files, commonjs, typescript };
}

// The compiler takes most of it: it works while the tests of other files run.
const directory = mkdtempSync(path.join(tmpdir(), "ai-platform-package-"));
const packing = packAndRun(directory).then(
    (packed) => ({ packed }),
    (error: unknown) => ({ error }),
);

describe("the package", function () {
    this.timeout(90_000);
    let packed: Packed;
    before(async () => {
        const result = await packing;
        if ("error" in result) throw result.error;
        packed = result.packed;
    });
    after(() => {
        rmSync(directory, { recursive: true });
    });

    it("holds the compiled components, what they read at run time, and no program, test or tool", () => {
        expect(packed.files).to.include.members([
            "package.json",
            "LICENSE",
            "dist/components/index.js",
            "dist/components/index.d.ts",
            "dist/components/testing/index.js",
            "dist/components/testing/index.d.ts",
            "functions/database-users/rotation/index.ts",
            "functions/database-users/setup/index.ts",
            "functions/ingest/index.ts",
            "functions/recovery-monitor/index.ts",
            "functions/task-runner/index.ts",
            "delivery/buildspec-image.yml",
            "delivery/buildspec-site.yml",
        ]);
        // npm always adds the file that `main` names, which Pulumi needs in this project.
        const strangers = packed.files.filter(
            (file) =>
                !/^(dist|delivery|functions\/(database-users|ingest|recovery-monitor|task-runner))\/|^[A-Z]+(\.md)?$|^package\.json$|^index\.ts$/.test(
                    file,
                ),
        );
        expect(strangers).to.deep.equal([]);
    });

    it("gives a CommonJS program its components and the helper that plans them", () => {
        const { types } = JSON.parse(packed.commonjs) as { types: string[] };
        expect(types).to.include.members([
            "ai-platform:components:EncryptionKey",
            "aws:kms/key:Key",
            "aws:kms/alias:Alias",
            "aws:lambda/function:Function",
        ]);
    });

    it("brings its buildspecs", () => {
        const { buildspec } = JSON.parse(packed.commonjs) as { buildspec: string };
        expect(buildspec).to.equal(readFileSync("delivery/buildspec-site.yml", "utf8"));
    });

    it("bundles its function in the program that installed it, with all that the function needs", () => {
        const { code } = JSON.parse(packed.commonjs) as { code: { assets: Record<string, { path: string }> } };
        const file = path.resolve(packed.program, code.assets["index.js"]!.path);
        expect(file.startsWith(path.join(packed.program, "node_modules", ".cache")), file).to.be.true;
        expect(existsSync(file)).to.be.true;
        const handler = readFileSync(file, "utf8");
        expect(handler)
            .to.contain("MongoClient")
            .and.to.match(/exports[^\n]*handler|handler: \(\) => handler/);
        expect(handler).to.not.contain('require("mongodb")');
    });

    it("gives a TypeScript program the same", () => {
        expect(JSON.parse(packed.typescript)).to.deep.include({ identifier: "mine", encrypted: true, secret: true, kept: true });
        expect(packed.typescript).to.contain('"endpoint":"mine.');
    });

    for (const [name, settings] of [
        ["node", { module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10 }],
        ["node16", { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 }],
        ["bundler", { module: ts.ModuleKind.Preserve, moduleResolution: ts.ModuleResolutionKind.Bundler }],
    ] as const) {
        it(`has types that the compiler finds with moduleResolution ${name}`, () => {
            for (const [specifier, folder, exported] of [
                ["ai-platform", "components", "vpc"],
                ["ai-platform/testing", "components/testing", "record"],
            ] as const) {
                const { resolvedModule } = ts.resolveModuleName(specifier, path.join(packed.program, "main.ts"), settings, ts.sys);
                const expected = path.join("ai-platform", "dist", folder, "index.d.ts");
                expect(resolvedModule?.resolvedFileName.endsWith(expected), `${specifier}: ${String(resolvedModule?.resolvedFileName)}`).to
                    .be.true;
                expect(readFileSync(resolvedModule!.resolvedFileName, "utf8")).to.contain(`"./${exported}"`);
            }
        });
    }

    it("exports every type of its own that stands in what it exports, so that a program can name it", () => {
        const index = path.join(packed.program, "node_modules", "ai-platform", "dist", "components", "index.d.ts");
        expect(unnamed(index)).to.deep.equal([]);
    });

    it("keeps its main file the program, which `pulumi up` finds by the project's folder", () => {
        expect(own.resolve(path.resolve("."))).to.equal(path.resolve("index.ts"));
        const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as { dependencies: Record<string, string> };
        const pulumi = Object.entries(dependencies).filter(([name]) => name.startsWith("@pulumi/"));
        // An exact version would give whoever has another one a second copy of the provider.
        expect(pulumi.every(([, range]) => range.startsWith("^"))).to.be.true;
    });
});
