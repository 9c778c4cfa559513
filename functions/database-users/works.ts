import type { Login } from "./connection";
import type { Databases } from "./ports";

/** Whether the database accepts a login. Throws if it can't be asked. */
export async function works(databases: Databases, login: Login): Promise<boolean> {
    const session = await databases.open(login);
    if (session === "rejected") return false;
    await session.close();
    return true;
}
