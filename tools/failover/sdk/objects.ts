import {
    CopyObjectCommand,
    HeadObjectCommand,
    type HeadObjectCommandOutput,
    paginateListObjectsV2,
    type S3Client,
} from "@aws-sdk/client-s3";
import type { Region } from "../ports";

type Methods = Pick<Region, "objects" | "object" | "copyObject">;

export const objects = (s3: S3Client): Methods => ({
    async *objects(Bucket) {
        for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket }))
            for (const { Key = "", Size = 0, LastModified } of Contents)
                yield { key: Key, size: Size, modifiedAt: LastModified?.getTime() ?? 0 };
    },

    async object(Bucket, Key) {
        try {
            const found = await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
            return {
                size: found.ContentLength ?? 0,
                checksums: checksumsOf(found),
                isPending: found.ReplicationStatus === "PENDING",
            };
        } catch (error) {
            if (error instanceof Error && (error.name === "NotFound" || error.name === "NoSuchKey")) return undefined;
            throw error;
        }
    },

    async copyObject(from, to, { key }) {
        const CopySource = [from, ...key.split("/")].map(encodeURIComponent).join("/");
        // The bucket's own encryption applies.
        await s3.send(new CopyObjectCommand({ Bucket: to, Key: key, CopySource }));
    },
});

/** Checksums of the whole object. A composite checksum, made from those of the parts, changes when the object is copied in one request. */
function checksumsOf(found: HeadObjectCommandOutput): Record<string, string> {
    if (found.ChecksumType === "COMPOSITE") return {};
    const { ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } = found;
    const all = Object.entries({ ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 });
    return Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}
