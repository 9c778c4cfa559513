import { accountOf, type StateResource } from "../changes/export";
import { callerAccount } from "../preflight/account";
import type { Clients } from "../preflight/clients";
import { PlannedStack } from "../preflight/planned";

/**
 * The account of the credentials.
 *
 * @throws Error if the stack is in another one
 */
export async function accountIn(resources: StateResource[], clients: Clients, stack: string, profile?: string): Promise<string> {
    const account = await callerAccount(clients, new PlannedStack(resources).region, profile);
    const owner = accountOf(resources);
    if (owner !== undefined && owner !== account)
        throw new Error(`${stack} is in the account ${owner}, but these credentials belong to ${account}`);
    return account;
}
