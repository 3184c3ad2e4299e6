import { request as open, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** Statuses of responses without a body. */
const NULL_BODY_STATUSES = new Set([204, 205, 304]);

/** Headers of one connection. Node sets its own. */
const CONNECTION_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade']);

/** Fetches as a proxy does: it does not decode bodies, does not follow redirects, and does not change headers. */
export async function fetchByHttp(request: Request): Promise<Response> {
  const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const { method, url } = request;
    const headers = [
      'host',
      new URL(url).host,
      ...[...request.headers].filter(([name]) => !CONNECTION_HEADERS.has(name)).flat(),
    ];
    if (body !== undefined && !request.headers.has('content-length'))
      headers.push('content-length', String(body.byteLength));
    const sent = open(url, { method, headers, agent: false }, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
  const status = Number(incoming.statusCode);
  if (status > 599) throw new TypeError(`The origin responded ${status}.`);
  const headers = new Headers();
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    headers.append(String(incoming.rawHeaders[index]), String(incoming.rawHeaders[index + 1]));
  }
  const isWithoutBody = NULL_BODY_STATUSES.has(status) || request.method === 'HEAD';
  if (isWithoutBody) incoming.resume();
  // The type of a web stream in node:stream/web differs from that of `fetch`, but the streams are the same.
  const stream = isWithoutBody ? null : (Readable.toWeb(incoming) as unknown as ReadableStream<Uint8Array>);
  return new Response(stream, { status, headers });
}
