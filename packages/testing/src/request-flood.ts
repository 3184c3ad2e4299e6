import { connect } from 'node:net';

const MAX_CONNECTIONS = 16;
/** A server that sends nothing for so long hangs: tests never wait for a head or a body. Milliseconds. */
const IDLE_TIMEOUT_MS = 10_000;

const INTERIM_RESPONSES = /^(?:HTTP\/1\.[01] 1\d\d[^]*?\r\n\r\n)+/;

/** Parts of a response that no server may send. */
const INVALID = / (?:hung|broke off)$|^HTTP\/1\.[01] 500|\bat .*\.[jt]s:|node:internal/;

/** The responses to many requests, counted. */
export interface Tally {
  /** The invalid responses. */
  readonly invalid: readonly string[];
  /** The number of responses of each status; status 0 counts the connections without a response. */
  readonly statuses: ReadonlyMap<number, number>;
  /** The number of responses with a problem document or a recording. */
  readonly bodies: number;
}

/**
 * Sends each of many requests over its own connection, 16 at a time, and inspects the responses.
 *
 * @param areComplete whether each request is complete. The end of an incomplete one is sent, so that a server does not wait for the rest.
 * Bun and Deno take that end for a client that has left, and a response that needs a wait is then lost.
 */
export async function sendRequests(
  port: number,
  requests: Iterator<Buffer> & Iterable<Buffer>,
  secrets: readonly string[],
  areComplete = false,
): Promise<Tally> {
  const invalid: string[] = [];
  const statuses = new Map<number, number>();
  let bodies = 0;
  const sendRemaining = async () => {
    for (const bytes of requests) {
      const response = await sendBytes(port, bytes, areComplete);
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(response)?.[1] ?? 0);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (/"(?:request_id|links)":/.test(response)) bodies += 1;
      if (INVALID.test(response) || secrets.some((secret) => response.includes(secret))) {
        invalid.push(response);
      }
    }
  };
  await Promise.all(Array.from({ length: MAX_CONNECTIONS }, sendRemaining));
  return { invalid, statuses, bodies };
}

/** Sends bytes, and returns the final response. The text ends with "hung" or "broke off" if the response is incomplete. */
async function sendBytes(port: number, bytes: Buffer, isComplete: boolean): Promise<string> {
  const isHead = bytes.toString('latin1', 0, 5) === 'HEAD ';
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let isReset = false;
  let hangs = false;
  socket.setTimeout(IDLE_TIMEOUT_MS, () => {
    hangs = true;
    socket.destroy();
  });
  // A server may reset the connection instead of reading the rest, which can lose its response.
  socket.on('error', () => (isReset = true));
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    if (countMissingBytes(text, isHead) === 0) socket.destroy();
  });
  if (isComplete) socket.write(bytes);
  else socket.end(bytes);
  // `once` of node:events rejects if the server resets the connection.
  await new Promise((resolve) => socket.once('close', resolve));
  if (hangs) return `${text} hung`;
  const final = text.replace(INTERIM_RESPONSES, '');
  return final !== '' && countMissingBytes(text, isHead) > 0 && !isReset ? `${final} broke off` : final;
}

/**
 * Counts the bytes that are missing of the first final response (RFC 9112 §6.3).
 *
 * @returns a lower bound; NaN if the end of the connection ends the body.
 */
function countMissingBytes(text: string, isHead: boolean): number {
  const final = text.replace(INTERIM_RESPONSES, '');
  const end = final.indexOf('\r\n\r\n');
  if (end < 0) return 1;
  const [head, body] = [final.slice(0, end), final.slice(end + 4)];
  if (isHead || /^HTTP\/1\.[01] (?:204|304)/.test(head)) return 0;
  if (/^transfer-encoding: *chunked/im.test(head)) return countMissingChunkBytes(body);
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  return length === undefined ? Number.NaN : Math.max(0, Number(length) - body.length);
}

function countMissingChunkBytes(body: string): number {
  const [sizeLine] = /^[\da-f]+\r\n/i.exec(body) ?? [];
  if (sizeLine === undefined) return 1;
  const end = sizeLine.length + Number.parseInt(sizeLine, 16) + 2;
  if (body.length < end) return end - body.length;
  return sizeLine === '0\r\n' ? 0 : countMissingChunkBytes(body.slice(end));
}
