import type { HeadersLike } from '@room-recordings/http-cache';
import type { ErrorCode } from './error-codes.ts';

/** All of a request that is looked at once its target is parsed: a body has no meaning here and is never read. */
export interface HttpRequest {
  readonly method: string;
  /** Gives a header by its lower-case name. */
  readonly headers: HeadersLike;
}

/** A request as a runtime hands it over. A Request is one as it is. */
export interface IncomingRequest extends HttpRequest {
  /** The request target as the runtime shows it. It is parsed once (place.ts), and nothing else may read it. */
  readonly url: string;
}

/** An answer as plain data: a Response is made of it, or a server writes it as it is. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: [name: string, value: string][];
  readonly body: Uint8Array<ArrayBuffer> | null;
  /** What the log calls it. */
  readonly error?: ErrorCode;
}

/** The part of the platform's `fetch` that the edge calls. */
export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>;
