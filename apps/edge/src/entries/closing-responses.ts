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
