/** What emulators of AWS leave to their users. None of it is needed, or does anything, at AWS. */
import { KMSClient, ListKeysCommand, ListResourceTagsCommand, TagResourceCommand } from "@aws-sdk/client-kms";

/**
 * Tags replicas of keys as they are made: the provider waits for the tags that it gave them, and emulators drop these.
 *
 * @returns what ends it
 */
export function tagReplicaKeys(from: string, to: string): () => Promise<void> {
    const [source, target] = [new KMSClient({ region: from }), new KMSClient({ region: to })];
    const end = new AbortController();
    const { signal } = end;
    const tagAll = async () => {
        const { Keys = [] } = await target.send(new ListKeysCommand({}));
        for (const { KeyId } of Keys) {
            const { Tags = [] } = await target.send(new ListResourceTagsCommand({ KeyId }));
            if (Tags.length > 0) continue;
            const original = await source.send(new ListResourceTagsCommand({ KeyId })).catch(() => undefined);
            if (original?.Tags?.length) await target.send(new TagResourceCommand({ KeyId, Tags: original.Tags }));
        }
    };
    const run = (async () => {
        while (!signal.aborted) {
            await tagAll().catch(() => undefined);
            await new Promise((done) => setTimeout(done, 2000));
        }
    })();
    return () => {
        end.abort();
        return run;
    };
}
