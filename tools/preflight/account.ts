import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { messageOf } from "../../components/internal/unknown";
import type { Clients } from "./clients";

/**
 * The account of the caller's credentials.
 *
 * @throws Error with the SDK's reason and what to do, if there are no credentials, AWS doesn't accept them, or can't be reached
 */
export async function callerAccount(clients: Pick<Clients, "sts">, region: string, profile?: string): Promise<string> {
    try {
        const { Account: account = "" } = await clients.sts(region).send(new GetCallerIdentityCommand({}));
        return account;
    } catch (error) {
        const source =
            profile === undefined ? "Set AWS_PROFILE or another source of credentials, or pass --profile" : `Check the profile ${profile}`;
        throw new Error(`AWS can't identify the caller: ${messageOf(error)}. ${source}, and try: aws sts get-caller-identity`);
    }
}
