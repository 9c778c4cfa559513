/** The items of the recovery table that the function reads and writes. */
import {
    type AttributeValue,
    DescribeTableCommand,
    type DynamoDBClient,
    GetItemCommand,
    paginateScan,
    PutItemCommand,
} from "@aws-sdk/client-dynamodb";

/** What the function needs to know of a stack. */
export interface StackRecord {
    region: string;
    cluster: string;
    /** Names of the ECS services, by logical name. */
    services: Record<string, string>;
}

export interface RecoveryRecords {
    /** The stack that is active. Before the first failover, it's the primary stack. */
    active(): Promise<StackRecord>;
    /** When traffic was last switched by a run that finished, in milliseconds since 1970. Undefined without one. */
    lastSwitch(): Promise<number | undefined>;
    /** In milliseconds since 1970. */
    createdAt(): Promise<number>;
    /** Replaces the counts that a failover uses if the other region doesn't respond. */
    putCounts(counts: Record<string, number>, at: number): Promise<void>;
}

type Attributes = Record<string, AttributeValue>;

/** Attribute that identifies an item. */
const keyOf = (id: string): Attributes => ({ id: { S: id } });

/** The table in DynamoDB. */
export const recoveryRecords = (client: DynamoDBClient, tableName: string): RecoveryRecords => {
    const get = async (id: string): Promise<Attributes | undefined> => {
        const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key: keyOf(id), ConsistentRead: true }));
        return Item;
    };
    return {
        async active() {
            const role = roleOf(await get("role"));
            return stackOf(role, await get(`stack/${role}`));
        },

        async lastSwitch() {
            const request = {
                TableName: tableName,
                FilterExpression: "begins_with(id, :prefix)",
                ExpressionAttributeValues: { ":prefix": { S: "run/" } },
                ConsistentRead: true,
            };
            const times: number[] = [];
            for await (const { Items = [] } of paginateScan({ client }, request)) times.push(...Items.flatMap(switchOf));
            return times.length === 0 ? undefined : Math.max(...times);
        },

        async createdAt() {
            const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
            const time = Table?.CreationDateTime?.getTime();
            if (time === undefined) throw new Error(`DynamoDB doesn't report when the table ${tableName} was created`);
            return time;
        },

        async putCounts(counts, at) {
            const services = Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, { N: String(count) }]));
            const item = { ...keyOf("capacity"), services: { M: services }, at: { S: new Date(at).toISOString() } };
            await client.send(new PutItemCommand({ TableName: tableName, Item: item }));
        },
    };
};

function roleOf(item: Attributes | undefined): "primary" | "dr" {
    const active = item ? item.active?.S : "primary";
    if (active !== "primary" && active !== "dr") throw new Error(`item role: active must be primary or dr, not ${active ?? "missing"}`);
    return active;
}

function stackOf(role: "primary" | "dr", item: Attributes | undefined): StackRecord {
    const id = `stack/${role}`;
    if (!item) throw new Error(`item ${id} is missing: update the ${role} stack`);
    const { region, cluster, services } = parsed(item.description?.S);
    if (typeof region !== "string" || typeof cluster !== "string" || !isObject(services))
        throw new Error(`item ${id} has no region, cluster, or services`);
    const names = Object.entries(services).map(([key, service]) => {
        if (!isObject(service) || typeof service.service !== "string") throw new Error(`item ${id}: the service ${key} has no name`);
        return [key, service.service] as const;
    });
    return { region, cluster, services: Object.fromEntries(names) };
}

/**
 * Time of the switch of a finished run, or nothing. The current run and runs in a format that this version doesn't know don't count: an age that is too
 * high is the harmless mistake.
 */
function switchOf({ id, journal }: Attributes): number[] {
    if (id?.S === "run/current") return [];
    const { format, switchedAt } = parsed(journal?.S);
    const time = format === 1 && typeof switchedAt === "string" ? Date.parse(switchedAt) : NaN;
    return Number.isNaN(time) ? [] : [time];
}

/** The object in a JSON text, or an empty one. */
function parsed(text = ""): Record<string, unknown> {
    try {
        const value: unknown = JSON.parse(text);
        return isObject(value) ? value : {};
    } catch {
        return {};
    }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
