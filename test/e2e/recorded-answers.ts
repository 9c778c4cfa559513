/**
 * AWS responses that emulators don't support. A server in front of the emulator returns them, and forwards all other requests. The responses have
 * the format of the examples in the AWS API references.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { close, forward, listen, scopeOf, targetOf } from "./forward";

interface Reply {
    body: string;
    type: "application/json" | "text/xml";
    status?: number;
}

/** A request: operation, region, and parameters. */
export interface Question {
    operation: string;
    region: string;
    /** The body or query as text. */
    text: string;
}

/** Returns a response, or undefined to forward the request to the emulator. */
export type Answer = (question: Question) => Reply | undefined;

const json = (value: object, status?: number): Reply => ({ body: JSON.stringify(value), type: "application/json", status });
const xml = (operation: string, result: string): Reply => ({
    body: `<${operation}Response xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><${operation}Result>${result}</${operation}Result></${operation}Response>`,
    type: "text/xml",
});

/** Operations of services whose requests contain the operation in the path. */
const PATHS: [service: string, path: RegExp, operation: string][] = [
    ["bedrock", /^\/inference-profiles\//, "GetInferenceProfile"],
    ["bedrock", /^\/foundation-model-availability\//, "GetFoundationModelAvailability"],
    ["lambda", /^\/2016-08-19\/account-settings/, "GetAccountSettings"],
    ["xray", /^\/Groups$/, "GetGroups"],
];

function questionOf(request: IncomingMessage, body: string): Question {
    const { url = "" } = request;
    const { region, service } = scopeOf(request);
    const action = /(?:^|&)Action=(\w+)/.exec(body)?.[1];
    const byPath = PATHS.find(([name, path]) => name === service && path.test(url))?.[2];
    return { operation: byPath ?? action ?? targetOf(request), region, text: `${body}${url}` };
}

/** The account of the tests, unless a test overrides a response: quotas are sufficient, and everything can be ordered in every region. */
const ACCOUNT_ANSWERS: Record<string, Answer> = {
    GetServiceQuota: () => json({ Quota: { Value: 1000 } }),
    GetAccountSettings: () => json({ AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 1000 } }),
    GetGroups: () => json({ Groups: [] }),
    GetInferenceProfile: () =>
        json({ status: "ACTIVE", models: [{ modelArn: "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0" }] }),
    GetFoundationModelAvailability: () =>
        json({
            modelId: "amazon.nova-lite-v1:0",
            agreementAvailability: { status: "AVAILABLE" },
            authorizationStatus: "AUTHORIZED",
            entitlementAvailability: "AVAILABLE",
            regionAvailability: "AVAILABLE",
        }),
    DescribeOrderableDBInstanceOptions: ({ text }) => orderable(text.includes("Engine=docdb") ? "5.0.0" : "17.6"),
    DescribeCacheEngineVersions: () =>
        xml(
            "DescribeCacheEngineVersions",
            "<CacheEngineVersions><CacheEngineVersion><Engine>valkey</Engine><EngineVersion>8.1</EngineVersion></CacheEngineVersion></CacheEngineVersions>",
        ),
    DescribeReservedCacheNodesOfferings: () =>
        xml(
            "DescribeReservedCacheNodesOfferings",
            "<ReservedCacheNodesOfferings><ReservedCacheNodesOffering><CacheNodeType>cache.r6g.large</CacheNodeType></ReservedCacheNodesOffering></ReservedCacheNodesOfferings>",
        ),
};

/** The response with one orderable version, or none. */
export const orderable = (version?: string): Reply =>
    xml(
        "DescribeOrderableDBInstanceOptions",
        version === undefined
            ? "<OrderableDBInstanceOptions/>"
            : `<OrderableDBInstanceOptions><OrderableDBInstanceOption><EngineVersion>${version}</EngineVersion></OrderableDBInstanceOption></OrderableDBInstanceOptions>`,
    );

export const role = (name: string): Reply => xml("GetRole", `<Role><RoleName>${name}</RoleName></Role>`);

export const quota = (Value: number): Reply => json({ Quota: { Value } });

/** A server on loopback that returns these responses and forwards everything else to `endpoint`. */
export class RecordedAnswers {
    /** Responses by operation, which override those of the account. */
    overrides: Record<string, Answer> = {};
    private readonly server = createServer((incoming, outgoing) => {
        void this.reply(incoming, outgoing);
    });
    private readonly endpoint: URL;

    constructor(endpoint: string) {
        this.endpoint = new URL(endpoint);
    }

    start(): Promise<string> {
        return listen(this.server);
    }

    stop(): Promise<void> {
        return close(this.server);
    }

    private async reply(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
        const body = await buffer(incoming);
        const question = questionOf(incoming, body.toString());
        const answer = this.overrides[question.operation]?.(question) ?? ACCOUNT_ANSWERS[question.operation]?.(question);
        if (answer) outgoing.writeHead(answer.status ?? 200, { "content-type": answer.type }).end(answer.body);
        else forward(this.endpoint, incoming, outgoing, { body });
    }
}
