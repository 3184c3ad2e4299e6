import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { App } from '../app.ts';

/**
 * Puts the app behind Node's own server.
 *
 * The URL is made from the origin listened on: a Host header decides nothing.
 */
export function toListener(app: App, origin: string): RequestListener {
  return (message, answer) => {
    void serve(app, message, answer, origin).catch(() => {
      // What cannot even be made a request, or cannot be written: this connection ends, the edge stays.
      if (!answer.headersSent) answer.writeHead(400);
      answer.end();
    });
  };
}

async function serve(
  app: App,
  message: IncomingMessage,
  answer: ServerResponse,
  origin: string,
): Promise<void> {
  const response = await app(toRequest(message, origin));
  await write(response, answer, message.method === 'HEAD');
}

/** Methods that fetch's Request does not know; the app refuses them by their name like any other. */
const UNKNOWN_TO_FETCH = new Set(['TRACE', 'TRACK', 'CONNECT']);

function toRequest({ method = 'GET', url = '/', rawHeaders }: IncomingMessage, origin: string): Request {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  }
  // A path alone is joined as text, so that `//other.example/` stays a path.
  const path = url.startsWith(`${origin}/`) ? url.slice(origin.length) : url;
  const target = path.startsWith('/') ? path : `/${path}`;
  if (!UNKNOWN_TO_FETCH.has(method)) return new Request(origin + target, { method, headers });
  return Object.defineProperty(new Request(origin + target, { headers }), 'method', { value: method });
}

async function write(response: Response, answer: ServerResponse, isHead: boolean): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  const headers = Object.fromEntries(response.headers);
  const hasBody = !isHead && response.status !== 204 && response.status !== 304;
  answer.writeHead(response.status, hasBody ? { ...headers, 'content-length': body.byteLength } : headers);
  answer.end(hasBody ? body : undefined);
}
