import type { RequestHandler } from '../app.ts';
import type { GetRemoteAddress } from '../http/client-address.ts';
import type { HttpResponse } from '../http/types.ts';

/** What went out with a body the last time. */
interface Sent {
  readonly fields: HttpResponse['headers'];
  readonly headers: Headers;
}

/** The only field of a hit that is another in each answer; Age and what is left of it change once a second. */
const REQUEST_ID = 'x-request-id';

/**
 * Makes Responses of replies, for runtimes whose servers take one.
 *
 * A list of fields is made into Headers one by one, which is the dearest part of a hit there; Headers are copied as a whole.
 * So those that a body went out with are kept, and only the request's id is set in them, while all else is the same.
 */
export function createResponseFactory(): (reply: HttpResponse) => Response {
  // By the body: that of a hit is the stored one, each time.
  const lastSent = new WeakMap<Uint8Array<ArrayBuffer>, Sent>();

  return ({ status, headers: fields, body }) => {
    if (body === null) return new Response(null, { status, headers: fields });
    const sent = lastSent.get(body);
    const requestId = sent && findNewId(sent.fields, fields);
    if (sent === undefined || requestId === undefined) {
      const headers = new Headers(fields);
      lastSent.set(body, { fields, headers });
      return new Response(body, { status, headers });
    }
    sent.headers.set(REQUEST_ID, requestId);
    return new Response(body, { status, headers: sent.headers });
  };
}

/** The request's id, where all other fields are as they were. */
function findNewId(before: HttpResponse['headers'], fields: HttpResponse['headers']): string | undefined {
  if (before.length !== fields.length) return undefined;
  let requestId: string | undefined;
  let nth = 0;
  for (const field of fields) {
    const was = before[nth];
    nth += 1;
    // Most of the pairs are shared between the lists.
    if (was === field) continue;
    if (was?.[0] !== field[0]) return undefined;
    if (field[0] === REQUEST_ID) requestId = field[1];
    else if (was[1] !== field[1]) return undefined;
  }
  return requestId;
}

/** Puts the app behind a server that hands over a Request and takes a Response, at once where it can. */
export function createFetchHandler(
  app: RequestHandler,
): (request: Request, peerAddress?: GetRemoteAddress) => Response | Promise<Response> {
  const toResponse = createResponseFactory();
  // Taken out of the Request once: each look at one leads into the runtime's own code.
  return ({ method, url, headers }, peerAddress) => {
    const reply = app({ method, url, headers }, peerAddress);
    return reply instanceof Promise ? reply.then(toResponse) : toResponse(reply);
  };
}

/** A handler of requests; `info` comes from the runtime, beside the request. */
type Handler<Info> = (request: Request, info: Info) => Response | Promise<Response>;

/** A handler of a server that may be stopping. */
export interface ClosableHandler<Info> {
  readonly handle: Handler<Info>;
  /** Begins to close connections. */
  readonly close: () => void;
}

/**
 * Wraps a handler: from `close()` on, each response has `Connection: close` (RFC 9112 §9.6), so that its client does not send
 * a next request to a server that stops.
 */
export function withConnectionClose<Info>(handler: Handler<Info>): ClosableHandler<Info> {
  let isClosing = false;

  function mark(response: Response): Response {
    if (isClosing) response.headers.set('Connection', 'close');
    return response;
  }

  return {
    // Both parameters are named: Deno makes no Request for a handler whose `length` is 0.
    handle(request, info) {
      const response = handler(request, info);
      return response instanceof Promise ? response.then(mark) : mark(response);
    },
    close() {
      isClosing = true;
    },
  };
}
