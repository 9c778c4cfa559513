export interface Answer {
    status: number;
    headers: Record<string, string>;
    text: string;
}

/** GET requests, replaceable in tests. */
export type Http = (url: string, headers?: Record<string, string>) => Promise<Answer>;

export const http: Http = async (url, headers = {}) => {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) });
    return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
};
