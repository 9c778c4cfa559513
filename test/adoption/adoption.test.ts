import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { isObject } from "../../components/internal/unknown";
import { ProjectCopy, root } from "./copy";

/**
 * The project after an adopter's first month: every value that the documentation says to set, another pair of regions or the shipped one, an
 * additional environment, a resource in the program, and a component in the library. All tests and checks of the workflows must pass.
 */

const ACCOUNT = "210987654321";

interface Pair {
    primary: string;
    recovery: string;
    /** Prefix of the geography's inference profiles. */
    geography: string;
}
/** Another pair of regions and the shipped one. */
const PAIRS: Pair[] = [
    { primary: "eu-west-1", recovery: "eu-central-1", geography: "eu" },
    { primary: "us-east-1", recovery: "us-west-2", geography: "us" },
];

type Settings = Record<string, unknown>;
const image = (region: string) => `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com/ai-platform/prod/api:v1.4.0`;
/** Zone c of the plan's us-east-1 has no VPC links. */
const zones = (region: string) => ({
    availabilityZoneNames: (region === "us-east-1" ? ["a", "b", "d"] : ["a", "b", "c"]).map((zone) => region + zone),
});
const domain = { name: "app.acme.example", zoneId: "Z0ACME0123456789" };
const secretPager = { secure: "v1:Zm9v:YmFy" };
/** Settings of each stack file, by key below `ai-platform:`. Sections are merged into those of the file. */
function settingsOf({ primary, recovery, geography }: Pair): Record<string, Settings> {
    const ai = { models: [`${geography}.amazon.nova-lite-v1:0`] };
    return {
        prod: {
            recovery: { region: recovery },
            network: zones(primary),
            domain,
            edge: { connectSources: [`https://cognito-idp.${recovery}.amazonaws.com`] },
            services: { api: { image: image(primary), environment: { Feature__Invoices: "true" } } },
            database: { instanceClass: "db.r6g.2xlarge" },
            documents: { enabled: false },
            observability: { alertEmails: ["oncall@acme.example"], pagingWebhooks: [secretPager] },
            logRetentionDays: 90,
            ai,
        },
        dr: {
            primary: { region: primary },
            network: zones(recovery),
            domain,
            services: {
                api: { image: image(recovery), collectorImage: `${ACCOUNT}.dkr.ecr.${recovery}.amazonaws.com/ai-platform/collector:v1` },
            },
            documents: { enabled: false },
            observability: { alertEmails: ["oncall@acme.example"] },
            ai,
        },
        dev: { observability: { alertEmails: ["dev@acme.example"] }, api: { manageAccountLogging: false }, ai },
        staging: {
            network: { cidrBlock: "10.9.0.0/16" },
            services: { api: { desiredCount: 2, scaling: { maxCapacity: 4 } } },
            api: { manageAccountLogging: false },
            ai,
        },
    };
}

const COMPONENT = `import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** A topic of the company's own. */
export class Bulletin extends pulumi.ComponentResource {
    readonly topicArn: pulumi.Output<string>;

    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super("ai-platform:components:Bulletin", name, {}, opts);
        const topic = new aws.sns.Topic(\`\${name}-topic\`, { kmsMasterKeyId: "alias/aws/sns" }, { parent: this });
        this.topicArn = topic.arn;
        this.registerOutputs({ topicArn: this.topicArn });
    }
}
`;

class Adopted extends ProjectCopy {
    /** Sets values as `pulumi config set` does, which formats the file in its own way and keeps no comments. */
    configure(stack: string, region: string, settings: Settings): void {
        const file = this.file(`Pulumi.${stack}.yaml`);
        const { config } = parse(readFileSync(file, "utf8")) as { config: Settings };
        config["aws:region"] = region;
        for (const [key, value] of Object.entries(settings)) {
            const name = `ai-platform:${key}`;
            const present = config[name];
            config[name] = isObject(value) && isObject(present) ? { ...present, ...value } : value;
        }
        const written = { secretsprovider: `awskms://1234?region=${region}`, encryptedkey: "AQICAHg=", config };
        writeFileSync(file, stringify(written, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN", indentSeq: false }));
    }

    extend(): void {
        mkdirSync(this.file("components/bulletin"));
        writeFileSync(this.file("components/bulletin/index.ts"), COMPONENT);
        appendFileSync(this.file("components/index.ts"), 'export * from "./bulletin";\n');
        writeFileSync(this.file("docs/acme.md"), "# How Acme runs the platform\n\nAsk the platform team.\n");
        const program = readFileSync(this.file("index.ts"), "utf8");
        const [before = "", outputs = ""] = program.split(/\n {4}return (?=[^]*;\n\};\n$)/);
        expect(outputs, "index.ts ends with `return ...;`").to.not.equal("");
        const added = [
            'const bulletin = new Bulletin("bulletin", platform.opts);',
            'new aws.sqs.Queue("letters", { kmsMasterKeyId: "alias/aws/sqs" }, { parent: bulletin });',
            `const outputs = ${outputs.replace(/;\n\};\n$/, ";")}`,
            "return { ...outputs, bulletin: bulletin.topicArn };",
        ];
        const imports = 'import * as aws from "@pulumi/aws";\nimport { Bulletin } from "./components/bulletin";\n';
        writeFileSync(this.file("index.ts"), `${imports}${before}\n\n${added.map((line) => `    ${line}`).join("\n")}\n};\n`);
    }
}

interface Job {
    steps?: { run?: string }[];
}

/** What the workflows run before anything asks for an identity, without installing and without this test. */
function checks(): string[] {
    const wanted = { "ci.yml": ["lint", "test", "package", "plan"], "deploy.yml": ["check"] };
    const commands = Object.entries(wanted).flatMap(([file, names]) => {
        const { jobs } = parse(readFileSync(path.join(root, ".github/workflows", file), "utf8")) as { jobs: Record<string, Job> };
        return names.flatMap((name) => jobs[name]?.steps?.flatMap(({ run }) => run ?? []) ?? []);
    });
    return [...new Set(commands)].filter((command) => !/npm ci|test:adoption/.test(command));
}

for (const pair of PAIRS) {
    describe(`an adopter's copy of the project in ${pair.primary} and ${pair.recovery}`, function () {
        this.timeout(20 * 60_000);
        let adopted: Adopted;

        before(async () => {
            adopted = new Adopted();
            cpSync(adopted.file("Pulumi.dev.yaml"), adopted.file("Pulumi.staging.yaml"));
            for (const [stack, settings] of Object.entries(settingsOf(pair))) {
                adopted.configure(stack, stack === "dr" ? pair.recovery : pair.primary, settings);
            }
            adopted.extend();
            await adopted.run("npx prettier --write --log-level warn index.ts components/index.ts components/bulletin");
        });
        after(() => {
            adopted.remove();
        });

        it("has workflows whose checks can be run here", () => {
            expect(checks()).to.include.members(["npm run lint", "npm test"]);
        });

        // Types and the package don't depend on the regions.
        const again = pair !== PAIRS[0];
        for (const command of checks().filter((it) => !again || !/npm run (lint|test:package)/.test(it))) {
            it(`passes ${command.includes("\n") ? "the step that plans every stack" : command}`, () => adopted.run(command));
        }
    });
}
