import type { RestoreTestingPlan } from "./restore-tests";

export interface MonitorSettings {
    /** Table in the region of the function. */
    tableName: string;
    /** Value of the dimension `Environment` of the metrics. */
    environment: string;
    /** Restore tests in the region of the function. Undefined without tests. */
    restoreTests?: RestoreTestingPlan;
}

/**
 * Reads the settings from environment variables.
 *
 * @throws Error that lists the missing variables
 */
export function readSettings(variables: Record<string, string | undefined>): MonitorSettings {
    const { TABLE_NAME, ENVIRONMENT, RESTORE_TESTING_PLAN, RESTORE_TESTING_TYPES } = variables;
    if (TABLE_NAME && ENVIRONMENT) {
        const settings = { tableName: TABLE_NAME, environment: ENVIRONMENT };
        if (!RESTORE_TESTING_PLAN || !RESTORE_TESTING_TYPES) return settings;
        return { ...settings, restoreTests: { planName: RESTORE_TESTING_PLAN, resourceTypes: RESTORE_TESTING_TYPES.split(",") } };
    }
    const missing = Object.entries({ TABLE_NAME, ENVIRONMENT }).flatMap(([name, value]) => (value ? [] : [name]));
    throw new Error(`these environment variables are missing: ${missing.join(", ")}`);
}
