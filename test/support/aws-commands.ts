import { optionsOf } from "./commands";

/** Packages of the SDK whose models have the operations, by the CLI's name of the service. `docdb` is served by RDS, with the same operations. */
const CLIENTS: Record<string, string> = {
    bedrock: "bedrock",
    "cognito-idp": "cognito-identity-provider",
    cloudwatch: "cloudwatch",
    docdb: "rds",
    dynamodb: "dynamodb",
    ec2: "ec2",
    ecr: "ecr",
    ecs: "ecs",
    events: "eventbridge",
    iam: "iam",
    kms: "kms",
    lambda: "lambda",
    logs: "cloudwatch-logs",
    rds: "rds",
    s3api: "s3",
    secretsmanager: "secrets-manager",
    sns: "sns",
    sqs: "sqs",
    sts: "sts",
};

/** Operations of services whose client isn't installed, with the parameters that the documentation uses (AWS CLI Command Reference). */
const OTHERS: Record<string, Record<string, string[]>> = {
    "application-autoscaling": {
        "deregister-scalable-target": ["service-namespace", "scalable-dimension", "resource-id"],
    },
    backup: {
        "describe-backup-vault": ["backup-vault-name"],
        "describe-region-settings": [],
        "get-recovery-point-restore-metadata": ["backup-vault-name", "recovery-point-arn"],
        "list-backup-jobs": ["by-state"],
        "list-restore-jobs": ["by-status"],
        "list-recovery-points-by-backup-vault": ["backup-vault-name"],
        "update-region-settings": ["resource-type-opt-in-preference"],
    },
    cloudformation: { "list-types": ["visibility", "type"] },
    cloudfront: { "create-invalidation": ["distribution-id", "paths"] },
    codepipeline: {
        "disable-stage-transition": ["pipeline-name", "stage-name", "transition-type", "reason"],
        "enable-stage-transition": ["pipeline-name", "stage-name", "transition-type"],
        "list-action-executions": ["pipeline-name"],
    },
    resourcegroupstaggingapi: { "get-resources": ["tag-filters"] },
    // Its options come from jq.
    scheduler: { "delete-schedule": [] },
};

/** Commands that are the CLI's own. */
const OWN: Record<string, string[]> = {
    "s3 cp": ["recursive", "metadata-directive", "cache-control"],
    "s3 sync": ["exclude", "include", "cache-control", "delete"],
    "ecr get-login-password": [],
    "ecs wait": ["cluster", "services"],
    "rds wait": ["db-instance-identifier", "db-snapshot-identifier"],
    // The session manager plugin connects to the session that the operation creates.
    "ecs execute-command": ["cluster", "task", "container", "command", "interactive"],
};

const GLOBAL = ["region", "query", "output", "profile"];
/** Parameters that the CLI replaces: the zone's members, and the source of a copy, which presigns a URL. */
const ADDED: Record<string, string[]> = { "copy-db-snapshot": ["source-region"] };

/** Problems of a command of the AWS CLI; empty if it is valid. */
export function awsProblems(words: string[], inBlock: boolean): string[] {
    const [service = "", operation = ""] = words.slice(1);
    const { options } = optionsOf(words.slice(3), (option) => option.startsWith("--no-"));
    const given = [...options.keys()].map((option) => option.replace(/^--(no-)?/, ""));
    const own = OWN[`${service} ${operation}`];
    const isKnown = service === "s3" || service in CLIENTS || service in OTHERS;
    if (!isKnown) return [`${service} isn't a service of the table`];
    const input = own ? { members: own, required: [] } : inputOf(service, operation);
    if (!input) return [`${service} has no ${operation}`];
    const allowed = [...GLOBAL, ...input.members, ...(ADDED[operation] ?? [])];
    const named = own ? `${service} ${operation}` : operation;
    const unknown = given.filter((option) => !allowed.includes(option) && !allowed.includes(`no-${option}`));
    const missing = inBlock ? input.required.filter((member) => !given.includes(member)) : [];
    return [...unknown.map((option) => `${named} has no --${option}`), ...missing.map((member) => `${named} needs --${member}`)];
}

type Shape = [kind: number, namespace: string, name: string, traits: unknown, members: string[], types: unknown[], required?: number];
type Command = new (input: object) => { schema: [number, string, string, unknown, (() => Shape) | Shape] };

/** Members of an operation's input, as the CLI writes them. */
function inputOf(service: string, operation: string): { members: string[]; required: string[] } | undefined {
    const listed = OTHERS[service];
    if (listed) return listed[operation] && { members: listed[operation], required: listed[operation] };
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the package depends on the command
    const client = require(`@aws-sdk/client-${CLIENTS[service] ?? ""}`) as Record<string, Command | undefined>;
    const name = Object.keys(client).find((it) => it.endsWith("Command") && kebab(it.replace(/Command$/, "")) === operation);
    const command = name === undefined ? undefined : client[name];
    if (!command) return undefined;
    const input = new command({}).schema[4];
    const [, , , , members, , required = 0] = typeof input === "function" ? input() : input;
    const names = members.map(kebab);
    return { members: names, required: names.slice(0, required) };
}

/** `DBInstanceIdentifier` is `db-instance-identifier` (botocore's `xform_name`). */
const kebab = (name: string): string =>
    name
        .replace(/(.)([A-Z][a-z]+)/g, "$1-$2")
        .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
        .toLowerCase();
