export interface MonitorSettings {
    /** Table in the region of the function. */
    tableName: string;
    /** Value of the dimension `Environment` of the metrics. */
    environment: string;
}

/**
 * Reads the settings from environment variables.
 *
 * @throws Error that lists the missing variables
 */
export function readSettings({ TABLE_NAME, ENVIRONMENT }: Record<string, string | undefined>): MonitorSettings {
    if (TABLE_NAME && ENVIRONMENT) return { tableName: TABLE_NAME, environment: ENVIRONMENT };
    const missing = Object.entries({ TABLE_NAME, ENVIRONMENT }).flatMap(([name, value]) => (value ? [] : [name]));
    throw new Error(`these environment variables are missing: ${missing.join(", ")}`);
}
