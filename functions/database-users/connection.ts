/** The content of connection secrets. */

/** A database, as its clients see it. */
export interface Target {
    host: string;
    port: number;
    database: string;
}

export interface Login extends Target {
    username: string;
    password: string;
}

export interface ConnectionParts extends Login {
    /** Path of a file in the container. */
    rootCertificate?: string;
    /** Connects to RDS Proxy. */
    pooled?: boolean;
}

/** A connection string for Npgsql, which verifies the server's certificate and name. */
export function connectionStringOf({ host, port, database, username, password, rootCertificate, pooled }: ConnectionParts): string {
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

/** What the connection strings in the secrets contain besides the login. */
export interface ConnectionSettings {
    /** Path of the certificate bundle in the image of the application. */
    rootCertificate?: string;
    /** Hosts of the read replicas by name. They have the users of their source. */
    readReplicas?: Record<string, string>;
}

/** Key of the connection string of a read replica in a user's secret. At the top level, because ECS reads no other keys. */
const replicaKey = (replica: string): string => `connectionString_${replica}`;

/** The JSON of a user's secret. */
export function contentOf(
    { host, port, database, username, password }: Login,
    { rootCertificate, readReplicas = {} }: ConnectionSettings,
): string {
    const login = { host, port, database, username, password };
    const connectionTo = (server: string) => connectionStringOf({ ...login, host: server, rootCertificate });
    const replicas = Object.entries(readReplicas).map(([name, server]) => [replicaKey(name), connectionTo(server)] as const);
    return JSON.stringify({ ...login, connectionString: connectionTo(host), ...Object.fromEntries(replicas) });
}

/**
 * The user name and the password in a secret.
 *
 * @param secret name of the secret in the error, which never contains the value
 */
export function credentialsOf(value: string, secret: string): Pick<Login, "username" | "password"> {
    const { username, password } = parsed(value) as Partial<Record<string, unknown>>;
    if (typeof username !== "string" || typeof password !== "string")
        throw new Error(`the secret ${secret} isn't JSON with username and password`);
    return { username, password };
}

function parsed(value: string): object {
    try {
        const content: unknown = JSON.parse(value);
        return typeof content === "object" && content !== null ? content : {};
    } catch {
        // The error of the parser would quote the secret.
        return {};
    }
}
