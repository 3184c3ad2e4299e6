/** A server that is measured. */
export interface BenchTarget {
  /** The name and the versions of the server. */
  readonly name: string;
  /** The URL of the requested recording. */
  readonly url: string;
  /** The token of each request; undefined if the server does not require one. */
  readonly token?: string;
  stop(): Promise<unknown>;
}

/** A comparison of the edge with another server, the baseline. */
export interface Comparison {
  readonly name: string;
  /** The required ratio of the edge's throughput to the baseline's. */
  readonly minRatio: number;
  /** Starts the edge, then the baseline. */
  start(): Promise<readonly [edge: BenchTarget, baseline: BenchTarget]>;
}

/** A response with its complete body. */
export interface CompleteResponse {
  readonly headers: [string, string][];
  readonly body: string;
}

/**
 * Sends a few requests and returns the last response.
 *
 * @throws {Error} if its status is not 200, or if its Cache-Status is not a hit.
 */
export async function fetchHit({
  url,
  token,
}: Pick<BenchTarget, 'url' | 'token'>): Promise<CompleteResponse> {
  const headers = { origin: 'https://app.example.com', ...(token && { authorization: `Bearer ${token}` }) };
  for (let count = 0; count < 3; count += 1) await (await fetch(url, { headers })).text();
  const response = await fetch(url, { headers });
  if (response.status !== 200) throw new Error(`${url} responds ${response.status}.`);
  const cacheStatus = response.headers.get('cache-status') ?? 'hit';
  if (!/\bhit\b/.test(cacheStatus)) throw new Error(`${url} is not a cache hit: ${cacheStatus}.`);
  return { headers: [...response.headers], body: await response.text() };
}
