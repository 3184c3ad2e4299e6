/**
 * What a client gives to `fetch`: the part of `RequestInit` that implementations other than the platform's take as well.
 *
 * It may hold `cache` too, which is left out of the type because platforms do not agree on its values.
 */
export interface FetchInit {
  readonly headers: Readonly<Record<string, string>>;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

/** What a client reads of a response: a `Response`, or that of node-fetch or React Native. */
export interface FetchedResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** A web stream, a stream of Node, null for an empty body, or nothing if the body comes in one piece. */
  readonly body?: unknown;
  text(): Promise<string>;
  arrayBuffer?(): Promise<ArrayBuffer>;
  clone?(): FetchedResponse;
}

/** The part of `fetch` that a client uses, of any implementation. */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchedResponse>;
