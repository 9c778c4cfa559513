/** Images outside of ECR, read as the OCI Distribution Specification describes it, without credentials. */
import { isObject } from "../../components/internal/unknown";
import type { Http } from "./http";

export const MANIFEST_TYPES = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

export interface PublicImage {
    host: string;
    repository: string;
    /** Tag or digest. */
    reference: string;
}

/** `nginx` is `docker.io/library/nginx:latest`. */
export function parsePublicImage(image: string): PublicImage {
    const [name = "", digest] = image.split("@");
    const at = name.lastIndexOf(":");
    const hasTag = at > name.lastIndexOf("/");
    const [path, tag] = hasTag ? [name.slice(0, at), name.slice(at + 1)] : [name, "latest"];
    const [first = "", ...rest] = path.split("/");
    const reference = digest ?? tag;
    if (rest.length > 0 && /[.:]/.test(first)) return { host: first, repository: rest.join("/"), reference };
    return { host: "registry-1.docker.io", repository: rest.length > 0 ? path : `library/${path}`, reference };
}

/** Reads manifests and blobs of one image. */
export class Registry {
    private token?: string;

    constructor(
        private readonly image: PublicImage,
        private readonly http: Http,
    ) {}

    /** The manifest, or undefined if the image doesn't exist. */
    manifest(): Promise<string | undefined> {
        return this.get(`manifests/${this.image.reference}`, MANIFEST_TYPES.join(", "));
    }

    blob(digest: string): Promise<string | undefined> {
        return this.get(`blobs/${digest}`, "*/*");
    }

    private async get(path: string, accept: string): Promise<string | undefined> {
        const { host, repository } = this.image;
        const url = `https://${host}/v2/${repository}/${path}`;
        const send = () => this.http(url, { accept, ...(this.token && { authorization: `Bearer ${this.token}` }) });
        let answer = await send();
        if (answer.status === 401 && this.token === undefined) {
            this.token = await this.anonymousToken(answer.headers["www-authenticate"] ?? "");
            answer = await send();
        }
        if (answer.status === 404) return undefined;
        if (answer.status !== 200) throw new Error(`${host} returned ${answer.status}`);
        return answer.text;
    }

    private async anonymousToken(challenge: string): Promise<string> {
        const parameters = new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
        const realm = parameters.get("realm");
        if (!realm) throw new Error(`${this.image.host} requires credentials`);
        const scope = parameters.get("scope") ?? `repository:${this.image.repository}:pull`;
        const query = new URLSearchParams({ service: parameters.get("service") ?? "", scope });
        const answer = await this.http(`${realm}?${query.toString()}`);
        const body: unknown = answer.status === 200 ? JSON.parse(answer.text) : undefined;
        const token = isObject(body) ? (body.token ?? body.access_token) : undefined;
        if (typeof token !== "string") throw new Error(`${this.image.host} requires credentials`);
        return token;
    }
}
