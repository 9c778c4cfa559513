interface ConnectionArgs {
    host: string;
    port: number;
    database: string;
    username: string;
    password: string;
    /** Path of a file in the container. */
    rootCertificate?: string;
}

/** A connection string for Npgsql, which verifies the server's certificate and name. Pure. */
export function connectionStringOf({ host, port, database, username, password, rootCertificate }: ConnectionArgs): string {
    const certificate = rootCertificate === undefined ? "" : `;Root Certificate=${rootCertificate}`;
    const login = `Username=${quoted(username)};Password=${quoted(password)}`;
    return `Host=${host};Port=${port};Database=${database};${login};SSL Mode=VerifyFull${certificate}`;
}

/** `;` and `=` separate values. The credentials of a replica come from its source, and can contain any character. */
const quoted = (value: string): string => (/^[\w.-]*$/.test(value) ? value : `"${value.replaceAll('"', '""')}"`);
