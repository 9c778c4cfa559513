import { DescribeKeyCommand } from "@aws-sdk/client-kms";
import { DescribeDBInstancesCommand } from "@aws-sdk/client-rds";
import { HeadBucketCommand } from "@aws-sdk/client-s3";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { all, ask, existing } from "../ask";
import { textOf } from "../planned";
import type { Check, Context, Finding } from "../types";

/** A data source that the program read while it was planned. */
export interface Lookup {
    token: string;
    inputs: Record<string, unknown>;
}

interface Source {
    key: string;
    permission: string;
    find: (context: Context, region: string, name: string) => Promise<unknown>;
}

/** Data sources that look up what another stack created. */
export const SOURCES: Record<string, Source> = {
    "aws:kms/getAlias:getAlias": {
        key: "name",
        permission: "kms:DescribeKey",
        find: ({ clients }, region, KeyId) => clients.kms(region).send(new DescribeKeyCommand({ KeyId })),
    },
    "aws:secretsmanager/getSecret:getSecret": {
        key: "name",
        permission: "secretsmanager:DescribeSecret",
        find: ({ clients }, region, SecretId) => clients.secrets(region).send(new DescribeSecretCommand({ SecretId })),
    },
    "aws:s3/getBucket:getBucket": {
        key: "bucket",
        permission: "s3:ListBucket",
        find: ({ clients }, region, Bucket) => clients.s3(region).send(new HeadBucketCommand({ Bucket })),
    },
    "aws:rds/getInstance:getInstance": {
        key: "dbInstanceIdentifier",
        permission: "rds:DescribeDBInstances",
        find: ({ clients }, region, name) => clients.rds(region).send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name })),
    },
};

export function counterpartFinding(asked: string, exists: boolean): Finding {
    if (exists) return { status: "passed", asked, found: "exists" };
    return { status: "failed", asked, found: "doesn't exist", action: "Run `up` of the counterpart stack first." };
}

export const counterpart: Check = {
    id: "counterpart",
    title: "Resources of the counterpart stack",
    actions: Object.values(SOURCES).map(({ permission }) => permission),
    run: (context) =>
        all(
            context.lookups.flatMap(({ token, inputs }) => {
                const source = SOURCES[token];
                const name = source && textOf(inputs[source.key]);
                if (!source || name === undefined) return [];
                const region = textOf(inputs.region) ?? context.plan.region;
                const asked = `${name} in ${region}`;
                return [
                    ask(asked, source.permission, async () =>
                        counterpartFinding(asked, (await existing(source.find(context, region, name))) !== undefined),
                    ),
                ];
            }),
        ),
};
