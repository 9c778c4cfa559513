import { expect } from "chai";
import { adoptCommand, type Report } from "../../tools/adopt/command";
import { ran } from "../support/command";
import { clientsWith } from "../support/preflight";

const STACK = "urn:pulumi:prod::ai-platform";
const ARN = "arn:aws:rds:us-east-1:111122223333:db:ai-platform-prod";
const URN = `${STACK}::aws:rds/instance:Instance::database-instance`;

const stateOf = (outputs: object = { identifier: "ai-platform-prod", arn: ARN, resourceId: "db-OLD", address: "host" }) =>
    JSON.stringify({
        version: 3,
        deployment: {
            resources: [
                { urn: `${STACK}::pulumi:pulumi:Stack::ai-platform-prod`, type: "pulumi:pulumi:Stack", custom: false },
                {
                    urn: `${STACK}::pulumi:providers:aws::aws`,
                    type: "pulumi:providers:aws",
                    custom: true,
                    id: "1",
                    inputs: { region: "us-east-1" },
                },
                { urn: URN, type: "aws:rds/instance:Instance", custom: true, id: "db-OLD", inputs: {}, outputs, protect: true },
            ],
            metadata: { keep: "me" },
        },
    });

/** Runs the command with a state, and with the resource ID of the instance that has the name. */
async function adopted(args: string[], { id = "db-NEW", state = stateOf(), answers = {}, changes = false } = {}) {
    const calls: { args: string[]; input?: string }[] = [];
    let exports = 0;
    const pulumi = (command: string[], input?: string) => {
        calls.push({ args: command, input });
        if (command[1] !== "export") return Promise.resolve("");
        return Promise.resolve(changes && exports++ > 0 ? `${state} ` : state);
    };
    const instance = { DBInstances: [{ DBInstanceIdentifier: "ai-platform-prod", DbiResourceId: id }] };
    const clients = () => clientsWith({ GetCallerIdentity: { Account: "111122223333" }, DescribeDBInstances: instance, ...answers });
    const outcome = await ran(adoptCommand({ clients, pulumi }), ["prod", ...args]);
    const imported = calls.find(({ args: [, command] }) => command === "import")?.input;
    return { ...outcome, calls, imported: imported === undefined ? undefined : (JSON.parse(imported) as unknown) };
}

describe("npm run adopt", () => {
    it("only says what it would change", async () => {
        const { code, stdout, imported } = await adopted([]);
        expect([code, imported]).to.deep.equal([1, undefined]);
        expect(stdout).to.contain("ai-platform-prod  would be db-NEW instead of db-OLD").and.to.contain("npm run adopt -- prod --yes");
    });

    it("changes the ID of the instance in the state, keeps the rest, and refreshes this instance", async () => {
        const { code, stdout, imported, calls } = await adopted(["--yes", "--json"]);
        expect(code).to.equal(0);
        expect(JSON.parse(stdout) as Report).to.deep.equal({
            stack: "prod",
            adopted: true,
            instances: [{ urn: URN, identifier: "ai-platform-prod", known: "db-OLD", found: "db-NEW" }],
        });
        const expected = JSON.parse(
            stateOf({ identifier: "ai-platform-prod", arn: ARN, resourceId: "db-NEW", address: "host", id: "db-NEW" }).replace(
                '"id":"db-OLD"',
                '"id":"db-NEW"',
            ),
        ) as unknown;
        expect(imported).to.deep.equal(expected);
        expect(calls.at(-1)?.args).to.deep.equal(["refresh", "--stack", "prod", "--yes", "--skip-preview", "--target", URN]);
    });

    it("only refreshes if the state is right", async () => {
        const { code, stdout, calls } = await adopted(["--yes"], { id: "db-OLD" });
        expect(code).to.equal(0);
        expect(stdout).to.contain("ai-platform-prod  is in the state");
        expect(calls.map(({ args: [command] }) => command)).to.deep.equal(["stack", "refresh"]);
    });

    it("changes nothing if the instance doesn't exist, or if the state changes meanwhile", async () => {
        const missing = await adopted(["--yes"], { answers: { DescribeDBInstances: "DBInstanceNotFoundFault" } });
        expect([missing.code, missing.imported]).to.deep.equal([1, undefined]);
        expect(missing.stdout).to.contain("ai-platform-prod  doesn't exist");
        const changed = await adopted(["--yes"], { changes: true });
        expect([changed.code, changed.imported]).to.deep.equal([1, undefined]);
        expect(changed.stderr).to.contain("the state of prod has changed");
    });

    it("refuses credentials of another account, and a state without outputs", async () => {
        const other = await adopted(["--yes"], { answers: { GetCallerIdentity: { Account: "999999999999" } } });
        expect(other.code).to.equal(1);
        expect(other.stderr).to.contain("prod is in the account 111122223333");
        const empty = await adopted(["--yes"], { state: stateOf({ arn: ARN }) });
        expect(empty.stderr).to.contain("has no identifier or ARN in the state: run `pulumi refresh` first");
    });
});
