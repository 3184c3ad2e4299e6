import type { CacheApi } from '@room-recordings/http-cache';
import type { RequestHandler } from '../app.ts';
import type { GetRemoteAddress } from '../http/client-address.ts';
import type { BodyReader, HttpRequest, HttpResponse } from '../http/types.ts';

/**
 * Adapts the app to a server that passes a Request and expects a Response. A cache hit returns synchronously.
 *
 * @param toStream creates the stream of a body that is sent while it is read.
 */
export function createFetchHandler(
  app: RequestHandler,
  toStream: ToStream = toReadableStream,
): (request: Request, getRemoteAddress?: GetRemoteAddress) => Response | Promise<Response> {
  const toResponse = createResponseFactory();
  return (request, getRemoteAddress) => {
    const response = app(new FetchRequest(request), getRemoteAddress);
    if (!(response instanceof Promise)) return toResponse(response);
    return response.then((settled) => {
      const { status, headers, reader } = settled;
      if (reader === undefined) return toResponse(settled);
      const length = Number(headers.find(([name]) => name === 'content-length')?.[1]);
      return new Response(toStream(reader, length, request), { status, headers });
    });
  };
}

/**
 * Creates the stream of a body.
 *
 * @param length the bytes of the body.
 */
type ToStream = (
  body: BodyReader,
  length: number,
  request: Request,
) => ReadableStream<Uint8Array<ArrayBuffer>>;

/** Creates a stream that reads a chunk for each pull. */
export function toReadableStream(body: BodyReader): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream(
    {
      async pull(controller) {
        const chunk = await body.read();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: () => body.cancel(),
    },
    // Otherwise the stream reads one chunk ahead of its consumer.
    { highWaterMark: 0 },
  );
}

/** Copies the properties that every request needs: each one is read once, because a getter of Request calls into native code. */
class FetchRequest implements HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly #request: Request;

  constructor(request: Request) {
    this.method = request.method;
    this.url = request.url;
    this.headers = request.headers;
    this.#request = request;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }
}

/** The headers of the last Response with a body. */
interface SentHeaders {
  readonly list: HttpResponse['headers'];
  readonly headers: Headers;
}

/** The only header that differs in each cache hit. Age and the remaining lifetime change once per second. */
const REQUEST_ID = 'x-request-id';

/**
 * Creates a function that maps the app's responses to Responses.
 *
 * Creating Headers from a list adds one header after the other, which is the most expensive part of a cache hit on these runtimes.
 * Copying Headers is cheaper. The factory keeps the Headers of each body, and sets only the request id while all others are equal.
 */
export function createResponseFactory(): (response: HttpResponse) => Response {
  // The body of a cache hit is the stored array itself, so that it identifies the response.
  const lastSent = new WeakMap<Uint8Array<ArrayBuffer>, SentHeaders>();

  return ({ status, headers: list, body }) => {
    if (body === null) return new Response(null, { status, headers: list });
    const sent = lastSent.get(body);
    const requestId = sent && findNewRequestId(sent.list, list);
    if (sent === undefined || requestId === undefined) {
      const headers = new Headers(list);
      lastSent.set(body, { list, headers });
      return new Response(body, { status, headers });
    }
    sent.headers.set(REQUEST_ID, requestId);
    return new Response(body, { status, headers: sent.headers });
  };
}

/** Returns the new request id if all other headers are equal; undefined if another one differs. */
function findNewRequestId(
  previous: HttpResponse['headers'],
  current: HttpResponse['headers'],
): string | undefined {
  if (previous.length !== current.length) return undefined;
  let requestId: string | undefined;
  let index = 0;
  for (const header of current) {
    const before = previous[index];
    index += 1;
    // Both lists share most of their pairs.
    if (before === header) continue;
    if (before?.[0] !== header[0]) return undefined;
    if (header[0] === REQUEST_ID) requestId = header[1];
    else if (before[1] !== header[1]) return undefined;
  }
  return requestId;
}

/** Handles a request; the runtime passes `info` beside it. */
type Handler<Info> = (request: Request, info: Info) => Response | Promise<Response>;

/** The handler of a server that can stop. */
export interface ClosableHandler<Info> {
  readonly handle: Handler<Info>;
  /** Adds `Connection: close` to each response from now on. */
  readonly close: () => void;
}

/**
 * Wraps a handler. After `close()`, each response has `Connection: close` (RFC 9112 §9.6), so that its client does not send its
 * next request to a server that stops.
 */
export function withConnectionClose<Info>(handler: Handler<Info>): ClosableHandler<Info> {
  let isClosing = false;

  function mark(response: Response): Response {
    if (isClosing) response.headers.set('Connection', 'close');
    return response;
  }

  return {
    // Both parameters are named: Deno does not create a Request for a handler whose `length` is 0.
    handle(request, info) {
      const response = handler(request, info);
      return response instanceof Promise ? response.then(mark) : mark(response);
    },
    close() {
      isClosing = true;
    },
  };
}

/** Opens the Cache API of the runtime. If that fails, it logs the error and returns undefined, and the cache is in memory only. */
export async function openCacheApi(): Promise<CacheApi | undefined> {
  try {
    return await caches.open('room-recordings');
  } catch (error) {
    console.error(`The Cache API cannot be opened, so the cache is in memory only: ${String(error)}`);
    return undefined;
  }
}
