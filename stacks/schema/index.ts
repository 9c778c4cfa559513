import * as z from "zod";
import { LOG_DAYS } from "../../components/building-blocks/logs";
import { checkLogin } from "../../components/identity/args";
import type { Check } from "../../components/building-blocks/arguments";
import { overlapProblem } from "../../components/vpc/cidr";
import { ai, cache, database, delivery, documents, events, lake, lakeOfCopies, replica } from "./data";
import { api, domain, edge, network, service, standbyService } from "./network";
import { follows, together } from "./rules";
import { cidr, email, region, text, whole } from "./values";

const environment = () => text(/^[a-z][a-z0-9-]{0,15}$/, "1 to 16 lower-case letters, digits and hyphens, beginning with a letter");

const identity = z
    .strictObject({
        mfa: z.enum(["ON", "OPTIONAL"]).default("ON").describe("Whether every user needs a second factor (an authenticator app)."),
        selfSignUp: z.boolean().default(false).describe("Whether people may register themselves; otherwise an administrator invites them."),
        threatProtection: z.boolean().default(false).describe("Cognito's threat protection: the Plus tier, priced per user."),
        domainPrefix: text(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "lower-case letters, digits and hyphens")
            .superRefine(
                follows((check, prefix: string) => {
                    checkLogin(check, { prefix });
                }),
            )
            .optional()
            .describe("Prefix of the sign-in page's address. Default: <project>-<environment>-<account>."),
        siteUrls: z
            .array(text(/^(https:\/\/[^\s/#?]+|http:\/\/localhost(:\d+)?)$/, "an address without a path, such as http://localhost:4200"))
            .default([])
            .describe("Further addresses of the site that sign-in may return to, at /callback: http://localhost:4200 while developing."),
        groups: z
            .array(text(/^[\w-]{1,128}$/, "a group's name"))
            .default(["admins", "users"])
            .describe("Groups of users."),
    })
    .prefault({});

function checkBudget(check: Check, { budget, alertEmails }: { budget?: number; alertEmails: string[] }): void {
    check(
        budget === undefined || alertEmails.length <= 10,
        "alertEmails",
        "must be 10 or fewer with observability.budget: AWS tells no more",
    );
}

const observability = z
    .strictObject({
        alertEmails: z.array(email()).default([]).describe("Who is told of alarms; each address confirms once."),
        pagers: z
            .array(text(/^https:\/\/\S+$/, "an HTTPS address"))
            .default([])
            .describe("HTTPS addresses of incident services that hear of the composite alarm; set them as secrets."),
        thresholds: z
            .record(z.string(), z.number())
            .default({})
            .describe(
                "Other thresholds, by component and signal: { database.cpu: 90 }. An unknown name is an error that lists the known ones.",
            ),
        budget: whole(1, 10_000_000, "USD a month").optional().describe("Monthly budget of this environment. Default: none."),
        anomalyDetection: z.boolean().default(false).describe("Cost anomaly detection per service: one per account."),
    })
    .prefault({})
    .superRefine(together(checkBudget));

const common = {
    environment: environment().optional().describe("Name in tags and physical names. Default: the stack's name."),
    logRetentionDays: z.literal(LOG_DAYS).default(30).describe("Days that logs are kept."),
    protectData: z
        .boolean()
        .default(true)
        .describe(
            "Deletion protection, final snapshots and Pulumi's protect on everything that holds data. Off: destroy deletes it all at once.",
        ),
    domain,
    edge,
    api,
    cache,
    documents,
    events,
    ai,
    identity,
    observability,
};

const primaryConfig = z.strictObject({
    role: z.literal("primary"),
    recovery: z
        .strictObject({
            region: region().describe("Region of the copies, and of the dr stack."),
            continuousBackups: z
                .boolean()
                .default(false)
                .describe(
                    "Copies the database's backups continuously, beside the snapshots: `up` waits 10 to 40 minutes for the first copy.",
                ),
            manageRegistry: z
                .boolean()
                .default(true)
                .describe(
                    "Sets how the image registry copies and scans, one setting per account and region. Off for all but one primary with recovery there.",
                ),
            imagesOf: z
                .array(environment())
                .default([])
                .describe("Other environments with manageRegistry off and the same recovery region, whose images are copied too."),
            environment: environment().default("dr").describe("Environment of the dr stack there, which pipelines deploy to."),
        })
        .optional()
        .describe("Copies of all data in a second region, for a dr stack there. Default: none."),
    jwtVersion: whole(1, 1_000_000)
        .default(1)
        .describe("Raised by one to make a new key that signs the API's tokens; all tokens become invalid."),
    network: network("10.0.0.0/16"),
    ...common,
    service,
    database,
    lake,
    delivery,
});

const drConfig = z
    .strictObject({
        role: z.literal("dr"),
        active: z.boolean().default(false).describe("True promotes the database, scales the service up and takes the traffic."),
        primary: z
            .strictObject({
                environment: environment().default("prod").describe("Environment of the primary stack."),
                region: region().default("us-east-1").describe("Region of the primary stack."),
                cidrBlock: cidr().default("10.0.0.0/16").describe("Address block of the primary network, which this one must not overlap."),
            })
            .prefault({})
            .describe("The stack that this one stands by for."),
        network: network("10.1.0.0/16"),
        ...common,
        service: standbyService,
        database: replica,
        lake: lakeOfCopies,
    })
    .superRefine((value, context) => {
        const { cidrBlock } = value.network;
        const message = overlapProblem(cidrBlock, value.primary.cidrBlock, "the primary network");
        if (message) context.addIssue({ code: "custom", path: ["network", "cidrBlock"], message });
    });

/** The provider's settings that stacks commonly have, below `aws:`; any other of `aws.ProviderArgs` is passed on unchecked. */
export const awsSchema = z.looseObject({
    region: region().describe("Region to deploy to, such as us-east-1."),
    profile: z.string().min(1).optional().describe("Profile of the AWS configuration to use."),
    allowedAccountIds: z
        .array(text(/^\d{12}$/, "an account's twelve digits"))
        .optional()
        .describe("Accounts that this stack may be deployed to; any other is an error."),
});

/** Everything a person may set, below `ai-platform:` in a stack file. */
export const configSchema = z.discriminatedUnion("role", [primaryConfig, drConfig]);

export type PrimaryConfig = z.output<typeof primaryConfig> & { environment: string };
export type DrConfig = z.output<typeof drConfig> & { environment: string };
export type PlatformConfig = PrimaryConfig | DrConfig;

export const roles = { primary: primaryConfig, dr: drConfig };
