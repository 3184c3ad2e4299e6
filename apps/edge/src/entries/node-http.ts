import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { App } from '../app.ts';
import type { Asked } from '../asked.ts';
import { describeFault } from '../fault.ts';
import type { Reply } from '../reply.ts';
import type { ServerOutside } from './process.ts';

/** What Node's server has to be made with: of a field that is sent twice both values count, as everywhere else. */
export const SERVER_OPTIONS = { joinDuplicateHeaders: true } as const;

/**
 * Puts the app behind Node's own server, which writes its plain replies: no Request or Response is made.
 *
 * The URL is made from the origin listened on: a Host header decides nothing.
 */
export function toListener(
  app: App,
  origin: string,
  { now, report }: Pick<ServerOutside, 'now' | 'report'>,
): RequestListener {
  return (message, answer) => {
    // A defect ends this connection, and not the edge. The app itself logs what it answers: here it could not.
    const fail = (fault: unknown) => {
      answer.destroy();
      report({
        level: 'error',
        time: new Date(now()).toISOString(),
        server: 'failed',
        ...describeFault(fault),
      });
    };
    try {
      const reply = app(toAsked(message, origin), () => message.socket.remoteAddress);
      if (reply instanceof Promise) reply.then((late) => write(late, answer)).catch(fail);
      else write(reply, answer);
    } catch (fault) {
      fail(fault);
    }
  };
}

function toAsked({ method = 'GET', url = '/', headers }: IncomingMessage, origin: string): Asked {
  // A path alone is joined as text, so that `//other.example/` stays a path.
  const path = url.startsWith('/') ? url : pathOf(url, origin);
  return {
    method,
    url: origin + path,
    headers: {
      get(name) {
        const value = headers[name];
        return typeof value === 'string' ? value : undefined;
      },
    },
  };
}

/** Of the absolute form our own is answered; anything else is a path that leads nowhere. */
function pathOf(url: string, origin: string): string {
  return url.startsWith(`${origin}/`) ? url.slice(origin.length) : `/${url}`;
}

function write({ status, headers, body }: Reply, answer: ServerResponse): void {
  // Pairs, as they are: to make the flat list that Node takes as well costs a hit a twentieth.
  answer.writeHead(status, headers);
  if (body === null) answer.end();
  // The same bytes as text, which Node sends in one piece with the head.
  else answer.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), 'latin1');
}
