import * as pulumi from "@pulumi/pulumi";

interface ConnectionArgs {
    host: string;
    port: number;
    database: string;
    username: string;
    password: string;
    /** Path of a file in the container. */
    rootCertificate?: string;
    /** Connects to RDS Proxy. */
    pooled?: boolean;
}

type ConnectionInputs = { [Name in keyof ConnectionArgs]: pulumi.Input<ConnectionArgs[Name]> };

/** A connection string for Npgsql, which verifies the server's certificate and name. Pure. */
function connectionStringOf({ host, port, database, username, password, rootCertificate, pooled }: ConnectionArgs): string {
    const certificate = rootCertificate === undefined ? "" : `;Root Certificate=${rootCertificate}`;
    const login = `Username=${quoted(username)};Password=${quoted(password)}`;
    return `Host=${host};Port=${port};Database=${database};${login};SSL Mode=VerifyFull${pooled ? OF_PROXY : certificate}`;
}

/**
 * RDS Proxy has a certificate of AWS Certificate Manager, which images trust, instead of one of RDS. Npgsql resets a connection with DISCARD ALL,
 * after which the proxy pins the session to one database connection (RDS User Guide, "Avoiding pinning an RDS Proxy").
 */
const OF_PROXY = ";No Reset On Close=true";

/** `;` and `=` separate values. The credentials of a replica come from its source, and can contain any character. */
const quoted = (value: string): string => (/^[\w.-]*$/.test(value) ? value : `"${value.replaceAll('"', '""')}"`);

/** The content of a connection secret: the parts of the connection, and its connection string. */
export function connectionOf({ rootCertificate, pooled, ...connection }: ConnectionInputs): pulumi.Output<string> {
    const connectionString = pulumi.output({ ...connection, rootCertificate, pooled }).apply(connectionStringOf);
    return pulumi.jsonStringify({ ...connection, connectionString });
}
