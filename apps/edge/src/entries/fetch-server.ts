import type { App } from '../app.ts';
import { toResponse } from '../reply.ts';

/** Puts the app behind a server that hands over a Request and takes a Response, at once where it can. */
export function toFetchHandler(app: App): (request: Request) => Response | Promise<Response> {
  return (request) => {
    const reply = app(request);
    return reply instanceof Promise ? reply.then(toResponse) : toResponse(reply);
  };
}
