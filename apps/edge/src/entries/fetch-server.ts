import type { RequestHandler } from '../app.ts';
import type { GetRemoteAddress } from '../http/client-address.ts';
import { createResponseFactory } from '../adapters/fetch-adapter.ts';

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
