import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { RequestHandler } from '../app.ts';
import type { IncomingRequest } from '../http/types.ts';
import { serializeError } from '../recordings/upstream-error.ts';
import type { HttpResponse } from '../reply.ts';
import type { ServerServices } from './server.ts';

/** What Node's server has to be made with: of a field that is sent twice both values count, as everywhere else. */
export const NODE_SERVER_OPTIONS = { joinDuplicateHeaders: true } as const;

/**
 * Puts the app behind Node's own server, which writes its plain replies: no Request or Response is made.
 */
export function createNodeListener(
  app: RequestHandler,
  { now, report }: Pick<ServerServices, 'now' | 'report'>,
): RequestListener {
  return (message, answer) => {
    // A defect ends this connection, and not the edge. The app itself logs what it answers: here it could not.
    const fail = (fault: unknown) => {
      answer.destroy();
      report({
        level: 'error',
        time: new Date(now()).toISOString(),
        server: 'failed',
        ...serializeError(fault),
      });
    };
    try {
      const reply = app(toIncoming(message), () => message.socket.remoteAddress);
      if (reply instanceof Promise) reply.then((late) => write(late, answer)).catch(fail);
      else write(reply, answer);
    } catch (fault) {
      fail(fault);
    }
  };
}

/** Node passes the request target on as it came. */
function toIncoming({ method = 'GET', url = '/', headers }: IncomingMessage): IncomingRequest {
  return {
    method,
    url,
    headers: {
      get(name) {
        const value = headers[name];
        return typeof value === 'string' ? value : undefined;
      },
    },
  };
}

function write({ status, headers, body }: HttpResponse, answer: ServerResponse): void {
  // Pairs, as they are: to make the flat list that Node takes as well costs a hit a twentieth.
  answer.writeHead(status, headers);
  if (body === null) answer.end();
  // The same bytes as text, which Node sends in one piece with the head.
  else answer.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), 'latin1');
}
