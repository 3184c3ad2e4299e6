/** A server that is measured. */
export interface Contender {
  /** What it is, with versions. */
  readonly name: string;
  /** Of the one recording that is asked for. */
  readonly url: string;
  /** The token that every request brings, where one is asked for. */
  readonly token?: string;
  stop(): Promise<unknown>;
}

/** Two servers side by side. */
export interface Comparison {
  readonly name: string;
  /** How many times as much as the peer's is wanted. */
  readonly target: number;
  /** Starts the edge, then the peer that it is measured against. */
  start(): Promise<readonly [edge: Contender, peer: Contender]>;
}

/** One whole answer. */
export interface WholeAnswer {
  readonly headers: [string, string][];
  readonly body: string;
}

/**
 * Asks a few times, and gives the last answer.
 *
 * @throws where that is no success, or where its cache says that it has not been a hit.
 */
export async function fetchHit({ url, token }: Pick<Contender, 'url' | 'token'>): Promise<WholeAnswer> {
  const headers = { origin: 'https://app.example.com', ...(token && { authorization: `Bearer ${token}` }) };
  for (let times = 0; times < 3; times += 1) await (await fetch(url, { headers })).text();
  const response = await fetch(url, { headers });
  if (response.status !== 200) throw new Error(`${url} answers ${response.status}.`);
  const said = response.headers.get('cache-status') ?? 'hit';
  if (!/\bhit\b/.test(said)) throw new Error(`${url} is no hit: ${said}.`);
  return { headers: [...response.headers], body: await response.text() };
}
