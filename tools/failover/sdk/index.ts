import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { HttpStatus, Region, Table } from "../ports";
import type { Configure } from "../../preflight/clients";
import type { Location } from "../location";
import { type Clients, clientsOf } from "./clients";
import { databases } from "./databases";
import { objects } from "./objects";
import { replicas } from "./replicas";
import { services } from "./services";
import { tableOf } from "./table";
import { triggers } from "./triggers";

/** Requests to a region with the AWS SDK. */
export const sdkRegion = (name: string, clients: Clients): Region => ({
    name,
    async caller() {
        const command = new GetCallerIdentityCommand({});
        let time: number | undefined;
        command.middlewareStack.add(
            (next) => async (args) => {
                const result = await next(args);
                const { response } = result as { response?: { headers?: Record<string, string> } };
                time = Date.parse(response?.headers?.date ?? "");
                return result;
            },
            { step: "deserialize", priority: "high" },
        );
        const { Account = "", Arn = "" } = await clients.sts.send(command);
        return { account: Account, arn: Arn, ...(time !== undefined && !Number.isNaN(time) ? { time } : {}) };
    },
    ...services(clients),
    ...triggers(clients),
    ...databases(clients),
    ...replicas(clients.rds),
    ...objects(clients.s3),
});

/** The table and the regions, with the credentials of a profile. */
export const sdk = (configure?: Configure) => ({
    table: ({ table, region }: Location, profile?: string): Table =>
        tableOf(clientsOf({ region, profile, patient: true, configure }).dynamodb, table),
    region:
        (profile?: string) =>
        (region: string, { patient }: { patient: boolean }): Region =>
            sdkRegion(region, clientsOf({ region, profile, patient, configure })),
});

const HTTP_TIMEOUT = 10_000;

export const httpStatus: HttpStatus = async (url) => {
    try {
        const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(HTTP_TIMEOUT) });
        await response.body?.cancel();
        return response.status;
    } catch {
        return undefined;
    }
};
