/**
 * Resource IDs of database instances. Emulators give all instances the same one, so the provider would find several instances when it looks for
 * one by its ID. This translates the requests and responses of RDS.
 */
import { createHash } from "node:crypto";

const VALUE = /^Filters\.Filter\.(\d+)\.Values\./;

export class ResourceIds {
    /** By region and identifier. */
    private readonly ids = new Map<string, string>();
    private count = 0;

    /** The request that the emulator understands, such as with a filter by identifier instead of one by resource ID. */
    request(region: string, body: string): string {
        const form = new URLSearchParams(body);
        // AWS uses the default group. Emulators use that of the source, which doesn't exist in another region.
        if (form.get("Action") === "CreateDBInstanceReadReplica" && !form.has("DBParameterGroupName"))
            form.set("DBParameterGroupName", "default.postgres");
        for (const [name, value] of [...form]) {
            if (!VALUE.test(name) || !value.startsWith("db-")) continue;
            const filter = `Filters.Filter.${VALUE.exec(name)?.[1] ?? ""}.Name`;
            if (form.get(filter) !== "dbi-resource-id") continue;
            form.set(filter, "db-instance-id");
            form.set(name, this.identifierOf(region, value) ?? "no-such-instance");
        }
        return form.toString();
    }

    /** Follows changes of names, and gives each instance in the response its own ID. */
    response(region: string, request: string, body: string): string {
        const form = new URLSearchParams(request);
        const identifier = form.get("DBInstanceIdentifier") ?? "";
        const renamed = form.get("NewDBInstanceIdentifier");
        if (renamed !== null) this.rename(region, identifier, renamed);
        const answer = body.replaceAll(/<DBInstance>.*?<\/DBInstance>/gs, (instance) => {
            const name = /<DBInstanceIdentifier>(.*?)</.exec(instance)?.[1] ?? "";
            return instance.replace(/(<DbiResourceId>).*?</, `$1${this.idOf(region, name)}<`);
        });
        if (form.get("Action") === "DeleteDBInstance") this.ids.delete(`${region}/${identifier}`);
        return answer;
    }

    private idOf(region: string, identifier: string): string {
        const key = `${region}/${identifier}`;
        const id =
            this.ids.get(key) ?? `db-${createHash("sha256").update(`${key}/${this.count++}`).digest("hex").slice(0, 26).toUpperCase()}`;
        this.ids.set(key, id);
        return id;
    }

    private identifierOf(region: string, id: string): string | undefined {
        const [key] = [...this.ids].find(([name, value]) => value === id && name.startsWith(`${region}/`)) ?? [];
        return key?.slice(region.length + 1);
    }

    private rename(region: string, from: string, to: string): void {
        const id = this.idOf(region, from);
        this.ids.delete(`${region}/${from}`);
        this.ids.set(`${region}/${to}`, id);
    }
}
