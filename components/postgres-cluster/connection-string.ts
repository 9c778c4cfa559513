import * as pulumi from "@pulumi/pulumi";
import { type ConnectionParts, connectionStringOf } from "../../functions/database-users/connection";

type ConnectionInputs = { [Name in keyof ConnectionParts]: pulumi.Input<ConnectionParts[Name]> };

/** The content of a connection secret: the parts of the connection, and its connection string. */
export function connectionOf({ rootCertificate, pooled, ...connection }: ConnectionInputs): pulumi.Output<string> {
    const connectionString = pulumi.output({ ...connection, rootCertificate, pooled }).apply(connectionStringOf);
    return pulumi.jsonStringify({ ...connection, connectionString });
}
