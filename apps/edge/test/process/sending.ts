import { connect } from 'node:net';

const AT_A_TIME = 16;
/** What says nothing for so long hangs: neither a head nor a body may be waited for. */
const LONGEST_WAIT_MS = 10_000;

/** Answers that are not the final one. */
const INTERIM = /^(?:HTTP\/1\.[01] 1\d\d[^]*?\r\n\r\n)+/;

/** Sends bytes, and gives what comes back until an answer is whole or the connection is closed, with what is wrong with that. */
async function send(port: number, bytes: Buffer): Promise<string> {
  const isHead = bytes.toString('latin1', 0, 5) === 'HEAD ';
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let isReset = false;
  let hangs = false;
  socket.setTimeout(LONGEST_WAIT_MS, () => {
    hangs = true;
    socket.destroy();
  });
  // A server may reset what it does not want to read, and what it said then gets lost.
  socket.on('error', () => (isReset = true));
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    if (restOf(text, isHead) === 0) socket.destroy();
  });
  socket.end(bytes);
  // Not `once`, which fails at a reset.
  await new Promise((resolve) => socket.once('close', resolve));
  if (hangs) return `${text} hung`;
  const final = text.replace(INTERIM, '');
  return final !== '' && restOf(text, isHead) > 0 && !isReset ? `${final} broke off` : final;
}

/**
 * How many bytes are at least missing of the first answer that is final (RFC 9112 §6.3); NaN where the end of the connection
 * ends it.
 */
function restOf(text: string, isHead: boolean): number {
  const final = text.replace(INTERIM, '');
  const end = final.indexOf('\r\n\r\n');
  if (end < 0) return 1;
  const [head, body] = [final.slice(0, end), final.slice(end + 4)];
  if (isHead || /^HTTP\/1\.[01] (?:204|304)/.test(head)) return 0;
  if (/^transfer-encoding: *chunked/im.test(head)) return restOfChunks(body);
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  return length === undefined ? Number.NaN : Math.max(0, Number(length) - body.length);
}

function restOfChunks(body: string): number {
  const [line] = /^[\da-f]+\r\n/i.exec(body) ?? [];
  if (line === undefined) return 1;
  const end = line.length + Number.parseInt(line, 16) + 2;
  if (body.length < end) return end - body.length;
  return line === '0\r\n' ? 0 : restOfChunks(body.slice(end));
}

const BAD = / (?:hung|broke off)$|^HTTP\/1\.[01] 500|\bat .*\.[jt]s:|node:internal/;

/** What came of many requests. */
export interface Tally {
  /** The answers that must never be. */
  readonly bad: readonly string[];
  /** How many answers there were of each status; 0 for those that were cut off. */
  readonly statuses: ReadonlyMap<number, number>;
  /** How many problems and recordings were read. */
  readonly bodies: number;
}

/** Sends all, some at a time, and looks through what comes back. */
export async function sendAll(
  port: number,
  requests: Iterator<Buffer> & Iterable<Buffer>,
  secrets: readonly string[],
): Promise<Tally> {
  const bad: string[] = [];
  const statuses = new Map<number, number>();
  let bodies = 0;
  const sendRest = async () => {
    for (const bytes of requests) {
      const answer = await send(port, bytes);
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (/"(?:request_id|links)":/.test(answer)) bodies += 1;
      if (BAD.test(answer) || secrets.some((secret) => answer.includes(secret))) bad.push(answer);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, sendRest));
  return { bad, statuses, bodies };
}
