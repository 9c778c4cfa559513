import {
    type AttributeValue,
    type DynamoDBClient,
    GetItemCommand,
    paginateScan,
    type TransactWriteItem,
    TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import type { Change, Item, Table, Value } from "../ports";

/** A table in DynamoDB with the hash key `id`. */
export const tableOf = (client: DynamoDBClient, name: string): Table => ({
    name,

    async get(id) {
        const { Item: found } = await client.send(new GetItemCommand({ TableName: name, Key: { id: { S: id } }, ConsistentRead: true }));
        return found && itemOf(found);
    },

    async list(prefix) {
        const items: Item[] = [];
        const request = {
            TableName: name,
            FilterExpression: "begins_with(id, :prefix)",
            ExpressionAttributeValues: { ":prefix": { S: prefix } },
            ConsistentRead: true,
        };
        for await (const { Items = [] } of paginateScan({ client }, request)) items.push(...Items.map(itemOf));
        return items;
    },

    async write(changes) {
        try {
            await client.send(new TransactWriteItemsCommand({ TransactItems: changes.map((change) => transactItem(name, change)) }));
            return true;
        } catch (error) {
            const { name: kind, CancellationReasons: reasons = [] } = error as Error & { CancellationReasons?: { Code?: string }[] };
            if (kind === "TransactionCanceledException" && reasons.some(({ Code }) => Code === "ConditionalCheckFailed")) return false;
            throw error;
        }
    },
});

function transactItem(TableName: string, { put, delete: id, expected }: Change): TransactWriteItem {
    const condition =
        expected === undefined
            ? {}
            : expected === "none"
              ? { ConditionExpression: "attribute_not_exists(id)" }
              : { ConditionExpression: "version = :version", ExpressionAttributeValues: { ":version": attribute(expected) } };
    if (put) return { Put: { TableName, Item: attributes(put), ...condition } };
    return { Delete: { TableName, Key: { id: { S: id ?? "" } }, ...condition } };
}

function attribute(value: Value): AttributeValue {
    if (typeof value === "string") return { S: value };
    if (typeof value === "number") return { N: String(value) };
    return typeof value === "boolean" ? { BOOL: value } : { M: attributes(value) };
}

function attributes(values: Record<string, Value | undefined>): Record<string, AttributeValue> {
    const entries = Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, attribute(value)] as const]));
    return Object.fromEntries(entries);
}

function valueOf({ S, N, BOOL, M }: AttributeValue): Value | undefined {
    if (N !== undefined) return Number(N);
    return M === undefined ? (S ?? BOOL) : (valuesOf(M) as Value);
}

const valuesOf = (values: Record<string, AttributeValue>): Record<string, Value | undefined> =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, valueOf(value)]));

const itemOf = (values: Record<string, AttributeValue>): Item => ({ id: "", ...valuesOf(values) });
