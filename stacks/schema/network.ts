import * as z from "zod";
import { type AddressProblem, pathText, planProblems, type SubnetBlocks } from "../../components/vpc/cidr";
import type { Check } from "../../components/building-blocks/arguments";
import { checkServices } from "../../components/vpc/endpoint-rules";
import { checkHealthCheck } from "../../components/fargate-service/checks";
import { checkService, follows, together } from "./rules";
import { cidr, domainName, httpPath, percent, text, whole } from "./values";

const tier = (what: string, thirdOctets: string) =>
    z
        .array(cidr())
        .min(2)
        .max(6)
        .optional()
        .describe(`Blocks of the ${what} subnets, one per zone. Default: ${thirdOctets} of the network's block, as /24.`);

export const network = (cidrBlock: string) =>
    z
        .strictObject({
            cidrBlock: cidr().default(cidrBlock).describe("Address block of the VPC, private, /16 to /20."),
            zones: whole(2, 6).default(3).describe("Availability zones to spread over."),
            zoneNames: z
                .array(text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "an availability zone, such as us-east-1a"))
                .min(2)
                .max(6)
                .superRefine(
                    follows((check, zones: string[]) => {
                        check(new Set(zones).size === zones.length, "zoneNames", "must be different from each other");
                    }),
                )
                .optional()
                .describe(
                    "The zones by name, so that they stay when AWS opens or closes one. Default: the first ones that have all the platform needs.",
                ),
            subnets: z
                .strictObject({
                    public: tier("public", ".1 to .3"),
                    private: tier("private", ".4 to .6"),
                    data: tier("isolated data", ".7 to .9"),
                })
                .prefault({}),
            natGateways: z
                .enum(["one-per-zone", "single", "none"])
                .default("one-per-zone")
                .describe(
                    "NAT gateways: one per zone survives the loss of a zone; single is cheap; none needs interface endpoints for all the service uses.",
                ),
            interfaceEndpoints: z
                .array(text(/^[a-z0-9][a-z0-9.-]*$/, "the short name of an endpoint service, such as ecr.api"))
                .superRefine(follows(checkServices))
                .default([])
                .describe(
                    "AWS services reached by interface endpoints instead of NAT, by short name: ecr.api, ecr.dkr, logs, secretsmanager, bedrock-runtime.",
                ),
        })
        .prefault({})
        .superRefine(together(checkAddresses))
        .transform((value) => ({ ...value, subnets: subnetsOf(value) }));

interface Addresses {
    cidrBlock: string;
    zones: number;
    zoneNames?: string[];
    subnets: Partial<SubnetBlocks>;
}

/** Blames what was given: blocks that follow from the network's are its own fault. */
function checkAddresses(check: Check, value: Addresses): void {
    const { cidrBlock, zones, zoneNames } = value;
    check(zoneNames === undefined || zoneNames.length === zones, "zoneNames", `has ${zoneNames?.length} zones, network.zones is ${zones}`);
    const problems = planProblems({ cidrBlock, subnets: subnetsOf(value) }, zones);
    const ofNetwork = problems.find(({ path }) => path[0] === "cidrBlock");
    if (ofNetwork) check(false, "cidrBlock", ofNetwork.text);
    const isDerived = ({ path: [, tier] }: AddressProblem) => value.subnets[tier as keyof SubnetBlocks] === undefined;
    const ofSubnets = problems.filter((problem) => problem !== ofNetwork);
    const room = `${cidrBlock} has no room for subnets of ${zones} zones, a /24 each from its second on: give a larger one, or network.subnets`;
    check(ofNetwork !== undefined || !ofSubnets.some(isDerived), "cidrBlock", room);
    for (const problem of ofSubnets.filter((it) => !isDerived(it))) check(false, pathText(problem.path), problem.text);
}

/** The design's addresses: third octet 1 to n public, then private, then data, as /24 of the network's block. */
function subnetsOf({ cidrBlock, zones, subnets }: Addresses): SubnetBlocks {
    const [a = "10", b = "0", c = "0"] = cidrBlock.split(/[./]/);
    const blocks = (first: number) => Array.from({ length: zones }, (_, i) => `${a}.${b}.${Number(c) + first + i}.0/24`);
    return {
        public: subnets.public ?? blocks(1),
        private: subnets.private ?? blocks(1 + zones),
        data: subnets.data ?? blocks(1 + 2 * zones),
    };
}

export const domain = z
    .strictObject({
        name: domainName().describe("Name of the site, such as app.example.com. The API gets api.<name> below it."),
        zoneId: text(/^Z[A-Z0-9]{1,31}$/, "the id of a hosted zone, such as Z0123456789ABCDEFGHIJ").describe(
            "Id of the public hosted zone in Route 53 that holds the name. An id, not a name: looking it up would need Route 53's control plane in a failover.",
        ),
    })
    .optional()
    .describe("Custom domain. Without it the site has CloudFront's name, and a failover must be told to clients.");

export const edge = z
    .strictObject({
        priceClass: z
            .enum(["PriceClass_100", "PriceClass_200", "PriceClass_All"])
            .default("PriceClass_100")
            .describe("Edge locations: 100 is North America and Europe."),
        rateLimit: whole(10, 2_000_000_000, "requests in 5 minutes")
            .default(2000)
            .describe("Requests per client address in five minutes before the WAF blocks it."),
        connectSources: z
            .array(text(/^(https|wss):\/\/[\w.*:-]+$/, "an origin, such as https://api.partner.com"))
            .default([])
            .describe("Further origins that the site's scripts may call (Content-Security-Policy connect-src)."),
    })
    .prefault({});

const CPU = [256, 512, 1024, 2048, 4096, 8192, 16384] as const;

const serviceKeys = {
    image: text(
        /^[\w.-]+(:\d+)?(\/[\w.-]+)+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/,
        "an image with registry, such as 123456789012.dkr.ecr.us-east-1.amazonaws.com/ai-platform/api:v1",
    )
        .optional()
        .describe("Container image. Default: Microsoft's public ASP.NET sample, so that the first deployment has something to show."),
    containerPort: whole(1, 65_535).default(8080).describe("Port that the container listens on; .NET images since 8 use 8080."),
    healthCheckPath: httpPath()
        .optional()
        .describe("Path that answers 200 when the container is well. Default: /health; /healthz with the sample image."),
    healthCheckCommand: z
        .array(z.string().min(1))
        .min(1)
        .superRefine(
            follows((check, healthCheckCommand: string[]) => {
                checkHealthCheck(check, { healthCheckCommand });
            }),
        )
        .optional()
        .describe(
            "Command of the image, after CMD or CMD-SHELL, that exits 0 when the container is well; .NET images carry no curl and no shell. Default: the load balancer's check alone.",
        ),
    cpu: z.literal(CPU).default(1024).describe("CPU units of a task; 1024 is one vCPU."),
    memory: whole(512, 122_880, "MiB").default(2048).describe("Memory of a task; Fargate allows certain amounts for each CPU size."),
    architecture: z.enum(["ARM64", "X86_64"]).optional().describe("Processor of the tasks. Default: ARM64, a fifth cheaper."),
    desiredCount: whole(0, 1000).default(3).describe("Tasks at creation; autoscaling has it afterwards."),
    minCount: whole(0, 1000).default(2).describe("Fewest tasks."),
    maxCount: whole(1, 1000).default(10).describe("Most tasks."),
    cpuTarget: percent().default(60).describe("Average CPU that autoscaling holds."),
    memoryTarget: percent().default(75).describe("Average memory that autoscaling holds."),
    requestsPerTarget: whole(1, 1_000_000, "requests a minute")
        .default(1000)
        .describe("Requests per task and minute that autoscaling holds."),
    spotPercent: z
        .int()
        .min(0)
        .max(100)
        .meta({ unit: "%" })
        .default(0)
        .describe("Share of tasks on FARGATE_SPOT above the first one, which never is."),
    environment: z
        .record(z.string().regex(/^[A-Za-z_]\w*$/), z.string())
        .default({})
        .describe("Environment variables of the container, in place of the platform's where these have the name; nothing secret."),
    tracing: z.boolean().default(true).describe("Runs the ADOT collector beside the container and sends its traces to X-Ray."),
    collectorImage: text(/^[\w.-]+(:\d+)?(\/[\w.-]+)+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/, "an image with registry")
        .optional()
        .describe(
            "Image of the ADOT collector. Default: AWS's own in ECR Public; a copy in a registry of the stack's region depends on no other region.",
        ),
    exec: z.boolean().default(false).describe("Allows `aws ecs execute-command` into tasks; needs a writable root filesystem."),
    waitUntilSteady: z
        .boolean()
        .default(true)
        .describe("Whether an update waits until the tasks are healthy, so that an image that does not start fails it."),
    deployedBy: z
        .enum(["pulumi", "pipeline"])
        .default("pulumi")
        .describe("Who owns the running task definition after the first deployment."),
};

export const service = z.strictObject(serviceKeys).prefault({}).superRefine(together(checkService));

/** A service that may stand by. */
export const standbyService = z
    .strictObject({
        ...serviceKeys,
        standbyCount: whole(0, 1000).default(1).describe("Tasks of a dr stack while it is not active."),
    })
    .prefault({})
    .superRefine(together(checkService));

export const api = z
    .strictObject({
        rateLimit: whole(1, 10_000, "requests a second").default(500).describe("Steady rate of requests before the API answers 429."),
        burstLimit: whole(1, 5000, "requests").default(1000).describe("Requests that may come at once."),
        originSecretVersion: whole(1, 1_000_000)
            .default(1)
            .describe("Raised by one to make a new secret by which CloudFront shows itself; the last one is let in beside it."),
        accountLogging: z
            .boolean()
            .default(true)
            .describe(
                "Sets the role by which API Gateway logs, one per account and region. Off for all but one stack of an account and region.",
            ),
    })
    .prefault({});
