import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { App } from '../app.ts';

/**
 * Puts the app behind Node's own server.
 *
 * The URL is made from the origin listened on: a Host header decides nothing.
 */
export function toListener(app: App, origin: string): RequestListener {
  return (message, answer) => {
    void app(toRequest(message, origin)).then((response) =>
      write(response, answer, message.method === 'HEAD'),
    );
  };
}

function toRequest({ method = 'GET', url = '/', rawHeaders }: IncomingMessage, origin: string): Request {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  }
  // A path alone is joined as text, so that `//other.example/` stays a path.
  const target = url.startsWith('/') ? url : `/${url}`;
  return new Request(origin + target, { method, headers });
}

async function write(response: Response, answer: ServerResponse, isHead: boolean): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  const headers = Object.fromEntries(response.headers);
  const hasBody = !isHead && response.status !== 204 && response.status !== 304;
  answer.writeHead(response.status, hasBody ? { ...headers, 'content-length': body.byteLength } : headers);
  answer.end(hasBody ? body : undefined);
}
