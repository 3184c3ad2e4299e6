import { request as open, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** Statuses of which a Response must have no body. */
const WITHOUT_BODY = new Set([204, 205, 304]);

/** What has no meaning on another connection; Node makes its own. */
const FRAMING = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade']);

/** A fetch that decodes nothing, follows nothing and takes every header as it comes, as a proxy has to. */
export async function fetchByHttp(request: Request): Promise<Response> {
  const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const { method, url } = request;
    const headers = [
      'host',
      new URL(url).host,
      ...[...request.headers].filter(([name]) => !FRAMING.has(name)).flat(),
    ];
    if (body !== undefined && !request.headers.has('content-length'))
      headers.push('content-length', String(body.byteLength));
    const sent = open(url, { method, headers, agent: false }, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
  const status = Number(incoming.statusCode);
  if (status > 599) throw new TypeError(`The origin answered ${status}.`);
  const headers = new Headers();
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    headers.append(String(incoming.rawHeaders[index]), String(incoming.rawHeaders[index + 1]));
  }
  const isWithoutBody = WITHOUT_BODY.has(status) || request.method === 'HEAD';
  if (isWithoutBody) incoming.resume();
  // Node's own type for a web stream is not the one that fetch has; the streams are the same.
  const stream = isWithoutBody ? null : (Readable.toWeb(incoming) as unknown as ReadableStream<Uint8Array>);
  return new Response(stream, { status, headers });
}
