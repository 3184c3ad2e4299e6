import type { App } from '../app.ts';
import type { PeerAddress } from '../caller.ts';
import { makeResponses } from './to-response.ts';

/** Puts the app behind a server that hands over a Request and takes a Response, at once where it can. */
export function toFetchHandler(
  app: App,
): (request: Request, peerAddress?: PeerAddress) => Response | Promise<Response> {
  const toResponse = makeResponses();
  // Taken out of the Request once: each look at one leads into the runtime's own code.
  return ({ method, url, headers }, peerAddress) => {
    const reply = app({ method, url, headers }, peerAddress);
    return reply instanceof Promise ? reply.then(toResponse) : toResponse(reply);
  };
}
