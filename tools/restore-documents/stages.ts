/** The changes of a restore, in an order in which it can be interrupted and continued at any time. */
import { type Action, minutes, type Stages } from "../failover/actions";
import { nextOf, retiredOf } from "../failover/names";
import type { Documents } from "./ports";
import { clustersOf, MARK_KEYS, marksOf, type Names, replacementTags, type Restore, restoreIn } from "./state";

export interface Plan {
    documents: Documents;
    names: Names;
    restore: Restore;
    /** Original names of the instances. */
    instances: string[];
    /** Name of the connection secret. */
    secret: string;
}

const RENAMING = minutes(30);
const MISSING = "not found";

/** RDS rejects a change during another one. */
const isReady = <T extends { status: string }>(found: T | undefined): found is T => found?.status === "available";
const statusOf = (found?: { status: string }): true | string => found?.status === "available" || (found?.status ?? MISSING);

/** Creates a cluster beside the old one, and gives it the name of the old one. The endpoint contains only the name, so it stays the same. */
export function restoreStages(plan: Plan): Stages {
    const { instances } = plan;
    return [
        [restoring(plan)],
        [settings(plan)],
        instances.map((name) => instance(plan, name)),
        [password(plan)],
        [retirement(plan)],
        [quieting(plan)],
        instances.map((name) => retiringInstance(plan, name)),
        [retiringCluster(plan)],
        instances.map((name) => renamingInstance(plan, name)),
        [renamingCluster(plan)],
        [logging(plan)],
        [completion(plan)],
    ];
}

const restoring = ({ documents, names, restore }: Plan): Action => ({
    text: `Restore ${restore.point} to ${names.next}`,
    timeout: minutes(12 * 60),
    check: async () => statusOf((await clustersOf(documents, names)).restored),
    act: async () => {
        const { restored, replaced } = await clustersOf(documents, names);
        if (restored || !replaced) return;
        const tags = { ...(await documents.tags(replaced.arn)), ...marksOf(restore) };
        await documents.restore({ identifier: names.next, point: restore.point, like: replaced.identifier, tags });
    },
});

const settings = ({ documents, names }: Plan): Action => ({
    text: `Give it the settings of ${names.identifier}: parameters, backups, windows, protection`,
    timeout: RENAMING,
    check: async () => {
        const { restored, replaced } = await clustersOf(documents, names);
        if (!restored || !replaced) return MISSING;
        if (restored.username !== replaced.username)
            throw new Error(`its master user is ${restored.username} instead of ${replaced.username}, which can't be changed`);
        const differences = await documents.differences(restored.identifier, replaced.identifier);
        return differences.length === 0 || `${differences.join(", ")} differ`;
    },
    act: async () => {
        const { restored, replaced } = await clustersOf(documents, names);
        if (isReady(restored) && replaced) await documents.align(restored.identifier, replaced.identifier);
    },
});

/** DocumentDB restores a cluster without instances. */
const instance = ({ documents, names, restore }: Plan, name: string): Action => ({
    text: `Create ${nextOf(name)} like ${name}`,
    timeout: minutes(60),
    check: async () => {
        const { restored } = await clustersOf(documents, names);
        if (restored?.members.includes(name)) return true;
        return statusOf(await documents.instance(nextOf(name)));
    },
    act: async () => {
        const { restored } = await clustersOf(documents, names);
        if (!restored || (await documents.instance(nextOf(name)))) return;
        const like = (await documents.instance(name)) ? name : retiredOf(name, restore);
        await documents.createInstance({ identifier: nextOf(name), cluster: restored.identifier, like });
    },
});

/** The snapshot has the password of the cluster that was backed up. Nobody can read a password, so each run sets it until the names change. */
function password({ documents, names, secret }: Plan): Action {
    let isSet = false;
    return {
        text: `Set the password of the secret ${secret}`,
        timeout: RENAMING,
        check: async () => {
            const { restored, isExchanged } = await clustersOf(documents, names);
            if (isExchanged) return true;
            if (!isSet) return "not set";
            return restored?.isPasswordPending ? "not applied yet" : statusOf(restored);
        },
        act: async () => {
            const { restored } = await clustersOf(documents, names);
            if (!isReady(restored)) return;
            await documents.setPassword(restored.identifier, secret);
            isSet = true;
        },
    };
}

/** Tells the next run that the restore is complete, after the tags of the new cluster are removed. */
const retirement = ({ documents, names, restore }: Plan): Action => ({
    text: `Tag the old cluster as replaced`,
    check: async () => {
        const { restored, replaced } = await clustersOf(documents, names);
        if (!restored || !replaced) return MISSING;
        const tags = await documents.tags(replaced.arn);
        return Object.entries(replacementTags(restored, restore)).every(([key, value]) => tags[key] === value) || "not tagged";
    },
    act: async () => {
        const { restored, replaced } = await clustersOf(documents, names);
        if (restored && replaced) await documents.setTags(replaced.arn, replacementTags(restored, restore));
    },
});

/** Under another name, DocumentDB would create log groups without encryption and retention. */
const quieting = ({ documents, names }: Plan): Action => ({
    text: `Stop the log exports of the old cluster`,
    timeout: RENAMING,
    check: async () => {
        const { replaced } = await clustersOf(documents, names);
        return replaced?.logExports.length ? "it exports logs" : statusOf(replaced);
    },
    act: async () => {
        const { replaced } = await clustersOf(documents, names);
        if (isReady(replaced) && replaced.logExports.length > 0) await documents.setLogExports(replaced.identifier, []);
    },
});

const retiringInstance = ({ documents, names, restore }: Plan, name: string): Action => {
    const retired = retiredOf(name, restore);
    /** The instance with the original name, if it's that of the old cluster. */
    const old = async () => {
        const { replaced } = await clustersOf(documents, names);
        const found = await documents.instance(name);
        return found && found.cluster === replaced?.identifier ? found : undefined;
    };
    return {
        text: `Rename ${name} to ${retired}`,
        timeout: RENAMING,
        check: async () => {
            const { replaced } = await clustersOf(documents, names);
            // The old cluster is renamed after all its instances.
            if (replaced?.identifier === names.retired) return true;
            return (await old())?.status ?? statusOf(await documents.instance(retired));
        },
        act: async () => {
            if ((await old())?.status === "available") await documents.renameInstance(name, retired);
        },
    };
};

const retiringCluster = ({ documents, names }: Plan): Action => ({
    text: `Rename ${names.identifier} to ${names.retired}`,
    timeout: RENAMING,
    check: async () => {
        const { replaced } = await clustersOf(documents, names);
        return replaced?.identifier === names.retired ? statusOf(replaced) : (replaced?.status ?? MISSING);
    },
    act: async () => {
        const { replaced } = await clustersOf(documents, names);
        if (isReady(replaced) && replaced.identifier === names.identifier) await documents.renameCluster(names.identifier, names.retired);
    },
});

const renamingInstance = ({ documents }: Plan, name: string): Action => ({
    text: `Rename ${nextOf(name)} to ${name}`,
    timeout: RENAMING,
    // The name belongs to no instance of the old cluster anymore.
    check: async () => statusOf(await documents.instance(name)),
    act: async () => {
        const next = await documents.instance(nextOf(name));
        if (next?.status === "available") await documents.renameInstance(nextOf(name), name);
    },
});

const renamingCluster = ({ documents, names }: Plan): Action => ({
    text: `Rename ${names.next} to ${names.identifier}`,
    timeout: RENAMING,
    check: async () => {
        const { restored, isExchanged } = await clustersOf(documents, names);
        return isExchanged ? statusOf(restored) : (restored?.status ?? MISSING);
    },
    act: async () => {
        const { restored, isExchanged } = await clustersOf(documents, names);
        if (isReady(restored) && !isExchanged) await documents.renameCluster(names.next, names.identifier);
    },
});

const logging = ({ documents, names, restore: { logExports } }: Plan): Action => ({
    text: `Start its log exports`,
    timeout: RENAMING,
    check: async () => {
        const { restored } = await clustersOf(documents, names);
        const missing = logExports.filter((type) => !restored?.logExports.includes(type));
        return missing.length > 0 ? `no ${missing.join(", ")}` : statusOf(restored);
    },
    act: async () => {
        const { restored } = await clustersOf(documents, names);
        if (isReady(restored)) await documents.setLogExports(restored.identifier, logExports);
    },
});

const completion = ({ documents, names }: Plan): Action => {
    const named = async () => {
        const found = await documents.cluster(names.identifier);
        return found && { found, isMarked: restoreIn(await documents.tags(found.arn)) !== undefined };
    };
    return {
        text: `Remove the tags of the restore`,
        check: async () => {
            const state = await named();
            return state ? !state.isMarked || "tagged" : MISSING;
        },
        act: async () => {
            const state = await named();
            if (state?.isMarked) await documents.removeTags(state.found.arn, MARK_KEYS);
        },
    };
};
