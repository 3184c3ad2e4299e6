import type { CachedResponse, HeaderList, HeadersLike } from '@room-recordings/http-cache';
import type { ErrorCode } from './error-codes.ts';

/** A request, as a runtime's adapter passes it on. A `Request` is one. Bodies have no meaning here and are never read. */
export interface HttpRequest {
  readonly method: string;
  /** The request target as the runtime presents it. Only the router parses it. */
  readonly url: string;
  /** Reads a header by its lower-case name. */
  readonly headers: HeadersLike;
  /** Aborts if the client leaves before the response has been sent. Undefined if the runtime does not report it. */
  readonly signal?: AbortSignal;
}

/**
 * A response as plain data, with the structure of a response of the cache. An adapter creates a `Response` from it or writes it to a
 * socket. The headers are a list of the response's own; the pairs in it are shared with other responses.
 */
export interface HttpResponse extends CachedResponse {
  /** A body that is sent while it is read; `body` is null beside it. */
  readonly reader?: BodyReader;
  /** The error code of a problem document, for the log. */
  readonly code?: ErrorCode;
  /** The client, for the log, if the response is about its rate. */
  readonly client?: string;
}

/** A body that is read one chunk at a time. A reader costs less than a stream of JavaScript around another one. */
export interface BodyReader {
  /**
   * Reads the next chunk. Only one read may be pending. The memory of a chunk belongs to the caller; in workerd it is valid until the next
   * read.
   *
   * @returns undefined at the end, and after `cancel`.
   * @throws if the body cannot be completed.
   */
  read(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Ends the body early. */
  cancel(): void;
}

/** One request, and the values that every response to it needs. */
export interface RequestContext {
  readonly request: HttpRequest;
  readonly requestId: string;
  /** The origin of the URLs in the response. */
  readonly publicUrl: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Headers of every response (response-headers.ts). */
  readonly commonHeaders: HeaderList;
}

/** The part of the platform's `fetch` that the edge calls. */
export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>;
